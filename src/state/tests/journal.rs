//! What the journal holds of a run.

use super::*;

#[test]
fn a_run_is_the_same_after_the_file_was_closed() {
    let (_folder, path) = place();
    let notes = CompanyPlan {
        name: "Contoso".to_owned(),
        changes: vec![title("7")],
        conflicts: vec![Conflict {
            reason: "two of them".to_owned(),
            candidates: Vec::new(),
            evidence: Vec::new(),
            next: "decide".to_owned(),
        }],
        people: 3,
        ..CompanyPlan::default()
    };
    let state = open(&path);
    state.begin(&header("run-1", hours(1)), std::slice::from_ref(&notes)).expect("begun");
    let first = state.announce("run-1", "Contoso", &title("7"), hours(1)).expect("announced");
    let second = state.announce("run-1", "Contoso", &title("8"), hours(2)).expect("announced");
    state.settle("run-1", first, &title("7"), &settled(Settlement::Done, Some("7"))).expect("settled");
    drop(state);

    let state = open(&path);
    let report = state.run("run-1").expect("known");
    assert_eq!(report.header, header("run-1", hours(1)));
    assert_eq!(report.ended, None, "no end was recorded");
    let entry =
        |seq, id, at, settled| Entry { seq, company: "Contoso".to_owned(), at, change: title(id), settled };
    assert_eq!(
        report.entries,
        [
            entry(first, "7", hours(1), Some(settled(Settlement::Done, Some("7")))),
            entry(second, "8", hours(2), None)
        ]
    );
    assert_eq!(
        report.companies,
        [CompanyPlan { changes: Vec::new(), ..notes }],
        "its changes are the entries"
    );
    assert_eq!((report.summary().open, report.summary().over), (1, false));
    let ended = Ended { at: hours(3), halt: Some(Halt::Interrupted) };
    state.end("run-1", ended).expect("ended");
    drop(state);
    assert_eq!(open(&path).run("run-1").expect("known").ended, Some(ended));
}

#[test]
fn changes_are_numbered_from_one_in_every_run() {
    let (_folder, path) = place();
    let state = open(&path);
    for run in ["a", "b"] {
        state.begin(&header(run, hours(1)), &[]).expect("begun");
        let seqs = ["7", "8", "9"]
            .map(|id| state.announce(run, "Contoso", &title(id), hours(1)).expect("announced"));
        assert_eq!(seqs, [1, 2, 3]);
    }
}

#[test]
fn a_change_of_a_run_that_never_began_cannot_be_announced() {
    let (_folder, path) = place();
    let error = open(&path).announce("run-9", "Contoso", &title("7"), hours(1)).expect_err("no such run");
    assert_eq!(error.kind(), Kind::State);
}

#[test]
fn a_run_is_found_by_the_beginning_of_its_id() {
    let (_folder, path) = place();
    let state = open(&path);
    for (id, started) in [("2026-b", hours(5)), ("2025-z", hours(9)), ("2026-a", hours(7))] {
        state.begin(&header(id, started), &[]).expect("begun");
    }
    State::open(&path, "another realm")
        .expect("usable")
        .begin(&header("2024-x", hours(99)), &[])
        .expect("begun");
    let found = |prefix: &str| state.run(prefix).map(|report| report.header.id);
    assert_eq!(found("2025").expect("one"), "2025-z");
    assert_eq!(found("2026-b").expect("one"), "2026-b");
    assert_eq!(
        found("last").expect("one"),
        "2026-a",
        "the latest of this realm, whatever its id and the clock"
    );
    let several = found("2026").expect_err("two");
    assert_eq!((several.kind(), several.message()), (Kind::Usage, "several runs begin with \"2026\""));
    for unknown in ["2024", "z", "2026-a-and-more"] {
        let error = found(unknown).expect_err("none of this realm");
        assert_eq!(error.message(), format!("the journal knows no run {unknown:?}"));
        assert!(error.next_step().is_some_and(|next| next.contains("crsync log")));
    }
    let empty = State::open(&path, "empty realm").expect("usable").run("last").expect_err("none at all");
    assert_eq!(empty.kind(), Kind::Usage);
}

#[test]
fn runs_are_listed_from_the_first_on_and_since_a_time() {
    let (_folder, path) = place();
    let state = open(&path);
    for (id, started) in [("b", hours(5)), ("a", hours(9)), ("c", hours(7))] {
        state.begin(&header(id, started), &[]).expect("begun");
    }
    let ids = |since| -> Vec<String> {
        state.runs(since).expect("readable").into_iter().map(|report| report.header.id).collect()
    };
    assert_eq!(ids(None), ["b", "a", "c"], "in the order in which they began, whatever the clock said");
    assert_eq!(ids(Some(hours(7))), ["a", "c"]);
}

#[test]
fn a_plan_that_a_guard_refused_was_not_applied() {
    let (_folder, path) = place();
    let state = open(&path);
    let applied = |plan: &str| state.run_of_plan(plan).expect("readable");
    assert_eq!(applied("plan of a"), None);
    state.begin(&header("a", hours(1)), &[]).expect("begun");
    assert_eq!(applied("plan of a").as_deref(), Some("a"), "a run that died may have written");
    state.end("a", Ended { at: hours(1), halt: Some(Halt::Refused) }).expect("ended");
    assert_eq!(applied("plan of a"), None);
    let again = Header { plan: "plan of a".to_owned(), ..header("b", hours(2)) };
    state.begin(&again, &[]).expect("begun");
    state.end("b", Ended { at: hours(2), halt: Some(Halt::Deadline) }).expect("ended");
    assert_eq!(applied("plan of a").as_deref(), Some("b"));
}

#[test]
fn only_what_is_open_of_these_companies_and_this_realm_is_unsettled() {
    let (_folder, path) = place();
    let state = open(&path);
    // The clock was set back between the two.
    begun(&state, "early", hours(2), &["Contoso", "Contoso", "Adatum"]);
    begun(&state, "later", hours(1), &["Contoso", "Fabrikam"]);
    let other = State::open(&path, "another realm").expect("usable");
    begun(&other, "foreign", hours(3), &["Contoso"]);
    state.settle("early", 1, &title("7"), &settled(Settlement::Failed, None)).expect("settled");
    let one = |run: &str, company: &str, seq| (run.to_owned(), company.to_owned(), seq);
    assert_eq!(ids(&state, &["Contoso"]), [one("early", "Contoso", 2), one("later", "Contoso", 1)]);
    assert_eq!(
        ids(&state, &["Adatum", "Fabrikam"]),
        [one("early", "Adatum", 3), one("later", "Fabrikam", 2)]
    );
    assert_eq!(ids(&state, &[]), []);
    assert_eq!(ids(&other, &["Contoso", "Fabrikam", "Adatum"]), [one("foreign", "Contoso", 1)]);
    state.end("early", Ended { at: hours(9), halt: None }).expect("ended");
    assert_eq!(ids(&state, &["Contoso"]).len(), 2, "a run may end and not know everything");
}

#[test]
fn a_login_is_remembered_with_the_change_that_wrote_it() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("r", hours(1)), &[]).expect("begun");
    let login = |id: &str, to: &str| {
        change(RecordKind::PortalUser, id, &[(Field::Login, None, to), (Field::Title, Some(""), "Head")])
    };
    let settle = |change: &Change, how, id| {
        let seq = state.announce("r", "Contoso", change, hours(1)).expect("announced");
        state.settle("r", seq, change, &settled(how, id)).expect("settled");
    };
    settle(&login("p1", "false"), Settlement::Done, None);
    settle(&login("p2", "false"), Settlement::Failed, None);
    settle(&login("p3", "false"), Settlement::Stale, Some("p3"));
    settle(&login("p4", "false"), Settlement::Done, None);
    settle(&login("p4", "true"), Settlement::Done, None);
    let mut made = login("", "true");
    made.record.id = None;
    settle(&made, Settlement::Done, Some("p5"));
    settle(&change(RecordKind::Contact, "9", &[(Field::Login, None, "false")]), Settlement::Done, None);
    drop(state);
    let wrote = |id: &str, text: &str| ((Id::from(id), Field::Login), text.to_owned());
    assert_eq!(
        open(&path).remembered().expect("readable").written,
        BTreeMap::from([wrote("p1", "false"), wrote("p4", "true"), wrote("p5", "true")])
    );
    let other = State::open(&path, "another realm").expect("usable");
    assert_eq!(other.remembered().expect("readable").written, BTreeMap::new());
}
