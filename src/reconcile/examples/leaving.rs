//! Leaving, and coming back.

use crate::model::{Field, Reading, Row, Udf, UserKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{Pin, link};

/// Ann, in agreement, with `edit` done to her user.
fn ann(edit: impl FnOnce(&mut crate::model::User)) -> World {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    edit_users(&mut world.companies[0], |all| edit(&mut all[0]));
    world
}

fn remove_ann(mut world: World) -> World {
    edit_users(&mut world.companies[0], |all| all.retain(|user| user.id != guid(1)));
    world
}

fn forget_ids(mut world: World) -> World {
    edit_contacts(&mut world.companies[0], |all| {
        for contact in all.iter_mut() {
            contact.fields.set(Field::Udf(Udf::Office365Id), "");
        }
    });
    world.off(Row::Office365Id)
}

const LEAVES: [&str; 2] = ["deactivate contact 1: active", "deactivate portal user p1: login"];

#[test]
fn a_disabled_users_contact_is_made_inactive_and_the_login_goes_with_it() {
    assert_eq!(briefs(&ann(|user| user.enabled = Some(false)).only()), LEAVES);
}

#[test]
fn losing_the_last_licence_is_leaving_where_a_licence_is_required() {
    assert_eq!(briefs(&ann(|user| user.licences = Some([].into())).only()), LEAVES);
    assert_eq!(ann(|user| user.licences = Some([].into())).off(Row::RequireLicense).only().changes, []);
}

#[test]
fn a_deleted_users_contact_says_that_no_365_user_stands_behind_it() {
    let plan = remove_ann(ann(|_| ())).only();
    assert_eq!(
        briefs(&plan),
        ["deactivate contact 1: active, IsOffice365", "deactivate portal user p1: login"]
    );
    let gone = &plan.changes[0].evidence[0];
    assert_eq!((gone.value.as_str(), gone.decided), (guid(1).as_str(), true));
}

#[test]
fn a_deleted_user_is_known_by_the_last_run_as_well() {
    let world = remove_ann(forget_ids(ann(|_| ())));
    assert_eq!(world.only().changes, [], "an email alone proves no deletion");
    assert_eq!(world.recorded(1, Some(1), None).only().changes.len(), 2);
}

#[test]
fn a_pin_with_a_mistyped_id_makes_nobody_a_leaver() {
    let mut world = forget_ids(World::with([
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "private@home.example")),
    ]));
    world.decisions.pins.push(Pin { user: guid(99), contact: 7.into() });
    assert!(world.only().changes.iter().all(|change| change.record.id != Some(7.into())));
}

#[test]
fn a_note_in_the_id_field_makes_nobody_a_leaver() {
    let mut world = World::with(agreed(2, "bo"));
    let mut note = contact(7, "ann");
    note.fields.set(Field::Udf(Udf::Office365Id), "asked on Monday");
    world.add(Piece::Contact(note));
    assert!(world.only().changes.iter().all(|change| change.record.id != Some(7.into())));
}

#[test]
fn a_user_linked_by_email_alone_leaves_with_the_contact_too() {
    let world = forget_ids(ann(|user| user.enabled = Some(false)));
    assert_eq!(briefs(&world.only()), LEAVES);
}

#[test]
fn a_user_linked_by_an_alternate_address_never_takes_the_contact_along() {
    let world = ann(|user| {
        user.enabled = Some(false);
        user.fields.set(Field::Email, "ann.lee@contoso.example");
        user.user_name = "ann.lee@contoso.example".into();
        user.alternates = vec!["ann@contoso.example".into()];
    });
    let plan = forget_ids(world).only();
    assert_eq!(plan.changes, []);
    assert_eq!(
        plan.skipped[0].reason,
        "the 365 user left, but only an alternate address links the contact to it"
    );
}

#[test]
fn a_contact_whose_address_somebody_present_has_is_not_made_inactive() {
    let mut world = forget_ids(ann(|user| user.enabled = Some(false)));
    let mut colleague = user(3, "bo");
    colleague.alternates = vec!["ann@contoso.example".into()];
    world.add(Piece::User(colleague));
    let plan = world.only();
    assert!(plan.changes.iter().all(|change| change.record.id.is_none()), "{:?}", briefs(&plan));
    assert!(reasons(&plan).iter().any(|reason| reason.contains("another user who is here")));
}

#[test]
fn other_reasons_to_be_out_of_scope_are_not_leaving() {
    assert_eq!(ann(|user| user.kind = UserKind::Guest).only().changes, []);
    let guest = |user: &mut crate::model::User| (user.kind, user.enabled) = (UserKind::Guest, Some(false));
    assert_eq!(ann(guest).only().changes, []);
    assert_eq!(ann(|user| user.fields.set(Field::Email, "")).only().changes, []);
    let mut elsewhere = ann(|user| user.fields.set(Field::Email, "ann@fabrikam.example"));
    elsewhere.companies[0].settings().domains = vec!["contoso.example".into()];
    assert_eq!(elsewhere.only().changes, []);
}

#[test]
fn a_guest_without_licence_does_not_leave() {
    let mut world = ann(|user| {
        user.kind = UserKind::Guest;
        user.licences = Some([].into());
    });
    world.policy().guests = true;
    assert_eq!(world.only().changes, []);
}

#[test]
fn a_user_whose_state_is_unknown_does_not_leave() {
    assert_eq!(ann(|user| (user.enabled, user.licences) = (None, Some([].into()))).only().changes, []);
}

#[test]
fn nobody_leaves_a_listing_that_did_not_end() {
    let mut world = ann(|_| ());
    world.companies[0].tenant = incomplete();
    let plan = world.only();
    assert_eq!((plan.changes.len(), plan.unread.len()), (0, 1));
}

#[test]
fn without_the_row_contacts_stay_as_they_are() {
    let login = ["deactivate portal user p1: login"];
    assert_eq!(briefs(&ann(|user| user.enabled = Some(false)).off(Row::ContactActive).only()), login);
    let mut world = ann(|user| user.enabled = Some(false));
    world.capabilities = capabilities(&[Row::ContactActive]);
    let plan = world.only();
    assert_eq!(briefs(&plan), login, "the sign-in goes all the same");
    assert_eq!(
        plan.skipped[0].reason,
        "contact-active: Testdesk has no active flag, 2 contacts left as they are"
    );
    assert!(plan.skipped[0].strict);
}

#[test]
fn leaving_is_written_once_and_the_login_once_more_where_that_is_forgotten() {
    let mut world = ann(|user| user.enabled = Some(false));
    let outcome = world.plan();
    world.apply(&outcome);
    assert_eq!((world.only().changes, link(&world.input()).looks_wanted().len()), (vec![], 0));
    world.memory.written.clear();
    let outcome = world.plan();
    assert_eq!(briefs(&outcome.companies[0]), ["deactivate portal user p1: login"]);
    world.apply(&outcome);
    assert_eq!((world.only().changes, link(&world.input()).looks_wanted().len()), (vec![], 0));
}

#[test]
fn a_login_that_crsync_gave_back_is_taken_again() {
    let mut world = ann(|user| user.enabled = Some(false));
    edit_contacts(&mut world.companies[0], |all| all[0].active = Some(false));
    world.memory.written.insert(("p1".into(), Field::Login), "false".into());
    assert_eq!(world.only().changes, []);
    world.memory.written.insert(("p1".into(), Field::Login), "true".into());
    assert_eq!(briefs(&world.only()), ["deactivate portal user p1: login"]);
}

#[test]
fn somebody_who_returns_gets_the_contact_and_the_login_back() {
    let mut world = ann(|user| user.enabled = Some(false));
    let outcome = world.plan();
    world.apply(&outcome);
    edit_users(&mut world.companies[0], |all| {
        all[0].enabled = Some(true);
        all[0].fields.set(Field::Title, "Head of Sales");
    });
    let plan = world.only();
    assert_eq!(
        briefs(&plan),
        ["reactivate contact 1: title, active", "reactivate portal user p1: title, login"]
    );
}

#[test]
fn a_user_whose_only_contact_is_inactive_gets_it_back_instead_of_a_second_one() {
    let mut old = contact(7, "ann");
    old.active = Some(false);
    let world = World::with([Piece::User(user(1, "ann")), Piece::Contact(old)]);
    assert_eq!(briefs(&world.only())[0], "reactivate contact 7: active, IsOffice365, Office365Id");
    let plan = world.off(Row::ContactActive).only();
    assert!(plan.changes.iter().all(|change| change.record.id != Some(7.into())), "{:?}", briefs(&plan));
    assert_eq!(plan.skipped[0].reason, "contact 7 is inactive and stays so: contact-active is off");
}

#[test]
fn a_leavers_portal_user_that_only_shares_an_alternate_address_keeps_its_login() {
    let mut world = ann(|user| user.enabled = Some(false));
    edit_users(&mut world.companies[0], |all| all[0].alternates = vec!["desk@contoso.example".into()]);
    edit_portal(&mut world.companies[0], |all| {
        all[0].psa_key = None;
        all[0].fields.set(Field::Email, "desk@contoso.example");
    });
    assert_eq!(briefs(&world.only()), [LEAVES[0]]);
}

#[test]
fn an_empty_tenant_is_refused_by_a_guard() {
    let mut world = ann(|_| ());
    edit_users(&mut world.companies[0], Vec::clear);
    let outcome = world.plan();
    assert!(matches!(world.companies[0].tenant, Reading::Complete(_)));
    let shrunk: Vec<_> =
        outcome.breaches.iter().filter(|breach| breach.measure == crate::plan::Measure::Shrunk).collect();
    assert_eq!(shrunk[0].allow, "--allow shrunk=2");
}

#[test]
fn a_contact_that_the_last_run_gave_to_somebody_in_conflict_stays_active() {
    let mut world = ann(|_| ());
    edit_contacts(&mut world.companies[0], |all| {
        for contact in all.iter_mut() {
            contact.fields.set(Field::Udf(Udf::Office365Id), guid(2).as_str());
        }
    });
    let mut held = contact(7, "cy");
    held.fields.set(Field::Udf(Udf::Office365Id), guid(99).as_str());
    world.add(Piece::Contact(held));
    let changes = |world: &World| -> Vec<_> {
        world.only().changes.iter().filter_map(|change| change.record.id.clone()).collect()
    };
    assert_eq!(changes(&world), [7.into()], "alone it belongs to a user who is gone");
    assert_eq!(changes(&world.recorded(2, Some(7), None)), []);
}

/// Contoso with Ann in agreement, and Fabrikam, which has a tenant of its own, with Bo and contact 7, who stores the id
/// of Contoso's Ann.
fn moved() -> World {
    let mut world = World::with(agreed(1, "ann"));
    world.companies.push(company("Fabrikam", 2));
    for piece in agreed(2, "bo") {
        world.add_to(1, piece);
    }
    let mut moved = contact(7, "ann@former.example");
    moved.fields.set(Field::Udf(Udf::Office365Id), guid(1).as_str());
    moved.fields.set(Field::Udf(Udf::IsOffice365), "true");
    world.add_to(1, Piece::Contact(moved));
    world.add_to(1, Piece::Portal(portal("p7", "ann@former.example", Some(7))));
    world
}

/// The plan of Fabrikam, which is the last one.
fn at_fabrikam(world: &World) -> crate::plan::CompanyPlan {
    world.plan().companies.pop().expect("two companies")
}

/// Nothing is taken from contact 7, and the plan says why.
fn assert_stays(world: &World) {
    let plan = at_fabrikam(world);
    assert_eq!(briefs(&plan), [""; 0]);
    let said = reasons(&plan);
    assert!(
        said.iter().any(|reason| reason.starts_with("contact 7 belongs to a 365 user of another tenant"))
    );
    let input = world.input();
    let wanted = link(&input).looks_wanted();
    assert!(wanted.iter().all(|look| look.tenant != tenant(2)), "this tenant is not asked");
}

/// What is done to contact 7 where the user is taken for one who is gone.
const GOES: [&str; 2] = ["deactivate contact 7: active, IsOffice365", "deactivate portal user p7: login"];

#[test]
fn a_contact_with_the_id_of_another_clients_user_has_not_left() {
    let mut world = moved();
    assert_stays(&world);
    edit_users(&mut world.companies[0], Vec::clear);
    assert_eq!(briefs(&at_fabrikam(&world)), GOES, "an id that no tenant has");
}

#[test]
fn what_another_client_remembers_says_the_same_where_its_tenant_is_not_read() {
    let mut world = moved().recorded(1, Some(7), None);
    let contoso = world.companies.remove(0);
    world.configured.push(contoso.company);
    assert_stays(&world);
    world.configured.clear();
    assert_stays(&world);
    let link = world.memory.links["Contoso"][0].clone();
    let others = [2, 3].map(|user| crate::plan::Link { user: guid(user), ..link.clone() });
    world.memory.links.entry("Contoso".into()).or_default().extend(others);
    assert_eq!(briefs(&at_fabrikam(&world)), GOES, "Contoso is an older name of Fabrikam: Bo is here");
}

#[test]
fn an_id_of_the_tenant_that_a_client_moved_away_from_says_nothing() {
    let mut world = moved();
    edit_users(&mut world.companies[0], Vec::clear);
    let decision = |tenant: String| crate::reconcile::Replaced {
        company: "Fabrikam".into(),
        tenant: Some(tenant),
        psa_key: None,
        who: "ann".into(),
        when: jiff::civil::date(2026, 1, 1),
    };
    world.decisions.replaced.push(decision(tenant(2)));
    assert_eq!(briefs(&at_fabrikam(&world)), GOES, "it is the tenant of today");
    world.decisions.replaced.push(decision(tenant(9)));
    assert_stays(&world);
    let mut world = world.recorded(1, Some(7), None);
    let links = world.memory.links.remove("Contoso").expect("links");
    world.memory.links.insert("Fabrikam".into(), links);
    assert_eq!(briefs(&at_fabrikam(&world)), GOES, "a run saw the user here");
}
