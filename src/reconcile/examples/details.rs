//! What the portal keeps of 365 users beside the portal users.

use crate::model::{
    Attributes, Contact, Detail, Details, ENABLED, Field, Id, Reading, Row, Side, Udf, UdfKind,
};
use crate::plan::{Action, Change, CompanyPlan, Measure, NewValue, RecordKind};
use crate::reconcile::worlds::*;
use crate::reconcile::{ExcludeOn, Exclusion, TypeRule};

const STATE: Field = Field::Detail(Detail::AccountState);

/// People in agreement, with details asked for and none there.
fn world(people: impl IntoIterator<Item = Piece>) -> World {
    let mut world = World::with(people).on(Row::UserDetails);
    edit_details(&mut world.companies[0], |_| {});
    world
}

fn ann() -> World {
    world(agreed(1, "ann"))
}

fn user(world: &mut World, edit: impl Fn(&mut crate::model::User)) {
    edit_users(&mut world.companies[0], |users| users.iter_mut().for_each(&edit));
}

fn contact(world: &mut World, edit: impl Fn(&mut Contact)) {
    edit_contacts(&mut world.companies[0], |contacts| contacts.iter_mut().for_each(&edit));
}

/// The changes of details records alone.
fn changes(plan: &CompanyPlan) -> Vec<&Change> {
    plan.changes.iter().filter(|change| change.record.kind == RecordKind::Details).collect()
}

fn written(change: &Change, field: Field) -> Option<String> {
    change.fields.iter().find(|written| written.field == field).map(|written| match &written.after {
        NewValue::Text(text) => text.clone(),
        _ => String::new(),
    })
}

/// Ann with a record that agrees.
fn settled() -> World {
    let mut world = ann();
    let plan = world.plan();
    world.apply(&plan);
    assert_eq!(world.only().changes, []);
    world
}

#[test]
fn what_was_not_read_of_a_user_blanks_nothing_in_the_record() {
    let mut world = ann();
    user(&mut world, |user| user.alternates = vec!["a.lee@contoso.example".into()]);
    let plan = world.plan();
    world.apply(&plan);
    user(&mut world, |user| {
        user.fields = user.fields.clone().only(|field| field != Field::DisplayName);
        user.user_name.clear();
        user.alternates.clear();
        user.all_alternates = false;
    });
    let plan = world.only();
    assert_eq!(changes(&plan), Vec::<&Change>::new());
    // Read and blank, it is blank.
    user(&mut world, |user| user.all_alternates = true);
    let plan = world.only();
    let [change] = changes(&plan)[..] else { panic!("{:?}", briefs(&plan)) };
    assert_eq!(written(change, Field::Detail(Detail::AlternateEmails)).as_deref(), Some(""));
}

fn records(world: &World) -> Vec<Details> {
    let portal = world.companies[0].portal.complete().expect("read");
    let Some(Reading::Complete(side)) = &portal.details else { panic!("read") };
    side.records.items().to_vec()
}

#[test]
fn a_user_who_takes_part_gets_a_record_with_all_that_365_tells() {
    let mut world = ann();
    user(&mut world, |user| {
        user.alternates = vec!["a.lee@contoso.example".into(), "lee@contoso.example".into()];
        user.licences = Some([E3.into(), FREE.to_uppercase()].into());
        user.manager = Some("Kim Ray".into());
        user.attributes = Attributes::new(Some("Oslo 4"), None);
    });
    let plan = world.only();
    let [change] = changes(&plan)[..] else { panic!("{:?}", briefs(&plan)) };
    let expected = [
        (Field::DisplayName, "ann Lee"),
        (Field::UserName, "ann@contoso.example"),
        (Field::Udf(Udf::Office365Id), guid(1).as_str()),
        (Field::Detail(Detail::AlternateEmails), "a.lee@contoso.example; lee@contoso.example"),
        (Field::Detail(Detail::Products), "Flow; Microsoft 365 E3"),
        (STATE, ENABLED),
        (Field::Detail(Detail::Manager), "Kim Ray"),
        (Field::Detail(Detail::Office), "Oslo 4"),
    ]
    .map(|(field, text)| (field, Some(text.to_owned())));
    assert_eq!(expected.clone().map(|(field, _)| (field, written(change, field))), expected);
    assert_eq!(change.fields.len(), expected.len(), "what is blank is not written to a new record");
}

#[test]
fn licences_that_do_not_count_are_no_products() {
    let mut world = ann();
    world.policy().exclude_licenses.insert("flow_free".into());
    user(&mut world, |user| user.licences = Some([E3.into(), FREE.into()].into()));
    let plan = world.only();
    let products = written(changes(&plan)[0], Field::Detail(Detail::Products));
    assert_eq!(products.as_deref(), Some("Microsoft 365 E3"));
}

#[test]
fn what_becomes_blank_in_365_becomes_blank_in_the_record() {
    let mut world = ann();
    user(&mut world, |user| user.manager = Some("Kim Ray".into()));
    let plan = world.plan();
    world.apply(&plan);
    user(&mut world, |user| user.manager = None);
    assert_eq!(
        briefs(&world.only()),
        ["update details record new Contoso/user-details/new/00000000-0000-4000-8000-000000000001: manager"]
    );
    assert_eq!(written(changes(&world.only())[0], Field::Detail(Detail::Manager)).as_deref(), Some(""));
}

#[test]
fn role_and_groups_come_from_the_contacts_types() {
    let mut world = ann().on(Row::TypeMapping);
    world.psa_shape = world.psa_shape.with_udf(udf(Udf::TypeMapping, UdfKind::Text(None)));
    world.policy().types = vec![TypeRule {
        groups: vec!["Finance".into(), "Board".into()],
        role: Some("Company Reporting".into()),
        ..TypeRule::new("Billing Contact")
    }];
    contact(&mut world, |contact| contact.fields.set(Field::Udf(Udf::TypeMapping), "Billing Contact"));
    let plan = world.only();
    let change = changes(&plan)[0];
    assert_eq!(written(change, Field::Detail(Detail::PortalRole)).as_deref(), Some("Company Reporting"));
    assert_eq!(written(change, Field::Detail(Detail::PortalGroups)).as_deref(), Some("Board; Finance"));
}

#[test]
fn the_record_of_whoever_leaves_is_archived_once_and_comes_back_with_them() {
    let mut world = settled();
    for (state, leave) in [("Disabled", true), ("Deleted", false)] {
        let before = world.clone();
        if leave {
            user(&mut world, |user| user.enabled = Some(false));
        } else {
            edit_users(&mut world.companies[0], Vec::clear);
            world.allowed.0.insert(Measure::Shrunk, 9);
        }
        let plan = world.plan();
        let [change] = changes(&plan.companies[0])[..] else { panic!("{state}") };
        assert_eq!(change.action, Action::Deactivate);
        assert_eq!(written(change, STATE).as_deref(), Some(state));
        world.apply(&plan);
        assert!(changes(&world.only()).is_empty(), "{state}");
        let records = records(&world);
        world = before;
        edit_details(&mut world.companies[0], |all| *all = records);
        let plan = world.only();
        assert_eq!(changes(&plan)[0].action, Action::Reactivate);
        assert_eq!(written(changes(&plan)[0], STATE).as_deref(), Some(ENABLED));
        world = settled();
    }
}

#[test]
fn who_is_excluded_keeps_the_record_as_it_is() {
    let mut world = settled();
    world.policy().exclude.push(Exclusion { on: ExcludeOn::Email, pattern: "ann@*".into(), reason: None });
    user(&mut world, |user| user.manager = Some("Kim Ray".into()));
    assert!(changes(&world.only()).is_empty());
}

#[test]
fn two_records_of_one_user_are_told_and_neither_is_written() {
    let mut world = settled();
    edit_details(&mut world.companies[0], |all| all.push(record(9, 1, "")));
    let plan = world.only();
    assert!(changes(&plan).is_empty());
    assert!(reasons(&plan).iter().any(|reason| reason.starts_with("several details records")), "{plan:?}");
}

#[test]
fn records_that_could_not_be_read_leave_everybody_else_as_planned() {
    let mut world = ann();
    contact(&mut world, |contact| contact.fields.set(Field::Title, "Clerk"));
    user(&mut world, |user| user.fields.set(Field::Title, "Head"));
    let expected = briefs(&world.clone().off(Row::UserDetails).only());
    if let Reading::Complete(side) = &mut world.companies[0].portal {
        side.details = Some(incomplete());
    }
    let plan = world.only();
    assert_eq!(briefs(&plan), expected);
    assert!(reasons(&plan).contains("user details were not read: the listing broke off"));
}

#[test]
fn a_field_that_somebody_took_away_is_left_out_and_told() {
    let mut world = ann();
    if let Reading::Complete(side) = &mut world.companies[0].portal
        && let Some(Reading::Complete(details)) = &mut side.details
    {
        details.kind.missing = vec![Field::Detail(Detail::Office), STATE];
    }
    user(&mut world, |user| {
        user.attributes = Attributes::new(Some("Oslo 4"), None);
    });
    let plan = world.only();
    assert_eq!(written(changes(&plan)[0], Field::Detail(Detail::Office)), None);
    assert!(reasons(&plan).contains("365 person in the portal has no usable field for office"));
    edit_details(&mut world.companies[0], |all| all.push(record(9, 1, "")));
    user(&mut world, |user| user.enabled = Some(false));
    assert!(changes(&world.only()).is_empty(), "the next run could not tell that it is archived");
}

#[test]
fn many_new_records_are_no_reason_to_refuse_and_many_archived_ones_are() {
    let mut world = world((1..40).flat_map(|number| agreed(number, &format!("p{number}"))));
    assert_eq!(world.plan().breaches, []);
    let plan = world.plan();
    world.apply(&plan);
    let far = |number: usize| Details {
        id: Id::new(format!("x{number}")),
        user: guid(9_000 + i64::try_from(number).expect("few")),
        ..record(number, 1, ENABLED)
    };
    edit_details(&mut world.companies[0], |all| all.extend((0..20).map(far)));
    let breaches = world.plan().breaches;
    assert_eq!(
        breaches.first().map(|breach| (breach.measure, breach.count)),
        Some((Measure::Deactivate, 20))
    );
}

#[test]
fn somebody_who_is_deleted_counts_once_and_a_decision_keeps_the_record_too() {
    let mut world = world((1..30).flat_map(|number| agreed(number, &format!("p{number}"))));
    let plan = world.plan();
    world.apply(&plan);
    edit_users(&mut world.companies[0], |users| users.truncate(26));
    let plan = world.plan();
    let of = |kind| plan.companies[0].changes.iter().filter(|change| change.record.kind == kind).count();
    assert_eq!((of(RecordKind::Contact), of(RecordKind::Details)), (3, 3));
    assert_eq!(plan.breaches, [], "three people, not six");
    world.decisions.ignore.insert("p29@contoso.example".to_owned());
    assert_eq!(changes(&world.only()).len(), 2);
    world.decisions.ignored.insert((Side::Tenant, guid(28)));
    assert_eq!(changes(&world.only()).len(), 1);
    world.decisions.ignored.clear();
    world.policy().protected.push("p28@*".to_owned());
    assert_eq!(world.plan().breaches.first().map(|breach| breach.measure), Some(Measure::Protected));
}

#[test]
fn what_was_archived_is_not_missed_afterwards() {
    let mut world = world([agreed(1, "ann"), agreed(2, "bo")].concat());
    let plan = world.plan();
    world.apply(&plan);
    edit_users(&mut world.companies[0], |users| users[1].enabled = Some(false));
    let known = world.looked().reconciled().known.remove(0);
    assert_eq!(known.details, Some(1));
    let plan = world.plan();
    world.apply(&plan);
    world.memory.details.insert("Contoso".to_owned(), 1);
    edit_details(&mut world.companies[0], |records| records.truncate(1));
    assert_eq!(world.plan().breaches, []);
}
