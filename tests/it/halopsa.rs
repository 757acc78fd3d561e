//! What is true of HaloPSA alone: rows that say less than records, ids and tenants that HaloPSA itself knows, users who
//! are no persons.

use crsync_sandbox::System;
use serde_json::{Value, json};

use crate::harness::{Run, World, company};

const CONTOSO: &str = "174";
/// A person whose portal user has a PIN.
const VERA: &str = "vera.stahl@contoso.example";
/// A person in agreement.
const GRACE: &str = "grace.kim@contoso.example";

fn diff(world: &World, name: &str) -> Value {
    let run = world.diff(&["--psa", "halopsa", "--company", name]);
    assert_eq!(run.code, 0, "{}", run.err);
    run.json()
}

fn sync(world: &World, name: &str) -> Run {
    world.sync(&["--psa", "halopsa", "--company", name, "--allow", "create=99", "--allow", "update=999"])
}

fn changes<'p>(plan: &'p Value, name: &str) -> &'p Vec<Value> {
    company(plan, name)["changes"].as_array().expect("a list")
}

/// The users whose own records were asked for, without the first `from` requests of all.
fn alone(world: &World, from: usize) -> usize {
    let requests = world.sandbox.requests();
    let is_one = |path: &str| path.to_lowercase().starts_with("/api/users/");
    let own = requests[from..].iter().filter(|seen| seen.system == System::HALOPSA && seen.method == "GET");
    own.filter(|seen| is_one(&seen.path)).count()
}

fn contacts(state: &mut Value) -> impl Iterator<Item = &mut Value> {
    state["halopsa"]["contacts"].as_object_mut().expect("contacts by id").values_mut()
}

fn of<'s>(state: &'s mut Value, email: &str) -> &'s mut Value {
    contacts(state).find(|contact| contact["emailaddress"] == email).expect("a contact")
}

#[test]
fn a_general_user_is_no_person_even_where_the_service_lists_it() {
    let world = World::small();
    world.edit(|state| {
        state["halopsa"]["general_users_can_be_left_out"] = json!(false);
        let general = state["halopsa"]["general_users"].as_object_mut().expect("users by id").values_mut();
        general.for_each(|user| user["emailaddress"] = json!("nina.farrow@contoso.example"));
    });
    let before = world.sandbox.snapshot()["halopsa"]["general_users"].clone();
    assert!([0, 4].contains(&sync(&world, "Contoso").code));
    let mut state = world.sandbox.snapshot();
    assert_eq!(state["halopsa"]["general_users"], before);
    assert_eq!(
        of(&mut state, "nina.farrow@contoso.example")["name"],
        "Nina Farrow",
        "she got a contact of her own"
    );
}

#[test]
fn an_id_that_halopsa_itself_knows_links_where_the_field_is_blank() {
    let world = World::small();
    world.edit(|state| {
        let contact = of(state, GRACE);
        contact["azureoid"] = contact["customfields"]["Office365Id"].take();
        contact["emailaddress"] = json!("former@contoso.example");
    });
    let plan = diff(&world, "Contoso");
    let made = changes(&plan, "Contoso")
        .iter()
        .any(|change| change["who"]["email"] == GRACE && change["action"] == "create");
    assert!(!made, "she has a contact: {plan}");
    let stores = changes(&plan, "Contoso").iter().any(|change| {
        let fields = change["fields"].as_array().expect("a list");
        change["who"]["email"] == GRACE && fields.iter().any(|field| field["row"] == "office365-id")
    });
    assert!(stores, "the field is filled, so that nothing is lent any more: {plan}");
    assert!([0, 4].contains(&sync(&world, "Contoso").code));
    let of_grace = |contact: &&mut Value| contact["surname"] == "Kim" && contact["client_id"] == 174;
    let mut state = world.sandbox.snapshot();
    let all: Vec<&mut Value> = contacts(&mut state).filter(of_grace).collect();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["customfields"]["Office365Id"], all[0]["azureoid"]);
}

#[test]
fn a_lent_id_that_halopsa_changes_before_the_write_makes_the_plan_stale() {
    let world = World::small();
    world.edit(|state| {
        let contact = of(state, GRACE);
        contact["azureoid"] = contact["customfields"]["Office365Id"].take();
    });
    let plan = world.plan(&["--psa", "halopsa", "--company", "Contoso"]);
    world.edit(|state| of(state, GRACE)["azureoid"] = json!("00000000-0000-4000-8000-0000000000ff"));
    let run = world.run(&["sync", "--plan", &plan, "--yes", "--allow", "create=99", "--allow", "update=999"]);
    assert_eq!(run.code, 6, "{}{}", run.out, run.err);
    let mut state = world.sandbox.snapshot();
    assert!(of(&mut state, GRACE)["customfields"]["Office365Id"].is_null());
}

#[test]
fn a_service_that_sends_nulls_and_one_that_leaves_them_out_are_read_and_written_alike() {
    let [sparse, full] = [false, true].map(|sends| {
        let world = World::small();
        world.edit(|state| state["halopsa"]["sends_nulls"] = json!(sends));
        let plan = diff(&world, "Contoso");
        assert!([0, 4].contains(&sync(&world, "Contoso").code));
        assert_eq!(changes(&diff(&world, "Contoso"), "Contoso"), &Vec::<Value>::new(), "{sends}");
        changes(&plan, "Contoso").clone()
    });
    assert!(!sparse.is_empty());
    assert_eq!(sparse, full);
}

#[test]
fn a_service_account_is_present_and_gets_no_second_contact() {
    let world = World::small();
    let before = contacts(&mut world.sandbox.snapshot()).count();
    world.edit(|state| of(state, GRACE)["isserviceaccount"] = json!(true));
    let plan = diff(&world, "Contoso");
    assert!(changes(&plan, "Contoso").iter().all(|change| change["who"]["email"] != GRACE), "{plan}");
    assert!([0, 4].contains(&sync(&world, "Contoso").code));
    let mut after = world.sandbox.snapshot();
    let own = contacts(&mut after).filter(|contact| contact["emailaddress"] == GRACE).count();
    assert_eq!((own, contacts(&mut after).count() - before), (1, 1), "Nina alone is new");
}

#[test]
fn nothing_is_made_at_a_main_site_that_moved_to_another_client() {
    let world = World::small();
    world.edit(|state| state["halopsa"]["sites"]["500174"]["client_id"] = json!(175));
    let before = contacts(&mut world.sandbox.snapshot()).count();
    for _ in 0..2 {
        let run = sync(&world, "Contoso");
        assert_eq!(run.code, 7, "{}{}", run.out, run.err);
        assert!(run.out.contains("belongs to client 175"), "{}", run.out);
    }
    assert_eq!(contacts(&mut world.sandbox.snapshot()).count(), before);
}

#[test]
fn a_tenant_that_halopsa_links_to_the_client_is_a_proof() {
    let world = World::small();
    let link = |tenants: Value| {
        world.edit(|state| state["halopsa"]["clients"]["175"]["azure_tenants"] = tenants);
    };
    let tenants = world.sandbox.snapshot()["graph"]["tenants"].clone();
    let id = |name: &str| {
        let all = tenants.as_object().expect("tenants by id").iter();
        all.into_iter().find(|(_, tenant)| tenant["name"] == name).expect("a tenant").0.clone()
    };
    let writes_tenant = |plan: &Value| {
        let fields =
            changes(plan, "Fabrikam").iter().flat_map(|change| change["fields"].as_array().expect("a list"));
        fields.filter(|field| field["row"] == "tenant-id").count()
    };
    assert_eq!(writes_tenant(&diff(&world, "Fabrikam")), 1, "nothing is stored, and nothing linked");
    link(json!([{"azure_tenant_id": id("Fabrikam"), "client_id": 175}]));
    assert_eq!(writes_tenant(&diff(&world, "Fabrikam")), 0, "it is known already");
    link(json!([{"azure_tenant_id": id("Contoso"), "client_id": 175}]));
    let plan = diff(&world, "Fabrikam");
    assert_eq!(company(&plan, "Fabrikam")["company-conflicts"][0]["proof"], "stored-tenant");
    assert_eq!(changes(&plan, "Fabrikam"), &Vec::<Value>::new());
    world.edit(|state| {
        state["halopsa"]["clients"]["175"]["customfields"]["Tenant365Id"] = json!(id("Fabrikam"));
    });
    let run = sync(&world, "Fabrikam");
    assert_eq!(run.code, 4, "{}", run.err);
    assert!(run.out.contains("is linked to the tenant"), "{}", run.out);
}

#[test]
fn an_answer_that_shows_an_id_alone_is_looked_at_again() {
    for (key, value) in [("answers_ids", true), ("answers_lists", true)] {
        let world = World::small();
        world.edit(|state| state["halopsa"][key] = json!(value));
        let run = sync(&world, "Contoso");
        assert!([0, 4].contains(&run.code), "{key}: {}{}", run.out, run.err);
        assert_eq!(changes(&diff(&world, "Contoso"), "Contoso"), &Vec::<Value>::new(), "{key}");
    }
}

#[test]
fn rows_without_custom_fields_cost_a_request_for_each_user_once() {
    let world = World::small();
    world.edit(|state| state["halopsa"]["fields_in_rows"] = json!(false));
    let before = world.sandbox.requests().len();
    diff(&world, "Contoso");
    assert!(alone(&world, before) > 25, "{}", alone(&world, before));
    let before = world.sandbox.requests().len();
    let plan = diff(&world, "Contoso");
    assert_eq!(alone(&world, before), 1, "one tells which fields there are");
    let run = sync(&world, "Contoso");
    assert!([0, 4].contains(&run.code), "{}{}", run.out, run.err);
    assert!(!changes(&plan, "Contoso").is_empty());
    assert_eq!(changes(&diff(&world, "Contoso"), "Contoso"), &Vec::<Value>::new());
}

#[test]
fn users_who_are_not_known_yet_hold_back_what_they_could_overrule() {
    let world = World::small();
    // Where to sign in, the sign-in, clients and users; one is left for the users, and one for writing.
    world.configure(|text| {
        format!("retries = 0\n{}", text.replace("[halopsa]\n", "[halopsa]\nrate-limit = 6\n"))
    });
    let plan = diff(&world, "Contoso");
    let skipped = company(&plan, "Contoso")["skipped"].to_string();
    assert!(skipped.contains("are not known yet; run again after "), "{skipped}");
    let creates = changes(&plan, "Contoso")
        .iter()
        .filter(|change| change["action"] == "create" && change["record"]["kind"] == "contact");
    assert_eq!(creates.count(), 0, "one who is not known may be the person");
}

#[test]
fn a_user_without_a_name_gets_no_contact_and_fails_no_run() {
    let world = World::small();
    world.configure(|text| format!("retries = 0\n{}", text.replace("require-name = true\n", "")));
    world.edit(|state| {
        let tenants = state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut();
        let users = tenants.flat_map(|tenant| tenant["users"].as_array_mut().expect("users"));
        let nina = users.into_iter().find(|user| user["mail"] == "nina.farrow@contoso.example");
        let nina = nina.expect("a person without a contact");
        (nina["givenName"], nina["surname"]) = (Value::Null, Value::Null);
    });
    let skipped = company(&diff(&world, "Contoso"), "Contoso")["skipped"].to_string();
    assert!(skipped.contains("first-name is missing, and a contact needs one"), "{skipped}");
    let run = sync(&world, "Contoso");
    assert!([0, 4].contains(&run.code), "{}{}", run.out, run.err);
}

#[test]
fn a_pin_that_is_not_kept_is_read_of_the_contact_or_said_to_be_unknown() {
    let world = World::small();
    world.edit(|state| {
        state["halopsa"]["fields_in_rows"] = json!(false);
        of(state, VERA)["customfields"]["SupportPIN"] = json!("1111");
    });
    diff(&world, "Contoso");
    let limited = |limit: &str| {
        world.configure(|text| {
            let text = text.replace("[sync]\n", "[sync]\nsupport-pin = true\n");
            format!("retries = 0\n{}", text.replace("[halopsa]\n", &format!("[halopsa]\n{limit}")))
        });
        diff(&world, "Contoso")
    };
    // Where to sign in, the sign-in, clients, users, and one who tells which fields there are; one is left for writing.
    let plan = limited("rate-limit = 6\n");
    let skipped = company(&plan, "Contoso")["skipped"].to_string();
    assert!(skipped.contains("what their contacts hold is not known yet; run again after "), "{skipped}");
    let plan = limited("");
    let writes_pin = |change: &&Value| {
        let fields = change["fields"].as_array().expect("a list");
        change["who"]["email"] == VERA && fields.iter().any(|field| field["row"] == "support-pin")
    };
    assert_eq!(changes(&plan, "Contoso").iter().filter(writes_pin).count(), 1, "{plan}");
}

#[test]
fn a_single_selection_names_a_type_by_its_label() {
    let world = World::small();
    let types = "[[type]]\nname = \"Board\"\nsync = false\n";
    world.configure(|text| format!("retries = 0\n{text}\n{types}"));
    world.edit(|state| {
        let fields = state["halopsa"]["fields"].as_object_mut().expect("fields by id").values_mut();
        let field = fields.into_iter().find(|field| field["name"] == "TypeMapping").expect("a field");
        field["kind"] = json!(2);
        field["entries"] = json!([[7, "Board"], [8, "Kiosk"]]);
        of(state, GRACE)["customfields"]["TypeMapping"] = json!(7);
    });
    let plan = diff(&world, "Contoso");
    let excluded = company(&plan, "Contoso")["excluded"].to_string();
    assert!(excluded.contains("Board"), "{excluded}");
}

#[test]
fn a_checkbox_is_written_as_one() {
    let world = World::small();
    world.edit(|state| {
        let fields = state["halopsa"]["fields"].as_object_mut().expect("fields by id").values_mut();
        let field = fields.into_iter().find(|field| field["name"] == "IsOffice365").expect("a field");
        field["kind"] = json!(6);
        contacts(state).for_each(|contact| {
            drop(contact["customfields"].as_object_mut().map(|all| all.remove("IsOffice365")));
        });
    });
    let run = world.sync(&[
        "--psa",
        "halopsa",
        "--company",
        "Contoso",
        "--allow",
        "update=999",
        "--allow",
        "same-value=999",
    ]);
    assert!([0, 4].contains(&run.code), "{}{}", run.out, run.err);
    let mut state = world.sandbox.snapshot();
    assert_eq!(of(&mut state, GRACE)["customfields"]["IsOffice365"], json!(true));
    assert_eq!(changes(&diff(&world, "Contoso"), "Contoso"), &Vec::<Value>::new());
}

#[test]
fn an_instance_on_the_premises_is_signed_in_to_without_a_tenant() {
    let world = World::small();
    world.edit(|state| state["halopsa"]["tenant"] = Value::Null);
    world.configure(|text| format!("retries = 0\n{}", text.replace("tenant = \"sandbox\"\n", "")));
    diff(&world, "Contoso");
    let requests = world.sandbox.requests();
    assert!(requests.iter().any(|seen| seen.system == System::HALOPSA && seen.path == "/auth/token"));
}

#[test]
fn the_steps_for_a_field_that_is_not_there_are_printed() {
    let world = World::small();
    world.edit(|state| {
        let fields = state["halopsa"]["fields"].as_object_mut().expect("fields by id");
        fields.retain(|_, field| field["name"] != "Office365Id");
        assert_eq!(state["halopsa"]["clients"][CONTOSO]["name"], "Contoso");
    });
    let run = world.run(&["push-udfs", "--check", "--psa", "halopsa", "--company", "Contoso"]);
    assert_eq!(run.code, 4, "{}", run.err);
    insta::assert_snapshot!("halopsa_steps", run.out);
}
