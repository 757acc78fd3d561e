//! Names on a PSA that keeps one field for both, and on one whose contacts need one of them.

use super::writing::{ann, rule, text};
use crate::model::{Field, FieldShape, Row, Shape};
use crate::reconcile::When;
use crate::reconcile::worlds::*;

#[test]
fn a_first_name_of_two_words_agrees_with_a_psa_that_keeps_one_name() {
    let names = [(Field::FirstName, "Mary Ann"), (Field::LastName, "Lee")];
    assert_eq!(ann(&names, &names).with_joined_names().only().changes, []);
    let mut world = ann(&[names[0], (Field::LastName, "Ray")], &names).with_joined_names();
    let outcome = world.plan();
    let change = &outcome.companies[0].changes[0];
    assert_eq!(brief(change), "update contact 1: last-name");
    assert_eq!(change.fields[0].before.as_deref(), Some("Ann Lee"), "as the one name is taken apart");
    assert_eq!(change.fields[0].after, text("Ann Ray"));
    assert_eq!(change.fields[0].note.as_deref(), Some("first and last name are one field there"));
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn one_name_is_enough_for_a_psa_that_keeps_one_name() {
    let mut room = user(1, "reception");
    room.fields.set(Field::FirstName, "");
    room.fields.set(Field::LastName, "Front Desk");
    let mut world = World::with([Piece::User(room)]).with_joined_names();
    let outcome = world.plan();
    let briefs = briefs(&outcome.companies[0]);
    assert_eq!(briefs, ["create contact new: first-name, last-name, email, IsOffice365, Office365Id"]);
    assert_eq!(reasons(&outcome.companies[0]).len(), 1, "the portal wants both names");
    world.apply(&outcome);
    assert_eq!(world.only().changes, [], "no half of the one name fills the portal's blank");
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::LastName, ""));
    world.companies[0].psa = World::new().companies.remove(0).psa;
    let missing = "no contact is made: first-name is missing, and a contact needs one";
    assert!(reasons(&world.only()).contains(missing), "{:?}", reasons(&world.only()));
}

/// Two fields for the names, neither of which is required.
fn apart() -> Shape {
    let fields = [Field::FirstName, Field::LastName, Field::Email, Field::Title];
    Shape::new(fields.map(|field| (field, FieldShape::default())))
}

#[test]
fn a_psa_whose_contacts_need_a_name_gets_none_without() {
    let mut nameless = user(1, "reception");
    for half in [Field::FirstName, Field::LastName] {
        nameless.fields.set(half, "");
    }
    let mut world = World::with([Piece::User(nameless)]).off(Row::SyncFrom365).off(Row::SyncFromPsa);
    world.psa_shape = apart().with_needed_name();
    assert_eq!(world.only().changes, []);
    let missing = "no contact is made: first-name is missing, and a contact needs one";
    assert!(reasons(&world.only()).contains(missing), "{:?}", reasons(&world.only()));
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::LastName, "Front Desk"));
    assert_eq!(briefs(&world.only()), ["create contact new: last-name, email"]);
}

#[test]
fn a_psa_whose_contacts_need_a_name_keeps_one() {
    let gone = [(Field::FirstName, ""), (Field::LastName, ""), (Field::Title, "Head")];
    for (needs, expected) in [(true, "title"), (false, "first-name, last-name, title")] {
        let mut world = ann(&gone, &[]);
        rule(&mut world, Field::FirstName, When::Always, true);
        rule(&mut world, Field::LastName, When::Always, true);
        world.psa_shape = if needs { apart().with_needed_name() } else { apart() };
        let plan = world.only();
        assert_eq!(briefs(&plan), [format!("update contact 1: {expected}")]);
        let kept = "the name of contact 1 is not cleared: a contact needs one";
        assert_eq!(reasons(&plan).contains(kept), needs);
    }
    let mut world = ann(&[gone[0]], &[]);
    rule(&mut world, Field::FirstName, When::Always, true);
    world.psa_shape = apart().with_needed_name();
    assert_eq!(briefs(&world.only()), ["update contact 1: first-name"], "the other half is enough");
}
