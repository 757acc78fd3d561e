//! The README is short, and its plan is what the command above it prints.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;

use crsync::cli::{self, Io};

use super::commands::command;
use super::pages::{Block, page, root};

/// The most words that a person reads before the first run.
const MOST_WORDS: usize = 1000;

/// The terminal on which the command prints: its columns and lines. On a longer one the plan would be no digest.
const TERMINAL: (usize, usize) = (110, 40);

/// The lines that the README shows: how each begins. Everything else is cut.
const KEPT: &[&str] = &[
    "Contoso  ",
    "Fabrikam  ",
    "Leaving  ",
    "  Contoso: Elsa Novak ",
    "New  ",
    "  Contoso: Nina Farrow ",
    "Conflicts, ",
    "  Fabrikam: Erin Cole: ",
    "  next: ",
    "6 companies, ",
    "--full ",
];

/// The lines that are kept, with … where others were.
fn cut(plan: &str) -> String {
    let mut kept = KEPT.iter().peekable();
    let (mut text, mut between) = (String::new(), Vec::new());
    for line in plan.lines() {
        if kept.next_if(|start| line.starts_with(**start)).is_some() {
            text = format!("{text}{}{line}\n", gap(&between));
            between.clear();
        } else {
            between.push(line);
        }
    }
    assert_eq!(kept.next(), None, "no further line of the plan begins so");
    text + &gap(&between)
}

/// What takes the place of the lines between two that are kept.
fn gap(lines: &[&str]) -> String {
    let first = lines.iter().find(|line| !line.is_empty());
    let mark = first.map(|line| format!("{}…\n", &line[..line.len() - line.trim_start().len()]));
    let blank = if lines.contains(&"") { "\n" } else { "" };
    mark.unwrap_or_default() + blank
}

/// What a command prints on a terminal, for a person who has no state yet.
fn printed(command: &[String]) -> String {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let env = BTreeMap::from([("CRSYNC_STATE".to_owned(), folder.path().display().to_string())]);
    let (columns, lines) = TERMINAL;
    let (io, buffers) = Io::buffered(Some(columns), env);
    let code = cli::run(command.iter().map(OsString::from), &mut io.with_height(lines));
    assert_eq!(code, 0, "{}", buffers.err());
    anstream::adapter::strip_str(&buffers.out()).to_string()
}

/// The block that shows the plan, and the one before it.
fn plan_and_command(blocks: &[Block]) -> (&Block, &Block) {
    let is_plan = |block: &Block| block.mark.as_deref().is_some_and(|mark| mark.starts_with("plan"));
    let at = blocks.iter().position(is_plan).expect("a plan");
    (&blocks[at], &blocks[at - 1])
}

#[test]
fn the_readme_is_short() {
    let words = page("README.md").text.split_whitespace().count();
    assert!(words <= MOST_WORDS, "{words} words, {MOST_WORDS} at most");
}

#[test]
fn the_plan_in_the_readme_is_what_the_command_above_it_prints() {
    let readme = page("README.md");
    let blocks = readme.blocks();
    let (block, above) = plan_and_command(&blocks);
    let command = above.text.lines().find_map(command).expect("a command above the plan");
    let plan = cut(&printed(&command));
    if std::env::var_os("CRSYNC_BLESS").is_some() {
        let (before, after) = (format!("```text\n{}```\n", block.text), format!("```text\n{plan}```\n"));
        fs::write(root().join("README.md"), readme.text.replacen(&before, &after, 1))
            .expect("a writable README");
        return;
    }
    assert_eq!(block.text, plan, "run the tests once with CRSYNC_BLESS=1");
}
