//! Requests of people, and what was written to 365 for them.

use std::time::Duration;

use super::*;
use crate::plan::{Answer, Asked, Breach, Request};

/// Returns a run that is to do the request `x`: Ann's 365 user gets a title.
fn served(id: &str, started: Timestamp, plan: Answer) -> Header {
    let request = Request {
        id: Some("x".to_owned()),
        user: "ann@contoso.example".to_owned(),
        set: BTreeMap::from([(Field::Title, "Head".to_owned())]),
        place: None,
    };
    let asked = Asked { request, company: Some("Contoso".to_owned()), who: None, plan };
    Header { purpose: Purpose::SelfService(vec![asked]), ..header(id, started) }
}

fn promoted_user() -> Change {
    change(RecordKind::TenantUser, "u1", &[(Field::Title, Some("Clerk"), "Head")])
}

#[test]
fn a_request_is_done_in_the_breath_that_settles_its_change_and_outlives_its_run() {
    let (_folder, path) = place();
    let state = open(&path);
    let change = promoted_user();
    assert_eq!(state.request("x").expect("readable"), None);
    let run = |id: &str, time| {
        state.begin(&served(id, time, Answer::Change(change.key.clone())), &[]).expect("begun");
        state.announce(id, "Contoso", &change, time).expect("announced")
    };
    let known = || state.request("x").expect("readable").map(|known| (known.run, known.done));
    // One that failed may come again.
    let seq = run("run-1", hours(1));
    state.settle("run-1", seq, &change, &settled(Settlement::Failed, Some("u1"))).expect("settled");
    assert_eq!(known(), Some(("run-1".to_owned(), false)));
    // One that a later run settles is the dead run's.
    let seq = run("run-2", hours(2));
    state.settle("run-2", seq, &change, &settled(Settlement::Done, Some("u1"))).expect("settled");
    assert_eq!(known(), Some(("run-2".to_owned(), true)));
    // No run takes it over from then on.
    run("run-3", hours(3));
    assert_eq!(known(), Some(("run-2".to_owned(), true)));
    state.end("run-2", Ended { at: hours(2), halt: None }).expect("ended");
    state.prune(hours(3), Duration::ZERO).expect("pruned");
    assert_eq!(known(), Some(("run-2".to_owned(), true)));
}

#[test]
fn what_365_holds_already_is_done_unless_the_plan_is_refused() {
    for refused in [true, false] {
        let (_folder, path) = place();
        let state = open(&path);
        let mut header = served("run-1", hours(1), Answer::Held);
        if refused {
            header.breaches = vec![Breach {
                company: None,
                measure: Measure::Update,
                count: 2,
                limit: 1,
                reason: "2 of 3".to_owned(),
                allow: "--allow update=2".to_owned(),
            }];
        }
        state.begin(&header, &[]).expect("begun");
        assert_eq!(state.request("x").expect("readable").map(|known| known.done), (!refused).then_some(true));
    }
}

#[test]
fn what_was_written_to_365_is_known_for_some_minutes() {
    let (_folder, path) = place();
    let state = open(&path);
    state.begin(&header("run-1", hours(1)), &[]).expect("begun");
    for (how, change) in [
        (Settlement::Done, promoted_user()),
        (Settlement::Failed, change(RecordKind::TenantUser, "u2", &[(Field::Title, None, "Head")])),
        (Settlement::Done, title("7")),
    ] {
        let seq = state.announce("run-1", "Contoso", &change, hours(1)).expect("announced");
        state.settle("run-1", seq, &change, &settled(how, None)).expect("settled");
    }
    let minutes = |minutes| hours(1) + SignedDuration::from_mins(minutes);
    let write = RecentWrite {
        user: Id::from("u1"),
        field: Field::Title,
        before: "Clerk".to_owned(),
        after: "Head".to_owned(),
    };
    assert_eq!(state.recent_writes(minutes(9)).expect("readable"), [write]);
    assert_eq!(state.recent_writes(minutes(11)).expect("readable"), []);
}
