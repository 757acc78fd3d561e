//! What is written: bodies, the types of columns, and the rules for addresses.

use serde_json::{Value, json};

use super::refusal::{self, Mistake};
use super::schema::{Entity, Kind};
use super::{Request, Response, Row, text};

/// Returns the object that a request carries; anything else in JSON counts as nothing.
///
/// # Errors
/// The answer to a body that is no JSON.
pub(super) fn body(request: &Request) -> Result<Row, Response> {
    if request.body.is_empty() {
        return Ok(Row::new());
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(sent)) => Ok(sent),
        Ok(_) => Ok(Row::new()),
        Err(_) => Err(refusal::malformed()),
    }
}

/// Puts the columns that a body names into the record; those it leaves out stay.
pub(super) fn columns(entity: &Entity, row: &mut Row, sent: &Row) {
    for (name, kind) in entity.columns {
        if let Some(value) = sent.get(*name).and_then(|value| cast(*kind, value)) {
            row.insert((*name).to_owned(), value);
        }
    }
}

/// Returns the value as the column holds it; `None` where it is no single value, which the service overlooks.
fn cast(kind: Kind, value: &Value) -> Option<Value> {
    let text = match value {
        Value::Null => return Some(Value::Null),
        Value::Array(_) | Value::Object(_) => return None,
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    Some(match kind {
        Kind::Text => json!(text),
        _ if text.is_empty() => Value::Null,
        Kind::Number => json!(text.parse::<i64>().unwrap_or_default()),
        Kind::Flag => json!(!["0", "f", "false", "off"].contains(&text.to_ascii_lowercase().as_str())),
    })
}

/// Returns what speaks against an address that changes.
///
/// An address that was there before is not judged.
pub(super) fn email(before: &Row, next: &Row) -> Vec<Mistake> {
    let email = text(next, "email");
    if email.is_empty() || email == text(before, "email") || is_email(email) {
        return Vec::new();
    }
    let mut mistakes = vec![("email", "is not an email".to_owned())];
    if email.contains(char::is_whitespace) {
        mistakes.push(("email", format!("Only able to parse up to \"{email}\"")));
    }
    mistakes
}

fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let special = |one: char| "!#$%&'*+-/=?^_`{|}~".contains(one);
    let atom =
        |atom: &str| !atom.is_empty() && atom.chars().all(|one| one.is_ascii_alphanumeric() || special(one));
    let label =
        |label: &str| !label.is_empty() && label.chars().all(|one| one.is_ascii_alphanumeric() || one == '-');
    local.split('.').all(atom) && domain.contains('.') && domain.split('.').all(label)
}

/// Keeps only the digits of the record's phone numbers that were sent, as the service does.
pub(super) fn digits_only(row: &mut Row, sent: &Row) {
    for field in ["phone", "mobile"] {
        if sent.contains_key(field) && row.get(field).is_some_and(Value::is_string) {
            row.insert(field.to_owned(), json!(digits(text(row, field))));
        }
    }
}

/// Returns the digits of a text.
pub(super) fn digits(text: &str) -> String {
    text.chars().filter(char::is_ascii_digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_judged_strictly() {
        for good in ["a@b.example", "o'brien+x@sub.contoso.example", "x#EXT#@contoso.onmicrosoft.com"] {
            assert!(is_email(good), "{good}");
        }
        for bad in
            ["xxx", "a@b", "@b.example", "a b@c.example", "a..b@c.example", "ä@c.example", "a@c..example"]
        {
            assert!(!is_email(bad), "{bad}");
        }
    }

    #[test]
    fn values_take_the_type_of_their_column() {
        assert_eq!(cast(Kind::Text, &json!(5)), Some(json!("5")));
        assert_eq!(cast(Kind::Text, &json!({"a": 1})), None);
        assert_eq!(cast(Kind::Number, &json!("174")), Some(json!(174)));
        assert_eq!(cast(Kind::Number, &json!("")), Some(Value::Null));
        assert_eq!(cast(Kind::Flag, &json!("off")), Some(json!(false)));
        assert_eq!(cast(Kind::Flag, &json!(1)), Some(json!(true)));
    }
}
