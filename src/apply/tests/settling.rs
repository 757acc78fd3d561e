//! What nobody saw the end of, and what the next run should know.

use super::fake::{Call, Wrong};
use super::*;
use crate::plan::{Known, Link};

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
    let open = settle(bench.systems(), &bench.state, &["Contoso"], "run-2", |_| ()).expect("a journal");
    assert_eq!(open, []);
    let report = bench.state.run("run-1").expect("known");
    assert_eq!(ends(&report)[..2], [Some(Settlement::Done), Some(Settlement::Done)]);
    assert_eq!(id_of(&report.entries[1]), Some("100"));
    assert_eq!(detail(&report.entries[0]), "the run died, the record holds it");
    let by = report.entries[1].settled.as_ref().and_then(|settled| settled.by.as_deref());
    assert_eq!(by, Some("run-2"));
    bench.asked();
    assert_eq!(settle(bench.systems(), &bench.state, &["Contoso"], "run-3", |_| ()).expect("a journal"), []);
    assert_eq!(bench.asked(), [] as [&str; 0], "nothing is left to look at");
}

/// A run that announced these changes and died.
fn dead(bench: &Bench, changes: &[Change]) {
    bench.state.begin(&header("dead", &[contoso(changes)]), &[]).expect("begun");
    for change in changes {
        bench.state.announce("dead", "Contoso", change, Timestamp::now()).expect("announced");
    }
}

fn settled(bench: &Bench) -> Vec<Open> {
    settle(bench.systems(), &bench.state, &["Contoso"], "next", |_| ()).expect("a journal")
}

#[test]
fn a_new_record_that_may_still_be_on_its_way_is_looked_for_twice() {
    thread_local!(static PAUSES: std::cell::Cell<usize> = const { std::cell::Cell::new(0) });
    let settle = |bench: &Bench| {
        let pause = |_| PAUSES.set(PAUSES.get() + 1);
        settle(bench.systems(), &bench.state, &["Contoso"], "next", pause).expect("a journal")
    };
    let bench = Bench::new();
    bench.psa.put("20", &[(O365, "u-ann")]);
    dead(&bench, &[new_contact("ann")]);
    settle(&bench);
    assert_eq!((PAUSES.get(), bench.asked().len()), (0, 1), "it is there");
    let bench = Bench::new();
    dead(&bench, &[new_contact("ann")]);
    settle(&bench);
    assert_eq!((PAUSES.get(), bench.asked().len()), (1, 2), "it may still come");
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
fn several_records_that_could_be_the_new_one_stay_open_and_hold_the_person_back() {
    let bench = Bench::new();
    bench.psa.put("20", &[(O365, "u-ann")]);
    bench.psa.put("21", &[(Field::Email, "ann@contoso.example")]);
    dead(&bench, &[new_contact("ann"), new_contact("bo")]);
    let open = settled(&bench);
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].run.as_str(), open[0].entry.seq), ("dead", 1));
    assert_eq!(open[0].reason, "several records could be the new contact: 20, 21");
    assert_eq!(open[0].people(), ["ann@contoso.example", "u-ann"]);
    assert_eq!(ends(&bench.state.run("dead").expect("known")), [None, Some(Settlement::Failed)]);
    bench.psa.remove("21");
    assert_eq!(settled(&bench), [], "once somebody cleared it up");
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
    assert_eq!(settle(bench.systems(), &bench.state, &["Fabrikam"], "next", |_| ()).expect("a journal"), []);
    assert_eq!(ends(&bench.state.run("dead").expect("known")), [None]);
    assert_eq!(bench.asked(), [] as [&str; 0]);
}

fn link(user: &str, contact: Option<&str>, portal_user: Option<&str>, gone: bool) -> Link {
    Link { user: user.into(), contact: contact.map(Id::from), portal_user: portal_user.map(Id::from), gone }
}

fn remembered(links: Vec<Link>, report: &Report) -> Vec<Link> {
    let known = Known {
        company: "Contoso".into(),
        links,
        counts: BTreeMap::new(),
        details: None,
        assigned: BTreeMap::new(),
    };
    let other = Known { company: "Fabrikam".into(), ..Known::default() };
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
fn who_is_gone_is_remembered_until_the_contact_is_inactive() {
    let bench = Bench::new();
    for id in ["7", "8"] {
        bench.psa.clerk(id);
    }
    bench.psa.wrong(Call::Write, 2, Wrong::Fails(Kind::Service));
    let out = |id| {
        let active = vec![field(Field::Active, Some("true"), "false")];
        change(Action::Deactivate, RecordKind::Contact, Some(id), id, active)
    };
    let report = bench.apply(&[out("7"), out("8")]);
    assert_eq!((bench.psa.active("7"), bench.psa.active("8")), (Some(false), Some(true)));
    let links = || vec![link("u-7", Some("7"), None, true), link("u-8", Some("8"), None, true)];
    assert_eq!(remembered(links(), &report), [link("u-8", Some("8"), None, true)]);
    let disabled = vec![link("u-7", Some("7"), None, false)];
    assert_eq!(remembered(disabled.clone(), &report), disabled, "who is merely disabled may come back");
}
