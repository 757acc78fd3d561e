//! Custom fields: their definitions, and how their values look.
//!
//! A field is stored with `CF` before its name. Type 0 is a text; 2 is a single selection, whose value is the id of an
//! entry, and 6 a checkbox (both inferred).

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Request, Response, Row, State, is_true, refusal};

/// The sorts of records that have custom fields: clients, and users (the latter inferred).
pub(super) const OF_CLIENTS: i64 = 2;
pub(super) const OF_USERS: i64 = 4;

pub(super) const TEXT: i64 = 0;
pub(super) const SELECTION: i64 = 2;
pub(super) const CHECKBOX: i64 = 6;

/// The definition of a custom field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Field {
    /// Its id.
    pub(crate) id: i64,
    /// Its name, without the prefix.
    pub(crate) name: String,
    /// The sort of records that have it.
    pub(crate) on: i64,
    /// The number of its type.
    pub(crate) kind: i64,
    /// The entries of a single selection: id and label.
    pub(crate) entries: Vec<(i64, String)>,
}

impl Field {
    fn stored_name(&self) -> String {
        format!("CF{}", self.name)
    }

    /// Returns what people see of a value.
    fn display(&self, value: &Value) -> String {
        let entry = |id: i64| self.entries.iter().find(|(known, _)| *known == id);
        match value {
            Value::Number(id) if self.kind == SELECTION => {
                id.as_i64().and_then(entry).map(|(_, label)| label.clone()).unwrap_or_default()
            }
            Value::String(text) => text.clone(),
            Value::Bool(flag) => (if *flag { "Yes" } else { "No" }).to_owned(),
            _ => String::new(),
        }
    }
}

/// Returns the custom fields of a record as answers show them: all there are, whether they have a value or not.
pub(super) fn shown(state: &State, on: i64, row: &Row) -> Value {
    let held = row.get("customfields");
    let fields = state.fields.values().filter(|field| field.on == on);
    fields
        .map(|field| {
            let value = held.and_then(|held| held.get(&field.name)).cloned().unwrap_or_default();
            json!({
                "id": field.id,
                "name": field.stored_name(),
                "label": field.name,
                "summary": "",
                "type": field.kind,
                "display": field.display(&value),
                "value": value,
                "characterlimit": 0,
                "characterlimittype": 0,
                "inputtype": 0,
                "copytochild": false,
                "searchable": false,
                "usage": on,
            })
        })
        .collect()
}

/// Takes the custom fields of a body: those that are named change, a null takes a value away, and what names no field or
/// no entry is ignored.
pub(super) fn write(state: &State, on: i64, row: &mut Row, sent: &Value) {
    for item in sent.as_array().into_iter().flatten() {
        let is_it = |field: &&Field| {
            let name = item["name"].as_str().unwrap_or_default();
            field.on == on && (field.stored_name().eq_ignore_ascii_case(name) || item["id"] == field.id)
        };
        let (Some(field), Some(value)) = (state.fields.values().find(is_it), item.get("value")) else {
            continue;
        };
        let kept = match value {
            Value::String(text) if field.kind == TEXT => json!(text),
            Value::Number(number) if field.kind == TEXT => json!(number.to_string()),
            Value::Bool(flag) if field.kind == TEXT => json!(flag.to_string()),
            Value::Bool(flag) if field.kind == CHECKBOX => json!(flag),
            Value::Number(id) if field.kind == SELECTION => {
                let known = field.entries.iter().any(|(entry, _)| id.as_i64() == Some(*entry));
                if !known {
                    continue;
                }
                json!(id)
            }
            Value::Null => Value::Null,
            _ => continue,
        };
        let held = row.entry("customfields").or_insert_with(|| json!({}));
        if kept.is_null() {
            held.as_object_mut().map(|held| held.remove(&field.name));
        } else {
            held[&field.name] = kept;
        }
    }
}

/// Lists definitions.
pub(super) fn list(state: &State, request: &Request) -> Response {
    let on = request.param("typeid").and_then(|number| number.parse::<i64>().ok());
    let found = state.fields.values().filter(|field| on.is_none_or(|on| field.on == on));
    let found: Vec<Value> = found.map(|field| definition(field, is_true(request, "includevalues"))).collect();
    Response::json(200, &json!(found))
}

/// Returns one definition.
pub(super) fn one(state: &State, id: &str, request: &Request) -> Response {
    let field = id.parse::<i64>().ok().and_then(|id| state.fields.get(&id));
    match field {
        Some(field) => Response::json(200, &definition(field, is_true(request, "getlookupvalues"))),
        None => refusal::not_found("Field"),
    }
}

fn definition(field: &Field, with_values: bool) -> Value {
    let values = field.entries.iter().map(|(id, label)| json!({"id": id, "name": label}));
    let values: Vec<Value> = if with_values { values.collect() } else { Vec::new() };
    json!({
        "id": field.id,
        "name": field.stored_name(),
        "label": field.name,
        "type": field.kind,
        "usage": field.on,
        "custom": 1,
        "values": values,
    })
}
