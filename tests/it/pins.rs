//! Support PINs: from the portal to the contact, and nowhere else.

use std::fs;
use std::path::{Path, PathBuf};

use crsync::model::{Field, Udf};
use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit};
use crate::harness::{Run, World, company};

/// A person whose portal user has a PIN that the contact lacks.
const VERA: &str = "vera.stahl@contoso.example";

const PIN: Field = Field::Udf(Udf::SupportPin);

/// PINs that occur in nothing else; one of them has letters alone.
const FIRST: &str = "0073918402";
const SECOND: &str = "QXJZVKWPQH";
const THIRD: &str = "5528641907";

/// The sandbox with the row on, Contoso for one PSA, and a trace of every run.
struct Desk {
    world: World,
    kit: &'static Kit,
    runs: std::cell::Cell<usize>,
}

impl Desk {
    /// Everybody agrees but for Vera's PIN.
    fn new(kit: &'static Kit) -> Self {
        let world = World::new();
        world.edit(|state| (kit.unlimited)(&mut state[kit.part]));
        let desk = Self { world, kit, runs: std::cell::Cell::new(0) };
        desk.configure("");
        desk.set_pin(json!(null), "2026-01-01T00:00:00Z");
        let run = desk.run(&[
            "sync",
            "--yes",
            "--allow",
            "create=99",
            "--allow",
            "update=99",
            "--allow",
            "deactivate=99",
        ]);
        assert!([0, 4].contains(&run.code), "{} {}: {} {}", kit.id, run.code, run.out, run.err);
        desk.set_pin(json!(FIRST), "2026-01-02T00:00:00Z");
        desk
    }

    fn configure(&self, more: &str) {
        // Not every PSA tells which user-defined fields there are.
        let more = format!("[udfs]\nSupportPIN = \"SupportPIN\"\n{more}");
        self.world.configure(|text| {
            let text = text.replace("[sync]\n", "[sync]\nsupport-pin = true\n");
            format!("retries = 0\n{text}\n{more}")
        });
    }

    fn run(&self, args: &[&str]) -> Run {
        let number = self.runs.get();
        self.runs.set(number + 1);
        let har = self.world.path(&format!("{number}.har")).display().to_string();
        let mut all = args.to_vec();
        all.extend(["--psa", self.kit.id, "--har", &har, "--verbose"]);
        if !args.contains(&"--plan") {
            all.extend(["--company", "Contoso"]);
        }
        self.world.run(&all)
    }

    fn sync(&self) -> Run {
        let run = self.run(&["sync", "--yes"]);
        assert!([0, 4].contains(&run.code), "{} {}: {} {}", self.kit.id, run.code, run.out, run.err);
        run
    }

    /// The changes that would be made, each with its fields.
    fn pending(&self) -> Vec<Value> {
        let plan = self.run(&["diff", "--format", "json"]).json();
        company(&plan, "Contoso")["changes"].as_array().expect("changes").clone()
    }

    fn set_pin(&self, pin: Value, modified: &str) {
        self.world.edit(|state| {
            let user = vera(state);
            user["supportPin"] = pin;
            user["dateModified"] = json!(modified);
        });
    }

    /// Lets Vera's contact hold a PIN.
    fn hold(&self, pin: Option<&str>) {
        self.world.edit(|state| {
            let id = vera(state)["psaKey"].to_string();
            if let Some(pin) = pin {
                self.kit.set(&mut state[self.kit.part]["contacts"][&id], PIN, pin);
            }
        });
    }

    /// The PIN on Vera's contact.
    fn held(&self) -> Option<String> {
        let state = self.world.sandbox.snapshot();
        let id = vera(&mut state.clone())["psaKey"].to_string();
        let text = self.kit.get(&state[self.kit.part]["contacts"][&id], PIN);
        Some(text).filter(|text| !text.is_empty())
    }

    /// The texts of all notes of contacts.
    fn notes(&self) -> Vec<String> {
        let state = self.world.sandbox.snapshot();
        let notes = state["connectwise"]["notes"].as_object().cloned().unwrap_or_default();
        let text = |note: &Value| note.pointer("/fields/text").or(note.get("text")).cloned();
        notes.values().filter_map(text).filter_map(|text| text.as_str().map(ToOwned::to_owned)).collect()
    }

    /// The portal users that were read by themselves since `before` requests.
    fn read_since(&self, before: usize) -> Vec<String> {
        let requests = self.world.sandbox.requests();
        let single = requests.iter().skip(before).filter(|seen| {
            seen.system == System::CLOUDRADIAL && seen.method == "GET" && seen.path.starts_with("/v2/user/")
        });
        single.map(|seen| seen.path.clone()).collect()
    }

    fn requests(&self) -> usize {
        self.world.sandbox.requests().len()
    }

    /// Every file of the world that shows one of the PINs.
    fn leaks(&self) -> Vec<PathBuf> {
        let mut found = Vec::new();
        leaks(self.world.config().parent().expect("a folder"), &mut found);
        found
    }
}

/// The kit of the PSA with this id.
fn kit(id: &str) -> &'static Kit {
    KITS.iter().find(|kit| kit.id == id).expect("a PSA of the registry")
}

fn vera(state: &mut Value) -> &mut Value {
    let users = state["cloudradial"]["users"].as_object_mut().expect("users");
    users.values_mut().find(|user| user["email"] == VERA).expect("Vera")
}

fn shows_pin(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    [FIRST, SECOND, THIRD].into_iter().any(|pin| text.contains(pin))
}

fn leaks(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            leaks(&entry, found);
        } else if shows_pin(&fs::read(&entry).expect("a file")) {
            found.push(entry);
        }
    }
}

fn pins_of(changes: &[Value]) -> Vec<&Value> {
    let fields = changes.iter().flat_map(|change| change["fields"].as_array().expect("fields"));
    fields.filter(|field| field["row"] == "support-pin").collect()
}

#[test]
fn a_pin_is_set_changed_and_cleared_on_every_psa_and_shown_nowhere() {
    for kit in &KITS {
        let psa = kit.id;
        let desk = Desk::new(kit);
        let mut said = Vec::new();
        let set = desk.sync();
        assert!(set.out.contains("set"), "{psa}: {}", set.out);
        assert_eq!(desk.held().as_deref(), Some(FIRST), "{psa}");
        assert!(
            shows_pin(desk.world.sandbox.snapshot().to_string().as_bytes()),
            "what is looked for is there"
        );
        said.push(set);
        desk.set_pin(json!(SECOND), "2026-01-03T00:00:00Z");
        let changed = desk.sync();
        assert!(changed.out.contains("changed"), "{psa}: {}", changed.out);
        assert_eq!(desk.held().as_deref(), Some(SECOND), "{psa}");
        said.push(changed);
        // A portal user without a PIN leaves the contact alone, unless the configuration says otherwise.
        desk.set_pin(json!(null), "2026-01-04T00:00:00Z");
        assert_eq!(pins_of(&desk.pending()).len(), 0, "{psa}");
        desk.configure("[fields]\nsupport-pin = { clear = true }\n");
        let cleared = desk.sync();
        assert!(cleared.out.contains("cleared"), "{psa}: {}", cleared.out);
        assert_eq!(desk.held(), None, "{psa}");
        said.push(cleared);
        assert_eq!(desk.pending(), Vec::<Value>::new(), "{psa}: nothing is left to do");
        said.push(desk.run(&["log", "last"]));
        for run in said {
            assert!(!shows_pin(run.out.as_bytes()) && !shows_pin(run.err.as_bytes()), "{psa}");
        }
        assert_eq!(desk.leaks(), Vec::<PathBuf>::new(), "{psa}");
    }
}

/// A person of Contoso in 365 who has neither contact nor portal user before the first sync.
fn newcomer(desk: &Desk) -> String {
    let changes = desk.pending();
    let is_new = |change: &&Value| change["action"] == "create" && change["record"]["kind"] == "portal-user";
    let made = changes.iter().find(is_new).expect("a portal user to be made");
    made["who"]["email"].as_str().expect("an address").to_owned()
}

/// A desk at which nothing was synced yet.
fn fresh(kit: &'static Kit) -> Desk {
    let world = World::new();
    world.edit(|state| (kit.unlimited)(&mut state[kit.part]));
    Desk { world, kit, runs: std::cell::Cell::new(0) }
}

const MAY: [&str; 8] =
    ["sync", "--yes", "--allow", "create=99", "--allow", "update=99", "--allow", "deactivate=99"];

#[test]
fn pins_that_are_switched_on_after_the_first_sync_arrive_at_the_next() {
    for kit in &KITS {
        let psa = kit.id;
        // What the contact held before is known of none, or is another PIN.
        for before in [None, Some(SECOND)] {
            let desk = fresh(kit);
            desk.world
                .configure(|text| format!("retries = 0\n{text}\n[udfs]\nSupportPIN = \"SupportPIN\"\n"));
            desk.hold(before);
            assert!([0, 4].contains(&desk.run(&MAY).code), "{psa}");
            assert!([0, 4].contains(&desk.run(&MAY).code), "{psa}");
            desk.set_pin(json!(FIRST), "2026-01-02T00:00:00Z");
            desk.configure("");
            desk.sync();
            assert_eq!(desk.held().as_deref(), Some(FIRST), "{psa} {before:?}");
            assert_eq!(desk.pending(), Vec::<Value>::new(), "{psa} {before:?}");
        }
    }
}

#[test]
fn a_pin_of_a_portal_user_that_crsync_made_arrives_at_the_next_sync() {
    for kit in &KITS {
        let psa = kit.id;
        let desk = fresh(kit);
        desk.configure("");
        let who = newcomer(&desk);
        assert!([0, 4].contains(&desk.run(&MAY).code), "{psa}");
        desk.world.edit(|state| {
            let users = state["cloudradial"]["users"].as_object_mut().expect("users");
            let user = users.values_mut().find(|user| user["email"] == who.as_str()).expect("made");
            user["supportPin"] = json!(FIRST);
            user["dateModified"] = json!("2031-01-02T00:00:00Z");
        });
        let set = desk.sync();
        assert!(set.out.contains("1 done"), "{psa}: {}", set.out);
        assert_eq!(desk.pending(), Vec::<Value>::new(), "{psa}");
    }
}

#[test]
fn pins_arrive_at_the_run_after_one_that_was_held_back() {
    for kit in &KITS {
        let psa = kit.id;
        for before in [None, Some(SECOND)] {
            let desk = fresh(kit);
            desk.configure("");
            desk.hold(before);
            desk.set_pin(json!(FIRST), "2026-01-02T00:00:00Z");
            let answer = Effect::Answer { status: 500, headers: Vec::new(), body: String::new() };
            desk.world.fault(System::CLOUDRADIAL, "/user", None, answer);
            assert_eq!(desk.run(&MAY).code, 8, "{psa}");
            desk.world.sandbox.set_faults(Vec::new());
            assert!([0, 4].contains(&desk.run(&MAY).code), "{psa}");
            assert_eq!(desk.held().as_deref(), Some(FIRST), "{psa} {before:?}");
        }
    }
}

#[test]
fn a_pin_is_read_again_only_where_the_portal_user_was_changed() {
    let desk = Desk::new(kit("autotask"));
    desk.sync();
    let before = desk.requests();
    assert_eq!(desk.sync().code, desk.sync().code);
    assert_eq!(desk.read_since(before), Vec::<String>::new());
    let before = desk.requests();
    desk.set_pin(json!(FIRST), "2026-01-05T00:00:00Z");
    assert_eq!(pins_of(&desk.pending()).len(), 0, "it is the same PIN");
    let read = desk.read_since(before);
    assert_eq!(read.len(), 1, "{read:?}");
    let before = desk.requests();
    desk.configure("");
    desk.world.configure(|_| {
        let text = fs::read_to_string(desk.world.config()).expect("the configuration");
        text.replace("support-pin = true\n", "support-pin = true\npin-refresh = \"0s\"\n")
    });
    desk.pending();
    assert!(desk.read_since(before).len() > 1, "no reading counts any more");
}

#[test]
fn a_row_that_is_off_reads_no_pin() {
    let world = World::new();
    world.run(&["diff", "--company", "Contoso"]);
    assert!(world.sandbox.requests().iter().all(|seen| !seen.path.starts_with("/v2/user/")));
}

#[test]
fn a_saved_plan_does_not_know_the_pin_and_reads_it_again() {
    for kit in &KITS {
        let psa = kit.id;
        let desk = Desk::new(kit);
        let plan = desk.world.path("plan.json").display().to_string();
        assert_eq!(desk.run(&["diff", "--save-plan", &plan]).code, 0);
        let text = fs::read_to_string(&plan).expect("the plan");
        assert!(text.contains("pin-of") && !shows_pin(text.as_bytes()), "{psa}");
        // Nothing says that the portal moves the date of a user whose PIN is set.
        desk.set_pin(json!(THIRD), "2026-01-02T00:00:00Z");
        let run = desk.run(&["sync", "--yes", "--plan", &plan]);
        assert!([0, 4].contains(&run.code), "{psa}: {} {}", run.out, run.err);
        assert_eq!(desk.held().as_deref(), Some(THIRD), "{psa}");
        assert_eq!(desk.pending(), Vec::<Value>::new(), "{psa}: what was written is what is known");
        assert_eq!(desk.leaks(), Vec::<PathBuf>::new(), "{psa}");
    }
}

#[test]
fn a_pin_that_is_gone_when_the_plan_is_applied_makes_the_change_stale() {
    let desk = Desk::new(kit("autotask"));
    let plan = desk.world.path("plan.json").display().to_string();
    desk.run(&["diff", "--save-plan", &plan]);
    // The date of the portal user does not move.
    desk.set_pin(json!(null), "2026-01-02T00:00:00Z");
    let run = desk.run(&["sync", "--yes", "--plan", &plan]);
    assert_eq!(run.code, 6, "{} {}", run.out, run.err);
    assert_eq!(desk.held(), None);
    assert_eq!(desk.pending(), Vec::<Value>::new(), "the next run knows that there is none");
    desk.sync();
}

#[test]
fn a_portal_that_shows_no_pin_is_not_asked_for_everybody_and_the_next_step_is_told() {
    let desk = Desk::new(kit("autotask"));
    desk.configure("");
    desk.world.configure(|_| {
        let text = fs::read_to_string(desk.world.config()).expect("the configuration");
        text.replace("support-pin = true\n", "support-pin = true\npin-refresh = \"0s\"\n")
    });
    let answer = Effect::Answer { status: 500, headers: Vec::new(), body: "{}".to_owned() };
    desk.world.fault(System::CLOUDRADIAL, "/v2/user/", None, answer);
    let before = desk.requests();
    let plan = desk.run(&["diff", "--format", "json"]).json();
    let read = desk.read_since(before).len();
    assert!((8..=16).contains(&read), "{read} of all");
    let skipped = company(&plan, "Contoso")["skipped"].as_array().expect("a list").clone();
    let own: Vec<&Value> = skipped.iter().filter(|skip| skip["row"] == "support-pin").collect();
    assert_eq!(own.len(), 1, "{own:?}");
    assert!(own[0]["next"].is_string(), "{own:?}");
}

#[test]
fn connectwise_keeps_one_note_with_the_pin() {
    let desk = Desk::new(kit("connectwise"));
    desk.sync();
    assert_eq!(desk.notes(), [format!("Support PIN: {FIRST}")]);
    desk.set_pin(json!(SECOND), "2026-01-03T00:00:00Z");
    desk.sync();
    assert_eq!(desk.notes(), [format!("Support PIN: {SECOND}")]);
    desk.set_pin(json!(null), "2026-01-04T00:00:00Z");
    desk.configure("[fields]\nsupport-pin = { clear = true }\n");
    desk.sync();
    assert_eq!(desk.notes(), ["Support PIN: none"]);
}

#[test]
fn a_note_that_is_refused_is_written_by_the_next_run() {
    let desk = Desk::new(kit("connectwise"));
    let body = json!({"code": "Other", "message": format!("A note of {FIRST} is refused")}).to_string();
    let refusal = Effect::Answer { status: 400, headers: Vec::new(), body };
    desk.world.fault(System::CONNECTWISE, "/notes", Some(2), refusal);
    let run = desk.run(&["sync", "--yes"]);
    assert_eq!(run.code, 7, "{} {}", run.out, run.err);
    assert_eq!((desk.held(), desk.notes().len()), (None, 0));
    let told = run.out.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("A note of [masked] is refused"), "{told}");
    desk.world.sandbox.set_faults(Vec::new());
    desk.sync();
    assert_eq!((desk.held().as_deref(), desk.notes().len()), (Some(FIRST), 1));
    let har = fs::read_to_string(desk.world.path("1.har")).expect("the trace");
    assert!(har.contains("/notes"), "the trace knows that there was a note");
}

#[test]
fn a_lost_answer_is_settled_by_looking_at_the_pin() {
    for (psa, system, path) in [
        ("autotask", System::AUTOTASK, "/Companies/174/Contacts"),
        ("bms", System::KASEYA_BMS, "/customFields/data/"),
    ] {
        let desk = Desk::new(kit(psa));
        desk.world.fault(system, path, Some(1), Effect::ResetAfter);
        let run = desk.sync();
        assert!(run.out.contains("1 done") || run.code == 0, "{psa}: {}", run.out);
        assert_eq!(desk.held().as_deref(), Some(FIRST), "{psa}");
    }
}

#[test]
fn a_portal_user_that_cannot_be_read_is_told_and_the_rest_goes_on() {
    let desk = Desk::new(kit("autotask"));
    let answer = Effect::Answer { status: 500, headers: Vec::new(), body: String::new() };
    desk.world.fault(System::CLOUDRADIAL, "/v2/user/", None, answer);
    let run = desk.run(&["diff", "--format", "json"]);
    assert_eq!(run.code, 0, "{}", run.err);
    let plan = run.json();
    let skipped = company(&plan, "Contoso")["skipped"].as_array().expect("skips").clone();
    let reasons: Vec<&str> = skipped
        .iter()
        .filter(|skip| skip["row"] == "support-pin")
        .filter_map(|skip| skip["reason"].as_str())
        .collect();
    assert!(reasons.iter().any(|reason| reason.contains("was not read")), "{reasons:?}");
    assert_eq!(pins_of(company(&plan, "Contoso")["changes"].as_array().expect("changes")).len(), 0);
}
