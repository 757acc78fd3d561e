//! What the types of contacts decide.

use crate::model::{Contact, Field, Row, Udf, UdfKind};
use crate::plan::{Action, Assignment, Change, CompanyPlan, FieldChange, Measure, NewValue, RecordKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{OnExclude, TypeRule, When};

const TYPE: Field = Field::Udf(Udf::TypeMapping);

fn billing() -> TypeRule {
    TypeRule::new("Billing")
}

/// Ann, in agreement on all three sides, of the type `of`; contacts tell their type in a text.
fn ann(of: &str, rule: TypeRule) -> World {
    let mut world = World::with(agreed(1, "ann"));
    world.psa_shape = world.psa_shape.with_udf(udf(Udf::TypeMapping, UdfKind::Text(None)));
    world.policy().types = vec![rule];
    retype(&mut world, of);
    world
}

fn retype(world: &mut World, of: &str) {
    edit_contacts(&mut world.companies[0], |all| all[0].fields.set(TYPE, of));
}

/// The fields that the only change writes, as `login=false`, with what is done.
fn written(plan: &CompanyPlan) -> (Option<Action>, Vec<String>) {
    let text = |change: &FieldChange| match &change.after {
        NewValue::Text(text) => format!("{}={text}", change.field),
        other => format!("{}={other:?}", change.field),
    };
    assert!(plan.changes.len() < 2, "{:?}", briefs(plan));
    let change = plan.changes.first();
    (
        change.map(|change| change.action),
        change.map(|change| change.fields.iter().map(text).collect()).unwrap_or_default(),
    )
}

/// Plans, does what the plan says, remembers it, and says what it wrote.
fn sync(world: &mut World) -> (Option<Action>, Vec<String>) {
    let done = world.looked().reconciled();
    world.apply(&done.outcome);
    for known in done.known {
        world.memory.links.insert(known.company.clone(), known.links);
        let of_contact = |(contact, told)| ((known.company.clone(), contact), told);
        world.memory.assigned = known.assigned.into_iter().map(of_contact).collect();
    }
    written(&done.outcome.companies[0])
}

#[test]
fn a_type_that_is_not_synced_keeps_the_whole_person_out() {
    let mut world = ann("Billing", TypeRule { sync: false, ..billing() });
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Title, "Head"));
    let plan = world.only();
    assert_eq!((briefs(&plan), plan.people), (vec![], 0));
    let out = &plan.excluded[0];
    assert_eq!(
        (out.reason.as_str(), out.detail.as_deref()),
        ("type is not synced", Some("type \"Billing\""))
    );
    retype(&mut world, "billing");
    assert_eq!(world.only().changes.len(), 2, "names are case-sensitive");
}

#[test]
fn who_is_kept_out_is_still_matched_and_gets_no_second_contact() {
    let mut world = ann("Billing", TypeRule { sync: false, ..billing() });
    edit_contacts(&mut world.companies[0], |all| all[0].active = Some(false));
    edit_portal(&mut world.companies[0], Vec::clear);
    assert_eq!(world.only().changes, []);
}

#[test]
fn who_is_kept_out_by_type_may_be_shut_out_like_anybody_excluded() {
    let mut world = ann("Billing", TypeRule { sync: false, ..billing() });
    world.policy().on_exclude = OnExclude::DisableLogin;
    let plan = world.only();
    assert_eq!(written(&plan), (Some(Action::Deactivate), vec!["login=false".to_owned()]));
    assert_eq!(plan.changes[0].fields[0].row, Row::TypeMapping);
}

#[test]
fn flags_are_written_when_the_result_changes_and_never_otherwise() {
    let rule = TypeRule { login: false, priority: true, ..billing() };
    let mut world = ann("", rule);
    assert_eq!(sync(&mut world), (None, vec![]), "what is usual is not written");
    retype(&mut world, "Billing");
    let both = vec!["login=false".to_owned(), "priority=true".to_owned()];
    assert_eq!(sync(&mut world), (Some(Action::Deactivate), both));
    assert_eq!(sync(&mut world), (None, vec![]));
    retype(&mut world, "");
    let back = vec!["login=true".to_owned(), "priority=false".to_owned()];
    assert_eq!(sync(&mut world), (Some(Action::Reactivate), back));
    assert_eq!(sync(&mut world), (None, vec![]));
}

#[test]
fn a_new_portal_user_is_made_as_its_type_says() {
    let mut world = ann("Billing", TypeRule { login: false, priority: true, ..billing() });
    edit_portal(&mut world.companies[0], Vec::clear);
    let plan = world.only();
    let all = "create portal user new: first-name, last-name, email, user-name, login, priority, psa-key";
    assert_eq!(briefs(&plan), [all]);
    let outcome = world.plan();
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn nobody_whom_a_type_shuts_out_returns_as_one_who_was_away() {
    let mut world = ann("Billing", TypeRule { login: false, ..billing() });
    sync(&mut world);
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    let left = sync(&mut world);
    assert_eq!(
        left,
        (Some(Action::Deactivate), vec!["active=false".to_owned()]),
        "the login is shut already"
    );
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(true));
    assert_eq!(sync(&mut world), (Some(Action::Reactivate), vec!["active=true".to_owned()]));
    assert_eq!(sync(&mut world), (None, vec![]));
}

#[test]
fn a_leaver_stays_shut_out_whatever_the_type_says() {
    let mut world = ann("Billing", billing());
    edit_users(&mut world.companies[0], |all| all[0].enabled = Some(false));
    let outcome = world.plan();
    assert_eq!(
        briefs(&outcome.companies[0]),
        ["deactivate contact 1: active", "deactivate portal user p1: login"]
    );
    world.apply(&outcome);
    assert_eq!(world.only().changes, []);
}

#[test]
fn shutting_people_out_by_type_is_counted_by_the_guard() {
    let mut world = ann("Billing", TypeRule { login: false, ..billing() });
    for number in 2..10 {
        for piece in agreed(number, &format!("p{number}")) {
            world.add(piece);
        }
    }
    edit_contacts(&mut world.companies[0], |all| {
        for one in all.iter_mut() {
            one.fields.set(TYPE, "Billing");
        }
    });
    let breaches = world.plan().breaches;
    assert!(breaches.iter().any(|breach| breach.measure == Measure::Deactivate), "{breaches:?}");
}

#[test]
fn whose_type_was_not_read_is_left_alone_where_a_rule_could_keep_them_out() {
    let mut world = ann("", TypeRule { login: false, ..billing() });
    edit_contacts(&mut world.companies[0], |all| {
        let known = all[0].fields.iter().filter(|(field, _)| *field != TYPE);
        all[0].fields = known.map(|(field, text)| (field, text.to_owned())).collect();
        all[0].fields.set(Field::Title, "Head");
    });
    world.memory.written.insert(("p1".into(), Field::Login), "false".to_owned());
    let plan = world.only();
    assert_eq!((plan.changes.len(), plan.excluded[0].reason.as_str()), (0, "type not read"));
    world.policy().on_exclude = OnExclude::DisableLogin;
    world.memory.written.clear();
    assert_eq!(world.only().changes, [], "no person is shut out for what is not known");
    world.policy().types = vec![TypeRule { priority: true, ..billing() }];
    assert_eq!(briefs(&world.only()), ["update portal user p1: title"]);
}

#[test]
fn rules_without_a_field_are_reported_and_hold_back_whom_they_could_keep_out() {
    let mut world = World::with(agreed(1, "ann"));
    world.policy().types = vec![billing()];
    let plan = world.only();
    let told = "type-mapping: Testdesk has no contact UDF `TypeMapping`, so no contact's type is known";
    assert!(plan.skipped.iter().any(|skip| skip.reason == told && skip.strict), "{:?}", plan.skipped);
    assert_eq!(plan.people, 1);
    world.policy().types = vec![TypeRule { sync: false, ..billing() }];
    assert_eq!(world.only().excluded[0].reason, "type not read");
    assert_eq!(world.off(Row::TypeMapping).only().skipped, []);
}

#[test]
fn a_psa_with_types_of_its_own_is_asked_for_those() {
    let mut world = ann("Kiosk", TypeRule { priority: true, ..billing() });
    world.psa_shape = world.psa_shape.with_types();
    assert_eq!(world.only().changes, []);
    let types = vec!["Billing".to_owned(), "Buyer".to_owned()];
    edit_contacts(&mut world.companies[0], |all| all[0] = Contact { types, ..all[0].clone() });
    assert_eq!(written(&world.only()).1, ["priority=true"]);
}

#[test]
fn an_entry_of_a_list_is_known_by_its_label() {
    let mut world = ann("2", TypeRule { priority: true, ..billing() });
    let entries = vec![("1".to_owned(), "Buyer".to_owned()), ("2".to_owned(), "Billing".to_owned())];
    world.psa_shape = world.psa_shape.with_udf(udf(Udf::TypeMapping, UdfKind::List(entries)));
    assert_eq!(written(&world.only()).1, ["priority=true"]);
}

#[test]
fn roles_and_groups_are_asked_for_once_and_taken_back_once() {
    let rule =
        TypeRule { role: Some("Company Reporting".into()), groups: vec!["Finance".into()], ..billing() };
    let mut world = ann("Billing", rule);
    let todo = world.only().todo;
    assert_eq!(
        (todo[0].role.as_deref(), todo[0].groups.as_slice()),
        (Some("Company Reporting"), &["Finance".into()][..])
    );
    assert_eq!(todo[0].before, Assignment::default());
    assert_eq!(world.only().todo, todo, "until a sync has told them");
    sync(&mut world);
    assert_eq!(world.only().todo, []);
    retype(&mut world, "");
    let back = world.only().todo;
    assert_eq!((back[0].role.as_deref(), back[0].before.groups.as_slice()), (None, &["Finance".into()][..]));
    sync(&mut world);
    assert_eq!(world.only().todo, []);
    assert!(world.memory.assigned.is_empty());
}

#[test]
fn nobody_is_asked_for_roles_of_who_is_not_in_the_portal() {
    let rule = TypeRule { role: Some("User".into()), ..billing() };
    let mut world = ann("Billing", rule.clone());
    edit_portal(&mut world.companies[0], Vec::clear);
    assert_eq!(world.only().todo.len(), 1, "a portal user is made");
    world.companies[0].settings().portal_writes = false;
    assert_eq!(world.only().todo, []);
    let mut world = ann("Billing", rule).off(Row::SyncFrom365).off(Row::SyncFromPsa);
    edit_portal(&mut world.companies[0], Vec::clear);
    assert_eq!(world.only().todo, []);
}

#[test]
fn what_was_told_is_not_forgotten_while_a_person_is_out_of_scope() {
    let mut world = ann("Billing", TypeRule { role: Some("User".into()), ..billing() });
    sync(&mut world);
    world.decisions.ignore.insert("ann@contoso.example".to_owned());
    sync(&mut world);
    world.decisions.ignore.clear();
    assert_eq!(world.only().todo, []);
}

#[test]
fn with_the_row_off_types_say_nothing_and_who_was_shut_out_may_come_back() {
    let mut world = ann("Billing", TypeRule { login: false, ..billing() });
    sync(&mut world);
    let mut world = world.off(Row::TypeMapping);
    assert_eq!(sync(&mut world), (Some(Action::Reactivate), vec!["login=true".to_owned()]));
}

#[test]
fn a_portal_user_that_only_has_some_address_is_not_shut_out() {
    let mut world = ann("Billing", TypeRule { login: false, ..billing() });
    edit_users(&mut world.companies[0], |all| all[0].alternates = vec!["a.lee@contoso.example".into()]);
    edit_portal(&mut world.companies[0], |all| {
        all[0].psa_key = None;
        all[0].fields.set(Field::Email, "a.lee@contoso.example");
    });
    let claimed = world.clone();
    let mut world = world.off(Row::SyncFromPsa);
    for field in [Field::Email, Field::UserName] {
        world.policy().portal_fields.get_mut(&field).expect("a rule").when = When::Never;
    }
    let plan = world.only();
    assert!(
        plan.changes.iter().all(|change| {
            change.record.kind != RecordKind::PortalUser || change.action == Action::Update
        })
    );
    assert!(reasons(&plan).iter().any(|reason| reason.starts_with("the type says no login")));

    // What the plan makes the person's own is theirs, in this plan as in the next.
    let plan = claimed.only();
    let of_portal = |change: &&Change| change.record.kind == RecordKind::PortalUser;
    assert_eq!(plan.changes.iter().find(of_portal).map(|change| change.action), Some(Action::Deactivate));
}
