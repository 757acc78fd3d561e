//! Values as vendors send them: ids as numbers or texts, flags in three spellings, and null wherever it pleases them
//! (seen live by clients of several PSAs, and in the vendors' own examples).

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// Reads a text, a number or a flag as a text; anything else is nothing.
pub(super) fn text<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    })
}

/// Reads the same where what is missing is not what is null: a null is a blank text, and only what is missing or
/// cannot be read is nothing.
pub(super) fn told<'de, D: Deserializer<'de>>(from: D) -> Result<Option<String>, D::Error> {
    let value = Value::deserialize(from)?;
    if value.is_null() { Ok(Some(String::new())) } else { text(value).map_err(serde::de::Error::custom) }
}

/// Reads a whole number, also one that is spelled as a text.
pub(super) fn maybe_number<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i64>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    })
}

/// Reads the same for an id, which must be there.
pub(super) fn number<'de, D: Deserializer<'de>>(from: D) -> Result<i64, D::Error> {
    maybe_number(from)?.ok_or_else(|| serde::de::Error::custom("an id that is no number"))
}

/// Yes or no, as a flag, a number or a text.
pub(super) fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<Option<bool>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::Bool(flag) => Some(flag),
        Value::Number(number) => number.as_i64().map(|number| number != 0),
        Value::String(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_spelling_is_read_and_nothing_else_is_guessed() {
        for (value, told) in [
            (json!("7"), (Some("7"), Some(7), None)),
            (json!(7), (Some("7"), Some(7), Some(true))),
            (json!("1"), (Some("1"), Some(1), Some(true))),
            (json!(" False "), (Some(" False "), None, Some(false))),
            (json!(true), (Some("true"), None, Some(true))),
            (json!(0), (Some("0"), Some(0), Some(false))),
            (json!(null), (None, None, None)),
            (json!([1]), (None, None, None)),
        ] {
            let (text, number, flag) = (
                text(&value).expect("a value"),
                maybe_number(&value).expect("a value"),
                flag(&value).expect("a value"),
            );
            assert_eq!((text.as_deref(), number, flag), told, "{value}");
        }
        assert!(number(&json!("x")).is_err());
    }
}
