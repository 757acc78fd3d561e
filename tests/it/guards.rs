//! Limits that look back: what earlier runs did counts together with the plan, whatever is chosen.

use serde_json::Value;

use crate::conformance::{Kit, each, with_line};
use crate::harness::{World, client};

/// Blocks the sign-in of the first `count` people of Alder.
fn disable(world: &World, count: usize) {
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id");
        let alder = tenants.values_mut().find(|tenant| tenant["name"] == "Alder").expect("the client");
        for user in alder["users"].as_array_mut().expect("users").iter_mut().take(count) {
            user["accountEnabled"] = Value::Bool(false);
        }
    });
}

/// Disables one person more every night, and returns the exit codes of the nights.
fn nights(kit: &Kit, size: usize, nights: usize, args: &[&str]) -> Vec<u8> {
    let world = World::of(&[client("Alder", 20, size, ""), client("Birch", 21, 40, "")]);
    let first = world.sync(&["--psa", kit.id]);
    assert_eq!(first.code, 0, "{}: {}{}", kit.id, first.out, first.err);
    let night = |count| {
        disable(&world, count);
        world.sync(&[&["--psa", kit.id], args].concat()).code
    };
    (1..=nights).map(night).collect()
}

#[test]
fn one_leaver_a_night_is_refused_once_the_limit_of_a_week_is_reached() {
    each(|kit| {
        for (size, allowed) in [(1, 1), (2, 1), (5, 1), (10, 2)] {
            let codes = nights(kit, size, (allowed + 1).min(size), &[]);
            let expected: Vec<u8> =
                (1..=codes.len()).map(|night| if night <= allowed { 0 } else { 5 }).collect();
            assert_eq!(codes, expected, "{} people, {}", size, kit.id);
        }
    });
}

#[test]
fn a_company_that_is_renamed_has_the_same_limit() {
    let world = World::of(&[client("Alder", 20, 5, ""), client("Birch", 21, 40, "")]);
    assert_eq!(world.sync(&[]).code, 0);
    disable(&world, 1);
    assert_eq!(world.sync(&[]).code, 0);
    world.configure(|text| text.replacen("name = \"Alder\"", "name = \"Alder and Sons\"", 1));
    disable(&world, 2);
    let run = world.sync(&[]);
    assert_eq!(run.code, 5, "{}{}", run.out, run.err);
}

#[test]
fn choosing_a_company_does_not_get_around_the_limit_of_the_run() {
    each(|kit| {
        let clients: Vec<String> =
            (0..8).map(|number| client(&format!("Client{number}"), 20 + number, 2, "")).collect();
        let world = World::of(&clients);
        assert_eq!(world.sync(&["--psa", kit.id]).code, 0, "{}", kit.id);
        let mut codes = Vec::new();
        for number in 0..8 {
            world.edit(|state| {
                let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id");
                let name = format!("Client{number}");
                let tenant = tenants.values_mut().find(|tenant| tenant["name"] == name.as_str());
                tenant.expect("the client")["users"][0]["accountEnabled"] = Value::Bool(false);
            });
            codes.push(world.sync(&["--psa", kit.id, "--company", &format!("Client{number}")]).code);
        }
        // One of two may leave in each, four of the sixteen of all of them.
        assert_eq!(codes, [0, 0, 0, 0, 5, 5, 5, 5], "{}", kit.id);
    });
}

#[test]
fn what_was_allowed_once_is_not_asked_for_again() {
    let world = World::of(&[client("Alder", 20, 10, "")]);
    assert_eq!(world.sync(&[]).code, 0);
    disable(&world, 4);
    assert_eq!(world.sync(&[]).code, 5);
    assert_eq!(world.sync(&["--allow", "deactivate=4"]).code, 0);
    disable(&world, 5);
    assert_eq!(world.sync(&[]).code, 0, "one more");
}

#[test]
fn a_saved_plan_is_judged_anew_when_it_is_loaded() {
    let world = World::of(&[client("Alder", 20, 10, ""), client("Birch", 21, 40, "")]);
    assert_eq!(world.sync(&[]).code, 0);
    disable(&world, 2);
    let plan = world.plan(&[]);
    let kept = std::fs::read_to_string(&plan).expect("the plan");
    disable(&world, 1);
    assert_eq!(world.sync(&[]).code, 0, "one of the two is made inactive by another run");
    std::fs::write(&plan, kept).expect("a writable folder");
    disable(&world, 3);
    let later = world.sync(&[]);
    assert_eq!(later.code, 5, "three in a week: {}", later.out);
    let loaded = world.sync(&["--plan", &plan]);
    assert_ne!(loaded.code, 5, "two people in all: {}{}", loaded.out, loaded.err);
}

#[test]
fn the_window_is_a_setting_and_shorter_than_a_day_is_refused() {
    let world = World::of(&[client("Alder", 20, 10, "")]);
    world.configure(|text| format!("{text}\n[guards]\nwindow = \"1h\"\n"));
    let run = world.diff(&[]);
    assert_eq!(run.code, 2, "{}", run.out);
    assert!(run.err.contains("window is shorter than a day"), "{}", run.err);
    world.configure(|text| {
        format!("{}\n[guards]\nwindow = \"1d\"\nblank = 1\n", with_line(&text, "sync", ""))
    });
    assert_eq!(world.diff(&[]).code, 0);
}
