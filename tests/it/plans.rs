//! `crsync sync --plan FILE` applies exactly what was looked at, once, and refuses everything else.

use std::path::Path;

use crsync::plan::{Plan, Settlement};
use serde_json::json;

use crate::conformance::KITS;
use crate::harness::{Run, World, fates, settled};

const CONTOSO: &[&str] = &["--company", "Contoso"];

fn digest(file: &str) -> String {
    Plan::read(Path::new(file)).expect("a plan").digest
}

/// The run ended with this code and one line that says why, wrote nothing, and left nothing in the journal.
#[track_caller]
fn refused(world: &World, run: &Run, code: u8, why: &str) {
    assert_eq!((run.code, run.out.as_str()), (code, ""), "{}", run.err);
    let lines: Vec<&str> = run.err.lines().filter(|line| !line.starts_with("  because: ")).collect();
    assert_eq!(lines.len(), 2, "{}", run.err);
    assert!(lines[0].starts_with("error: ") && lines[0].contains(why), "{}", run.err);
    assert!(lines[1].starts_with("  next: "), "{}", run.err);
    assert_eq!(world.writes(), []);
    assert_eq!(world.runs(), Vec::<String>::new());
}

#[test]
fn a_plan_is_applied_as_it_was_saved_and_only_once() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    // What the plan would be by now is of no matter.
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut();
        for user in tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users")) {
            if user["jobTitle"] == "Head of Service" {
                user["jobTitle"] = json!("Head of Everything");
            }
        }
    });
    let run = world.sync(&["--plan", &plan]);
    assert_eq!(run.code, 0, "{}", run.err);
    let report = world.journal("last");
    assert_eq!(report.header.plan, digest(&plan));
    assert_eq!(settled(&report, Settlement::Done).len(), 17);
    assert_eq!(world.writes().len(), 17);
    let state = world.sandbox.snapshot();
    assert_eq!(state["autotask"]["contacts"]["1740004"]["fields"]["title"], "Head of Service");

    let again = world.sync(&["--plan", &plan]);
    assert_eq!(again.code, 6);
    let expected = format!(
        "error: the plan {plan} was applied already, by run {}\n  \
         next: make a new one with `crsync diff --save-plan FILE`\n",
        report.header.id
    );
    assert_eq!(again.err, expected);
    assert_eq!(world.writes().len(), 17);
    assert_eq!(world.runs().len(), 1);
}

#[test]
fn what_a_plan_wrote_is_remembered_as_if_it_had_been_planned_then() {
    let [planned, synced] = [World::new(), World::new()];
    let plan = planned.plan(CONTOSO);
    assert_eq!(planned.sync(&["--plan", &plan]).code, 0);
    assert_eq!(synced.sync(CONTOSO).code, 0);
    let next = |world: &World| world.diff(CONTOSO).json()["companies"].clone();
    assert_eq!(next(&planned), next(&synced));
}

#[test]
fn an_edited_plan_is_refused() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    let text = std::fs::read_to_string(&plan).expect("the plan");
    std::fs::write(&plan, text.replace("Head of Service", "Head of Mischief")).expect("a writable folder");
    refused(&world, &world.sync(&["--plan", &plan]), 2, "was edited after it was made");
    // Its own digest is of no use: anyone can compute one.
    std::fs::write(&plan, &text).expect("a writable folder");
    let mut forged = Plan::read(Path::new(&plan)).expect("a plan");
    forged.outcome.companies[0].changes.pop().expect("a change");
    let Plan { outcome, known, created, psa, config, state, seal, .. } = forged;
    let forged = Plan { state, seal, ..Plan::new(outcome, known, created, &psa, &config) };
    assert!(forged.is_intact());
    std::fs::write(&plan, serde_json::to_string(&forged).expect("JSON")).expect("a writable folder");
    refused(&world, &world.sync(&["--plan", &plan]), 2, "was edited after it was made");
    let text = text.replacen("\"schema\": ", "\"schema\": 9", 1);
    std::fs::write(&plan, text).expect("a writable folder");
    refused(&world, &world.sync(&["--plan", &plan]), 2, "is of another version");
}

#[test]
fn a_plan_of_an_older_form_is_refused_as_such() {
    let world = World::small();
    let plan = world.plan(CONTOSO);
    let text = std::fs::read_to_string(&plan).expect("the plan");
    let mut older: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    older["schema"] = json!(3);
    for field in ["state", "seal"] {
        older.as_object_mut().expect("fields").remove(field).expect("a field of the new form");
    }
    std::fs::write(&plan, older.to_string()).expect("a writable folder");
    refused(&world, &world.sync(&["--plan", &plan]), 2, "is of another version");
}

#[test]
fn a_plan_that_another_state_made_is_refused() {
    let mut world = World::small();
    let plan = world.plan(CONTOSO);
    let elsewhere = world.path("elsewhere").display().to_string();
    world.env.insert("CRSYNC_STATE".to_owned(), elsewhere);
    let why = "was made with another state folder than this one";
    refused(&world, &world.sync(&["--plan", &plan]), 2, why);
    let other = world.path("other.json").display().to_string();
    assert_eq!(world.diff(&[CONTOSO, &["--save-plan", &other]].concat()).code, 0);
    refused(&world, &world.sync(&["--plan", &plan]), 2, why);
    assert_eq!(world.sync(&["--plan", &other]).code, 0);
}

#[test]
fn an_old_plan_is_refused() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    let run = world.sync(&["--plan", &plan, "--max-plan-age", "0s"]);
    refused(&world, &run, 6, " s old, no more than 0 s are allowed");
    let run = world.sync(&["--max-plan-age", "1h"]);
    assert_eq!(run.code, 2, "without a plan there is no age: {}", run.err);
    assert_eq!(world.sync(&["--plan", &plan, "--max-plan-age", "1h"]).code, 0);
}

#[test]
fn a_plan_of_another_configuration_is_refused() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    world.configure(|text| format!("# Another one.\nretries = 0\n{text}"));
    refused(&world, &world.sync(&["--plan", &plan]), 6, "was made with another configuration");
}

#[test]
fn a_plan_for_another_psa_is_refused() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    let run = world.sync(&["--plan", &plan, "--psa", KITS[1].id]);
    refused(&world, &run, 6, &format!("is for {}, not for {}", KITS[0].id, KITS[1].id));
}

#[test]
fn a_file_that_is_no_plan_is_refused() {
    let world = World::new();
    let nowhere = world.path("nowhere.json").display().to_string();
    refused(&world, &world.sync(&["--plan", &nowhere]), 2, "nowhere.json cannot be read");
    let what = "other.json is no plan of crsync";
    let report = "other.json is a report of crsync as JSON";
    for (text, what) in [
        ("", what),
        ("{}", what),
        ("[1, 2]", what),
        ("not JSON", what),
        ("{\"schema\": \"crsync.diff/1\"}", report),
    ] {
        let file = world.path("other.json");
        std::fs::write(&file, text).expect("a writable folder");
        let run = world.sync(&["--plan", &file.display().to_string()]);
        refused(&world, &run, 2, what);
    }
}

#[test]
fn a_plan_is_applied_whole() {
    let world = World::new();
    let plan = world.plan(CONTOSO);
    for choice in [CONTOSO, &["--shard", "1/2"]] {
        let args = [&["--plan", &plan], choice].concat();
        refused(&world, &world.sync(&args), 2, "--plan applies all of the plan");
    }
}

#[test]
fn a_plan_that_a_guard_refused_can_still_be_allowed() {
    let world = World::new();
    let plan = world.plan(&["--company", "Adatum"]);
    assert_eq!(world.sync(&["--plan", &plan]).code, 5);
    assert_eq!(world.writes(), []);
    assert_eq!(world.sync(&["--plan", &plan, "--allow", "deactivate=12"]).code, 0);
    assert_eq!(world.sync(&["--plan", &plan, "--allow", "deactivate=12"]).code, 6, "now it was applied");
}

#[test]
fn a_plan_with_a_company_that_could_not_be_read_is_applied_to_the_others() {
    let world = World::new();
    world.configure(|text| format!("retries = 0\n{}", text.replace("psa = 174", "psa = 174000")));
    let file = world.path("plan.json").display().to_string();
    let diff = world.diff(&["--company", "Contoso", "--company", "Tailspin Toys", "--save-plan", &file]);
    assert_eq!(diff.code, 8);
    let run = world.sync(&["--plan", &file]);
    assert_eq!(run.code, 8, "{}", run.err);
    assert!(run.out.contains("1 company held back"), "{}", run.out);
    let report = world.journal("last");
    assert_eq!(fates(&report, "dora.kemp"), ["create contact: done", "create portal user: done"]);
    assert!(report.entries.iter().all(|entry| entry.company == "Tailspin Toys"));
}
