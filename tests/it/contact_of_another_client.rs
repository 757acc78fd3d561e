//! A contact that a technician moved from one client to another: it stores the id of a user of the first one's tenant.

use crsync::model::{Field, Udf};
use serde_json::Value;

use crate::conformance::{Kit, each};
use crate::harness::{World, client, planned, reasons};

const AT_ALDER: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "mo.ved@alder.example", first = "Mo", last = "Ved" }
"#;

const AT_BIRCH: &str = r#"
[[person]]
contact = { first = "Mo", last = "Ved", email = "mo.ved@birch.example" }
portal = { first = "Mo", last = "Ved", email = "mo.ved@birch.example", user-name = "mo.ved@birch.example" }
"#;

/// Mo's account in Alder's tenant.
fn id(world: &World) -> String {
    let state = world.sandbox.snapshot();
    let tenants = state["graph"]["tenants"].as_object().expect("tenants by id").values();
    let mut users = tenants.flat_map(|tenant| tenant["users"].as_array().expect("users"));
    let user = users.find(|user| user["userPrincipalName"] == "mo.ved@alder.example").expect("Mo");
    user["id"].as_str().expect("an id").to_owned()
}

/// The contact at Birch and its portal user.
fn held(world: &World, kit: &Kit) -> (Value, Value) {
    let state = world.sandbox.snapshot();
    let users = state["cloudradial"]["users"].as_object().expect("portal users by id").values();
    let user = users.into_iter().find(|user| user["email"] == "mo.ved@birch.example").expect("a portal user");
    (kit.contact(&state, "mo.ved@birch.example").1.clone(), user.clone())
}

#[test]
fn nothing_is_taken_away_while_the_user_is_alive_in_the_other_tenant() {
    each(|kit| {
        let world = World::of(&[client("Alder", 20, 14, AT_ALDER), client("Birch", 21, 14, AT_BIRCH)]);
        let id = id(&world);
        world.edit(|state| {
            let contact = kit.contact_mut(state, "mo.ved@birch.example");
            kit.set(contact, Field::Udf(Udf::Office365Id), &id);
            kit.set(contact, Field::Udf(Udf::IsOffice365), "true");
        });
        let before = held(&world, kit);
        // Where Birch is chosen alone, what the run before remembers of Alder says it.
        for chosen in [&[][..], &["--company", "Birch"]] {
            let args = [&["--psa", kit.id][..], chosen].concat();
            let plan = world.diff(&args).json();
            assert_eq!(planned(&plan, "Birch", "Mo Ved"), [""; 0], "{} {chosen:?}", kit.id);
            let said = reasons(&plan, "Birch", "skipped", "Mo Ved");
            assert!(said.iter().any(|reason| reason.contains("of another tenant")), "{}: {said:?}", kit.id);
            let run = world.sync(&args);
            assert_eq!(run.code, 0, "{} {chosen:?}: {}{}", kit.id, run.out, run.err);
            assert_eq!(held(&world, kit), before, "{} {chosen:?}", kit.id);
        }
    });
}
