//! Taking a run back.

use super::fake::{Call, Wrong};
use super::*;
use crate::plan::{Measure, Outcome};
use crate::reconcile::GuardLimits;

impl Bench {
    fn undo(&self, report: &Report) -> Outcome {
        self.undo_where(report, true)
    }

    fn undo_where(&self, report: &Report, deactivates: bool) -> Outcome {
        let bases = BTreeMap::from([("Contoso".to_owned(), 10)]);
        let written = self.state.remembered().expect("readable").written;
        undo(self.systems(), &self.state, report, &bases, &written, &GuardLimits::default(), deactivates)
    }

    /// Undoes a run, and applies that.
    fn take_back(&self, report: &Report) -> Report {
        self.apply_all(&self.undo(report).companies, &|| None)
    }
}

/// What is left unchanged, with the reason.
fn skips(outcome: &Outcome) -> Vec<&str> {
    outcome.companies.iter().flat_map(|company| &company.skipped).map(|skip| skip.reason.as_str()).collect()
}

fn pending(outcome: &Outcome) -> Vec<&Change> {
    outcome.companies.iter().flat_map(|company| &company.changes).collect()
}

#[test]
fn what_a_run_changed_is_as_it_was() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Title, "Clerk"), (Field::Phone, ""), (Field::Mobile, "+1 555 0100")]);
    let mut change = promoted("7");
    change.fields.push(field(Field::Phone, Some(""), "+1 555 0199"));
    change.fields.push(field(Field::Mobile, Some("+1 555 0100"), ""));
    let report = bench.apply(&[change]);
    assert_eq!(ends(&report), [Some(Settlement::Done)]);
    let back = bench.take_back(&report);
    assert_eq!(ends(&back), [Some(Settlement::Done)], "{back:#?}");
    assert_eq!(bench.psa.text("7", Field::Title).as_deref(), Some("Clerk"));
    assert_eq!(bench.psa.text("7", Field::Phone), None);
    assert_eq!(bench.psa.text("7", Field::Mobile).as_deref(), Some("+1 555 0100"));
}

#[test]
fn undoing_twice_has_nothing_to_do() {
    let bench = Bench::new();
    for id in ["7", "8"] {
        bench.psa.clerk(id);
    }
    for id in ["p1", "p2"] {
        bench.portal.put(id, &[]);
    }
    let out = |kind, id, which, before| {
        change(Action::Deactivate, kind, Some(id), id, vec![field(which, before, "false")])
    };
    let report = bench.apply(&[
        promoted("7"),
        out(RecordKind::Contact, "8", Field::Active, Some("true")),
        new_contact("ann"),
        new_portal_user("ann"),
        out(RecordKind::PortalUser, "p1", Field::Login, None),
    ]);
    assert_eq!(ends(&report), [Some(Settlement::Done); 5]);
    let back = bench.take_back(&report);
    assert_eq!(ends(&back), [Some(Settlement::Done); 5], "{back:#?}");
    assert_eq!((bench.psa.active("8"), bench.psa.active("100")), (Some(true), Some(false)));
    let again = bench.undo(&report);
    assert_eq!((pending(&again), skips(&again)), (Vec::new(), Vec::new()));
}

#[test]
fn what_was_written_in_part_is_taken_back() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Title, "Clerk"), (Field::Phone, "")]);
    bench.psa.wrong(Call::Write, 1, Wrong::Omits(Field::Phone));
    bench.psa.wrong(Call::Write, 2, Wrong::Omits(Field::FirstName));
    let mut change = promoted("7");
    change.fields.push(field(Field::Phone, Some(""), "+1 555 0199"));
    let report = bench.apply(&[change, new_contact("ann")]);
    assert_eq!(ends(&report), [Some(Settlement::Failed); 2]);
    assert_eq!(
        (bench.psa.text("7", Field::Title).as_deref(), bench.psa.active("100")),
        (Some("Head"), Some(true))
    );
    let back = bench.take_back(&report);
    assert_eq!(ends(&back), [Some(Settlement::Done); 2], "{back:#?}");
    assert_eq!(
        (bench.psa.text("7", Field::Title).as_deref(), bench.psa.active("100")),
        (Some("Clerk"), Some(false))
    );
}

#[test]
fn what_a_service_refused_is_not_taken_back() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    bench.psa.wrong(Call::Write, 1, Wrong::Fails(Kind::Permission));
    let report = bench.apply(&[promoted("7")]);
    assert_eq!(ends(&report), [Some(Settlement::Failed)]);
    bench.psa.set("7", Field::Title, "Head");
    let undo = bench.undo(&report);
    assert_eq!((pending(&undo), skips(&undo)), (Vec::new(), Vec::new()), "another hand wrote it");
}

#[test]
fn what_may_have_been_written_and_cannot_be_read_is_listed() {
    let bench = Bench::new();
    bench.portal.put("p1", &[(Field::Title, "Clerk"), (Field::City, "")]);
    bench.portal.wrong(Call::Write, 1, Wrong::Omits(Field::City));
    let out = change(
        Action::Deactivate,
        RecordKind::PortalUser,
        Some("p1"),
        "p1",
        vec![
            field(Field::Login, None, "false"),
            field(Field::Title, Some("Clerk"), "Head"),
            field(Field::City, Some(""), "Oslo"),
        ],
    );
    let report = bench.apply(&[out]);
    assert_eq!(ends(&report), [Some(Settlement::Failed)]);
    let undo = bench.undo(&report);
    assert_eq!(pending(&undo)[0].fields.len(), 1, "the title");
    assert_eq!(
        skips(&undo),
        ["portal user p1: login is not taken back: it is unknown whether it was written"]
    );
}

#[test]
fn a_field_that_was_edited_since_is_listed_and_left_alone() {
    let bench = Bench::new();
    bench.psa.put("7", &[(Field::Title, "Clerk"), (Field::City, "Oslo")]);
    let mut change = promoted("7");
    change.fields.push(field(Field::City, Some("Oslo"), "Bergen"));
    let report = bench.apply(&[change]);
    bench.psa.set("7", Field::Title, "Director");
    let plan = bench.undo(&report);
    assert_eq!(skips(&plan), ["contact 7: title is not taken back: it has changed since"]);
    let fields: Vec<Field> = pending(&plan)[0].fields.iter().map(|field| field.field).collect();
    assert_eq!(fields, [Field::City]);
    bench.psa.remove("7");
    let plan = bench.undo(&report);
    assert_eq!((skips(&plan), pending(&plan)), (vec!["contact 7 is not taken back: it is gone"], Vec::new()));
}

#[test]
fn a_contact_that_was_made_becomes_inactive_and_its_portal_user_is_shut_out() {
    let bench = Bench::new();
    let report = bench.apply(&[new_contact("ann"), new_portal_user("ann")]);
    let plan = bench.undo(&report);
    let all: Vec<_> = pending(&plan)
        .into_iter()
        .map(|change| {
            (change.action, change.record.id.clone(), change.fields[0].field, change.fields[0].after.clone())
        })
        .collect();
    let to = || NewValue::Text("false".into());
    assert_eq!(
        all,
        [
            (Action::Deactivate, Some(Id::from("500")), Field::Login, to()),
            (Action::Deactivate, Some(Id::from("100")), Field::Active, to())
        ],
        "the last one comes off first"
    );
    assert!(pending(&plan).iter().all(|change| change.key.0.contains("new ann")), "{plan:#?}");
    bench.take_back(&report);
    assert_eq!((bench.psa.active("100"), bench.psa.len()), (Some(false), 1), "nothing is deleted");
}

#[test]
fn a_contact_that_somebody_worked_on_is_kept() {
    let bench = Bench::new();
    let report = bench.apply(&[new_contact("ann")]);
    bench.psa.set("100", Field::Email, "ann.lee@contoso.example");
    let plan = bench.undo(&report);
    assert_eq!(skips(&plan), ["contact 100 is not taken back: email has changed since"]);
    assert_eq!(plan.companies[0].moved, 1);
    assert_eq!(pending(&plan), Vec::<&Change>::new());
}

#[test]
fn a_psa_without_an_active_flag_lists_the_contact() {
    let bench = Bench::new();
    let report = bench.apply(&[new_contact("ann")]);
    let plan = bench.undo_where(&report, false);
    assert_eq!(
        skips(&plan),
        ["contact 100 is not taken back: the PSA has no active flag, remove it by hand"]
    );
    assert_eq!(plan.companies[0].moved, 0, "it did not change");
    assert_eq!(pending(&plan), Vec::<&Change>::new());
}

#[test]
fn only_what_was_done_is_taken_back() {
    let bench = Bench::new();
    for id in ["7", "8", "9"] {
        bench.psa.clerk(id);
    }
    bench.psa.set("9", Field::Title, "Director");
    bench.psa.wrong(Call::Write, 1, Wrong::Fails(Kind::Service));
    let report = bench.apply(&[promoted("7"), promoted("8"), promoted("9"), new_portal_user("ann")]);
    let plan = bench.undo(&report);
    let ids: Vec<_> = pending(&plan).iter().map(|change| change.record.id.clone()).collect();
    assert_eq!(ids, [Some(Id::from("8"))]);
}

#[test]
fn whoever_was_let_in_or_shut_out_is_put_back_last() {
    let bench = Bench::new();
    for id in ["7", "8"] {
        bench.psa.clerk(id);
    }
    let flip = |action, id, from, to| {
        change(action, RecordKind::Contact, Some(id), id, vec![field(Field::Active, Some(from), to)])
    };
    bench.apply(&[flip(Action::Deactivate, "8", "true", "false")]);
    let report = bench.apply(&[
        flip(Action::Deactivate, "7", "true", "false"),
        flip(Action::Reactivate, "8", "false", "true"),
    ]);
    let plan = bench.undo(&report);
    let all: Vec<_> = pending(&plan).iter().map(|change| (change.action, change.record.id.clone())).collect();
    assert_eq!(all, [(Action::Reactivate, Some("7".into())), (Action::Deactivate, Some("8".into()))]);
}

#[test]
fn a_support_pin_is_not_taken_back_since_nobody_knows_it() {
    let bench = Bench::new();
    bench.psa.put("7", &[(PIN, "")]);
    bench.portal.put("p1", &[(PIN, "2222")]);
    let report = bench.apply(&[pinned("7", "p1")]);
    assert_eq!(bench.psa.pin("7").as_deref(), Some("2222"));
    let plan = bench.undo(&report);
    assert_eq!(skips(&plan), ["contact 7: SupportPIN is not taken back: the journal does not keep it"]);
    assert_eq!(plan.companies[0].moved, 0, "it did not change");
}

#[test]
fn a_login_that_was_given_back_meanwhile_is_left_alone() {
    let bench = Bench::new();
    bench.portal.put("p1", &[]);
    let to = |action, before, after| {
        change(action, RecordKind::PortalUser, Some("p1"), "p1", vec![field(Field::Login, before, after)])
    };
    let report = bench.apply(&[to(Action::Deactivate, None, "false")]);
    let plan = bench.undo(&report);
    assert_eq!(
        pending(&plan)[0].fields[0].after,
        NewValue::Text("true".into()),
        "that is what it is by default"
    );
    bench.apply(&[to(Action::Reactivate, Some("false"), "true")]);
    assert_eq!(pending(&bench.undo(&report)), Vec::<&Change>::new());
}

#[test]
fn what_cannot_be_read_again_holds_the_company_back() {
    let bench = Bench::new();
    bench.psa.clerk("7");
    let report = bench.apply(&[promoted("7"), new_portal_user("ann")]);
    bench.psa.always(Call::Again, Kind::Network);
    let plan = bench.undo(&report);
    assert_eq!(pending(&plan), Vec::<&Change>::new());
    assert_eq!(plan.companies[0].unread[0].reason, "the service failed: Network");
}

#[test]
fn guards_count_what_is_taken_back() {
    let bench = Bench::new();
    let names = ["ann", "bo", "cy", "di", "ed", "flo", "gus"];
    let report = bench.apply(&names.map(new_contact));
    let plan = bench.undo(&report);
    let breach = plan.breaches.first().expect("seven of ten");
    assert_eq!((breach.measure, breach.count), (Measure::Deactivate, 7));
    assert_eq!(breach.allow, "--allow deactivate=7");
}

#[test]
fn people_of_the_same_name_are_counted_one_by_one() {
    let bench = Bench::new();
    let names = ["ann", "bo", "cy", "di", "ed", "flo", "gus"];
    let namesakes = names.map(|name| {
        let mut change = new_contact(name);
        change.who.name = "Ann Lee".into();
        change
    });
    let report = bench.apply(&namesakes);
    let counts: Vec<usize> = bench.undo(&report).breaches.iter().map(|breach| breach.count).collect();
    assert_eq!(counts, [7]);
}
