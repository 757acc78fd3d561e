//! A record that a technician edits while others are written is left as it is, however long the run takes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::time::Duration;

use crsync::model::Field;
use crsync::plan::{Report, Settlement};
use crsync_sandbox::{Effect, Fault, Flow, Moment, Seen, System};
use serde_json::{Value, json};

use crate::conformance::{KITS, Kit, with_line};
use crate::harness::{Run, World, settled};

/// A person whose contact and portal user get another title.
const PROMOTED: &str = "priya.raman@contoso.example";

const BY_HAND: &str = "Edited by hand";

/// Syncs Contoso; once another record of the kind was changed, three seconds pass and a technician edits.
fn sync(
    kit: &Kit,
    is_change: fn(&Seen) -> bool,
    edit: impl Fn(&mut Value) + Send + Sync + 'static,
) -> (Arc<World>, Run) {
    let world = Arc::new(World::small());
    // One after the other in the portal; of a PSA's contacts, which go four at a time, the promoted one
    // comes last behind many.
    world.configure(|text| format!("retries = 0\n{}", with_line(&text, "cloudradial", "concurrency = 1")));
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
        let users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
        for (number, user) in users.enumerate() {
            if user["mail"] == PROMOTED {
                user["displayName"] = json!("Zoe Raman");
            } else {
                user["mobilePhone"] = json!(format!("+1 312 555 {:04}", 300 + number));
            }
        }
    });
    let (place, edited): (Weak<World>, AtomicBool) = (Arc::downgrade(&world), AtomicBool::new(false));
    world.sandbox.watch(move |seen, moment| {
        if moment == Moment::After
            && is_change(seen)
            && !edited.swap(true, Ordering::SeqCst)
            && let Some(world) = place.upgrade()
        {
            world.clock.pass(Duration::from_secs(3));
            world.edit(&edit);
        }
        Flow::On
    });
    let args = [
        "sync",
        "--yes",
        "--psa",
        kit.id,
        "--company",
        "Contoso",
        "--format",
        "json",
        "--allow",
        "deactivate=99",
        "--allow",
        "update=99",
    ];
    let run = world.run(&args);
    world.sandbox.watch(|_, _| Flow::On);
    assert_eq!(run.code, 6, "{}: {} {}", kit.id, run.err, run.out);
    (world, run)
}

/// Passes if the only change that was not written is the promoted person's.
fn was_skipped(run: &Run, kit: &Kit) {
    let report: Report = serde_json::from_value(run.json()["run"].clone()).expect("a run");
    let stale = settled(&report, Settlement::Stale);
    let who: Vec<_> = stale.iter().filter_map(|entry| entry.change.who.email.as_deref()).collect();
    assert_eq!(who, [PROMOTED], "{}", kit.id);
}

#[test]
fn a_contact_that_is_edited_while_others_are_written_stays_as_it_was_edited() {
    for kit in &KITS {
        let is_change = |seen: &Seen| {
            let portal = [System::CLOUDRADIAL, System::GRAPH, System::ENTRA].contains(&seen.system);
            // One service takes changes and new records by the same call.
            let change = ["PATCH", "PUT"].contains(&seen.method.as_str())
                && seen.path.to_lowercase().contains("contacts");
            !portal && (change || (seen.method == "POST" && seen.path.ends_with("/Users")))
        };
        let (world, run) = sync(kit, is_change, |state| {
            let contact = kit.contact_mut(state, PROMOTED);
            assert_eq!(kit.get(contact, Field::Title), "Technician", "{} writes it first", kit.id);
            kit.set(contact, Field::Title, BY_HAND);
        });
        was_skipped(&run, kit);
        let state = world.sandbox.snapshot();
        assert_eq!(kit.get(kit.contact(&state, PROMOTED).1, Field::Title), BY_HAND, "{}", kit.id);
    }
}

#[test]
fn so_does_a_portal_user() {
    let is_change = |seen: &Seen| {
        seen.system == System::CLOUDRADIAL && seen.method == "PATCH" && seen.path.starts_with("/v2/user")
    };
    let (world, run) = sync(&KITS[0], is_change, |state| {
        let id = portal_user(state);
        state["cloudradial"]["users"][id]["title"] = json!(BY_HAND);
    });
    was_skipped(&run, &KITS[0]);
    let state = world.sandbox.snapshot();
    assert_eq!(state["cloudradial"]["users"][portal_user(&state)]["title"], BY_HAND);
}

#[test]
fn so_does_a_portal_user_whose_write_the_service_wants_later() {
    let written = |is_edited: bool| {
        let world = Arc::new(World::small());
        // With the usual number of repetitions.
        world.configure(|text| text);
        world.edit(|state| {
            let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
            let mut users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
            let user = users.find(|user| user["mail"] == PROMOTED).expect("a user");
            user["jobTitle"] = json!("Head of support");
        });
        let id = portal_user(&world.sandbox.snapshot());
        let path = format!("/v2/user/{id}?");
        let (place, was_refused): (Weak<World>, AtomicBool) =
            (Arc::downgrade(&world), AtomicBool::new(false));
        world.sandbox.watch(move |seen, moment| {
            let is_own =
                seen.system == System::CLOUDRADIAL && seen.method == "PATCH" && seen.path.starts_with(&path);
            let Some(world) = place.upgrade().filter(|_| is_own) else { return Flow::On };
            if moment == Moment::Before && !was_refused.swap(true, Ordering::SeqCst) {
                let headers = vec![("retry-after".into(), "30".into())];
                let effect = Effect::Answer { status: 429, headers, body: String::new() };
                let (system, path) = (System::CLOUDRADIAL, path.clone());
                world.sandbox.set_faults(vec![Fault { system, path, nth: Some(1), effect }]);
                if is_edited {
                    world.edit(|state| state["cloudradial"]["users"][&id]["title"] = json!(BY_HAND));
                }
            }
            Flow::On
        });
        let run = world.run(&["sync", "--yes", "--company", "Contoso", "--allow", "deactivate=99"]);
        world.sandbox.watch(|_, _| Flow::On);
        let state = world.sandbox.snapshot();
        let title = state["cloudradial"]["users"][portal_user(&state)]["title"].clone();
        (run.code, title)
    };
    assert_eq!(written(true), (6, json!(BY_HAND)), "what was edited during the wait stays");
    assert_eq!(written(false), (0, json!("Head of support")), "else it is written after the wait");
}

/// The id of the promoted person's portal user.
fn portal_user(state: &Value) -> String {
    let mut users = state["cloudradial"]["users"].as_object().expect("portal users by id").iter();
    users.find(|(_, user)| user["email"] == PROMOTED).expect("a portal user").0.clone()
}
