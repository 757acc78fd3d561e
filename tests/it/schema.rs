//! `crsync schema`: what editors are told of the files that people write is what the program takes, and what programs are
//! told of outputs is what it prints.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crsync::report::SCHEMAS;
use crsync_sandbox::System;
use serde_json::{Map, Value, json};

use crate::harness::{World, fits, run};

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

/// Returns what of a file is not as the schema of this name says.
fn check(name: &str, text: &str) -> Vec<String> {
    let value: toml::Table = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    let value = as_json(&toml::Value::Table(value));
    let schema = jsonschema::validator_for(&schema(name)).expect("a schema");
    schema.iter_errors(&value).map(|error| format!("{}: {error}", error.instance_path())).collect()
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
    let world = World::small();
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
fn what_is_printed_as_json_has_a_schema_and_fits_it() {
    let world = World::small();
    let json = |args: &[&str]| world.run(&[args, &["--format", "json"]].concat()).json();
    let plan = world.path("plan.json");
    world.diff(&["--save-plan", &plan.display().to_string()]);
    fits("plan", &serde_json::from_str(&fs::read_to_string(&plan).expect("a plan")).expect("JSON"));
    for (args, form) in [
        (&["diff"][..], "crsync.diff/1"),
        (&["match"], "crsync.match/1"),
        (&["explain", "amy.chu@contoso.example"], "crsync.explain/1"),
        (&["explain", "chu"], "crsync.explain/1"),
        (&["sync", "--yes", "--company", "Contoso"], "crsync.run/1"),
        (&["log"], "crsync.runs/1"),
        (&["log", "last"], "crsync.run/1"),
        (&["push-udfs", "--check"], "crsync.fields/1"),
        (&["capabilities", "--live"], "crsync.rights/1"),
        (&["capabilities"], "crsync.capabilities/1"),
        (&["doctor"], "crsync.doctor/1"),
        (&["login", "--list"], "crsync.secrets/1"),
    ] {
        let document = json(args);
        assert_eq!(document["schema"], form, "{args:?}");
        fits(form.trim_start_matches("crsync.").trim_end_matches("/1"), &document);
    }
}

#[test]
fn every_line_on_standard_error_as_json_fits_the_schema() {
    let world = World::small();
    world.configure(|text| text.replace("psa = 174", "psa = 999"));
    // Long enough for lines that say how far it is.
    let clock = world.clock.clone();
    world.rewrite(System::GRAPH, "$batch", move |_, _| clock.pass(Duration::from_secs(20)));
    let run = world.run(&["diff", "--log-format", "json"]);
    let mut levels = BTreeSet::new();
    for line in run.err.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        fits("error", &line);
        levels.insert(line["level"].as_str().expect("a word").to_owned());
    }
    assert!(levels.contains("error") && levels.contains("info"), "{}", run.err);
}

#[test]
fn a_schema_says_what_every_key_means_and_keeps_open_what_may_come() {
    for (name, packed) in SCHEMAS {
        let text = packed.text();
        assert_eq!(schema(name), serde_json::from_str::<Value>(&text).expect("JSON"), "{name}");
        assert!(!text.contains("\"additionalProperties\": false"), "{name}: further keys may come");
        for mark in ["](", "`", "::"] {
            assert!(!text.contains(mark), "{name} has {mark} of the source");
        }
        let whole = schema(name);
        assert_eq!(undescribed(&whole, &whole), Vec::<String>::new(), "{name}");
    }
}

/// Returns the keys that neither they nor what they hold says anything about.
fn undescribed(part: &Value, whole: &Value) -> Vec<String> {
    let mut found = Vec::new();
    if let Some(keys) = part["properties"].as_object() {
        // The only key of a variant is what the variant says.
        let is_variant = keys.len() == 1 && part.get("description").is_some();
        let silent = keys.iter().filter(|(_, of)| !is_variant && !is_described(of, whole));
        found.extend(silent.map(|(key, _)| key.clone()));
    }
    let inner: Vec<&Value> = match part {
        Value::Object(parts) => parts.values().collect(),
        Value::Array(parts) => parts.iter().collect(),
        _ => Vec::new(),
    };
    found.extend(inner.into_iter().flat_map(|part| undescribed(part, whole)));
    found
}

fn is_described(part: &Value, whole: &Value) -> bool {
    let target = part["$ref"].as_str().and_then(|at| whole.pointer(at.trim_start_matches('#')));
    let forms = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|key| part[key].as_array()).flatten();
    part.get("description").is_some()
        || target.into_iter().chain(forms).any(|other| is_described(other, whole))
}

#[test]
fn a_name_without_a_schema_is_answered_with_those_that_there_are() {
    let run = run(&["crsync", "schema", "plans"], None, &std::collections::BTreeMap::new());
    assert_eq!(run.code, 2);
    assert!(run.err.contains("there are config, decisions, capabilities, diff"), "{}", run.err);
}
