//! Flexible assets and their types, over both interfaces.

mod changing;
mod making;

use super::super::testing::{get, send, state};
use super::*;
use crate::sample;

const BULK: &str = "/compatibility/organizations/8/relationships/flexible_assets";
const ASSETS: &str = "/compatibility/flexible_assets";

/// Returns a portal with the type of the look-alike's examples, made over that interface, and the type's id.
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

/// Returns a row of a bulk update.
fn update(id: i64, attributes: &Value) -> Value {
    let mut attributes = attributes.clone();
    attributes["id"] = json!(id);
    json!({"type": "flexible_assets", "attributes": attributes})
}

/// Returns ids and names of a type's assets in the portal's list.
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
