//! A service that carries out a write long after it arrived: the client gives up or is killed, another run comes before
//! the write is carried out, and one after it. No person gets two records, and in the end everything agrees.

use std::time::Duration;

use crsync_sandbox::{Effect, Fault, Flow, Moment, Seen};
use serde_json::Value;

use crate::conformance::{KITS, contoso};
use crate::crash::{Kill, killed, sync};
use crate::harness::Run;
use crate::scene::{self, Scene, each};

/// When the run after it comes.
const EARLY: Duration = Duration::from_secs(30);

/// How long after that the write is carried out, 90 s after it arrived.
const UNTIL_LATE: Duration = Duration::from_secs(60);

fn writes(scene: &Scene) -> Vec<&Seen> {
    scene.fair.asked.iter().filter(|seen| scene::write(seen).is_some()).collect()
}

/// Lets the `nth` write, from 1, be carried out when the sandbox is told to.
fn hold(scene: &Scene, nth: usize) {
    let count = std::sync::atomic::AtomicUsize::new(0);
    scene.world.sandbox.watch(move |seen, moment| {
        let is_write = moment == Moment::Before && scene::write(seen).is_some();
        let is_it = is_write && count.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1 == nth;
        if is_it { Flow::Later } else { Flow::On }
    });
}

/// The runs after one whose write is still on its way, and the write between them. What is wrong with them?
fn ends_well(scene: &Scene, what: &str) -> Result<(), String> {
    let wrong = |why: String, run: &Run| Err(format!("{what}: {why}\n{}", run.err));
    scene.world.sandbox.watch(|_, _| Flow::On);
    scene.world.clock.pass(EARLY);
    let early = scene.sync();
    if !scene.doubled().is_empty() {
        return wrong(format!("two new records for {:?} too early", scene.doubled()), &early);
    }
    scene.world.clock.pass(UNTIL_LATE);
    if scene.world.sandbox.carry_out() != 1 {
        return wrong("no write was on its way".to_owned(), &early);
    }
    scene.sync();
    scene.world.let_requests_end();
    let last = scene.sync();
    if !scene.doubled().is_empty() {
        return wrong(format!("two new records for {:?}", scene.doubled()), &last);
    }
    let twice = entries_twice(&scene::written(&scene.world));
    if !twice.is_empty() {
        return wrong(format!("there twice: {twice:?}"), &last);
    }
    if last.code != scene.fair.code || scene.records() != scene.fair.records {
        return wrong(format!("the last run exits with {}", last.code), &last);
    }
    let (_, pending) = scene.pending();
    if !pending.is_empty() {
        return wrong(format!("a diff would still do {pending:?}"), &last);
    }
    match scene.journal().concat().iter().find(|entry| entry["settled"].is_null()) {
        Some(open) => wrong(format!("{} is not settled", open["change"]["key"]), &last),
        None => Ok(()),
    }
}

/// Entries of lists of contacts (addresses, numbers, notes) that are there twice but for their number.
fn entries_twice(state: &Value) -> Vec<String> {
    let mut twice = Vec::new();
    for part in KITS[1..].iter().map(|kit| kit.part) {
        for (name, records) in state[part].as_object().expect("kinds of records") {
            for record in records.as_object().into_iter().flatten().map(|(_, record)| record) {
                within(record, &mut |list| {
                    let mut seen: Vec<Value> = Vec::new();
                    for entry in list.iter().filter(|entry| entry.is_object()) {
                        let mut bare = entry.clone();
                        bare.as_object_mut().expect("an object").remove("id");
                        if seen.contains(&bare) {
                            twice.push(format!("{part} {name} {bare}"));
                        }
                        seen.push(bare);
                    }
                });
            }
        }
    }
    twice
}

fn within(value: &Value, look: &mut impl FnMut(&[Value])) {
    match value {
        Value::Array(list) => {
            look(list);
            for value in list {
                within(value, look);
            }
        }
        Value::Object(map) => {
            for value in map.values() {
                within(value, look);
            }
        }
        _ => {}
    }
}

#[test]
fn a_write_that_is_carried_out_after_the_client_gave_up_makes_no_second_record() {
    for chosen in &contoso().collect::<Vec<_>>() {
        let points: Vec<usize> = (1..=writes(&Scene::new(chosen)).len()).collect();
        each(chosen, &points, |scene, nth| {
            scene.start_over();
            hold(scene, *nth);
            let run = scene.sync();
            if scene.writes_one_by_one() && ![0, 4, 7].contains(&run.code) {
                return Err(format!("write {nth}: the first run exits with {}: {}", run.code, run.err));
            }
            ends_well(scene, &format!("write {nth}"))
        });
    }
}

#[test]
fn nor_does_one_that_is_carried_out_after_the_client_was_killed() {
    for chosen in &contoso().collect::<Vec<_>>() {
        let scene = Scene::new(chosen);
        let creates = |(nth, seen): (usize, &Seen)| scene::write(seen)?.1.then_some(nth + 1);
        let points: Vec<usize> = writes(&scene).into_iter().enumerate().filter_map(creates).collect();
        drop(scene);
        each(chosen, &points, |scene, nth| {
            scene.start_over();
            killed(&scene.world, &mut sync(scene), Kill::Late(*nth));
            ends_well(scene, &format!("killed at write {nth}"))
        });
    }
}

#[test]
fn a_refusal_that_comes_after_the_deed_is_not_believed() {
    for chosen in &contoso().collect::<Vec<_>>() {
        let scene = Scene::new(chosen);
        let asked = &scene.fair.asked;
        let creates = |(place, seen): (usize, &Seen)| {
            let alike = |other: &&Seen| other.system == seen.system && other.path.contains(&seen.path);
            let before = asked[..place].iter().filter(alike).count();
            scene::write(seen)?.1.then(|| (seen.clone(), u32::try_from(before).expect("few") + 1))
        };
        let all: Vec<(Seen, u32)> = asked.iter().enumerate().filter_map(creates).collect();
        let points: Vec<(Seen, u32, u16)> = all
            .into_iter()
            .flat_map(|(seen, nth)| [429, 500, 503].map(|status| (seen.clone(), nth, status)))
            .collect();
        drop(scene);
        each(chosen, &points, |scene, (seen, nth, status)| {
            scene.start_over();
            scene.world.configure(|text| format!("retries = 3\n{text}"));
            let effect = Effect::AnswerAfter { status: *status, headers: Vec::new(), body: String::new() };
            let Seen { system, path, .. } = seen;
            scene.world.sandbox.set_faults(vec![Fault {
                system: *system,
                path: path.clone(),
                nth: Some(*nth),
                effect,
            }]);
            let wrong = |what: String| Err(format!("{seen:?} {nth} {status}: {what}"));
            scene.sync();
            scene.world.sandbox.set_faults(Vec::new());
            scene.sync();
            if !scene.doubled().is_empty() {
                return wrong(format!("two new records for {:?}", scene.doubled()));
            }
            scene.world.let_requests_end();
            let last = scene.sync();
            if !scene.doubled().is_empty() || !entries_twice(&scene::written(&scene.world)).is_empty() {
                return wrong(format!("two new records for {:?}", scene.doubled()));
            }
            if last.code != scene.fair.code || scene.records() != scene.fair.records {
                return wrong(format!("the last run exits with {}: {}", last.code, last.err));
            }
            Ok(())
        });
    }
}
