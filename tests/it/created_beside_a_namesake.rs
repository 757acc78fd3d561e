//! A contact made beside a namesake: the PSA still has an address of the former company.

use serde_json::{Value, json};

use crate::conformance::{Kit, each, with_line};
use crate::harness::{World, client, company, run};

const PEOPLE: &str = r#"
[[person]]
user = { upn = "sam@alder.example", first = "Sam", last = "Name" }
contact = { first = "Sam", last = "Name", email = "sam@former.example" }
"#;

fn world() -> World {
    World::of(&[client("Alder", 20, 14, PEOPLE)])
}

fn hold(world: &World) {
    world.configure(|text| format!("retries = 0\n{}", with_line(&text, "sync", "hold-namesakes = true")));
}

fn alder(kit: &Kit, world: &World) -> Value {
    company(&world.diff(&["--psa", kit.id]).json(), "Alder").clone()
}

/// The id of Sam's contact.
fn contact(kit: &Kit, world: &World) -> String {
    let state = world.sandbox.snapshot();
    kit.with_email(&state, "sam@former.example")[0].0.to_owned()
}

/// The id of Sam's account.
fn user(world: &World) -> String {
    let state = world.sandbox.snapshot();
    let tenants = state["graph"]["tenants"].as_object().expect("tenants by id").values();
    let mut users = tenants.flat_map(|tenant| tenant["users"].as_array().expect("users"));
    let sam = users.find(|user| user["userPrincipalName"] == "sam@alder.example").expect("Sam");
    sam["id"].as_str().expect("an id").to_owned()
}

#[test]
fn the_plan_says_it_at_the_create_and_the_summary_counts_it() {
    each(|kit| {
        let world = world();
        let id = contact(kit, &world);
        let plan = alder(kit, &world);
        let creates = plan["changes"].as_array().expect("a list").iter();
        let creates: Vec<&Value> = creates.filter(|change| change["action"] == "create").collect();
        assert_eq!(creates.len(), 3, "{}: {plan}", kit.id);
        let of_user = creates.iter().filter(|change| change["who"]["email"] == "sam@alder.example");
        for create in of_user {
            let record = &create["namesakes"]["records"][0];
            assert_eq!(record["id"], *id, "{}", kit.id);
            assert_eq!(
                record["who"],
                json!({"name": "Sam Name", "email": "sam@former.example"}),
                "{}",
                kit.id
            );
            let next = create["namesakes"]["next"].as_str().expect("a text");
            assert!(next.contains("crsync match --resolve"), "{}", kit.id);
        }
        let config = world.config().display().to_string();
        let shown = run(&["crsync", "diff", "--config", &config, "--psa", kit.id], Some(200), &world.env).out;
        let shown = anstream::adapter::strip_str(&shown).to_string();
        for words in [
            format!("beside contact {id} of nearly the same name: Sam Name <sam@former.example>"),
            "3 new records have nearly the name of another one".to_owned(),
        ] {
            assert!(shown.contains(&words), "{}: {words} is not in\n{shown}", kit.id);
        }
        let hidden = world.run(&["diff", "--psa", kit.id, "--redact"]).out;
        assert!(!hidden.contains("Sam") && !hidden.contains("sam@"), "{}: {hidden}", kit.id);
    });
}

#[test]
fn a_saved_plan_keeps_it() {
    each(|kit| {
        let world = world();
        let file = world.plan(&["--psa", kit.id]);
        assert!(std::fs::read_to_string(&file).expect("the plan").contains("sam@former.example"));
        let shown = world.run(&["sync", "--psa", kit.id, "--plan", &file, "--yes"]);
        assert_eq!(shown.code, 0, "{}: {}{}", kit.id, shown.out, shown.err);
    });
}

#[test]
fn a_create_that_is_held_back_is_a_visible_skip_until_it_is_decided() {
    each(|kit| {
        let world = world();
        hold(&world);
        let plan = alder(kit, &world);
        assert_eq!(plan["changes"], json!([]), "{}", kit.id);
        let skipped = plan["skipped"].as_array().expect("a list").iter();
        let held: Vec<&str> = skipped
            .filter_map(|skip| skip["reason"].as_str())
            .filter(|reason| reason.contains("hold-namesakes"))
            .collect();
        assert_eq!(held.len(), 3, "{}: {plan}", kit.id);
        assert!(held.iter().any(|reason| reason.contains("sam@former.example")), "{}: {held:?}", kit.id);
        let all =
            |state: &Value| (state[kit.part]["contacts"].clone(), state["cloudradial"]["users"].clone());
        let before = all(&world.sandbox.snapshot());
        assert_eq!(world.sync(&["--psa", kit.id]).code, 0, "{}", kit.id);
        assert_eq!(all(&world.sandbox.snapshot()), before, "{}", kit.id);

        let (user, contact) = (user(&world), contact(kit, &world));
        let decide = |what: &str| {
            let text = format!("[[{what}]]\nuser = \"{user}\"\ncontact = {contact}\n");
            std::fs::write(world.path("decisions.toml"), text).expect("a writable folder");
            alder(kit, &world)
        };
        let two = decide("split");
        assert_eq!(two["changes"].as_array().map(Vec::len), Some(3), "{}: {two}", kit.id);
        assert!(
            two["changes"].as_array().is_some_and(|all| all.iter().all(|one| one["namesakes"].is_null()))
        );
        let one = decide("pin");
        let all = one["changes"].as_array().expect("a list");
        let kinds: Vec<(&str, &str)> = all
            .iter()
            .filter_map(|change| Some((change["action"].as_str()?, change["record"]["kind"].as_str()?)))
            .collect();
        assert_eq!(kinds, [("update", "contact"), ("create", "portal-user")], "{}: {one}", kit.id);
    });
}
