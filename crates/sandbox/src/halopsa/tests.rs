//! The emulated HaloPSA behaves as its documents and its clients say.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::fields::{OF_USERS, SELECTION};
use super::setup::{CLIENT_ID, CLIENT_SECRET};
use super::testing::{ok, refused, send, sign_in, state};
use super::*;
use crate::sample;

const GOOD: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("client_id", CLIENT_ID),
    ("client_secret", CLIENT_SECRET),
    ("scope", "all"),
];

#[test]
fn an_application_signs_in_to_its_tenant_and_nowhere_else() {
    let mut state = state(1);
    let info = handle(&mut state, &sample::request("GET", "/api/AuthInfo", &[], None));
    let info = sample::json(&info);
    assert!(info["auth_url"].as_str().unwrap().ends_with("/auth"));
    assert_eq!(info["tenant_id"], "sandbox");
    let signed = sample::json(&sign_in(&mut state, "/auth/token?tenant=sandbox", &GOOD));
    let bearer = format!("Bearer {}", signed["access_token"].as_str().unwrap());
    let get = |state: &mut State, bearer: &str| {
        handle(state, &sample::request("GET", "/api/users", &[("authorization", bearer)], None)).status
    };
    assert_eq!(
        (get(&mut state, &bearer), get(&mut state, "Bearer guess"), get(&mut state, "")),
        (200, 401, 401)
    );
    state.tokens.values_mut().for_each(|until| *until = 0);
    assert_eq!(get(&mut state, &bearer), 401);
    for (target, form) in [
        ("/auth/token", GOOD.to_vec()),
        ("/auth/token?tenant=other", GOOD.to_vec()),
        ("/auth/token?tenant=sandbox", vec![GOOD[0], GOOD[1], ("client_secret", "guess"), GOOD[3]]),
        ("/auth/token?tenant=sandbox", vec![("grant_type", "password"), GOOD[1], GOOD[2], GOOD[3]]),
    ] {
        let refused = sign_in(&mut state, target, &form);
        assert_eq!(refused.status, 400);
        assert!(sample::json(&refused)["error"].is_string());
    }
    state.tenant = None;
    assert_eq!(sign_in(&mut state, "/auth/token", &GOOD).status, 200);
}

#[test]
fn five_minutes_take_so_many_requests_and_the_refusal_is_plain_text() {
    let mut state = state(1);
    let second = second();
    state.requests = [second - 301].into_iter().chain(std::iter::repeat_n(second, LIMIT - 1)).collect();
    ok(&mut state, "GET", "/Users", None);
    let refused = send(&mut state, "GET", "/Users", None);
    assert_eq!(refused.status, 429);
    assert!(refused.headers.iter().all(|(name, _)| name != "retry-after"));
    assert!(String::from_utf8_lossy(&refused.body).starts_with("Rate Limit Reached - 300 Requests"));
    state.limit = None;
    ok(&mut state, "GET", "/Users", None);
}

#[test]
fn a_sweep_over_all_pages_meets_everybody_once() {
    let mut state = state(120);
    let mut ids = BTreeSet::new();
    let query =
        "client_id=174&pageinate=true&page_size=500&order=id&includeinactive=true&exclude_generaluser=true";
    for page in 1..=2 {
        let listed = ok(&mut state, "GET", &format!("/Users?{query}&page_no={page}"), None);
        assert_eq!(listed["record_count"], 120);
        ids.extend(listed["users"].as_array().unwrap().iter().map(|user| user["id"].as_i64().unwrap()));
    }
    assert_eq!(ids.len(), 120);
    assert_eq!(ok(&mut state, "GET", &format!("/Users?{query}&page_no=3"), None)["users"], json!([]));
    let usual = ok(&mut state, "GET", "/Users?client_id=174", None);
    assert_eq!((usual["users"].as_array().unwrap().len(), &usual["record_count"]), (50, &json!(109)));
}

#[test]
fn a_row_says_less_than_the_record() {
    let mut state = state(3);
    let listed = ok(&mut state, "GET", "/Users?client_id=175&order=id&exclude_generaluser=true", None);
    let row = &listed["users"][0];
    assert!(row["site_id"].is_f64() && row["site_id_int"].is_i64());
    for absent in ["email2", "email3", "azureoid"] {
        assert!(row.get(absent).is_none(), "{absent}");
    }
    let names: Vec<&str> =
        row["customfields"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["CFTypeMapping", "CFSupportPIN", "CFIsOffice365", "CFOffice365Id"]);
    let whole = ok(&mut state, "GET", "/Users/1750001?includedetails=true", None);
    assert_eq!((&whole["email2"], &whole["azureoid"]), (&json!("alias1@fabrikam.example"), &json!("")));
    assert_eq!(whole["isnhserveremaildefault"], json!(false), "never null, and in no row");
    assert!(row.get("isnhserveremaildefault").is_none() && row.get("ulastupdate").is_none());
    assert!(ok(&mut state, "GET", "/Users/1750001", None).get("email2").is_none());
    state.fields_in_rows = false;
    assert!(ok(&mut state, "GET", "/Users", None)["users"][0].get("customfields").is_none());
    assert_eq!(send(&mut state, "GET", "/Users/9", None).status, 404);
}

#[test]
fn a_property_that_is_null_is_left_out_unless_the_service_is_one_that_sends_nulls() {
    let mut state = state(2);
    let of = |state: &mut State| {
        let listed = ok(state, "GET", "/Users?client_id=174&order=id&exclude_generaluser=true", None);
        (listed["users"][1].clone(), ok(state, "GET", "/Users/1740002?includedetails=true", None))
    };
    let (row, own) = of(&mut state);
    for (answer, name) in [(&row, "title"), (&own, "title"), (&own, "email3"), (&own, "azureoid")] {
        assert!(answer.get(name).is_none(), "{name}");
    }
    let custom = &row["customfields"][0];
    assert!(custom.get("value").is_none() && custom["display"] == "", "{custom}");
    assert!(!own.to_string().contains("null"));
    state.sends_nulls = true;
    let (row, own) = of(&mut state);
    assert_eq!((&row["title"], &own["email3"]), (&Value::Null, &Value::Null));
    assert_eq!(row["customfields"][0].get("value"), Some(&Value::Null));
}

#[test]
fn a_service_account_is_listed_only_when_it_is_asked_for() {
    let mut state = state(1);
    state.contacts.get_mut(&1_740_001).unwrap().insert("isserviceaccount".into(), json!(true));
    let count = |state: &mut State, query: &str| {
        let query = format!("/Users?client_id=174&exclude_generaluser=true&{query}");
        ok(state, "GET", &query, None)["record_count"].clone()
    };
    assert_eq!(count(&mut state, ""), 0);
    assert_eq!(count(&mut state, "includeserviceaccount=true&includenonserviceaccount=true"), 1);
    assert_eq!(count(&mut state, "includenonserviceaccount=false"), 0);
}

#[test]
fn a_site_says_whose_it_is() {
    let mut state = state(1);
    let site = ok(&mut state, "GET", "/Site/500174", None);
    assert_eq!((&site["id"], site["client_id"].as_f64()), (&json!(500_174), Some(174.0)));
    assert_eq!(send(&mut state, "GET", "/Site/9", None).status, 404);
}

#[test]
fn every_site_has_a_general_user_who_can_be_left_out() {
    let mut state = state(1);
    let count = |state: &mut State, query: &str| {
        ok(state, "GET", &format!("/Users?{query}"), None)["record_count"].clone()
    };
    assert_eq!(count(&mut state, "client_id=174"), 2);
    assert_eq!(count(&mut state, "client_id=174&exclude_generaluser=true"), 1);
    state.general_users_can_be_left_out = false;
    assert_eq!(count(&mut state, "client_id=174&exclude_generaluser=true"), 2);
}

#[test]
fn a_search_takes_what_it_knows_and_no_id_of_another_system() {
    let mut state = state(3);
    state.contacts.get_mut(&1_740_002).unwrap().insert("azureoid".into(), json!("oid-2"));
    let count = |state: &mut State, query: &str| {
        ok(state, "GET", &format!("/Users?{query}"), None)["record_count"].clone()
    };
    assert_eq!(count(&mut state, "search=person2@contoso"), 1);
    assert_eq!(count(&mut state, "search=oid-2"), 0);
    let by = |name: &str| {
        format!(r#"advanced_search=[{{"filter_name":"{name}","filter_type":2,"filter_value":"OID-2"}}]"#)
    };
    assert_eq!(count(&mut state, &by("azureoid")), 1);
    let refused = send(&mut state, "GET", &format!("/Users?{}", by("email2")), None);
    assert_eq!((refused.status, &*refused.body), (400, &b"Invalid advanced search parameter"[..]));
}

#[test]
fn what_is_not_sent_stays_and_what_is_unknown_is_ignored() {
    let mut state = state(3);
    state.contacts.get_mut(&1_740_003).unwrap().insert("planted".into(), json!({"deep": 1}));
    let before = state.contacts[&1_740_003].clone();
    let body = json!([{"id": 1_740_003, "title": "Buyer", "planted": 2, "inactive": true, "customfields": [
        {"name": "CFSupportPIN", "value": "0482"}, {"name": "CFIsOffice365", "value": null},
        {"name": "CFHat", "value": "7"}, {"id": 201, "value": "Kiosk"}]}]);
    let answer = ok(&mut state, "POST", "/Users", Some(&body));
    assert_eq!((&answer["title"], &answer["inactive"]), (&json!("Buyer"), &json!(true)));
    let mut after = state.contacts[&1_740_003].clone();
    let custom = json!({"Office365Id": "oid-1740003", "SupportPIN": "0482", "TypeMapping": "Kiosk"});
    assert_eq!(after["customfields"], custom);
    assert_ne!(after["ulastupdate"], before["ulastupdate"]);
    for name in ["title", "inactive", "customfields", "ulastupdate"] {
        after.insert(name.into(), before[name].clone());
    }
    assert_eq!(after, before);
    state.answers_lists = true;
    assert!(ok(&mut state, "POST", "/Users", Some(&body)).is_array());
}

#[test]
fn a_write_that_changes_nothing_is_no_change() {
    let mut state = state(1);
    let response = send(&mut state, "POST", "/Users", Some(&json!([{"id": 1_740_001}])));
    assert_eq!((response.status, response.changed), (201, false));
}

#[test]
fn a_user_is_made_at_a_site_with_a_name() {
    let mut state = state(1);
    let body = json!([{"site_id": 500_174, "firstname": "Ann", "surname": "Lee", "emailaddress": "ann@contoso.example",
        "azureoid": "oid", "customfields": [{"name": "CFOffice365Id", "value": "oid"}]}]);
    let made = ok(&mut state, "POST", "/Users", Some(&body));
    assert_eq!(
        (&made["client_id"], &made["name"], &made["inactive"]),
        (&json!(174), &json!("Ann Lee"), &json!(false))
    );
    let target = format!("/Users/{}?includedetails=true", made["id"]);
    assert_eq!(ok(&mut state, "GET", &target, None), made);
    for lacking in [json!([{"firstname": "Ann"}]), json!([{"site_id": 9, "name": "Ann"}])] {
        assert!(refused(&mut state, 400, "/Users", &lacking).contains("Please select a site"));
    }
    assert!(refused(&mut state, 400, "/Users", &json!([{"site_id": 500_174}])).contains("enter a name"));
}

#[test]
fn a_value_of_another_type_is_refused_by_its_place() {
    let mut state = state(1);
    for (body, place) in [
        (json!([{"id": 1_740_001.0, "title": "x"}]), "[0].id"),
        (json!([{"id": "1740001", "title": "x"}]), "[0].id"),
        (json!([{"id": 1_740_001}, {"id": 1_740_001, "inactive": "true"}]), "[1].inactive"),
        (json!([{"id": 1_740_001, "title": 7}]), "[0].title"),
        (json!({"id": 1_740_001, "title": "x"}), "$"),
    ] {
        let told = refused(&mut state, 400, "/Users", &body);
        assert!(told.contains(&format!("\"{place}\":[\"The JSON value could not be converted")), "{told}");
    }
    assert!(refused(&mut state, 404, "/Users", &json!([{"id": 9}])).contains("User not found"));
}

#[test]
fn a_selection_keeps_the_id_of_an_entry_and_shows_its_label() {
    let mut state = state(1);
    let field =
        state.fields.values_mut().find(|field| field.name == "TypeMapping" && field.on == OF_USERS).unwrap();
    (field.kind, field.entries) = (SELECTION, vec![(3, "Kiosk".to_owned())]);
    let id = field.id;
    for (sent, shown) in
        [(json!(3), json!([3, "Kiosk"])), (json!(9), json!([3, "Kiosk"])), (json!(null), json!([null, ""]))]
    {
        let body = json!([{"id": 1_740_001, "customfields": [{"name": "CFTypeMapping", "value": sent}]}]);
        let answer = ok(&mut state, "POST", "/Users", Some(&body));
        let held = &answer["customfields"][0];
        assert_eq!(json!([held["value"], held["display"]]), shown);
    }
    let one = ok(&mut state, "GET", &format!("/FieldInfo/{id}?getlookupvalues=true"), None);
    assert_eq!(one["values"], json!([{"id": 3, "name": "Kiosk"}]));
    let listed = ok(&mut state, "GET", "/FieldInfo?typeid=2", None);
    assert_eq!((listed.as_array().unwrap().len(), &listed[0]["name"]), (1, &json!("CFTenant365Id")));
}

#[test]
fn clients_come_with_what_integrations_link_to_them_only_when_it_is_asked_for() {
    let mut state = state(1);
    let linked = json!([{"azure_tenant_id": "t-1", "client_id": 174}]);
    state.clients.get_mut(&174).unwrap().insert("azure_tenants".into(), linked.clone());
    let listed = ok(&mut state, "GET", "/Client?order=id&includeazuretenants=true", None);
    assert_eq!((&listed["record_count"], &listed["clients"][0]["azure_tenants"]), (&json!(2), &linked));
    assert_eq!(listed["clients"][0]["accountmanagertech_name"], "Ada North");
    assert!(ok(&mut state, "GET", "/Client", None)["clients"][0].get("azure_tenants").is_none());
    let body = json!([{"id": 175, "customfields": [{"name": "CFTenant365Id", "value": "t-2"}]}]);
    ok(&mut state, "POST", "/Client", Some(&body));
    assert_eq!(state.clients[&175]["customfields"], json!({"Tenant365Id": "t-2"}));
    assert_eq!(send(&mut state, "GET", "/Client/9", None).status, 404);
}

#[test]
fn a_missing_permission_is_told() {
    let mut state = state(1);
    for (permission, method, target) in [
        (READ, "GET", "/Users"),
        (READ, "GET", "/Client/174"),
        (EDIT, "POST", "/Users"),
        (EDIT, "POST", "/Client"),
    ] {
        state.denied = BTreeSet::from([permission.to_owned()]);
        let refused = send(&mut state, method, target, Some(&json!([])));
        assert_eq!((refused.status, refused.changed), (403, false), "{method} {target}");
        assert!(sample::json(&refused)["Message"].is_string());
    }
}

#[test]
fn unknown_routes_and_methods_answer_in_html() {
    let mut state = state(1);
    for (method, target) in [("GET", "/nothing"), ("PUT", "/Users/1740001"), ("DELETE", "/Users/1740001")] {
        let response = send(&mut state, method, target, Some(&json!([])));
        assert_eq!((response.status, response.changed), (404, false), "{method} {target}");
        assert!(response.body.starts_with(b"<!DOCTYPE html>"));
    }
}

#[test]
fn the_state_survives_saving() {
    let state = state(3);
    let loaded: State = serde_json::from_str(&serde_json::to_string(&state).unwrap()).unwrap();
    assert_eq!((loaded.contacts, loaded.clients), (state.contacts, state.clients));
    let _: Value = serde_json::to_value(loaded.fields).unwrap();
}
