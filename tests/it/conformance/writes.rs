//! Writes that go wrong: a person never gets a second contact, and nothing is called done that is not.

use std::sync::OnceLock;
use std::time::Duration;

use crsync_sandbox::Effect;
use serde_json::{Value, json};

use super::people::CONTOSO;
use super::story::companies;
use super::{KITS, Kit, each};
use crate::harness::{Run, World};

/// The one who gets a new contact in this company.
const NEW: &str = "dora.kemp@tailspin.example";
const TAILSPIN: &[&str] = &["--company", "Tailspin Toys"];
const TAILSPIN_ID: i64 = 177;

fn sync(world: &World, kit: &Kit, args: &[&str]) -> Run {
    let all = ["sync", "--psa", kit.id, "--yes", "--format", "json", "--allow", "deactivate=99"];
    world.run(&[&all[..], args].concat())
}

/// The end of the create's path, and how many requests whose path contains it come up to the create, itself
/// included.
fn place_of_create(kit: &'static Kit) -> (String, u32) {
    static PLACES: [OnceLock<u32>; KITS.len()] = [const { OnceLock::new() }; KITS.len()];
    let path = kit.create.replace("{}", &TAILSPIN_ID.to_string());
    let own = KITS.iter().position(|other| other.id == kit.id).expect("one of them");
    let place = *PLACES[own].get_or_init(|| {
        let world = World::small();
        let run = sync(&world, kit, TAILSPIN);
        assert_eq!(run.code, 0, "{} {}", kit.id, run.out);
        let requests = world.sandbox.requests();
        let mut of = requests.iter().filter(|seen| seen.system == kit.system && seen.path.contains(&path));
        let place = of.position(|seen| seen.method == "POST" && seen.path.ends_with(&path));
        u32::try_from(place.expect("a create")).expect("a few") + 1
    });
    (path, place)
}

/// Passes if, after a create that went so, there is one contact, and once another run has had a look, nothing to do.
fn made_once(kit: &'static Kit, effect: Effect, configuration: &str) {
    let (path, nth) = place_of_create(kit);
    let world = World::small();
    world.configure(|text| format!("{configuration}\n{text}"));
    world.fault(kit.system, &path, Some(nth), effect);
    let first = sync(&world, kit, TAILSPIN);
    assert!(first.code == 0 || first.code == 7, "{} {} {}", kit.id, first.code, first.err);
    let state = world.sandbox.snapshot();
    kit.contact(&state, NEW);
    world.sandbox.set_faults(Vec::new());
    let second = sync(&world, kit, TAILSPIN);
    assert_eq!(second.code, 0, "{} {}", kit.id, second.out);
    let state = world.sandbox.snapshot();
    let (_, contact) = kit.contact(&state, NEW);
    assert_eq!(kit.name(contact), "Dora Kemp", "{}", kit.id);
    let posts = world
        .sandbox
        .requests()
        .into_iter()
        .filter(|seen| seen.system == kit.system && seen.method == "POST" && seen.path.ends_with(&path));
    assert_eq!(posts.count(), 1, "{}", kit.id);
    let plan = world.diff(&[&["--psa", kit.id][..], TAILSPIN].concat()).json();
    assert!(companies(&plan).all(|company| company["changes"] == json!([])), "{} {plan}", kit.id);
}

#[test]
fn a_create_whose_answer_is_lost_makes_one_contact() {
    each(|kit| made_once(kit, Effect::ResetAfter, "retries = 2"));
}

#[test]
fn a_create_whose_answer_breaks_off_makes_one_contact() {
    each(|kit| made_once(kit, Effect::Truncated, "retries = 2"));
}

#[test]
fn a_create_whose_answer_is_slow_makes_one_contact() {
    let slow = Duration::from_secs(4);
    each(|kit| made_once(kit, Effect::Slow(slow), "retries = 2\ntimeout = \"3s\""));
}

#[test]
fn a_create_that_never_arrived_is_made_by_a_run_that_comes_when_it_cannot_arrive_any_more() {
    each(|kit| {
        let (path, nth) = place_of_create(kit);
        let world = World::small();
        world.fault(kit.system, &path, Some(nth), Effect::ResetBefore);
        let run = sync(&world, kit, TAILSPIN);
        assert_eq!(run.code, 7, "{} {}", kit.id, run.out);
        assert!(kit.with_email(&world.sandbox.snapshot(), NEW).is_empty(), "{}", kit.id);
        world.sandbox.set_faults(Vec::new());
        let diff = world.diff(&[&["--psa", kit.id][..], TAILSPIN].concat());
        assert!(diff.out.contains("held back until an earlier run is settled"), "{} {}", kit.id, diff.out);
        let early = sync(&world, kit, TAILSPIN);
        assert!(
            early.err.contains("the service may still make the new contact, until "),
            "{} {}",
            kit.id,
            early.err
        );
        assert!(kit.with_email(&world.sandbox.snapshot(), NEW).is_empty(), "{}", kit.id);
        world.let_requests_end();
        assert_eq!(sync(&world, kit, TAILSPIN).code, 0, "{}", kit.id);
        kit.contact(&world.sandbox.snapshot(), NEW);
    });
}

#[test]
fn contacts_that_may_not_be_changed_are_told_and_left() {
    each(|kit| {
        let world = World::small();
        world.edit(|state| state[kit.part]["denied"] = json!(kit.not_written));
        let before = world.sandbox.snapshot();
        let run = sync(&world, kit, &["--company", "Contoso"]);
        assert_eq!(run.code, 7, "{} {}", kit.id, run.err);
        let after = world.sandbox.snapshot();
        for (id, contact) in kit.contacts(&before, CONTOSO) {
            assert_eq!(*contact, after[kit.part]["contacts"][id], "{}", kit.id);
        }
        let told = run.json();
        let failed = |entry: &&Value| {
            entry["change"]["record"]["kind"] == "contact" && entry["change"]["action"] == "update"
        };
        let entries = told["run"]["entries"].as_array().expect("a list");
        let failed: Vec<&Value> = entries.iter().filter(failed).collect();
        assert!(!failed.is_empty());
        for entry in failed {
            let detail = entry["settled"]["detail"].as_str().unwrap_or_default();
            assert_ne!(entry["settled"]["how"], "done", "{} {entry}", kit.id);
            assert!(!detail.is_empty(), "{} {entry}", kit.id);
        }
    });
}

#[test]
fn somebody_who_got_a_contact_since_the_plan_gets_no_second_one() {
    each(|kit| {
        let world = World::small();
        let file = world.path("plan.json").display().to_string();
        world.diff(&[&["--psa", kit.id, "--save-plan", &file][..], TAILSPIN].concat());
        world.edit(|state| {
            let contacts = kit.contacts(state, TAILSPIN_ID);
            let (_, other) = contacts.first().expect("a contact");
            let mut contact = (*other).clone();
            let id = 1_779_999;
            (kit.renumber)(&mut contact, id);
            kit.set_name(&mut contact, "Dora", "Kemp");
            kit.set(&mut contact, crsync::model::Field::Email, "Dora.Kemp@Tailspin.example");
            *contact.pointer_mut(kit.udfs).expect("its user-defined fields") = json!({});
            state[kit.part]["contacts"][id.to_string()] = contact;
        });
        let run = sync(&world, kit, &["--plan", &file]);
        assert!(run.code == 6 || run.code == 7, "{} {} {}", kit.id, run.code, run.out);
        kit.contact(&world.sandbox.snapshot(), NEW);
        assert_eq!(sync(&world, kit, TAILSPIN).code, 0, "{}", kit.id);
        kit.contact(&world.sandbox.snapshot(), NEW);
    });
}
