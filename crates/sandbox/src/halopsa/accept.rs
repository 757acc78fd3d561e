//! Bodies: always a list, and every value of the type of its field, or nothing of it is taken.

use serde_json::{Value, json};

use super::{Request, Response, Row, refusal};

/// The type of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Flag,
    /// A number without a point.
    Whole,
    /// A number with or without one.
    Number,
    List,
}

use Kind::{Flag, List, Number, Text, Whole};

/// What may be written of a user; everything else is ignored.
pub(super) const USER: &[(&str, Kind)] = &[
    ("id", Whole),
    ("site_id", Number),
    ("name", Text),
    ("firstname", Text),
    ("surname", Text),
    ("title", Text),
    ("emailaddress", Text),
    ("email2", Text),
    ("email3", Text),
    ("phonenumber", Text),
    ("mobilenumber", Text),
    ("department", Text),
    ("notes", Text),
    ("azureoid", Text),
    ("inactive", Flag),
    ("sendwelcomeemail", Flag),
    ("customfields", List),
];

/// What may be written of a client.
pub(super) const CLIENT: &[(&str, Kind)] =
    &[("id", Whole), ("name", Text), ("inactive", Flag), ("notes", Text), ("customfields", List)];

/// Fields that say what to do rather than what to keep, or that are kept in another way.
const NOT_KEPT: [&str; 3] = ["id", "sendwelcomeemail", "customfields"];

/// Returns the records of a body.
pub(super) fn body(request: &Request, fields: &[(&str, Kind)]) -> Result<Vec<Row>, Response> {
    let Ok(sent) = serde_json::from_slice::<Value>(&request.body) else { return Err(refusal::malformed()) };
    let Value::Array(items) = sent else {
        return Err(refusal::types(&[("$".to_owned(), "Collections.Generic.List")]));
    };
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for (index, item) in items.into_iter().enumerate() {
        let Value::Object(row) = item else {
            wrong.push((format!("[{index}]"), "Object"));
            continue;
        };
        for (name, kind) in fields {
            if let Some(type_name) = row.get(*name).and_then(|value| kind.refuses(value, name)) {
                wrong.push((format!("[{index}].{name}"), type_name));
            }
        }
        rows.push(row);
    }
    if wrong.is_empty() { Ok(rows) } else { Err(refusal::types(&wrong)) }
}

impl Kind {
    /// Returns the name of the type, if the value is of another one.
    fn refuses(self, value: &Value, name: &str) -> Option<&'static str> {
        if value.is_null() {
            return (name == "id").then_some("Int32");
        }
        let (fits, type_name) = match self {
            Text => (value.is_string(), "String"),
            Flag => (value.is_boolean(), "Nullable`1[System.Boolean]"),
            Whole => (value.is_i64(), "Int32"),
            Number => (value.is_number(), "Nullable`1[System.Double]"),
            List => (value.is_array(), "Collections.Generic.List"),
        };
        (!fits).then_some(type_name)
    }
}

/// Puts what `sent` names into `row`; a text that is sent as null is blank.
pub(super) fn columns(fields: &[(&str, Kind)], row: &mut Row, sent: &Row) {
    for (name, kind) in fields.iter().filter(|(name, _)| !NOT_KEPT.contains(name)) {
        match sent.get(*name) {
            Some(Value::Null) if *kind == Text => drop(row.insert((*name).to_owned(), json!(""))),
            Some(Value::Null) | None => {}
            Some(value) => drop(row.insert((*name).to_owned(), value.clone())),
        }
    }
}
