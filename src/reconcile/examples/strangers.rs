//! Companies of which nothing shows that their sides belong together.

use crate::model::{Field, Reading, Udf};
use crate::plan::Measure;
use crate::reconcile::worlds::*;

/// One user, one contact and one portal user who have nothing to do with each other, and nothing stored.
fn strangers() -> World {
    let mut world = World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "zoe@fabrikam.example")),
        Piece::Portal(portal("p7", "yan@fabrikam.example", None)),
    ]);
    store(&mut world.companies[0], "");
    world
}

fn refused(world: &World) -> Vec<(usize, usize)> {
    let breaches = world.plan().breaches;
    let own = breaches.iter().filter(|breach| breach.measure == Measure::Strangers);
    own.map(|breach| (breach.count, breach.limit)).collect()
}

#[test]
fn people_without_any_tie_to_the_tenant_are_refused_however_few() {
    let mut world = strangers();
    assert_eq!(refused(&world), [(1, 0)]);
    world.allowed.0.insert(Measure::Strangers, 1);
    assert_eq!(refused(&world), []);
}

/// A tie, and what makes it.
type Tie = (&'static str, fn(&mut World));

#[test]
fn one_tie_is_enough() {
    let ties: [Tie; 5] = [
        ("the stored tenant", |world| store(&mut world.companies[0], TENANT)),
        ("an id on a contact", |world| {
            edit_contacts(&mut world.companies[0], |all| {
                all[0].fields.set(Field::Udf(Udf::Office365Id), guid(1).as_str());
            });
        }),
        ("an address of a contact", |world| world.add(Piece::Contact(contact(8, "bo")))),
        ("an address of a portal user", |world| world.add(Piece::Portal(portal("p8", "bo", None)))),
        ("an earlier link", |world| *world = world.clone().recorded(1, Some(7), None)),
    ];
    for (tie, tied) in ties {
        let mut world = strangers();
        key(&mut world.companies[0], Some(101));
        assert_eq!(refused(&world).len(), 1, "the key ties no tenant");
        tied(&mut world);
        assert_eq!(refused(&world), [], "{tie}");
    }
}

#[test]
fn an_id_that_no_user_of_the_tenant_has_is_no_tie() {
    let mut world = strangers();
    edit_contacts(&mut world.companies[0], |all| {
        all[0].fields.set(Field::Udf(Udf::Office365Id), guid(99).as_str());
    });
    assert_eq!(refused(&world.recorded(98, Some(7), None)).len(), 1);
}

#[test]
fn a_portal_company_with_people_of_another_client_is_refused() {
    let mut world = strangers();
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::Email, "ann@contoso.example"));
    assert_eq!(refused(&world), [(1, 0)], "nothing ties the portal users to anybody");
    key(&mut world.companies[0], Some(101));
    assert_eq!(refused(&world), []);
}

#[test]
fn of_a_shared_tenant_the_domains_of_the_sister_are_no_tie() {
    let mut world = strangers();
    let Reading::Complete(side) = &mut world.companies[0].tenant else { unreachable!() };
    std::sync::Arc::make_mut(side).tenant.domains.push("fabrikam.example".to_owned());
    assert_eq!(refused(&world), []);
    world.companies[0].settings().domains = vec!["contoso.example".to_owned()];
    assert_eq!(refused(&world).len(), 1);
}

#[test]
fn an_empty_company_and_an_empty_tenant_have_no_strangers() {
    let mut world = strangers();
    edit_contacts(&mut world.companies[0], Vec::clear);
    edit_portal(&mut world.companies[0], Vec::clear);
    assert_eq!(refused(&world), []);
    let mut world = strangers();
    edit_users(&mut world.companies[0], Vec::clear);
    assert_eq!(refused(&world), []);
}
