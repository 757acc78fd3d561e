//! Every command that is shown is understood by the program, and those that a comment marks run on the sandbox.

use std::collections::BTreeMap;
use std::ffi::OsString;

use super::pages::{Block, Page, page, pages};
use crate::harness::{World, run};

/// The mark above a block whose commands run, one after the other.
const RUNS: &str = "runs on the sandbox";

/// The words of a command as a shell takes them apart, up to a pipe, a redirection or a remark.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None::<char>);
    for c in line.chars() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '|' | '>' | ';' | '&') => break,
            (None, '#') if word.is_none() => break,
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// The command of crsync in a line, whatever runs it.
pub(super) fn command(line: &str) -> Option<Vec<String>> {
    let line = line.trim();
    let line = line.strip_prefix("sudo -u crsync ").unwrap_or(line);
    if let Some(rest) = line.strip_prefix("cargo run --release -- ") {
        return Some(words(&format!("crsync {rest}")));
    }
    let words = words(line);
    (words.first().is_some_and(|word| word == "crsync") && words.len() > 1).then_some(words)
}

fn in_blocks(page: &Page) -> Vec<(Block, Vec<Vec<String>>)> {
    let shell = page.blocks().into_iter().filter(|block| block.language == "sh");
    let commands = |block: Block| {
        let commands = block.text.lines().filter_map(command).collect();
        (block, commands)
    };
    shell.map(commands).collect()
}

#[test]
fn every_command_that_is_shown_is_understood() {
    let mut seen = 0;
    for page in pages() {
        // `crsync login` alone is the name of the command.
        let named = |words: Vec<String>| match &words[..] {
            [program, name] => vec![program.clone(), "help".to_owned(), name.clone()],
            _ => words,
        };
        let inline = page.codes().into_iter().filter_map(|code| command(&code)).map(named);
        let blocks = in_blocks(&page).into_iter().flat_map(|(_, commands)| commands);
        for words in inline.chain(blocks) {
            let understood = crsync::cli::check(words.iter().map(OsString::from));
            understood.unwrap_or_else(|error| panic!("{}: {}\n{error}", page.name, words.join(" ")));
            seen += 1;
        }
    }
    assert!(seen > 60, "only {seen} commands were found");
}

#[test]
fn what_is_said_to_run_on_the_sandbox_does() {
    let mut ran = 0;
    // Without the large clients, which take their time.
    let state = World::small().sandbox.snapshot().to_string();
    for page in pages() {
        for (block, commands) in in_blocks(&page) {
            if block.mark.as_deref() != Some(RUNS) {
                continue;
            }
            let folder = tempfile::tempdir().expect("a scratch folder");
            std::fs::write(folder.path().join("sandbox.json"), &state).expect("a writable folder");
            let env = BTreeMap::from([("CRSYNC_STATE".to_owned(), folder.path().display().to_string())]);
            for words in commands {
                let args: Vec<&str> = words.iter().map(String::as_str).collect();
                let run = run(&args, None, &env);
                assert_eq!(run.code, 0, "{}: {}\n{}{}", block.place, words.join(" "), run.out, run.err);
                ran += 1;
            }
        }
    }
    assert!(ran > 5, "only {ran} commands ran");
}

/// What the program says on `crsync help` with these words.
fn help(words: &[&str]) -> String {
    let args: Vec<&str> = ["crsync", "help"].iter().chain(words).copied().collect();
    run(&args, None, &BTreeMap::new()).out
}

#[test]
fn every_command_and_every_flag_is_documented() {
    let page = page("docs/commands.md").text;
    let listed = help(&[]);
    let listed =
        listed.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Further lines of a command are indented more.
    let names = listed.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() > 12, "{names:?}");
    for name in names.into_iter().filter(|name| *name != "help") {
        assert!(page.contains(&format!("`crsync {name}")), "crsync {name} is missing");
        let help = help(&[name]);
        let flags = help.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        for flag in flags.filter(|word| {
            word.len() > 2 && word.starts_with("--") && !["--help", "--version"].contains(word)
        }) {
            assert!(page.contains(&format!("`{flag}")), "{flag} of crsync {name} is missing");
        }
    }
}

#[test]
fn a_line_is_taken_apart_as_a_shell_does_it() {
    let line = "crsync self-service --set mobile=\"+1 555 0100\" --company 'A # B' | head # nothing";
    let parts = ["crsync", "self-service", "--set", "mobile=+1 555 0100", "--company", "A # B"];
    assert_eq!(words(line), parts);
    assert_eq!(command("sudo -u crsync crsync sync --yes > /dev/null").expect("a command").len(), 3);
    assert_eq!(command("cargo test"), None);
}
