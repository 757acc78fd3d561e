//! Types and their fields.

use serde_json::{Value, json};

use super::super::fields::{self, FLEXIBLE_FIELD, FLEXIBLE_TYPE};
use super::refused::Refused;
use super::{Row, State, names};

/// Makes a type with its fields, all of it or nothing, and gives its id.
pub(super) fn make(state: &mut State, draft: &Row, drafts: &[Value]) -> Result<i64, Refused> {
    let mut made = fields::record(FLEXIBLE_TYPE, draft).map_err(Refused::Invalid)?;
    unique(state, &made, None)?;
    let mut fields = Vec::new();
    for (at, draft) in drafts.iter().enumerate() {
        let draft = draft.as_object().ok_or_else(|| Refused::field("fields", "A field is an object."))?;
        fields.push(field(&fields, draft, at)?);
    }
    let id = state.number();
    made.insert("id".to_owned(), json!(id));
    state.flexible.types.insert(id, made);
    for field in fields {
        keep(state, id, field);
    }
    Ok(id)
}

/// Adds a field to the type of that id, and gives the field's id.
pub(super) fn add(state: &mut State, of: i64, draft: &Row) -> Result<i64, Refused> {
    if !state.flexible.types.contains_key(&of) {
        return Err(Refused::Lost(format!("Flexible asset type {of} does not exist.")));
    }
    let others: Vec<Row> = of_type(state, of).into_iter().cloned().collect();
    let field = field(&others, draft, others.len())?;
    Ok(keep(state, of, field))
}

/// Returns the fields of a type in their order.
pub(super) fn of_type(state: &State, of: i64) -> Vec<&Row> {
    let mut fields: Vec<&Row> =
        state.flexible.fields.values().filter(|field| number(field, "flexibleAssetTypeId") == of).collect();
    fields.sort_by_key(|field| (number(field, "order"), number(field, "id")));
    fields
}

/// Passes if no other type has the name; capitals make no difference (inferred).
pub(super) fn unique(state: &State, made: &Row, but: Option<i64>) -> Result<(), Refused> {
    let name = text(made, "name").trim().to_owned();
    let taken = |(id, other): (&i64, &Row)| {
        Some(*id) != but && text(other, "name").trim().to_lowercase() == name.to_lowercase()
    };
    if state.flexible.types.iter().any(taken) { Err(Refused::Taken(name)) } else { Ok(()) }
}

/// Removes a type and its fields; one that has assets stays (inferred).
pub(super) fn remove(state: &mut State, id: i64) -> Result<(), Refused> {
    if state.flexible.assets.values().any(|asset| number(asset, "flexibleAssetTypeId") == id) {
        return Err(Refused::field("id", "The type has assets."));
    }
    state.flexible.types.remove(&id).ok_or(Refused::Gone)?;
    state.flexible.fields.retain(|_, field| number(field, "flexibleAssetTypeId") != id);
    Ok(())
}

/// Returns a number of a row; 0 where there is none.
pub(super) fn number(row: &Row, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// Returns a text of a row; blank where there is none.
pub(super) fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a whole field from what was sent, the `at`-th of its type.
fn field(others: &[Row], draft: &Row, at: usize) -> Result<Row, Refused> {
    let mut field = fields::record(FLEXIBLE_FIELD, draft).map_err(Refused::Invalid)?;
    let key = names::key(text(&field, "name"));
    if key.is_empty() || others.iter().any(|other| text(other, "nameKey") == key) {
        return Err(Refused::field("name", format!("The key '{key}' is blank or belongs to another field.")));
    }
    if number(&field, "order") == 0 {
        field.insert("order".to_owned(), json!(at + 1));
    }
    field.insert("nameKey".to_owned(), json!(key));
    Ok(field)
}

fn keep(state: &mut State, of: i64, mut field: Row) -> i64 {
    let id = state.number();
    field.insert("id".to_owned(), json!(id));
    field.insert("flexibleAssetTypeId".to_owned(), json!(of));
    state.flexible.fields.insert(id, field);
    id
}
