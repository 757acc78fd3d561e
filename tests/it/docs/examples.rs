//! Every TOML block is read by the program: as a file of its own where a comment above it names the file, else as a
//! part of a configuration that is complete without it.

use std::collections::BTreeMap;
use std::path::Path;

use crsync::config::{self, Config};
use crsync::error::Result;
use toml::{Table, Value};

use super::pages::{Block, page, pages};
use crate::harness::World;

/// A configuration with everything that must be there, besides the tables of the PSAs.
const BASE: &str = r#"
psa = "autotask"
cloudradial.base-url = "https://api.us.cloudradial.com"
microsoft365.client-id = "11111111-2222-4333-8444-555555555555"

[[company]]
name = "Contoso"
cloudradial = 9
psa = 174
tenant = "2f8b2d0e-0d3c-4a57-9a43-6f0a4a0f9a11"
"#;

/// The base as a table, with every PSA's own as the first example of its page has it.
pub(super) fn base() -> Table {
    let mut base: Table = BASE.parse().expect("a configuration");
    for id in crsync::psa::registry().iter().map(|psa| psa.id()) {
        let blocks = page(&format!("docs/psa/{id}.md")).blocks();
        let first = blocks.iter().find(|block| block.language == "toml").expect("an example");
        let example: Table = first.text.parse().expect("TOML");
        base.insert(id.to_owned(), example[id].clone());
    }
    base
}

/// An environment that has every secret.
pub(super) fn secrets() -> BTreeMap<String, String> {
    let all =
        config::secrets().iter().flat_map(|(service, names)| names.iter().map(move |name| (service, name)));
    all.map(|(service, name)| (variable(service, name), "x".to_owned())).collect()
}

/// The environment variable of a secret.
pub(super) fn variable(service: &str, name: &str) -> String {
    format!("CRSYNC_{service}_{name}").to_uppercase().replace('-', "_")
}

/// Reads `table` as `crsync.toml`.
pub(super) fn load(table: &Table, env: &BTreeMap<String, String>) -> Result<Config> {
    let text = toml::to_string(table).expect("a table has a text");
    config::load(Path::new("crsync.toml"), &text, None, env)
}

/// Reads `text` as the `decisions.toml` beside a good configuration.
pub(super) fn decide(text: &str) -> Result<Config> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("crsync.toml");
    let whole = toml::to_string(&base()).expect("a table has a text");
    std::fs::write(&path, whole).expect("a writable folder");
    std::fs::write(folder.path().join("decisions.toml"), text).expect("a writable folder");
    config::read(&path, None, &secrets())
}

/// Puts `part` into `whole`. Settings of a company go to the company of the base.
fn merge(whole: &mut Table, part: Table) {
    for (key, value) in part {
        match (whole.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(part)) => merge(inner, part),
            (Some(Value::Array(items)), Value::Table(part)) => {
                let Some(Value::Table(first)) = items.first_mut() else { panic!("no table under {key}") };
                merge(first, part);
            }
            (_, value) => {
                whole.insert(key, value);
            }
        }
    }
}

fn blocks(language: &str) -> Vec<Block> {
    let blocks = pages().iter().flat_map(super::pages::Page::blocks).collect::<Vec<_>>();
    blocks.into_iter().filter(|block| block.language == language).collect()
}

#[test]
fn every_toml_block_is_read_by_the_program() {
    let blocks = blocks("toml");
    let count = |mark| blocks.iter().filter(|block| block.mark.as_deref() == mark).count();
    assert!(count(Some("crsync.toml")) >= 2 && count(Some("decisions.toml")) >= 2 && count(None) > 8);
    for Block { place, mark, text, .. } in &blocks {
        let read = match mark.as_deref() {
            Some("crsync.toml") => config::load(Path::new("crsync.toml"), text, None, &secrets()),
            Some("decisions.toml") => decide(text),
            None => {
                let mut whole = base();
                merge(&mut whole, text.parse().unwrap_or_else(|error| panic!("{place}: {error}")));
                load(&whole, &secrets())
            }
            Some(other) => panic!("{place}: \"{other}\" names no file that is known"),
        };
        read.unwrap_or_else(|error| panic!("{place}: {error}\n{text}"));
    }
}

#[test]
fn the_decisions_that_are_shown_decide_what_the_page_says() {
    let shown = blocks("toml").into_iter().find(|block| block.text.contains("[[pin]]")).expect("an example");
    let decisions = decide(&shown.text).expect("good decisions").decisions;
    assert_eq!((decisions.pins.len(), decisions.splits.len(), decisions.ignore.len()), (1, 1, 1));
}

#[test]
fn every_request_of_self_service_that_is_shown_is_understood() {
    let world = World::small();
    for block in blocks("json") {
        assert_eq!(block.mark.as_deref(), Some("requests.jsonl"), "{}", block.place);
        let path = world.path("requests.jsonl").display().to_string();
        std::fs::write(&path, &block.text).expect("a writable folder");
        let run = world.run(&["self-service", "--yes", "--company", "Contoso", "--from", &path]);
        // It is understood, and its person is not known here.
        assert_eq!(run.code, 7, "{}: {}{}", block.place, run.out, run.err);
    }
}
