//! What refuses a plan.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::model::{Budget, Field, Row, Side, Udf};
use crate::plan::{Breach, Measure, Past};
use crate::reconcile::guard::counts;
use crate::reconcile::worlds::*;
use crate::reconcile::{Limit, judge};

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
fn limits_count_the_whole_plan_though_the_psa_takes_only_a_part_of_it_in_this_hour() {
    let mut world = people(40);
    disable(&mut world, 6);
    world.psa_budget = Some(Budget { records: 2, new: 9, fields: 99, until: Timestamp::UNIX_EPOCH });
    assert_eq!(breaches(&world), [(Measure::Deactivate, 6, 5)]);
    let mut plan = world.plan();
    assert_eq!(plan.companies[0].changes.len(), 4, "two contacts and their portal users");
    assert_eq!(plan.companies[0].later, [(Measure::Deactivate, 4)].into());
    assert_eq!(plan.breaches[0].allow, "--allow deactivate=6");

    let found = plan.breaches.clone();
    judge(&mut plan, &world.memory, &world.guards);
    assert_eq!(plan.breaches, found, "a plan that was saved is judged alike");

    world.allowed.0.insert(Measure::Deactivate, 6);
    assert_eq!(breaches(&world), []);
    assert_eq!(world.only().changes.len(), 4, "what is allowed goes on hour by hour");
}

#[test]
fn the_run_as_a_whole_counts_what_waits_in_every_company() {
    let mut world = people(40);
    disable(&mut world, 5);
    let mut second = company("Fabrikam", 2);
    let first = &world.companies[0];
    edit_users(&mut second, |all| *all = first.tenant.complete().expect("complete").users.items().to_vec());
    edit_contacts(&mut second, |all| {
        *all = first.psa.complete().expect("complete").contacts.items().to_vec();
    });
    edit_portal(&mut second, |all| *all = first.portal.complete().expect("complete").users.items().to_vec());
    world.companies.push(second);
    world.guards.limits.insert(Measure::Deactivate, Limit { count: 5, percent: 5 });
    let of_run = |world: &World| {
        let of_run = world.plan().breaches.into_iter().filter(|breach| breach.company.is_none());
        of_run.map(|breach| (breach.measure, breach.count)).collect::<Vec<_>>()
    };
    let whole = of_run(&world);
    assert_eq!(whole, [(Measure::Deactivate, 10)]);
    world.psa_budget = Some(Budget { records: 1, new: 9, fields: 99, until: Timestamp::UNIX_EPOCH });
    assert_eq!(of_run(&world), whole);
}

#[test]
fn changes_of_earlier_runs_that_cannot_be_read_count_in_everything() {
    let mut world = people(40);
    disable(&mut world, 2);
    world.memory.unreadable.insert("Contoso".into(), 3);
    assert_eq!(breaches(&world), []);
    world.memory.unreadable.insert("Contoso".into(), 4);
    assert_eq!(breaches(&world), [(Measure::Deactivate, 6, 5)]);
    world.memory.unreadable = [("Fabrikam".to_owned(), 9)].into();
    let of_run: Vec<_> =
        world.plan().breaches.into_iter().filter(|breach| breach.company.is_none()).collect();
    assert_eq!(of_run.len(), 1, "they count for the run as a whole");
}

#[test]
fn a_company_of_which_it_is_not_known_what_was_announced_waits() {
    let mut world = people(8);
    disable(&mut world, 1);
    assert!(!world.only().changes.is_empty());
    world.memory.unclear.insert("Contoso".into(), "who knows".into());
    let plan = world.only();
    assert!(plan.changes.is_empty() && plan.is_unclear() && plan.is_unread());
    assert_eq!(plan.skipped[0].reason, "who knows");
    assert_eq!(world.plan().totals().unread, 1);
}

#[test]
fn one_value_for_most_people_is_seen_though_most_of_them_wait() {
    let mut world = people(20);
    edit_users(&mut world.companies[0], |all| {
        for user in all {
            user.fields.set(Field::Title, "Head");
        }
    });
    world.guards.limits.clear();
    let whole = breaches(&world);
    assert_eq!(whole, [(Measure::SameValue, 20, 10)]);
    world.psa_budget = Some(Budget { records: 3, new: 9, fields: 99, until: Timestamp::UNIX_EPOCH });
    assert_eq!(breaches(&world), whole);
    let mut plan = world.plan();
    judge(&mut plan, &world.memory, &world.guards);
    assert_eq!(plan.breaches.len(), 1, "a plan that was saved keeps it");
}

#[test]
fn the_run_is_limited_as_a_whole() {
    let mut world = people(40);
    let mut second = company("Fabrikam", 2);
    std::mem::swap(&mut second, &mut world.companies[0]);
    let settings = second.settings();
    (settings.name, settings.portal_id, settings.psa_id) = ("Contoso".into(), 1.into(), 101.into());
    let mut other = second.clone();
    let settings = other.settings();
    (settings.name, settings.portal_id, settings.psa_id) = ("Fabrikam".into(), 2.into(), 102.into());
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
fn ids_that_the_psa_itself_has_count_where_they_change_hands() {
    let mut world = people(20);
    edit_contacts(&mut world.companies[0], |all| {
        for contact in &mut all[..4] {
            let stored = Field::Udf(Udf::Office365Id);
            let id = contact.fields.text(stored).expect("an id").to_owned();
            contact.fields.set(Field::LinkedId, id);
            contact.fields.set(stored, "");
        }
    });
    assert_eq!(breaches(&world), [], "the same account's id is stored");
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
    assert_eq!(world.plan().breaches[0].reason, "phone would become \"+1 555 0100\" for 11 of 20 people");
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

/// What `plan` did, as a run that was never allowed more than usual leaves it in the journal.
fn went(world: &World, lifted: &[Measure]) -> Vec<Past> {
    let of = |company: &crate::plan::CompanyPlan| {
        let past = |change: &crate::plan::Change| Past {
            company: company.name.clone(),
            change: change.clone(),
            lifted: lifted.iter().copied().collect(),
            undo: false,
        };
        company.changes.iter().map(past).collect::<Vec<_>>()
    };
    world.plan().companies.iter().flat_map(of).collect()
}

/// One night after the other, one more person each: the first night on which the plan is refused.
fn refused_night(people_count: i64, harm: impl Fn(&mut World, usize)) -> Option<usize> {
    let mut world = people(people_count);
    for night in 1..=usize::try_from(people_count).expect("a few") {
        harm(&mut world, night - 1);
        let plan = world.plan();
        if !plan.breaches.is_empty() {
            return Some(night);
        }
        let past = went(&world, &[]);
        world.memory.past.extend(past);
        world.apply(&plan);
    }
    None
}

#[test]
fn what_earlier_nights_did_counts_together_with_the_plan() {
    let disable = |world: &mut World, index: usize| {
        edit_users(&mut world.companies[0], |all| all[index].enabled = Some(false));
    };
    let nights = [1, 2, 5, 10, 40].map(|people| (people, refused_night(people, disable)));
    assert_eq!(nights, [(1, None), (2, Some(2)), (5, Some(2)), (10, Some(3)), (40, Some(6))]);
}

#[test]
fn every_measure_remembers() {
    let title = |world: &mut World, index: usize| {
        edit_users(&mut world.companies[0], |all| {
            all[index].fields.set(Field::LastName, format!("Ray{index}"));
        });
    };
    let new_account = |world: &mut World, index: usize| {
        edit_users(&mut world.companies[0], |all| all[index].id = guid(1000 + i64::try_from(index).unwrap()));
    };
    let create = |world: &mut World, index: usize| {
        let number = 100 + i64::try_from(index).unwrap();
        world.add(Piece::User(user(number, &format!("new{number}"))));
    };
    let blank = |world: &mut World, index: usize| {
        if index == 0 {
            edit_contacts(&mut world.companies[0], |all| {
                for each in all.iter_mut() {
                    each.fields.set(Field::Title, "Clerk");
                }
            });
        }
        world.policy().contact_fields.get_mut(&Field::Title).unwrap().clear = true;
        edit_users(&mut world.companies[0], |all| {
            for (place, user) in all.iter_mut().enumerate() {
                user.fields.set(Field::Title, if place <= index { "" } else { "Clerk" });
            }
        });
        edit_portal(&mut world.companies[0], |all| {
            for (place, user) in all.iter_mut().enumerate() {
                user.fields.set(Field::Title, if place <= index { "" } else { "Clerk" });
            }
        });
    };
    assert_eq!(refused_night(10, title), Some(7), "changed names");
    assert_eq!(refused_night(10, new_account), Some(3), "other accounts");
    assert_eq!(refused_night(10, create), Some(4), "new people");
    assert_eq!(refused_night(10, blank), Some(3), "values that went");
    for size in [1, 2, 5] {
        assert!(refused_night(size, blank).is_none_or(|night| night <= 2), "{size}");
    }
}

#[test]
fn what_a_person_allowed_is_not_counted_again() {
    let mut world = people(40);
    disable(&mut world, 6);
    let allowed = went(&world, &[Measure::Deactivate]);
    let plan = world.plan();
    world.apply(&plan);
    world.memory.past = allowed;
    disable(&mut world, 11);
    assert_eq!(breaches(&world), [], "five more");
    disable(&mut world, 12);
    assert_eq!(breaches(&world), [(Measure::Deactivate, 6, 5)]);
}

#[test]
fn what_was_taken_back_is_not_counted() {
    let mut world = people(40);
    disable(&mut world, 5);
    let mut past = went(&world, &[]);
    let mut back = past.clone();
    for each in &mut back {
        (each.undo, each.change.action) = (true, crate::plan::Action::Reactivate);
    }
    past.append(&mut back);
    world.memory.past = past;
    assert_eq!(breaches(&world), []);
}

#[test]
fn the_reason_says_what_earlier_runs_did() {
    let mut world = people(40);
    disable(&mut world, 4);
    world.memory.past = went(&world, &[]);
    let plan = world.plan();
    world.apply(&plan);
    disable(&mut world, 6);
    let breach = world.plan().breaches.remove(0);
    assert_eq!(
        breach.reason,
        "6 of 40 people would be made inactive or shut out (4 of them by runs of the last 7 days), 5 are allowed"
    );
    assert_eq!(breach.allow, "--allow deactivate=6");
}

#[test]
fn companies_that_are_not_planned_count_for_the_run() {
    let mut world = people(1);
    world.memory.counts.extend((0..20).map(|number| ((format!("Client {number}"), Side::Psa), 1)));
    disable(&mut world, 1);
    let own = went(&world, &[]);
    for number in 0..5 {
        world.memory.past.extend(own.iter().cloned().map(|each| {
            let mut each = Past { company: format!("Client {number}"), ..each };
            each.change.who.email = Some(format!("person{number}@client.example"));
            each
        }));
    }
    let outcome = world.plan();
    let whole: Vec<_> =
        outcome.breaches.iter().map(|breach| (breach.company.as_deref(), breach.count)).collect();
    assert_eq!(whole, [(None, 6)], "one of one is allowed, six of twenty-one are not");
}

#[test]
fn a_plan_that_adds_nothing_is_not_refused_for_what_was() {
    let mut world = people(2);
    disable(&mut world, 2);
    world.memory.past = went(&world, &[]);
    let plan = world.plan();
    world.apply(&plan);
    world.memory.past = world.memory.past.clone();
    assert_eq!(world.plan().breaches, []);
}

#[test]
fn a_saved_plan_is_judged_by_its_changes() {
    let mut world = people(40);
    disable(&mut world, 6);
    let mut outcome = world.plan();
    let judged = |outcome: &mut crate::plan::Outcome| {
        crate::reconcile::judge(outcome, &world.memory, &world.guards);
        outcome.breaches.iter().map(|breach| breach.measure).collect::<BTreeSet<_>>()
    };
    outcome.breaches.clear();
    assert_eq!(judged(&mut outcome), [Measure::Deactivate].into(), "whatever the file says of limits");
    outcome.companies[0].base = 1000;
    assert_eq!(judged(&mut outcome), BTreeSet::new());
    let mut world = world.clone();
    world.memory.counts.insert(("Contoso".into(), Side::Psa), 40);
    crate::reconcile::judge(&mut outcome, &world.memory, &world.guards);
    assert_eq!(outcome.breaches.len(), 1, "what is remembered of the company is believed before the file");
}

#[test]
fn one_value_for_most_people_is_noticed_in_small_companies_and_in_the_portal() {
    for (size, allowed) in [(5, 3), (10, 5), (40, 20)] {
        let mut world = people(size);
        world.guards.limits.remove(&Measure::Update);
        edit_users(&mut world.companies[0], |all| {
            all[..allowed].iter_mut().for_each(|user| user.fields.set(Field::LastName, "Ray"));
        });
        assert_eq!(breaches(&world), [], "{size}");
        edit_users(&mut world.companies[0], |all| all[allowed].fields.set(Field::LastName, "Ray"));
        assert_eq!(breaches(&world), [(Measure::SameValue, allowed + 1, allowed)], "{size}");
        let portal_alone = world.off(crate::model::Row::UpdateContact);
        assert_eq!(breaches(&portal_alone), [(Measure::SameValue, allowed + 1, allowed)], "{size}");
    }
}
