//! Whose support PIN is written to which contact.

use crate::model::{Contact, Field, Id, Mark, Pin, PinUnread, Row, Udf, UdfKind};
use crate::plan::{CompanyPlan, FieldChange, NewValue, PinOwner};
use crate::reconcile::link;
use crate::reconcile::worlds::*;

fn mark(text: &str, length: usize) -> Pin {
    Pin::Marked(Mark { hash: text.to_owned(), length })
}

/// People with the row on, and a contact that takes a text of any length.
fn world(people: impl IntoIterator<Item = Piece>) -> World {
    let mut world = World::with(people).on(Row::SupportPin);
    world.psa_shape = world.psa_shape.with_udf(udf(Udf::SupportPin, UdfKind::Text(None)));
    world
}

/// Ann, in agreement, with a PIN in the portal and on the contact.
fn ann(portal: Option<Pin>, contact: Option<Pin>) -> World {
    let mut world = world(agreed(1, "ann"));
    let user = world.input_owners().remove(0);
    world.pins.portal.extend(portal.map(|pin| (user.clone(), pin)));
    world.pins.contact.extend(contact.map(|pin| (user, pin)));
    world
}

impl World {
    /// The portal users whose PINs are wanted.
    fn input_owners(&self) -> Vec<Id> {
        link(&self.input()).pins_wanted().into_iter().map(|wanted| wanted.owner.user).collect()
    }
}

fn pins(plan: &CompanyPlan) -> Vec<&FieldChange> {
    let fields = plan.changes.iter().flat_map(|change| &change.fields);
    fields.filter(|field| field.field == Field::Udf(Udf::SupportPin)).collect()
}

fn reasons(plan: &CompanyPlan) -> Vec<&str> {
    let own = plan.skipped.iter().filter(|skip| skip.row == Row::SupportPin);
    own.map(|skip| skip.reason.as_str()).collect()
}

#[test]
fn the_plan_names_whose_pin_it_is_and_says_whether_there_was_one() {
    for (held, before) in [(Pin::None, ""), (mark("b", 4), "(secret)")] {
        let world = ann(Some(mark("a", 4)), Some(held));
        let plan = world.only();
        let user = world.input_owners().remove(0);
        let owner = PinOwner { company: world.companies[0].company.portal_id.clone(), user };
        assert_eq!(pins(&plan)[0].before.as_deref(), Some(before));
        assert_eq!(pins(&plan)[0].after, NewValue::PinOf(owner));
    }
}

#[test]
fn the_same_pin_and_an_unknown_one_change_nothing() {
    for (portal, contact) in [
        (Some(mark("a", 4)), Some(mark("a", 4))),
        (Some(mark("a", 4)), None),
        (None, Some(mark("a", 4))),
        (Some(Pin::None), Some(Pin::None)),
    ] {
        assert_eq!(ann(portal, contact).only().changes, []);
    }
}

#[test]
fn a_portal_user_without_a_pin_clears_the_contacts_only_where_that_is_asked_for() {
    let mut world = ann(Some(Pin::None), Some(mark("a", 4)));
    assert_eq!(world.only().changes, []);
    world.policy().clear_pins = true;
    assert_eq!(pins(&world.only())[0].after, NewValue::Blank);
}

#[test]
fn applying_the_plan_leaves_nothing_to_do() {
    let mut world = ann(Some(mark("a", 4)), Some(Pin::None));
    let outcome = world.plan();
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn a_field_that_cannot_hold_a_pin_is_told() {
    let mut world = ann(Some(mark("a", 6)), Some(Pin::None));
    for (kind, reason) in [
        (UdfKind::Number, "the field SupportPIN is a number, which would lose leading zeros of a PIN"),
        (UdfKind::Date, "the field SupportPIN is a date, which cannot hold a PIN"),
        (
            UdfKind::Text(Some(5)),
            "the support PIN is not written: it has 6 characters and the field SupportPIN takes 5",
        ),
    ] {
        world.psa_shape = world.psa_shape.with_udf(udf(Udf::SupportPin, kind.clone()));
        let plan = world.only();
        assert_eq!((plan.changes.len(), reasons(&plan)), (0, vec![reason]));
        assert_eq!(
            world.input_owners().is_empty(),
            !matches!(kind, UdfKind::Text(_)),
            "none is read in vain"
        );
    }
}

#[test]
fn a_pin_that_was_not_read_is_told() {
    let mut world = ann(None, Some(Pin::None));
    let user = world.input_owners().remove(0);
    world.pins.unread.insert(user.clone(), "the service failed".to_owned().into());
    let expected = format!("the support PIN of portal user {user} was not read: the service failed");
    assert_eq!(reasons(&world.only()), [expected]);
    world.pins.unread.clear();
    world.pins.stopped = Some(PinUnread {
        reason: "the key pair is not accepted".to_owned(),
        next: Some("look at the key pair".to_owned()),
    });
    assert_eq!(
        reasons(&world.only()),
        ["the support PINs of 1 people were not read: the key pair is not accepted"]
    );
    assert_eq!(world.only().skipped[0].next.as_deref(), Some("look at the key pair"));
}

#[test]
fn only_people_who_take_part_get_a_pin() {
    assert_eq!(world(agreed(1, "ann")).input_owners().len(), 1);
    assert_eq!(World::with(agreed(1, "ann")).on(Row::SupportPin).input_owners().len(), 0, "no field");
    assert_eq!(world(agreed(1, "ann")).off(Row::SupportPin).input_owners().len(), 0, "the row is off");
    let alone = |contact: Contact| {
        world([Piece::Contact(contact), Piece::Portal(portal("p1", "bo", Some(7)))]).input_owners().len()
    };
    assert_eq!(alone(contact(7, "bo")), 1, "a contact without a 365 user");
    assert_eq!(alone(Contact { active: Some(false), ..contact(7, "bo") }), 0, "an inactive one");
    let mut left = world(agreed(1, "ann"));
    edit_users(&mut left.companies[0], |all| all[0].enabled = Some(false));
    assert_eq!(left.input_owners().len(), 0, "a person who left");
}

#[test]
fn a_contact_without_a_365_user_gets_its_pin_too() {
    let mut world = world([Piece::Contact(contact(7, "bo")), Piece::Portal(portal("p1", "bo", Some(7)))])
        .off(Row::SyncFromPsa);
    world.pins.portal.insert(Id::from("p1"), mark("a", 4));
    world.pins.contact.insert(Id::from("p1"), Pin::None);
    assert_eq!(briefs(&world.only()), ["update contact 7: SupportPIN"]);
}

#[test]
fn a_new_contact_gets_the_pin_of_the_portal_user_that_waits_for_it() {
    let mut world = world([Piece::User(user(1, "ann")), Piece::Portal(portal("p1", "ann", None))]);
    world.pins.portal.insert(Id::from("p1"), mark("a", 4));
    let plan = world.only();
    let pin = pins(&plan)[0];
    assert_eq!(pin.before, None);
    assert!(matches!(&pin.after, NewValue::PinOf(owner) if owner.user == Id::from("p1")));
}
