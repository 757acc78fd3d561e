//! The interface that looks like IT Glue's: JSON:API documents, names with hyphens, and calls for many rows.
//!
//! Known from the vendor: the paths, the bodies, that a type's name taken is an error that says so, and that a new
//! type's id is `data.id`. Inferred from the original: the rest of the answers. In which order a call for many rows
//! answers is not documented, and it is not the order that was sent.

pub(super) mod assets;
mod page;
pub(super) mod types;

use serde_json::{Map, Value, json};

use super::refused::Refused;
use super::{Request, Row, State, names};

/// Returns `data` of the body.
fn data(request: &Request) -> Result<Value, Refused> {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    let data = body.and_then(|mut body| body.get_mut("data").map(Value::take));
    data.ok_or_else(|| Refused::field("data", "The body is a JSON object with data."))
}

/// Returns the attributes of a resource that must be of that type.
fn attributes<'a>(resource: &'a Value, of: &str) -> Result<&'a Row, Refused> {
    if resource.get("type").and_then(Value::as_str) != Some(of) {
        return Err(Refused::field("type", format!("The type must be {of}.")));
    }
    let attributes = resource.get("attributes").and_then(Value::as_object);
    attributes.ok_or_else(|| Refused::field("attributes", "The attributes are an object."))
}

/// Returns a whole number among the attributes, as a number or a text; `None` where there is none.
fn whole(attributes: &Row, name: &str) -> Result<Option<i64>, Refused> {
    let number = match attributes.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.parse().ok(),
        Some(value) => value.as_i64(),
    };
    number.map(Some).ok_or_else(|| Refused::field(name, "This is a whole number."))
}

/// Returns a resource of an answer.
fn resource(state: &State, of: &str, id: i64, attributes: Map<String, Value>) -> Value {
    let id = if state.flexible.number_ids { json!(id) } else { json!(id.to_string()) };
    json!({"id": id, "type": of, "attributes": Value::Object(attributes)})
}

/// Returns a row's properties under names with hyphens, but for its id.
fn hyphened(row: &Row) -> Map<String, Value> {
    let others = row.iter().filter(|(name, _)| *name != "id");
    others.map(|(name, value)| (names::hyphened(name), value.clone())).collect()
}

/// Attributes under the names of the portal's own interface.
fn camel(attributes: &Row) -> Row {
    attributes.iter().map(|(name, value)| (names::camel(name), value.clone())).collect()
}
