//! What a plan says that applying it costs is what applying it asks, request by request.
//!
//! Two worlds are the same: one is only read, the other is read and written. What the second is asked more is what
//! applying took.

use std::collections::BTreeMap;

use crsync_sandbox::System;
use serde_json::{Value, json};

use crate::conformance::{Kit, each, switch};
use crate::harness::{LIFTED, World};

/// Everything that costs requests of its own.
const ALL_ROWS: &str = "support-pin = true\nuser-details = true\npublish-pictures = true";

type Requests = BTreeMap<String, usize>;

/// Requests so far, by side.
fn asked(world: &World) -> Requests {
    let mut requests = Requests::new();
    for seen in world.sandbox.requests() {
        let side = match seen.system {
            System::ENTRA | System::GRAPH => "365",
            System::CLOUDRADIAL => "portal",
            _ => "psa",
        };
        *requests.entry(side.to_owned()).or_default() += 1;
    }
    requests
}

fn estimated(plan: &Value) -> Requests {
    serde_json::from_value(plan["estimate"]["requests"].clone()).expect("numbers by side")
}

/// What the plan says, and what applying it asked.
fn both(kit: &Kit, make: fn() -> World, rows: &str, args: &[&str]) -> (Requests, Requests) {
    let [read, written] = [make(), make()];
    if !rows.is_empty() {
        switch(&read, rows);
        switch(&written, rows);
    }
    let args = [&["--psa", kit.id][..], args].concat();
    let plan = read.diff(&args);
    assert_eq!(plan.code, 0, "{}", plan.err);
    let run = written.sync(&[&args[..], &LIFTED[..]].concat());
    assert!([0, 4].contains(&run.code), "{} {} {}", kit.id, run.code, run.err);
    let before = asked(&read);
    let taken = asked(&written).into_iter().map(|(side, count)| {
        let before = before.get(&side).copied().unwrap_or_default();
        (side, count - before)
    });
    (estimated(&plan.json()), taken.filter(|(_, count)| *count > 0).collect())
}

#[test]
fn a_plan_costs_what_it_says() {
    each(|kit| {
        let (said, taken) = both(kit, World::small, "", &[]);
        assert_eq!(said, taken, "{}", kit.id);
    });
}

#[test]
fn pins_details_and_pictures_cost_what_the_plan_says() {
    each(|kit| {
        let (said, taken) = both(kit, World::small, ALL_ROWS, &["--company", "Contoso"]);
        assert_eq!(said, taken, "{}", kit.id);
    });
}

/// Companies are worked on side by side, and their type of details is made by the first: whether another company is
/// searched for details before or after that is for the threads to decide. It is a listing for each company at most.
#[test]
fn a_large_msp_costs_nearly_what_the_plan_says() {
    let kit = crate::conformance::KITS.iter().find(|kit| kit.id == "autotask").expect("a kit");
    let (said, taken) = both(kit, World::new, ALL_ROWS, &[]);
    assert!(taken["portal"] > 1_000, "{taken:?}");
    for (side, taken) in &taken {
        let said = said.get(side).copied().unwrap_or_default();
        assert!(said.abs_diff(*taken) * 20 <= *taken, "{side}: {said} said, {taken} taken");
    }
    assert_eq!(said.len(), taken.len(), "{said:?} {taken:?}");
}

/// Applying begins with a look at the one user, which reading never asks for alone.
#[test]
fn what_a_person_asks_for_costs_what_is_said() {
    let world = World::small();
    let run = world.run(&[
        "self-service",
        "--yes",
        "--company",
        "Contoso",
        "--user",
        "lena.ortiz@contoso.example",
        "--set",
        "title=Head of Planning",
    ]);
    assert_eq!(run.code, 0, "{}", run.err);
    let seen = world.sandbox.requests();
    let begun = seen.iter().position(|seen| seen.system == System::GRAPH && seen.path.contains("/users/"));
    let taken =
        |system: System| seen[begun.expect("a look")..].iter().filter(|seen| seen.system == system).count();
    let [tenant, psa, portal] = [System::GRAPH, System::AUTOTASK, System::CLOUDRADIAL].map(taken);
    let said = format!("(requests: 365: {tenant}, Autotask: {psa}, portal: {portal})");
    assert!(run.out.contains(&said), "{said} {}", run.out);
}

#[test]
fn a_plan_of_nothing_costs_nothing() {
    let world = World::small();
    let contoso = ["--company", "Contoso"];
    assert_eq!(world.sync(&[&contoso[..], &LIFTED[..]].concat()).code, 0);
    let plan = world.diff(&contoso).json();
    assert_eq!(plan["totals"]["changes"], json!({}));
    assert_eq!(plan["estimate"], json!({"requests": {}, "seconds": 0}));
}
