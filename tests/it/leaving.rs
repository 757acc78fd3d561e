//! Leaving is an event of 365 that happens to people who took part, and it is seen twice: on every PSA.

use crsync::model::{Field, Udf};
use crsync::plan::{Report, Settlement};
use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};

use crate::conformance::{Kit, each, switch};
use crate::harness::{World, client, company, settled};

/// The client of all tests here: people in agreement, and those of `people`.
fn alder(crowd: usize, people: &str) -> World {
    World::of(&[client("Alder", 20, crowd, people)])
}

const LEA: &str = "lea@alder.example";

/// Lea, in agreement on all sides, with ids and marks stored.
const SYNCED: &str = "
[[person]]
like-user = [\"contact\", \"portal\"]
user = { upn = \"lea@alder.example\", first = \"Lea\", last = \"Vander\" }
";

/// The user with this name, to be changed.
fn edit_user(world: &World, name: &str, edit: impl FnOnce(&mut Value)) {
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut();
        let mut users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
        edit(users.find(|user| user["userPrincipalName"] == name).expect("the user"));
    });
}

fn disable(world: &World, name: &str) {
    edit_user(world, name, |user| user["accountEnabled"] = json!(false));
}

fn give(world: &World, name: &str, skus: &[&str]) {
    let licences: Vec<Value> = skus.iter().map(|sku| json!({"skuId": sku, "disabledPlans": []})).collect();
    edit_user(world, name, |user| user["assignedLicenses"] = json!(licences));
}

const SPB: &str = "cbdc14ab-d96c-4c30-b9f4-6ada7cdc1d46";
const FLOW_FREE: &str = "f30db892-07e9-47e9-837c-80727f46fd3d";

/// Whether the person can still be reached and sign in: the contact's active flag, where the PSA has one, and the
/// portal's.
fn is_in(world: &World, kit: &Kit, email: &str) -> (Option<bool>, bool) {
    let state = world.sandbox.snapshot();
    let active = kit.is_active(kit.contact(&state, email).1);
    let users = state["cloudradial"]["users"].as_object().expect("portal users").values();
    let user = users.into_iter().find(|user| user["email"] == email).expect("a portal user");
    (active, user["isLoginDisabled"] != true)
}

fn active(kit: &Kit) -> Option<bool> {
    kit.active.map(|_| true)
}

fn inactive(kit: &Kit) -> Option<bool> {
    kit.active.map(|_| false)
}

/// What the journal holds of the last run.
fn journal(world: &World, kit: &Kit) -> Report {
    let shown = world.run(&["log", "last", "--psa", kit.id, "--format", "json"]).json();
    serde_json::from_value(shown["run"].clone()).expect("a run")
}

fn synced(world: &World, kit: &Kit) {
    let run = world.sync(&["--psa", kit.id]);
    assert_eq!(run.code, 0, "{}: {}\n{}", kit.id, run.err, run.out);
}

/// Looks at single users since the last call of [`World::fault`] or the start.
fn looks(world: &World) -> usize {
    let single = |path: &str| path.contains("accountEnabled,assignedLicenses") && path.contains("/users/");
    world.sandbox.requests().iter().filter(|seen| seen.system == System::GRAPH && single(&seen.path)).count()
}

const MAILBOX: &str = "
[[person]]
user = { upn = \"ap@alder.example\", first = \"Accounts\", last = \"Payable\", disabled = true, licences = [] }
contact = { first = \"Accounts\", last = \"Payable\", email = \"ap@alder.example\", phone = \"+1 202 555 0101\" }
portal = { first = \"Accounts\", last = \"Payable\", email = \"ap@alder.example\", user-name = \"ap@alder.example\" }
";

#[test]
fn a_shared_mailbox_that_is_a_contact_is_left_as_it_is_at_every_run() {
    each(|kit| {
        for crowd in [1, 22] {
            let world = alder(crowd, MAILBOX);
            let before = world.sandbox.snapshot();
            for run in 0..3 {
                let plan = world.diff(&["--psa", kit.id]).json();
                let alder = company(&plan, "Alder");
                assert_eq!(alder["changes"], json!([]), "{} run {run}", kit.id);
                assert!(alder["excluded"].to_string().contains("never took part"), "{}", alder["excluded"]);
                assert!(alder["skipped"].to_string().contains("never-seen"), "{}", alder["skipped"]);
                synced(&world, kit);
            }
            let after = world.sandbox.snapshot();
            assert_eq!(before["cloudradial"]["users"], after["cloudradial"]["users"], "{}", kit.id);
            assert_eq!(is_in(&world, kit, "ap@alder.example"), (active(kit), true), "{}", kit.id);
            let told = world.run(&["explain", "ap@alder.example", "--psa", kit.id]);
            assert!(told.out.contains("never took part"), "{}: {}", kit.id, told.out);
        }
    });
}

#[test]
fn for_a_first_clean_up_the_setting_lets_it_go() {
    each(|kit| {
        let world = alder(22, MAILBOX);
        switch(&world, "never-seen = \"deactivate\"");
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, "ap@alder.example"), (inactive(kit), false), "{}", kit.id);
        synced(&world, kit);
        assert_eq!(journal(&world, kit).entries.len(), 0, "{}", kit.id);
    });
}

#[test]
fn a_licence_setting_that_is_edited_shuts_no_person_out_and_a_real_loss_does() {
    each(|kit| {
        let free: Vec<String> = (1..=4)
            .map(|n| {
                format!(
                    "[[person]]\nlike-user = [\"contact\", \"portal\"]\nuser = {{ upn = \"f{n}@alder.example\", \
                     first = \"Fre{n}\", last = \"Elic{n}\", licences = [\"FLOW_FREE\"] }}\n"
                )
            })
            .collect();
        let world = alder(36, &format!("{SYNCED}{}", free.concat()));
        give(&world, LEA, &[SPB, FLOW_FREE]);
        let plain = |text: String| {
            let lines = text.lines().filter(|line| !line.starts_with("exclude-licenses"));
            format!("retries = 0\n{}\n", lines.collect::<Vec<_>>().join("\n"))
        };
        world.configure(plain);
        synced(&world, kit);
        let excluded = "[sync]\nexclude-licenses = [\"FLOW_FREE\"]\n";
        world.configure(|text| plain(text).replacen("[sync]\n", excluded, 1));
        for _ in 0..3 {
            let shown = world.diff(&["--psa", kit.id]).json();
            let alder = company(&shown, "Alder");
            let shut_out = alder["changes"].to_string().contains("deactivate");
            assert!(!shut_out, "{}: {}", kit.id, alder["changes"]);
            let told = alder["skipped"].to_string();
            assert!(told.contains("out of scope by a setting") && told.contains(": 4 who"), "{told}");
            synced(&world, kit);
        }
        for n in 1..=4 {
            let email = format!("f{n}@alder.example");
            assert_eq!(is_in(&world, kit, &email), (active(kit), true), "{} {email}", kit.id);
        }
        give(&world, LEA, &[FLOW_FREE]);
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}", kit.id);
    });
}

#[test]
fn a_leaver_is_looked_at_before_the_plan_and_before_each_write_and_never_again() {
    each(|kit| {
        let world = alder(22, SYNCED);
        synced(&world, kit);
        assert_eq!(looks(&world), 0, "{}: no person leaves", kit.id);
        disable(&world, LEA);
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}", kit.id);
        let writes = if kit.active.is_some() { 2 } else { 1 };
        assert_eq!(looks(&world), 1 + writes, "{}", kit.id);
        synced(&world, kit);
        assert_eq!(looks(&world), 1 + writes, "{}: all is done", kit.id);
        // Without any memory the sign-in is switched off once more, and that is all.
        world.forget();
        synced(&world, kit);
        assert_eq!(journal(&world, kit).entries.len(), 1, "{}", kit.id);
        synced(&world, kit);
        assert_eq!(journal(&world, kit).entries.len(), 0, "{}", kit.id);
    });
}

#[test]
fn a_leaver_whose_contact_is_inactive_already_loses_the_sign_in_at_the_first_run() {
    each(|kit| {
        let world = alder(22, SYNCED);
        disable(&world, LEA);
        if let Some((place, flag)) = kit.active {
            let off = match flag {
                crate::conformance::Flag::Number => json!(0),
                crate::conformance::Flag::Plain => json!(false),
                crate::conformance::Flag::Inverted => json!(true),
            };
            world.edit(|state| *kit.contact_mut(state, LEA).pointer_mut(place).expect("a flag") = off);
        }
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}", kit.id);
    });
}

#[test]
fn a_leaver_who_cannot_be_looked_at_stays_and_the_plan_says_why() {
    each(|kit| {
        let world = alder(22, SYNCED);
        synced(&world, kit);
        disable(&world, LEA);
        let busy = || Effect::Answer { status: 503, headers: Vec::new(), body: String::new() };
        let page = Effect::Answer { status: 404, headers: Vec::new(), body: "<html>not found</html>".into() };
        for effect in [busy(), Effect::ResetBefore, Effect::Truncated, page] {
            world.fault(System::GRAPH, "/users/", None, effect);
            let plan = world.diff(&["--psa", kit.id]).json();
            let alder = company(&plan, "Alder");
            assert_eq!(alder["changes"], json!([]), "{}", kit.id);
            assert!(alder["skipped"].to_string().contains("could not be seen"), "{}", alder["skipped"]);
        }
        world.fault(System::GRAPH, "/users/", None, busy());
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (active(kit), true), "{}", kit.id);
        world.sandbox.set_faults(Vec::new());
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}", kit.id);
    });
}

#[test]
fn a_user_missing_from_the_listing_leaves_only_once_the_tenant_says_that_there_is_none() {
    each(|kit| {
        let world = alder(22, SYNCED);
        synced(&world, kit);
        let state = world.sandbox.snapshot();
        let id = kit.get(kit.contact(&state, LEA).1, Field::Udf(Udf::Office365Id));
        world.edit(|state| state["graph"]["unlisted"] = json!([id]));
        let plan = world.diff(&["--psa", kit.id]).json();
        let alder = company(&plan, "Alder");
        assert!(!alder["changes"].to_string().contains("deactivate"), "{}: {}", kit.id, alder["changes"]);
        assert!(alder["skipped"].to_string().contains("the listing of the tenant lacked"), "{}", kit.id);
        world.edit(|state| {
            let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut();
            for users in tenants.map(|tenant| tenant["users"].as_array_mut().expect("users")) {
                users.retain(|user| user["id"] != id);
            }
        });
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}", kit.id);
    });
}

#[test]
fn a_saved_plan_does_not_shut_out_a_user_who_is_back_or_cannot_be_seen() {
    each(|kit| {
        let world = alder(22, SYNCED);
        synced(&world, kit);
        for back in [true, false] {
            disable(&world, LEA);
            let plan = world.plan(&["--psa", kit.id]);
            if back {
                edit_user(&world, LEA, |user| user["accountEnabled"] = json!(true));
            } else {
                let busy = Effect::Answer { status: 503, headers: Vec::new(), body: String::new() };
                world.fault(System::GRAPH, "/users/", None, busy);
            }
            let run = world.sync(&["--psa", kit.id, "--plan", &plan]);
            assert_eq!(run.code, 6, "{} {back}: {}", kit.id, run.err);
            let report = journal(&world, kit);
            let stale = settled(&report, Settlement::Stale).len();
            assert_eq!(stale, report.entries.len(), "{} {back}", kit.id);
            assert_eq!(is_in(&world, kit, LEA), (active(kit), true), "{} {back}", kit.id);
        }
        world.sandbox.set_faults(Vec::new());
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}: the next run sees it", kit.id);
    });
}

#[test]
fn many_leavers_are_looked_at_twenty_at_a_time() {
    let people: Vec<String> = (1..=25)
        .map(|n| {
            format!(
                "[[person]]\nlike-user = [\"contact\", \"portal\"]\nuser = {{ upn = \"l{n}@alder.example\", first = \
                 \"Lee{n}\", last = \"Aver{n}\", disabled = true }}\n"
            )
        })
        .collect();
    let world = alder(30, &people.concat());
    let plan = world.diff(&["--psa", "autotask"]).json();
    assert_eq!(company(&plan, "Alder")["changes"].as_array().map(Vec::len), Some(50));
    let batches = world.sandbox.requests().iter().filter(|seen| seen.path.contains("$batch")).count();
    assert_eq!(batches, 3, "the listing's, and two of looks");
}

#[test]
fn an_older_plan_does_not_make_forget_who_took_part_in_a_later_run() {
    each(|kit| {
        let lea = "[[person]]\nuser = { upn = \"lea@alder.example\", first = \"Lea\", last = \"Vander\", \
                   licences = [\"SPB\"] }\n";
        let world = World::of(&[client("Alder", 20, 3, lea), client("Birch", 21, 3, "")]);
        // Nothing but the state can say then that she took part.
        switch(&world, "office365-id = false\noffice365-presence = false");
        disable(&world, LEA);
        synced(&world, kit);
        let plan = world.plan(&["--psa", kit.id]);
        edit_user(&world, LEA, |user| user["accountEnabled"] = json!(true));
        synced(&world, kit);
        let applied = world.sync(&["--psa", kit.id, "--plan", &plan]);
        assert_eq!(applied.code, 0, "{}: {}{}", kit.id, applied.out, applied.err);
        assert_eq!(is_in(&world, kit, LEA), (active(kit), true), "{}", kit.id);
        disable(&world, LEA);
        synced(&world, kit);
        assert_eq!(is_in(&world, kit, LEA), (inactive(kit), false), "{}", kit.id);
    });
}
