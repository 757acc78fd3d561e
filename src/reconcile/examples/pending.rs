//! Companies of whose contacts not all user-defined fields are known yet.

use crate::model::{Contact, Field, FieldShape, Pending, Row, Shape, Udf, Unasked};
use crate::plan::Skip;
use crate::reconcile::Pin;
use crate::reconcile::worlds::*;

const STORED: Field = Field::Udf(Udf::Office365Id);

fn until() -> Unasked {
    Unasked::Until("2026-03-01T00:39:10Z".parse().expect("a time"))
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
    let mut world = world(until());
    edit_users(&mut world.companies[0], |all| all[2].enabled = Some(false));
    assert!(!written(&world).iter().any(|brief| brief.contains(" 3") || brief.contains("p3")));
    world.companies[0].pending = None;
    assert!(written(&world).contains(&"deactivate contact 3".to_owned()));
}

#[test]
fn who_has_no_contact_gets_one_which_is_searched_for_before() {
    let mut world = world(until());
    world.add(Piece::User(user(4, "dee")));
    let plan = world.only();
    let made = plan.changes.iter().find(|change| brief(change).starts_with("create contact"));
    let seek = made.and_then(|change| change.seek.clone()).expect("a new contact");
    assert_eq!(seek.user, Some(guid(4)));
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
