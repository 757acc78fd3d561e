//! Records, written.

use super::super::testing::{error, ok, send, state};
use super::*;
use crate::sample;

const ROUTE: &str = "/Companies/174/Contacts";

#[test]
fn a_contact_is_made_below_its_company() {
    let mut state = state(1);
    let body = json!({"id": 0, "companyID": 174, "firstName": "Mary", "lastName": "Smith", "isActive": 1,
        "emailAddress": "mary@contoso.example",
        "userDefinedFields": [{"name": "Office365Id", "value": "1111"}, {"name": "IsOffice365", "value": "true"}]});
    let response = send(&mut state, "POST", ROUTE, Some(&body));
    assert!(response.changed);
    let id = sample::json(&response)["itemId"].as_i64().unwrap();
    let made = &state.contacts[&id];
    assert_eq!((made.number("id"), made.number("companyID")), (Some(id), Some(174)));
    assert_eq!(made.udf["Office365Id"], "1111");
    assert_eq!(
        error(&mut state, "POST", "/Companies/4711/Contacts", &body),
        "Value does not reference an existing entity for companyID."
    );
}

#[test]
fn a_new_contact_needs_its_names_and_its_activity() {
    let mut state = state(1);
    let full = json!({"firstName": "Mary", "lastName": "Smith", "isActive": 1});
    for name in ["firstName", "lastName", "isActive"] {
        let mut body = full.clone();
        body.as_object_mut().unwrap().remove(name);
        assert_eq!(error(&mut state, "POST", ROUTE, &body), format!("Missing Required Field: {name}."));
    }
    ok(&mut state, "POST", ROUTE, Some(&full));
}

#[test]
fn a_patch_changes_what_it_names_and_moves_the_date() {
    let mut state = state(1);
    let before = state.contacts[&1_740_001].clone();
    let body = json!({"id": 1_740_001, "title": "Director", "isActive": 0});
    assert_eq!(ok(&mut state, "PATCH", ROUTE, Some(&body)), json!({"itemId": 1_740_001}));
    let after = &state.contacts[&1_740_001];
    assert_eq!((after.text("title"), after.number("isActive")), ("Director", Some(0)));
    assert_eq!(after.text("emailAddress"), before.text("emailAddress"));
    assert_ne!(after.text("lastModifiedDate"), before.text("lastModifiedDate"));
}

#[test]
fn a_change_of_user_defined_fields_alone_does_not_move_the_date() {
    let mut state = state(3);
    let before = state.contacts[&1_740_003].text("lastModifiedDate").to_owned();
    let body = json!({"id": 1_740_003, "userDefinedFields": [{"name": "SupportPIN", "value": "1"}]});
    ok(&mut state, "PATCH", ROUTE, Some(&body));
    assert_eq!(state.contacts[&1_740_003].text("lastModifiedDate"), before);
}

#[test]
fn what_breaks_a_rule_changes_nothing() {
    for (change, expected) in [
        (json!({"isActive": true}), "Unexpected character encountered while parsing value: t"),
        (json!({"isActive": 2}), "0 or 1"),
        (json!({"primaryContact": 1}), "Unexpected character encountered while parsing value: 1"),
        (json!({"phone": "+44 (0)20 7946 0000 ext. 1234"}), "longer than 25"),
        (json!({"title": "x".repeat(51)}), "longer than 50"),
        (json!({"firstName": ""}), "Missing Required Field: firstName."),
        (json!({"lastName": null}), "Missing Required Field: lastName."),
        (json!({"companyID": 175}), "companyID is read-only"),
        (json!({"createDate": "2026-01-01T00:00:00Z"}), "createDate is read-only"),
        (
            json!({"countryID": "Norway"}),
            "Conversion failed when converting varchar 'Norway' to data type int",
        ),
        (json!({"companyName": "x"}), "Error ID"),
        (json!({"Title": "x"}), "Error ID"),
    ] {
        let mut state = state(1);
        let before = state.contacts.clone();
        let mut body = change.clone();
        body["id"] = json!(1_740_001);
        let message = error(&mut state, "PATCH", ROUTE, &body);
        assert!(message.contains(expected), "{change}: {message}");
        assert_eq!(state.contacts, before);
    }
}

#[test]
fn an_error_without_sense_has_an_id_and_rules_have_a_last_line() {
    let mut state = state(1);
    let senseless = send(&mut state, "PATCH", ROUTE, Some(&json!({"id": 1_740_001, "SupportPIN": "1"})));
    assert!(sample::json(&senseless)["errorId"].is_i64());
    let broken = send(&mut state, "PATCH", ROUTE, Some(&json!({"id": 1_740_001, "isActive": 7})));
    assert_eq!(sample::json(&broken)["errors"][1], "Error updating entity for record number [1].");
}

#[test]
fn a_contact_of_another_company_is_not_found() {
    let mut state = state(1);
    for id in [1_750_001, 0, 5] {
        let message = error(&mut state, "PATCH", ROUTE, &json!({"id": id, "title": "x"}));
        assert!(message.contains("No matching records found"), "{message}");
    }
}

#[test]
fn the_routes_that_look_right_and_are_not_fail_as_they_do() {
    let mut state = state(1);
    let body = json!({"id": 1_740_001, "title": "x"});
    let html = send(&mut state, "PATCH", "/Contacts", Some(&body));
    assert_eq!(html.status, 404);
    assert!(html.headers[0].1.starts_with("text/html"));
    for (method, target) in [
        ("PUT", "/Contacts/1740001"),
        ("PATCH", "/Companies/174/Contacts/1740001"),
        ("PATCH", "/Companies/174"),
        ("DELETE", "/Companies"),
        ("DELETE", "/Companies/174"),
    ] {
        let response = send(&mut state, method, target, Some(&body));
        assert_eq!(response.status, 405, "{method} {target}");
        assert!(sample::json(&response)["Message"].as_str().unwrap().contains(method));
    }
}

#[test]
fn replacing_a_contact_blanks_what_is_left_out() {
    let mut state = state(3);
    let body = json!({"id": 1_740_003, "firstName": "A", "lastName": "B", "isActive": 1});
    ok(&mut state, "PUT", ROUTE, Some(&body));
    let contact = &state.contacts[&1_740_003];
    assert_eq!(contact.fields["emailAddress"], Value::Null);
    assert!(contact.udf.is_empty());
    assert_eq!(contact.number("companyID"), Some(174));
    let mut shown = |id: i64| ok(&mut state, "GET", &format!("/Contacts/{id}"), None)["item"].take();
    let names = ["TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"];
    assert_eq!(
        shown(1_740_003)["userDefinedFields"],
        json!(names.map(|name| json!({"name": name, "value": null}))),
        "names with null"
    );
    assert_eq!(shown(1_740_001)["userDefinedFields"], json!([]), "never replaced");
}

#[test]
fn a_company_has_one_primary_contact_and_keeps_it() {
    let mut state = state(3);
    for id in [1_740_001, 1_740_002] {
        ok(&mut state, "PATCH", ROUTE, Some(&json!({"id": id, "primaryContact": true})));
    }
    assert!(!state.contacts[&1_740_001].flag("primaryContact"));
    assert_eq!(send(&mut state, "DELETE", &format!("{ROUTE}/1740002"), None).status, 500);
    assert_eq!(send(&mut state, "DELETE", &format!("{ROUTE}/1740001"), None).status, 200);
    assert_eq!(send(&mut state, "DELETE", &format!("{ROUTE}/1740001"), None).status, 500);
}

#[test]
fn a_company_is_changed_at_the_top_with_its_id_in_the_body() {
    let mut state = state(1);
    let udf = json!([{"name": "Tenant365Id", "value": "t"}]);
    ok(
        &mut state,
        "PATCH",
        "/Companies",
        Some(&json!({"id": 174, "userDefinedFields": udf, "isActive": false})),
    );
    assert_eq!(state.companies[&174].udf["Tenant365Id"], "t");
    assert!(!state.companies[&174].flag("isActive"));
    for (change, expected) in [
        (json!({"territoryID": 99}), "picklist territoryID"),
        (json!({"ownerResourceID": 99}), "Value does not reference an existing entity for ownerResourceID."),
        (json!({"isActive": 1}), "Unexpected character"),
        (json!({"userDefinedFields": [{"name": "Office365Id", "value": "x"}]}), "Unable to find Office365Id"),
    ] {
        let mut body = change;
        body["id"] = json!(174);
        let message = error(&mut state, "PATCH", "/Companies", &body);
        assert!(message.contains(expected), "{message}");
    }
    state.territories[1].active = false;
    assert!(
        error(&mut state, "PATCH", "/Companies", &json!({"id": 174, "territoryID": 4})).contains("active")
    );
}

#[test]
fn writing_can_be_denied_while_reading_is_not() {
    let mut state = state(1);
    state.denied.insert("Contacts/update".into());
    let message = error(&mut state, "PATCH", ROUTE, &json!({"id": 1_740_001, "title": "x"}));
    assert!(message.starts_with("The logged in Resource does not have the adequate permissions"));
    ok(&mut state, "GET", "/Contacts/1740001", None);
    ok(&mut state, "POST", ROUTE, Some(&json!({"firstName": "A", "lastName": "B", "isActive": 1})));
}

#[test]
fn the_contacts_of_a_company_can_be_listed_by_address() {
    let mut state = state(3);
    assert_eq!(ok(&mut state, "GET", ROUTE, None)["items"].as_array().unwrap().len(), 3);
    assert_eq!(ok(&mut state, "GET", &format!("{ROUTE}/1740001"), None)["item"]["id"], 1_740_001);
    assert_eq!(ok(&mut state, "GET", &format!("{ROUTE}/1750001"), None)["item"], Value::Null);
}
