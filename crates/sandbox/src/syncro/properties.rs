//! Custom fields: a flat map from the field's name, exactly as typed, to a text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::schema::Entity;
use super::{Row, State, Unsent};

/// Custom fields by name.
pub(crate) type Fields = BTreeMap<String, Field>;

/// A custom field.
///
/// Only the account's administrator can make one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Field {
    /// Its type.
    pub(crate) kind: Kind,
    /// The answers of a dropdown by their id.
    #[serde(default)]
    pub(crate) answers: BTreeMap<i64, String>,
}

/// The type of a custom field.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Kind {
    /// Any text.
    #[default]
    Text,
    /// `1` or `0` (clients differ; inferred).
    Checkbox,
    /// The id of an answer (clients differ; inferred).
    Dropdown,
}

/// Puts the properties that a body sends into the record.
pub(super) fn write(state: &State, entity: &Entity, row: &mut Row, sent: &Row) {
    let Some(Value::Object(sent)) = sent.get("properties") else { return };
    let before = of(row);
    let mut next = match state.properties {
        Unsent::Gone => Row::new(),
        Unsent::Stay => before.clone(),
    };
    for (key, value) in sent {
        put(state, entity, &before, &mut next, key, value);
    }
    row.insert("properties".to_owned(), Value::Object(next));
}

/// Sets one property and leaves the others.
pub(super) fn set(state: &State, entity: &Entity, row: &mut Row, key: &str, value: &Value) {
    let before = of(row);
    let mut next = before.clone();
    put(state, entity, &before, &mut next, key, value);
    row.insert("properties".to_owned(), Value::Object(next));
}

fn of(row: &Row) -> Row {
    row.get("properties").and_then(Value::as_object).cloned().unwrap_or_default()
}

fn put(state: &State, entity: &Entity, before: &Row, next: &mut Row, key: &str, value: &Value) {
    let field = state.fields(entity.set).get(key);
    let known = field.is_some() || entity.built_in.contains(&key) || before.contains_key(key);
    if !known && !state.stray_properties {
        return;
    }
    let stored = if before.get(key) == Some(value) { value.clone() } else { stored(field, value) };
    match stored {
        // What is empty is not there.
        Value::Null => drop(next.remove(key)),
        stored => drop(next.insert(key.to_owned(), stored)),
    }
}

fn stored(field: Option<&Field>, value: &Value) -> Value {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match field {
        _ if text.is_empty() => Value::Null,
        Some(Field { kind: Kind::Checkbox, .. }) => {
            let off = ["0", "f", "false", "off"].contains(&text.to_ascii_lowercase().as_str());
            json!(if off { "0" } else { "1" })
        }
        Some(Field { kind: Kind::Dropdown, answers }) => {
            let answer = answers.iter().find(|(id, answer)| id.to_string() == text || **answer == text);
            answer.map_or(Value::Null, |(id, _)| json!(id.to_string()))
        }
        _ => json!(text),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, state};
    use super::*;

    const ONE: &str = "/contacts/1740003";

    /// Sends properties to a contact that has an id and a mark, and returns those it shows afterwards.
    fn after(state: &mut State, properties: &Value) -> Value {
        ok(state, "PUT", ONE, Some(&json!({"name": "Ann Lee", "properties": properties})));
        ok(state, "GET", ONE, None)["properties"].take()
    }

    #[test]
    fn a_map_that_is_sent_is_all_there_is() {
        let mut state = state(3);
        assert_eq!(state.contacts[&1_740_003]["properties"]["Office365Id"], "oid-1740003");
        assert_eq!(after(&mut state, &json!({"SupportPIN": "4821"})), json!({"SupportPIN": "4821"}));
        assert_eq!(after(&mut state, &json!({})), json!({}));
    }

    #[test]
    fn a_map_is_added_where_the_service_merges() {
        let mut state = state(3);
        state.properties = Unsent::Stay;
        let expected = json!({"IsOffice365": "true", "Office365Id": "oid-1740003", "SupportPIN": "4821"});
        assert_eq!(after(&mut state, &json!({"SupportPIN": "4821"})), expected);
        let cleared = after(&mut state, &json!({"SupportPIN": "", "Office365Id": null}));
        assert_eq!(cleared, json!({"IsOffice365": "true"}));
    }

    #[test]
    fn a_write_without_properties_leaves_them() {
        let mut state = state(3);
        let before = state.contacts[&1_740_003]["properties"].clone();
        for body in [json!({"name": "Ann Lee"}), json!({"name": "Ann", "properties": null})] {
            assert_eq!(ok(&mut state, "PUT", ONE, Some(&body))["properties"], before);
        }
    }

    #[test]
    fn a_key_without_a_field_is_dropped_unless_the_service_keeps_strays() {
        let mut state = state(3);
        // Names are compared as typed.
        assert_eq!(
            after(&mut state, &json!({"Supportpin": "1", "title": "Buyer"})),
            json!({"title": "Buyer"})
        );
        state.contact_fields.remove("SupportPIN");
        assert_eq!(after(&mut state, &json!({"SupportPIN": "1"})), json!({}));
        state.stray_properties = true;
        assert_eq!(after(&mut state, &json!({"SupportPIN": "1"})), json!({"SupportPIN": "1"}));
    }

    #[test]
    fn what_was_planted_survives_being_sent_back() {
        let mut state = state(3);
        let planted = json!({"Odd": {"deep": [1]}, "Count": 3, "title": "Buyer"});
        state.contacts.get_mut(&1_740_003).unwrap().insert("properties".into(), planted.clone());
        let mut whole = planted;
        whole["title"] = json!("Head Buyer");
        assert_eq!(after(&mut state, &whole), whole);
    }

    #[test]
    fn values_are_texts_in_the_way_of_their_field() {
        let mut state = state(3);
        assert_eq!(after(&mut state, &json!({"SupportPIN": 4821}))["SupportPIN"], "4821");
        assert_eq!(after(&mut state, &json!({"IsOffice365": true}))["IsOffice365"], "true");
        state.contact_fields.get_mut("IsOffice365").unwrap().kind = Kind::Checkbox;
        for (sent, shown) in [(json!(true), "1"), (json!("yes"), "1"), (json!("false"), "0"), (json!(0), "0")]
        {
            assert_eq!(after(&mut state, &json!({"IsOffice365": sent}))["IsOffice365"], shown);
        }
        let answers = BTreeMap::from([(71, "User".to_owned()), (72, "Board".to_owned())]);
        state.contact_fields.insert("TypeMapping".into(), Field { kind: Kind::Dropdown, answers });
        for sent in ["Board", "72"] {
            assert_eq!(after(&mut state, &json!({"TypeMapping": sent}))["TypeMapping"], "72");
        }
        assert_eq!(after(&mut state, &json!({"TypeMapping": "Absent"})), json!({}));
    }
}
