//! Bodies, read as the service's framework binds them: names without case, unknown ones ignored, and what is not
//! said left at its type's nothing.

use std::collections::BTreeMap;

use jiff::civil::DateTime;
use serde_json::{Value, json};

use super::schema::Kind;
use super::{Refusal, Request};

/// Returns the JSON of a body.
pub(super) fn body(request: &Request) -> Result<Value, Refusal> {
    let kind = request.header("content-type").unwrap_or_default();
    let media = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if media != "application/json" && media != "text/json" && !media.ends_with("+json") {
        return Err(Refusal::MediaType);
    }
    serde_json::from_slice(&request.body)
        .map_err(|_| Refusal::Unbound(String::new(), "The body is not valid JSON.".to_owned()))
}

/// The properties of a JSON object by lower-case name.
pub(super) struct Object(BTreeMap<String, Value>);

impl Object {
    /// Takes an object apart; anything else cannot be bound to `place`.
    pub(super) fn new(place: &str, value: Value) -> Result<Self, Refusal> {
        match value {
            Value::Object(map) => {
                Ok(Self(map.into_iter().map(|(name, value)| (name.to_lowercase(), value)).collect()))
            }
            _ => Err(unbound(place, "The value is not an object.")),
        }
    }

    /// Returns the value of a property, as its kind has it; `None` if the body lacks it.
    pub(super) fn get(&self, name: &str, kind: Kind, nullable: bool) -> Result<Option<Value>, Refusal> {
        let value = self.0.get(&name.to_lowercase());
        value.map(|value| bound(name, kind, nullable, value)).transpose()
    }

    /// Is true if a property is null or missing.
    pub(super) fn is_blank(&self, name: &str) -> bool {
        self.0.get(&name.to_lowercase()).is_none_or(Value::is_null)
    }

    /// Returns a text; "" if it is null or missing.
    pub(super) fn text(&self, name: &str) -> Result<String, Refusal> {
        let value = self.get(name, Kind::Text(0), true)?;
        Ok(value.as_ref().and_then(Value::as_str).unwrap_or_default().to_owned())
    }

    /// Returns a whole number; 0 if it is missing.
    pub(super) fn int(&self, name: &str) -> Result<i64, Refusal> {
        Ok(self.get(name, Kind::Int, false)?.as_ref().and_then(Value::as_i64).unwrap_or_default())
    }

    /// Returns a flag; false if it is missing.
    pub(super) fn flag(&self, name: &str) -> Result<bool, Refusal> {
        Ok(self.get(name, Kind::Bool, false)?.as_ref().and_then(Value::as_bool).unwrap_or_default())
    }

    /// Returns the objects of a list; none if it is null or missing.
    pub(super) fn list(&self, name: &str) -> Result<Vec<Self>, Refusal> {
        match self.0.get(&name.to_lowercase()) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(value) => objects(name, value),
        }
    }
}

/// Returns the objects of a JSON list.
pub(super) fn objects(place: &str, value: &Value) -> Result<Vec<Object>, Refusal> {
    let items = value.as_array().ok_or_else(|| unbound(place, "The value is not a list."))?;
    items.iter().map(|item| Object::new(place, item.clone())).collect()
}

/// Returns a value as the kind has it: text of digits for a number, a number for a text.
pub(super) fn bound(name: &str, kind: Kind, nullable: bool, value: &Value) -> Result<Value, Refusal> {
    let bound = match (kind, value) {
        (_, Value::Null) => nullable.then_some(Value::Null),
        (Kind::Text(_), Value::String(_))
        | (Kind::Bool, Value::Bool(_))
        | (Kind::Number, Value::Number(_)) => Some(value.clone()),
        (Kind::Text(_), Value::Number(number)) => Some(json!(number.to_string())),
        (Kind::Bool, Value::String(text)) => text.to_ascii_lowercase().parse::<bool>().ok().map(Value::from),
        (Kind::Int, Value::Number(number)) => {
            number.as_i64().and_then(|number| i32::try_from(number).ok()).map(Value::from)
        }
        (Kind::Int, Value::String(text)) => text.parse::<i32>().ok().map(Value::from),
        (Kind::Number, Value::String(text)) => text.parse::<f64>().ok().map(Value::from),
        (Kind::Date, Value::String(text)) => moment(text).map(|_| value.clone()),
        _ => None,
    };
    bound.ok_or_else(|| {
        unbound(name, &format!("The value {value} cannot be converted. Path '{name}', line 1."))
    })
}

fn unbound(name: &str, sentence: &str) -> Refusal {
    Refusal::Unbound(name.to_owned(), sentence.to_owned())
}

/// Reads a date, or a date and a time, in UTC if it has no zone.
pub(super) fn moment(text: &str) -> Option<DateTime> {
    let zoned = text.parse::<jiff::Timestamp>().ok();
    zoned.map(|at| at.to_zoned(jiff::tz::TimeZone::UTC).datetime()).or_else(|| text.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: Value) -> Object {
        Object::new("", value).unwrap()
    }

    #[test]
    fn names_have_no_case_and_what_is_not_said_is_nothing() {
        let object =
            object(json!({"ACCOUNTID": "12", "isdefault": true, "Name": 4, "Data": null, "Other": {}}));
        assert_eq!(object.int("AccountId").unwrap(), 12);
        assert!(object.flag("IsDefault").unwrap());
        assert_eq!(
            (object.text("name").unwrap(), object.text("Data").unwrap()),
            ("4".to_owned(), String::new())
        );
        assert_eq!((object.int("LocationId").unwrap(), object.flag("Poc").unwrap()), (0, false));
        assert!(object.list("Emails").unwrap().is_empty());
    }

    #[test]
    fn what_does_not_convert_is_refused_with_its_name() {
        let object = object(
            json!({"Int": 1.5, "Big": 3_000_000_000_i64, "Flag": 1, "None": null, "Date": "soon", "List": {}}),
        );
        let property = |refused: Refusal| match refused {
            Refusal::Unbound(name, _) => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(property(object.int("Int").unwrap_err()), "Int");
        assert_eq!(property(object.int("Big").unwrap_err()), "Big");
        assert_eq!(property(object.flag("Flag").unwrap_err()), "Flag");
        assert_eq!(property(object.int("None").unwrap_err()), "None");
        assert_eq!(property(object.get("Date", Kind::Date, true).unwrap_err()), "Date");
        assert!(object.list("List").is_err());
    }

    #[test]
    fn times_are_in_utc_with_and_without_saying_so() {
        let wanted = moment("2025-01-02T03:04:05Z");
        for text in ["2025-01-02T03:04:05", "2025-01-02T03:04:05.000", "2025-01-02T04:04:05+01:00"] {
            assert_eq!(moment(text), wanted, "{text}");
        }
        assert!(moment("2025-01-02").is_some() && moment("02/01/2025").is_none());
    }
}
