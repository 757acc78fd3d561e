//! The PSA's company was made inactive when the client left; the configuration still has it.

use serde_json::{Value, json};

use crate::conformance::each;
use crate::harness::{World, client, company};

/// Alder with people in agreement and one who is new, and inactive in the PSA.
fn past(kit: &crate::conformance::Kit) -> World {
    let new = "[[person]]\nuser = { upn = \"new@alder.example\", first = \"New\", last = \"Comer\" }\n";
    let world = World::of(&[client("Alder", 20, 12, new), client("Birch", 21, 12, "")]);
    world.edit(|state| kit.make_past(state, 240));
    world
}

fn creates(part: &Value) -> usize {
    let changes = part["changes"].as_array().expect("a list").iter();
    changes.filter(|change| change["action"] == "create").count()
}

#[test]
fn the_plan_says_so_and_no_one_is_created_there() {
    each(|kit| {
        let world = past(kit);
        let run = world.diff(&["--psa", kit.id]);
        let plan = run.json();
        let alder = company(&plan, "Alder");
        assert_eq!(creates(alder), 0, "{}: {alder}", kit.id);
        let said = &alder["inactive"][0];
        assert_eq!((&said["side"], &said["left-out"]), (&json!("psa"), &json!(2)), "{}: {said}", kit.id);
        assert!(said["next"].as_str().is_some_and(|next| next.contains("enabled = false")));
        assert!(company(&plan, "Birch").get("inactive").is_none());
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 0, "{}: {}{}", kit.id, sync.out, sync.err);
        assert!(sync.out.contains("is inactive in"), "{}", sync.out);
        assert!(kit.with_email(&world.sandbox.snapshot(), "new@alder.example").is_empty(), "{}", kit.id);
    });
}

#[test]
fn a_setting_asks_for_new_records_all_the_same() {
    each(|kit| {
        let world = past(kit);
        world.configure(|text| {
            format!(
                "retries = 0\n{}",
                text.replacen("name = \"Alder\"", "name = \"Alder\"\ninactive = \"serve\"", 1)
            )
        });
        let run = world.diff(&["--psa", kit.id]);
        let plan = run.json();
        assert_eq!(creates(company(&plan, "Alder")), 2, "{}: {}", kit.id, run.out);
        assert_eq!(company(&plan, "Alder")["inactive"][0]["left-out"], 0);
    });
}
