//! Pages lead where they say, and are written in plain words.

use std::collections::BTreeSet;
use std::path::Path;

use super::pages::{Page, page, pages, root};

/// Pronouns that hide who is meant.
const VAGUE: [&str; 4] = ["whoever", "whom", "nobody", "somebody"];

#[test]
fn no_page_hides_who_is_meant() {
    for page in pages() {
        for (line, number) in page.text.lines().zip(1..) {
            let lower = line.to_lowercase();
            let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '_');
            let found = words.find(|word| VAGUE.contains(word));
            assert_eq!(found, None, "{}:{number}: {line}", page.name);
        }
    }
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
