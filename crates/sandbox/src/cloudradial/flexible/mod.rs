//! Flexible assets: records of types that the MSP defines, listed in the portal for each company.
//!
//! `types` makes types and their fields, `traits` says what a record may hold, `assets` keeps the records. They are
//! reached by two interfaces: `v2` is the portal's own, `compatible` the one that looks like IT Glue's. `listed` is
//! what the portal's lists show of them. What the vendor does not document is a switch in [`Flexible`].

mod assets;
mod compatible;
mod listed;
mod names;
mod refused;
#[cfg(test)]
mod tests;
mod traits;
mod types;
mod v2;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Request, Response, Row, State};

pub(super) use self::listed::{fields_of, properties, rows};

/// Types, fields and assets, and how the service treats them where no source describes it.
#[allow(clippy::struct_excessive_bools)] // independent unknowns, each switched by itself
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Flexible {
    /// Types by id.
    pub(crate) types: BTreeMap<i64, Row>,
    /// Fields by id.
    pub(crate) fields: BTreeMap<i64, Row>,
    /// Assets by id, archived ones included.
    pub(crate) assets: BTreeMap<i64, Row>,
    /// Whether the traits of an update are laid over those there; else they take their place.
    pub(crate) merges_traits: bool,
    /// Whether archived assets are still in the lists.
    pub(crate) lists_archived: bool,
    /// The most rows of one bulk call; more are refused with 413.
    pub(crate) most_rows: Option<usize>,
    /// A row whose traits hold this text is refused, alone or among others.
    pub(crate) bad_row: Option<String>,
    /// Whether a bulk call that is refused for one row has done the rows before it; else it has done nothing.
    pub(crate) keeps_rows_before: bool,
    /// Assets that no list shows yet, although they can be read by their ids.
    pub(crate) unlisted: Vec<i64>,
    /// Whether ids come as numbers where the look-alike's original has texts.
    pub(crate) number_ids: bool,
}

/// Returns what the MSP had before: a type that crsync did not make, with one asset of `company`.
pub(super) fn seed(company: i64) -> Flexible {
    let one = |row: Value| BTreeMap::from([(1, row.as_object().cloned().unwrap_or_default())]);
    let field = |id: i64, name: &str, title: bool| {
        let field = json!({
            "id": id, "flexibleAssetTypeId": 1, "order": id, "name": name, "nameKey": names::key(name),
            "kind": "Text", "required": title, "useForTitle": title, "showInList": true,
        });
        (id, field.as_object().cloned().unwrap_or_default())
    };
    Flexible {
        types: one(json!({"id": 1, "name": "Network", "icon": "fa-sitemap", "showInMenu": true})),
        fields: BTreeMap::from([field(1, "Name", true), field(2, "Address Range", false)]),
        assets: one(json!({
            "id": 1, "flexibleAssetTypeId": 1, "companyId": company, "name": "Office", "archived": false,
            "traitsJson": json!({"name": "Office", "address-range": "192.0.2.0/24"}).to_string(),
        })),
        ..Flexible::default()
    }
}

/// Answers requests below `/v2`; returns `None` for paths of something else.
pub(super) fn own(state: &mut State, path: &[&str], request: &Request) -> Option<Response> {
    match path {
        ["flexible-asset-type"] => Some(v2::types(state, request)),
        ["flexible-asset-type", id] => Some(v2::one_type(state, id, request)),
        ["flexible-asset-field"] => Some(v2::fields(state, request)),
        ["flexible-asset-field", id] => Some(v2::one_field(state, id, request)),
        ["flexible-asset"] => Some(v2::assets(state, request)),
        ["flexible-asset", id] => Some(v2::one_asset(state, id, request)),
        _ => None,
    }
}

/// Answers requests below `/compatibility`; returns `None` for paths of nothing.
pub(super) fn look_alike(state: &mut State, path: &[&str], request: &Request) -> Option<Response> {
    match path {
        ["flexible_asset_types"] => Some(compatible::types::collection(state, request)),
        ["flexible_asset_types", id] => Some(compatible::types::one(state, id, request)),
        ["flexible_asset_types", id, "relationships", "flexible_asset_fields"] => {
            Some(compatible::types::fields(state, id, request))
        }
        ["flexible_asset_types", id, "relationships", "flexible_asset_fields", field] => {
            Some(compatible::types::field(state, id, field, request))
        }
        ["flexible_assets"] => Some(compatible::assets::collection(state, request)),
        ["flexible_assets", id] => Some(compatible::assets::one(state, id, request)),
        ["organizations", company, "relationships", "flexible_assets"] => {
            Some(compatible::assets::of_company(state, company, request))
        }
        _ => None,
    }
}
