//! Writes go side by side, and no service gets more requests at the same time than it takes.

use std::time::Duration;

use crsync::plan::Settlement;
use crsync_sandbox::{Effect, Fault, Seen, System};
use serde_json::Value;

use crate::conformance::each;
use crate::harness::{World, client, settled};

/// How long the answer to a write takes: long enough that what is sent side by side meets.
const LATENCY: Duration = Duration::from_millis(200);

/// Everybody changes, which guards would refuse.
const LIFTED: [&str; 2] = ["--allow", "update=9999"];

/// Two clients of twelve people who all have a new title in 365.
fn promoted() -> World {
    let world = World::of(&[client("Alpha", 31, 12, ""), client("Beta", 32, 12, "")]);
    let promote = |state: &mut Value| {
        for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut() {
            for (place, user) in tenant["users"].as_array_mut().expect("users").iter_mut().enumerate() {
                user["jobTitle"] = format!("Chief {place}").into();
            }
        }
    };
    world.sandbox.edit_of(&[System::GRAPH], promote).expect("still a world");
    world
}

fn slow(system: System, path: &str, nth: Option<u32>) -> Fault {
    Fault { system, path: path.to_owned(), nth, effect: Effect::Slow(LATENCY) }
}

#[test]
fn as_many_writes_go_side_by_side_as_a_service_takes_and_no_more() {
    each(|kit| {
        let world = promoted();
        let (path, user) = (kit.writes.1, "/v2/user/");
        world.sandbox.set_faults(vec![slow(kit.system, path, None), slow(System::CLOUDRADIAL, user, None)]);
        let run = world.sync(&[&["--psa", kit.id][..], &LIFTED].concat());
        assert_eq!(run.code, 0, "{} {}", kit.id, run.err);
        let most_of = |system, path| {
            let is_one =
                |seen: &Seen| seen.system == system && seen.method != "GET" && seen.path.contains(path);
            world.sandbox.most_at_once(is_one)
        };
        let (contacts, users) = (most_of(kit.system, path), most_of(System::CLOUDRADIAL, user));
        assert_eq!((contacts, users), (kit.writes.0, 4), "{}: over both clients", kit.id);
        let all = world.sandbox.most_at_once(|seen| seen.system == System::CLOUDRADIAL);
        assert!(all <= 4, "{}: {all} requests of the portal, those that read counted as well", kit.id);
    });
}

#[test]
fn whatever_ends_first_the_journal_and_the_report_keep_the_order_of_the_plan() {
    let world = promoted();
    let alpha = [&["--company", "Alpha"][..], &LIFTED].concat();
    let plan = world.diff(&["--company", "Alpha"]).json();
    // The first of every three is answered last.
    let slow = |nth| slow(System::AUTOTASK, "Companies/262/Contacts", Some(nth));
    world.sandbox.set_faults((1..12).step_by(3).map(slow).collect());
    let run = world.sync(&alpha);
    assert_eq!(run.code, 0, "{}", run.err);
    let planned = plan["companies"][0]["changes"].as_array().expect("changes").iter();
    let planned: Vec<&str> = planned.map(|change| change["key"].as_str().expect("a key")).collect();
    let report = world.journal("last");
    let made: Vec<&str> = report.entries.iter().map(|entry| entry.change.key.0.as_str()).collect();
    assert_eq!(made, planned);
    assert_eq!(settled(&report, Settlement::Done).len(), planned.len());
}
