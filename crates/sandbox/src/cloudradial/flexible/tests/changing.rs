//! What changes and removes them, and what lists show.

use super::*;

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
    assert_eq!(crate::cloudradial::handle(&mut state, &request).status, 401);
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
