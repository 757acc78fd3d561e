//! A change that shuts a leaver out is written only while the 365 user is seen to have left.

use super::*;
use crate::model::Look;
use crate::plan::{Departure, Left, LicenceRule};

/// Contact `id` is made inactive because the 365 user of the same id was disabled.
fn shut_out(id: &str) -> Change {
    let active = vec![field(Field::Active, Some("true"), "false")];
    let left = Departure {
        tenant: "t".into(),
        user: format!("u{id}").as_str().into(),
        how: Left::Disabled,
        licences: LicenceRule::default(),
    };
    let change = change(Action::Deactivate, RecordKind::Contact, Some(id), id, active);
    Change { left: Some(left), ..change }
}

#[test]
fn a_leaver_is_looked_at_again_before_the_write() {
    let bench = Bench::new();
    let here = |enabled| Look::Here { enabled, licences: Some(Vec::new()) };
    let looks = [
        ("1", Some(here(Some(false)))),
        ("2", Some(here(Some(true)))),
        ("3", Some(Look::Gone)),
        ("4", Some(Look::Unknown("timed out".into()))),
        ("5", Some(here(None))),
        ("6", None),
    ];
    for (id, look) in looks {
        bench.psa.clerk(id);
        bench.tenants.sees(&format!("u{id}"), look);
    }
    let report = bench.apply(&["1", "2", "3", "4", "5", "6"].map(shut_out));
    let ends: Vec<Settlement> =
        report.entries.iter().map(|entry| entry.settled.as_ref().expect("settled").how).collect();
    let stale = Settlement::Stale;
    assert_eq!(ends, [Settlement::Done, stale, stale, stale, stale, stale]);
    assert_eq!(["1", "2", "6"].map(|id| bench.psa.active(id)), [Some(false), Some(true), Some(true)]);
    let details: Vec<&str> =
        report.entries[1..].iter().filter_map(|entry| entry.settled.as_ref()?.detail.as_deref()).collect();
    for (detail, words) in
        details.iter().zip(["is back", "is deleted now", "timed out", "did not say", "no answer"])
    {
        assert!(detail.contains(words), "{detail}");
    }
    let asked = bench.asked();
    let looks = asked.iter().filter(|line| line.starts_with("look ")).count();
    assert_eq!(looks, 1, "all of a group in one: {asked:?}");
}

#[test]
fn the_look_at_a_leaver_does_not_let_the_record_grow_old() {
    let bench = Bench::new();
    bench.psa.clerk("1");
    bench.tenants.sees("u1", Some(Look::Here { enabled: Some(false), licences: None }));
    assert_eq!(ends(&bench.apply(&[shut_out("1")])), [Some(Settlement::Done)]);
    assert_eq!(bench.asked()[..3], ["look t", "again contact 1", "write contact 1"]);
}

#[test]
fn nothing_is_looked_at_for_changes_that_shut_no_person_out() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.apply(&[promoted("7")]);
    assert!(bench.asked().iter().all(|line| !line.starts_with("look ")));
}
