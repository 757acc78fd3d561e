//! Many clients in Kaseya BMS, which takes 1,500 calls of a kind in an hour: hour by hour all of them are done, and
//! no plan promises what the hour has no calls for.

use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::harness::{Run, World};

const CLIENTS: i64 = 14;
const PEOPLE: i64 = 120;
/// People of every client who have neither contact nor portal user.
const NEW: i64 = 3;
/// Of so many people one has a contact that stores nothing of 365 yet.
const UNMARKED: i64 = 4;
/// The tenant of Helen Marsh.
const TENANT: &str = "c0a1e5b2-0000-4000-8000-000000000009";

/// The number of a person, which all its ids are made of.
fn number(client: i64, person: i64) -> i64 {
    3_000_000 + client * 1_000 + person
}

fn tenant(client: i64) -> String {
    format!("{client:08x}-0000-4000-8000-00000000000c")
}

fn address(client: i64, person: i64) -> String {
    format!("p{person}@c{client}.example")
}

/// A copy of the record of Helen Marsh, with these values in the place of hers.
fn copy(of: &Value, values: &[(&str, Value)]) -> Value {
    let mut copy = of.clone();
    for (pointer, value) in values {
        *copy.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer}")) = value.clone();
    }
    copy
}

/// The only one of the records of a map, or of a list, that has this address.
fn helen(records: &Value, pointer: &str) -> Value {
    let all: Vec<&Value> = match records {
        Value::Object(map) => map.values().collect(),
        other => other.as_array().expect("records").iter().collect(),
    };
    let is_hers = |record: &&&Value| record.pointer(pointer) == Some(&json!("helen.marsh@contoso.example"));
    (*all.iter().find(is_hers).expect("Helen")).clone()
}

/// The clients, each with a tenant of its own; contacts agree with it, but some store nothing of it.
fn fill(state: &mut Value) {
    let user = helen(&state["graph"]["tenants"][TENANT]["users"], "/mail");
    let contact = helen(&state["bms"]["contacts"], "/emails/0/emailAddress");
    let portal_user = helen(&state["cloudradial"]["users"], "/email");
    let account = state["bms"]["accounts"]["174"].clone();
    let portal_company = state["cloudradial"]["companies"]["9"].clone();
    let directory = state["graph"]["tenants"][TENANT].clone();
    let (mut contacts, mut portal_users) = (Map::new(), Map::new());
    for client in 1..=CLIENTS {
        let mut users = Vec::new();
        let name = format!("Client {client}");
        let account = copy(
            &account,
            &[
                ("/id", json!(client + 500)),
                ("/accountName", json!(name)),
                ("/locations/0/id", json!(client + 5_000)),
                ("/customFields/Tenant365Id", json!(tenant(client))),
            ],
        );
        state["bms"]["accounts"][(client + 500).to_string()] = account;
        let company = [
            ("/companyId", json!(client + 100)),
            ("/name", json!(name)),
            ("/psaKey", json!(client + 500)),
            ("/psaIdentifier", json!((client + 500).to_string())),
        ];
        state["cloudradial"]["companies"][(client + 100).to_string()] = copy(&portal_company, &company);
        for person in 1..=PEOPLE {
            let (id, address) = (number(client, person), address(client, person));
            let user_id = format!("{id:08x}-0000-4000-8000-00000000000a");
            let last = format!("Of {client} and {person}");
            users.push(copy(
                &user,
                &[
                    ("/id", json!(user_id)),
                    ("/userPrincipalName", json!(address)),
                    ("/mail", json!(address)),
                    ("/proxyAddresses", json!([format!("SMTP:{address}")])),
                    ("/displayName", json!(format!("Helen {last}"))),
                    ("/surname", json!(last)),
                ],
            ));
            if person <= NEW {
                continue;
            }
            let marks = json!({"IsOffice365": "true", "Office365Id": user_id});
            let marks = if person % UNMARKED == 0 { json!({}) } else { marks };
            let held = [
                ("/id", json!(id)),
                ("/accountId", json!(client + 500)),
                ("/locationId", json!(client + 5_000)),
                ("/lastName", json!(last)),
                ("/emails/0/emailAddress", json!(address)),
                ("/customFields", marks),
            ];
            contacts.insert(id.to_string(), copy(&contact, &held));
            let user_id = format!("{id:08x}-0000-4000-9000-00000000000b");
            let held = [
                ("/userId", json!(user_id)),
                ("/companyId", json!(client + 100)),
                ("/psaKey", json!(id)),
                ("/email", json!(address)),
                ("/userName", json!(address)),
                ("/displayName", json!(format!("Helen {last}"))),
                ("/lastName", json!(last)),
            ];
            portal_users.insert(user_id, copy(&portal_user, &held));
        }
        let values = [("/users", json!(users)), ("/domains", json!([format!("c{client}.example")]))];
        state["graph"]["tenants"][tenant(client)] = copy(&directory, &values);
        state["entra"]["tenants"][tenant(client)] = json!(tenant(client));
        state["entra"]["roles"][tenant(client)] = state["entra"]["roles"][TENANT].clone();
    }
    state["bms"]["contacts"] = json!(contacts);
    state["cloudradial"]["users"] = json!(portal_users);
    state["bms"]["limit"] = json!(1_500);
}

fn world() -> World {
    let world = World::small();
    world.edit(fill);
    world.configure(|text| {
        let head = text.split("[[company]]").next().unwrap_or_default().to_owned();
        let companies = (1..=CLIENTS).map(|client| {
            format!(
                "[[company]]\nname = \"Client {client}\"\ncloudradial = {}\npsa = {}\ntenant = \"{}\"\n",
                client + 100,
                client + 500,
                tenant(client)
            )
        });
        format!("retries = 0\n{head}{}", companies.collect::<Vec<_>>().join("\n"))
    });
    world
}

/// An hour passes: here, and at the service.
fn an_hour_later(world: &World) {
    world.edit(|state| state["bms"]["calls"] = json!({}));
    let state = Connection::open(world.path("state").join("state.db")).expect("a state");
    state.execute("UPDATE calls SET at = at - 3700", ()).expect("a table of calls");
}

fn sync(world: &World) -> Run {
    world.sync(&["--psa", "bms", "--allow", "create=9999", "--allow", "update=9999", "--format", "json"])
}

#[test]
fn many_clients_come_to_rest_hour_by_hour_without_a_failed_change() {
    let world = world();
    let mut made = 0;
    for hour in 0.. {
        assert!(hour < 24, "no rest within a day");
        let run = sync(&world);
        assert!([0, 4].contains(&run.code), "hour {hour}: {}: {}{}", run.code, run.out, run.err);
        let report = run.json();
        let entries = report["run"]["entries"].as_array().expect("entries");
        let open: Vec<&Value> = entries.iter().filter(|entry| entry["settled"]["how"] != "done").collect();
        assert!(open.is_empty(), "hour {hour}: {open:?}");
        made += entries.iter().filter(|entry| entry["change"]["action"] == "create").count();
        if entries.is_empty() && hour > 0 {
            break;
        }
        an_hour_later(&world);
    }
    let after = world.run(&["diff", "--psa", "bms", "--exit-code"]);
    assert_eq!(after.code, 0, "the plan agrees that nothing is left: {}", after.out);
    let state = world.sandbox.snapshot();
    let contacts = state["bms"]["contacts"].as_object().expect("contacts");
    assert_eq!(
        contacts.len(),
        usize::try_from(CLIENTS * PEOPLE).expect("few"),
        "one for each, and no second one"
    );
    for contact in contacts.values() {
        assert!(contact["customFields"]["Office365Id"].is_string(), "{contact}");
        assert_eq!(contact["customFields"]["IsOffice365"], "true");
    }
    assert_eq!(made, usize::try_from(CLIENTS * NEW * 2).expect("few"), "contact and portal user");
}
