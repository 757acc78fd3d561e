//! Custom fields of ConnectWise PSA that are the MSP's own, and custom fields that some records do not show.

use serde_json::{Value, json};

use crate::conformance::{KITS, Kit};
use crate::harness::{LIFTED, World, client, company};

const LEA: &str = "lea@alder.example";
const ALL: [&str; 4] = ["--psa", "connectwise", "--company", "*"];

fn kit() -> &'static Kit {
    KITS.iter().find(|kit| kit.part == "connectwise").expect("a kit")
}

/// Alder and Birch, where all agree but for Lea at Alder: she has a new title.
fn world() -> World {
    let people = "
[[person]]
like-user = [\"contact\", \"portal\"]
user = { upn = \"lea@alder.example\", first = \"Lea\", last = \"Vander\", title = \"Buyer\" }
";
    let world = World::of(&[client("Alder", 20, 3, people), client("Birch", 21, 3, "")]);
    let run = world.sync(&[&ALL[..], &LIFTED].concat());
    assert!([0, 4].contains(&run.code), "{}", run.err);
    edit_lea(&world, |user| user["jobTitle"] = json!("Director"));
    world
}

fn edit_lea(world: &World, edit: impl FnOnce(&mut Value)) {
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut();
        let mut users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
        edit(users.find(|user| user["userPrincipalName"] == LEA).expect("Lea"));
    });
}

fn lea(world: &World) -> Value {
    kit().contact(&world.sandbox.snapshot(), LEA).1.clone()
}

/// What the plan skips for this row of a whole company: reason, next step, and whether it is an error when strict.
fn skips(plan: &Value, name: &str, row: &str) -> Vec<(String, String, bool)> {
    let skips = company(plan, name)["skipped"].as_array().expect("a list").clone();
    let of = skips.into_iter().filter(|skip| skip["row"] == row && skip["who"].is_null());
    of.map(|skip| {
        let text = |key: &str| skip[key].as_str().unwrap_or_default().to_owned();
        (text("reason"), text("next"), skip["strict"] == true)
    })
    .collect()
}

/// Changes the definition of a custom field.
fn edit_field(world: &World, caption: &str, edit: impl Fn(&mut Value)) {
    world.edit(|state| {
        let all = state["connectwise"]["definitions"].as_object_mut().expect("definitions").values_mut();
        all.map(|one| &mut one["fields"]).filter(|one| one["caption"] == caption).for_each(edit);
    });
}

#[test]
fn a_retired_option_and_a_text_of_several_lines_keep_nothing_from_being_written_and_stay() {
    let world = world();
    let text = "first left\nthen right\n";
    edit_field(&world, "Newsletter", |field| field["options"][0]["inactiveFlag"] = json!(true));
    world.edit(|state| {
        let mut field = state["connectwise"]["definitions"]["81"].clone();
        let own = &mut field["fields"];
        (own["id"], own["caption"], own["fieldTypeIdentifier"]) =
            (json!(99), json!("Directions"), json!("TextArea"));
        own["sequenceNumber"] = json!(77);
        state["connectwise"]["definitions"]["99"] = field;
        let contact = kit().contact_mut(state, LEA);
        contact["udf"]["Newsletter"] = json!("true");
        contact["udf"]["Directions"] = json!(text);
    });
    let is_as_it_was = |world: &World| {
        let contact = lea(world);
        (contact["udf"]["Newsletter"] == "true", contact["udf"]["Directions"] == text)
    };
    let run = world.sync(&ALL);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(lea(&world)["fields"]["title"], "Director");
    assert_eq!(is_as_it_was(&world), (true, true));

    // A field of crsync's own is written beside them.
    world.edit(|state| kit().contact_mut(state, LEA)["udf"]["IsOffice365"] = json!(false));
    let run = world.sync(&ALL);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(lea(&world)["udf"]["IsOffice365"], true);
    assert_eq!(is_as_it_was(&world), (true, true));

    edit_lea(&world, |user| user["accountEnabled"] = json!(false));
    let run = world.sync(&ALL);
    assert_eq!(run.code, 0, "{}", run.err);
    assert_eq!(lea(&world)["fields"]["inactiveFlag"], true, "she left");
    assert_eq!(is_as_it_was(&world), (true, true));
}

#[test]
fn custom_fields_are_kept_where_a_patch_clears_what_it_does_not_name() {
    let world = world();
    world.edit(|state| {
        state["connectwise"]["clears_left_out"] = json!(true);
        let contact = kit().contact_mut(state, LEA);
        contact["udf"]["Newsletter"] = json!("true");
        contact["udf"]["IsOffice365"] = json!(false);
    });
    let run = world.sync(&ALL);
    assert_eq!(run.code, 0, "{}", run.err);
    let contact = lea(&world);
    assert_eq!(
        (&contact["udf"]["Newsletter"], &contact["udf"]["IsOffice365"]),
        (&json!("true"), &json!(true))
    );
    assert!(contact["udf"]["Office365Id"].is_string());
}

#[test]
fn a_field_that_contacts_do_not_show_is_one_line_with_their_number() {
    let world = world();
    // Birch is at another location, and one contact of Alder as well.
    edit_field(&world, "Office365Id", |field| field["locationIds"] = json!([4]));
    world.edit(|state| {
        let part = &mut state["connectwise"];
        part["companies"]["240"]["fields"]["territory"] = json!({"id": 4});
        part["companies"]["242"]["fields"]["territory"] = json!({"id": 3});
        kit().contact_mut(state, LEA)["fields"]["companyLocation"] = json!({"id": 3});
    });
    let plan = world.diff(&ALL).json();
    let row = "office365-id";
    let next = "in ConnectWise PSA, show `Office365Id` on every contact, whatever its location or department";
    let told = |reason: &str, strict| [(format!("{row}: {reason}"), next.to_owned(), strict)];
    assert_eq!(
        skips(&plan, "Alder", row),
        told("1 of 4 contacts do not show the contact UDF `Office365Id`, so it is not written there", false)
    );
    assert_eq!(
        skips(&plan, "Birch", row),
        told("none of the 3 contacts shows the contact UDF `Office365Id`, so it is not written there", true)
    );

    // Where no contact at all shows it, it is not taken for one that does not exist.
    edit_field(&world, "Office365Id", |field| field["locationIds"] = json!([5]));
    let plan = world.diff(&ALL).json();
    assert_eq!(
        skips(&plan, "Alder", row),
        told("none of the 4 contacts shows the contact UDF `Office365Id`, so it is not written there", true)
    );
    assert!(world.run(&["push-udfs", "--check", "--psa", "connectwise"]).out.contains("Office365Id"));
}

#[test]
fn a_field_that_a_company_does_not_show_is_named_with_the_company() {
    let world = world();
    edit_field(&world, "Tenant365Id", |field| field["locationIds"] = json!([5]));
    let plan = world.diff(&ALL).json();
    let told = skips(&plan, "Alder", "tenant-id");
    let [(reason, next, true)] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(
        reason,
        "tenant-id: company 240 does not show the company UDF `Tenant365Id`, so it is not written there"
    );
    assert!(next.contains("show `Tenant365Id` on every company"), "{next}");
}

#[test]
fn a_new_contact_is_made_without_a_field_that_its_company_does_not_show() {
    let world = world();
    edit_field(&world, "Office365Id", |field| field["locationIds"] = json!([5]));
    world.edit(|state| {
        let contacts = state["connectwise"]["contacts"].as_object_mut().expect("contacts");
        contacts.retain(|_, contact| contact["fields"]["firstName"] != "Lea");
    });
    let run = world.sync(&[&ALL[..], &LIFTED].concat());
    assert_eq!(run.code, 0, "{}", run.err);
    let contact = lea(&world);
    assert_eq!(contact["udf"]["IsOffice365"], true);
    assert!(contact["udf"].get("Office365Id").is_none());
}
