//! How far a run is, in a line every half a minute, where there is no terminal to draw on.

use std::time::Duration;

use crsync_sandbox::System;
use serde_json::Value;

use crate::harness::{LIFTED, Run, World};

/// Runs `crsync` while each batch of requests to 365 takes 20 seconds.
fn slowly(args: &[&str]) -> Run {
    let world = World::small();
    let clock = world.clock.clone();
    world.rewrite(System::GRAPH, "$batch", move |_, _| clock.pass(Duration::from_secs(20)));
    let run = world.run(args);
    assert_eq!(run.code, 0, "{}", run.err);
    run
}

#[test]
fn a_line_says_what_was_counted_and_how_much_time_is_left() {
    let run = slowly(&["diff"]);
    let lines: Vec<&str> = run.err.lines().collect();
    assert!(!lines.is_empty(), "{}", run.err);
    for line in &lines {
        assert!(line.starts_with("reading: ") && line.contains(" request"), "{line}");
    }
    let is_of_all =
        |line: &&&str| line.contains("/5 tenants") && line.contains("; PSA ") && line.contains("; portal ");
    assert!(lines.iter().any(|line| is_of_all(&line)), "{}", run.err);
}

#[test]
fn a_program_gets_objects_and_who_wants_quiet_nothing() {
    let run = slowly(&["diff", "--log-format", "json"]);
    let lines: Vec<Value> =
        run.err.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect();
    let is_progress =
        |line: &&Value| line["message"].as_str().is_some_and(|text| text.starts_with("reading: "));
    assert!(lines.iter().filter(is_progress).all(|line| line["level"] == "info"));
    assert!(lines.iter().filter(is_progress).count() > 0, "{}", run.err);
    assert_eq!(slowly(&["diff", "--quiet"]).err, "");
}

#[test]
fn a_run_of_less_than_half_a_minute_says_nothing() {
    let world = World::small();
    assert_eq!(world.run(&["diff"]).err, "");
}

#[test]
fn the_pins_of_portal_users_that_were_just_made_are_counted_as_well() {
    let world = World::small();
    world.configure(|text| text.replace("[sync]\n", "[sync]\nsupport-pin = true\n"));
    let clock = world.clock.clone();
    // A portal user by itself, as its PIN is read.
    world.rewrite(System::CLOUDRADIAL, "/v2/user/", move |_, _| clock.pass(Duration::from_secs(40)));
    let run = world.sync(&[&["--company", "Contoso"][..], &LIFTED].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    let lines: Vec<&str> = run.err.lines().collect();
    let applied =
        lines.iter().rposition(|line| line.starts_with("apply: ")).expect("changes take long as well");
    let after = &lines[applied + 1..];
    assert!(
        after.iter().any(|line| line.starts_with("reading: portal ") && line.contains(" PINs")),
        "{lines:?}"
    );
}
