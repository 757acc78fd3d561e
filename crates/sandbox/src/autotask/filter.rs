//! The query filter: its operators, its limits, and what the service passes over in silence.

use jiff::Timestamp;
use serde_json::Value;

use super::schema::{Entity, Field, Kind};
use super::{Record, State, date, refusal, udf};

/// A filter; all of its conditions must hold.
#[derive(Debug)]
pub(super) struct Filter(Vec<Condition>);

#[derive(Debug)]
enum Condition {
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Test(Operand, Op, Vec<Cell>),
}

#[derive(Debug)]
enum Operand {
    Field(&'static Field),
    Udf { definition: i64, kind: Kind, exact: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Eq,
    NotEq,
    Gt,
    Gte,
    Lt,
    Lte,
    BeginsWith,
    EndsWith,
    Contains,
    Exist,
    NotExist,
    In,
    NotIn,
}

const OPS: [(&str, Op); 13] = [
    ("eq", Op::Eq),
    ("noteq", Op::NotEq),
    ("gt", Op::Gt),
    ("gte", Op::Gte),
    ("lt", Op::Lt),
    ("lte", Op::Lte),
    ("beginsWith", Op::BeginsWith),
    ("endsWith", Op::EndsWith),
    ("contains", Op::Contains),
    ("exist", Op::Exist),
    ("notExist", Op::NotExist),
    ("in", Op::In),
    ("notIn", Op::NotIn),
];

/// A value made comparable.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
enum Cell {
    Null,
    Text(String),
    Number(f64),
    Bool(bool),
    Date(Timestamp),
}

/// Most conditions joined by "or", elements of `in` included.
const MOST: usize = 500;

/// Reads the `filter` of a query.
///
/// # Errors
/// The service's text for a filter that it refuses.
pub(super) fn parse(state: &State, entity: &Entity, filter: Option<&Value>) -> Result<Filter, String> {
    let conditions = filter.and_then(Value::as_array).filter(|conditions| !conditions.is_empty());
    let Some(conditions) = conditions else {
        return Err("A query needs a filter with at least one condition.".to_owned());
    };
    if conditions.iter().map(|condition| alternatives(condition, false)).sum::<usize>() > MOST {
        return Err(format!("Queries are limited to {MOST} or fewer 'OR' conditions."));
    }
    if conditions.iter().map(user_defined).sum::<usize>() > 1 {
        return Err("A query can filter by one user-defined field only.".to_owned());
    }
    group(state, entity, conditions).map(Filter)
}

impl Filter {
    /// Is true if the record passes.
    pub(super) fn accepts(&self, state: &State, record: &Record) -> bool {
        self.0.iter().all(|condition| condition.holds(state, record))
    }
}

fn op_name(condition: &Value) -> String {
    condition.get("op").and_then(Value::as_str).unwrap_or_default().to_lowercase()
}

fn items(condition: &Value) -> &[Value] {
    condition.get("items").and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Returns how many conditions joined by "or" the service counts.
fn alternatives(condition: &Value, joined: bool) -> usize {
    match op_name(condition).as_str() {
        "or" => items(condition).iter().map(|item| alternatives(item, true)).sum(),
        "and" => items(condition).iter().map(|item| alternatives(item, joined)).sum(),
        "in" | "notin" => condition.get("value").and_then(Value::as_array).map_or(0, Vec::len),
        _ => usize::from(joined),
    }
}

fn user_defined(condition: &Value) -> usize {
    let own = condition.get("udf") == Some(&Value::Bool(true));
    usize::from(own) + items(condition).iter().map(user_defined).sum::<usize>()
}

/// Returns the conditions of a group.
///
/// One with an operator that does not exist is passed over, as the service does.
fn group(state: &State, entity: &Entity, conditions: &[Value]) -> Result<Vec<Condition>, String> {
    let mut group = Vec::new();
    for condition in conditions {
        let name = op_name(condition);
        match name.as_str() {
            "and" => group.push(Condition::All(self::group(state, entity, items(condition))?)),
            "or" => group.push(Condition::Any(self::group(state, entity, items(condition))?)),
            _ => {
                let known = OPS.iter().find(|(op, _)| op.eq_ignore_ascii_case(&name));
                if let Some((_, op)) = known {
                    group.push(test(state, entity, *op, condition)?);
                }
            }
        }
    }
    Ok(group)
}

fn test(state: &State, entity: &Entity, op: Op, condition: &Value) -> Result<Condition, String> {
    let name = condition.get("field").and_then(Value::as_str).unwrap_or_default();
    let operand = operand(state, entity, name, condition.get("udf") == Some(&Value::Bool(true)))?;
    let (kind, exact) = operand.kind();
    let value = condition.get("value").unwrap_or(&Value::Null);
    let cells = match (op, value) {
        (Op::Exist | Op::NotExist, _) => Vec::new(),
        (Op::In | Op::NotIn, Value::Array(values)) => {
            values.iter().map(|value| wanted(kind, exact, value)).collect::<Result<_, _>>()?
        }
        (Op::In | Op::NotIn, _) => return Err(format!("The value for the field {name} must be an array.")),
        (Op::BeginsWith | Op::EndsWith | Op::Contains, _) if !matches!(kind, Kind::Text(_)) => {
            return Err(format!("The operator cannot be used with the field {name}, which is not a text."));
        }
        (_, value) => vec![wanted(kind, exact, value)?],
    };
    Ok(Condition::Test(operand, op, cells))
}

fn operand(state: &State, entity: &Entity, name: &str, user_defined: bool) -> Result<Operand, String> {
    let unknown = || refusal::unknown_field(name, entity.name);
    if user_defined {
        let definition = udf::find(state, entity, name).ok_or_else(unknown)?;
        if definition.flag("isEncrypted") {
            return Err(format!("The field {name} is not queryable."));
        }
        return Ok(Operand::Udf {
            definition: definition.number("id").unwrap_or_default(),
            kind: match definition.number("dataType") {
                Some(udf::NUMERIC) => Kind::Decimal,
                Some(udf::DATE) => Kind::Date,
                _ => Kind::Text(0),
            },
            exact: definition.flag("isProtected"),
        });
    }
    let field = entity.field(name).ok_or_else(unknown)?;
    if field.hidden {
        return Err(format!("The field {name} is not queryable."));
    }
    Ok(Operand::Field(field))
}

/// Returns a filter's value as its field's type.
fn wanted(kind: Kind, exact: bool, value: &Value) -> Result<Cell, String> {
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let refused = |of: &str| format!("Conversion failed when converting varchar '{text}' to data type {of}");
    match (kind, value) {
        (Kind::Bool, Value::Bool(bool)) => Ok(Cell::Bool(*bool)),
        (Kind::Bool, _) => Err(refused("bit")),
        (_, Value::Null) => Ok(Cell::Null),
        (_, Value::Bool(_) | Value::Array(_) | Value::Object(_)) => Err(refused("int")),
        (Kind::Text(_), _) => Ok(Cell::Text(folded(&text, exact))),
        (Kind::Int | Kind::Decimal, _) => text.parse().map(Cell::Number).map_err(|_| refused("int")),
        (Kind::Date, _) => date(&text).map(Cell::Date).ok_or_else(|| refused("datetime")),
    }
}

fn folded(text: &str, exact: bool) -> String {
    if exact { text.to_owned() } else { text.to_lowercase() }
}

impl Operand {
    /// Returns what it holds, and whether texts compare by case.
    fn kind(&self) -> (Kind, bool) {
        match self {
            Self::Field(field) => (field.kind, false),
            Self::Udf { kind, exact, .. } => (*kind, *exact),
        }
    }

    fn cell(&self, state: &State, record: &Record) -> Cell {
        let (kind, exact) = self.kind();
        let value = match self {
            Self::Field(field) => record.fields.get(field.name).cloned(),
            Self::Udf { definition, .. } => state
                .definitions
                .get(definition)
                .and_then(|definition| udf::value(state, definition, record))
                .map(Value::String),
        };
        value.and_then(|value| wanted(kind, exact, &value).ok()).unwrap_or(Cell::Null)
    }
}

impl Condition {
    fn holds(&self, state: &State, record: &Record) -> bool {
        match self {
            Self::All(conditions) => conditions.iter().all(|condition| condition.holds(state, record)),
            Self::Any(conditions) => {
                conditions.is_empty() || conditions.iter().any(|condition| condition.holds(state, record))
            }
            Self::Test(operand, op, cells) => passes(*op, &operand.cell(state, record), cells),
        }
    }
}

/// Is true if a value passes.
///
/// As in SQL, a null passes nothing but `notExist`.
fn passes(op: Op, cell: &Cell, wanted: &[Cell]) -> bool {
    let null = *cell == Cell::Null;
    let one = wanted.first().unwrap_or(&Cell::Null);
    let texts = match (cell, one) {
        (Cell::Text(text), Cell::Text(part)) => Some((text, part.as_str())),
        _ => None,
    };
    match op {
        Op::Exist => !null,
        Op::NotExist => null,
        _ if null || (*one == Cell::Null && !wanted.is_empty()) => false,
        Op::Eq => cell == one,
        Op::NotEq => cell != one,
        Op::Gt => cell > one,
        Op::Gte => cell >= one,
        Op::Lt => cell < one,
        Op::Lte => cell <= one,
        Op::BeginsWith => texts.is_some_and(|(text, part)| text.starts_with(part)),
        Op::EndsWith => texts.is_some_and(|(text, part)| text.ends_with(part)),
        Op::Contains => texts.is_some_and(|(text, part)| text.contains(part)),
        Op::In => wanted.contains(cell),
        Op::NotIn => !wanted.contains(cell),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{error, ok, send, state};
    use super::*;

    fn count(state: &mut State, filter: &Value) -> i64 {
        let body = json!({"filter": filter});
        ok(state, "POST", "/Contacts/query/count", Some(&body))["queryCount"].as_i64().unwrap()
    }

    #[test]
    fn operators_mean_what_they_say() {
        let mut state = state(30);
        for (filter, expected) in [
            (json!([{"op": "exist", "field": "id"}]), 60),
            (
                json!([{"op": "gte", "field": "id", "value": 0}, {"op": "eq", "field": "companyID", "value": "174"}]),
                30,
            ),
            (json!([{"op": "eq", "field": "emailAddress", "value": "PERSON7@contoso.example"}]), 1),
            (json!([{"op": "noteq", "field": "companyID", "value": 174}]), 30),
            (json!([{"op": "beginsWith", "field": "emailAddress", "value": "Person1@"}]), 2),
            (json!([{"op": "endsWith", "field": "emailAddress", "value": "@Fabrikam.example"}]), 30),
            (json!([{"op": "contains", "field": "lastName", "value": "number 2"}]), 22),
            (json!([{"op": "in", "field": "id", "value": [1_740_001, 1_740_002, 5]}]), 2),
            (json!([{"op": "notIn", "field": "companyID", "value": [175]}]), 30),
            (json!([{"op": "eq", "field": "isActive", "value": 1}]), 54),
            (json!([{"op": "gt", "field": "lastModifiedDate", "value": "2025-01-02T03:04:04"}]), 60),
            (json!([{"op": "lte", "field": "createDate", "value": "2025-01-02"}]), 0),
            (
                json!([{"op": "or", "items": [{"op": "eq", "field": "id", "value": 1_740_001},
                {"op": "and", "items": [{"op": "eq", "field": "id", "value": 1_740_002}]}]}]),
                2,
            ),
            (json!([{"op": "eq", "field": "office365id", "udf": true, "value": "OID-1740003"}]), 1),
            (json!([{"op": "exist", "field": "IsOffice365", "udf": true}]), 20),
        ] {
            assert_eq!(count(&mut state, &filter), expected, "{filter}");
        }
    }

    #[test]
    fn blank_text_and_null_are_two_things() {
        let mut state = state(30);
        let empty = count(&mut state, &json!([{"op": "eq", "field": "title", "value": ""}]));
        let missing = count(&mut state, &json!([{"op": "notExist", "field": "title"}]));
        assert_eq!((empty, missing), (30, 30));
    }

    #[test]
    fn an_unknown_operator_is_passed_over_and_everything_is_given() {
        let mut state = state(30);
        assert_eq!(count(&mut state, &json!([{"op": "ne", "field": "companyID", "value": 174}])), 60);
        let filter = json!([{"op": "or", "items": [{"op": "like", "field": "id", "value": 1}]}]);
        assert_eq!(count(&mut state, &filter), 60);
    }

    #[test]
    fn what_the_service_refuses_is_told() {
        let mut state = state(3);
        let ids: Vec<i64> = (0..501).collect();
        let each: Vec<Value> = ids.iter().map(|id| json!({"op": "eq", "field": "id", "value": id})).collect();
        let udf = |name: &str| json!({"op": "exist", "field": name, "udf": true});
        for (filter, expected) in [
            (
                json!([{"op": "eq", "field": "companyName", "value": "x"}]),
                "Unable to find companyName in the Contact Entity",
            ),
            (
                json!([{"op": "exist", "field": "Office365Id"}]),
                "Unable to find Office365Id in the Contact Entity",
            ),
            (
                json!([{"op": "exist", "field": "Nothing", "udf": true}]),
                "Unable to find Nothing in the Contact Entity",
            ),
            (
                json!([{"op": "in", "field": "id", "value": ids}]),
                "Queries are limited to 500 or fewer 'OR' conditions.",
            ),
            (json!([{"op": "or", "items": each}]), "Queries are limited to 500 or fewer 'OR' conditions."),
            (json!([udf("Office365Id"), udf("SupportPIN")]), "one user-defined field"),
            (
                json!([{"op": "eq", "field": "companyID", "value": "Contoso"}]),
                "Conversion failed when converting varchar 'Contoso' to data type int",
            ),
            (json!([{"op": "eq", "field": "primaryContact", "value": null}]), "Conversion failed"),
            (json!([{"op": "eq", "field": "isActive", "value": true}]), "Conversion failed"),
            (json!([{"op": "eq", "field": "surveyOptOut", "value": true}]), "not queryable"),
            (json!([{"op": "in", "field": "id", "value": 1}]), "array"),
            (json!([]), "filter"),
            (json!(null), "filter"),
        ] {
            let body = json!({"filter": filter});
            let message = error(&mut state, "POST", "/Contacts/query", &body);
            assert!(message.contains(expected), "{expected}: {message}");
        }
        assert_eq!(send(&mut state, "POST", "/Contacts/query", Some(&json!({}))).status, 500);
    }

    #[test]
    fn five_hundred_alternatives_are_still_answered() {
        let mut state = state(3);
        let ids: Vec<i64> = (1_740_001..1_740_501).collect();
        assert_eq!(count(&mut state, &json!([{"op": "in", "field": "id", "value": ids}])), 3);
    }
}
