//! Changes that depend on no other go side by side, as many as the service takes; everything else keeps its order.

use std::time::Duration;

use super::fake::{Call, Wrong};
use super::*;

const IDS: [&str; 9] = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

const DONE: Option<Settlement> = Some(Settlement::Done);
const NOT_TRIED: Option<Settlement> = Some(Settlement::NotTried);

/// Nine clerks in a PSA that takes three writes at the same time, and answers none before three are there.
fn bench() -> Bench {
    let mut bench = Bench::new();
    for id in &IDS {
        bench.psa.clerk(id);
    }
    bench.psa.at_once = 3;
    bench.psa.meets.insert(Call::Write, 3);
    bench
}

/// The records of the changes, in the order of the journal.
fn records(report: &Report) -> Vec<&str> {
    report.entries.iter().map(|entry| entry.change.record.id.as_ref().map_or("new", Id::as_str)).collect()
}

#[test]
fn as_many_go_side_by_side_as_the_service_takes_and_the_journal_keeps_their_order() {
    let bench = bench();
    let report = bench.apply(&IDS.map(promoted));
    assert_eq!(ends(&report), [DONE; 9]);
    assert_eq!(bench.psa.most_at_once(Call::Write), 3);
    assert_eq!(records(&report), IDS);
    assert_eq!(report.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6, 7, 8, 9]);
    let asked = bench.asked();
    assert_eq!(
        asked.iter().filter(|line| line.starts_with("again")).count(),
        2,
        "before and after, together"
    );
}

#[test]
fn no_more_than_that_go_to_a_service_from_all_companies_together() {
    let mut bench = Bench::new();
    bench.psa.at_once = 2;
    let company = |number: usize| {
        let ids: Vec<String> = (0..5).map(|place| format!("{number}{place}")).collect();
        for id in &ids {
            bench.psa.clerk(id);
        }
        let changes: Vec<Change> = ids.iter().map(|id| promoted(id)).collect();
        CompanyPlan { name: format!("Company {number}"), ..contoso(&changes) }
    };
    let companies: Vec<CompanyPlan> = (1..=6).map(company).collect();
    let report = bench.apply_all(&companies, &|| None);
    assert_eq!(report.summary().of(Settlement::Done), 30);
    assert!(bench.psa.most_at_once(Call::Write) <= 2);
}

#[test]
fn what_depends_on_another_waits_for_it() {
    let mut bench = Bench::new();
    (bench.psa.at_once, bench.portal.at_once) = (4, 4);
    for id in ["1", "2", "3", "4"] {
        bench.psa.clerk(id);
    }
    let back = |id| Change { action: Action::Reactivate, ..promoted(id) };
    let plan = [
        back("1"),
        back("2"),
        promoted("3"),
        promoted("4"),
        new_contact("ann"),
        new_contact("bo"),
        new_portal_user("ann"),
        new_portal_user("bo"),
    ];
    let report = bench.apply(&plan);
    assert_eq!(ends(&report), [DONE; 8]);
    let writes: Vec<String> = bench.asked().into_iter().filter(|line| line.starts_with("write")).collect();
    let place = |what: &str| writes.iter().position(|line| line.ends_with(what)).expect("written");
    assert!(place("contact 1").max(place("contact 2")) < place("contact 3").min(place("contact 4")));
    assert!(writes[6..].iter().all(|line| line.starts_with("write portal user")), "{writes:?}");
    for entry in &report.entries[6..] {
        let user = id_of(entry).and_then(|id| bench.portal.text(id, Field::PsaKey)).expect("a key");
        let contact = format!("{}@contoso.example", entry.change.who.name);
        assert_eq!(bench.psa.text(&user, Field::Email), Some(contact), "each has the id of its own contact");
    }
}

#[test]
fn two_changes_of_one_record_never_go_side_by_side() {
    let mut bench = Bench::new();
    bench.psa.at_once = 2;
    bench.psa.clerk("1");
    bench.psa.takes(Call::Write, Duration::from_secs(3));
    let second = vec![field(Field::Title, Some("Head"), "Chief")];
    let second = change(Action::Update, RecordKind::Contact, Some("1"), "c1", second);
    let second = Change { key: ChangeKey("Contoso/contact/1 again".to_owned()), ..second };
    let report = bench.apply(&[promoted("1"), second]);
    assert_eq!(bench.psa.most_at_once(Call::Write), 1);
    assert_eq!(bench.psa.text("1", Field::Title).as_deref(), Some("Chief"));
    assert_eq!(ends(&report)[1], DONE);
}

#[test]
fn support_pins_are_read_side_by_side_too() {
    let mut bench = bench();
    bench.portal.at_once = 4;
    bench.portal.meets.insert(Call::Secret, 3);
    let pins = ["p1", "p2", "p3", "p4", "p5", "p6"];
    for (id, pin) in IDS.iter().zip(pins) {
        bench.psa.put(id, &[(PIN, "")]);
        bench.portal.put(pin, &[(PIN, &format!("4821{id}"))]);
    }
    let plan: Vec<Change> = IDS.iter().zip(pins).map(|(id, pin)| pinned(id, pin)).collect();
    let report = bench.apply(&plan);
    assert_eq!(ends(&report), [DONE; 6]);
    assert!(bench.portal.most_at_once(Call::Secret) >= 3);
    let written = IDS[..6].iter().map(|id| bench.psa.pin(id)).collect::<Vec<_>>();
    assert_eq!(written, IDS[..6].iter().map(|id| Some(format!("4821{id}"))).collect::<Vec<_>>());
    assert_eq!(records(&report), IDS[..6]);
}

#[test]
fn an_interrupt_lets_those_in_flight_end_and_begins_no_other() {
    let bench = bench();
    // Three of them are there before the first is answered.
    let halt = || (bench.psa.most_at_once(Call::Write) == 3).then_some(Halt::Interrupted);
    let report = bench.apply_until(&IDS.map(promoted), &halt);
    assert_eq!(ends(&report), [DONE; 3], "what was begun is settled");
    assert_eq!((report.summary().left(), report.summary().open), (6, 0));
}

#[test]
fn a_service_that_is_given_up_gets_nothing_more_and_those_in_flight_are_settled() {
    let bench = bench();
    (1..=3).for_each(|nth| bench.psa.wrong(Call::Write, nth, Wrong::Fails(Kind::Auth)));
    let report = bench.apply(&IDS.map(promoted));
    let mut expected = vec![Some(Settlement::Failed); 3];
    expected.extend([NOT_TRIED; 6]);
    assert_eq!(ends(&report), expected);
    let asked = bench.asked();
    assert_eq!(asked.iter().filter(|line| line.starts_with("write")).count(), 3);
    assert_eq!(
        asked.last().map(String::as_str),
        Some("again contact 1 2 3"),
        "what became of them is looked at"
    );
}

#[test]
fn a_record_that_is_edited_while_others_are_in_flight_is_left_as_it_is() {
    let bench = bench();
    bench.psa.takes(Call::Write, Duration::from_secs(1));
    bench.psa.edited_after(Call::Write, 3, ("9", Field::Title, "Director"));
    let report = bench.apply(&IDS[..9].iter().map(|id| promoted(id)).collect::<Vec<_>>());
    assert_eq!(how(&report.entries[8]), Some(Settlement::Stale));
    assert_eq!(bench.psa.text("9", Field::Title).as_deref(), Some("Director"));
}

#[test]
fn a_journal_that_fails_ends_the_run_while_others_are_in_flight() {
    let bench = bench();
    let companies = [contoso(&IDS.map(promoted))];
    let error = apply(bench.systems(), &bench.state, "unknown", &companies, &|| None, &Unseen)
        .expect_err("no journal, no write");
    assert_eq!(error.kind(), Kind::State);
    assert!(bench.asked().iter().all(|line| !line.starts_with("write")));
}

#[test]
fn the_estimated_time_counts_what_goes_side_by_side_and_the_requests_stay() {
    let estimate = |at_once| {
        let mut bench = Bench::new();
        bench.psa.at_once = at_once;
        let plan = [contoso(&IDS.map(promoted))];
        cost(bench.systems(), &plan, &crate::side::Sizes::new(), &|_| false)
    };
    let [one, three] = [1, 3].map(estimate);
    // A look before and one after, and nine writes: one by one, or three at a time.
    assert_eq!((one.requests.clone(), one.seconds), (BTreeMap::from([(Side::Psa, 11)]), 6));
    assert_eq!((three.requests, three.seconds), (one.requests, 3));
}
