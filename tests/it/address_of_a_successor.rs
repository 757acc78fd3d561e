//! An address that was given to another person: John left, and Jane has his address now.

use crsync::model::{Field, Udf};
use serde_json::{Value, json};

use crate::conformance::{Kit, each};
use crate::harness::{World, client, company};

const GONE: &str = "a1de0001-0000-4000-8000-00000000dead";
const ADDRESS: &str = "j.smith@alder.example";

/// John's contact and portal user, and a user called so who has his address.
fn world(first: &str, active: bool) -> World {
    let people = format!(
        r#"
[[person]]
contact = {{ first = "John", last = "Smith", email = "{ADDRESS}", inactive = {}, title = "Managing Director", phone = "+1 202 555 0100", mobile = "+1 303 555 0100", udf = {{ Office365Id = "{GONE}", IsOffice365 = "true" }} }}
portal = {{ first = "John", last = "Smith", email = "{ADDRESS}", user-name = "{ADDRESS}" }}

[[person]]
user = {{ upn = "{ADDRESS}", first = "{first}", last = "Smith", title = "Trainee" }}
"#,
        !active
    );
    World::of(&[client("Alder", 20, 14, &people)])
}

fn contact(kit: &Kit, world: &World) -> Value {
    let state = world.sandbox.snapshot();
    let with = kit.with_email(&state, ADDRESS);
    assert_eq!(with.len(), 1, "{}", kit.id);
    with[0].1.clone()
}

#[test]
fn the_contact_does_not_become_the_successor_and_the_question_says_why() {
    each(|kit| {
        for active in [true, false] {
            let world = world("Jane", active);
            let before = contact(kit, &world);
            let plan = world.diff(&["--psa", kit.id]).json();
            let alder = company(&plan, "Alder");
            assert_eq!(alder["changes"], json!([]), "{}", kit.id);
            let [conflict] = &alder["conflicts"].as_array().expect("a list")[..] else {
                panic!("one question: {}", alder["conflicts"])
            };
            let reason = conflict["reason"].as_str().expect("a text");
            for words in [GONE, "who is gone", "the first names differ", "John Smith", "Jane Smith"] {
                assert!(reason.contains(words), "{}: {reason}", kit.id);
            }
            let sides: Vec<&str> = conflict["candidates"]
                .as_array()
                .expect("a list")
                .iter()
                .filter_map(|one| one["side"].as_str())
                .collect();
            assert_eq!(sides, ["365", "psa", "portal"], "{}", kit.id);
            let run = world.sync(&["--psa", kit.id]);
            assert_eq!(run.code, 4, "{}: {}", kit.id, run.err);
            assert_eq!(contact(kit, &world), before, "{}", kit.id);
            let state = world.sandbox.snapshot();
            let mut portal_users = state["cloudradial"]["users"].as_object().expect("by id").values();
            let has_it = |user: &&Value| user["email"] == ADDRESS;
            assert_eq!(portal_users.find(has_it).expect("John")["firstName"], "John", "{}", kit.id);
            let hidden = world.run(&["diff", "--psa", kit.id, "--redact"]).out;
            for name in ["John", "Jane", "j.smith"] {
                assert!(!hidden.contains(name), "{name} is in\n{hidden}");
            }
        }
    });
}

#[test]
fn a_new_account_of_the_same_name_is_linked_without_a_question() {
    each(|kit| {
        let world = world("John", true);
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let contact = contact(kit, &world);
        let stored = kit.get(&contact, Field::Udf(Udf::Office365Id));
        assert_ne!(stored, GONE, "{}", kit.id);
        assert_eq!(kit.get(&contact, Field::Title), "Trainee", "{}", kit.id);
    });
}

/// John's contact, and Jane, who has an address of her own and gets the mail for his.
fn heir() -> World {
    let people = format!(
        r#"
[[person]]
contact = {{ first = "John", last = "Smith", email = "{ADDRESS}", udf = {{ Office365Id = "{GONE}", IsOffice365 = "true" }} }}

[[person]]
user = {{ upn = "jane@alder.example", first = "Jane", last = "Miller" }}
"#
    );
    let world = World::of(&[client("Alder", 20, 14, &people)]);
    world.edit(|state| {
        jane(state)["proxyAddresses"] =
            json!(["SMTP:jane@alder.example".to_owned(), format!("smtp:{ADDRESS}")]);
    });
    world
}

fn jane(state: &mut Value) -> &mut Value {
    let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
    let mut users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
    users.find(|user| user["userPrincipalName"] == "jane@alder.example").expect("Jane")
}

#[test]
fn once_they_are_two_people_the_heir_of_an_address_gets_a_contact() {
    each(|kit| {
        let world = heir();
        let plan = world.diff(&["--psa", kit.id]).json();
        assert_eq!(company(&plan, "Alder")["conflicts"].as_array().map(Vec::len), Some(1), "{}", kit.id);
        let mut state = world.sandbox.snapshot();
        let user = jane(&mut state)["id"].as_str().expect("an id").to_owned();
        let john = kit.with_email(&state, ADDRESS)[0].0.to_owned();
        let text = format!("[[split]]\nuser = \"{user}\"\ncontact = {john}\n");
        std::fs::write(world.path("decisions.toml"), text).expect("a writable folder");
        let run = world.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let state = world.sandbox.snapshot();
        assert_eq!(kit.with_email(&state, "jane@alder.example").len(), 1, "{}", kit.id);
        assert_eq!(kit.with_email(&state, ADDRESS)[0].0, john, "{}", kit.id);
        let again = world.diff(&["--psa", kit.id]).json();
        assert_eq!(company(&again, "Alder")["changes"], json!([]), "{}", kit.id);
    });
}
