//! Whatever is in the files, they are read or refused, and nothing panics.

use std::path::{Path, PathBuf};

use crsync::config;
use proptest::prelude::*;
use proptest::test_runner::Config;

use crate::config::env;

/// Values that people write where others belong.
const VALUES: [&str; 16] = [
    "0",
    "-1",
    "9223372036854775807",
    "1e308",
    "nan",
    "true",
    "\"\"",
    "\"x\"",
    "\"\\u0000\"",
    "[]",
    "[[]]",
    "{}",
    "{ a = 1 }",
    "1979-05-27",
    "[\"a\", 1]",
    "'''\n'''",
];

/// What a slip of the keyboard leaves in a line.
const SIGNS: [&str; 14] =
    ["\"", "'", "[", "]", "]]", "=", "==", "{", "}", "#", "\\", "\u{feff}", "\u{201c}", "\u{0}"];

fn fixtures() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config/ok");
    let entries = std::fs::read_dir(folder).expect("the fixtures");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read_to_string(path).expect("a fixture")).collect()
}

const DECISIONS: &str = "[[pin]]\nuser = \"a\"\ncontact = 1\nby = \"ann\"\nat = 2026-03-01\n\n[[ignore]]\n\
                         email = \"a@b.example\"\n\n[[split]]\nuser = \"b\"\ncontact = 2\n\n[[company]]\n\
                         name = \"Contoso\"\ntenant = \"old\"\n";

/// One change to a text of lines.
#[derive(Debug, Clone)]
enum Slip {
    /// The line is gone.
    Gone(usize),
    /// The line is there twice.
    Twice(usize),
    /// What is behind its `=` is another value.
    Value(usize, usize),
    /// A sign is put into it.
    Sign(usize, usize, usize),
    /// The line is any text.
    Text(usize, String),
    /// Two lines have changed places.
    Swapped(usize, usize),
    /// The text ends here.
    Cut(usize),
}

fn slip() -> impl Strategy<Value = Slip> {
    let at = 0..400_usize;
    prop_oneof![
        at.clone().prop_map(Slip::Gone),
        at.clone().prop_map(Slip::Twice),
        (at.clone(), 0..VALUES.len()).prop_map(|(line, value)| Slip::Value(line, value)),
        (at.clone(), 0..80_usize, 0..SIGNS.len())
            .prop_map(|(line, place, sign)| Slip::Sign(line, place, sign)),
        (at.clone(), "[ -~äß\u{201d}\t]{0,30}").prop_map(|(line, text)| Slip::Text(line, text)),
        (at.clone(), at.clone()).prop_map(|(one, other)| Slip::Swapped(one, other)),
        at.prop_map(Slip::Cut),
    ]
}

fn with(text: &str, slips: &[Slip]) -> String {
    let mut lines: Vec<String> = text.lines().map(ToOwned::to_owned).collect();
    for slip in slips {
        let count = lines.len();
        if count == 0 {
            break;
        }
        match slip {
            Slip::Gone(line) => drop(lines.remove(line % count)),
            Slip::Twice(line) => lines.insert(line % count, lines[line % count].clone()),
            Slip::Value(line, value) => {
                let line = &mut lines[line % count];
                if let Some((key, _)) = line.split_once('=') {
                    *line = format!("{key}= {}", VALUES[*value]);
                }
            }
            Slip::Sign(line, place, sign) => {
                let line = &mut lines[line % count];
                let place = line.char_indices().nth(*place).map_or(line.len(), |(at, _)| at);
                line.insert_str(place, SIGNS[*sign]);
            }
            Slip::Text(line, text) => lines[line % count].clone_from(text),
            Slip::Swapped(one, other) => lines.swap(one % count, other % count),
            Slip::Cut(line) => lines.truncate(line % count),
        }
    }
    lines.join("\n")
}

/// Reads a configuration, and says that a refusal has a next step.
fn read(text: &str) {
    let named = crsync::psa::registry().iter().map(|entry| Some(entry.id()));
    for psa in [None].into_iter().chain(named) {
        if let Err(error) = config::load(Path::new("crsync.toml"), text, psa, &env()) {
            let all = std::iter::once(&error).chain(error.further());
            all.for_each(|error| assert!(error.next_step().is_some(), "{error}\n{text}"));
        }
    }
}

/// Reads decisions beside a good configuration.
fn decide(folder: &Path, text: &str) {
    std::fs::write(folder.join("decisions.toml"), text).expect("a writable folder");
    if let Err(error) = config::read(&folder.join("crsync.toml"), None, &env()) {
        assert!(error.next_step().is_some(), "{error}\n{text}");
    }
}

#[test]
fn a_good_configuration_with_slips_is_read_or_refused() {
    let fixtures = fixtures();
    let slips = proptest::collection::vec(slip(), 1..6);
    proptest!(Config { cases: 600, failure_persistence: None, ..Config::default() }, |(which in 0..fixtures.len(), slips in slips)| {
        read(&with(&fixtures[which], &slips));
    });
}

#[test]
fn any_text_is_read_or_refused() {
    proptest!(Config { cases: 300, failure_persistence: None, ..Config::default() }, |(text in "\\PC{0,200}|[\\[\\]={}\"'#a-z0-9\n. ]{0,300}")| {
        read(&text);
    });
}

#[test]
fn decisions_with_slips_and_any_text_are_read_or_refused() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("crsync.toml");
    std::fs::write(&path, &fixtures()[0]).expect("a writable folder");
    config::read(&path, None, &env()).unwrap_or_else(|error| panic!("{error}"));
    let slips = proptest::collection::vec(slip(), 0..5);
    proptest!(Config { cases: 300, failure_persistence: None, ..Config::default() }, |(slips in slips)| {
        decide(folder.path(), &with(DECISIONS, &slips));
    });
    proptest!(Config { cases: 150, failure_persistence: None, ..Config::default() }, |(text in "\\PC{0,200}|[\\[\\]={}\"'#a-z0-9\n. ]{0,200}")| {
        decide(folder.path(), &text);
    });
}
