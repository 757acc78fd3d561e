//! What proves of every row of the feature matrix that it is served, told from the state before a sync to the state
//! after it.

use crsync::model::{Field, Row, Udf};
use serde_json::{Value, json};

use super::people::{AMY, CONTOSO, FABRIKAM, HELEN, VERA, digits, portal_users, user};
use super::story::{MOBILE, PIN, Story, companies};
use crate::harness::company;

/// What proves that a row is served.
pub(super) type Proof = fn(&Story);

/// A proof for every row, in the order of the matrix.
pub(super) const PROOFS: [(Row, Proof); 21] = [
    (Row::SyncFrom365, new_users_reach_the_portal),
    (Row::SyncFromPsa, contacts_reach_the_portal),
    (Row::MatchUsers, people_are_linked),
    (Row::TypeMapping, types_shut_out_and_give_priority),
    (Row::CompanyDetails, territory_and_manager_follow),
    (Row::ExcludeUsers, the_excluded_are_out_of_scope),
    (Row::SyncLog, the_journal_tells_every_change),
    (Row::UpdateContact, contacts_follow_365),
    (Row::ContactActive, leavers_go_and_come_back),
    (Row::SupportPin, pins_reach_the_contact),
    (Row::Office365Presence, presence_is_stored),
    (Row::Office365Id, ids_are_stored),
    (Row::TenantId, the_tenant_is_stored),
    (Row::IgnoreNameUpdates, names_are_held_back),
    (Row::Match365Alternates, further_addresses_of_365_link),
    (Row::MatchPsaAlternates, further_addresses_of_the_contact_link),
    (Row::UserDetails, details_are_kept_in_the_portal),
    (Row::ExcludeLicenses, free_licences_do_not_count),
    (Row::RequireLicense, the_unlicensed_are_out_of_scope),
    (Row::RequireName, the_nameless_are_out_of_scope),
    (Row::SelfService, what_people_ask_arrives_everywhere),
];

pub(super) fn tenant<'s>(state: &'s Value, name: &str) -> &'s str {
    let tenants = state["graph"]["tenants"].as_object().expect("tenants by id");
    tenants.iter().find(|(_, tenant)| tenant["name"] == name).expect("a tenant").0
}

/// The id of the user with this user name.
fn id_of<'s>(story: &'s Story, name: &str) -> &'s str {
    user(&story.before, name)["id"].as_str().expect("an id")
}

/// The number of the only contact with this address afterwards.
fn number(story: &Story, email: &str) -> i64 {
    story.kit.contact(&story.after, email).0.parse().expect("a number")
}

/// Passes if no record with this address was made on any other side.
#[track_caller]
fn is_out_of_scope(story: &Story, email: &str) {
    user(&story.before, email);
    assert!(story.kit.with_email(&story.after, email).is_empty(), "{} {email}", story.kit.id);
    assert!(portal_users(&story.after, email).is_empty(), "{} {email}", story.kit.id);
}

fn new_users_reach_the_portal(story: &Story) {
    let email = "nina.farrow@contoso.example";
    assert!(portal_users(&story.before, email).is_empty());
    let made = portal_users(&story.after, email);
    assert_eq!(made.len(), 1);
    assert_eq!(
        (&made[0]["firstName"], &made[0]["lastName"], &made[0]["title"], &made[0]["department"]),
        (&json!("Nina"), &json!("Farrow"), &json!("Analyst"), &json!("Finance"))
    );
    assert_eq!(digits(made[0]["phoneNumber"].as_str().expect("a number")), "13125550191");
    assert_eq!(digits(made[0]["mobilePhone"].as_str().expect("a number")), "13125550192");
    assert_eq!(made[0]["psaKey"], number(story, email));
}

fn contacts_reach_the_portal(story: &Story) {
    let email = "otto.brandt@contoso.example";
    assert!(portal_users(&story.before, email).is_empty());
    let made = portal_users(&story.after, email);
    assert_eq!(made.len(), 1);
    assert_eq!((&made[0]["lastName"], &made[0]["title"]), (&json!("Brandt"), &json!("Site Manager")));
    assert_eq!(made[0]["psaKey"], number(story, email));
}

fn people_are_linked(story: &Story) {
    // By the stored id, though name and address changed.
    let user = user(&story.before, "maria.santos@fabrikam.example");
    let found = story.kit.with_user(&story.after, user["id"].as_str().expect("an id"));
    assert_eq!(found.len(), 1);
    let names = ["givenName", "surname"].map(|half| user[half].as_str().expect("a name"));
    assert_eq!(story.kit.name(found[0].1), names.join(" "));
    // By an address in other letters.
    let email = "ines.rocha@fabrikam.example";
    let (before, after) = (story.kit.contact(&story.before, email), story.kit.contact(&story.after, email));
    assert_eq!(before.0, after.0);
    assert_eq!(story.kit.get(after.1, Field::Udf(Udf::Office365Id)), id_of(story, email));
}

fn territory_and_manager_follow(story: &Story) {
    let company = &story.before["cloudradial"]["companies"]["9"];
    assert_eq!((&company["territory"], &company["accountManager"]), (&json!("South"), &json!("Toni Mbeki")));
    let company = &story.after["cloudradial"]["companies"]["9"];
    assert_eq!((&company["territory"], &company["accountManager"]), (&json!("North"), &json!("Robin Hale")));
}

fn the_excluded_are_out_of_scope(story: &Story) {
    story.untouched("svc-phone@contoso.example");
    is_out_of_scope(story, "svc-backup@contoso.example");
    is_out_of_scope(story, "scan2@contoso.example");
}

fn the_journal_tells_every_change(story: &Story) {
    let entries = story.journal["run"]["entries"].as_array().expect("a list");
    assert_eq!(entries.len(), story.changes().count());
    assert!(entries.iter().all(|entry| entry["settled"]["how"] == "done"), "{}", story.journal);
}

fn contacts_follow_365(story: &Story) {
    let kit = story.kit;
    let field = |email: &str, field| kit.get(kit.contact(&story.after, email).1, field);
    assert_eq!(field("priya.raman@contoso.example", Field::Title), "Head of Service");
    assert_eq!(digits(&field("marcus.webb@contoso.example", Field::Phone)), "13125550195");
    assert_eq!(digits(&field("lena.ortiz@contoso.example", Field::Mobile)), "13125550197");
    let nina = "nina.farrow@contoso.example";
    assert!(kit.with_email(&story.before, nina).is_empty());
    assert_eq!(kit.name(kit.contact(&story.after, nina).1), "Nina Farrow");
    assert_eq!(field(nina, Field::Title), "Analyst");
    assert_eq!(digits(&field(nina, Field::Phone)), "13125550191");
    assert_eq!(digits(&field(nina, Field::Mobile)), "13125550192");
    let held = kit.contact(&story.after, nina).1.pointer(kit.company);
    assert_eq!(held, Some(&json!(CONTOSO)));
}

fn leavers_go_and_come_back(story: &Story) {
    let active = |state, email| story.kit.is_active(story.kit.contact(state, email).1);
    for gone in ["victor.lund@contoso.example", "elsa.novak@contoso.example"] {
        assert_eq!((active(&story.before, gone), active(&story.after, gone)), (Some(true), Some(false)));
    }
    for back in ["jonas.bell@fabrikam.example", "petra.wolf@fabrikam.example"] {
        assert_eq!((active(&story.before, back), active(&story.after, back)), (Some(false), Some(true)));
    }
}

fn presence_is_stored(story: &Story) {
    let email = "amy.chu@contoso.example";
    let held = |state| story.kit.get(story.kit.contact(state, email).1, Field::Udf(Udf::IsOffice365));
    assert_eq!((held(&story.before).as_str(), held(&story.after).as_str()), ("", "true"));
}

fn ids_are_stored(story: &Story) {
    for email in ["ravi.menon@contoso.example", "nina.farrow@contoso.example"] {
        let contact = story.kit.contact(&story.after, email).1;
        assert_eq!(story.kit.get(contact, Field::Udf(Udf::Office365Id)), id_of(story, email));
    }
}

fn the_tenant_is_stored(story: &Story) {
    assert_eq!(story.kit.tenant_of(&story.before, FABRIKAM), None);
    assert_eq!(story.kit.tenant_of(&story.after, FABRIKAM), Some(tenant(&story.before, "Fabrikam")));
}

fn names_are_held_back(story: &Story) {
    let email = "alexandra.moody@wingtip.example";
    let contact = story.kit.contact(&story.before, email).1;
    let user = user(&story.before, email);
    assert_ne!(story.kit.name(contact).split(' ').next(), user["givenName"].as_str());
    story.untouched(email);
}

fn further_addresses_of_365_link(story: &Story) {
    for name in ["sofie.dahl@fabrikam.example", "milo.frost@fabrikam.example"] {
        let holders = story.kit.with_user(&story.after, id_of(story, name));
        assert_eq!(holders.len(), 1, "{name}");
        assert!(story.before[story.kit.part]["contacts"].get(holders[0].0).is_some(), "{name} was made anew");
    }
}

fn further_addresses_of_the_contact_link(story: &Story) {
    let holders = story.kit.with_user(&story.after, id_of(story, "anna.weiss@fabrikam.example"));
    assert_eq!(holders.len(), 1);
    assert!(story.before[story.kit.part]["contacts"].get(holders[0].0).is_some(), "she was made anew");
}

fn free_licences_do_not_count(story: &Story) {
    is_out_of_scope(story, "jack.doyle@contoso.example");
}

fn the_unlicensed_are_out_of_scope(story: &Story) {
    is_out_of_scope(story, "paul.reyes@contoso.example");
}

fn the_nameless_are_out_of_scope(story: &Story) {
    is_out_of_scope(story, "harbour-room@northwind.example");
}

fn types_shut_out_and_give_priority(story: &Story) {
    let helen = |state| portal_users(state, HELEN)[0].clone();
    let flags = |state| ["isLoginDisabled", "priorityStatus"].map(|name| helen(state)[name].clone());
    assert_ne!(flags(&story.before), [json!(true), json!(10)]);
    assert_eq!(flags(&story.after), [json!(true), json!(10)]);
    let todo = &company(&story.plan, "Contoso")["todo"];
    assert_eq!((&todo[0]["role"], &todo[0]["groups"]), (&json!("Company Reporting"), &json!(["Finance"])));
}

fn pins_reach_the_contact(story: &Story) {
    let held = |state| story.kit.get(story.kit.contact(state, VERA).1, Field::Udf(Udf::SupportPin));
    assert_eq!((held(&story.before).as_str(), held(&story.after).as_str()), ("", PIN));
    for told in [&story.plan, &story.run, &story.journal, &story.again] {
        assert!(!told.to_string().contains(PIN), "a PIN is shown");
    }
}

fn details_are_kept_in_the_portal(story: &Story) {
    let traits = |email: &str| -> Value {
        let assets =
            story.after["cloudradial"]["flexible"]["assets"].as_object().expect("assets by id").values();
        let all = assets.map(|asset| asset["traitsJson"].as_str().expect("a text"));
        let mut all = all.map(|text| serde_json::from_str::<Value>(text).expect("traits"));
        all.find(|traits| traits["user-name"] == email).unwrap_or_else(|| panic!("{email} has no details"))
    };
    let helen = traits(HELEN);
    assert_eq!(
        (&helen["portal-role"], &helen["portal-groups"]),
        (&json!("Company Reporting"), &json!("Finance"))
    );
    let nina = traits("nina.farrow@contoso.example");
    assert_eq!(nina["office-365-id"], id_of(story, "nina.farrow@contoso.example"));
    assert_eq!((&nina["account-state"], &nina["display-name"]), (&json!("Enabled"), &json!("Nina Farrow")));
    assert!(nina["assigned-products"].as_str().expect("a text").starts_with("Microsoft 365 "), "{nina}");
}

fn what_people_ask_arrives_everywhere(story: &Story) {
    assert_eq!(story.asked["answers"][0]["result"], "done", "{}", story.asked);
    assert_eq!(user(&story.served, AMY)["mobilePhone"], MOBILE);
    let contact = story.kit.contact(&story.served, AMY).1;
    assert_eq!(digits(&story.kit.get(contact, Field::Mobile)), digits(MOBILE));
    assert_eq!(
        digits(portal_users(&story.served, AMY)[0]["mobilePhone"].as_str().expect("a number")),
        digits(MOBILE)
    );
    for company in companies(&story.at_last) {
        assert_eq!(company["changes"], json!([]), "{} {}", story.kit.id, company["name"]);
    }
}
