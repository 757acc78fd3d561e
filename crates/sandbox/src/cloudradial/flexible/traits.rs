//! What an asset may hold: a value for each field of its type, under the field's key.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use super::refused::Refused;
use super::types::{of_type, text};
use super::{Row, State};

/// The longest name of an asset.
const NAME: usize = 256;

/// Returns the name of an asset of type `of` with these traits: the values of the fields used for the title, in
/// order, with a blank between them (inferred); `None` where there are none.
///
/// # Errors
/// The keys that are unknown or hold what their kind does not take, and the required ones that are missing.
pub(super) fn checked(state: &State, of: i64, traits: &Row) -> Result<Option<String>, Refused> {
    let fields: Vec<&Row> =
        of_type(state, of).into_iter().filter(|field| text(field, "kind") != "Header").collect();
    let mut mistakes = Vec::new();
    let mut mistake = |key: &str, message: &str| mistakes.push((format!("traits.{key}"), message.to_owned()));
    for (key, value) in traits {
        match fields.iter().find(|field| text(field, "nameKey") == key) {
            None => mistake(key, "The type has no such field."),
            Some(field) if !takes(text(field, "kind"), value) => {
                mistake(key, "The value does not fit the field.");
            }
            Some(_) => {}
        }
    }
    for field in fields.iter().filter(|field| field.get("required") == Some(&Value::Bool(true))) {
        let key = text(field, "nameKey");
        if traits.get(key).is_none_or(blank) {
            mistake(key, "The field is required.");
        }
    }
    let titles = fields.iter().filter(|field| field.get("useForTitle") == Some(&Value::Bool(true)));
    let parts: Vec<String> =
        titles.filter_map(|field| traits.get(text(field, "nameKey"))).filter_map(shown).collect();
    let name = Some(parts.join(" ")).filter(|name| !name.is_empty());
    if name.as_ref().is_some_and(|name| name.chars().count() > NAME) {
        mistakes.push(("name".to_owned(), format!("The title takes at most {NAME} characters.")));
    }
    if state
        .flexible
        .bad_row
        .as_ref()
        .is_some_and(|bad| Value::Object(traits.clone()).to_string().contains(bad))
    {
        mistakes.push(("traits".to_owned(), "The row cannot be processed.".to_owned()));
    }
    if mistakes.is_empty() { Ok(name) } else { Err(Refused::Invalid(mistakes)) }
}

/// Is true if a field of that kind takes the value.
///
/// Null is no value and always fits. The vendor names the kinds only: what each takes is inferred, strictly for texts
/// and kindly for the rest.
fn takes(kind: &str, value: &Value) -> bool {
    let text = value.as_str();
    value.is_null()
        || match kind {
            "Number" => value.is_number() || text.is_some_and(|text| text.trim().parse::<f64>().is_ok()),
            "Checkbox" => value.is_boolean() || matches!(text, Some("true" | "false")),
            "Date" => {
                text.is_some_and(|text| text.parse::<Date>().is_ok() || text.parse::<Timestamp>().is_ok())
            }
            "Upload" | "Tag" => true,
            _ => text.is_some(),
        }
}

fn blank(value: &Value) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

fn shown(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_takes_its_own_values_and_null() {
        let kinds = ["Text", "Textbox", "Number", "Checkbox", "Select", "Date", "Upload", "Password", "Tag"];
        for kind in kinds {
            assert!(takes(kind, &Value::Null), "{kind}");
        }
        for (kind, good, bad) in [
            ("Text", json!("x"), json!(1)),
            ("Textbox", json!(""), json!(["x"])),
            ("Select", json!("Enabled"), json!(true)),
            ("Password", json!("x"), json!({})),
            ("Number", json!(1.5), json!("one")),
            ("Number", json!("12"), json!(true)),
            ("Checkbox", json!(false), json!("yes")),
            ("Checkbox", json!("true"), json!(1)),
            ("Date", json!("2026-02-28"), json!("2026-02-30")),
            ("Date", json!("2026-02-28T10:00:00Z"), json!(20_260_228)),
        ] {
            assert!(takes(kind, &good), "{kind} {good}");
            assert!(!takes(kind, &bad), "{kind} {bad}");
        }
    }
}
