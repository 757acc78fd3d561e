//! Planning takes twice as much for twice as many people, at most, in every stage of it. What is counted is memory asked
//! for, how often and how much, and not time, so that it is the same on every machine. Every stage is counted at two
//! sizes.
//!
//! Independent companies are planned side by side, and the plan is then the same, byte for byte.

#![allow(missing_docs, clippy::expect_used)] // a test says what must hold

#[path = "../benches/world/mod.rs"]
mod world;

use std::alloc::System;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::thread;

use crsync::model::{Id, Look, Side};
use crsync::plan::CompanyMemory;
use crsync::reconcile::{
    AllCompanies, Decision, Each, FollowUp, Linked, Pin, Split, Stated, link, link_each,
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use world::{People, Size, World};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Whatever is counted is counted alone.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

const PEOPLE: usize = 1_500;

fn size(people: usize, are: People) -> Size {
    Size { companies: 1, people, portal: true, are }
}

/// How often memory is asked for, and how much of it.
fn counted<T>(work: impl FnOnce() -> T) -> [usize; 2] {
    let region = Region::new(COUNTING);
    let done = work();
    let change = region.change();
    drop(done);
    [change.allocations + change.reallocations, change.bytes_allocated]
}

/// Counts `stage` in a world of some size and in one of twice the size.
#[track_caller]
fn grows_with_the_people(what: &str, world: impl Fn(usize) -> World, stage: impl Fn(&World) -> [usize; 2]) {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let once = [PEOPLE, 2 * PEOPLE].map(|people| {
        let world = world(people);
        // What is made once in a process is no part of it.
        stage(&world);
        stage(&world)
    });
    for (unit, at) in [("allocations", 0), ("bytes", 1)] {
        let (small, large) = (once[0][at], once[1][at]);
        // A few more for lists that grow, and for what is there whatever the size.
        let most = small * 2 + small * 15 / 100 + 64;
        assert!(large <= most, "{what}: {small} {unit} for {PEOPLE} people, {large} for twice as many");
    }
}

/// Looks at every user who seems to have left, and finds what the listing says.
fn looked(linked: &Linked<'_>) -> FollowUp {
    let mut follow_up = FollowUp::default();
    for wanted in linked.looks_wanted() {
        let look = Look::Here { enabled: Some(false), licences: None };
        follow_up.looks.add(wanted.tenant, BTreeMap::from([(wanted.user, look)]));
    }
    follow_up
}

/// A world in which a plan was made and remembered.
fn remembered(people: usize) -> World {
    let mut world = World::new(size(people, People::Agreeing));
    let known = {
        let input = world.input();
        let linked = link(&input);
        linked.plan(&looked(&linked)).known
    };
    for CompanyMemory { company, links, counts, licences, .. } in known {
        world.memory.counts.extend(counts.into_iter().map(|(side, count)| ((company.clone(), side), count)));
        world.memory.licences.extend(licences.map(|rule| (company.clone(), rule)));
        world.memory.links.insert(company, links);
    }
    world
}

/// A world with a decision for every tenth person, of every sort, of which none matches.
fn decided(people: usize) -> World {
    let mut world = World::new(size(people, People::Agreeing));
    let side = world.companies[0].tenant.complete().expect("complete");
    let users: Vec<Id> = side.users.items().iter().map(|user| user.id.clone()).step_by(10).collect();
    let contacts = world.companies[0].psa.complete().expect("complete").contacts.items();
    let contacts: Vec<Id> = contacts.iter().map(|contact| contact.id.clone()).step_by(7).collect();
    let pairs = || users.iter().cloned().zip(contacts.iter().rev().cloned());
    let splits = pairs().map(|(user, contact)| Decision::Split(Split { user, contact }));
    let pins = pairs().map(|(user, _)| Decision::Pin(Pin { user, contact: Id::from("none") }));
    let ignored = users.iter().map(|user| Decision::IgnoreRecord(Side::Portal, user.clone()));
    let names = (0..users.len()).map(|number| Decision::Ignore(format!("q{number}")));
    let all: Vec<Decision> = splits.chain(pins).chain(ignored).chain(names).collect();
    let stated = all.iter().cloned().enumerate().map(|(line, decision)| Stated {
        file: "decisions.toml".to_owned(),
        line,
        rule: crsync::reconcile::Rule::Decision(decision),
    });
    world.decisions.stated = stated.collect();
    world.decisions.extend(all);
    world
}

#[test]
fn linking_grows_with_the_people() {
    for (what, are) in
        [("agreeing", People::Agreeing), ("alone", People::Alone), ("clashing", People::Clashing)]
    {
        let stage = |world: &World| counted(|| link(&world.input()).unread().count());
        grows_with_the_people(&format!("linking, {what}"), |people| World::new(size(people, are)), stage);
    }
    grows_with_the_people("linking, remembered", remembered, |world| {
        counted(|| link(&world.input()).unread().count())
    });
    grows_with_the_people("linking, decided", decided, |world| {
        counted(|| link(&world.input()).unread().count())
    });
}

#[test]
fn merging_changes_guards_and_memory_grow_with_the_people() {
    let stage = |world: &World| {
        let input = world.input();
        let linked = link(&input);
        let follow_up = looked(&linked);
        counted(|| linked.plan(&follow_up))
    };
    for (what, are) in
        [("agreeing", People::Agreeing), ("alone", People::Alone), ("clashing", People::Clashing)]
    {
        grows_with_the_people(&format!("planning, {what}"), |people| World::new(size(people, are)), stage);
    }
    grows_with_the_people("planning, remembered", remembered, stage);
    grows_with_the_people("planning, decided", decided, stage);
}

#[test]
fn what_is_read_after_linking_grows_with_the_people() {
    let agreeing = |people| World::new(size(people, People::Agreeing));
    grows_with_the_people("looks, pins and pictures", agreeing, |world| {
        let input = world.input();
        let linked = link(&input);
        counted(|| (linked.looks_wanted(), linked.pins_wanted(), linked.pictures_wanted()))
    });
}

#[test]
fn the_answers_to_people_grow_with_the_people() {
    for (what, are) in
        [("agreeing", People::Agreeing), ("alone", People::Alone), ("clashing", People::Clashing)]
    {
        let world = |people| World::new(size(people, are));
        grows_with_the_people(&format!("the people table, {what}"), world, |world| {
            let input = world.input();
            let linked = link(&input);
            counted(|| linked.people())
        });
        grows_with_the_people(&format!("questions, {what}"), world, |world| {
            let input = world.input();
            let linked = link(&input);
            counted(|| linked.questions())
        });
        grows_with_the_people(&format!("an explanation, {what}"), world, |world| {
            let input = world.input();
            let linked = link(&input);
            counted(|| linked.explain("p3.ber@client0.example", &FollowUp::default()))
        });
    }
    grows_with_the_people("findings about decisions", decided, |world| {
        let input = world.input();
        let linked = link(&input);
        counted(|| linked.findings())
    });
}

#[test]
fn everything_grows_with_the_companies() {
    let world = |people: usize| {
        World::new(Size { companies: people / 10, people: 4, portal: true, are: People::Agreeing })
    };
    grows_with_the_people("whose records a company's are", world, |world| {
        let input = world.input();
        counted(|| {
            let all = AllCompanies::new(&input);
            input.companies.iter().map(|own| all.conflicts(own).len()).sum::<usize>()
        })
    });
    grows_with_the_people("all companies", world, |world| {
        let input = world.input();
        counted(|| {
            let linked = link(&input);
            linked.plan(&looked(&linked))
        })
    });
}

/// So many threads, of which each takes every so-manieth company.
struct Threads(usize);

impl Each for Threads {
    fn each<'t, T: Sync, R: Send>(&self, items: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
        let work = &work;
        let mut done: Vec<(usize, R)> = thread::scope(|scope| {
            let threads: Vec<_> = (0..self.0)
                .map(|first| {
                    scope.spawn(move || {
                        let own = items.iter().enumerate().skip(first).step_by(self.0);
                        own.map(|(index, item)| (index, work(item))).collect::<Vec<_>>()
                    })
                })
                .collect();
            threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
        });
        done.sort_by_key(|(index, _)| *index);
        done.into_iter().map(|(_, result)| result).collect()
    }
}

#[test]
fn companies_planned_side_by_side_give_the_same_plan() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let world = World::new(Size { companies: 23, people: 60, portal: true, are: People::Agreeing });
    let input = world.input();
    let in_turn = link(&input);
    let follow_up = looked(&in_turn);
    let plan = in_turn.plan(&follow_up);
    let text = |plan: &crsync::reconcile::Reconciled| {
        serde_json::to_string(&(&plan.outcome, &plan.known)).expect("a plan has a JSON form")
    };
    assert!(
        plan.outcome.companies.iter().all(|company| !company.changes.is_empty()),
        "a plan worth comparing"
    );
    for threads in [1, 2, 5] {
        let how = Threads(threads);
        let linked = link_each(&input, &how);
        assert_eq!(text(&linked.into_plan(&follow_up, &how)), text(&plan), "{threads} threads");
    }
}
