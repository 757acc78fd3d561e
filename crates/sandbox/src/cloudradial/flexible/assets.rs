//! The assets themselves: how they are made, changed and removed, one by one or many in a call.

use serde_json::{Value, json};

use super::super::now;
use super::refused::Refused;
use super::types::{number, text};
use super::{Row, State, traits};

/// The longest address.
const ADDRESS: usize = 1024;

/// What is to become of an asset; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub(super) archived: Option<bool>,
    pub(super) traits: Option<Row>,
    pub(super) resource_url: Option<Value>,
}

/// Makes an asset of `company` and type `of`, and gives its id.
pub(super) fn make(state: &mut State, company: i64, of: i64, change: Change) -> Result<i64, Refused> {
    if !state.companies.contains_key(&company) {
        return Err(Refused::Lost(format!("Company {company} does not exist.")));
    }
    if !state.flexible.types.contains_key(&of) {
        return Err(Refused::Lost(format!("Flexible asset type {of} does not exist.")));
    }
    let id = state.number();
    let mut asset = Row::new();
    for (name, value) in [("id", id), ("companyId", company), ("flexibleAssetTypeId", of)] {
        asset.insert(name.to_owned(), json!(value));
    }
    asset.insert("resourceUrl".to_owned(), Value::Null);
    asset.insert("archived".to_owned(), json!(false));
    asset.insert("dateCreated".to_owned(), json!(now()));
    let change = Change { traits: Some(change.traits.unwrap_or_default()), ..change };
    let asset = changed(state, asset, change)?;
    state.flexible.assets.insert(id, asset);
    Ok(id)
}

/// Changes an asset.
pub(super) fn update(state: &mut State, id: i64, mut change: Change) -> Result<(), Refused> {
    let asset = state.flexible.assets.get(&id).cloned().ok_or(Refused::Gone)?;
    if let Some(traits) = change.traits.as_mut().filter(|_| state.flexible.merges_traits) {
        let sent = std::mem::replace(traits, held(&asset));
        traits.extend(sent);
    }
    let asset = changed(state, asset, change)?;
    state.flexible.assets.insert(id, asset);
    Ok(())
}

/// Removes an asset.
pub(super) fn remove(state: &mut State, id: i64) -> Result<(), Refused> {
    state.flexible.assets.remove(&id).map(drop).ok_or(Refused::Gone)
}

/// Does the same to every row of a call.
///
/// Where one is refused the whole call is; what became of the rows before it is a switch.
pub(super) fn every(
    state: &mut State,
    rows: &[Value],
    each: impl Fn(&mut State, &Value) -> Result<i64, Refused>,
) -> Result<Vec<i64>, Refused> {
    if state.flexible.most_rows.is_some_and(|most| rows.len() > most) {
        return Err(Refused::TooMany);
    }
    if rows.is_empty() {
        return Err(Refused::field("data", "There are no rows."));
    }
    let before = state.flexible.assets.clone();
    let mut ids = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        match each(state, row) {
            Ok(id) => ids.push(id),
            Err(refused) => {
                if !state.flexible.keeps_rows_before {
                    state.flexible.assets = before;
                }
                return Err(refused.in_row(at));
            }
        }
    }
    Ok(ids)
}

/// Returns the traits that an asset holds.
pub(super) fn held(asset: &Row) -> Row {
    serde_json::from_str(text(asset, "traitsJson")).unwrap_or_default()
}

fn changed(state: &State, mut asset: Row, change: Change) -> Result<Row, Refused> {
    if let Some(traits) = change.traits {
        let name = traits::checked(state, number(&asset, "flexibleAssetTypeId"), &traits)?;
        asset.insert("name".to_owned(), json!(name));
        asset.insert("traitsJson".to_owned(), json!(Value::Object(traits).to_string()));
    }
    if let Some(address) = change.resource_url {
        let fits = address.as_str().map_or(address.is_null(), |text| text.chars().count() <= ADDRESS);
        if !fits {
            return Err(Refused::field("resourceUrl", format!("A text of at most {ADDRESS} characters.")));
        }
        asset.insert("resourceUrl".to_owned(), address);
    }
    if let Some(archived) = change.archived {
        asset.insert("archived".to_owned(), json!(archived));
    }
    asset.insert("dateModified".to_owned(), json!(now()));
    Ok(asset)
}
