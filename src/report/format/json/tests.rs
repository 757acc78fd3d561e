//! The schemas, made of the documents' types. What is committed must be what the types say.

use std::path::Path;

use schemars::{JsonSchema, Schema, generate::SchemaSettings, transform::RecursiveTransform};
use serde_json::{Value, json};

use super::SCHEMAS;
use super::documents::{
    CapabilitiesDocument, DoctorDocument, ExplainDocument, FieldsDocument, PeopleDocument, PlanDocument,
    RightsDocument, RunDocument, RunsDocument, SecretsDocument,
};
use crate::cli::Line;
use crate::notify::Document;
use crate::plan::Plan;

/// Returns the schema of the documents that `T` is, whose form has this name and number.
fn of<T: JsonSchema>(form: Option<&str>) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize().with_transform(RecursiveTransform(tidy));
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    if let Some(form) = form {
        schema["properties"]["schema"] =
            json!({"const": form, "description": "Name and version of this form."});
    }
    schema
}

/// Takes out what is for readers of the source, and lets further keys appear.
fn tidy(schema: &mut Schema) {
    let Some(object) = schema.as_object_mut() else { return };
    if object.get("additionalProperties") == Some(&Value::Bool(false)) {
        object.remove("additionalProperties");
    }
    if let Some(Value::String(text)) = object.get_mut("description") {
        *text = plain(text);
    }
}

/// Returns a comment of the source without its marks: `[this](there)` and `[this]` are this, and `None` is null.
fn plain(text: &str) -> String {
    let text = text.replace("`None`", "null");
    let mut said = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("](") {
        said.push_str(&rest[..at]);
        rest = rest[at + 2..].find(')').map_or("", |end| &rest[at + 2 + end + 1..]);
    }
    said.push_str(rest);
    said.replace(['[', ']', '`'], "").replace('\n', " ")
}

fn made(name: &str) -> Value {
    match name {
        "capabilities" => of::<CapabilitiesDocument<'_>>(Some("crsync.capabilities/1")),
        "diff" => of::<PlanDocument<'_>>(Some("crsync.diff/1")),
        "doctor" => of::<DoctorDocument<'_>>(Some("crsync.doctor/1")),
        "error" => of::<Line<'_>>(None),
        "explain" => of::<ExplainDocument<'_>>(Some("crsync.explain/1")),
        "fields" => of::<FieldsDocument<'_>>(Some("crsync.fields/1")),
        "match" => of::<PeopleDocument<'_>>(Some("crsync.match/1")),
        "notice" => of::<Document<'_>>(Some("crsync.notice/1")),
        "plan" => of::<Plan>(None),
        "rights" => of::<RightsDocument<'_>>(Some("crsync.rights/1")),
        "run" => of::<RunDocument<'_>>(Some("crsync.run/1")),
        "runs" => of::<RunsDocument<'_>>(Some("crsync.runs/1")),
        "secrets" => of::<SecretsDocument<'_>>(Some("crsync.secrets/1")),
        other => panic!("{other} is made of no type"),
    }
}

/// With `CRSYNC_BLESS=1` it writes them.
#[test]
fn the_schemas_say_what_the_types_say() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
    for (name, committed) in SCHEMAS {
        let made = format!("{:#}\n", made(name));
        if std::env::var_os("CRSYNC_BLESS").is_some() {
            std::fs::write(folder.join(format!("{name}.json")), made).expect("the folder of this package");
        } else {
            assert_eq!(committed.text(), made, "{name}: CRSYNC_BLESS=1 cargo test --lib schemas");
        }
    }
}

#[test]
fn a_comment_loses_the_marks_of_the_source() {
    assert_eq!(plain("See [the plan](crate::plan),\n[`SCHEMA`] of it."), "See the plan, SCHEMA of it.");
}
