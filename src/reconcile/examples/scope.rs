//! Who takes part, and what is said of those who do not.

use std::collections::BTreeMap;

use crate::model::{Attributes, Contact, Field, Row, User, UserKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{ExcludeOn, Exclusion, OnExclude, RequireName};

/// The reasons by record.
fn out(world: &World) -> BTreeMap<String, String> {
    let plan = world.only();
    plan.excluded.iter().map(|out| (format!("{} {}", out.side, out.who.name), out.reason.clone())).collect()
}

fn reason_of(user: User) -> Option<String> {
    out(&World::with([Piece::User(user)])).into_values().next()
}

fn rule(on: ExcludeOn, pattern: &str) -> Exclusion {
    Exclusion { on, pattern: pattern.into(), reason: Some("for a test".into()) }
}

#[test]
fn every_reason_has_its_own_words() {
    assert_eq!(reason_of(user(1, "ann")), None);
    assert_eq!(reason_of(User { enabled: Some(false), ..user(1, "ann") }).as_deref(), Some("disabled"));
    assert_eq!(reason_of(User { kind: UserKind::Guest, ..user(1, "ann") }).as_deref(), Some("guest"));
    assert_eq!(
        reason_of(User { licences: Some([].into()), ..user(1, "ann") }).as_deref(),
        Some("no licence")
    );
    let mut nameless = user(1, "ann");
    nameless.fields.set(Field::Email, "");
    assert_eq!(reason_of(nameless).as_deref(), Some("no usable email"));
}

#[test]
fn a_user_of_an_unknown_type_takes_part() {
    assert_eq!(reason_of(User { kind: UserKind::Unknown, ..user(1, "ann") }), None);
}

#[test]
fn guests_take_part_only_where_that_is_set() {
    let mut world = World::with([Piece::User(User { kind: UserKind::Guest, ..user(1, "ann") })]);
    assert_eq!(out(&world).len(), 1);
    world.policy().guests = true;
    assert_eq!(out(&world).len(), 0);
}

#[test]
fn licences_that_do_not_count_are_named_by_id_or_by_part_number() {
    for name in [FREE, "flow_free"] {
        let mut world = World::with([Piece::User(User {
            licences: Some([FREE.to_uppercase()].into()),
            ..user(1, "ann")
        })]);
        assert_eq!(out(&world).len(), 0);
        world.policy().exclude_licenses.insert(name.to_owned());
        assert_eq!(out(&world)["365 ann Lee"], "no licence");
        assert_eq!(out(&world.clone().off(Row::ExcludeLicenses)).len(), 0);
        assert_eq!(out(&world.off(Row::RequireLicense)).len(), 0);
    }
}

#[test]
fn a_part_number_that_the_tenant_does_not_own_is_looked_up_in_the_table_of_products() {
    let mut world =
        World::with([Piece::User(User { licences: Some([FREE.to_owned()].into()), ..user(1, "ann") })]);
    edit_skus(&mut world.companies[0], |all| world.products = all.split_off(1));
    world.policy().exclude_licenses.insert("flow_free".to_owned());
    assert_eq!(out(&world)["365 ann Lee"], "no licence");
    world.products.clear();
    assert_eq!(out(&world).len(), 0);
}

#[test]
fn a_name_is_sufficient_as_the_setting_says() {
    let mut half = user(1, "ann");
    half.fields.set(Field::LastName, "");
    for (require, takes_part) in
        [(RequireName::No, true), (RequireName::Any, true), (RequireName::Both, false)]
    {
        let mut world = World::with([Piece::User(half.clone())]);
        world.policy().require_name = require;
        assert_eq!(out(&world).is_empty(), takes_part, "{require:?}");
    }
    half.fields.set(Field::FirstName, "");
    let mut world = World::with([Piece::User(half)]);
    world.policy().require_name = RequireName::Any;
    assert_eq!(out(&world)["365 ann Lee"], "no name");
}

#[test]
fn in_a_shared_tenant_the_domain_of_the_primary_email_decides() {
    let mut by_name = user(3, "bo");
    by_name.fields.set(Field::Email, "");
    let mut foreign = user(2, "cy@fabrikam.example");
    foreign.user_name = "cy@contoso.example".into();
    let mut world = World::with([Piece::User(user(1, "ann")), Piece::User(foreign), Piece::User(by_name)]);
    world.companies[0].settings().domains = vec!["contoso.example".into()];
    let out = out(&world);
    assert_eq!(out["365 cy Lee"], "not in domains");
    assert_eq!(out["365 bo Lee"], "no usable email");
    assert_eq!(out.len(), 2);
}

#[test]
fn an_exclusion_may_look_at_any_attribute() {
    let mut scanner = user(1, "scan");
    scanner.fields.set(Field::Department, "Scanners 2nd floor");
    scanner.attributes = Attributes::new(Some("Basement"), None);
    let cases = [
        (ExcludeOn::Email, "SC?N@*"),
        (ExcludeOn::Field(Field::Department), "scanner*"),
        (ExcludeOn::Field(Field::UserName), "scan@*"),
        (ExcludeOn::UserType, "member"),
        (ExcludeOn::Attribute("office"), "base*"),
    ];
    for (on, pattern) in cases {
        let mut world = World::with([Piece::User(scanner.clone()), Piece::User(user(2, "ann"))]);
        let shown = format!("{on:?}");
        world.policy().exclude = vec![rule(on, pattern)];
        if shown != "UserType" {
            assert_eq!(world.only().excluded.len(), 1, "{shown}");
        }
        let out = world.only().excluded.remove(0);
        assert_eq!(out.reason, "excluded");
        assert!(out.detail.unwrap().ends_with("for a test"), "{shown}");
    }
}

#[test]
fn a_blank_attribute_matches_no_exclusion() {
    let mut world = World::with([Piece::User(user(1, "ann"))]);
    world.policy().exclude =
        vec![rule(ExcludeOn::Field(Field::Department), "*"), rule(ExcludeOn::Attribute("office"), "*")];
    assert_eq!(world.only().excluded, []);
}

#[test]
fn an_excluded_persons_records_are_all_left_alone() {
    for excluded in ["svc@contoso.example", "svc-old@contoso.example"] {
        let mut world = World::with(agreed(1, "svc"));
        edit_contacts(&mut world.companies[0], |all| {
            all[0].fields.set(Field::Title, "stale");
            all[0].fields.set(Field::Email, "svc-old@contoso.example");
        });
        edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Title, "new"));
        assert_eq!(world.only().changes.len(), 2);
        world.policy().exclude = vec![rule(ExcludeOn::Email, excluded)];
        assert_eq!(world.only().changes, [], "{excluded}");
    }
}

#[test]
fn being_excluded_is_not_leaving() {
    let mut world = World::with(agreed(1, "svc"));
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    world.policy().exclude = vec![rule(ExcludeOn::Email, "svc@*")];
    assert_eq!(world.only().changes, []);
}

#[test]
fn an_excluded_person_loses_the_login_once_where_that_is_set() {
    let mut world = World::with(agreed(1, "svc"));
    world.policy().exclude = vec![rule(ExcludeOn::Email, "svc@*")];
    world.policy().on_exclude = OnExclude::DisableLogin;
    let outcome = world.plan();
    assert_eq!(briefs(&outcome.companies[0]), ["deactivate portal user p1: login"]);
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
    world.policy().exclude.clear();
    assert_eq!(briefs(&world.only()), ["reactivate portal user p1: login"], "and gets it back");
}

#[test]
fn an_excluded_persons_alternate_address_shuts_no_portal_user_out() {
    let mut world = World::with(agreed(1, "svc"));
    edit_users(&mut world.companies[0], |all| all[0].alternates = vec!["frontdesk@contoso.example".into()]);
    edit_portal(&mut world.companies[0], |all| {
        all[0].psa_key = None;
        all[0].fields.set(Field::Email, "frontdesk@contoso.example");
    });
    world.policy().exclude = vec![rule(ExcludeOn::Email, "svc@*")];
    world.policy().on_exclude = OnExclude::DisableLogin;
    let plan = world.only();
    assert_eq!(briefs(&plan), [""; 0]);
    let said = plan.skipped.iter().map(|skip| skip.reason.as_str()).collect::<Vec<_>>();
    assert_eq!(said, ["the person is excluded, but only an alternate address links the portal user"]);
    world.policy().on_exclude = OnExclude::LeaveAlone;
    assert_eq!(world.only().skipped, [], "where nothing is shut out, nothing is said");
}

#[test]
fn switching_the_row_off_switches_exclusions_off() {
    let mut world = World::with(agreed(1, "svc")).off(Row::ExcludeUsers);
    world.policy().exclude = vec![rule(ExcludeOn::Email, "svc@*")];
    assert_eq!(world.only().excluded, []);
}

#[test]
fn a_pattern_nobody_can_read_stops_the_company() {
    let mut world = World::with([Piece::User(user(1, "ann"))]);
    world.policy().exclude = vec![rule(ExcludeOn::Email, "svc[")];
    let plan = world.only();
    assert_eq!((plan.changes.len(), plan.skipped.len()), (0, 1));
    assert!(plan.skipped[0].strict);
    assert_eq!(
        plan.skipped[0].reason,
        "the exclusion email = \"svc[\" cannot be read: the bracket at character 4 is not closed"
    );
}

#[test]
fn contacts_out_of_scope_are_listed_unless_a_person_in_scope_brings_them_in() {
    let inactive = Contact { active: Some(false), ..contact(8, "old") };
    let mut silent = contact(7, "ann");
    silent.fields.set(Field::Email, "");
    let pieces = [Piece::User(user(1, "bo")), Piece::Contact(silent.clone()), Piece::Contact(inactive)];
    let found = out(&World::with(pieces));
    assert_eq!(found["PSA ann Lee"], "no usable email");
    assert_eq!(found["PSA old Lee"], "inactive");
    silent.fields.set(Field::FirstName, "bo");
    let linked = World::with([Piece::User(user(1, "bo")), Piece::Contact(silent)]).recorded(1, Some(7), None);
    assert_eq!(out(&linked).len(), 0);
}

#[test]
fn portal_users_made_by_hand_are_never_touched() {
    let world = World::with([Piece::Portal(portal("p1", "cleaner@elsewhere.example", None))]);
    let plan = world.only();
    assert_eq!(plan.changes, []);
    assert_eq!(plan.excluded[0].reason, "made by hand");
}
