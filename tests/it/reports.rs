//! `--report FILE` writes what is shown once more, in the form that the ending names.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;

use crate::harness::{LIFTED, Run, World};

const CONTOSO: &[&str] = &["--company", "Contoso"];

const ENDINGS: [(&str, &str); 4] = [("html", "html"), ("md", "markdown"), ("csv", "csv"), ("JSON", "json")];

/// Runs a command with a report of each form, and returns their texts.
fn reported(world: &World, command: &[&str]) -> (Run, [String; 4]) {
    let files = ENDINGS.map(|(ending, _)| world.path(&format!("report.{ending}")).display().to_string());
    let flags: Vec<&str> = files.iter().flat_map(|file| ["--report", file]).collect();
    let run = world.run(&[command, &flags].concat());
    let texts = files.each_ref().map(|file| fs::read_to_string(file).unwrap_or_default());
    for file in &files {
        drop(fs::remove_file(file));
    }
    (run, texts)
}

#[test]
fn every_command_with_reports_writes_all_forms_beside_what_it_shows() {
    let world = World::small();
    let plan = world.plan(CONTOSO);
    for (command, code, schema) in [
        (&["diff", "--company", "Contoso"][..], 0, "crsync.diff/1"),
        (&["show", &plan], 0, "crsync.diff/1"),
        (&["match", "--company", "Contoso"], 0, "crsync.match/1"),
        (&["sync", "--yes", "--company", "Contoso"], 0, "crsync.run/1"),
        (&["log"], 0, "crsync.runs/1"),
        (&["log", "last"], 0, "crsync.run/1"),
        (&["undo", "last", "--yes"], 0, "crsync.run/1"),
        (&["doctor", "--offline"], 0, "crsync.doctor/1"),
    ] {
        let (run, [html, markdown, csv, json]) = reported(&world, command);
        assert_eq!(run.code, code, "{command:?}: {}", run.err);
        assert!(!run.out.is_empty() && !run.out.contains("<!doctype"), "{command:?}: {}", run.out);
        assert!(html.starts_with("<!doctype html>"), "{command:?}: {html}");
        assert!(!markdown.is_empty() && !markdown.contains("<!doctype"), "{command:?}: {markdown}");
        assert!(csv.starts_with('\u{feff}') && csv.contains("\r\n"), "{command:?}: {csv}");
        let json: Value = serde_json::from_str(&json).expect("JSON");
        assert_eq!(json["schema"], schema, "{command:?}");
    }
}

#[test]
fn a_report_is_what_the_format_prints_and_changes_nothing_of_the_output() {
    let world = World::small();
    assert_eq!(world.sync(&[CONTOSO, &LIFTED[..]].concat()).code, 0);
    let (run, texts) = reported(&world, &["log", "last"]);
    assert_eq!(run.out, world.run(&["log", "last"]).out);
    for ((_, format), text) in ENDINGS.iter().zip(texts) {
        let printed = world.run(&["log", "last", "--format", format]).out;
        assert!(text.trim_start_matches('\u{feff}') == printed, "{format}:\n{text}\n{printed}");
    }
}

#[test]
fn all_forms_agree_on_the_totals() {
    let world = World::small();
    let (run, [html, markdown, csv, json]) = reported(&world, &["diff"]);
    let heading = run.out.lines().find(|line| line.starts_with("6 companies, ")).expect("totals");
    assert!(html.contains(heading) && markdown.contains(heading), "{heading}");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let kinds = json["totals"]["changes"].as_object().expect("actions").values();
    let numbers = kinds.flat_map(|kinds| kinds.as_object().expect("kinds").values());
    let pending: u64 = numbers.map(|number| number.as_u64().expect("a number")).sum();
    let rows = crate::formats::csv::rows(csv.trim_start_matches('\u{feff}'));
    let changes = rows.iter().filter(|row| row[1] == "change");
    let changes: BTreeSet<Vec<&String>> =
        changes.map(|row| [0, 2, 3, 4, 5, 6].iter().map(|column| &row[*column]).collect()).collect();
    assert_eq!(changes.len() as u64, pending);
    let conflicts = json["totals"]["conflicts"].as_u64().expect("a number");
    assert!(run.out.contains(&format!("{conflicts} conflicts, ")), "{}", run.out);
    assert!(html.contains(&format!("{conflicts} conflicts, ")), "{html}");
}

#[test]
fn the_page_begins_with_all_companies_and_who_leaves() {
    let world = World::small();
    let (_, [html, ..]) = reported(&world, &["diff"]);
    let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("{text} is missing"));
    assert!(at("All companies") < at("Leaving: ") && at("Leaving: ") < at("Technician"), "{html}");
    let leaving = &html[at("Leaving: ")..];
    assert!(leaving.find("Victor Lund") < leaving.find("Technician"), "{leaving}");
}

#[test]
fn names_are_masked_in_reports_as_in_the_output() {
    let world = World::small();
    let (run, texts) = reported(&world, &["diff", "--redact", "--company", "Contoso"]);
    for text in texts.iter().chain([&run.out]) {
        assert!(!text.contains("Victor") && !text.contains("victor.lund@"), "{text}");
        assert!(text.contains("Contoso"), "{text}");
    }
}

#[test]
fn a_report_that_cannot_be_is_refused_before_anything_is_asked() {
    let world = World::small();
    let at = |name: &str| world.path(name).display().to_string();
    let (twice, pdf, bare) = (at("a.html"), at("a.pdf"), at("report"));
    let none = world.path("none").join("x.html").display().to_string();
    for (args, why) in [
        (&["diff", "--report", &pdf][..], "the ending says the form: .html, .md, .csv or .json"),
        (&["diff", "--report", &bare], "the ending says the form: .html, .md, .csv or .json"),
        (&["diff", "--report", &none], "cannot be written, so nothing was done"),
        (&["diff", "--report", &twice, "--report", &twice], "--report names the same file twice"),
        (&["diff", "--report", &twice, "--output", &twice], "--output and --report name the same file"),
        (&["match", "--resolve", "--report", &twice], "--resolve "),
    ] {
        let run = world.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {}", run.err);
        assert!(run.err.contains(why), "{args:?}: {}", run.err);
    }
    assert_eq!(world.sandbox.requests().len(), 0);
    assert!(!world.path("a.html").exists() && !world.path("a.pdf").exists());
}
