//! What flows to the portal.

use crate::model::{Contact, Field, Id, Row, Side, Udf, UserKind};
use crate::plan::{ChangeKey, EvidenceKind, NewValue, RecordKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{FieldRule, When};

fn portal_changes(world: &World) -> Vec<String> {
    let plan = world.only();
    plan.changes.iter().filter(|change| change.record.kind == RecordKind::PortalUser).map(brief).collect()
}

fn edit_user(world: &mut World, field: Field, text: &str) {
    edit_users(&mut world.companies[0], |all| all[0].fields.set(field, text));
}

#[test]
fn a_new_person_gets_a_contact_and_a_portal_user_that_knows_it() {
    let plan = World::with([Piece::User(user(1, "ann"))]).only();
    assert_eq!(plan.changes.len(), 2);
    let portal = &plan.changes[1];
    assert_eq!(brief(portal), "create portal user new: first-name, last-name, email, user-name, psa-key");
    let key = portal.fields.iter().find(|field| field.field == Field::PsaKey).unwrap();
    assert_eq!(key.after, NewValue::IdOf(ChangeKey(format!("Contoso/contact/new/{}", guid(1)))));
}

#[test]
fn a_contact_without_a_user_flows_to_the_portal_by_itself() {
    let world = World::with([Piece::Contact(contact(7, "ann"))]);
    assert_eq!(portal_changes(&world), ["create portal user new: first-name, last-name, email, psa-key"]);
    assert_eq!(portal_changes(&world.off(Row::SyncFromPsa)), [""; 0]);
}

#[test]
fn an_inactive_contact_does_not_flow() {
    let world = World::with([Piece::Contact(Contact { active: Some(false), ..contact(7, "ann") })]);
    assert_eq!(portal_changes(&world), [""; 0]);
}

#[test]
fn the_contact_fills_what_365_leaves_blank_and_365_wins_otherwise() {
    let mut world = World::with(agreed(1, "ann"));
    edit_user(&mut world, Field::City, "Oslo");
    edit_contacts(&mut world.companies[0], |all| {
        all[0].fields.set(Field::City, "Bergen");
        all[0].fields.set(Field::Title, "Head");
    });
    let plan = world.only();
    let fields = &plan.changes[0].fields;
    let shown: Vec<_> = fields.iter().map(|field| (field.field, field.source, field.row)).collect();
    assert_eq!(
        shown,
        [(Field::Title, Side::Psa, Row::SyncFromPsa), (Field::City, Side::Tenant, Row::SyncFrom365)]
    );
    assert_eq!(fields[1].after, NewValue::Text("Oslo".into()));
    assert_eq!(portal_changes(&world.off(Row::SyncFromPsa)), ["update portal user p1: city"]);
}

#[test]
fn where_the_psa_comes_first_its_value_after_this_plan_counts() {
    let mut world = World::with(agreed(1, "ann"));
    edit_user(&mut world, Field::Title, "Head of Sales and of Marketing");
    let rule = FieldRule { when: When::Always, clear: false, sources: vec![Side::Psa, Side::Tenant] };
    world.policy().portal_fields.insert(Field::Title, rule);
    let outcome = world.plan();
    let after = &outcome.companies[0].changes[1].fields[0].after;
    assert_eq!(after, &NewValue::Text("Head of Sales and of".into()), "as the contact will have it");
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn a_portal_user_links_by_its_psa_key_before_its_email() {
    let mut world = World::with(agreed(1, "ann"));
    edit_portal(&mut world.companies[0], |all| all[0].fields.set(Field::Email, "ann.old@contoso.example"));
    let plan = world.only();
    assert_eq!(briefs(&plan), ["update portal user p1: email"]);
    let decided: Vec<_> = plan.changes[0].evidence.iter().filter(|evidence| evidence.decided).collect();
    assert_eq!(decided.len(), 1);
    assert_eq!(decided[0].kind, EvidenceKind::PsaKey);
}

#[test]
fn a_portal_user_links_by_email_and_gets_its_key() {
    let mut world = World::with(agreed(1, "ann"));
    edit_portal(&mut world.companies[0], |all| all[0].psa_key = None);
    assert_eq!(portal_changes(&world), ["update portal user p1: psa-key"]);
}

#[test]
fn a_key_that_names_no_contact_is_corrected() {
    let mut world = World::with(agreed(1, "ann"));
    edit_portal(&mut world.companies[0], |all| all[0].psa_key = Some(Id::from(99)));
    let plan = world.only();
    assert_eq!(briefs(&plan), ["update portal user p1: psa-key"]);
    assert_eq!(plan.changes[0].fields[0].before.as_deref(), Some("99"));
    assert!(plan.changes[0].evidence.iter().any(|evidence| evidence.value == "99" && !evidence.decided));
}

#[test]
fn what_the_last_run_recorded_links_a_portal_user() {
    let mut world = World::with(agreed(1, "ann"));
    edit_portal(&mut world.companies[0], |all| {
        all[0].psa_key = None;
        all[0].fields.set(Field::Email, "ann.old@contoso.example");
    });
    assert_eq!(world.only().excluded[0].reason, "made by hand");
    let world = world.recorded(1, Some(1), Some("p1"));
    assert_eq!(portal_changes(&world), ["update portal user p1: email, psa-key"]);
}

#[test]
fn an_alternate_address_links_a_portal_user_where_the_row_is_on() {
    let mut world = World::with(agreed(1, "ann"));
    edit_users(&mut world.companies[0], |all| all[0].alternates = vec!["a.lee@contoso.example".into()]);
    edit_portal(&mut world.companies[0], |all| {
        all[0].psa_key = None;
        all[0].fields.set(Field::Email, "a.lee@contoso.example");
    });
    assert_eq!(portal_changes(&world), ["update portal user p1: email, psa-key"]);
    assert_eq!(world.off(Row::Match365Alternates).only().excluded.len(), 1);
}

#[test]
fn a_key_that_names_one_person_and_an_email_that_names_another_are_a_conflict() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    edit_portal(&mut world.companies[0], |all| {
        all.remove(1);
        all[0].psa_key = Some(Id::from(2));
    });
    edit_user(&mut world, Field::Title, "Head");
    let plan = world.only();
    assert_eq!(members(&plan.conflicts[0]), ["365 1", "365 2", "PSA 1", "PSA 2", "portal p1"]);
    assert_eq!(plan.changes, []);
}

#[test]
fn two_portal_users_for_one_person_stop_everything_for_that_person() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain(agreed(2, "bo")));
    world.add(Piece::Portal(portal("p9", "x@contoso.example", Some(1))));
    edit_user(&mut world, Field::Title, "Head");
    let plan = world.only();
    assert_eq!(members(&plan.conflicts[0]), ["365 1", "PSA 1", "portal p1", "portal p9"]);
    assert_eq!(plan.changes, []);
}

#[test]
fn one_portal_user_that_two_contacts_claim_is_a_conflict() {
    let pieces = [
        Piece::Contact(contact(7, "desk")),
        Piece::Contact(contact(8, "desk")),
        Piece::Portal(portal("p1", "desk", None)),
    ];
    let plan = World::with(pieces).only();
    assert_eq!(members(&plan.conflicts[0]), ["PSA 7", "PSA 8", "portal p1"]);
    assert_eq!(plan.changes, []);
}

#[test]
fn a_portal_user_of_a_conflict_joins_it() {
    let pieces = [
        Piece::User(user(1, "ann")),
        Piece::Contact(contact(7, "ann")),
        Piece::Contact(contact(8, "ann")),
        Piece::Portal(portal("p1", "ann", Some(7))),
    ];
    let plan = World::with(pieces).only();
    assert_eq!(plan.conflicts.len(), 1);
    assert_eq!(members(&plan.conflicts[0]), ["365 1", "PSA 7", "PSA 8", "portal p1"]);
}

#[test]
fn contacts_that_share_an_address_get_no_portal_users() {
    let world = World::with([Piece::Contact(contact(7, "desk")), Piece::Contact(contact(8, "desk"))]);
    let plan = world.only();
    assert_eq!(plan.changes, []);
    assert_eq!(plan.skipped.len(), 2);
    assert!(plan.skipped[0].reason.contains("another person has desk@contoso.example as well"));
}

#[test]
fn nobody_gets_a_portal_user_whose_address_another_portal_user_has() {
    let mut world = World::with(agreed(1, "ann").into_iter().chain([Piece::User(user(2, "bo"))]));
    edit_portal(&mut world.companies[0], |all| all[0].fields.set(Field::Email, "bo@contoso.example"));
    let plan = world.off(Row::UpdateContact).only();
    assert_eq!(plan.changes, [], "the key says Ann, the email Bo");
    assert_eq!(plan.conflicts.len(), 1);
}

#[test]
fn a_portal_user_needs_names_and_an_email() {
    let mut nameless = contact(7, "ann");
    nameless.fields.set(Field::FirstName, "");
    let plan = World::with([Piece::Contact(nameless)]).only();
    assert_eq!(plan.changes, []);
    assert_eq!(
        plan.skipped[0].reason,
        "no portal user is made: first-name is missing, and the portal needs one"
    );
}

#[test]
fn a_read_only_portal_is_left_alone_and_says_so() {
    let mut world = World::with([Piece::User(user(1, "ann"))]);
    world.companies[0].settings().portal_writes = false;
    let plan = world.only();
    assert_eq!(briefs(&plan).len(), 1);
    assert_eq!(plan.skipped[0].reason, "the portal is read-only for this company, 1 changes left out");
    assert!(!plan.skipped[0].strict);
    let mut agreed = World::with(agreed(1, "ann"));
    agreed.companies[0].settings().portal_writes = false;
    assert_eq!(agreed.only().skipped, []);
}

#[test]
fn a_guests_contact_still_flows_but_not_the_guests_values() {
    let mut world = World::with(agreed(1, "ann"));
    edit_users(&mut world.companies[0], |all| {
        all[0].kind = UserKind::Guest;
        all[0].fields.set(Field::Title, "Visitor");
    });
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::City, "Oslo"));
    assert_eq!(world.only().changes, [], "a user who took part is out by a setting: all stays as it is");
    edit_contacts(&mut world.companies[0], |all| {
        all[0].fields.set(Field::Udf(Udf::IsOffice365), "");
        all[0].fields.set(Field::Udf(Udf::Office365Id), "");
    });
    assert_eq!(briefs(&world.only()), ["update portal user p1: city"]);
}

#[test]
fn a_leavers_contact_does_not_flow() {
    let mut world = World::with(agreed(1, "ann")).off(Row::ContactActive);
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::City, "Oslo"));
    assert_eq!(briefs(&world.only()), ["deactivate portal user p1: login"]);
}

#[test]
fn without_row_one_only_contacts_flow() {
    let mut world = World::with([Piece::User(user(1, "ann"))]).off(Row::SyncFrom365);
    assert_eq!(
        portal_changes(&world),
        ["create portal user new: first-name, last-name, email, psa-key"],
        "from the contact that is made"
    );
    world.policy().create_contacts = false;
    assert_eq!(portal_changes(&world), [""; 0]);
}

#[test]
fn an_address_that_is_none_does_not_reach_the_portal() {
    let mut world = World::with(agreed(1, "ann"));
    let rule = FieldRule { when: When::Always, clear: false, sources: vec![Side::Psa, Side::Tenant] };
    world.policy().portal_fields.insert(Field::Email, rule);
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(Field::Email, "n/a"));
    assert_eq!(portal_changes(&world), [""; 0]);
}

#[test]
fn a_second_contact_at_an_alias_of_a_person_gets_no_portal_user_of_its_own() {
    let mut world = World::with(agreed(1, "ann"));
    edit_users(&mut world.companies[0], |all| all[0].alternates = vec!["a.first@contoso.example".into()]);
    let second = |first: &str| {
        let mut second = contact(7, "a.first");
        second.fields.set(Field::FirstName, first);
        let mut world = world.clone();
        world.add(Piece::Contact(second));
        world
    };
    let same = second("ann");
    let plan = same.only();
    assert_eq!(briefs(&plan), [""; 0]);
    let said = "no portal user is made: contact 7 has the name and an address of 365 user ann@contoso.example, who has \
                another contact";
    assert_eq!(reasons(&plan).into_iter().collect::<Vec<_>>(), [said]);
    let made =
        |world: &World| briefs(&world.only()).iter().any(|brief| brief.starts_with("create portal user"));
    assert!(made(&second("Front")), "a front desk has a name of its own");
    let mut decided = same;
    decided.decisions.splits.push(crate::reconcile::Split { user: guid(1), contact: 7.into() });
    assert!(made(&decided), "two people of one name");
}
