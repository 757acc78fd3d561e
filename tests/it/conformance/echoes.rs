//! A service that repeats the whole request in its refusal gets none of it to a person or into a file.

use crsync_sandbox::{Effect, Fault, System};
use serde_json::{Value, json};

use super::people::{AMY, VERA, hire};
use super::{KITS, Kit, each, with_line};
use crate::harness::World;

const NAMES: [&str; 2] = ["Quentina", "Zylberfeld"];
const EMAIL: &str = "quentina@contoso.example";
const TITLE: &str = "Hydrographer & \"Cartographer\"";
const PHONE: &str = "+1 312 555 0177";
const PIN: &str = "9071825396";

/// What was sent, in the spellings that an answer may use: in small letters, since any case counts.
fn sent(text: &str) -> bool {
    let text = text.to_lowercase();
    let values = ["quentina", "zylberfeld", "hydrographer", "cartographer", "555 0177", "3125550177", PIN];
    values.iter().any(|value| text.contains(value))
}

/// A world in which one person is new and another has a new PIN, and `system` refuses every write of either so.
fn world(system: System, status: u16) -> World {
    let world = World::small();
    world.configure(|text| {
        let text = with_line(&text, "sync", "support-pin = true");
        format!("retries = 0\n{text}\n[udfs]\nSupportPIN = \"SupportPIN\"\n")
    });
    world.edit(|state| {
        let user = hire(state, NAMES, EMAIL);
        user["jobTitle"] = json!(TITLE);
        user["businessPhones"] = json!([PHONE]);
        let portal = state["cloudradial"]["users"].as_object_mut().expect("portal users").values_mut();
        let mut of = portal.filter(|user| user["email"].as_str().is_some_and(|held| held == VERA));
        of.next().expect("Vera")["supportPin"] = json!(PIN);
    });
    let fault = |of: &str| {
        let effect = Effect::Echo { status, of: of.to_owned() };
        Fault { system, path: String::new(), nth: None, effect }
    };
    world.sandbox.set_faults(vec![fault(NAMES[1]), fault(PIN)]);
    world
}

/// The answers of a trace that repeat a request.
fn echoed(trace: &str) -> Vec<String> {
    let trace: Value = serde_json::from_str(trace).expect("HAR is JSON");
    let entries = trace["log"]["entries"].as_array().expect("entries").iter();
    let answers =
        entries.map(|entry| entry["response"]["content"]["text"].as_str().unwrap_or_default().to_owned());
    answers.filter(|text| text.contains("\"Echo\"")).collect()
}

/// Nothing of what was sent is shown where `system` repeats it about records of this kind.
fn nothing_is_repeated(kit: &Kit, system: System, record: &str, status: u16) {
    let world = world(system, status);
    let trace = world.path("trace.har").display().to_string();
    let run = world.sync(&[
        "--psa",
        kit.id,
        "--company",
        "Contoso",
        "--har",
        &trace,
        "--format",
        "json",
        "--allow",
        "create=99",
        "--allow",
        "update=99",
        "--allow",
        "deactivate=99",
    ]);
    assert_eq!(run.code, 7, "{} {status}: {}", kit.id, run.err);
    assert!(!sent(&run.err), "{} {status}: {}", kit.id, run.err);
    let shown = world.run(&["log", "last", "--psa", kit.id, "--format", "json"]);
    for told in [run.json(), shown.json()] {
        let entries = told["run"]["entries"].as_array().expect("a list").iter();
        let undone: Vec<&Value> = entries.filter(|entry| entry["settled"]["how"] != "done").collect();
        let is_create = |entry: &&&Value| {
            entry["change"]["record"]["kind"] == record && entry["change"]["action"] == "create"
        };
        let create = undone.iter().find(is_create).expect("it was not made");
        // A refusal has a reason. What a success without sense means is not known: such a create stays open.
        assert!(status == 200 || create["settled"]["detail"].is_string(), "{} {create}", kit.id);
        for entry in undone {
            let detail = entry["settled"]["detail"].as_str().unwrap_or_default();
            assert!(!sent(detail), "{} {status}: {detail}", kit.id);
        }
    }
    let trace = std::fs::read_to_string(&trace).expect("a trace");
    let echoes = echoed(&trace);
    assert!(!echoes.is_empty(), "{} {status}: nothing was repeated", kit.id);
    // Of a success, names and addresses may be the record that was asked for, which a trace shows.
    assert!(status == 200 || echoes.iter().all(|text| !sent(text)), "{} {status}: {echoes:?}", kit.id);
    for secret in world.env.iter().filter(|(name, _)| name.starts_with("CRSYNC_") && *name != "CRSYNC_STATE")
    {
        assert!(!trace.contains(secret.1.as_str()), "{} {status}: {} is in the trace", kit.id, secret.0);
    }
    assert!(!trace.contains(PIN), "{} {status}: a PIN is in the trace", kit.id);
}

#[test]
fn a_refusal_that_repeats_the_request_is_told_without_it() {
    each(|kit| nothing_is_repeated(kit, kit.system, "contact", 400));
}

#[test]
fn a_success_that_repeats_the_request_and_does_nothing_is_told_without_it() {
    each(|kit| nothing_is_repeated(kit, kit.system, "contact", 200));
}

#[test]
fn nothing_that_the_portal_repeats_is_told() {
    let kit = &KITS[0];
    for status in [400, 200] {
        nothing_is_repeated(kit, System::CLOUDRADIAL, "portal-user", status);
    }
}

#[test]
fn a_refusal_of_365_that_repeats_the_request_is_told_without_it() {
    let world = World::small();
    let effect = Effect::Echo { status: 400, of: "555 0177".to_owned() };
    world.fault(System::GRAPH, "", None, effect);
    let mobile = format!("mobile={PHONE}");
    let run = world.run(&[
        "self-service",
        "--yes",
        "--user",
        AMY,
        "--set",
        &mobile,
        "--company",
        "Contoso",
        "--format",
        "json",
    ]);
    assert_eq!(run.code, 7, "{}", run.err);
    let told = run.json();
    let entries = told["run"]["entries"].as_array().expect("a list").iter();
    let details: Vec<&str> = entries.filter_map(|entry| entry["settled"]["detail"].as_str()).collect();
    assert!(
        details.iter().any(|detail| detail.contains("refused") && detail.contains("mobilePhone")),
        "{details:?}"
    );
    assert!(!details.iter().any(|detail| sent(detail)) && !sent(&run.err), "{details:?} {}", run.err);
}
