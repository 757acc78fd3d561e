//! Conditions over records: which names there are, which values they take, and what passes.
//!
//! As in SQL, what has no value passes nothing but a test for null; texts compare without case.

use std::borrow::Cow;

use jiff::Timestamp;
use serde_json::Value;

use super::condition::{self, Expr, Literal, Op, Test};
use super::pattern::like;
use super::schema::{COMMUNICATIONS, Entity, Field, Kind};
use super::{Record, Request, State, custom, show};

/// What a list is asked for.
#[derive(Debug, Default)]
pub(super) struct Filter {
    conditions: Option<Expr<Bound>>,
    child: Option<(Child, Expr<Bound>)>,
    custom: Option<Expr<Bound>>,
}

/// An array of a record that conditions may look into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Child {
    Items,
    Types,
}

/// A test whose name and values are understood.
#[derive(Debug)]
struct Bound {
    leaf: Leaf,
    op: Op,
    not: bool,
    cells: Vec<Cell>,
}

/// A value of a record.
#[derive(Debug, Clone)]
pub(super) struct Leaf {
    field: &'static str,
    member: Option<String>,
    /// What it holds.
    pub(super) kind: Kind,
}

/// A value made comparable.
#[derive(Debug, Clone, PartialEq, PartialOrd)]
pub(super) enum Cell {
    Null,
    Text(String),
    Number(f64),
    Bool(bool),
    Date(Timestamp),
}

/// What is kept of every record's history, and can be asked for with or without `_info/`.
const INFO: [(&str, Kind); 4] = [
    ("lastUpdated", Kind::Date),
    ("dateEntered", Kind::Date),
    ("updatedBy", Kind::Text(0)),
    ("enteredBy", Kind::Text(0)),
];
/// What custom fields can be asked for.
const CUSTOM: [(&str, Kind); 3] = [("id", Kind::Int), ("caption", Kind::Text(0)), ("value", Kind::Free)];
const REFERENCE: [(&str, Kind); 3] =
    [("id", Kind::Int), ("name", Kind::Text(0)), ("identifier", Kind::Text(0))];

impl Filter {
    /// Reads the three kinds of conditions that a request may carry; all of them must hold.
    ///
    /// # Errors
    /// The service's sentence for a condition that it does not understand.
    pub(super) fn parse(entity: &Entity, request: &Request) -> Result<Self, String> {
        let given = |name: &str| request.param(name).filter(|text| !text.trim().is_empty());
        let mut filter = Self::default();
        if let Some(text) = given("conditions") {
            let expr = condition::parse(text)?;
            filter.conditions = Some(expr.map(&mut |test| bound(leaf(entity, &test.name), &test))?);
        }
        if let Some(text) = given("childConditions") {
            filter.child = Some(child(entity, condition::parse(text)?)?);
        }
        if let Some(text) = given("customFieldConditions") {
            let expr = condition::parse(text)?;
            let leaf = |name: &str| {
                let found = entity.screen.and_then(|_| member(&CUSTOM, name))?;
                Some(Leaf { field: found.0, member: None, kind: found.1 })
            };
            filter.custom = Some(expr.map(&mut |test| bound(leaf(&test.name), &test))?);
        }
        Ok(filter)
    }

    /// Is true if the record passes.
    pub(super) fn accepts(&self, state: &State, entity: &Entity, record: &Record) -> bool {
        let whole =
            |test: &Bound| passes(test, &cell(test.leaf.kind, &value(state, entity, record, &test.leaf)));
        self.conditions.as_ref().is_none_or(|expr| expr.holds(&whole))
            && self.child.as_ref().is_none_or(|(child, expr)| any_child(state, entity, record, *child, expr))
            && self.custom.as_ref().is_none_or(|expr| any_custom(state, entity, record, expr))
    }
}

/// Is true if one child passes all of it.
fn any_child(state: &State, entity: &Entity, record: &Record, child: Child, expr: &Expr<Bound>) -> bool {
    let name = if child == Child::Items { "communicationItems" } else { "types" };
    let shown = show::field(state, entity, record, name);
    let rows = shown.as_array().map_or(&[][..], Vec::as_slice);
    rows.iter().any(|row| {
        expr.holds(&|test| {
            let value = row.get(test.leaf.field).unwrap_or(&Value::Null);
            let value = test.leaf.member.as_ref().map_or(Some(value), |member| value.get(member));
            passes(test, &cell(test.leaf.kind, value.unwrap_or(&Value::Null)))
        })
    })
}

/// Is true if one custom field passes all of it.
fn any_custom(state: &State, entity: &Entity, record: &Record, expr: &Expr<Bound>) -> bool {
    custom::definitions(state, entity).any(|definition| {
        let caption = definition.text("caption");
        expr.holds(&|test| {
            let cell = match test.leaf.field {
                "id" => cell(Kind::Int, &definition.fields["id"]),
                "caption" => cell(Kind::Text(0), &definition.fields["caption"]),
                _ => cell(Kind::Free, record.udf.get(caption).unwrap_or(&Value::Null)),
            };
            passes(test, &cell)
        })
    })
}

fn member(known: &[(&'static str, Kind)], name: &str) -> Option<(&'static str, Kind)> {
    known.iter().copied().find(|(known, _)| known.eq_ignore_ascii_case(name))
}

fn field(entity: &Entity, name: &str) -> Option<&'static Field> {
    entity.fields.iter().find(|field| field.name.eq_ignore_ascii_case(name))
}

/// Returns the value that a name means, in any case (inferred from what clients send).
pub(super) fn leaf(entity: &Entity, name: &str) -> Option<Leaf> {
    let (first, second) = match name.split_once('/') {
        Some((first, second)) => (first, Some(second)),
        None => (name, None),
    };
    let info = second.filter(|_| first.eq_ignore_ascii_case("_info")).or(second.is_none().then_some(first));
    if let Some((name, kind)) = info
        .and_then(|name| member(&INFO, name))
        .filter(|(name, _)| field(entity, name).is_none() || second.is_some())
    {
        return Some(Leaf { field: "_info", member: Some(name.to_owned()), kind });
    }
    let field = field(entity, first)?;
    match (field.kind, second) {
        (Kind::Reference(_) | Kind::Elsewhere, Some(second)) => {
            let (name, kind) = member(&REFERENCE, second)?;
            Some(Leaf { field: field.name, member: Some(name.to_owned()), kind })
        }
        (Kind::Reference(_) | Kind::Elsewhere | Kind::Items | Kind::Custom | Kind::Types | Kind::Free, _)
        | (_, Some(_)) => None,
        (kind, None) => Some(Leaf { field: field.name, member: None, kind }),
    }
}

/// Returns a condition for the records inside.
///
/// All of it is about one array (inferred).
fn child(entity: &Entity, expr: Expr<Test>) -> Result<(Child, Expr<Bound>), String> {
    let mut of = None;
    let expr = expr.map(&mut |test: Test| {
        let (array, rest) = test.name.split_once('/').unwrap_or((&test.name, ""));
        let (child, leaf) = match field(entity, array).map(|field| field.kind) {
            Some(Kind::Items) => (Child::Items, leaf(&COMMUNICATIONS, rest)),
            Some(Kind::Types) => {
                let found = member(&REFERENCE[..2], rest);
                (Child::Types, found.map(|(field, kind)| Leaf { field, member: None, kind }))
            }
            _ => return Err(unknown(&test.name)),
        };
        if *of.get_or_insert(child) != child {
            return Err("Child conditions must be about one collection.".to_owned());
        }
        bound(leaf, &test)
    })?;
    Ok((of.unwrap_or(Child::Items), expr))
}

/// Returns the service's sentence about a name (seen live by clients).
fn unknown(name: &str) -> String {
    format!("{name} is not a recognized name.")
}

fn bound(leaf: Option<Leaf>, test: &Test) -> Result<Bound, String> {
    let leaf = leaf.ok_or_else(|| unknown(&test.name))?;
    let texts = matches!(leaf.kind, Kind::Text(_) | Kind::Choice(_) | Kind::Free);
    if matches!(test.op, Op::Like | Op::Contains) && !texts {
        return Err(format!("{} is not a text.", test.name));
    }
    let cells = test.values.iter().map(|value| wanted(leaf.kind, value)).collect::<Option<_>>();
    let cells = cells.ok_or_else(|| format!("A value of {} is not of its type.", test.name))?;
    Ok(Bound { leaf, op: test.op, not: test.not, cells })
}

/// Returns a condition's value as its field's type; numbers may be in quotes.
fn wanted(kind: Kind, value: &Literal) -> Option<Cell> {
    Some(match (kind, value) {
        (_, Literal::Null) => Cell::Null,
        (Kind::Bool, Literal::Bool(yes)) => Cell::Bool(*yes),
        (Kind::Int | Kind::Decimal, Literal::Number(number)) => Cell::Number(*number),
        (Kind::Int | Kind::Decimal, Literal::Text(text)) => Cell::Number(text.trim().parse().ok()?),
        (Kind::Date, Literal::Date(date)) => Cell::Date(*date),
        (Kind::Text(_) | Kind::Choice(_) | Kind::Free, Literal::Text(text)) => {
            Cell::Text(text.to_lowercase())
        }
        (Kind::Text(_) | Kind::Free, Literal::Number(number)) => Cell::Text(number.to_string()),
        (Kind::Free, Literal::Bool(yes)) => Cell::Text(yes.to_string()),
        _ => return None,
    })
}

/// Returns a record's value of a leaf.
pub(super) fn value<'a>(state: &State, entity: &Entity, record: &'a Record, leaf: &Leaf) -> Cow<'a, Value> {
    let stored = record.fields.get(leaf.field);
    let inside =
        |value: &'a Value, member: &str| value.get(member).map_or(Cow::Owned(Value::Null), Cow::Borrowed);
    match (leaf.field, leaf.member.as_deref()) {
        ("_info", Some(member)) | (_, Some(member @ "id")) => {
            stored.map_or(Cow::Owned(Value::Null), |stored| inside(stored, member))
        }
        (field, Some(member)) => Cow::Owned(show::field(state, entity, record, field)[member].clone()),
        (field, None) => show::field(state, entity, record, field),
    }
}

/// Returns a value made comparable; a flag that was never set counts as not set.
pub(super) fn cell(kind: Kind, value: &Value) -> Cell {
    match (kind, value) {
        (Kind::Bool, Value::Null) => Cell::Bool(false),
        (Kind::Bool, Value::Bool(yes)) => Cell::Bool(*yes),
        (Kind::Int | Kind::Decimal, value) => value.as_f64().map_or(Cell::Null, Cell::Number),
        (Kind::Date, Value::String(text)) => condition::date(text).map_or(Cell::Null, Cell::Date),
        (_, Value::String(text)) if !text.is_empty() => Cell::Text(text.to_lowercase()),
        (Kind::Free, Value::Bool(_) | Value::Number(_)) => Cell::Text(value.to_string()),
        _ => Cell::Null,
    }
}

fn passes(test: &Bound, cell: &Cell) -> bool {
    let one = test.cells.first().unwrap_or(&Cell::Null);
    if *one == Cell::Null && test.op == Op::Equal {
        return (*cell == Cell::Null) != test.not;
    }
    if *cell == Cell::Null || *one == Cell::Null {
        return false;
    }
    let holds = match (test.op, cell, one) {
        (Op::Equal, ..) => cell == one,
        (Op::Less, ..) => cell < one,
        (Op::LessOrEqual, ..) => cell <= one,
        (Op::Greater, ..) => cell > one,
        (Op::GreaterOrEqual, ..) => cell >= one,
        (Op::In, ..) => test.cells.contains(cell),
        (Op::Like, Cell::Text(whole), Cell::Text(pattern)) => like(whole, pattern),
        (Op::Contains, Cell::Text(whole), Cell::Text(part)) => like(whole, &format!("*{part}*")),
        _ => false,
    };
    holds != test.not
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::testing::{ok, refused, state};
    use super::*;

    /// Returns the ids below 10,000 of the contacts of Contoso that a query finds, in a list that begins with 0 when
    /// others are found too.
    fn found(state: &mut State, query: &str) -> Vec<i64> {
        let list = ok(state, &format!("/company/contacts?pageSize=100&{query}"));
        let ids = list.as_array().unwrap().iter().map(|row| row["id"].as_i64().unwrap());
        let mut found: Vec<i64> = ids.map(|id| if id / 10_000 == 174 { id % 10_000 } else { 0 }).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    #[test]
    fn conditions_find_what_they_say() {
        let mut state = state(10);
        for (condition, expected) in [
            ("id=1740003", vec![3]),
            ("id=\"1740003\"", vec![3]),
            ("id in (1740003, 1740004) and company/id=174", vec![3, 4]),
            ("company/identifier='contoso' and id > 1740008", vec![9, 10]),
            (
                "company/name=\"Contoso\" and id not in (1740001,1740002,1740003,1740004)",
                vec![5, 6, 7, 8, 9, 10],
            ),
            ("lastName=\"o'number 3\"", vec![0, 3]),
            ("lastName like \"*NUMBER 1*\" and company/id=174", vec![1, 10]),
            ("lastName like \"NUMBER\"", vec![]),
            ("lastName contains \"ber 10\"", vec![0, 10]),
            ("inactiveFlag = True and company/id = 174", vec![10]),
            ("(id=1740001 or id=1740002) and inactiveFlag=false", vec![1, 2]),
            ("title != null", vec![]),
            ("title = null and id < 1740002", vec![1]),
            ("title != \"Director\"", vec![]),
            ("lastUpdated > [2025-01-01T00:00:00Z] and id < 1740002", vec![1]),
            ("_info/lastUpdated > [2025-02-01T00:00:00Z]", vec![]),
            ("LastUpdated >= [2025-01-02] and ID = 1740004", vec![4]),
        ] {
            assert_eq!(found(&mut state, &format!("conditions={condition}")), expected, "{condition}");
        }
    }

    #[test]
    fn one_child_must_meet_all_child_conditions() {
        let mut state = state(4);
        let email = "communicationItems/value like \"person2@contoso.example\"";
        for (condition, expected) in [
            (email.to_owned(), vec![2]),
            (format!("{email} AND communicationItems/communicationType=\"Email\""), vec![2]),
            (format!("{email} AND communicationItems/communicationType=\"Phone\""), vec![]),
            (format!("{email} AND communicationItems/type/name=\"Home Email\""), vec![]),
            ("communicationItems/value like \"alias2@*\"".to_owned(), vec![0, 2]),
            (
                "communicationItems/value in (\"person1@contoso.example\",\"alias4@contoso.example\")"
                    .to_owned(),
                vec![1, 4],
            ),
            ("types/id=3".to_owned(), vec![0, 2]),
            ("types/name='decision maker'".to_owned(), vec![0, 1]),
        ] {
            assert_eq!(found(&mut state, &format!("childConditions={condition}")), expected, "{condition}");
        }
        let both = "conditions=company/id=174&childConditions=types/id=3";
        assert_eq!(found(&mut state, both), [2]);
    }

    #[test]
    fn one_custom_field_must_meet_all_its_conditions() {
        let mut state = state(6);
        for (condition, expected) in [
            ("caption=\"office365id\" AND value=\"OID-1740003\"", vec![3]),
            ("caption=\"Office365Id\" AND value != null", vec![0, 3, 6]),
            ("caption=\"SupportPIN\" AND value=\"oid-1740003\"", vec![]),
            ("caption=\"IsOffice365\" AND value=true", vec![0, 3, 6]),
            ("id=83 and value like 'oid-174*'", vec![3, 6]),
        ] {
            assert_eq!(
                found(&mut state, &format!("customFieldConditions={condition}")),
                expected,
                "{condition}"
            );
        }
    }

    #[test]
    fn what_is_not_understood_is_refused() {
        let mut state = state(1);
        let mut code = |query: &str| {
            let refused = refused(&mut state, "GET", &format!("/company/contacts?{query}"), None);
            assert_eq!((refused.0, &refused.1["code"]), (400, &json!("ApiFindCondition")), "{query}");
            refused.1["message"].as_str().unwrap().to_owned()
        };
        assert_eq!(code("conditions=typeIds=\"1\""), "typeIds is not a recognized name.");
        for condition in [
            "company=250",
            "company/size=1",
            "communicationItems/value=\"x\"",
            "customFields/value=1",
            "id like \"1*\"",
            "id=\"x\"",
            "inactiveFlag=1",
            "lastUpdated > \"2025-01-01\"",
            "firstName",
        ] {
            code(&format!("conditions={condition}"));
        }
        code("childConditions=firstName=\"x\"");
        code("childConditions=communicationItems/size=1");
        code("childConditions=communicationItems/id=1 and types/id=1");
        code("customFieldConditions=podId=5");
    }
}
