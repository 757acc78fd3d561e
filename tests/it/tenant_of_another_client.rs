//! The tenants of two clients were swapped in the configuration. Their PSA companies store the right ones.

use serde_json::Value;

use crate::conformance::{Kit, each};
use crate::harness::{World, client, company};

const ALDER: &str = "a1de0001-0000-4000-8000-000000000020";
const BIRCH: &str = "a1de0001-0000-4000-8000-000000000021";

fn one(first: &str, last: &str) -> String {
    let address = format!("{}@{}.example", first.to_lowercase(), last.to_lowercase());
    format!(
        "[[person]]\nlike-user = [\"contact\", \"portal\"]\nuser = {{ upn = \"{address}\", first = \"{first}\", last = \"{last}\" }}\n"
    )
}

/// Alder and Birch with one person each, and Cedar in agreement.
pub(crate) fn clients() -> World {
    World::of(&[
        client("Alder", 20, 0, &one("Ann", "Alder")),
        client("Birch", 21, 0, &one("Ben", "Birch")),
        client("Cedar", 22, 12, ""),
    ])
}

/// The configuration with the company's tenant kept on every PSA that can, and `edit` done to it.
pub(crate) fn configure(world: &World, kit: &Kit, edit: impl Fn(&str) -> String) {
    world.configure(|text| {
        let text = match kit.tenant_switch {
            Some(line) => crate::conformance::with_line(&text, kit.id, line),
            None => text,
        };
        format!("retries = 0\n{}", edit(&text))
    });
}

fn swap(text: &str) -> String {
    text.replace(ALDER, "…").replace(BIRCH, ALDER).replace('…', BIRCH)
}

/// What the PSA and the portal hold.
pub(crate) fn held(world: &World, kit: &Kit) -> (Value, Value) {
    let state = world.sandbox.snapshot();
    (state[kit.part]["contacts"].clone(), state["cloudradial"]["users"].clone())
}

#[test]
fn nothing_is_written_to_either_client_and_the_plan_says_whose_tenant_it_is() {
    each(|kit| {
        let world = clients();
        configure(&world, kit, swap);
        let before = held(&world, kit);
        let diff = world.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(diff.code, 4, "{}: {}", kit.id, diff.out);
        let plan = diff.json();
        assert_eq!(plan["totals"]["company-conflicts"], 2);
        for (name, stored, configured, other) in
            [("Alder", ALDER, BIRCH, "Birch"), ("Birch", BIRCH, ALDER, "Alder")]
        {
            let part = company(&plan, name);
            assert_eq!(part["changes"].as_array().map(Vec::len), Some(0), "{}: {part}", kit.id);
            let conflict = &part["company-conflicts"][0];
            assert_eq!(conflict["proof"], "stored-tenant", "{}", kit.id);
            assert_eq!((&conflict["stored"], &conflict["configured"]), (&stored.into(), &configured.into()));
            assert_eq!(conflict["whose"], serde_json::json!([other]));
            assert!(conflict["next"].as_str().is_some_and(|next| next.contains("decisions.toml")));
        }
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 4, "{}: {}{}", kit.id, sync.out, sync.err);
        assert!(sync.out.contains("which") || sync.out.contains("the tenant of Birch"), "{}", sync.out);
        assert_eq!(held(&world, kit), before, "{}", kit.id);
        for (company, stored) in [(240, ALDER), (242, BIRCH)] {
            assert_eq!(kit.tenant_of(&world.sandbox.snapshot(), company), Some(stored), "{}", kit.id);
        }
        let log = world.run(&["log", "last", "--psa", kit.id]);
        assert!(log.out.contains("company conflicts"), "{}{}", log.out, log.err);
    });
}

#[test]
fn a_client_whose_owner_is_not_chosen_is_held_back_as_well() {
    each(|kit| {
        let world = clients();
        configure(&world, kit, swap);
        let diff = world.diff(&["--psa", kit.id, "--exit-code", "--company", "Alder"]);
        assert_eq!(diff.code, 4, "{}: {}", kit.id, diff.out);
        let plan = diff.json();
        assert_eq!(company(&plan, "Alder")["company-conflicts"][0]["whose"][0], "Birch", "{}", kit.id);
    });
}

#[test]
fn every_other_command_heeds_it() {
    each(|kit| {
        let world = clients();
        let retitle = |state: &mut Value| {
            for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
                tenant["users"][0]["jobTitle"] = "Director".into();
            }
        };
        world.edit(retitle);
        configure(&world, kit, str::to_owned);
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 0, "{}: {}{}", kit.id, sync.out, sync.err);
        configure(&world, kit, swap);
        let before = held(&world, kit);
        let people = world.run(&["match", "--psa", kit.id, "--format", "json"]).json();
        let alder = company(&people, "Alder");
        assert_eq!(alder["linked"].as_array().map(Vec::len), Some(0), "{}: {alder}", kit.id);
        assert_eq!(alder["company-conflicts"][0]["whose"][0], "Birch");
        let undo = world.run(&["undo", "last", "--yes", "--psa", kit.id]);
        assert!(undo.out.contains("in conflict"), "{}: {}{}", kit.id, undo.out, undo.err);
        let push = world.run(&["push-udfs", "--yes", "--psa", kit.id]);
        assert_eq!(push.code, 4, "{}: {}{}", kit.id, push.out, push.err);
        let asked = [
            "self-service",
            "--yes",
            "--psa",
            kit.id,
            "--user",
            "ann@alder.example",
            "--set",
            "phone=+1 555 0100",
        ];
        let served = world.run(&asked);
        assert_eq!(served.code, 7, "{}: {}{}", kit.id, served.out, served.err);
        assert!(served.out.contains("nothing of"), "{}", served.out);
        let explained = world.run(&["explain", "--psa", kit.id, "--company", "Alder", "ben@birch.example"]);
        assert!(explained.out.contains("the company is in a conflict"), "{}{}", explained.out, explained.err);
        let now = held(&world, kit);
        let cedar = |part: &Value| part.to_string().contains("crew1@cedar.example");
        assert!(cedar(&now.0) && now.1.to_string().contains("Director"));
        let of = |part: &(Value, Value)| {
            (part.0.to_string().matches("Director").count(), part.1.to_string().matches("Director").count())
        };
        let (was, is) = (of(&before), of(&now));
        assert_eq!((was.0 - is.0, was.1 - is.1), (1, 1), "{}: only Cedar's title is taken back", kit.id);
    });
}

#[test]
fn where_no_company_stores_its_tenant_a_guard_refuses_however_few_people_there_are() {
    each(|kit| {
        let world = clients();
        world.edit(|state| [240, 242].into_iter().for_each(|company| kit.keep_tenant(state, company, "")));
        configure(&world, kit, swap);
        let before = held(&world, kit);
        let sync = world.sync(&["--psa", kit.id]);
        assert_eq!(sync.code, 5, "{}: {}{}", kit.id, sync.out, sync.err);
        for name in ["Alder", "Birch"] {
            let guard = format!("guard strangers: {name}");
            assert!(sync.out.contains(&guard), "{}: {}", kit.id, sync.out);
        }
        assert_eq!(held(&world, kit), before, "{}", kit.id);
    });
}
