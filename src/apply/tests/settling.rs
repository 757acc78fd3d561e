//! Changes whose outcome was not seen, and what the next run should know.

use std::time::Duration;

use super::fake::{Call, Wrong};
use super::*;
use crate::plan::{CompanyMemory, Link};

#[test]
fn a_record_that_cannot_be_read_after_the_write_stays_open_until_the_next_run_looks() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.wrong(Call::Again, 2, Wrong::Fails(Kind::Service));
    bench.psa.wrong(Call::Again, 3, Wrong::Fails(Kind::Service));
    let report = bench.apply(&[promoted("7"), new_contact("ann"), new_portal_user("ann")]);
    assert_eq!(ends(&report), [None, None, Some(Settlement::NotTried)]);
    assert_eq!(report.summary().open, 2);
    bench.psa.heal();
    let open = settle(bench.systems(), &bench.state, &["Contoso"], "run-2").expect("a journal");
    assert_eq!(open, []);
    let report = bench.state.run("run-1").expect("known");
    assert_eq!(ends(&report)[..2], [Some(Settlement::Done), Some(Settlement::Done)]);
    assert_eq!(id_of(&report.entries[1]), Some("100"));
    assert_eq!(detail(&report.entries[0]), "the run died, the record holds it");
    let by = report.entries[1].settled.as_ref().and_then(|settled| settled.by.as_deref());
    assert_eq!(by, Some("run-2"));
    bench.asked();
    assert_eq!(settle(bench.systems(), &bench.state, &["Contoso"], "run-3").expect("a journal"), []);
    assert_eq!(bench.asked(), [] as [&str; 0], "nothing is left to look at");
}

/// A run that announced these changes and died.
fn dead(bench: &Bench, changes: &[Change]) {
    bench.state.begin(&header("dead", &[contoso(changes)]), &[]).expect("begun");
    for change in changes {
        bench.state.announce("dead", "Contoso", change, bench.clock.now()).expect("announced");
    }
}

/// After this, no service carries out a request any more whose answer was lost.
const IN_FLIGHT: Duration = Duration::from_secs(121);

fn settled(bench: &Bench) -> Vec<Open> {
    settle(bench.systems(), &bench.state, &["Contoso"], "next").expect("a journal")
}

#[test]
fn a_new_record_stays_open_until_it_is_there_or_cannot_come_any_more() {
    let bench = Bench::new();
    dead(&bench, &[new_contact("ann"), new_portal_user("bo")]);
    for seconds in [0, 60, 59] {
        bench.clock.pass(Duration::from_secs(seconds));
        let open = settled(&bench);
        assert_eq!(open.len(), 2, "after {seconds} more seconds");
        assert!(open[0].reason.starts_with("the service may still make the new contact, until "));
        assert_eq!(open[0].people(), ["ann@contoso.example", "u-ann"]);
        assert_eq!(open[1].people(), ["bo@contoso.example", "u-bo"]);
    }
    bench.portal.put("p9", &[(Field::Email, "bo@contoso.example")]);
    assert_eq!(settled(&bench).len(), 1, "what is there is settled at once");
    bench.clock.pass(Duration::from_secs(2));
    assert_eq!(settled(&bench), []);
    let report = bench.state.run("dead").expect("known");
    assert_eq!(ends(&report), [Some(Settlement::Failed), Some(Settlement::Done)]);
}

#[test]
fn what_was_sent_long_after_it_was_announced_stays_open_from_then_on() {
    let bench = Bench::new();
    dead(&bench, &[new_contact("ann")]);
    bench.clock.pass(Duration::from_secs(300));
    bench.state.sending("dead", bench.clock.now()).expect("noted");
    assert_eq!(settled(&bench).len(), 1, "it waited for its turn that long");
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(settled(&bench), []);
}

#[test]
fn an_announcement_of_a_time_to_come_holds_its_person_no_longer_than_any_other() {
    let bench = Bench::new();
    bench.state.begin(&header("dead", &[contoso(&[])]), &[]).expect("begun");
    let ahead = bench.clock.now() + jiff::SignedDuration::from_hours(400 * 24);
    bench.state.announce("dead", "Contoso", &new_contact("ann"), ahead).expect("announced");
    assert_eq!(settled(&bench).len(), 1, "how long ago that was is not known");
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(settled(&bench), []);
}

#[test]
fn an_entry_of_a_list_that_may_still_be_added_holds_its_person() {
    let mut bench = Bench::new();
    bench.psa.listed = Some(Field::Phone);
    bench.psa.put("7", &[(Field::Phone, "")]);
    let phone = vec![field(Field::Phone, Some(""), "+1 555 0100")];
    dead(&bench, &[change(Action::Update, RecordKind::Contact, Some("7"), "c7", phone)]);
    let open = settled(&bench);
    assert_eq!((open.len(), open[0].people()), (1, vec!["7".to_owned()]));
    assert!(open[0].reason.starts_with("the service may still change the contact"), "{}", open[0].reason);
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(settled(&bench), []);
}

#[test]
fn what_is_in_flight_is_told_without_asking_any_service() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    dead(&bench, &[new_contact("ann"), promoted("7")]);
    let open = || in_flight(bench.systems(), &bench.state, &["Contoso"]).expect("a journal").len();
    assert_eq!((open(), bench.asked()), (1, Vec::<String>::new()));
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(open(), 0);
    assert_eq!(ends(&bench.state.run("dead").expect("known")), [None, None], "nothing is written");
}

#[test]
fn a_portal_user_that_a_run_with_another_psa_may_still_make_holds_the_person() {
    let path = |bench: &Bench| bench.folder.path().join("state.db");
    let bench = Bench::new();
    let open = |psa: &str| {
        State::open(&path(&bench), &format!("{psa} portal.example"))
            .expect("usable")
            .timed_by(bench.clock.clone())
    };
    let other = open("one");
    other.begin(&header("dead", &[contoso(&[])]), &[]).expect("begun");
    for change in [new_contact("ann"), new_portal_user("bo")] {
        other.announce("dead", "Contoso", &change, bench.clock.now()).expect("announced");
    }
    let held = |state: &State| {
        let open = settle(bench.systems(), state, &["Contoso"], "next").expect("a journal");
        open.iter().flat_map(Open::people).collect::<Vec<_>>()
    };
    assert_eq!(held(&open("two")), ["bo@contoso.example", "u-bo"], "contacts are another PSA's");
    let elsewhere = State::open(&path(&bench), "two elsewhere.example").expect("usable");
    assert_eq!(held(&elsewhere), [] as [&str; 0], "another portal");
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(held(&open("two")), [] as [&str; 0]);
}

#[test]
fn what_a_dead_run_announced_is_settled_by_what_the_records_hold() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.put("8", &[(Field::Title, "Head")]);
    bench.psa.put("20", &[(O365, "u-ann")]);
    bench.portal.put("p1", &[]);
    let login = vec![field(Field::Login, None, "false")];
    let login = change(Action::Deactivate, RecordKind::PortalUser, Some("p1"), "p1", login);
    dead(
        &bench,
        &[promoted("7"), promoted("8"), promoted("9"), new_contact("ann"), new_contact("bo"), login],
    );
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(settled(&bench), []);
    let report = bench.state.run("dead").expect("known");
    let all: Vec<_> = report.entries.iter().map(|entry| (how(entry), detail(entry))).collect();
    let (done, failed) = (Some(Settlement::Done), Some(Settlement::Failed));
    assert_eq!(
        all,
        [
            (failed, "the run died, and the record does not hold it"),
            (done, "the run died, the record holds it"),
            (failed, "the run died, and the record is gone"),
            (done, "the run died, the record is there"),
            (failed, "the run died before the record was made"),
            (failed, "the run died, and the record does not hold it"),
        ]
    );
    assert_eq!(id_of(&report.entries[3]), Some("20"));
    let asked = bench.asked();
    assert!(asked.iter().all(|line| !line.starts_with("write")), "{asked:?}");
}

#[test]
fn an_old_reading_of_365_settles_nothing_until_it_cannot_be_old_any_more() {
    let bench = Bench::new();
    bench.tenants.clerk("u1");
    bench.tenants.clerk("u2");
    let asked = |id: &str| Change {
        record: Record { kind: RecordKind::TenantUser, company: Id::from("t"), id: Some(Id::from(id)) },
        ..promoted(id)
    };
    dead(&bench, &[asked("u1")]);
    let open = settled(&bench);
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].reason, "365 may still show the older values, for 10 minutes after a write");
    assert_eq!(open[0].people(), ["u1"]);
    bench.tenants.set("u1", Field::Title, "Head");
    assert_eq!(settled(&bench), [], "the new values are a proof");
    let older = Timestamp::now() - jiff::SignedDuration::from_mins(11);
    bench.state.announce("dead", "Contoso", &asked("u2"), older).expect("announced");
    assert_eq!(settled(&bench), []);
    let report = bench.state.run("dead").expect("known");
    assert_eq!(ends(&report), [Some(Settlement::Done), Some(Settlement::Failed)]);
}

#[test]
fn several_records_that_could_be_the_new_one_hold_the_person_back_until_no_other_one_can_come() {
    let bench = Bench::new();
    bench.psa.put("20", &[(O365, "u-ann")]);
    bench.psa.put("21", &[(Field::Email, "ann@contoso.example")]);
    dead(&bench, &[new_contact("ann")]);
    let open = settled(&bench);
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].run.as_str(), open[0].entry.seq), ("dead", 1));
    assert_eq!(open[0].people(), ["ann@contoso.example", "u-ann"]);
    bench.clock.pass(IN_FLIGHT);
    assert_eq!(settled(&bench), [], "then it is for planning to link one of them, or to ask");
    assert_eq!(ends(&bench.state.run("dead").expect("known")), [Some(Settlement::Failed)]);
}

#[test]
fn what_cannot_be_looked_at_stays_open() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Title, "Head")]);
    bench.portal.put("p1", &[(Field::Title, "Head")]);
    bench.psa.always(Call::Again, Kind::Network);
    let portal = Change {
        record: Record { kind: RecordKind::PortalUser, company: 9.into(), id: Some("p1".into()) },
        ..promoted("p1")
    };
    dead(&bench, &[promoted("7"), portal]);
    let open = settled(&bench);
    assert_eq!(open.len(), 1);
    assert_eq!(
        (open[0].people(), open[0].reason.as_str()),
        (vec!["7".to_owned()], "the service failed: Network")
    );
    assert_eq!(
        ends(&bench.state.run("dead").expect("known")),
        [None, Some(Settlement::Done)],
        "the other side can"
    );
    bench.psa.heal();
    assert_eq!(settled(&bench), []);
}

#[test]
fn only_the_companies_of_the_run_are_settled() {
    let bench = Bench::new();
    dead(&bench, &[new_contact("ann")]);
    assert_eq!(settle(bench.systems(), &bench.state, &["Fabrikam"], "next").expect("a journal"), []);
    assert_eq!(ends(&bench.state.run("dead").expect("known")), [None]);
    assert_eq!(bench.asked(), [] as [&str; 0]);
}

fn link(user: &str, contact: Option<&str>, portal_user: Option<&str>, gone: bool) -> Link {
    Link {
        user: user.into(),
        contact: contact.map(Id::from),
        portal_user: portal_user.map(Id::from),
        gone,
        took_part: true,
        out_by_setting: false,
    }
}

fn remembered(links: Vec<Link>, report: &Report) -> Vec<Link> {
    let known = CompanyMemory {
        company: "Contoso".into(),
        links,
        counts: BTreeMap::new(),
        details: None,
        assigned: BTreeMap::new(),
        licences: None,
    };
    let other = CompanyMemory { company: "Fabrikam".into(), ..CompanyMemory::default() };
    let mut known = remember(&[known, other], report);
    assert_eq!(known.pop().map(|other| other.links), Some(Vec::new()), "only the company's own run counts");
    known.remove(0).links
}

#[test]
fn new_records_are_remembered_as_the_persons() {
    let bench = Bench::new();
    let report = bench.apply(&[new_contact("ann"), new_contact("bo"), new_portal_user("ann")]);
    assert_eq!(
        remembered(
            vec![link("u-cy", Some("3"), None, false), link("u-bo", None, Some("p2"), false)],
            &report
        ),
        [
            link("u-ann", Some("100"), Some("500"), false),
            link("u-bo", Some("101"), Some("p2"), false),
            link("u-cy", Some("3"), None, false)
        ]
    );
}

#[test]
fn a_record_that_was_not_made_is_not_remembered_and_one_made_in_part_is() {
    let bench = Bench::new();
    bench.psa.wrong(Call::Write, 1, Wrong::Fails(Kind::Service));
    bench.psa.wrong(Call::Write, 2, Wrong::Omits(Field::FirstName));
    let report = bench.apply(&[new_contact("ann"), new_contact("bo")]);
    assert_eq!(remembered(Vec::new(), &report), [link("u-bo", Some("100"), None, false)]);
}

#[test]
fn what_was_made_inactive_stays_linked_for_the_next_plan_to_judge() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    let active = vec![field(Field::Active, Some("true"), "false")];
    let report = bench.apply(&[change(Action::Deactivate, RecordKind::Contact, Some("7"), "7", active)]);
    assert_eq!(bench.psa.active("7"), Some(false));
    for gone in [true, false] {
        let links = vec![link("u-7", Some("7"), None, gone)];
        assert_eq!(remembered(links.clone(), &report), links);
    }
}
