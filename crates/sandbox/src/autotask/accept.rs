//! What may be written: every rule the service has for a body, before anything is changed.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::schema::{Entity, Field, Kind};
use super::{Row, State, date, info, refusal, udf};

/// A write that is accepted.
#[derive(Debug, Default)]
pub(super) struct Accepted {
    /// Standard fields; the id is not among them.
    pub(super) fields: Row,
    /// User-defined fields by name; `None` clears.
    pub(super) udf: BTreeMap<String, Option<String>>,
}

/// Why a write is not accepted.
#[derive(Debug)]
pub(super) enum Refused {
    /// The service cannot make sense of the body.
    Unexpected,
    /// A value cannot be decoded.
    Undecodable(String),
    /// Rules are broken.
    Rules(Vec<String>),
}

/// Judges a body.
///
/// `whole` for a record that is made or replaced, so that nothing required may be missing; `given` is a field that
/// the route sets.
pub(super) fn judge(
    state: &State,
    entity: &Entity,
    body: &[u8],
    whole: bool,
    given: &str,
) -> Result<(i64, Accepted), Refused> {
    let Ok(Value::Object(mut sent)) = serde_json::from_slice(body) else { return Err(Refused::Unexpected) };
    let id = match sent.remove("id") {
        None | Some(Value::Null) => 0,
        Some(id) => id.as_i64().ok_or(Refused::Unexpected)?,
    };
    let udf = sent.remove("userDefinedFields");
    let (accepted, mut mistakes) = standard(state, entity, &sent, whole, given)?;
    let (udf, wrong) = user_defined(state, entity, udf.as_ref())?;
    mistakes.extend(wrong);
    if mistakes.is_empty() {
        return Ok((id, Accepted { fields: accepted, udf }));
    }
    Err(Refused::Rules(mistakes))
}

fn standard(
    state: &State,
    entity: &Entity,
    sent: &Map<String, Value>,
    whole: bool,
    given: &str,
) -> Result<(Row, Vec<String>), Refused> {
    let (mut accepted, mut mistakes) = (Row::new(), Vec::new());
    for (name, value) in sent {
        let known = entity.fields.iter().find(|field| field.name == *name);
        let field = known.ok_or(Refused::Unexpected)?;
        let value = decoded(field, value).map_err(Refused::Undecodable)?;
        if field.fixed && field.name != given {
            mistakes.push(format!("The field {name} is read-only."));
        } else if let Some(mistake) = broken(state, field, &value) {
            mistakes.push(mistake);
        }
        accepted.insert(name.clone(), value);
    }
    for field in entity.fields.iter().filter(|field| field.required && field.name != given) {
        let missing = match accepted.get(field.name) {
            None => whole,
            Some(value) => value.is_null() || value == "",
        };
        if missing {
            mistakes.push(format!("Missing Required Field: {}.", field.name));
        }
    }
    Ok((accepted, mistakes))
}

/// Returns the value as the service's decoder takes it: text of digits for a number, a number for a text.
fn decoded(field: &Field, value: &Value) -> Result<Value, String> {
    let failed = |first: &str| {
        let path = field.name;
        Err(format!("Unexpected character encountered while parsing value: {first}. Path '{path}', line 1."))
    };
    match (field.kind, value) {
        (_, Value::Array(_)) => failed("["),
        (_, Value::Object(_)) => failed("{"),
        (Kind::Bool, Value::Bool(_)) | (_, Value::Null) => Ok(value.clone()),
        (Kind::Bool, other) => failed(other.to_string().trim_matches('"').get(..1).unwrap_or_default()),
        (_, Value::Bool(yes)) => failed(if *yes { "t" } else { "f" }),
        (Kind::Text(_), Value::Number(number)) => Ok(json!(number.to_string())),
        (Kind::Int, Value::String(text)) => text
            .parse::<i64>()
            .map(Value::from)
            .map_err(|_| format!("Conversion failed when converting varchar '{text}' to data type int")),
        (Kind::Int, Value::Number(number)) if number.as_i64().is_none() => failed("."),
        (Kind::Date, Value::String(text)) if date(text).is_none() => {
            Err(format!("Could not convert string to DateTime: {text}. Path '{}', line 1.", field.name))
        }
        _ => Ok(value.clone()),
    }
}

/// Returns the rule that a decoded value breaks.
fn broken(state: &State, field: &Field, value: &Value) -> Option<String> {
    let name = field.name;
    let number = value.as_i64();
    match field.kind {
        Kind::Text(length) if value.as_str().is_some_and(|text| text.chars().count() > length) => {
            return Some(format!("The text of the field {name} is longer than {length} characters."));
        }
        // Of all whole numbers this one alone stands for yes and no.
        Kind::Int if name == "isActive" && !matches!(number, Some(0 | 1)) => {
            return Some("The field isActive must be 0 or 1.".to_owned());
        }
        _ => {}
    }
    let number = number?;
    let choices = if field.picklist { info::choices(state, field) } else { Vec::new() };
    let offered = choices.iter().any(|choice| choice.active && choice.value == number.to_string());
    if !choices.is_empty() && !offered {
        return Some(format!("The value {number} is not an active value of the picklist {name}."));
    }
    let exists = match field.reference {
        Some("Resources") => state.resources.get(&number).is_some_and(|one| one.flag("isActive")),
        Some("Companies") => state.companies.contains_key(&number),
        Some("UserDefinedFieldDefinition") => state.definitions.contains_key(&number),
        _ => true,
    };
    (!exists).then(|| format!("Value does not reference an existing entity for {name}."))
}

type UserDefined = (BTreeMap<String, Option<String>>, Vec<String>);

fn user_defined(state: &State, entity: &Entity, sent: Option<&Value>) -> Result<UserDefined, Refused> {
    let (mut accepted, mut mistakes) = (BTreeMap::new(), Vec::new());
    let values = match sent {
        None | Some(Value::Null) => return Ok((accepted, mistakes)),
        Some(Value::Array(values)) => values,
        Some(_) => return Err(Refused::Unexpected),
    };
    for value in values {
        let name = value.get("name").and_then(Value::as_str).ok_or(Refused::Unexpected)?;
        let Some(definition) = udf::find(state, entity, name) else {
            mistakes.push(refusal::unknown_field(name, entity.name));
            continue;
        };
        match udf::accept(state, definition, value.get("value").unwrap_or(&Value::Null)) {
            Ok(text) => drop(accepted.insert(definition.text("name").to_owned(), text)),
            Err(Some(mistake)) => mistakes.push(mistake),
            Err(None) => return Err(Refused::Unexpected),
        }
    }
    Ok((accepted, mistakes))
}
