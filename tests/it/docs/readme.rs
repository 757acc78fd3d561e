//! The README is short, and its plan is one that the program makes.

use std::fs;

use super::pages::{page, root};

/// The most words that a person reads before the first run.
const MOST_WORDS: usize = 1000;

/// The plan that the README cuts its own from.
const PLAN: &str = "tests/it/snapshots/it__diff__the_plan_of_the_five_clients_reads_like_this.snap";

/// What is cut: how a line begins, and how many lines from there; an empty text leaves a blank line.
const CUTS: &[(&str, usize)] = &[
    ("Contoso  ", 1),
    ("  Autotask  8 changes", 1),
    ("  update  Priya Raman ", 2),
    ("  create  Nina Farrow ", 1),
    ("  deactivate  Victor Lund ", 2),
    ("", 1),
    ("Fabrikam  ", 1),
    ("  Conflicts, nothing is written", 1),
    ("    2 contacts match one 365 user (same email)", 5),
    ("", 1),
    ("5 companies, ", 1),
];

/// The parts of the plan, one after the other.
fn cut(plan: &str) -> String {
    let lines: Vec<&str> = plan.lines().collect();
    let mut from = 0;
    let mut text = String::new();
    for (start, count) in CUTS {
        if start.is_empty() {
            text.push('\n');
            continue;
        }
        let at = lines[from..].iter().position(|line| line.starts_with(start));
        from += at.unwrap_or_else(|| panic!("no line of the plan begins with \"{start}\""));
        let taken = lines[from..from + count].iter();
        text.extend(taken.map(|line| format!("{}\n", squeezed(line))));
        from += count;
    }
    text
}

/// The line with its columns nearer to each other, so that it fits a page.
fn squeezed(line: &str) -> String {
    let text = line.trim_start();
    let columns: Vec<&str> = text.split("   ").map(str::trim).filter(|column| !column.is_empty()).collect();
    format!("{}{}", &line[..line.len() - text.len()], columns.join("   "))
}

#[test]
fn the_readme_is_short() {
    let words = page("README.md").text.split_whitespace().count();
    assert!(words <= MOST_WORDS, "{words} words, {MOST_WORDS} at most");
}

#[test]
fn the_plan_in_the_readme_is_cut_from_a_plan_of_the_program() {
    let readme = page("README.md");
    let block = readme
        .blocks()
        .into_iter()
        .find(|block| block.mark.as_deref().is_some_and(|m| m.starts_with("plan")));
    let block = block.expect("a plan");
    let plan = cut(&page(PLAN).text);
    if std::env::var_os("CRSYNC_BLESS").is_some() {
        let (before, after) = (format!("```text\n{}```\n", block.text), format!("```text\n{plan}```\n"));
        fs::write(root().join("README.md"), readme.text.replacen(&before, &after, 1))
            .expect("a writable README");
        return;
    }
    assert_eq!(block.text, plan, "run the tests once with CRSYNC_BLESS=1");
}
