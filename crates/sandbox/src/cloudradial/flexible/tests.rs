use super::super::testing::{get, send, state};
use super::*;
use crate::sample;

const BULK: &str = "/compatibility/organizations/8/relationships/flexible_assets";
const ASSETS: &str = "/compatibility/flexible_assets";

/// A portal with the type of the look-alike's examples, made over that interface, and the type's id.
fn with_type() -> (State, i64) {
    let mut state = state(1);
    let field = |name: &str, kind: &str, title: bool, required: bool| {
        json!({"type": "flexible_asset_fields", "attributes": {
            "name": name, "kind": kind, "use-for-title": title, "required": required, "show-in-list": true,
        }})
    };
    let fields = [
        field("Display Name", "Text", true, true),
        field("Office 365 Id", "Text", false, true),
        field("About", "Header", false, false),
        field("Enabled", "Checkbox", false, false),
        field("Products", "Textbox", false, false),
    ];
    let sent = json!({"data": {
        "type": "flexible_asset_types",
        "attributes": {"name": "Microsoft 365 User", "icon": "fa-user", "show-in-menu": true},
        "relationships": {"flexible-asset-fields": {"data": fields}},
    }});
    let made = send(&mut state, "POST", "/compatibility/flexible_asset_types", Some(&sent));
    assert_eq!((made.status, made.changed), (201, true), "{}", String::from_utf8_lossy(&made.body));
    let id = sample::json(&made)["data"]["id"].as_str().unwrap().parse().unwrap();
    (state, id)
}

fn row(of: i64, name: &str) -> Value {
    json!({"type": "flexible_assets", "attributes": {
        "organization-id": 8, "flexible-asset-type-id": of, "archived": false,
        "traits": {"display-name": name, "office-365-id": format!("id of {name}")},
    }})
}

fn rows(of: i64, names: &[&str]) -> Value {
    json!({"data": names.iter().map(|name| row(of, name)).collect::<Vec<_>>()})
}

/// A row of a bulk update.
fn update(id: i64, attributes: &Value) -> Value {
    let mut attributes = attributes.clone();
    attributes["id"] = json!(id);
    json!({"type": "flexible_assets", "attributes": attributes})
}

/// Ids and names of a type's assets in the portal's list.
fn listed(state: &mut State, of: i64) -> Vec<(i64, String)> {
    let target =
        format!("/v2/odata/flexibleasset?$filter=companyId eq 8 and flexibleAssetTypeId eq {of}&$orderby=id");
    let page = get(state, &target);
    let rows = page["value"].as_array().unwrap().iter();
    rows.map(|row| (row["id"].as_i64().unwrap(), row["name"].as_str().unwrap().to_owned())).collect()
}

fn names(state: &mut State, of: i64) -> Vec<String> {
    listed(state, of).into_iter().map(|(_, name)| name).collect()
}

#[test]
fn a_type_made_by_one_interface_is_shown_by_the_other_with_keys_for_its_fields() {
    let (mut state, id) = with_type();
    let page = get(&mut state, &format!("/v2/odata/flexibleassettype?$filter=id eq {id}"));
    assert_eq!(page["value"][0]["name"], "Microsoft 365 User");
    assert!(page["value"][0].get("fields").is_none());
    let page =
        get(&mut state, "/v2/odata/flexibleassettype?$expand=fields&$filter=name eq 'Microsoft 365 User'");
    assert_eq!(page["value"][0]["fields"][1]["nameKey"], "office-365-id");
    let target = format!("/v2/odata/flexibleassetfield?$filter=flexibleAssetTypeId eq {id}&$orderby=order");
    let page = get(&mut state, &target);
    let keys: Vec<&str> =
        page["value"].as_array().unwrap().iter().map(|field| field["nameKey"].as_str().unwrap()).collect();
    assert_eq!(keys, ["display-name", "office-365-id", "about", "enabled", "products"]);
    assert_eq!(page["value"][0]["useForTitle"], true);

    let sent =
        json!({"name": "Printer", "showInMenu": false, "fields": [{"name": "Serial No.", "kind": "Text"}]});
    let made = send(&mut state, "POST", "/v2/flexible-asset-type", Some(&sent));
    assert_eq!(made.status, 201);
    let shown = get(&mut state, "/compatibility/flexible_asset_types?filter[name]=Printer");
    let id = shown["data"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(shown["data"][0]["attributes"]["show-in-menu"], false);
    let one =
        get(&mut state, &format!("/compatibility/flexible_asset_types/{id}?include=flexible_asset_fields"));
    assert_eq!(one["included"][0]["attributes"]["name-key"], "serial-no");
    let own = get(&mut state, &format!("/v2/flexible-asset-type/{id}?includeFields=true"));
    let own = own.get("data").cloned().unwrap_or(own);
    assert_eq!(own["fields"][0]["kind"], "Text");
}

#[test]
fn a_name_that_is_taken_is_refused_by_both_interfaces_each_in_its_words() {
    let (mut state, _) = with_type();
    let before = state.flexible.types.clone();
    let sent =
        json!({"data": {"type": "flexible_asset_types", "attributes": {"name": "microsoft 365 user"}}});
    let refused = send(&mut state, "POST", "/compatibility/flexible_asset_types", Some(&sent));
    assert_eq!((refused.status, refused.changed), (400, false));
    assert!(sample::json(&refused)["error"].as_str().unwrap().contains("already exists"));
    let refused =
        send(&mut state, "POST", "/v2/flexible-asset-type", Some(&json!({"name": "Microsoft 365 User"})));
    assert!(sample::json(&refused)["message"].as_str().unwrap().contains("unique"));
    assert_eq!(state.flexible.types, before);
}

#[test]
fn a_type_with_a_bad_field_is_not_made_at_all() {
    let (mut state, _) = with_type();
    let before = state.flexible.types.len();
    for fields in [
        json!([{"name": "A", "kind": "Text"}, {"name": "B", "kind": "Colour"}]),
        json!([{"name": "A", "kind": "Text"}, {"name": "a!", "kind": "Text"}]),
        json!([{"name": "?", "kind": "Text"}]),
        json!([{"kind": "Text"}]),
        json!(["A"]),
        json!("A"),
    ] {
        let sent = json!({"name": "Printer", "fields": fields});
        let refused = send(&mut state, "POST", "/v2/flexible-asset-type", Some(&sent));
        assert_eq!((refused.status, refused.changed), (400, false), "{fields}");
        assert_eq!(state.flexible.types.len(), before);
    }
}

#[test]
fn a_field_can_be_added_to_a_type_by_both_interfaces() {
    let (mut state, id) = with_type();
    let sent = json!({"flexibleAssetTypeId": id, "name": "Office", "kind": "Text", "order": 9});
    let made = send(&mut state, "POST", "/v2/flexible-asset-field", Some(&sent));
    assert_eq!((made.status, made.changed), (201, true));
    let twice = send(&mut state, "POST", "/v2/flexible-asset-field", Some(&sent));
    assert_eq!(twice.status, 400);
    let path = format!("/compatibility/flexible_asset_types/{id}/relationships/flexible_asset_fields");
    let sent =
        json!({"data": {"type": "flexible_asset_fields", "attributes": {"name": "Manager", "kind": "Text"}}});
    let made = sample::json(&send(&mut state, "POST", &path, Some(&sent)));
    let field = made["data"]["id"].as_str().unwrap();
    assert_eq!(get(&mut state, &format!("{path}/{field}"))["data"]["attributes"]["order"], 7);
    assert_eq!(get(&mut state, &path)["meta"]["total-count"], 7);
    let sent = json!({"flexibleAssetTypeId": 404, "name": "Office", "kind": "Text"});
    let lost = send(&mut state, "POST", "/v2/flexible-asset-field", Some(&sent));
    assert_eq!(sample::json(&lost)["error"]["code"], "400");
}

#[test]
fn many_assets_are_made_in_a_call_and_listed_with_their_traits_as_text() {
    let (mut state, of) = with_type();
    let made = send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo"])));
    assert_eq!((made.status, made.changed), (201, true));
    let answer = sample::json(&made);
    // Not in the order that was sent.
    assert_eq!(answer["data"][0]["attributes"]["traits"]["office-365-id"], "id of Bo");
    assert_eq!(answer["data"][0]["attributes"]["organization-name"], "Contoso");
    assert_eq!(names(&mut state, of), ["Ann", "Bo"]);
    let target = format!("/v2/odata/flexibleasset?$filter=flexibleAssetTypeId eq {of} and name eq 'Ann'");
    let page = get(&mut state, &target);
    let traits: Value = serde_json::from_str(page["value"][0]["traitsJson"].as_str().unwrap()).unwrap();
    assert_eq!(traits, json!({"display-name": "Ann", "office-365-id": "id of Ann"}));
    let [one, other] = listed(&mut state, of).try_into().unwrap();
    let target = format!("/v2/odata/flexibleasset/$count?$filter=id eq {} or id eq {}", one.0, other.0);
    assert_eq!(send(&mut state, "GET", &target, None).body, b"2");
}

#[test]
fn rows_that_do_not_fit_their_type_are_refused() {
    let (mut state, of) = with_type();
    let with = |key: &str, value: Value| {
        let mut row = row(of, "Ann");
        row["attributes"]["traits"][key] = value;
        row
    };
    let saying = |name: &str, value: Value| {
        let mut row = row(of, "Ann");
        row["attributes"][name] = value;
        row
    };
    for bad in [
        with("shoe-size", json!("46")),
        with("Display Name", json!("Ann")),
        with("about", json!("x")),
        with("enabled", json!("perhaps")),
        with("products", json!(["E3"])),
        with("display-name", json!(" ")),
        with("office-365-id", Value::Null),
        with("display-name", json!("x".repeat(257))),
        saying("organization-id", json!(9)),
        saying("flexible-asset-type-id", json!(404)),
        saying("flexible-asset-type-id", Value::Null),
        saying("archived", json!("no")),
        saying("traits", Value::Null),
        json!({"attributes": row(of, "Ann")["attributes"]}),
        json!({"type": "flexible_assets"}),
    ] {
        let before = state.flexible.assets.clone();
        let sent = json!({"data": [row(of, "Bo"), bad]});
        let refused = send(&mut state, "POST", BULK, Some(&sent));
        assert_eq!((refused.status, refused.changed), (400, false), "{bad}");
        assert_eq!(state.flexible.assets, before, "{bad}");
    }
    let nowhere = "/compatibility/organizations/404/relationships/flexible_assets";
    let mut lost = row(of, "Ann");
    lost["attributes"]["organization-id"] = Value::Null;
    let refused = send(&mut state, "POST", nowhere, Some(&json!({"data": [lost]})));
    assert_eq!((refused.status, sample::json(&refused)["message"].is_string()), (400, true));
    for body in [json!({"data": []}), json!({"data": {}}), json!({}), json!([])] {
        assert_eq!(send(&mut state, "POST", BULK, Some(&body)).status, 400, "{body}");
    }
}

#[test]
fn a_refused_row_names_its_place_and_can_be_sent_again_without_it() {
    let (mut state, of) = with_type();
    state.flexible.bad_row = Some("id of Bo".to_owned());
    let refused = send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo", "Cy"])));
    assert_eq!((refused.status, refused.changed), (400, false));
    assert!(sample::json(&refused)["message"].as_str().unwrap().starts_with("data[1].traits"));
    for (name, status) in [("Ann", 201), ("Bo", 400), ("Cy", 201)] {
        let sent = json!({"data": row(of, name)});
        assert_eq!(send(&mut state, "POST", ASSETS, Some(&sent)).status, status, "{name}");
    }
    assert_eq!(names(&mut state, of), ["Ann", "Cy"]);
}

#[test]
fn the_rows_before_a_refused_one_may_have_been_done() {
    let (mut state, of) = with_type();
    state.flexible.bad_row = Some("id of Bo".to_owned());
    state.flexible.keeps_rows_before = true;
    let refused = send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo", "Cy"])));
    assert_eq!((refused.status, refused.changed), (400, true));
    assert_eq!(names(&mut state, of), ["Ann"]);
}

#[test]
fn a_call_with_too_many_rows_is_refused_whole() {
    let (mut state, of) = with_type();
    state.flexible.most_rows = Some(2);
    let refused = send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo", "Cy"])));
    assert_eq!((refused.status, refused.changed), (413, false));
    assert!(sample::json(&refused).is_null());
    assert_eq!(send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo"]))).status, 201);
    let [(one, _), (two, _)] = listed(&mut state, of).try_into().unwrap();
    let many: Vec<Value> = [one, two, one].map(|id| update(id, &json!({"archived": true}))).to_vec();
    for method in ["PATCH", "DELETE"] {
        assert_eq!(send(&mut state, method, ASSETS, Some(&json!({"data": many}))).status, 413, "{method}");
    }
}

#[test]
fn an_update_replaces_the_traits_unless_the_switch_says_that_they_merge() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann"])));
    let (id, _) = listed(&mut state, of).remove(0);
    let traits = json!({"display-name": "Ann Lee", "office-365-id": "1", "products": "E3"});
    let sent = json!({"data": [update(id, &json!({"traits": traits}))]});
    let done = send(&mut state, "PATCH", ASSETS, Some(&sent));
    assert_eq!((done.status, done.changed), (200, true));
    assert_eq!(names(&mut state, of), ["Ann Lee"]);

    let part = json!({"data": [update(id, &json!({"traits": {"products": "E5"}}))]});
    assert_eq!(send(&mut state, "PATCH", ASSETS, Some(&part)).status, 400, "the required ones would be gone");
    let less = json!({"display-name": "Ann Lee", "office-365-id": "1"});
    send(&mut state, "PATCH", ASSETS, Some(&json!({"data": [update(id, &json!({"traits": less}))]})));
    let target = format!("{ASSETS}/{id}");
    assert!(get(&mut state, &target)["data"]["attributes"]["traits"].get("products").is_none());

    state.flexible.merges_traits = true;
    assert_eq!(send(&mut state, "PATCH", ASSETS, Some(&part)).status, 200);
    let traits = &get(&mut state, &target)["data"]["attributes"]["traits"];
    assert_eq!((&traits["products"], &traits["display-name"]), (&json!("E5"), &json!("Ann Lee")));
}

#[test]
fn an_update_of_what_is_not_there_or_elsewhere_is_refused() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann"])));
    let (id, _) = listed(&mut state, of).remove(0);
    for bad in [
        update(404, &json!({"archived": true})),
        update(id, &json!({"organization-id": 9})),
        update(id, &json!({"flexible-asset-type-id": 1})),
        json!({"type": "flexible_assets", "attributes": {"archived": true}}),
    ] {
        let refused = send(&mut state, "PATCH", ASSETS, Some(&json!({"data": [bad]})));
        assert_eq!((refused.status, refused.changed), (400, false), "{bad}");
    }
    assert_eq!(send(&mut state, "PATCH", &format!("{ASSETS}/404"), Some(&json!({"data": {}}))).status, 404);
}

#[test]
fn an_archived_asset_leaves_the_lists_and_is_still_there() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo"])));
    let (id, _) = listed(&mut state, of).remove(0);
    let sent = json!({"data": [update(id, &json!({"archived": true}))]});
    assert_eq!(send(&mut state, "PATCH", ASSETS, Some(&sent)).status, 200);
    assert_eq!(names(&mut state, of), ["Bo"]);
    let filter = format!("{ASSETS}?filter[flexible-asset-type-id]={of}&filter[organization-id]=8");
    assert_eq!(get(&mut state, &filter)["meta"]["total-count"], 1);
    let target = format!("{ASSETS}/{id}");
    let attributes = &get(&mut state, &target)["data"]["attributes"];
    assert_eq!(
        (&attributes["archived"], &attributes["traits"]["display-name"]),
        (&json!(true), &json!("Ann"))
    );

    state.flexible.lists_archived = true;
    assert_eq!(names(&mut state, of), ["Ann", "Bo"]);
    let back = json!({"data": {"type": "flexible_assets", "attributes": {"archived": false}}});
    assert_eq!(send(&mut state, "PATCH", &target, Some(&back)).status, 200);
    state.flexible.lists_archived = false;
    assert_eq!(names(&mut state, of), ["Ann", "Bo"]);
}

#[test]
fn assets_are_removed_one_by_one_or_many_in_a_call() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo", "Cy", "Di"])));
    let ids: Vec<i64> = listed(&mut state, of).into_iter().map(|(id, _)| id).collect();
    let two: Vec<Value> = ids[..2].iter().map(|id| update(*id, &json!({}))).collect();
    let done = send(&mut state, "DELETE", ASSETS, Some(&json!({"data": two})));
    assert_eq!((done.status, done.changed, done.body.len()), (204, true, 0));
    let again = send(&mut state, "DELETE", ASSETS, Some(&json!({"data": two})));
    assert_eq!((again.status, again.changed), (400, false));
    assert!(send(&mut state, "DELETE", &format!("{ASSETS}/{}", ids[2]), None).changed);
    assert!(send(&mut state, "DELETE", &format!("/v2/flexible-asset/{}", ids[3]), None).changed);
    assert_eq!(names(&mut state, of), Vec::<String>::new());
    for path in [format!("{ASSETS}/{}", ids[2]), format!("/v2/flexible-asset/{}", ids[3])] {
        assert_eq!(send(&mut state, "GET", &path, None).status, 404, "{path}");
    }
}

#[test]
fn the_own_interface_makes_shows_and_patches_single_assets() {
    let (mut state, of) = with_type();
    let traits = json!({"display-name": "Ann", "office-365-id": "1"});
    let sent = json!({"flexibleAssetTypeId": of, "companyId": 8, "traits": traits});
    let made = send(&mut state, "POST", "/v2/flexible-asset", Some(&sent));
    assert_eq!((made.status, made.changed), (201, true));
    let (id, _) = listed(&mut state, of).remove(0);
    let own = format!("/v2/flexible-asset/{id}");
    let renamed = json!({"display-name": "Ann Lee", "office-365-id": "1"}).to_string();
    let patch = json!([{"op": "replace", "path": "/traitsJson", "value": renamed}]);
    assert_eq!(send(&mut state, "PATCH", &own, Some(&patch)).status, 200);
    let shown = get(&mut state, &own);
    let shown = shown.get("data").cloned().unwrap_or(shown);
    assert_eq!((&shown["name"], &shown["companyId"]), (&json!("Ann Lee"), &json!(8)));
    for bad in [json!("{}"), json!("[]"), json!("no json"), Value::Null] {
        let patch = json!([{"op": "replace", "path": "/traitsJson", "value": bad}]);
        let refused = send(&mut state, "PATCH", &own, Some(&patch));
        assert_eq!((refused.status, refused.changed), (400, false), "{bad}");
    }
    for (field, value) in
        [("companyId", json!(404)), ("flexibleAssetTypeId", json!("x")), ("traits", json!([]))]
    {
        let mut bad = sent.clone();
        bad[field] = value;
        assert_eq!(send(&mut state, "POST", "/v2/flexible-asset", Some(&bad)).status, 400, "{field}");
    }
}

#[test]
fn a_type_is_changed_and_removed_once_it_has_no_assets() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann"])));
    let (own, look_alike) =
        (format!("/v2/flexible-asset-type/{of}"), format!("/compatibility/flexible_asset_types/{of}"));
    let patch = json!([{"op": "replace", "path": "/description", "value": "People"}]);
    assert_eq!(send(&mut state, "PATCH", &own, Some(&patch)).status, 200);
    let sent = json!({"data": {"type": "flexible_asset_types", "attributes": {"icon": "fa-users"}}});
    assert_eq!(send(&mut state, "PATCH", &look_alike, Some(&sent)).status, 200);
    let attributes = &get(&mut state, &look_alike)["data"]["attributes"];
    assert_eq!((&attributes["description"], &attributes["icon"]), (&json!("People"), &json!("fa-users")));
    let taken = json!([{"op": "replace", "path": "/name", "value": "Network"}]);
    assert_eq!(send(&mut state, "PATCH", &own, Some(&taken)).status, 400);
    assert_eq!(send(&mut state, "DELETE", &own, None).status, 400);
    let (id, _) = listed(&mut state, of).remove(0);
    send(&mut state, "DELETE", &format!("{ASSETS}/{id}"), None);
    assert!(send(&mut state, "DELETE", &own, None).changed);
    assert_eq!(send(&mut state, "GET", &look_alike, None).status, 404);
    assert!(super::types::of_type(&state, of).is_empty());
}

#[test]
fn the_look_alike_pages_by_number_and_can_give_ids_as_numbers() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann", "Bo", "Cy"])));
    state.flexible.number_ids = true;
    let target =
        format!("{ASSETS}?filter[flexible-asset-type-id]={of}&page[size]=2&page[number]=2&sort=-name");
    let page = get(&mut state, &target);
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    assert_eq!(page["data"][0]["attributes"]["name"], "Ann");
    assert!(page["data"][0]["id"].is_i64());
    assert_eq!((&page["meta"]["total-pages"], &page["meta"]["next-page"]), (&json!(2), &Value::Null));
    for wrong in ["page[size]=0", "page[number]=x", "filter[colour]=red", "sort=colour"] {
        assert_eq!(send(&mut state, "GET", &format!("{ASSETS}?{wrong}"), None).status, 400, "{wrong}");
    }
}

#[test]
fn what_the_msp_had_before_is_of_another_type_and_lists_hold_two_hundred_rows() {
    let (mut state, of) = with_type();
    assert_eq!(
        get(&mut state, "/v2/odata/flexibleasset?$filter=companyId eq 8")["value"][0]["name"],
        "Office"
    );
    let names: Vec<String> = (0..250).map(|n| format!("Person {n:03}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_eq!(send(&mut state, "POST", BULK, Some(&rows(of, &names))).status, 201);
    let page = get(&mut state, "/v2/odata/flexibleasset?$select=id&$orderby=id&$top=1000&$skip=1");
    assert_eq!(page["value"].as_array().unwrap().len(), 200);
    assert_eq!(page["value"][0].as_object().unwrap().len(), 1);
}

#[test]
fn other_methods_and_paths_are_refused() {
    let (mut state, of) = with_type();
    for (method, target, status) in [
        ("GET", "/v2/flexible-asset".to_owned(), 405),
        ("GET", "/v2/flexible-asset-type".to_owned(), 405),
        ("DELETE", "/v2/flexible-asset-field/1".to_owned(), 405),
        ("GET", "/v2/flexible-asset-field/404".to_owned(), 404),
        ("PUT", format!("/v2/flexible-asset-type/{of}"), 405),
        ("GET", BULK.to_owned(), 405),
        ("PUT", ASSETS.to_owned(), 405),
        ("GET", "/compatibility/flexible_asset_types/x".to_owned(), 404),
        ("GET", "/compatibility/passwords".to_owned(), 404),
        ("GET", "/v2/odata/flexibleasset?$expand=type".to_owned(), 400),
    ] {
        assert_eq!(send(&mut state, method, &target, None).status, status, "{method} {target}");
    }
    let request = sample::request("GET", ASSETS, &[], None);
    assert_eq!(super::super::handle(&mut state, &request).status, 401);
}

#[test]
fn the_assets_survive_saving_and_an_older_state_is_read() {
    let (mut state, of) = with_type();
    send(&mut state, "POST", BULK, Some(&rows(of, &["Ann"])));
    let mut saved = json!(state);
    let loaded: State = serde_json::from_value(saved.clone()).unwrap();
    assert_eq!(loaded.flexible.assets, state.flexible.assets);
    saved["flexible"] = json!({"most_rows": 50});
    assert_eq!(serde_json::from_value::<State>(saved.clone()).unwrap().flexible.most_rows, Some(50));
    saved.as_object_mut().unwrap().remove("flexible");
    assert!(serde_json::from_value::<State>(saved).unwrap().flexible.types.is_empty());
}
