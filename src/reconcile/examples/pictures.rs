//! Whose pictures are asked for.

use crate::model::{Id, Row};
use crate::reconcile::link;
use crate::reconcile::worlds::*;

impl World {
    /// The users whose pictures are wanted.
    fn pictures(&self) -> Vec<Id> {
        link(&self.input()).pictures_wanted().into_iter().map(|want| want.user).collect()
    }
}

/// Ann and Bob in scope, Eve blocked.
fn world() -> World {
    let mut eve = user(3, "eve");
    eve.enabled = Some(false);
    World::with([Piece::User(user(1, "ann")), Piece::User(user(2, "bob")), Piece::User(eve)])
        .on(Row::UserDetails)
}

#[test]
fn only_users_in_scope_are_shown() {
    assert_eq!(world().pictures(), [guid(1), guid(2)]);
}

#[test]
fn a_company_without_the_row_or_without_pictures_asks_for_none() {
    assert!(world().off(Row::UserDetails).pictures().is_empty());
    let mut world = world();
    world.policy().pictures = false;
    assert!(world.pictures().is_empty());
    let mut world = self::world();
    world.capabilities = capabilities(&[Row::UserDetails]);
    assert!(world.pictures().is_empty());
}

#[test]
fn a_company_that_was_not_read_to_its_end_asks_for_none() {
    let mut world = world();
    world.companies[0].psa = incomplete();
    assert!(world.pictures().is_empty());
}

#[test]
fn no_one_is_asked_for_where_it_is_not_certain_whose_people_they_are() {
    let mut world = world();
    let mut other = world.companies[0].clone();
    other.settings().name = "Fabrikam".to_owned();
    world.companies.push(other);
    assert!(world.pictures().is_empty(), "both have the tenant, and neither says whose people are whose");
}
