//! A second account with the same mail attribute: it is out of scope, and yields to the first one.

use serde_json::{Value, json};

use crate::conformance::each;
use crate::harness::{World, client, company};

const PEOPLE: &str = r#"
[[person]]
like-user = ["contact", "portal"]
user = { upn = "ann.admin@alder.example", first = "Ann", last = "Admin" }

[[person]]
user = { upn = "adm-ann@alder.example", mail = "ann.admin@alder.example", first = "Ann", last = "Admin (adm)", licences = [] }

[[person]]
like-user = ["contact", "portal"]
user = { upn = "dan.new@alder.example", first = "Dan", last = "New" }

[[person]]
user = { upn = "dan.old@alder.example", mail = "dan.new@alder.example", first = "Dan", last = "Old", disabled = true, licences = [] }

[[person]]
user = { upn = "bob.admin@alder.example", first = "Bob", last = "Admin" }
contact = { first = "Bob", last = "Admin", email = "bob.admin@alder.example" }

[[person]]
user = { upn = "adm-bob@alder.example", mail = "bob.admin@alder.example", first = "Bob", last = "Admin (adm)", licences = [] }

[[person]]
user = { upn = "eve.admin@alder.example", first = "Eve", last = "Admin" }

[[person]]
user = { upn = "adm-eve@alder.example", mail = "eve.admin@alder.example", first = "Eve", last = "Admin (adm)", licences = [] }
"#;

/// The client, with or without the accounts beside the four people.
fn world(with_second_accounts: bool) -> World {
    let entries = PEOPLE.split("[[person]]").skip(1);
    let is_second = |entry: &&str| entry.contains("licences = []");
    let people: Vec<String> = entries
        .filter(|entry| with_second_accounts || !is_second(entry))
        .map(|entry| format!("[[person]]{entry}"))
        .collect();
    World::of(&[client("Alder", 20, 14, &people.concat())])
}

/// What is written: the action, the kind of record, the address and the fields.
fn written(plan: &Value) -> Vec<String> {
    let changes = company(plan, "Alder")["changes"].as_array().expect("a list").iter();
    let change = |change: &Value| {
        let fields = change["fields"].as_array().expect("a list").iter();
        let fields: Vec<&str> = fields.filter_map(|field| field["field"].as_str()).collect();
        let (action, kind, who) = (&change["action"], &change["record"]["kind"], &change["who"]["email"]);
        format!("{action} {kind} {who} {fields:?}")
    };
    changes.map(change).collect()
}

#[test]
fn all_four_are_served_as_if_the_second_account_were_not_there() {
    each(|kit| {
        let (with, without) = (world(true), world(false));
        let plan = |world: &World| world.diff(&["--psa", kit.id]).json();
        let (plan, other) = (plan(&with), plan(&without));
        assert_eq!(written(&plan), written(&other), "{}", kit.id);
        assert!(written(&plan).iter().any(|change| change.contains("eve.admin")), "{}", kit.id);
        assert_eq!(company(&plan, "Alder")["conflicts"], json!([]), "{}", kit.id);
        let of_people = |skip: &&Value| !skip["who"].is_null();
        let skipped = company(&plan, "Alder")["skipped"].as_array().expect("a list");
        assert_eq!(skipped.iter().filter(of_people).count(), 0, "{}: {skipped:?}", kit.id);
        let run = with.sync(&["--psa", kit.id]);
        assert_eq!(run.code, 0, "{}: {}{}", kit.id, run.out, run.err);
        let again = with.diff(&["--psa", kit.id, "--exit-code"]);
        assert_eq!(again.code, 0, "{}: {}", kit.id, again.out);
    });
}

#[test]
fn the_account_that_yields_is_noted() {
    each(|kit| {
        let world = world(true);
        let people = world.run(&["match", "--psa", kit.id, "--format", "json"]).json();
        let linked = company(&people, "Alder")["linked"].as_array().expect("a list");
        for (email, second) in
            [("ann.admin", "Ann Admin (adm)"), ("dan.new", "Dan Old"), ("bob.admin", "Bob Admin (adm)")]
        {
            let email = format!("{email}@alder.example");
            let person = linked.iter().find(|one| one["who"]["email"] == *email).expect("linked");
            let aside = &person["stood-back"][0];
            assert_eq!(aside["member"]["record"]["who"]["name"], second, "{}", kit.id);
            assert_eq!(aside["evidence"][0]["kind"], "primary-email", "{}", kit.id);
        }
        let id = linked.iter().find(|one| one["who"]["email"] == "dan.new@alder.example").expect("Dan");
        let id = id["records"][0]["record"]["id"].as_str().expect("an id");
        let shown = world.run(&["explain", "--psa", kit.id, id]).out;
        assert!(shown.contains("yields to this person: 365 user"), "{}: {shown}", kit.id);
    });
}

#[test]
fn two_accounts_in_scope_that_share_an_address_stay_a_conflict() {
    each(|kit| {
        let people = PEOPLE.replace(", licences = [] }", " }").replace(", disabled = true", "");
        let world = World::of(&[client("Alder", 20, 14, &people)]);
        let plan = world.diff(&["--psa", kit.id]).json();
        assert_eq!(company(&plan, "Alder")["conflicts"].as_array().map(Vec::len), Some(4), "{}", kit.id);
        assert_eq!(company(&plan, "Alder")["changes"], json!([]), "{}", kit.id);
    });
}
