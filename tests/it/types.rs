//! What the types of contacts decide, over every PSA.

use serde_json::{Value, json};

use crate::conformance::{KITS, Kit};
use crate::harness::{World, company};

/// In agreement on all sides.
const HELEN: (&str, &str) = ("1740001", "helen.marsh@contoso.example");

/// Has a new title in 365.
const PRIYA: &str = "priya.raman@contoso.example";

const RULES: &str = r#"
[[type]]
name = "Billing Contact"
login = false
priority = true
role = "Company Reporting"
groups = ["Finance"]

[[type]]
name = "Board"
sync = false
"#;

/// The built-in MSP with [`RULES`].
fn world() -> World {
    let world = World::new();
    world.configure(|text| format!("retries = 0\n{text}{RULES}"));
    world
}

/// Gives the contact a type, as its PSA keeps it; `None` takes it away. The PSA counts that as a change.
fn plant(world: &World, kit: &Kit, contact: &str, of: Option<&str>) {
    let numbers = [("Billing Contact", 4), ("Board", 5)];
    let number = numbers.iter().find(|(name, _)| Some(*name) == of).map_or(0, |(_, number)| *number);
    world.edit(|state| {
        let record = &mut state[kit.part]["contacts"][contact];
        (kit.give_type)(record, of.unwrap_or_default(), number);
        if let Some(stamp) = record.pointer_mut(kit.stamps[0]) {
            let second = 10 + of.map_or(0, str::len);
            *stamp = json!(format!("2026-11-01T08:00:{second}Z"));
        }
    });
}

/// The contact with this address.
fn contact(world: &World, psa: &str, email: &str) -> String {
    let state = world.sandbox.snapshot();
    let contacts = state[psa]["contacts"].as_object().expect("contacts").clone();
    let found = contacts.into_iter().find(|(_, record)| record.to_string().contains(email));
    found.unwrap_or_else(|| panic!("{email} is no contact of {psa}")).0
}

/// The portal user with this address, as the portal keeps it.
fn portal_user(world: &World, email: &str) -> Value {
    let state = world.sandbox.snapshot();
    let users = state["cloudradial"]["users"].as_object().expect("users");
    users.values().find(|user| user["email"] == email).cloned().unwrap_or_else(|| panic!("{email}"))
}

fn plan(world: &World, psa: &str) -> Value {
    let run = world.diff(&["--psa", psa, "--company", "Contoso"]);
    company(&run.json(), "Contoso").clone()
}

fn sync(world: &World, psa: &str) {
    let run = world.run(&["sync", "--yes", "--psa", psa, "--company", "Contoso", "--allow", "deactivate=9"]);
    assert!([0, 4].contains(&run.code), "{psa}: {} {}\n{}", run.code, run.err, run.out);
}

/// Returns what the plan does to the person with this address.
fn about<'p>(plan: &'p Value, email: &str) -> Vec<&'p Value> {
    let changes = plan["changes"].as_array().expect("changes").iter();
    changes.filter(|change| change["who"]["email"] == email).collect()
}

#[test]
fn a_type_shuts_out_gives_priority_and_asks_for_a_role_once() {
    for kit in &KITS {
        let psa = kit.id;
        let world = world();
        plant(&world, kit, HELEN.0, Some("Billing Contact"));
        let planned = plan(&world, psa);
        let change = about(&planned, HELEN.1);
        assert_eq!(change.len(), 1, "{psa}: {change:#?}");
        let fields: Vec<_> = change[0]["fields"].as_array().expect("fields").iter().collect();
        let names: Vec<_> = fields.iter().map(|field| (&field["field"], &field["row"])).collect();
        let row = json!("type-mapping");
        assert_eq!(names, [(&json!("login"), &row), (&json!("priority"), &row)], "{psa}");
        assert_eq!(planned["todo"][0]["who"]["email"], HELEN.1, "{psa}");
        assert_eq!(planned["todo"][0]["role"], "Company Reporting");
        assert_eq!(planned["todo"][0]["groups"], json!(["Finance"]));
        let shown = world.run(&["diff", "--psa", psa, "--company", "Contoso"]).out;
        assert!(shown.contains("To do in the portal  1"), "{psa}: {shown}");

        sync(&world, psa);
        let helen = portal_user(&world, HELEN.1);
        assert_eq!(
            (&helen["isLoginDisabled"], &helen["priorityStatus"]),
            (&json!(true), &json!(10)),
            "{psa}"
        );
        let again = plan(&world, psa);
        assert_eq!((about(&again, HELEN.1), &again["todo"]), (vec![], &Value::Null), "{psa}");
        let log = world.run(&["log", "last", "--psa", psa]).out;
        assert!(log.contains("give the role Company Reporting, add to the group Finance"), "{psa}: {log}");

        plant(&world, kit, HELEN.0, None);
        sync(&world, psa);
        let helen = portal_user(&world, HELEN.1);
        assert_eq!(
            (&helen["isLoginDisabled"], &helen["priorityStatus"]),
            (&json!(false), &json!(0)),
            "{psa}"
        );
        let log = world.run(&["log", "last", "--psa", psa]).out;
        assert!(log.contains("take the role Company Reporting away"), "{psa}: {log}");
        let again = plan(&world, psa);
        assert_eq!((&again["changes"], &again["todo"]), (&json!([]), &Value::Null), "{psa}");
    }
}

#[test]
fn a_type_that_is_not_synced_leaves_all_records_as_they_are() {
    for kit in &KITS {
        let psa = kit.id;
        let world = world();
        let priya = contact(&world, psa, PRIYA);
        assert!(!about(&plan(&world, psa), PRIYA).is_empty(), "{psa}: there would be something to do");
        plant(&world, kit, &priya, Some("Board"));
        let planned = plan(&world, psa);
        assert_eq!(about(&planned, PRIYA), Vec::<&Value>::new(), "{psa}");
        let excluded = planned["excluded"].as_array().expect("a list");
        let out = excluded.iter().find(|out| out["reason"] == "type is not synced");
        let out = out.unwrap_or_else(|| panic!("{psa}: {excluded:#?}"));
        assert_eq!((&out["id"], &out["detail"]), (&json!(priya), &json!("type \"Board\"")), "{psa}");
        let before = portal_user(&world, PRIYA);
        sync(&world, psa);
        assert_eq!(portal_user(&world, PRIYA), before, "{psa}");
    }
}

#[test]
fn a_field_that_is_gone_holds_everybody_with_a_contact_back_and_says_so() {
    let world = world();
    world.edit(|state| {
        let definitions = state["autotask"]["definitions"].as_object_mut().expect("definitions");
        definitions.retain(|_, definition| definition["fields"]["name"] != "TypeMapping");
    });
    let planned = plan(&world, "autotask");
    assert_eq!(about(&planned, PRIYA), Vec::<&Value>::new());
    let skipped = planned["skipped"].to_string();
    assert!(skipped.contains("Autotask has no contact UDF `TypeMapping`"), "{skipped}");
    let run = world.diff(&["--company", "Contoso", "--strict"]);
    assert_eq!(run.code, 1, "{}", run.err);
}

#[test]
fn an_entry_of_a_list_that_is_retired_counts_for_the_contacts_that_hold_it() {
    // One PSA tells its entries apart from those that may still be chosen, by number in some databases.
    for values in ["Text", "Number"] {
        let kit = &KITS[0];
        let world = world();
        world.edit(|state| {
            let part = &mut state[kit.part];
            part["list_values"] = json!(values);
            let list =
                part["list_items"].as_object().expect("items").values().next().expect("an item").clone();
            let definitions = part["definitions"].as_object_mut().expect("definitions");
            let kind = definitions.values().find(|one| one["fields"]["name"] == "IsOffice365");
            let kind = kind.expect("a list")["fields"]["dataType"].clone();
            let types = definitions.values_mut().find(|one| one["fields"]["name"] == "TypeMapping");
            let types = &mut types.expect("a field")["fields"];
            types["dataType"] = kind;
            let field = types["id"].clone();
            for (id, name, is_active) in [(851, "Billing Contact", false), (852, "Board", true)] {
                let mut item = list.clone();
                let own = &mut item["fields"];
                (own["id"], own["udfFieldId"], own["isActive"]) =
                    (json!(id), field.clone(), json!(is_active));
                (own["valueForDisplay"], own["valueForExport"]) = (json!(name), json!(name));
                part["list_items"][id.to_string()] = item;
            }
        });
        plant(&world, kit, HELEN.0, Some("Billing Contact"));
        let planned = plan(&world, kit.id);
        let change = about(&planned, HELEN.1);
        assert_eq!(change.len(), 1, "{values}: {change:#?}");
        let login = change[0]["fields"].as_array().expect("fields").iter();
        let login: Vec<_> = login.filter(|field| field["field"] == "login").collect();
        assert_eq!(login.len(), 1, "{values}: {change:#?}");
        sync(&world, kit.id);
        assert_eq!(portal_user(&world, HELEN.1)["isLoginDisabled"], true, "{values}");
    }
}
