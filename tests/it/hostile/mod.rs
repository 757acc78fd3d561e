//! Services that misbehave, by fault or on purpose: each is one clear line, an end, and nothing written.

mod addresses;
mod bms;
mod bodies;
mod listings;
mod numbers;

use std::sync::Mutex;

use crsync_sandbox::{Answered, System};
use serde_json::Value;

use crate::conformance::Kit;
use crate::harness::{Run, World};

/// A small world whose configuration has these lines at its beginning as well.
fn world(lines: &str) -> World {
    let world = World::small();
    world.configure(|text| format!("retries = 0\n{lines}\n{text}"));
    world
}

/// Runs a sync of Contoso that must write nothing: exit code 8, one line that holds `what`, and not one write.
#[track_caller]
fn comes_to_nothing(world: &World, kit: &Kit, what: &str) -> Run {
    // Nor do earlier runs count: some services allow so many requests an hour.
    world.forget();
    let before = world.sandbox.snapshot();
    let run = world.sync(&["--psa", kit.id, "--company", "Contoso"]);
    assert_eq!(run.code, 8, "{} {what}: {}{}", kit.id, run.out, run.err);
    let errors: Vec<&str> = run.err.lines().filter(|line| line.starts_with("error: ")).collect();
    assert!(matches!(errors[..], [line] if line.contains(what)), "{} {what}: {}", kit.id, run.err);
    assert!(!run.err.contains("fault of crsync"), "{} {what}: {}", kit.id, run.err);
    let after = world.sandbox.snapshot();
    for part in [kit.part, "cloudradial", "graph"] {
        for records in ["contacts", "companies", "users", "tenants"] {
            assert!(before[part][records] == after[part][records], "{} {what}: {part} changed", kit.id);
        }
    }
    run
}

/// What is read of every side: the PSA's contacts, the portal's users, the tenant's users.
fn listings(kit: &Kit) -> [(System, &'static str); 3] {
    [(kit.system, kit.listing), (System::CLOUDRADIAL, "odata/user?"), (System::GRAPH, "$batch")]
}

/// Lets `change` edit an answer that is JSON; any other stays.
fn edit(answer: &mut Answered, change: impl FnOnce(&mut Value)) {
    if let Ok(mut value) = serde_json::from_slice(&answer.body) {
        change(&mut value);
        answer.body = value.to_string().into_bytes();
    }
}

/// Gives the first record that is offered, now and later: pages that were never there are made of it.
#[derive(Default)]
struct Template(Mutex<Value>);

impl Template {
    fn of(&self, offered: Option<&Value>) -> Value {
        let mut kept = self.0.lock().expect("no panic");
        if let Some(offered) = offered.filter(|_| kept.is_null()) {
            kept.clone_from(offered);
        }
        kept.clone()
    }
}

/// The page of users in an answer of Graph, alone or in a batch.
fn users(answer: &mut Value) -> Option<&mut Value> {
    if answer["responses"].is_array() {
        let mut parts = answer["responses"].as_array_mut()?.iter_mut();
        return parts.find(|part| part["id"] == "users").map(|part| &mut part["body"]);
    }
    answer["value"].is_array().then_some(answer)
}
