//! People who may still get a record from an earlier run: nothing is written to any record of theirs, whatever names
//! them.

use crate::model::{Field, User};
use crate::reconcile::worlds::*;

/// A person whose records all differ, and another one.
fn world() -> World {
    let mut ann = user(1, "ann");
    ann.fields.set(Field::Title, "Head");
    World::with([
        Piece::User(ann),
        Piece::Contact(contact(7, "ann")),
        Piece::Portal(portal("p9", "ann", Some(7))),
        Piece::User(user(2, "bo")),
    ])
}

fn people(world: &World) -> Vec<String> {
    let mut names: Vec<String> =
        world.only().changes.iter().map(|change| change.who.email.clone().unwrap_or_default()).collect();
    names.sort();
    names.dedup();
    names
}

#[test]
fn a_person_who_is_held_is_held_on_every_side_whatever_names_them() {
    let both = ["ann@contoso.example".to_owned(), "bo@contoso.example".to_owned()];
    assert_eq!(people(&world()), both);
    for key in [guid(1).to_string(), "ann@contoso.example".to_owned(), "7".to_owned()] {
        let mut world = world();
        world.memory.held.insert(key.clone(), "run-1".to_owned());
        assert_eq!(people(&world), both[1..], "{key}");
    }
}

#[test]
fn a_person_who_is_held_has_not_left() {
    for key in [guid(1).to_string(), "ann@contoso.example".to_owned(), "7".to_owned()] {
        let mut world = World::with([
            Piece::User(User { enabled: Some(false), ..user(1, "ann") }),
            Piece::Contact(contact(7, "ann")),
            Piece::Portal(portal("p9", "ann", Some(7))),
        ])
        .recorded(1, Some(7), Some("p9"));
        world.memory.held.insert(key.clone(), "run-1".to_owned());
        assert_eq!(world.only().changes, [], "{key}");
    }
}

#[test]
fn no_record_is_made_while_one_may_still_be_made() {
    for key in [guid(2).to_string(), "bo@contoso.example".to_owned()] {
        let mut world = world();
        world.memory.held.insert(key.clone(), "run-1".to_owned());
        assert_eq!(people(&world), ["ann@contoso.example"], "{key}");
    }
}
