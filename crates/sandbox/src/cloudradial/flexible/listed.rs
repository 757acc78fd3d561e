//! What the portal's lists show of types, fields and assets.

use serde_json::Value;

use super::super::expression::{Kind, Property};
use super::types::{number, of_type};
use super::{Row, State};

const fn of(name: &'static str, kind: Kind) -> Property {
    Property { name, kind }
}

const TYPE: &[Property] = &[
    of("id", Kind::Number),
    of("name", Kind::Text),
    of("description", Kind::Text),
    of("icon", Kind::Text),
    of("showInMenu", Kind::Bool),
];

const FIELD: &[Property] = &[
    of("id", Kind::Number),
    of("flexibleAssetTypeId", Kind::Number),
    of("order", Kind::Number),
    of("name", Kind::Text),
    of("nameKey", Kind::Text),
    of("kind", Kind::Text),
    of("hint", Kind::Text),
    of("decimals", Kind::Number),
    of("defaultValue", Kind::Text),
    of("tagType", Kind::Text),
    of("required", Kind::Bool),
    of("useForTitle", Kind::Bool),
    of("expiration", Kind::Bool),
    of("showInList", Kind::Bool),
];

const ASSET: &[Property] = &[
    of("id", Kind::Number),
    of("flexibleAssetTypeId", Kind::Number),
    of("companyId", Kind::Number),
    of("name", Kind::Text),
    of("resourceUrl", Kind::Text),
    of("traitsJson", Kind::Text),
];

/// The properties of a set; `None` where it is none of these.
pub(in super::super) fn properties(set: &str) -> Option<&'static [Property]> {
    match set {
        "flexibleassettype" => Some(TYPE),
        "flexibleassetfield" => Some(FIELD),
        "flexibleasset" => Some(ASSET),
        _ => None,
    }
}

/// The rows of a set.
pub(in super::super) fn rows<'a>(state: &'a State, set: &str) -> Vec<&'a Row> {
    let flexible = &state.flexible;
    match set {
        "flexibleassettype" => flexible.types.values().collect(),
        "flexibleassetfield" => flexible.fields.values().collect(),
        _ => flexible.assets.values().filter(|asset| listed(state, asset)).collect(),
    }
}

/// The fields of a type as its row shows them when they are asked for.
pub(in super::super) fn fields_of(state: &State, row: &Row) -> Value {
    of_type(state, number(row, "id")).into_iter().map(|field| whole("flexibleassetfield", field)).collect()
}

/// Is true if an asset is in lists.
pub(super) fn listed(state: &State, asset: &Row) -> bool {
    let flexible = &state.flexible;
    let is_archived = asset.get("archived") == Some(&Value::Bool(true));
    (flexible.lists_archived || !is_archived) && !flexible.unlisted.contains(&number(asset, "id"))
}

/// Returns a row with all its properties, as it is shown alone.
pub(super) fn whole(set: &str, row: &Row) -> Value {
    let properties = properties(set).unwrap_or_default();
    properties
        .iter()
        .map(|property| (property.name.to_owned(), row.get(property.name).cloned().unwrap_or_default()))
        .collect()
}
