//! The page about JSON names every document with its schema and its keys; that about errors quotes real messages and
//! names every exit code.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use super::pages::{Page, codes, page, pages, root};
use crate::harness::World;

#[test]
fn every_json_document_has_the_schema_and_the_keys_that_its_page_names() {
    let world = World::small();
    let plan = world.plan(&["--company", "Contoso"]);
    let tables = page("docs/json.md").tables();
    let table = tables.iter().find(|table| table.mark == "documents").expect("the documents");
    for row in &table.rows {
        let command = codes(&row[0]).concat();
        let command = command
            .replace("EMAIL", "amy.chu@contoso.example")
            .replace("FIELD=TEXT", "mobile=+13125550188")
            .replace("RUN", "last")
            .replace("FILE", &plan);
        let mut args: Vec<&str> = command.split_whitespace().skip(1).chain(["--format", "json"]).collect();
        if !["capabilities", "login", "show"].contains(&args[0]) {
            args.extend(["--company", "Contoso"]);
        }
        if ["sync", "self-service"].contains(&args[0]) {
            args.push("--yes");
        }
        let run = world.run(&args);
        assert_eq!(run.code, 0, "{command}: {}", run.err);
        let shown = run.json();
        assert_eq!(shown["schema"], codes(&row[1]).concat(), "{command}");
        let keys: BTreeSet<String> = shown.as_object().expect("an object").keys().cloned().collect();
        assert_eq!(codes(&row[2]).into_iter().collect::<BTreeSet<_>>(), keys, "{command}");
    }
}

fn sources(folder: PathBuf, texts: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            sources(path, texts);
        } else {
            texts.push(fs::read_to_string(&path).expect("a file of the project"));
        }
    }
}

#[test]
fn every_message_that_is_explained_is_one_of_the_program() {
    let mut texts = Vec::new();
    sources(root().join("src"), &mut texts);
    let tables: Vec<_> = pages().iter().flat_map(Page::tables).collect();
    let rows: Vec<_> =
        tables.iter().filter(|table| table.mark == "messages").flat_map(|table| &table.rows).collect();
    assert!(rows.len() > 30);
    for row in rows {
        for message in codes(&row[0]) {
            assert!(texts.iter().any(|text| text.contains(&message)), "no message says \"{message}\"");
        }
    }
}

#[test]
fn every_exit_code_is_explained() {
    let text = fs::read_to_string(root().join("src/cli/exit.rs")).expect("a file of the project");
    let constants =
        text.lines().filter_map(|line| line.strip_prefix("pub(super) const ")?.split_once(": u8 = "));
    let known: BTreeSet<&str> = constants.map(|(_, code)| code.trim_end_matches(';')).collect();
    assert!(known.len() > 10, "{known:?}");
    for name in ["README.md", "docs/troubleshooting.md"] {
        let page = page(name);
        let rows = page.text.lines().filter_map(|line| line.strip_prefix("| ")?.split_once(" |"));
        let named: BTreeSet<&str> =
            rows.map(|(code, _)| code).filter(|code| code.parse::<u8>().is_ok()).collect();
        assert_eq!(named, known, "{name}");
    }
}
