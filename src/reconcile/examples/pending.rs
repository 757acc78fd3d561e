//! Companies of whose contacts not all user-defined fields are known yet.

use crate::model::{Budget, Contact, Field, FieldShape, Pending, Row, Shape, Udf, Unasked};
use crate::plan::Skip;
use crate::reconcile::Pin;
use crate::reconcile::worlds::*;

const STORED: Field = Field::Udf(Udf::Office365Id);

fn time() -> jiff::Timestamp {
    "2026-03-01T00:39:10Z".parse().expect("a time")
}

fn until() -> Unasked {
    Unasked::Until(time())
}

fn refused() -> Unasked {
    Unasked::Refused { reason: "the service said no".to_owned(), hint: Some("give the right".to_owned()) }
}

fn pending(world: &mut World, unknown: usize, why: Unasked) {
    world.companies[0].pending = Some(Pending { company: false, unknown, contacts: 2_500, why });
}

/// Takes away what the contact says in user-defined fields.
fn unknown(contact: &mut Contact) {
    let known = contact.fields.iter().filter(|(field, _)| !matches!(field, Field::Udf(_)));
    contact.fields = known.map(|(field, text)| (field, text.to_owned())).collect();
}

/// Ann, whose contact stores her id, Ben, whose contact is known to store none, and Cid, of whose contact it is
/// not known. All three have a new title.
fn world(why: Unasked) -> World {
    let people = [agreed(1, "ann"), agreed(2, "ben"), agreed(3, "cid")];
    let mut world = World::with(people.into_iter().flatten());
    edit_users(&mut world.companies[0], |all| {
        for user in all {
            user.fields.set(Field::Title, "Head");
        }
    });
    edit_contacts(&mut world.companies[0], |all| {
        all[1].fields.set(STORED, "");
        unknown(&mut all[2]);
    });
    pending(&mut world, 1, why);
    world
}

fn written(world: &World) -> Vec<String> {
    briefs(&world.only())
        .into_iter()
        .map(|brief| brief.split(':').next().unwrap_or_default().to_owned())
        .collect()
}

#[test]
fn only_who_is_linked_by_a_stored_id_is_changed_until_all_ids_are_known() {
    let world = world(until());
    assert_eq!(written(&world), ["update contact 1", "update portal user p1"]);
    let plan = world.only();
    assert_eq!((plan.people, plan.in_agreement), (3, 0), "who waits takes part and is not in agreement");
}

#[test]
fn a_refusal_which_may_last_holds_back_its_own_contact_alone() {
    let world = world(refused());
    assert_eq!(
        written(&world),
        ["update contact 1", "update contact 2", "update portal user p1", "update portal user p2"]
    );
}

#[test]
fn everybody_is_changed_once_all_is_known() {
    let mut world = world(until());
    world.companies[0].pending = None;
    assert_eq!(written(&world).len(), 6);
}

#[test]
fn a_decision_needs_no_stored_id() {
    let mut world = world(until());
    let pin = Pin { user: guid(3), contact: 3.into() };
    world.decisions.pins.push(pin);
    assert!(written(&world).contains(&"update contact 3".to_owned()));
}

#[test]
fn nobody_waits_for_ids_where_contacts_have_no_field_for_them() {
    let mut world = world(until());
    world.psa_shape = Shape::new(
        [Field::FirstName, Field::LastName, Field::Email, Field::Title, Field::Active]
            .map(|field| (field, FieldShape::default())),
    );
    assert!(written(&world).contains(&"update contact 2".to_owned()));
}

#[test]
fn a_leaver_is_not_shut_out_on_weaker_evidence_than_what_is_missing() {
    let mut world = world(until()).recorded(3, Some(3), Some("p3"));
    edit_users(&mut world.companies[0], |all| all[2].enabled = Some(false));
    assert!(!written(&world).iter().any(|brief| brief.contains(" 3") || brief.contains("p3")));
    world.companies[0].pending = None;
    assert!(written(&world).contains(&"deactivate contact 3".to_owned()));
}

#[test]
fn who_has_no_contact_gets_none_until_all_is_known_since_one_of_the_unknown_may_be_theirs() {
    for why in [until(), refused()] {
        let mut world = world(why);
        world.add(Piece::User(user(4, "dee")));
        let makes = |world: &World| written(world).iter().any(|brief| brief.starts_with("create"));
        assert!(!makes(&world));
        world.companies[0].pending.as_mut().expect("pending").unknown = 0;
        assert!(!makes(&world), "the company's own fields are not known");
        world.companies[0].pending = None;
        assert!(makes(&world));
    }
}

#[test]
fn a_plan_promises_no_more_than_the_service_takes() {
    let mut world = world(until());
    world.companies[0].pending = None;
    world.add(Piece::User(user(4, "dee")));
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    assert_eq!(written(&world).len(), 8);
    let budget = |records, new, fields| Some(Budget { records, new, fields, until: time() });
    for (left, expected) in [
        (budget(0, 9, 9), vec![]),
        (budget(1, 9, 9), vec!["deactivate contact 1", "deactivate portal user p1"]),
        (
            budget(9, 0, 1),
            vec![
                "update contact 2",
                "update contact 3",
                "update portal user p2",
                "update portal user p3",
                "deactivate contact 1",
                "deactivate portal user p1",
            ],
        ),
    ] {
        world.psa_budget = left;
        assert_eq!(written(&world), expected, "{left:?}");
        let waits = world.only().skipped.into_iter().find(|skip| skip.reason.contains("changes wait"));
        let said =
            format!("{} changes wait: Testdesk takes only so many requests in an hour", 8 - expected.len());
        assert!(waits.expect("it is said").reason.starts_with(&said));
    }
    world.psa_budget = budget(9, 9, 9);
    assert_eq!(written(&world).len(), 8);
    assert!(world.only().skipped.is_empty());
}

#[test]
fn what_one_company_uses_up_another_has_not() {
    let mut world = world(until());
    world.companies[0].pending = None;
    let mut second = company("Fabrikam", 2);
    let first = &world.companies[0];
    edit_users(&mut second, |all| *all = first.tenant.complete().expect("complete").users.items().to_vec());
    edit_contacts(&mut second, |all| {
        *all = first.psa.complete().expect("complete").contacts.items().to_vec();
    });
    edit_portal(&mut second, |all| *all = first.portal.complete().expect("complete").users.items().to_vec());
    world.companies.push(second);
    world.psa_budget = Some(Budget { records: 4, new: 9, fields: 99, until: time() });
    let plan = world.plan();
    let contacts = plan.companies.iter().map(|part| {
        part.changes.iter().filter(|change| change.record.kind == crate::plan::RecordKind::Contact).count()
    });
    assert_eq!(contacts.sum::<usize>(), 4);
}

#[test]
fn the_plan_says_in_one_line_what_is_not_known_and_when_to_come_back() {
    let line = |world: &World| -> Skip {
        let skipped = world.only().skipped.into_iter().filter(|skip| skip.row == Row::Office365Id);
        let [skip]: [Skip; 1] = skipped.collect::<Vec<_>>().try_into().expect("one line");
        assert!(skip.who.is_none() && !skip.strict);
        skip
    };
    let mut world = world(until());
    pending(&mut world, 812, until());
    assert_eq!(
        line(&world).reason,
        "custom fields of 812 of 2,500 contacts are not known yet; run again after 00:40 UTC"
    );
    pending(&mut world, 812, refused());
    let skip = line(&world);
    assert_eq!(skip.reason, "custom fields of 812 of 2,500 contacts are not known: the service said no");
    assert_eq!(skip.next.as_deref(), Some("give the right"));
    world.companies[0].pending = Some(Pending { company: true, unknown: 0, contacts: 9, why: until() });
    let skip = line(&world);
    assert_eq!(skip.reason, "custom fields of the company are not known yet; run again after 00:40 UTC");
    assert_eq!(skip.next, None);
}
