//! A record is compared at most two seconds before its write.

use std::time::Duration;

use super::fake::{Call, Wrong};
use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn all_done(report: &Report) -> bool {
    ends(report).iter().all(|end| *end == Some(Settlement::Done))
}

#[test]
fn a_record_that_is_edited_while_others_are_written_is_left_as_it_is() {
    let bench = Bench::new();
    for id in ["1", "2", "3", "4", "5"] {
        bench.psa.clerk(id);
    }
    bench.psa.takes(Call::Write, SECOND);
    bench.psa.edited_after(Call::Write, 2, ("5", Field::Title, "Director"));
    let report = bench.apply(&["1", "2", "3", "4", "5"].map(promoted));
    let mut expected = vec![Some(Settlement::Done); 4];
    expected.push(Some(Settlement::Stale));
    assert_eq!(ends(&report), expected);
    assert_eq!(bench.psa.text("5", Field::Title).as_deref(), Some("Director"));
}

#[test]
fn old_readings_are_renewed_for_as_many_records_as_have_their_turn_in_time() {
    let bench = Bench::new();
    for id in ["1", "2", "3", "4", "5", "6", "7"] {
        bench.psa.clerk(id);
    }
    bench.psa.takes(Call::Write, SECOND);
    let report = bench.apply(&["1", "2", "3", "4", "5", "6", "7"].map(promoted));
    assert!(all_done(&report));
    let looks: Vec<String> = bench.asked().into_iter().filter(|line| line.starts_with("again")).collect();
    assert_eq!(
        looks,
        [
            "again contact 1 2 3 4 5 6 7",
            "again contact 4 5 6",
            "again contact 7",
            "again contact 1 2 3 4 5 6 7"
        ]
    );
}

#[test]
fn a_group_that_took_long_to_read_is_read_again_one_by_one() {
    let bench = Bench::new();
    for id in ["1", "2"] {
        bench.psa.clerk(id);
    }
    bench.psa.takes(Call::Again, 3 * SECOND);
    assert!(all_done(&bench.apply(&["1", "2"].map(promoted))));
    let asked = bench.asked();
    assert_eq!(
        asked[..5],
        ["again contact 1 2", "again contact 1", "write contact 1", "again contact 2", "write contact 2"]
    );
}

#[test]
fn fresh_readings_are_not_renewed() {
    let bench = Bench::new();
    for id in ["1", "2", "3"] {
        bench.psa.clerk(id);
    }
    bench.psa.takes(Call::Write, Duration::from_millis(900));
    assert!(all_done(&bench.apply(&["1", "2", "3"].map(promoted))));
    assert_eq!(bench.asked().iter().filter(|line| line.starts_with("again")).count(), 2);
}

#[test]
fn the_search_before_a_create_is_as_fresh() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Email, "cy@home.example")]);
    bench.psa.takes(Call::Write, 3 * SECOND);
    bench.psa.edited_after(Call::Write, 1, ("7", Field::Email, "bo@contoso.example"));
    let report = bench.apply(&["ann", "bo"].map(new_contact));
    assert_eq!(ends(&report), [Some(Settlement::Done), Some(Settlement::Stale)]);
    assert_eq!(bench.psa.len(), 2, "a technician gave the address to another contact meanwhile");
}

#[test]
fn a_search_that_takes_longer_than_it_is_fresh_is_repeated_after_a_wait_and_not_for_ever() {
    let bench = Bench::new();
    bench.psa.takes(Call::Find, 3 * SECOND);
    bench.psa.waits(Call::Write, 1, 60 * SECOND);
    for nth in 2..20 {
        bench.psa.waits(Call::Write, nth, SECOND / 5);
    }
    assert!(all_done(&bench.apply(&[new_contact("ann")])));
    assert_eq!(bench.asked().iter().filter(|line| line.starts_with("find")).count(), 2);
}

#[test]
fn the_reading_of_a_pin_does_not_let_the_contact_grow_old() {
    let bench = Bench::new();
    bench.psa.put("7", &[(PIN, ""), (Field::Title, "Clerk")]);
    bench.portal.put("p1", &[(PIN, "4821")]);
    bench.portal.takes(Call::Secret, 3 * SECOND);
    let mut both = pinned("7", "p1");
    both.fields.extend(promoted("7").fields);
    bench.psa.edited_after(Call::Again, 1, ("7", Field::Title, "Director"));
    assert_eq!(ends(&bench.apply(&[both])), [Some(Settlement::Stale)]);
}

#[test]
fn a_record_that_cannot_be_read_again_is_not_written() {
    let bench = Bench::new();
    for id in ["1", "2"] {
        bench.psa.clerk(id);
    }
    bench.psa.takes(Call::Write, 3 * SECOND);
    bench.psa.wrong(Call::Again, 2, Wrong::Fails(Kind::Service));
    let report = bench.apply(&["1", "2"].map(promoted));
    assert_eq!(ends(&report), [Some(Settlement::Done), Some(Settlement::Failed)]);
    assert_eq!(detail(&report.entries[1]), "it could not be looked at before: the service failed: Service");
    assert_eq!(bench.psa.text("2", Field::Title).as_deref(), Some("Clerk"));
}

#[test]
fn a_write_that_waits_at_its_service_is_compared_again() {
    let bench = Bench::new();
    for id in ["1", "2"] {
        bench.psa.clerk(id);
    }
    bench.psa.waits(Call::Write, 1, 60 * SECOND);
    bench.psa.waits(Call::Write, 3, 3 * SECOND);
    bench.psa.edited_after(Call::Write, 3, ("2", Field::Title, "Director"));
    let report = bench.apply(&["1", "2"].map(promoted));
    assert_eq!(ends(&report), [Some(Settlement::Done), Some(Settlement::Stale)]);
    assert_eq!(bench.psa.text("2", Field::Title).as_deref(), Some("Director"));
    assert_eq!(detail(&report.entries[1]), "title of the contact has changed since");
    let looks = ["again contact 1 2", "write contact 1", "again contact 1", "write contact 1"];
    assert_eq!(bench.asked()[..4], looks);
}

#[test]
fn a_new_contact_that_waits_at_its_service_is_searched_again() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Email, "cy@home.example")]);
    bench.psa.waits(Call::Write, 1, 60 * SECOND);
    bench.psa.edited_after(Call::Write, 1, ("7", Field::Email, "ann@contoso.example"));
    let report = bench.apply(&[new_contact("ann")]);
    assert_eq!((ends(&report), bench.psa.len()), (vec![Some(Settlement::Stale)], 1));
}

#[test]
fn what_another_hand_wrote_while_a_write_waited_is_not_the_runs_doing() {
    let bench = Bench::new();
    bench.psa.clerk("1");
    bench.psa.waits(Call::Write, 1, 60 * SECOND);
    bench.psa.edited_after(Call::Write, 1, ("1", Field::Title, "Head"));
    let report = bench.apply(&[promoted("1")]);
    let settled = report.entries[0].settled.as_ref().expect("settled");
    assert_eq!((settled.how, settled.attempts), (Settlement::Done, 0));
}

#[test]
fn a_service_that_never_has_room_is_not_asked_for_ever() {
    let bench = Bench::new();
    bench.psa.clerk("1");
    (1..100).for_each(|nth| bench.psa.waits(Call::Write, nth, 3 * SECOND));
    assert_eq!(ends(&bench.apply(&[promoted("1")])), [Some(Settlement::Stale)]);
    assert!(bench.asked().len() < 30);
}
