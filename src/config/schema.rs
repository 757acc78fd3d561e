//! JSON Schemas of `crsync.toml` and `decisions.toml`, for editors: made from what the readers ask for, so that they
//! cannot say anything else.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{decisions, homes};
use crate::psa;
use crate::table::{AskedKey, Form, Taken};

/// The names of the schemas.
pub const SCHEMAS: [&str; 2] = ["config", "decisions"];

/// The dialect.
const DIALECT: &str = "https://json-schema.org/draft/2020-12/schema";

/// What the readers of the configuration are shown, beside what all PSAs share, so that they ask every table for its keys.
const MORE: &str = "[udfs]\n[fields.contact]\n[fields.portal]\n[fields.title]\nsources = [\"365\"]\n";

/// The keys of a table.
type Keys = BTreeMap<String, AskedKey>;

/// Returns the schema of this name.
pub fn schema(name: &str) -> Option<Value> {
    match name {
        "config" => Some(config()),
        "decisions" => Some(of_decisions()),
        _ => None,
    }
}

fn config() -> Value {
    let mut tables = homes::asked(&homes::probe(MORE));
    let mut keys_of = |name: &str| tables.remove(name).unwrap_or_default();
    let file = keys_of("the file");
    let mut definitions = Map::new();
    let mut define = |name: &str, value: Value| drop(definitions.insert(name.to_owned(), value));
    define("rule", rule(&keys_of("fields.title")));
    for (name, is_list) in [
        ("cloudradial", false),
        ("microsoft365", false),
        ("udfs", false),
        ("sync", false),
        ("fields", false),
        ("fields.contact", false),
        ("fields.portal", false),
        ("self-service", false),
        ("guards", false),
        ("notify", false),
        ("exclude", true),
        ("type", true),
        ("company", true),
    ] {
        let written = if is_list { format!("[[{name}]]") } else { format!("[{name}]") };
        define(name, table(name, &keys_of(&written)));
    }
    for entry in psa::registry() {
        define(entry.id(), table(entry.id(), &keys_of(&format!("[{}]", entry.id()))));
    }
    let mut root = table("file", &file);
    root["required"] = json!(["cloudradial", "company", "microsoft365"]);
    root["properties"]["company"]["minItems"] = json!(1);
    whole(root, "crsync.toml", definitions)
}

fn of_decisions() -> Value {
    let mut definitions = Map::new();
    let mut properties = Map::new();
    for (written, keys) in decisions::asked() {
        // The file's own keys are its tables.
        let Some(name) = written.strip_prefix("[[").and_then(|name| name.strip_suffix("]]")) else {
            continue;
        };
        definitions.insert(name.to_owned(), table(&format!("decisions.{name}"), &keys));
        properties.insert(name.to_owned(), list_of(&reference(name)));
    }
    let root = json!({"type": "object", "additionalProperties": false, "properties": properties});
    whole(root, "decisions.toml", definitions)
}

/// Returns the schema of a whole file.
fn whole(mut root: Value, file: &str, definitions: Map<String, Value>) -> Value {
    root["$schema"] = json!(DIALECT);
    root["title"] = json!(format!("{file} of crsync {}", env!("CARGO_PKG_VERSION")));
    root["$defs"] = Value::Object(definitions);
    root
}

/// Returns the schema of a table with these keys.
fn table(name: &str, keys: &Keys) -> Value {
    let properties: Map<String, Value> =
        keys.iter().map(|(key, asked)| (key.clone(), value(name, key, asked))).collect();
    let mut required: Vec<&str> =
        keys.iter().filter(|(_, asked)| asked.required).map(|(key, _)| key.as_str()).collect();
    required.extend(REQUIRED.iter().filter(|(of, _)| *of == name).map(|(_, key)| *key));
    required.sort_unstable();
    required.dedup();
    let mut table = json!({"type": "object", "additionalProperties": false, "properties": properties});
    if !required.is_empty() {
        table["required"] = json!(required);
    }
    table
}

/// Keys that must be there, and that a reader takes in a form which it decides on by itself.
const REQUIRED: [(&str, &str); 6] = [
    ("company", "psa"),
    ("decisions.pin", "user"),
    ("decisions.pin", "contact"),
    ("decisions.split", "user"),
    ("decisions.split", "contact"),
    ("decisions.company", "when"),
];

/// Returns the schema of a key's value.
fn value(table: &str, key: &str, asked: &AskedKey) -> Value {
    match &asked.taken {
        Taken::Value(Form::Text) if (table, key) == ("file", "psa") => {
            json!({"enum": psa::registry().iter().map(|entry| entry.id()).collect::<Vec<_>>()})
        }
        Taken::Value(Form::Text) => json!({"type": "string"}),
        Taken::Value(Form::Flag) => json!({"type": "boolean"}),
        Taken::Value(Form::Number) => json!({"type": "integer"}),
        Taken::Value(Form::Texts) => list_of(&json!({"type": "string"})),
        Taken::Value(Form::Duration) => {
            json!({"type": "string", "pattern": r"^\s*[0-9]+\s*(d|h|ms|m|s)\s*$"})
        }
        Taken::Words(words) => json!({"enum": words}),
        Taken::Table => reference(&inner(table, key)),
        Taken::Tables => list_of(&reference(&inner(table, key))),
        Taken::Any => special(table, key),
    }
}

/// Returns the name of the definition of a table inside of another one. Those of a company are as those of the file.
fn inner(table: &str, key: &str) -> String {
    match table {
        "fields" => format!("fields.{key}"),
        _ => key.to_owned(),
    }
}

/// Returns the schema of a value that a reader takes apart by itself.
fn special(table: &str, key: &str) -> Value {
    let id = json!({"type": ["integer", "string"]});
    match (table, key) {
        ("sync", "require-name") => json!({"enum": [true, false, "either"]}),
        ("fields", "support-pin") => json!({
            "type": "object", "additionalProperties": false,
            "properties": {"clear": {"type": "boolean"}}, "required": ["clear"],
        }),
        ("fields" | "fields.contact" | "fields.portal", _) => reference("rule"),
        ("guards", _) => json!({"oneOf": [
            {"type": "integer", "minimum": 0},
            {"type": "string", "pattern": r"^\s*([0-9]+|[0-9]+\s*%)( or ([0-9]+|[0-9]+\s*%))?\s*$"},
        ]}),
        ("notify", "on") => {
            let words = json!({"enum": ["failure", "changes", "conflicts"]});
            json!({"oneOf": [{"enum": ["always"]}, {"type": "array", "items": words, "minItems": 1}]})
        }
        ("company", "psa") => {
            let number = json!({"type": "integer", "minimum": 0});
            let each: Map<String, Value> =
                psa::registry().iter().map(|entry| (entry.id().to_owned(), number.clone())).collect();
            json!({"oneOf": [number, {"type": "object", "additionalProperties": false, "properties": each}]})
        }
        (_, "user" | "contact" | "portal-user" | "id" | "replaces-psa-key") => id,
        // What people remark, and days, which some programs take for texts.
        _ => json!(true),
    }
}

/// Returns the schema of a field's rule: a word, or a table of these keys.
fn rule(keys: &Keys) -> Value {
    let mut inner = table("rule", keys);
    inner["properties"]["sources"]["items"] = json!({"enum": ["365", "psa"]});
    let words = inner["properties"]["when"].clone();
    json!({"oneOf": [words, inner]})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}

fn list_of(items: &Value) -> Value {
    json!({"type": "array", "items": items})
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the names that the schema refers to.
    fn references(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Object(map) => {
                let name = map.get("$ref").and_then(Value::as_str);
                found.extend(name.map(|name| name.trim_start_matches("#/$defs/").to_owned()));
                map.values().for_each(|value| references(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| references(item, found)),
            _ => {}
        }
    }

    #[test]
    fn every_definition_has_keys_and_is_referred_to() {
        for name in SCHEMAS {
            let schema = schema(name).expect("a schema");
            let mut found = Vec::new();
            references(&schema, &mut found);
            let defined = schema["$defs"].as_object().expect("definitions");
            for name in &found {
                assert!(defined.contains_key(name), "{name} is not defined");
            }
            for (name, value) in defined {
                assert!(found.contains(name), "{name} is not used");
                let keys = value.get("properties").or_else(|| value["oneOf"][1].get("properties"));
                assert!(
                    keys.and_then(Value::as_object).is_some_and(|keys| !keys.is_empty()),
                    "{name} has no keys"
                );
            }
        }
        assert_eq!(schema("plan"), None);
    }
}
