//! What is written, value by value: decoded as the service decodes it, and judged.

use serde_json::{Value, json};

use super::draft::{Draft, uncastable, whole};
use super::refusal::Mistake;
use super::schema::{Entity, Field, Kind, Set};
use super::{Record, State, communications, condition, custom, show};

/// Takes a value over into a field; null and an empty text clear it.
///
/// # Errors
/// The service's sentence for a value that it cannot decode. What it can decode and does not like is among the
/// draft's mistakes.
pub(super) fn assign(
    state: &State,
    entity: &Entity,
    draft: &mut Draft,
    field: &Field,
    value: &Value,
) -> Result<(), String> {
    match field.kind {
        Kind::Items => return communications::assign(state, draft, value),
        Kind::Custom => return custom::assign(state, entity, draft, value),
        Kind::Types => return types(state, entity, draft, value),
        _ => {}
    }
    let value = decoded(state, field, value)?;
    draft.mistakes.extend(broken(state, field, &value));
    if value.is_null() || value == "" {
        draft.record.fields.remove(field.name);
    } else {
        draft.record.set(field.name, value);
    }
    Ok(())
}

/// Returns what a record lacks.
pub(super) fn missing(entity: &Entity, record: &Record) -> impl Iterator<Item = Mistake> {
    let absent = |field: &&Field| {
        field.required && record.fields.get(field.name).is_none_or(|value| value.is_null() || value == "")
    };
    entity.fields.iter().filter(absent).map(|field| Mistake::missing(field.name))
}

fn decoded(state: &State, field: &Field, value: &Value) -> Result<Value, String> {
    let to = |to: &str| uncastable(value, to);
    match (field.kind, value) {
        (_, Value::Null)
        | (Kind::Free, _)
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Decimal, Value::Number(_))
        | (Kind::Choice(_), Value::String(_)) => Ok(value.clone()),
        (Kind::Text(_), Value::String(text)) => Ok(json!(printable(text))),
        (Kind::Text(_), Value::Number(_) | Value::Bool(_)) => Ok(json!(value.to_string())),
        (Kind::Text(_) | Kind::Choice(_), _) => Err(to("System.String")),
        (Kind::Int, _) => whole(value).map(Value::from).ok_or_else(|| to("System.Int32")),
        (Kind::Decimal, _) => Err(to("System.Decimal")),
        (Kind::Bool, _) => Err(to("System.Boolean")),
        (Kind::Date, Value::String(text)) if condition::date(text).is_some() => Ok(value.clone()),
        (Kind::Date, _) => Err(to("System.DateTime")),
        (Kind::Reference(set), Value::Object(_)) => Ok(referred(state, set, value)),
        (Kind::Elsewhere, Value::Object(row)) if row.is_empty() => Ok(Value::Null),
        (Kind::Elsewhere, Value::Object(_)) => Ok(value.clone()),
        (Kind::Reference(_) | Kind::Elsewhere, _) => Err(to("ConnectWise.Apis.Reference")),
        (Kind::Items, _) => Err(to("ContactCommunicationItem[]")),
        (Kind::Custom, _) => Err(to("CustomFieldValue[]")),
        (Kind::Types, _) => Err(to("System.Int32[]")),
    }
}

/// Replaces by spaces the four control characters that are not supported (documented).
pub(super) fn printable(text: &str) -> String {
    text.replace(['\u{8}', '\r', '\n', '\u{c}'], " ")
}

/// Returns a reference as it is kept: the id alone, 0 for one that means nothing.
///
/// It may be sent by identifier or name.
fn referred(state: &State, set: Set, value: &Value) -> Value {
    if value.as_object().is_some_and(serde_json::Map::is_empty) {
        return Value::Null;
    }
    let by = |field: &str, name: fn(Set, &Record) -> String| {
        let wanted = value.get(field)?.as_str()?.to_lowercase();
        let mut records = state.table(set)?.values();
        records.find(|one| name(set, one).to_lowercase() == wanted).map(Record::id)
    };
    let id = match value.get("id").filter(|id| !id.is_null()) {
        Some(id) => whole(id),
        None => {
            by("identifier", |_, one| one.text("identifier").to_owned()).or_else(|| by("name", show::name))
        }
    };
    json!({"id": id.unwrap_or_default()})
}

/// Returns the rule that a decoded value breaks.
fn broken(state: &State, field: &Field, value: &Value) -> Option<Mistake> {
    let name = field.name;
    let message = match field.kind {
        Kind::Text(most) if most > 0 && value.as_str().is_some_and(|text| text.chars().count() > most) => {
            format!("The field {name} must be a string with a maximum length of {most}.")
        }
        Kind::Choice(words) if value.as_str().is_some_and(|word| !words.contains(&word)) => {
            format!("The field {name} must be one of {}.", words.join(", "))
        }
        Kind::Reference(set) => {
            let id = value.get("id").and_then(Value::as_i64)?;
            if state.has(set, id) {
                return None;
            }
            format!("The field {name} refers to a record that does not exist.")
        }
        _ => return None,
    };
    Some(Mistake::invalid(name, message))
}

/// Returns types of a record that is made: numbers, or references.
fn types(state: &State, entity: &Entity, draft: &mut Draft, value: &Value) -> Result<(), String> {
    let Some(wanted) = value.as_array() else {
        return if value.is_null() { Ok(()) } else { Err(uncastable(value, "System.Int32[]")) };
    };
    let set = if entity.set == Set::Contacts { Set::ContactTypes } else { Set::CompanyTypes };
    for one in wanted {
        match whole(one.get("id").unwrap_or(one)).filter(|id| state.has(set, *id)) {
            Some(kind) => {
                let id = draft.number();
                draft.record.types.insert(id, kind);
            }
            None => draft.mistakes.push(Mistake::invalid("types", "A type does not exist.")),
        }
    }
    Ok(())
}
