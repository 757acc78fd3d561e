//! `crsync schema`: what editors are told of the files that people write is what the program takes.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use crate::harness::run;

/// Returns the schema of a file.
fn schema(name: &str) -> Value {
    let run = run(&["crsync", "schema", name], None, &std::collections::BTreeMap::new());
    assert_eq!(run.code, 0, "{}", run.err);
    run.json()
}

/// Returns a TOML value as the JSON that editors compare with a schema.
fn as_json(value: &toml::Value) -> Value {
    match value {
        toml::Value::Table(table) => Value::Object(
            table.iter().map(|(key, value)| (key.clone(), as_json(value))).collect::<Map<_, _>>(),
        ),
        toml::Value::Array(items) => items.iter().map(as_json).collect(),
        toml::Value::String(text) => json!(text),
        toml::Value::Integer(number) => json!(number),
        toml::Value::Float(number) => json!(number),
        toml::Value::Boolean(flag) => json!(flag),
        toml::Value::Datetime(time) => json!(time.to_string()),
    }
}

/// Returns what of `value` is not as `schema` says; patterns are not looked at.
fn mistakes(root: &Value, schema: &Value, value: &Value, place: &str) -> Vec<String> {
    let wrong = |what: &str| vec![format!("{place}: {what}")];
    let Some(schema) = schema.as_object() else { return Vec::new() };
    let mut found = Vec::new();
    for (keyword, says) in schema {
        match keyword.as_str() {
            "$ref" => {
                let name =
                    says.as_str().and_then(|name| name.strip_prefix("#/$defs/")).expect("a definition");
                found.extend(mistakes(root, &root["$defs"][name], value, place));
            }
            "oneOf" => {
                let all = says.as_array().expect("schemas").iter();
                let fit = all.filter(|one| mistakes(root, one, value, place).is_empty()).count();
                if fit != 1 {
                    found.extend(wrong(&format!("{fit} forms fit")));
                }
            }
            "enum" if !says.as_array().expect("words").contains(value) => found.extend(wrong("no such word")),
            "type" => {
                let types: Vec<&str> = match says {
                    Value::Array(types) => types.iter().filter_map(Value::as_str).collect(),
                    one => one.as_str().into_iter().collect(),
                };
                let is = |name: &&str| match *name {
                    "object" => value.is_object(),
                    "array" => value.is_array(),
                    "string" => value.is_string(),
                    "boolean" => value.is_boolean(),
                    "integer" => value.is_i64() || value.is_u64(),
                    other => panic!("{other} is not known"),
                };
                if !types.iter().any(is) {
                    found.extend(wrong(&format!("no {}", types.join(" or "))));
                }
            }
            "required" => {
                let lacks = says.as_array().expect("keys").iter().filter_map(Value::as_str);
                let lacks = lacks.filter(|key| value.get(key).is_none() && value.is_object());
                found.extend(lacks.flat_map(|key| wrong(&format!("lacks {key}"))));
            }
            "properties" => {
                for (key, inner) in value.as_object().into_iter().flatten() {
                    match says.get(key) {
                        Some(says) => found.extend(mistakes(root, says, inner, &format!("{place}.{key}"))),
                        None if schema.get("additionalProperties") == Some(&json!(false)) => {
                            found.extend(wrong(&format!("no key {key}")));
                        }
                        None => {}
                    }
                }
            }
            "items" => {
                for (at, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(mistakes(root, says, item, &format!("{place}[{at}]")));
                }
            }
            "minItems" if value.as_array().is_some_and(Vec::is_empty) => found.extend(wrong("is empty")),
            "minimum" if value.as_i64() < says.as_i64() && value.is_i64() => {
                found.extend(wrong("is too small"));
            }
            "$schema"
            | "$defs"
            | "title"
            | "additionalProperties"
            | "pattern"
            | "enum"
            | "minItems"
            | "minimum" => {}
            other => panic!("{other} is not checked"),
        }
    }
    found
}

fn check(name: &str, text: &str) -> Vec<String> {
    let schema = schema(name);
    let value: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    mistakes(&schema, &schema, &as_json(&toml::Value::Table(value)), name)
}

fn fixtures(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/config").join(folder);
    let entries = fs::read_dir(&folder).expect("the fixtures").map(|entry| entry.expect("an entry").path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "toml")).collect()
}

#[test]
fn every_configuration_that_is_read_fits_the_schema() {
    for path in fixtures("ok") {
        let text = fs::read_to_string(&path).expect("a fixture");
        assert_eq!(check("config", &text), Vec::<String>::new(), "{}", path.display());
    }
    let world = crate::harness::World::small();
    assert_eq!(check("config", &world.sandbox.config()), Vec::<String>::new());
}

#[test]
fn unknown_keys_and_tables_do_not_fit_the_schema() {
    let mut refused = 0;
    for path in fixtures("bad") {
        let told = fs::read_to_string(path.with_extension("txt")).expect("what is told");
        let text = fs::read_to_string(&path).unwrap_or_default();
        // What is told of the first line is about a table that is missing.
        let is_unknown = |line: &str| {
            line.contains(" has no key ")
                || (line.contains("the file has no table") && !line.contains(":1:1: "))
        };
        if told.lines().any(is_unknown) && text.parse::<toml::Table>().is_ok() {
            assert_ne!(check("config", &text), Vec::<String>::new(), "{}", path.display());
            refused += 1;
        }
    }
    assert!(refused > 5, "only {refused} fixtures were looked at");
}

#[test]
fn decisions_fit_their_schema() {
    let text = "[[pin]]\nuser = \"8f2c\"\ncontact = 2001\nwho = \"kim\"\nwhen = 2026-11-02\n\
                [[split]]\nuser = \"8f2c\"\ncontact = \"2002\"\nreason = \"two people\"\n\
                [[ignore]]\nemail = \"kiosk@contoso.example\"\n[[ignore]]\nportal-user = 7\n\
                [[company]]\nname = \"Contoso\"\nreplaces-tenant = \"old.example\"\nwho = \"kim\"\nwhen = 2026-11-02\n";
    assert_eq!(check("decisions", text), Vec::<String>::new());
    for wrong in ["[[pin]]\nuser = \"8f2c\"\n", "[[ignor]]\nemail = \"x\"\n", "[[ignore]]\nemial = \"x\"\n"] {
        assert_ne!(check("decisions", wrong), Vec::<String>::new(), "{wrong}");
    }
}

#[test]
fn a_name_without_a_schema_is_answered_with_those_that_there_are() {
    let run = run(&["crsync", "schema", "plan"], None, &std::collections::BTreeMap::new());
    assert_eq!(run.code, 2);
    assert!(run.err.contains("there are config and decisions"), "{}", run.err);
}
