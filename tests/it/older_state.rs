//! A journal of an older crsync shows and takes back its runs as before, byte for byte.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crsync::plan::{Change, Report, Settlement};
use crsync::state::State;
use rusqlite::{Connection, params};

use crate::harness::{World, run, settled};

const CONTOSO: &[&str] = &["--company", "Contoso"];

const FORMATS: [&str; 5] = ["table", "json", "markdown", "html", "csv"];

const MORE: [&[&str]; 5] = [&[], CONTOSO, &["--failed"], &["--person", "lena"], &["--redact"]];

/// Gives the state the form that it had before texts were shared.
fn make_older(world: &World, runs: &[Report]) {
    let db = Connection::open(world.state().join("state.db")).expect("a state");
    db.execute_batch(
        "UPDATE intents SET change = (SELECT change FROM changes WHERE changes.run = intents.run AND changes.seq = intents.seq);
         DROP TRIGGER a_change_was_announced; DROP TRIGGER a_change_was_settled; DROP TRIGGER a_result_was_changed;
         DROP TRIGGER a_run_was_changed; DROP TRIGGER a_run_was_forgotten; DROP TABLE made; DROP TABLE applied; DROP TABLE remembered; DROP VIEW changes; DROP TABLE texts; DROP TABLE begun; DROP TABLE notices;
         ALTER TABLE runs DROP COLUMN notes; ALTER TABLE runs DROP COLUMN breaches;
         ALTER TABLE runs DROP COLUMN summary; ALTER TABLE intents DROP COLUMN text;
         PRAGMA user_version = 7;",
    )
    .expect("the older form");
    for run in runs {
        let header = serde_json::to_string(&run.header).expect("JSON");
        db.execute("UPDATE runs SET header = ? WHERE id = ?", params![header, run.header.id]).expect("a run");
        for plan in &run.companies {
            let row = (&run.header.id, &plan.name, serde_json::to_string(plan).expect("JSON"));
            db.execute("INSERT INTO companies VALUES (?, ?, ?)", row).expect("what it said of a company");
        }
    }
}

/// Returns what `log` shows in every format: the list, then every run.
fn shown(world: &World, runs: &[Report]) -> Vec<String> {
    let ids = runs.iter().map(|run| run.header.id.as_str());
    let mut shown = Vec::new();
    for what in std::iter::once(None).chain(ids.map(Some)) {
        for format in FORMATS {
            let args: Vec<&str> = ["log"].into_iter().chain(what).chain(["--format", format]).collect();
            for more in MORE {
                let run = world.run(&[&args[..], more].concat());
                assert_eq!((run.code, run.err.as_str()), (0, ""), "{args:?} {more:?}");
                shown.push(run.out);
            }
        }
    }
    shown
}

/// Returns the runs that the journal holds.
fn runs(world: &World) -> Vec<Report> {
    world.runs().iter().map(|id| world.journal(id)).collect()
}

#[test]
fn runs_of_an_older_state_are_shown_as_before() {
    let world = World::small();
    for company in ["Contoso", "Northwind", "Contoso"] {
        assert!([0, 4].contains(&world.sync(&["--company", company]).code));
    }
    let runs = runs(&world);
    let before = shown(&world, &runs);
    make_older(&world, &runs);
    assert_eq!(shown(&world, &runs), before, "read as it is");
    for when in ["after a run that brings it to the newest form", "after another one"] {
        assert!([0, 4].contains(&world.sync(CONTOSO).code));
        let now = shown(&world, &runs);
        // The lists have a run more.
        let of_runs = FORMATS.len() * MORE.len();
        assert_eq!(now[of_runs..], before[of_runs..], "{when}");
    }
}

/// Returns what takes a run back, change by change.
fn taken_back(is_older: bool) -> Vec<Change> {
    let world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    if is_older {
        make_older(&world, &runs(&world));
    }
    assert_eq!(world.run(&["undo", "last", "--yes"]).code, 0);
    let report = world.journal("last");
    assert_eq!(settled(&report, Settlement::Done).len(), report.entries.len());
    let mut changes: Vec<Change> = report.entries.into_iter().map(|entry| entry.change).collect();
    // Records are made side by side, so that the ids that services give to new ones may be exchanged.
    for change in changes.iter_mut().filter(|change| change.key.0.contains("/new/")) {
        change.record.id = None;
    }
    changes.sort_by(|a, b| a.key.cmp(&b.key));
    changes
}

#[test]
fn a_run_of_an_older_state_is_taken_back_as_before() {
    let changes = taken_back(false);
    assert!(changes.len() > 10);
    assert_eq!(taken_back(true), changes);
}

/// The realm of the runs in `fixtures/state`.
const REALM: &str = "autotask 127.0.0.1";

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/state/form-7").join(name)
}

/// Compares what `log` shows of the runs of that fixture with what the crsync showed that made them.
#[track_caller]
fn shows_as_then(env: &BTreeMap<String, String>) {
    let runs = ["20261129T185620Z", "20261129T185623Z", "20261129T185624Z"];
    let shown =
        [("list", None), ("run-1", Some(runs[0])), ("run-2", Some(runs[1])), ("run-3", Some(runs[2]))];
    for (name, id) in shown {
        for (format, ending) in [("table", "txt"), ("json", "json"), ("csv", "csv")] {
            let args: Vec<&str> =
                ["crsync", "log"].into_iter().chain(id).chain(["--format", format]).collect();
            let shown = run(&args, None, env);
            assert_eq!((shown.code, shown.err.as_str()), (0, ""), "{args:?}");
            let file = fixture(&format!("{name}.{ending}"));
            if std::env::var_os("CRSYNC_BLESS").is_some() {
                std::fs::write(&file, &shown.out).expect("a writable folder");
            }
            assert_eq!(shown.out, std::fs::read_to_string(&file).expect("a fixture"), "{args:?}");
        }
    }
}

#[test]
fn what_an_older_crsync_wrote_is_shown_as_it_showed_it() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let (home, state) = (folder.path().to_owned(), folder.path().join("state"));
    let env = [("HOME", &home), ("CRSYNC_STATE", &state)];
    let env: BTreeMap<String, String> =
        env.map(|(name, path)| (name.to_owned(), path.display().to_string())).into();
    let path = state.join("state.db");
    let rows = std::fs::read_to_string(fixture("state.sql")).expect("a fixture");
    // What is made so is protected from other accounts.
    drop(State::open(&path, REALM).expect("a new state"));
    std::fs::write(&path, "").expect("a writable folder");
    Connection::open(&path).and_then(|db| db.execute_batch(&rows)).expect("an older state");
    shows_as_then(&env);
    let state = State::open(&path, REALM).expect("a state in the newest form");
    shows_as_then(&env);
    let soon = "2026-11-30T00:00:00Z".parse().expect("a time");
    assert_eq!(state.prune(soon, Duration::from_secs(90 * 86_400)).expect("written"), 0);
    drop(state);
    let db = Connection::open(&path).expect("a state");
    let apart: usize = db.query_row("SELECT count(*) FROM companies", (), |row| row.get(0)).expect("a count");
    assert_eq!(apart, 0, "all of it is in the newest form");
    shows_as_then(&env);
}
