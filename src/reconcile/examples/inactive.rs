//! Companies that the PSA has as inactive.

use crate::model::Reading;
use crate::plan::Action;
use crate::reconcile::worlds::*;

/// Ann agrees; Ben's contact is inactive; Cy has nothing but a portal user; Dee is new; Eve has left.
fn past() -> World {
    let mut ben = agreed(2, "ben");
    if let Piece::Contact(contact) = &mut ben[1] {
        contact.active = Some(false);
    }
    let mut eve = agreed(5, "eve");
    if let Piece::User(user) = &mut eve[0] {
        user.enabled = Some(false);
    }
    let mut ann = agreed(1, "ann");
    if let Piece::User(user) = &mut ann[0] {
        user.fields.set(crate::model::Field::Title, "Director");
    }
    let mut world = World::with(ann.into_iter().chain(ben).chain(eve));
    for piece in
        [Piece::User(user(3, "cy")), Piece::Portal(portal("p3", "cy", None)), Piece::User(user(4, "dee"))]
    {
        world.add(piece);
    }
    let Reading::Complete(side) = &mut world.companies[0].psa else { unreachable!() };
    side.company.active = Some(false);
    world
}

#[test]
fn an_inactive_company_is_said_and_gets_no_new_records() {
    let plan = past().only();
    assert!(plan.changes.iter().all(|change| !matches!(change.action, Action::Create | Action::Reactivate)));
    assert_eq!(
        briefs(&plan),
        [
            "update contact 1: title",
            "update portal user p1: title",
            "deactivate contact 5: active",
            "deactivate portal user p5: login"
        ],
        "who is there is kept up to date, and who left is shut out"
    );
    let [said] = &plan.inactive[..] else { panic!("{:?}", plan.inactive) };
    assert_eq!(said.left_out, 4, "Ben's contact, Cy's, and both records of Dee");
    assert!(said.reason.starts_with("company 101 is inactive in Testdesk"), "{}", said.reason);
    assert!(said.next.contains("enabled = false"), "{}", said.next);
}

#[test]
fn an_inactive_company_is_served_where_a_setting_asks_for_it() {
    let mut world = past();
    world.policy().serve_inactive = true;
    let plan = world.only();
    assert_eq!(plan.changes.iter().filter(|change| change.action == Action::Create).count(), 3);
    assert_eq!((plan.inactive.len(), plan.inactive[0].left_out), (1, 0));
}

#[test]
fn an_active_company_says_nothing() {
    let mut world = past();
    let Reading::Complete(side) = &mut world.companies[0].psa else { unreachable!() };
    side.company.active = Some(true);
    assert_eq!(world.only().inactive, []);
}
