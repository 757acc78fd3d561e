//! What makes types and assets.

use super::*;

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
