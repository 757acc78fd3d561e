//! JSON Patch over one record.

use serde_json::Value;

use super::fields::Field;
use super::{Request, Response, Row, refusal};

/// Returns the record after the request's operations, or why they do not apply; all or nothing.
pub(super) fn apply(fields: &[Field], row: &Row, request: &Request) -> Result<Row, Response> {
    let sent_type = request.header("content-type").unwrap_or_default().to_ascii_lowercase();
    if !["application/json", "application/json-patch+json"].iter().any(|known| sent_type.starts_with(known)) {
        return Err(refusal::problem(415, "Unsupported Media Type", None));
    }
    let Ok(Value::Array(operations)) = serde_json::from_slice(&request.body) else {
        return Err(refusal::invalid_one("$", "The body is not a JSON Patch document, which is an array."));
    };
    let mut row = row.clone();
    for operation in &operations {
        step(fields, &mut row, operation).map_err(|message| refusal::invalid_one("patch", message))?;
    }
    let mistakes: Vec<_> = fields
        .iter()
        .filter_map(|field| {
            let value = row.get(field.name)?;
            field.mistake(value).map(|mistake| (field.name.to_owned(), mistake))
        })
        .collect();
    if mistakes.is_empty() { Ok(row) } else { Err(refusal::invalid(&mistakes)) }
}

fn step(fields: &[Field], row: &mut Row, operation: &Value) -> Result<(), String> {
    let part = |name: &str| operation.get(name).and_then(Value::as_str);
    let (Some(op), Some(path)) = (part("op"), part("path")) else {
        return Err("An operation needs op and path.".to_owned());
    };
    let name = path.strip_prefix('/').unwrap_or(path);
    let Some(field) = fields.iter().find(|field| field.name.eq_ignore_ascii_case(name)) else {
        return Err(format!("The target location specified by path segment '{name}' was not found."));
    };
    let value = operation.get("value");
    match op {
        "add" | "replace" => {
            let value = value.ok_or_else(|| format!("The operation '{op}' needs a value."))?;
            row.insert(field.name.to_owned(), value.clone());
        }
        "remove" => {
            row.insert(field.name.to_owned(), field.blank());
        }
        "test" if row.get(field.name) == value => {}
        "test" => return Err(format!("The current value at path '{name}' is not the one tested for.")),
        _ => return Err(format!("The operation '{op}' is not supported here.")),
    }
    Ok(())
}
