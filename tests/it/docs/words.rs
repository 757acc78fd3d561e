//! Pages lead where they say, and pages and sources are written in plain words.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::pages::{Page, page, pages, root};

/// Pronouns that hide who is meant.
const VAGUE: [&str; 4] = ["whoever", "whom", "nobody", "somebody"];

/// The one place that keeps one of them: a signed text, which cannot be changed.
const SIGNED: (&str, &str) = ("crates/sandbox/src/entra/assertion.rs", "somebody");

/// Phrases that say too little, or say it in a roundabout way.
const ROUNDABOUT: [&str; 9] = [
    "as far as",
    "comes to",
    "left alone",
    "sees to",
    "stands",
    "take no part",
    "takes no part",
    "unless you say",
    "without a word",
];

/// What begins like one of them, and is plain.
const PLAIN: [&str; 2] = ["stands for", "stands in between"];

/// The folders of sources.
const SOURCES: [&str; 3] = ["src", "crates/sandbox/src", "tests"];

/// The file that names what it forbids.
const OWN: &str = "tests/it/docs/words.rs";

/// The words of a text with their lines, in lower case. A name with underscores is one word.
fn words(text: &str) -> Vec<(usize, String)> {
    let of_line = |(number, line): (usize, &str)| {
        let line = line.to_lowercase();
        let words = line.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
        words.map(|word| (number, word.to_owned())).collect::<Vec<_>>()
    };
    (1..).zip(text.lines()).flat_map(of_line).collect()
}

/// The lines where one of the phrases begins, across ends of lines, except where it begins a plain one.
fn found(text: &str, phrases: &[&str], plain: &[&str]) -> Vec<(usize, String)> {
    let words = words(text);
    let begins = |at: usize, phrase: &&&str| {
        let own = phrase.split(' ');
        own.clone().count() <= words.len() - at && own.zip(&words[at..]).all(|(own, (_, word))| own == word)
    };
    let phrase = |at: usize| phrases.iter().find(|phrase| begins(at, phrase));
    let bad = (0..words.len()).filter(|at| !plain.iter().any(|phrase| begins(*at, &phrase)));
    bad.filter_map(|at| Some((words[at].0, (*phrase(at)?).to_owned()))).collect()
}

/// The Rust files at a path of the project, with their texts.
fn sources(path: &str) -> Vec<(String, String)> {
    let whole = root().join(path);
    if whole.is_file() {
        return vec![(path.to_owned(), fs::read_to_string(whole).expect("a source"))];
    }
    let names = fs::read_dir(whole).expect("a folder").map(|entry| entry.expect("an entry").file_name());
    let names = names.map(|name| name.to_string_lossy().into_owned());
    let is_rust = |name: &str| Path::new(name).extension().is_some_and(|extension| extension == "rs");
    let inside = names.filter(|name| is_rust(name) || root().join(path).join(name).is_dir());
    inside.flat_map(|name| sources(&format!("{path}/{name}"))).collect()
}

#[test]
fn no_page_hides_who_is_meant() {
    for page in pages() {
        let found = found(&page.text, &VAGUE, &[]);
        assert!(found.is_empty(), "{}: {found:?}", page.name);
    }
}

#[test]
fn no_page_has_a_roundabout_phrase() {
    for page in pages() {
        let found = found(&page.text, &ROUNDABOUT, &PLAIN);
        assert!(found.is_empty(), "{}: {found:?}", page.name);
    }
}

#[test]
fn no_source_hides_who_is_meant() {
    for (name, text) in SOURCES.into_iter().flat_map(sources) {
        let found = found(&text, &VAGUE, &[]).into_iter();
        let found: Vec<_> = found.filter(|(_, word)| name != OWN && SIGNED != (&*name, &**word)).collect();
        assert!(found.is_empty(), "{name}: {found:?}");
    }
}

#[test]
fn no_source_has_a_roundabout_phrase() {
    let mut read = 0;
    for (name, text) in SOURCES.into_iter().flat_map(sources).filter(|(name, _)| name != OWN) {
        let found = found(&text, &ROUNDABOUT, &PLAIN);
        assert!(found.is_empty(), "{name}: {found:?}");
        read += 1;
    }
    assert!(read > 600, "only {read} sources were read");
}

#[test]
fn phrases_are_found_across_lines_and_plain_ones_are_not_meant() {
    let text = "/// It stands for it, as\n    /// far as it\n// Stands here.";
    assert_eq!(found(text, &ROUNDABOUT, &PLAIN), [(1, "as far as".to_owned()), (3, "stands".to_owned())]);
}

/// The targets of a page's links.
fn links(page: &Page) -> Vec<String> {
    let parts = page.text.split("](").skip(1);
    parts.filter_map(|rest| Some(rest.split_once(')')?.0.to_owned())).collect()
}

/// The anchors of a page's headings.
fn anchors(page: &Page) -> BTreeSet<String> {
    let headings = page.text.lines().filter(|line| line.starts_with('#'));
    let anchor = |line: &str| -> String {
        let text = line.trim_start_matches('#').trim().to_lowercase();
        let kept = text.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(anchor).collect()
}

/// `docs/psa/../types.md` as `docs/types.md`.
fn tidy(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_somewhere() {
    let mut followed = 0;
    for from in pages() {
        let folder = Path::new(&from.name).parent().map(|path| path.to_string_lossy().into_owned());
        for link in links(&from).iter().filter(|link| !link.contains("://")) {
            let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
            let name = match file {
                "" => from.name.clone(),
                file => tidy(&format!("{}/{file}", folder.clone().unwrap_or_default())),
            };
            assert!(root().join(&name).is_file(), "{}: {link} leads nowhere", from.name);
            if !anchor.is_empty() {
                assert!(anchors(&page(&name)).contains(anchor), "{}: {link} has no such heading", from.name);
            }
            followed += 1;
        }
    }
    assert!(followed > 60, "only {followed} links were found");
}
