//! Every document in every format: nothing of what a side holds is anything but text there, and the same things are
//! said everywhere.

pub(crate) mod csv;
mod html;

use std::fs;

use crsync::report::{Document, Format, offers};

use crate::docs::pages::page;
use crate::harness::{Run, World, client};

/// People whose names and titles would be something else than text, if a format let them.
const PEOPLE: &str = r#"
[[person]]
user = { upn = "pia.pipe@alder.example", first = "Pia | <b>Bold</b>", last = "O'Neil \"Tag\" & Co", title = "=1+1", phone = "+1 202 555 0112" }

[[person]]
user = { upn = "max.mark@alder.example", first = "Max *Star*", last = "`Tick` [x](https://evil.example)", title = "@all #1" }
contact = { first = "Max", last = "Mark", email = "max.mark@alder.example", title = "- old" }

[[person]]
contact = { first = "Two", last = "Pipes|Here", email = "two.pipes@alder.example" }

[[person]]
contact = { first = "Twin", last = "One", email = "twin@alder.example" }

[[person]]
contact = { first = "Twin", last = "Two", email = "twin@alder.example" }

[[person]]
user = { upn = "twin@alder.example", first = "Twin", last = "One" }
"#;

/// The names that `--redact` must hide.
const NAMES: [&str; 8] = ["Pia", "O'Neil", "Bold", "Star", "Tick", "pia.pipe@", "max.mark@", "555 0112"];

const FORMATS: [&str; 5] = ["table", "json", "markdown", "html", "csv"];

fn world() -> World {
    World::of(&[client("Alder", 20, 2, PEOPLE)])
}

/// The commands that show a document, and the code that each ends with. The run comes first, as the journal shows it.
const DOCUMENTS: [(&[&str], u8); 10] = [
    (&["sync", "--yes", "--allow", "same-value=99", "--allow", "create=99"], 4),
    (&["log", "last"], 0),
    (&["log"], 0),
    (&["diff"], 0),
    (&["match"], 0),
    (&["explain", "max.mark@alder.example"], 0),
    (&["push-udfs", "--check"], 0),
    (&["capabilities"], 0),
    (&["capabilities", "--live"], 0),
    // The sandbox's own rules match none of these people.
    (&["doctor"], 4),
];

fn show(world: &World, command: &[&str], more: &[&str]) -> Run {
    world.run(&[command, more].concat())
}

/// The part of Markdown that is no code.
fn without_code(line: &str) -> String {
    let line = line.replace("\\`", "");
    line.split('`').step_by(2).collect()
}

#[test]
fn every_document_is_written_in_every_format() {
    for format in FORMATS {
        let world = world();
        for (command, code) in DOCUMENTS {
            let run = show(&world, command, &["--format", format]);
            assert_eq!(run.code, code, "{command:?} {format}: {}{}", run.out, run.err);
            check(format, &run.out, &format!("{command:?}"));
        }
    }
}

/// What holds for every document of a format.
fn check(format: &str, text: &str, of: &str) {
    assert!(!text.is_empty(), "{of} {format}");
    match format {
        "html" => html::check(text),
        "csv" => drop(csv::rows(text)),
        "markdown" => {
            for line in text.lines() {
                let known = ["", "#", "-", "* ", "  -", "|", "`", "**", "and ", "next: "];
                let is_known =
                    known.iter().any(|start| line.starts_with(start)) || !line.contains(['|', '<']);
                assert!(is_known, "{of}: {line}");
                let bare = without_code(line);
                assert!(!bare.contains(['<', '>']) && !bare.contains("://"), "{of}: {line}");
                assert!(!bare.contains(" @") && !bare.contains(" #1"), "{of}: {line}");
            }
            // The rows of a table have as many cells as its head.
            for table in text.split("\n\n").filter(|block| block.starts_with('|')) {
                let cells = |line: &str| line.replace("\\|", "").matches('|').count();
                let widths: Vec<usize> = table.trim().lines().map(cells).collect();
                assert!(widths.windows(2).all(|pair| pair[0] == pair[1]), "{of}: {table}");
            }
        }
        _ => {}
    }
}

#[test]
fn every_format_goes_to_a_file() {
    let world = world();
    assert_eq!(show(&world, DOCUMENTS[0].0, &[]).code, DOCUMENTS[0].1);
    for format in FORMATS {
        let shown = show(&world, &["log"], &["--format", format]);
        let file = world.path(format).display().to_string();
        let run = show(&world, &["log"], &["--format", format, "--output", &file]);
        assert_eq!((run.code, run.out.as_str()), (0, ""), "{}", run.err);
        let text = fs::read_to_string(&file).expect("a file");
        // A spreadsheet knows by a mark that the file is UTF-8.
        let marked = text.strip_prefix('\u{feff}');
        assert_eq!(marked.is_some(), format == "csv");
        assert_eq!(marked.unwrap_or(&text), shown.out, "{format}");
    }
}

#[test]
fn names_are_masked_in_every_format() {
    for format in FORMATS {
        let world = world();
        for (command, _) in &DOCUMENTS[..6] {
            let run = show(&world, command, &["--format", format, "--redact"]);
            for name in NAMES {
                assert!(!run.out.contains(name), "{name} is in the {format} of {command:?}: {}", run.out);
            }
        }
    }
}

#[test]
fn what_is_in_no_format_is_refused_before_anything_is_read() {
    let world = world();
    for format in ["markdown", "html", "csv"] {
        let run = world.run(&["login", "--list", "--format", format]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains("the places of secrets are for this machine"), "{}", run.err);
    }
    for format in &FORMATS[1..] {
        let run = world.run(&["match", "--resolve", "--format", format]);
        assert_eq!((run.code, run.out.as_str()), (2, ""));
        assert!(run.err.contains("--resolve talks to a person"), "{}", run.err);
    }
    assert_eq!(world.sandbox.requests(), []);
}

#[test]
fn the_documentation_lists_the_pairs_as_they_are() {
    let documents = [
        Document::Plan,
        Document::Run,
        Document::Runs,
        Document::People,
        Document::Person,
        Document::Fields,
        Document::Capabilities,
        Document::Rights,
        Document::Doctor,
        Document::Secrets,
        Document::Questions,
    ];
    let tables = page("docs/commands.md").tables();
    let rows = &tables.iter().find(|table| table.mark == "formats").expect("the formats").rows;
    assert_eq!(rows.len(), documents.len());
    for (row, document) in rows.iter().zip(documents) {
        let signs = Format::ALL.map(|format| if offers(document, format).is_ok() { "✓" } else { "-" });
        assert_eq!(row[1..], signs, "{}", row[0]);
    }
}

#[test]
fn a_small_plan_reads_like_this() {
    let world = world();
    for format in &FORMATS[2..] {
        let text = show(&world, &["diff"], &["--format", format]).out;
        // What is another one every time.
        let is_new =
            |line: &&str| [" UTC by crsync ", "* plan: ", ">plan<"].iter().any(|new| line.contains(new));
        let text: Vec<&str> = text.lines().filter(|line| !is_new(line)).collect();
        let text = text.join("\n");
        // The style is the same in every document.
        let text = match (text.find("<style>"), text.find("</style>")) {
            (Some(from), Some(to)) => format!("{}{}", &text[..from], &text[to..]),
            _ => text,
        };
        insta::assert_snapshot!(format!("a_small_plan_as_{format}"), text);
    }
}
