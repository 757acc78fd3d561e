//! What refuses a plan.

use crate::model::{Field, Row, Side};
use crate::plan::{Breach, Measure};
use crate::reconcile::worlds::*;
use crate::reconcile::{Limit, counts};

fn people(count: i64) -> World {
    World::with((1..=count).flat_map(|number| agreed(number, &format!("person{number}"))))
}

fn breaches(world: &World) -> Vec<(Measure, usize, usize)> {
    world.plan().breaches.iter().map(|breach| (breach.measure, breach.count, breach.limit)).collect()
}

fn disable(world: &mut World, count: usize) {
    edit_users(&mut world.companies[0], |all| {
        all[..count].iter_mut().for_each(|user| user.enabled = Some(false));
    });
}

#[test]
fn a_few_leavers_are_allowed_and_many_are_refused() {
    let mut world = people(40);
    disable(&mut world, 5);
    assert_eq!(breaches(&world), []);
    disable(&mut world, 6);
    assert_eq!(breaches(&world), [(Measure::Deactivate, 6, 5)], "a contact and its login count once");
    let breach: Breach = world.plan().breaches.remove(0);
    assert_eq!(breach.allow, "--allow deactivate=6");
    assert_eq!(breach.company.as_deref(), Some("Contoso"));
    assert_eq!(world.plan().companies[0].changes.len(), 12, "the changes stay in sight");
}

#[test]
fn allowing_exactly_that_many_lifts_the_refusal() {
    let mut world = people(40);
    disable(&mut world, 6);
    world.allowed.0.insert(Measure::Deactivate, 5);
    assert_eq!(breaches(&world).len(), 1);
    world.allowed.0.insert(Measure::Deactivate, 6);
    assert_eq!(breaches(&world), []);
}

#[test]
fn small_companies_have_lower_limits() {
    let mut world = people(8);
    disable(&mut world, 3);
    assert_eq!(breaches(&world), [(Measure::Deactivate, 3, 2)]);
}

#[test]
fn the_only_person_of_a_company_may_be_changed_unless_nothing_is_allowed() {
    let mut world = people(1);
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Phone, "+1 555 0100"));
    assert!(!world.only().changes.is_empty());
    assert_eq!(breaches(&world), []);
    world.guards.limits.insert(Measure::Update, Limit { count: 0, percent: 0 });
    assert_eq!(breaches(&world), [(Measure::Update, 1, 0)]);
}

#[test]
fn one_new_person_counts_once_on_whatever_sides() {
    let mut world = people(40);
    for number in 41..=50 {
        world.add(Piece::User(user(number, &format!("person{number}"))));
    }
    assert_eq!(breaches(&world), []);
    world.guards.limits.insert(Measure::Create, Limit { count: 9, percent: 0 });
    assert_eq!(breaches(&world), [(Measure::Create, 10, 9)]);
}

#[test]
fn the_run_is_limited_as_a_whole() {
    let mut world = people(40);
    let mut second = company("Fabrikam", 2);
    std::mem::swap(&mut second, &mut world.companies[0]);
    (second.name, second.portal_id, second.psa_id) = ("Contoso".into(), 1.into(), 101.into());
    let mut other = second.clone();
    (other.name, other.portal_id, other.psa_id) = ("Fabrikam".into(), 2.into(), 102.into());
    move_to(&mut other, &tenant(2));
    world.companies = vec![second, other];
    world.guards.limits.insert(Measure::Deactivate, Limit { count: 5, percent: 0 });
    for company in &mut world.companies {
        edit_users(company, |all| all[..4].iter_mut().for_each(|user| user.enabled = Some(false)));
    }
    let outcome = world.plan();
    assert_eq!(outcome.breaches.len(), 1);
    assert_eq!((outcome.breaches[0].company.as_deref(), outcome.breaches[0].count), (None, 8));
    world.companies[1].psa = incomplete();
    assert_eq!(world.plan().breaches, [], "a company that was not read does not count");
}

#[test]
fn people_changed_on_two_sides_count_once() {
    let mut world = people(10);
    edit_users(&mut world.companies[0], |all| {
        all[..6]
            .iter_mut()
            .enumerate()
            .for_each(|(index, user)| user.fields.set(Field::Title, format!("Clerk {index}")));
    });
    assert_eq!(world.only().changes.len(), 12);
    assert_eq!(breaches(&world), []);
    edit_users(&mut world.companies[0], |all| all[6].fields.set(Field::Title, "Clerk 6"));
    assert_eq!(breaches(&world), [(Measure::Update, 7, 6)]);
}

#[test]
fn ids_that_change_hands_are_counted() {
    let mut world = people(20);
    edit_users(&mut world.companies[0], |all| {
        all[..4]
            .iter_mut()
            .for_each(|user| user.id = guid(user.id.as_str()[24..].parse::<i64>().unwrap() + 1000));
    });
    assert_eq!(breaches(&world), [(Measure::Relink, 4, 3)]);
}

#[test]
fn one_value_on_most_contacts_is_refused() {
    let mut world = people(20);
    world.guards.limits.remove(&Measure::Update);
    edit_users(&mut world.companies[0], |all| {
        all[..10].iter_mut().for_each(|user| user.fields.set(Field::Phone, "+1 555 0100"));
    });
    assert_eq!(breaches(&world), []);
    edit_users(&mut world.companies[0], |all| all[10].fields.set(Field::Phone, "+1 555 0100"));
    assert_eq!(breaches(&world), [(Measure::SameValue, 11, 10)]);
    assert_eq!(world.plan().breaches[0].reason, "phone would become \"+1 555 0100\" on 11 of 20 contacts");
}

#[test]
fn a_side_that_lost_more_than_a_third_is_refused() {
    let mut world = people(20);
    for side in [Side::Tenant, Side::Psa, Side::Portal] {
        let now = counts(&world.companies[0])[&side];
        assert_eq!(now, 20);
        world.memory.counts.insert(("Contoso".into(), side), 30);
    }
    assert_eq!(breaches(&world), []);
    world.memory.counts.insert(("Contoso".into(), Side::Portal), 31);
    assert_eq!(breaches(&world), [(Measure::Shrunk, 11, 10)]);
    assert_eq!(world.plan().breaches[0].allow, "--allow shrunk=11");
}

#[test]
fn an_empty_side_is_refused_where_another_side_knows_its_records() {
    let mut world = people(3);
    edit_contacts(&mut world.companies[0], Vec::clear);
    assert!(breaches(&world).contains(&(Measure::Shrunk, 3, 0)));
    assert_eq!(breaches(&World::new()), [], "a new company may be empty");
}

#[test]
fn protected_people_refuse_the_plan() {
    let mut world = people(20);
    world.policy().protected = vec!["person1@*".into()];
    edit_users(&mut world.companies[0], |all| all[1].fields.set(Field::Title, "Head"));
    assert_eq!(breaches(&world), []);
    edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Title, "Head"));
    assert_eq!(breaches(&world), [(Measure::Protected, 1, 0)]);
}

#[test]
fn a_person_is_protected_by_any_address_on_any_side() {
    let changed = || {
        let mut world = people(20);
        edit_users(&mut world.companies[0], |all| all[0].fields.set(Field::Title, "Head"));
        world.policy().protected = vec!["boss@*".into()];
        world
    };
    assert_eq!(breaches(&changed()), []);
    let mut world = changed();
    edit_users(&mut world.companies[0], |all| all[0].alternates.push("Boss@Contoso.example".into()));
    assert_eq!(breaches(&world), [(Measure::Protected, 1, 0)], "an alias of the 365 user");
    let mut world = changed();
    edit_contacts(&mut world.companies[0], |all| all[0].alternates.push("boss@home.example".into()));
    assert_eq!(breaches(&world), [(Measure::Protected, 1, 0)], "a further address of the contact");
    let world = world.off(Row::Match365Alternates).off(Row::MatchPsaAlternates);
    assert_eq!(breaches(&world), [(Measure::Protected, 1, 0)], "whether or not aliases link people");
    let mut world = changed();
    edit_users(&mut world.companies[0], |all| all[1].alternates.push("boss@contoso.example".into()));
    assert_eq!(breaches(&world), [], "a person who is not changed");
}
