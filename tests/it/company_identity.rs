//! Companies whose sides name other records than the configuration, and what a person decides of it.

use serde_json::{Value, json};

use crate::conformance::each;
use crate::harness::{World, client, company};
use crate::tenant_of_another_client::{clients, configure, held};

#[test]
fn a_portal_company_that_is_linked_to_another_psa_company_is_held_back() {
    each(|kit| {
        let world = clients();
        world.edit(|state| {
            state["cloudradial"]["companies"]["20"]["psaKey"] = json!(242);
            state["cloudradial"]["companies"]["21"]["psaKey"] = json!(240);
        });
        let before = held(&world, kit);
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 4, "{}: {}{}", kit.id, sync.out, sync.err);
        assert!(sync.out.contains("the company of Birch") && sync.out.contains("the company of Alder"));
        assert_eq!(held(&world, kit), before, "{}", kit.id);
    });
}

#[test]
fn a_client_that_moved_to_a_new_tenant_goes_on_with_the_lines_that_the_plan_prints() {
    each(|kit| {
        let world = clients();
        let old = "0ld00001-0000-4000-8000-000000000099".replace('l', "1");
        world.edit(|state| kit.keep_tenant(state, 240, &old));
        configure(&world, kit, str::to_owned);
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 4, "{}: {}", kit.id, diff.out);
        let plan = diff.json();
        let lines = company(&plan, "Alder")["company-conflicts"][0]["decision"].clone();
        let lines: Vec<String> = serde_json::from_value(lines).expect("lines");
        let shown = world.run(&["diff", "--psa", kit.id]).out;
        assert!(lines.iter().all(|line| shown.contains(line.as_str())), "{shown}");
        std::fs::write(world.path("decisions.toml"), lines.join("\n")).expect("a writable folder");
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 0, "{}: {}{}", kit.id, sync.out, sync.err);
        let now = world.sandbox.snapshot();
        assert_eq!(kit.tenant_of(&now, 240), Some("a1de0001-0000-4000-8000-000000000020"), "{}", kit.id);
        let again = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(again.code, 0, "{}: {}", kit.id, again.out);
    });
}

#[test]
fn a_portal_that_still_names_the_former_psa_goes_on_with_the_lines_that_the_plan_prints() {
    each(|kit| {
        let world = clients();
        world.edit(|state| state["cloudradial"]["companies"]["20"]["psaKey"] = json!(99));
        let plan = world.diff(&["--psa", kit.id]).json();
        let lines = company(&plan, "Alder")["company-conflicts"][0]["decision"].clone();
        let lines: Vec<String> = serde_json::from_value(lines).expect("lines");
        assert!(lines.contains(&"replaces-psa-key = 99".to_owned()), "{lines:?}");
        std::fs::write(world.path("decisions.toml"), lines.join("\n")).expect("a writable folder");
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 0, "{}: {}", kit.id, diff.out);
    });
}

#[test]
fn a_note_in_the_place_of_the_tenant_is_not_written_over() {
    each(|kit| {
        let world = clients();
        world.edit(|state| kit.keep_tenant(state, 240, "see contract"));
        configure(&world, kit, str::to_owned);
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 0, "{}: {}{}", kit.id, sync.out, sync.err);
        assert_eq!(kit.tenant_of(&world.sandbox.snapshot(), 240), Some("see contract"), "{}", kit.id);
        let plan = world.diff(&["--psa", kit.id]).json();
        assert!(company(&plan, "Alder")["skipped"].to_string().contains("see contract"), "{}", kit.id);
    });
}

#[test]
fn strangers_to_the_tenant_are_refused_until_they_are_allowed() {
    each(|kit| {
        let foreign = "[[person]]\ncontact = { first = \"Zoe\", last = \"Elder\", email = \"zoe@elder.example\" }\n\
                       [[person]]\nuser = { upn = \"ann@alder.example\", first = \"Ann\", last = \"Alder\" }\n";
        let world = World::of(&[client("Alder", 20, 0, foreign), client("Cedar", 22, 30, "")]);
        world.edit(|state| kit.keep_tenant(state, 240, ""));
        let before = held(&world, kit);
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 5, "{}: {}{}", kit.id, sync.out, sync.err);
        assert!(sync.out.contains("--allow strangers=1"), "{}: {}", kit.id, sync.out);
        assert_eq!(held(&world, kit), before, "{}", kit.id);
        let allowed = world.sync(&["--psa", kit.id, "--allow", "strangers=1", "--allow", "create=9"]);
        assert_eq!(allowed.code, 0, "{}: {}{}", kit.id, allowed.out, allowed.err);
        let next: Value = world.diff(&["--psa", kit.id]).json();
        assert_eq!(next["breaches"], json!([]), "{}: what was linked is remembered", kit.id);
    });
}
