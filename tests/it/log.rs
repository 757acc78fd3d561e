//! `crsync log` shows what runs did, from the journal alone.

use std::time::Duration;

use crsync::plan::{Report, Settlement};
use crsync::psa::registry;
use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use crate::harness::{World, run};

const CONTOSO: &[&str] = &["--company", "Contoso"];
const LENA: &str = "/v2/user/00000009-0000-4000-9000-000000000006";

fn refused() -> Effect {
    Effect::Answer { status: 400, headers: Vec::new(), body: json!({"message": "no"}).to_string() }
}

/// `crsync log` on a terminal of that width, without colours.
fn log(world: &World, args: &[&str], width: usize) -> String {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config, "--color", "never", "log"], args].concat();
    let shown = run(&all, Some(width), &world.env);
    assert_eq!((shown.code, shown.err.as_str()), (0, ""));
    shown.out
}

/// `text` with everything that is another one every time in words of the same length.
fn timeless(text: &str, report: &Report) -> String {
    let header = &report.header;
    let by = format!(
        "by {} on {}, crsync {}, plan {}",
        header.operator,
        header.host,
        header.tool,
        &header.plan[..12]
    );
    let mut text = text
        .replace(&header.id, "RUN-WHEN-AND-LETTERS-")
        .replace(&header.started.strftime("%Y-%m-%d %H:%M:%S").to_string(), "DAY-AND-TIME-OF-RUN")
        .replace(&by, "by OPERATOR on HOST, crsync VERSION, plan DIGEST");
    for entry in &report.entries {
        if let Some(settled) = &entry.settled {
            text = text.replace(&format!(", {} ms", settled.millis), ", TIME");
        }
    }
    text
}

#[test]
fn a_run_reads_like_this() {
    let mut world = World::new();
    world.env.extend(
        [("USER", "ann"), ("HOSTNAME", "desk")].map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    world.fault(System::CLOUDRADIAL, LENA, None, refused());
    assert_eq!(world.sync(CONTOSO).code, 7);
    let report = world.journal("last");
    for width in [80, 160] {
        let text = log(&world, &["last"], width);
        for line in text.lines() {
            assert!(line.width() <= width, "{} columns: {line}", line.width());
        }
        insta::assert_snapshot!(format!("a_run_in_{width}_columns"), timeless(&text, &report));
    }
}

#[test]
fn runs_are_listed_oldest_first_with_what_became_of_them() {
    let world = World::new();
    assert_eq!(log(&world, &[], 80), "No such run yet: `crsync sync` adds one to the journal.\n");
    assert_eq!(
        world.run(&["log", "--format", "json"]).json(),
        json!({"schema": "crsync.runs/1", "runs": []})
    );
    assert_eq!(world.run(&["log", "last"]).code, 2);

    world.fault(System::CLOUDRADIAL, LENA, None, refused());
    assert_eq!(world.sync(CONTOSO).code, 7);
    world.sandbox.set_faults(Vec::new());
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.sync(&["--company", "Adatum"]).code, 5);
    assert_eq!(world.run(&["undo", "2", "--yes"]).code, 2);
    let second = world.runs()[1].clone();
    assert_eq!(world.run(&["undo", &second, "--yes"]).code, 0);
    let runs = world.runs();
    let listed = log(&world, &[], 80);
    let lines: Vec<Vec<&str>> = listed.lines().map(|line| line.split_whitespace().collect()).collect();
    let words = |text: &'static str| text.split(' ').collect::<Vec<_>>();
    assert_eq!(lines[0], words("run began took companies done failed conflicts"));
    // Run, day, time, how long, companies, done, failed, conflicts; and what else there is to say, behind or below.
    let expected = ["1 16 1 0", "1 1 0 0", "1 0 0 0", "1 1 0 0"];
    let rows: Vec<&Vec<&str>> =
        lines.iter().filter(|line| line.first().is_some_and(|id| id.starts_with("20"))).collect();
    assert_eq!(rows.len(), expected.len(), "{listed}");
    for ((row, id), expected) in rows.iter().zip(&runs).zip(expected) {
        assert!(id.starts_with(row[0]), "{listed}");
        assert_eq!(row[5..9], words(expected), "{listed}");
    }
    assert!(listed.contains("24 not made, refused by a guard"), "{listed}");
    assert!(listed.replace("\n    ", " ").contains(&format!("undo of {}", runs[1])), "{listed}");
    assert!(listed.ends_with("4 runs: 18 done, 1 failed\n"), "{listed}");
    let list = world.run(&["log", "--format", "json"]).json();
    assert_eq!(list["schema"], "crsync.runs/1");
    assert_eq!(list["runs"][0]["summary"]["settled"], json!({"done": 16, "failed": 1}));
    assert_eq!(list["runs"][2]["ended"]["halt"], "refused");
    assert_eq!(list["runs"][3]["header"]["purpose"], json!({"undo": runs[1]}));
    assert!(list["runs"][0].get("entries").is_none(), "a list has no changes");
}

#[test]
fn a_list_and_a_run_can_be_narrowed() {
    let world = World::new();
    world.fault(System::CLOUDRADIAL, LENA, None, refused());
    assert_eq!(world.sync(CONTOSO).code, 7);
    assert_eq!(world.sync(&["--company", "Tailspin Toys"]).code, 0);
    let runs = world.runs();
    let ids = |args: &[&str]| {
        let all = [&["log", "--format", "json"], args].concat();
        let list = world.run(&all).json();
        let ids = list["runs"].as_array().expect("a list").iter();
        ids.map(|run| run["header"]["id"].as_str().expect("an id").to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(ids(&["--failed"]), runs[..1]);
    assert_eq!(ids(&["--person", "DORA.KEMP@"]), runs[1..]);
    assert_eq!(ids(&["--person", "lena ortiz", "--failed"]), runs[..1]);
    assert_eq!(ids(&["--person", "absent"]), Vec::<String>::new());
    for since in ["1h", "7d", "2020-01-01"] {
        assert_eq!(ids(&["--since", since]), runs, "{since}");
    }
    for since in ["0s", "2199-12-31"] {
        assert_eq!(ids(&["--since", since]), Vec::<String>::new(), "{since}");
    }
    for since in ["yesterday", "7", "2026-02-30", "", "-1d", "99999999999999999d"] {
        let wrong = world.run(&["log", &format!("--since={since}")]);
        assert_eq!((wrong.code, wrong.out.as_str()), (2, ""), "{since}");
    }
    assert_eq!(world.run(&["log", "last", "--since", "1h"]).code, 2, "one run has no list");
    assert_eq!(log(&world, &["--person", "absent"], 80), "No run is like that: `crsync log` lists all.\n");
    assert_eq!(world.run(&["log", "--person", " "]).code, 2, "a blank text is in every name");

    let entries = |args: &[&str]| {
        let all = [&["log", &runs[0], "--format", "json"], args].concat();
        let report: Report = serde_json::from_value(world.run(&all).json()["run"].clone()).expect("a run");
        report.entries
    };
    assert_eq!(entries(&[]).len(), 17);
    assert_eq!(entries(&["--person", "lena"]).len(), 2);
    let failed = entries(&["--failed"]);
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0].settled.as_ref().map(|settled| settled.how), Some(Settlement::Failed));
    let shown = log(&world, &[&runs[0], "--person", "lena"], 120);
    assert!(shown.contains("Lena Ortiz") && !shown.contains("Nina Farrow"), "{shown}");
    assert!(
        shown.ends_with(&format!(
            "Run {}: 16 done, 1 failed; shown here: 1 done, 1 failed\n  next: run the command again: it plans anew what was not done\n",
            runs[0]
        )),
        "what the run adds up to is of all of it, and what is shown is said: {shown}"
    );
}

#[test]
fn times_are_those_of_the_place_where_they_are_read() {
    let mut world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let began = world.journal("last").header.started;
    for (zone, hours) in [("UTC", 0), ("EAST-9", 9), ("WEST5", -5)] {
        world.env.insert("TZ".to_owned(), zone.to_owned());
        let there = began.checked_add(jiff::SignedDuration::from_hours(hours)).expect("a time");
        let listed = log(&world, &[], 80);
        assert!(listed.contains(&there.strftime("%Y-%m-%d %H:%M").to_string()), "{zone}: {listed}");
    }
}

#[test]
fn quiet_nights_are_folded_and_changes_leaves_them_out() {
    let world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    for _ in 0..12 {
        world.clock.pass(Duration::from_secs(86_400));
        assert_eq!(world.sync(CONTOSO).code, 0);
    }
    let listed = log(&world, &[], 80);
    let rows = |text: &str| text.lines().filter(|line| line.starts_with("20")).count();
    assert!(listed.contains("\n  12 quiet nights, ") && rows(&listed) == 1, "{listed}");
    assert!(listed.contains("13 runs: "), "{listed}");
    assert_eq!(rows(&log(&world, &["--verbose"], 80)), 13);
    let changes = log(&world, &["--changes"], 80);
    assert!(rows(&changes) == 1 && !changes.contains("quiet") && changes.contains("1 run: "), "{changes}");
    let list = world.run(&["log", "--changes", "--format", "json"]).json();
    assert_eq!(list["runs"].as_array().map(Vec::len), Some(1));
    assert_eq!(list["runs"][0]["summary"]["companies"], 1);
    assert_eq!(world.runs().len(), 13, "programs get all of it");
}

#[test]
fn a_run_of_another_psa_is_named_with_the_command() {
    let [_, other, third, ..] = registry() else { panic!("several PSAs") };
    let (id, name) = (other.id(), other.capabilities.name);
    let world = World::small();
    assert_eq!(world.sync(&["--psa", id, "--company", "Contoso"]).code, 0);
    for command in ["log", "undo"] {
        let yes = if command == "undo" { &["--yes"][..] } else { &[] };
        let run = world.run(&[&[command, "last"], yes].concat());
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{}", run.err);
        let next = format!("but {name} has one\n  next: crsync {command} last --psa {id}\n");
        assert!(run.err.ends_with(&next), "{}", run.err);
    }
    let list = world.run(&["log"]);
    let said = format!("there are runs of another PSA: {name}\n  next: crsync log --psa {id}\n");
    assert!(list.code == 0 && list.err.ends_with(&said), "{}", list.err);
    assert_eq!(world.run(&["log", "last", "--psa", id]).code, 0);
    assert_eq!(world.run(&["log", "last", "--psa", third.id()]).code, 2);
}

#[test]
fn one_run_holds_every_field_with_before_and_after() {
    let world = World::new();
    let plan = world.diff(CONTOSO).json();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let document = world.run(&["log", "last", "--format", "json"]).json();
    assert_eq!(document["schema"], "crsync.run/1");
    let entries = document["run"]["entries"].as_array().expect("a list");
    let planned = plan["companies"][0]["changes"].as_array().expect("a list");
    assert_eq!(entries.len(), planned.len());
    for (entry, planned) in entries.iter().zip(planned) {
        assert_eq!(entry["change"]["key"], planned["key"]);
        for (field, planned) in fields(&entry["change"]).iter().zip(fields(planned)) {
            assert_eq!((&field["field"], &field["before"]), (&planned["field"], &planned["before"]));
            // Ids of records that were made by then replace the promises.
            assert!(field["after"] == planned["after"] || planned["after"].get("id-of").is_some(), "{field}");
        }
        assert!(entry["settled"]["attempts"].as_u64() >= Some(1), "{entry}");
    }
    assert_eq!(document["run"]["companies"][0]["excluded"], plan["companies"][0]["excluded"]);
}

fn fields(change: &Value) -> Vec<Value> {
    change["fields"].as_array().expect("a list").clone()
}

#[test]
fn redacted_logs_name_nobody() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    for run in world.runs() {
        for format in ["table", "json"] {
            let text = world.run(&["log", &run, "--format", format, "--redact"]).out;
            for name in ["Nina", "Farrow", "nina.farrow", "Marcus", "Wacker", "312 555", "Ortiz", "Elsa"] {
                assert!(!text.contains(name), "{name} is in the {format} of {run}");
            }
        }
    }
}

#[test]
fn a_journal_is_kept_as_long_as_the_configuration_says() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.runs().len(), 2);
    world.configure(|text| format!("retries = 0\nkeep-journal = \"0s\"\n{text}"));
    assert_eq!(world.runs().len(), 2, "reading it forgets nothing");
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.runs().len(), 3, "guards still count what was done in the last seven days");
    world.clock.pass(Duration::from_secs(7 * 86_400 + 3_600));
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.runs().len(), 1);
    assert_eq!(world.journal("last").entries, [], "and what was remembered still is: there is nothing to do");
}

#[test]
fn a_run_that_a_guard_refused_did_not_end_well() {
    let world = World::new();
    assert_eq!(world.sync(&["--company", "Adatum"]).code, 5);
    let listed = world.run(&["log", "--failed", "--format", "json"]).json();
    assert_eq!(listed["runs"][0]["header"]["id"], json!(world.runs()[0]));
    // It tried nothing of anybody.
    let of = world.run(&["log", "--failed", "--person", "a", "--format", "json"]).json();
    assert_eq!(of["runs"], json!([]));
}

#[test]
fn a_person_in_conflict_is_in_the_list_and_alone_in_the_run() {
    let world = World::small();
    let plan = world.diff(&["--company", "Fabrikam"]).json();
    let of = &plan["companies"][0];
    let in_conflict = of["conflicts"][0]["candidates"][0]["who"]["name"].as_str().expect("a name");
    assert_eq!(world.sync(&["--company", "Fabrikam"]).code, 4);
    let list = world.run(&["log", "--person", in_conflict, "--format", "json"]).json();
    assert_eq!(list["runs"].as_array().map(Vec::len), Some(1), "{in_conflict}");
    assert_eq!(
        world.run(&["log", "--failed", "--person", in_conflict, "--format", "json"]).json()["runs"],
        json!([])
    );
    let others = of["excluded"].as_array().expect("a list").iter();
    let others: Vec<&str> = others.filter_map(|one| one["who"]["name"].as_str()).collect();
    assert!(!others.is_empty());
    for format in ["json", "csv", "html", "markdown"] {
        let shown = world.run(&["log", "last", "--person", in_conflict, "--format", format]).out;
        assert!(shown.contains(in_conflict), "{format}");
        for other in others.iter().filter(|other| **other != in_conflict) {
            assert!(!shown.contains(other), "{format}: {other}");
        }
    }
}
