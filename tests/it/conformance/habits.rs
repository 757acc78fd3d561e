//! Services that answer in another of their known forms: crsync reads and writes the same.

use serde_json::{Value, json};

use super::{Kit, each};
use crate::harness::{LIFTED, World, client};

const LEA: &str = "lea@alder.example";

/// Alder, where Lea has a new title and Ole is new, with `value` in the place of a habit of one service.
fn syncs(kit: &Kit, part: &str, habit: &str, value: &Value) {
    let people = "
[[person]]
like-user = [\"contact\", \"portal\"]
user = { upn = \"lea@alder.example\", first = \"Lea\", last = \"Vander\", title = \"Buyer\" }
[[person]]
user = { upn = \"ole@alder.example\", first = \"Ole\", last = \"Lund\" }
";
    let world = World::of(&[client("Alder", 20, 3, people)]);
    world.edit(|state| {
        assert!(state[part].get(habit).is_some(), "{part} has no {habit}");
        state[part][habit] = value.clone();
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut();
        let mut users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
        let lea = users.find(|user| user["userPrincipalName"] == LEA).expect("Lea");
        lea["jobTitle"] = json!("Director");
    });
    let of = format!("{} with {part}'s {habit} {value}", kit.id);
    let run = world.sync(&[&["--psa", kit.id][..], &LIFTED].concat());
    assert_eq!(run.code, 0, "{of}: {} {}", run.out, run.err);
    let state = world.sandbox.snapshot();
    assert!(kit.contact(&state, LEA).1.to_string().contains("Director"), "{of}");
    kit.contact(&state, "ole@alder.example");
    let again = world.run(&["diff", "--psa", kit.id, "--exit-code"]);
    assert_eq!(again.code, 0, "{of}: {}", again.out);
}

#[test]
fn every_known_form_of_answers_leads_to_the_same() {
    each(|kit| {
        for (habit, value) in kit.habits {
            syncs(kit, kit.part, habit, &json!(value));
        }
    });
}

#[test]
fn records_of_the_portal_come_with_and_without_what_is_around_them() {
    each(|kit| {
        for form in ["Wrapped", "Bare"] {
            syncs(kit, "cloudradial", "envelope", &json!(form));
        }
    });
}
