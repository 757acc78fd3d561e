//! The type of flexible assets that holds details: finding it, and making it.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::listing::{self, Source};
use super::super::{CloudRadial, errors};
use super::wire::{FieldRow, TypeRow};
use super::{FIELDS, TEXT, TEXTBOX, USER, name_key};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Request};
use crate::model::{DetailsKind, Field};

/// The type as the portal has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct AssetType {
    /// Its name in the portal, or the one it is to get.
    pub(super) name: String,
    /// Its id; `None` as long as it is not made.
    pub(super) id: Option<i64>,
    /// The names by which records spell the fields that are there and can be written.
    pub(super) keys: BTreeMap<Field, String>,
}

impl AssetType {
    /// What planning has to know of it.
    pub(super) fn kind(&self) -> DetailsKind {
        let missing = FIELDS.iter().map(|(field, ..)| *field).filter(|field| !self.keys.contains_key(field));
        DetailsKind { name: self.name.clone(), new: self.id.is_none(), missing: missing.collect() }
    }
}

const TYPES: Source<TypeRow> = Source {
    entity: "flexibleassettype",
    what: "flexible asset types",
    select: "id,name",
    id: ("id", |row| row.id.as_deref()),
};

const TYPE_FIELDS: Source<FieldRow> = Source {
    entity: "flexibleassetfield",
    what: "flexible asset fields",
    select: "id,flexibleAssetTypeId,name,nameKey,kind",
    id: ("id", |row| row.id.as_deref()),
};

/// Kinds of fields whose values a listing may not show as they are (inferred), so that they cannot be sent back.
const SEALED: [&str; 2] = ["Password", "Upload"];

/// Requests that find the type where it is there: the types and its fields, each counted before.
pub(in super::super) const DISCOVERED: usize = 2 + 2;

/// Requests that make it where it is not: it is looked for by its name and by its fields, made, and found.
pub(in super::super) const MADE: usize = 2 + 2 + 1 + DISCOVERED;

/// Finds the type by its name, or, where a user renamed it, by having every field of ours.
pub(super) fn discover(portal: &CloudRadial) -> Result<AssetType> {
    let wanted = &portal.settings.user_details_type;
    let types = listing::listing(portal, &TYPES, "")?;
    let is_named = |row: &&TypeRow| {
        row.name.as_ref().is_some_and(|name| name.trim().eq_ignore_ascii_case(wanted.trim()))
    };
    let named: Vec<&TypeRow> = types.items().iter().filter(is_named).collect();
    match named[..] {
        [] => {}
        [row] => return with_fields(portal, row),
        _ => return Err(ambiguous(&format!("several flexible asset types are called \"{wanted}\""))),
    }
    let key = FIELDS.iter().find(|(field, ..)| *field == USER).map_or("", |(_, name, ..)| name);
    let holders = listing::listing(portal, &TYPE_FIELDS, &format!("nameKey eq '{}'", name_key(key)))?;
    let mut ours = Vec::new();
    let mut partly = None;
    for row in types.items() {
        if !holders.items().iter().any(|holder| holder.flexible_asset_type_id == row.id) {
            continue;
        }
        match with_fields(portal, row) {
            Ok(found) if found.keys.len() == FIELDS.len() => ours.push(found),
            Ok(found) if found.keys.len() * 2 > FIELDS.len() => partly = Some(found.name),
            // Not ours: another type, which keeps 365 ids in a field of that name.
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Config => {}
            Err(error) => return Err(error),
        }
    }
    match ours.len() {
        // A second type would give everybody a second record.
        0 if partly.is_some() => {
            let name = partly.unwrap_or_default();
            Err(ambiguous(&format!(
                "the flexible asset type \"{name}\" looks like that of user details, and lacks some of its fields"
            )))
        }
        0 => Ok(AssetType {
            name: wanted.clone(),
            id: None,
            keys: FIELDS.iter().map(|(field, name, ..)| (*field, name_key(name))).collect(),
        }),
        1 => Ok(ours.remove(0)),
        _ => Err(ambiguous("several flexible asset types could hold user details")),
    }
}

fn ambiguous(what: &str) -> Error {
    Error::new(Kind::Config, format!("CloudRadial: {what}")).hint(
        "name the right one with user-details-type under [cloudradial], or rename the other in the portal",
    )
}

/// The type of `row` with those of our fields that it has, found by their names or by the names records use.
fn with_fields(portal: &CloudRadial, row: &TypeRow) -> Result<AssetType> {
    let name = row.name.clone().unwrap_or_default();
    let id = row.id.as_ref().and_then(|id| id.parse::<i64>().ok()).ok_or_else(|| {
        Error::new(Kind::Service, format!("CloudRadial: the flexible asset type \"{name}\" has no number"))
    })?;
    let rows = listing::listing(portal, &TYPE_FIELDS, &format!("flexibleAssetTypeId eq {id}"))?;
    let sealed = rows.items().iter().find(|row| {
        row.kind.as_ref().is_some_and(|kind| SEALED.iter().any(|sealed| kind.eq_ignore_ascii_case(sealed)))
    });
    if let Some(field) = sealed {
        let field = field.name.as_deref().unwrap_or_default();
        let message = format!(
            "the field \"{field}\" of the flexible asset type \"{name}\" holds what no listing shows, so it would be lost with an update"
        );
        return Err(Error::new(Kind::Config, format!("CloudRadial: {message}"))
            .hint("keep passwords and files in another type, and take the field out of this one"));
    }
    let keys = FIELDS.iter().filter_map(|(field, name, ..)| Some((*field, key(rows.items(), name)?)));
    let keys: BTreeMap<Field, String> = keys.collect();
    if keys.contains_key(&USER) {
        return Ok(AssetType { name, id: Some(id), keys });
    }
    let message = format!(
        "the flexible asset type \"{name}\" has no text field \"Office 365 Id\", so its records name no user"
    );
    Err(Error::new(Kind::Config, format!("CloudRadial: {message}"))
        .hint("add the field in the portal, or name another type with user-details-type under [cloudradial]"))
}

/// The name by which records spell the field called `name`, if it is there and takes texts.
fn key(rows: &[FieldRow], name: &str) -> Option<String> {
    let own = name_key(name);
    let by_key = |row: &&FieldRow| row.name_key.as_deref() == Some(own.as_str());
    let by_name = |row: &&FieldRow| row.name.as_ref().is_some_and(|text| text.eq_ignore_ascii_case(name));
    let row = rows.iter().find(by_key).or_else(|| rows.iter().find(by_name))?;
    let takes_text = |kind: &String| [TEXT, TEXTBOX].iter().any(|text| kind.eq_ignore_ascii_case(text));
    row.kind.as_ref().filter(|kind| takes_text(kind))?;
    row.name_key.clone()
}

/// Makes the type with all its fields, in the form that the vendor's own script uses. Another run may have made it
/// in the meantime, which is as good; what counts is what is there afterwards.
pub(super) fn make(portal: &CloudRadial) -> Result<AssetType> {
    let name = &portal.settings.user_details_type;
    let fields: Vec<Value> = (1..)
        .zip(FIELDS)
        .map(|(order, (field, name, kind, listed))| {
            json!({"type": "flexible_asset_fields", "attributes": {
                "order": order, "name": name, "kind": kind, "required": field == USER,
                "use-for-title": order == 1, "show-in-list": listed,
            }})
        })
        .collect();
    let body = json!({"data": {
        "type": "flexible_asset_types",
        "attributes": {
            "name": name, "icon": "users", "show-in-menu": true,
            "description": "Microsoft 365 users, kept up to date by crsync",
        },
        "relationships": {"flexible-asset-fields": {"data": fields}},
    }});
    let url = portal.url("/compatibility/flexible_asset_types")?;
    let reply = portal.send(Request::new(Method::Post, url).endpoint("flexible_asset_types").json(&body));
    let found = discover(portal)?;
    if found.id.is_some() {
        return Ok(found);
    }
    let what = format!("the new flexible asset type \"{name}\"");
    let reply = reply?;
    if !reply.ok() {
        return Err(errors::explain(&reply, &what));
    }
    Err(Error::new(Kind::Service, format!("CloudRadial: {what} is not there, although the service said yes"))
        .hint("run the command again; if it stays, make the type by hand in the portal"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, key: &str, kind: &str) -> FieldRow {
        let row = json!({"id": 1, "flexibleAssetTypeId": 3, "name": name, "nameKey": key, "kind": kind});
        serde_json::from_value(row).expect("a field")
    }

    #[test]
    fn a_field_is_found_by_either_name_and_must_take_texts() {
        let key = |name: &str, key: &str, kind: &str| super::key(&[row(name, key, kind)], "Account state");
        assert_eq!(key("Account state", "account-state", "Text").as_deref(), Some("account-state"));
        assert_eq!(key("Status", "account-state", "textbox").as_deref(), Some("account-state"), "renamed");
        assert_eq!(
            key("Account State", "account-state-2", "Text").as_deref(),
            Some("account-state-2"),
            "made again"
        );
        assert_eq!(key("Account state", "account-state", "Checkbox"), None);
        assert_eq!(key("State", "state", "Text"), None);
    }
}
