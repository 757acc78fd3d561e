//! What a service leaves out of a record is neither a yes nor a no.

use serde_json::{Value, json};

use super::{Kit, each};
use crate::harness::{Run, World, company};

const CONTOSO: i64 = 174;

fn sync(world: &World, kit: &Kit) -> Run {
    let run = world.sync(&[
        "--psa",
        kit.id,
        "--company",
        "Contoso",
        "--allow",
        "create=99",
        "--allow",
        "update=999",
        "--allow",
        "deactivate=99",
    ]);
    assert!([0, 4].contains(&run.code), "{}: {}: {}{}", kit.id, run.code, run.out, run.err);
    run
}

/// The contacts of Contoso.
fn contacts<'v>(state: &'v mut Value, kit: &Kit) -> Vec<&'v mut Value> {
    let contacts = state[kit.part]["contacts"].as_object_mut().expect("contacts");
    contacts.values_mut().filter(|contact| contact.pointer(kit.company) == Some(&json!(CONTOSO))).collect()
}

#[test]
fn contacts_that_do_not_say_whether_they_are_active_are_made_neither() {
    each(|kit| {
        let Some((flag, _)) = kit.active else { return };
        let (parent, name) = flag.rsplit_once('/').expect("a pointer");
        let world = World::small();
        let mut unread = Vec::new();
        world.edit(|state| {
            for contact in contacts(state, kit) {
                let fields = contact.pointer_mut(parent).and_then(Value::as_object_mut).expect("fields");
                fields.remove(name);
            }
        });
        let plan = world.diff(&["--psa", kit.id, "--company", "Contoso"]).json();
        let part = company(&plan, "Contoso");
        let said = part["skipped"].to_string();
        assert!(said.contains("active flag not read"), "{}: {said}", kit.id);
        for change in part["changes"].as_array().expect("changes") {
            let fields = change["fields"].as_array().expect("fields");
            assert!(fields.iter().all(|field| field["field"] != "active"), "{}: {change}", kit.id);
        }
        sync(&world, kit);
        world.edit(|state| {
            for contact in contacts(state, kit) {
                unread.push(contact.pointer(flag).cloned());
            }
        });
        // Those that the run made say it.
        let written = unread.iter().flatten().count();
        let made = part["changes"]
            .as_array()
            .expect("changes")
            .iter()
            .filter(|change| change["action"] == "create" && change["record"]["kind"] == "contact");
        assert_eq!(written, made.count(), "{}", kit.id);
    });
}

#[test]
fn users_whose_account_state_was_not_read_neither_leave_nor_come() {
    each(|kit| {
        let world = World::small();
        world.edit(|state| {
            for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants").values_mut() {
                for user in tenant["users"].as_array_mut().expect("users") {
                    user["accountEnabled"] = Value::Null;
                }
            }
        });
        let plan = world.diff(&["--psa", kit.id, "--company", "Contoso"]).json();
        let part = company(&plan, "Contoso");
        assert!(part["excluded"].to_string().contains("account state not read"), "{}", kit.id);
        let of_people = part["changes"].as_array().expect("changes").iter().filter(|change| {
            let kind = change["record"]["kind"].as_str().unwrap_or_default();
            // A user who is not in the listing was not read either.
            let is_gone = change["who"]["email"] == "elsa.novak@contoso.example";
            !kind.ends_with("company") && change["fields"][0]["source"] == "365" && !is_gone
        });
        assert_eq!(of_people.collect::<Vec<_>>(), Vec::<&Value>::new(), "{}", kit.id);
    });
}
