//! What an older version wrote stays as it was, however far a run comes with bringing it to the newest form.

use super::*;
use crate::state::prune::{give_back, share_notes};
use crate::state::texts::json;

/// The form before texts were shared.
const BEFORE: usize = 7;

/// Writes a run as the version of that form did.
fn write(db: &Connection, report: &Report) {
    let Report { header, ended, entries, companies, notified: _, answers: _ } = report;
    let run = (
        &header.id,
        REALM,
        header.started.as_millisecond(),
        &header.plan,
        json(header).expect("JSON"),
        ended.as_ref().map(|ended| json(ended).expect("JSON")),
    );
    db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?)", run).expect("a run");
    for Entry { seq, company, at, change, settled } in entries {
        let row = (&header.id, seq, company, at.as_millisecond(), json(change).expect("JSON"));
        db.execute("INSERT INTO intents VALUES (?, ?, ?, ?, ?)", row).expect("a change");
        if let Some(settled) = settled {
            let row = (&header.id, seq, json(settled).expect("JSON"));
            db.execute("INSERT INTO results VALUES (?, ?, ?)", row).expect("a result");
        }
    }
    for company in companies {
        let row = (&header.id, &company.name, json(company).expect("JSON"));
        db.execute("INSERT INTO companies VALUES (?, ?, ?)", row).expect("what it said of a company");
    }
}

fn report(number: i64) -> Report {
    let id = format!("run-{number}");
    let at = hours(number);
    let entry = |seq, company: &str, settled| Entry {
        seq,
        company: company.to_owned(),
        at,
        change: title(&format!("{number}")),
        settled,
    };
    let entries = vec![
        entry(1, "Contoso", Some(settled(Settlement::Done, Some("7")))),
        entry(2, "Adatum", Some(settled(Settlement::Failed, None))),
        entry(3, "Contoso", (number % 2 == 0).then(|| settled(Settlement::Stale, None))),
    ];
    let companies = vec![noted("Adatum", 3), noted("Contoso", usize::try_from(number).expect("small"))];
    let breaches = vec![breach()];
    let header = Header { breaches, ..header(&id, at) };
    Report {
        header,
        ended: (number != 3).then_some(Ended { at, halt: None }),
        entries,
        companies,
        notified: Vec::new(),
        answers: Vec::new(),
    }
}

/// Returns reports of some runs, and the file of the older version that holds them.
fn older() -> (TempDir, PathBuf, Vec<Report>) {
    let (folder, path) = place();
    let db = schema::of_form(&path, BEFORE);
    let reports: Vec<Report> = (1..=6).map(report).collect();
    for report in &reports {
        write(&db, report);
    }
    (folder, path, reports)
}

#[track_caller]
fn holds(state: &State, reports: &[Report], when: &str) {
    let listed: Vec<Listed> = reports
        .iter()
        .map(|run| Listed { header: run.header.clone(), ended: run.ended, summary: run.summary() })
        .collect();
    assert_eq!(state.runs(None).expect("readable"), listed, "{when}");
    for report in reports {
        let id = &report.header.id;
        assert_eq!(state.run(id).expect("known"), *report, "{when}");
        let names: Vec<String> = state.companies(id).expect("readable").into_iter().collect();
        assert_eq!(names, ["Adatum", "Contoso"], "{when}");
        let some = state.run_of(id, Some(&["Contoso".to_owned()].into())).expect("known");
        let is_its = |entry: &&Entry| entry.company == "Contoso";
        assert!(some.entries.iter().eq(report.entries.iter().filter(is_its)), "{when}");
        assert_eq!(some.companies, report.companies[1..], "{when}");
    }
    assert_eq!(state.broken(), Vec::<String>::new(), "{when}");
}

#[test]
fn every_run_stays_as_it_was_at_every_step() {
    let (_folder, path, reports) = older();
    holds(&State::look(&path, REALM).expect("readable").expect("there"), &reports, "read before any run");
    let state = open(&path);
    holds(&state, &reports, "in the newest form");
    let mut steps = 0;
    while state.step(|db| in_one_transaction(db, share_notes)).expect("written") {
        steps += 1;
        holds(&killed(&path).1, &reports, "killed after a step");
    }
    assert_eq!(steps, reports.len(), "a step for each run");
    let apart: usize = state
        .read(|db| db.query_row("SELECT count(*) FROM companies", (), |row| row.get(0)))
        .expect("a count");
    assert_eq!(apart, 0);
    for _ in 0..2 {
        assert!(!state.step(give_back).expect("rewritten"), "nothing is left to give back");
        holds(&killed(&path).1, &reports, "rewritten");
    }
    state.prune(hours(7), Duration::from_secs(3600 * 24)).expect("nothing is old");
    holds(&state, &reports, "tidied");
    drop(state);
    holds(&open(&path), &reports, "closed and opened");
}

#[test]
fn one_prune_does_all_of_it_where_there_is_little() {
    let (_folder, path, reports) = older();
    let state = open(&path);
    assert_eq!(state.prune(hours(7), Duration::from_secs(3600 * 24)).expect("nothing is old"), 0);
    let number =
        |sql: &str| -> i64 { state.read(|db| db.query_row(sql, (), |row| row.get(0))).expect("a number") };
    assert_eq!(number("SELECT count(*) FROM companies"), 0);
    assert_eq!(number("SELECT count(*) FROM runs WHERE summary IS NULL"), 0);
    assert_eq!(number("PRAGMA auto_vacuum"), 2, "it can give room back");
    holds(&state, &reports, "tidied");
}

#[test]
fn what_cannot_be_read_stays_where_it_was_and_is_said_as_before() {
    let (_folder, path, reports) = older();
    let broken = "UPDATE companies SET plan = '[]' WHERE run = 'run-2' AND company = 'Adatum'";
    Connection::open(&path).and_then(|db| db.execute(broken, ())).expect("a row");
    let state = open(&path);
    for _ in 0..2 {
        let shown = state.run("run-2").expect("known");
        assert_eq!(shown.companies, reports[1].companies[1..]);
        assert!(state.has_broken("run-2"));
        state.prune(hours(7), Duration::from_secs(3600 * 24)).expect("nothing is old");
    }
    assert_eq!(state.broken(), ["what run run-2 said of Adatum"]);
}

#[test]
fn what_an_older_version_made_for_a_person_is_found() {
    let (_folder, path) = place();
    let db = schema::of_form(&path, BEFORE);
    let kinds = [RecordKind::Contact, RecordKind::Details];
    let mut run = report(1);
    run.entries = (1..)
        .zip(kinds)
        .map(|(seq, kind)| Entry {
            seq,
            company: "Contoso".to_owned(),
            at: hours(1),
            change: created(kind, "u-1"),
            settled: Some(settled(Settlement::Done, Some("77"))),
        })
        .collect();
    write(&db, &run);
    db.execute("INSERT INTO intents VALUES ('run-1', 9, 'Contoso', 0, 'no JSON')", ()).expect("a broken row");
    db.execute("INSERT INTO results VALUES ('run-1', 9, 'no JSON')", ()).expect("a broken row");
    drop(db);
    let state = open(&path);
    for kind in kinds {
        let made =
            |company: i64, user| state.made(kind, &Id::from(company), &[Id::from(user)]).expect("readable");
        assert_eq!(made(1, "u-1"), [Id::from("77")], "{kind:?}");
        assert_eq!((made(2, "u-1"), made(1, "u-2")), (Vec::new(), Vec::new()));
    }
}
