//! From a plan to the services and into the journal.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::fake::{Call, Wrong};
use super::*;
use crate::error::Error;
use crate::plan::Unmoved;
use crate::side::TOGETHER;

const DONE: Option<Settlement> = Some(Settlement::Done);
const FAILED: Option<Settlement> = Some(Settlement::Failed);
const NOT_TRIED: Option<Settlement> = Some(Settlement::NotTried);
const STALE: Option<Settlement> = Some(Settlement::Stale);

#[test]
fn changes_are_made_in_the_order_of_the_plan() {
    let bench = Bench::new();
    for id in ["7", "8"] {
        bench.psa.clerk(id);
    }
    bench.portal.put("p1", &[(Field::Title, "Clerk")]);
    let portal = Change {
        record: Record { kind: RecordKind::PortalUser, company: 9.into(), id: Some("p1".into()) },
        ..promoted("p1")
    };
    let plan =
        [promoted("8"), promoted("7"), new_contact("ann"), new_contact("bo"), new_portal_user("ann"), portal];
    let report = bench.apply(&plan);
    assert_eq!(ends(&report), [DONE; 6], "{report:#?}");
    let writes: Vec<String> = bench.asked().into_iter().filter(|line| line.starts_with("write")).collect();
    assert_eq!(
        writes,
        [
            "write contact 8",
            "write contact 7",
            "write contact new ann@contoso.example",
            "write contact new bo@contoso.example",
            "write portal user new ann@contoso.example",
            "write portal user p1"
        ]
    );
    assert_eq!(report.entries.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn every_record_is_looked_at_before_and_after_in_one_request_each() {
    let bench = Bench::new();
    for id in ["7", "8"] {
        bench.psa.clerk(id);
    }
    bench.apply(&[promoted("7"), promoted("8")]);
    assert_eq!(
        bench.asked(),
        ["again contact 7 8", "write contact 7", "write contact 8", "again contact 7 8"]
    );
    bench.apply(&[new_contact("ann")]);
    assert_eq!(
        bench.asked(),
        ["find contact ann@contoso.example", "write contact new ann@contoso.example", "again contact 100"]
    );
}

#[test]
fn an_answer_that_shows_the_record_needs_no_second_look() {
    let mut bench = Bench::new();
    bench.psa.shows = true;
    bench.psa.clerk("7");
    let report = bench.apply(&[promoted("7")]);
    assert_eq!(ends(&report), [DONE]);
    assert_eq!(bench.asked(), ["again contact 7", "write contact 7"]);
    bench.psa.clerk("8");
    bench.psa.wrong(Call::Write, 2, Wrong::Omits(Field::Title));
    let report = bench.apply(&[promoted("8")]);
    assert_eq!(ends(&report), [FAILED]);
    assert_eq!(
        detail(&report.entries[0]),
        "the service said yes, but the record does not show the new title"
    );
}

#[test]
fn long_plans_are_looked_at_part_by_part() {
    let bench = Bench::new();
    let ids: Vec<String> = (1..=TOGETHER + 1).map(|id| id.to_string()).collect();
    for id in &ids {
        bench.psa.clerk(id);
    }
    let report = bench.apply(&ids.iter().map(|id| promoted(id)).collect::<Vec<_>>());
    assert_eq!(report.summary().of(Settlement::Done), TOGETHER + 1);
    let looks = bench.asked().into_iter().filter(|line| line.starts_with("again")).count();
    assert_eq!(looks, 4);
}

#[test]
fn the_id_of_a_new_contact_goes_into_its_portal_user() {
    let bench = Bench::new();
    let report = bench.apply(&[new_contact("ann"), new_portal_user("ann")]);
    assert_eq!(ends(&report), [DONE, DONE]);
    assert_eq!(id_of(&report.entries[0]), Some("100"));
    assert_eq!(bench.portal.text("500", Field::PsaKey).as_deref(), Some("100"));
    let key = report.entries[1].change.fields.iter().find(|field| field.field == Field::PsaKey);
    assert_eq!(key.map(|key| &key.after), Some(&NewValue::Text("100".into())), "the journal says which id");
}

#[test]
fn what_needs_a_contact_that_was_not_made_is_not_tried() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.wrong(Call::Write, 1, Wrong::Fails(Kind::Service));
    let report =
        bench.apply(&[new_contact("ann"), promoted("7"), new_portal_user("ann"), new_portal_user("bo")]);
    assert_eq!(ends(&report), [FAILED, DONE, NOT_TRIED, NOT_TRIED]);
    assert_eq!(detail(&report.entries[0]), "the service failed: Service");
    let next = report.entries[0].settled.as_ref().and_then(|settled| settled.next.as_deref());
    assert_eq!(next, Some("try later"));
    assert_eq!(detail(&report.entries[2]), "it needs the id of a record that was not made");
    assert_eq!(bench.portal.len(), 0);
    assert!(bench.asked().iter().all(|line| !line.contains("portal")), "the portal is not asked for them");
}

#[test]
fn a_record_that_moved_is_left_alone_and_the_rest_goes_on() {
    let bench = Bench::new();
    for id in ["7", "8", "9"] {
        bench.psa.clerk(id);
    }
    bench.psa.set("7", Field::Title, "Director");
    bench.psa.remove("8");
    let mut unmoved = promoted("9");
    unmoved.unmoved.push(Unmoved { field: Field::Email, value: "old@contoso.example".into() });
    let report = bench.apply(&[promoted("7"), promoted("8"), unmoved, new_contact("ann")]);
    assert_eq!(ends(&report), [STALE, STALE, STALE, DONE]);
    let details: Vec<&str> = report.entries.iter().take(3).map(detail).collect();
    assert_eq!(
        details,
        [
            "title of the contact has changed since",
            "the contact is gone",
            "email of the contact has changed since"
        ]
    );
    assert_eq!(bench.psa.text("7", Field::Title).as_deref(), Some("Director"));
}

#[test]
fn a_record_that_holds_it_already_is_done_without_a_write() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Title, "Head")]);
    let report = bench.apply(&[promoted("7")]);
    assert_eq!((ends(&report), detail(&report.entries[0])), (vec![DONE], "it held that already"));
    assert_eq!(bench.asked(), ["again contact 7"]);
}

#[test]
fn a_person_who_got_a_record_meanwhile_gets_no_second_one() {
    let bench = Bench::new();
    bench.psa.put("7", &[(O365, "u-ann"), (Field::Email, "other@contoso.example")]);
    bench.psa.put("8", &[(Field::Email, "bo@contoso.example")]);
    let report =
        bench.apply(&[new_contact("ann"), new_contact("bo"), new_contact("cy"), new_portal_user("ann")]);
    assert_eq!(ends(&report), [STALE, STALE, DONE, STALE]);
    assert_eq!(
        detail(&report.entries[0]),
        "contact 7 has the person's id or address since the plan was made"
    );
    assert_eq!(bench.psa.len(), 3);
}

#[test]
fn a_lost_answer_is_found_by_looking() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.wrong(Call::Write, 1, Wrong::Lost);
    bench.psa.wrong(Call::Write, 2, Wrong::Lost);
    let report = bench.apply(&[promoted("7"), new_contact("ann"), new_portal_user("ann")]);
    assert_eq!(ends(&report), [DONE, DONE, DONE]);
    assert_eq!(detail(&report.entries[0]), "the answer was lost, the record holds it");
    assert_eq!(detail(&report.entries[1]), "the answer was lost, the record is there");
    assert_eq!(id_of(&report.entries[1]), Some("100"));
    assert_eq!(bench.psa.len(), 2, "a new record is never sent twice");
    assert_eq!(bench.portal.text("500", Field::PsaKey).as_deref(), Some("100"));
}

#[test]
fn a_lost_request_is_a_failure_and_not_sent_again() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.wrong(Call::Write, 1, Wrong::Fails(Kind::Network));
    bench.psa.wrong(Call::Write, 2, Wrong::Fails(Kind::Network));
    let report = bench.apply(&[promoted("7"), new_contact("ann")]);
    assert_eq!(ends(&report), [FAILED, None], "the contact may still be made");
    assert_eq!((bench.psa.len(), bench.psa.text("7", Field::Title).as_deref()), (1, Some("Clerk")));
    assert_eq!(bench.asked().iter().filter(|line| line.starts_with("write")).count(), 2);
}

#[test]
fn what_cannot_be_read_back_is_done_when_the_service_says_so_and_else_failed() {
    let bench = Bench::new();
    for id in ["p1", "p2"] {
        bench.portal.put(id, &[]);
    }
    let out = |id| {
        let login = vec![field(Field::Login, None, "false")];
        change(Action::Deactivate, RecordKind::PortalUser, Some(id), id, login)
    };
    bench.portal.wrong(Call::Write, 2, Wrong::Lost);
    let report = bench.apply(&[out("p1"), out("p2")]);
    assert_eq!(ends(&report), [DONE, FAILED], "writing it again does no harm");
    let remembered = bench.state.remembered().expect("readable").written;
    assert_eq!(remembered, BTreeMap::from([((Id::from("p1"), Field::Login), "false".to_owned())]));
}

#[test]
fn a_service_that_says_yes_and_does_nothing_is_not_believed() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    for nth in 1..=2 {
        bench.psa.wrong(Call::Write, nth, Wrong::Lies);
    }
    let report = bench.apply(&[promoted("7"), new_contact("ann"), new_portal_user("ann")]);
    assert_eq!(ends(&report), [FAILED, FAILED, NOT_TRIED]);
    assert_eq!(
        detail(&report.entries[0]),
        "the service said yes, but the record does not show the new title"
    );
    assert_eq!(
        detail(&report.entries[1]),
        "the service said yes, but the record is not there as it should be"
    );
}

#[test]
fn a_record_that_was_made_in_part_is_a_failure_that_the_rest_can_build_on() {
    let bench = Bench::new();
    bench.psa.wrong(Call::Write, 1, Wrong::Omits(Field::FirstName));
    let report = bench.apply(&[new_contact("ann"), new_portal_user("ann")]);
    assert_eq!(ends(&report), [FAILED, DONE]);
    assert!(detail(&report.entries[0]).starts_with("made in part"), "{}", detail(&report.entries[0]));
    assert_eq!(id_of(&report.entries[0]), Some("100"));
    assert_eq!(bench.portal.text("500", Field::PsaKey).as_deref(), Some("100"));
}

#[test]
fn a_service_that_refuses_the_credentials_is_given_up_but_for_a_look_at_what_it_did() {
    for kind in [Kind::Auth, Kind::Throttled] {
        let bench = Bench::new();
        for id in ["7", "8"] {
            bench.psa.clerk(id);
        }
        bench.portal.put("p1", &[(Field::Email, "x@contoso.example")]);
        bench.psa.wrong(Call::Write, 1, Wrong::Fails(kind));
        let portal = new_portal_user("ann");
        let plain = Change {
            fields: vec![field(Field::Email, Some(""), "bo@contoso.example")],
            ..change(Action::Create, RecordKind::PortalUser, None, "bo", Vec::new())
        };
        let report = bench.apply(&[promoted("7"), promoted("8"), new_contact("ann"), portal, plain]);
        assert_eq!(ends(&report), [FAILED, NOT_TRIED, NOT_TRIED, NOT_TRIED, DONE], "{kind:?}");
        assert!(detail(&report.entries[1]).starts_with("nothing more is sent there: the service failed"));
        let asked = bench.asked();
        assert_eq!(asked[..3], ["again contact 7 8", "write contact 7", "again contact 7"], "{kind:?}");
        assert!(asked[3..].iter().all(|line| line.contains("portal")), "{kind:?}: {asked:?}");
    }
}

#[test]
fn credentials_that_are_refused_while_looking_are_sent_no_more_either() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.always(Call::Again, Kind::Auth);
    let report = bench.apply(&[promoted("7"), new_contact("ann")]);
    assert_eq!(ends(&report), [FAILED, NOT_TRIED]);
    assert_eq!(detail(&report.entries[0]), "it could not be looked at before: the service failed: Auth");
    assert_eq!(bench.asked(), ["again contact 7"]);
}

#[test]
fn three_connections_lost_in_a_row_are_a_service_that_is_gone() {
    let bench = Bench::new();
    let ids = ["1", "2", "3", "4", "5", "6"];
    for id in &ids {
        bench.psa.clerk(id);
    }
    for nth in [1, 2, 4, 5, 6] {
        bench.psa.wrong(Call::Write, nth, Wrong::Fails(Kind::Network));
    }
    let plan: Vec<Change> = ids.iter().chain(&ids[..1]).map(|id| promoted(id)).collect();
    let report = bench.apply(&plan);
    assert_eq!(ends(&report), [FAILED, FAILED, DONE, FAILED, FAILED, FAILED, NOT_TRIED]);
}

#[test]
fn a_halt_between_two_writes_leaves_the_rest_unannounced() {
    let bench = Bench::new();
    let ids = ["1", "2", "3", "4"];
    for id in &ids {
        bench.psa.clerk(id);
    }
    let asked = AtomicUsize::new(0);
    // Asked once for the company, once for the group, and then before every write.
    let halt = || (asked.fetch_add(1, Ordering::SeqCst) >= 4).then_some(Halt::Interrupted);
    let plan: Vec<Change> = ids.iter().map(|id| promoted(id)).collect();
    let report = bench.apply_until(&plan, &halt);
    assert_eq!(ends(&report), [DONE, DONE], "what was begun is settled");
    let summary = report.summary();
    assert_eq!((summary.left(), summary.open, summary.halt), (2, 0, Some(Halt::Interrupted)));
    assert_eq!(bench.psa.text("3", Field::Title).as_deref(), Some("Clerk"));
}

#[test]
fn a_request_that_never_left_was_not_tried() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    let late = bench.apply_with(&[promoted("7")], &Late);
    assert_eq!(ends(&late), [NOT_TRIED]);
    assert_eq!(detail(&late.entries[0]), "the deadline passed");
}

/// The clerk's service, whose time is over when something is to be written.
struct Late;

impl crate::side::LookUp for Late {
    fn reread(&self, _: RecordKind, _: &Id, ids: &[Id]) -> Result<BTreeMap<Id, crate::side::Current>> {
        let clerk = |id: &Id| crate::side::Current {
            id: id.clone(),
            active: Some(true),
            fields: crate::model::Fields::new().with(Field::Title, "Clerk"),
            alternates: Vec::new(),
            stamp: None,
            raw: crate::side::Raw::default(),
        };
        Ok(ids.iter().map(|id| (id.clone(), clerk(id))).collect())
    }

    fn find(&self, _: RecordKind, _: &Id, _: &crate::side::Keys) -> Result<Vec<crate::side::Current>> {
        Ok(Vec::new())
    }
}

impl WriteRecords for Late {
    fn write(&self, _: &crate::side::Write<'_>) -> Result<crate::side::Written> {
        Err(Error::new(Kind::Deadline, "the deadline passed"))
    }

    fn in_flight(&self) -> std::time::Duration {
        std::time::Duration::ZERO
    }
}

impl Bench {
    /// Applies with another PSA.
    fn apply_with(&self, changes: &[Change], psa: &dyn WriteRecords) -> Report {
        let companies = [contoso(changes)];
        self.state.begin(&header("other", &companies), &companies).expect("begun");
        let systems = Systems { psa, portal: &self.portal, tenants: &self.tenants };
        apply(systems, &self.state, "other", &companies, &|| None, &Unseen).expect("a journal");
        self.state.run("other").expect("known")
    }
}

#[test]
fn nothing_is_written_that_the_journal_cannot_announce() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    let companies = [contoso(&[promoted("7")])];
    // A run that never began has no place for its changes.
    let error = apply(bench.systems(), &bench.state, "unknown", &companies, &|| None, &Unseen)
        .expect_err("no journal, no write");
    assert_eq!(error.kind(), Kind::State);
    assert_eq!(bench.asked(), ["again contact 7"]);
}

#[test]
fn all_companies_of_a_run_have_their_turn() {
    let bench = Bench::new();
    let companies: Vec<CompanyPlan> = (1..=20)
        .map(|number| {
            bench.psa.clerk(&number.to_string());
            CompanyPlan { name: format!("Company {number}"), ..contoso(&[promoted(&number.to_string())]) }
        })
        .collect();
    let report = bench.apply_all(&companies, &|| None);
    assert_eq!(report.summary().of(Settlement::Done), 20);
    let names: std::collections::BTreeSet<&str> =
        report.entries.iter().map(|entry| entry.company.as_str()).collect();
    assert_eq!(names.len(), 20);
}

#[test]
fn a_support_pin_goes_from_the_portal_to_the_contact_and_into_no_journal() {
    let bench = Bench::new();
    for id in ["7", "8", "9"] {
        bench.psa.put(id, &[(PIN, "")]);
    }
    // Long enough not to be met in a time stamp by chance.
    for (id, pin) in [("p1", "48210937"), ("p2", "48220938")] {
        bench.portal.put(id, &[(PIN, pin)]);
    }
    bench.portal.wrong(Call::Secret, 2, Wrong::Fails(Kind::Service));
    let report = bench.apply(&[pinned("7", "p1"), pinned("8", "p2"), pinned("9", "missing")]);
    assert_eq!(ends(&report), [DONE, FAILED, STALE]);
    let pins = ["7", "8", "9"].map(|id| bench.psa.pin(id).unwrap_or_default());
    assert_eq!(pins, ["48210937", "", ""]);
    assert!(detail(&report.entries[1]).starts_with("the SupportPIN could not be read"));
    let journal = serde_json::to_string(&report).expect("JSON");
    assert!(!journal.contains("48210937") && !journal.contains("48220938"), "{journal}");
}

#[test]
fn a_pin_that_the_contact_does_not_hold_afterwards_is_a_failure() {
    let bench = Bench::new();
    bench.psa.put("7", &[(PIN, "")]);
    bench.portal.put("p1", &[(PIN, "4821")]);
    bench.psa.wrong(Call::Write, 1, Wrong::Lies);
    let report = bench.apply(&[pinned("7", "p1")]);
    assert_eq!(ends(&report), [FAILED]);
}

#[test]
fn a_create_whose_answer_says_nothing_stays_open_and_what_needs_it_is_not_tried() {
    for wrong in [Wrong::Vanishes, Wrong::Fails(Kind::Throttled), Wrong::Fails(Kind::Network)] {
        let bench = Bench::new();
        bench.psa.wrong(Call::Write, 1, wrong);
        let report = bench.apply(&[new_contact("ann"), new_contact("bo"), new_portal_user("ann")]);
        assert_eq!(ends(&report), [None, DONE, NOT_TRIED], "{wrong:?}");
        assert_eq!(report.summary().open, 1);
    }
}

#[test]
fn an_entry_of_a_list_whose_answer_was_lost_stays_open_too() {
    let mut bench = Bench::new();
    bench.psa.listed = Some(Field::Phone);
    bench.psa.put("7", &[(Field::Phone, "")]);
    bench.psa.clerk("8");
    for nth in [1, 2] {
        bench.psa.wrong(Call::Write, nth, Wrong::Vanishes);
    }
    let phone = vec![field(Field::Phone, Some(""), "+1 555 0100")];
    let phone = change(Action::Update, RecordKind::Contact, Some("7"), "c7", phone);
    let report = bench.apply(&[phone, promoted("8")]);
    assert_eq!(ends(&report), [None, FAILED], "a title can be written twice");
}

#[test]
fn a_service_that_asks_three_creates_in_a_row_to_slow_down_is_given_up() {
    let bench = Bench::new();
    for nth in [1, 2, 4, 5, 6] {
        bench.psa.wrong(Call::Write, nth, Wrong::Fails(Kind::Throttled));
    }
    let people = ["a", "b", "c", "d", "e", "f", "g"];
    let report = bench.apply(&people.map(new_contact));
    assert_eq!(ends(&report), [None, None, DONE, None, None, None, NOT_TRIED]);
}

#[test]
fn a_record_that_the_journal_knows_gets_no_second_one_although_no_search_shows_it() {
    let bench = Bench::new();
    assert_eq!(ends(&bench.apply(&[new_contact("ann")])), [DONE]);
    bench.psa.hide("100");
    bench.asked();
    let report = bench.apply(&[new_contact("ann"), new_contact("bo")]);
    assert_eq!(ends(&report), [STALE, DONE]);
    assert_eq!(
        bench.asked()[..2],
        ["find contact ann@contoso.example bo@contoso.example", "again contact 100"]
    );
    bench.psa.remove("100");
    assert_eq!(ends(&bench.apply(&[new_contact("ann")])), [DONE], "one that is gone is made again");
}

#[test]
fn a_write_that_did_harm_failed_whatever_the_record_holds() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.wrong(Call::Write, 1, Wrong::Harms);
    let report = bench.apply(&[promoted("7")]);
    assert_eq!(ends(&report), [Some(Settlement::Failed)]);
    assert_eq!(bench.psa.text("7", Field::Title).as_deref(), Some("Head"));
}

#[test]
fn a_service_without_room_before_the_deadline_keeps_no_other_from_being_written() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.portal.put("p1", &[(Field::Title, "Clerk")]);
    bench.psa.always(Call::Again, Kind::Deadline);
    let mut of_portal = promoted("p1");
    of_portal.record.kind = RecordKind::PortalUser;
    let report = bench.apply(&[promoted("7"), of_portal]);
    assert_eq!(ends(&report), [Some(Settlement::Done)], "what could not be read was not begun");
    assert_eq!(report.ended.and_then(|ended| ended.halt), Some(Halt::Deadline));
    assert_eq!(bench.portal.text("p1", Field::Title).as_deref(), Some("Head"));
}
