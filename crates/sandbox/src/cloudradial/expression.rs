//! Expressions over the properties of rows, and what they give. Text compares by case; null makes an
//! expression neither true nor false, as in the standard.

use std::cmp::Ordering;

use jiff::Timestamp;
use serde_json::Value;

use super::Row;

/// A property that can be listed and asked for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Property {
    /// Its name on the wire.
    pub(super) name: &'static str,
    /// What it holds.
    pub(super) kind: Kind,
}

/// What an expression gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Text.
    Text,
    /// A number.
    Number,
    /// True or false.
    Bool,
    /// A point in time.
    Date,
}

/// An expression; its types fit once the parser has made it.
#[derive(Debug)]
pub(super) enum Expr {
    Constant(Operand),
    Property(Property),
    Call(Function, Vec<Expr>),
    Compare(Comparison, Box<Expr>, Box<Expr>),
    In(Box<Expr>, Vec<Expr>),
    Not(Box<Expr>),
    All(Vec<Expr>),
    Any(Vec<Expr>),
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Operand {
    Null,
    Text(String),
    Number(f64),
    Bool(bool),
    Date(Timestamp),
}

/// A comparison of two values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

/// A function of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Function {
    Contains,
    StartsWith,
    EndsWith,
    ToLower,
    ToUpper,
    Trim,
}

/// Name, function, number of text arguments, what it gives.
pub(super) const FUNCTIONS: [(&str, Function, usize, Kind); 6] = [
    ("contains", Function::Contains, 2, Kind::Bool),
    ("startswith", Function::StartsWith, 2, Kind::Bool),
    ("endswith", Function::EndsWith, 2, Kind::Bool),
    ("tolower", Function::ToLower, 1, Kind::Text),
    ("toupper", Function::ToUpper, 1, Kind::Text),
    ("trim", Function::Trim, 1, Kind::Text),
];

/// Returns how two rows compare by a property; null comes first.
pub(super) fn order(property: &Property, a: &Row, b: &Row) -> Ordering {
    match (value(property, a), value(property, b)) {
        (Operand::Null, Operand::Null) => Ordering::Equal,
        (Operand::Null, _) => Ordering::Less,
        (_, Operand::Null) => Ordering::Greater,
        (a, b) => compare(&a, &b).unwrap_or(Ordering::Equal),
    }
}

/// Returns what an expression gives; `None` for null, which fits everywhere.
pub(super) fn kind(expr: &Expr) -> Option<Kind> {
    match expr {
        Expr::Constant(Operand::Null) => None,
        Expr::Constant(Operand::Text(_)) => Some(Kind::Text),
        Expr::Constant(Operand::Number(_)) => Some(Kind::Number),
        Expr::Constant(Operand::Date(_)) => Some(Kind::Date),
        Expr::Property(property) => Some(property.kind),
        Expr::Call(function, _) => {
            FUNCTIONS.iter().find(|(_, known, ..)| known == function).map(|(.., kind)| *kind)
        }
        _ => Some(Kind::Bool),
    }
}

fn value(property: &Property, row: &Row) -> Operand {
    match (property.kind, row.get(property.name)) {
        (Kind::Text, Some(Value::String(text))) => Operand::Text(text.clone()),
        (Kind::Date, Some(Value::String(text))) => text.parse().map_or(Operand::Null, Operand::Date),
        (Kind::Number, Some(Value::Number(number))) => number.as_f64().map_or(Operand::Null, Operand::Number),
        (Kind::Bool, Some(Value::Bool(bool))) => Operand::Bool(*bool),
        _ => Operand::Null,
    }
}

fn compare(a: &Operand, b: &Operand) -> Option<Ordering> {
    match (a, b) {
        (Operand::Text(a), Operand::Text(b)) => Some(a.cmp(b)),
        (Operand::Number(a), Operand::Number(b)) => a.partial_cmp(b),
        (Operand::Bool(a), Operand::Bool(b)) => Some(a.cmp(b)),
        (Operand::Date(a), Operand::Date(b)) => Some(a.cmp(b)),
        _ => None,
    }
}

/// Returns the value of an expression for a row.
pub(super) fn evaluate(expr: &Expr, row: &Row) -> Operand {
    match expr {
        Expr::Constant(operand) => operand.clone(),
        Expr::Property(property) => value(property, row),
        Expr::Call(function, arguments) => call(*function, arguments, row),
        Expr::Compare(comparison, left, right) => {
            Operand::Bool(compared(*comparison, &evaluate(left, row), &evaluate(right, row)))
        }
        Expr::In(left, list) => {
            let left = evaluate(left, row);
            Operand::Bool(list.iter().any(|item| evaluate(item, row) == left))
        }
        Expr::Not(inner) => match evaluate(inner, row) {
            Operand::Bool(bool) => Operand::Bool(!bool),
            other => other,
        },
        Expr::All(parts) => joined(parts, row, false),
        Expr::Any(parts) => joined(parts, row, true),
    }
}

fn compared(comparison: Comparison, a: &Operand, b: &Operand) -> bool {
    match comparison {
        Comparison::Eq => a == b,
        Comparison::Ne => a != b,
        Comparison::Gt => compare(a, b) == Some(Ordering::Greater),
        Comparison::Ge => compare(a, b).is_some_and(Ordering::is_ge),
        Comparison::Lt => compare(a, b) == Some(Ordering::Less),
        Comparison::Le => compare(a, b).is_some_and(Ordering::is_le),
    }
}

/// Joins two truths.
///
/// A false part decides `and`, a true one `or`; else null wins over the rest.
fn joined(parts: &[Expr], row: &Row, decisive: bool) -> Operand {
    let mut result = Operand::Bool(!decisive);
    for part in parts {
        match evaluate(part, row) {
            Operand::Bool(bool) if bool == decisive => return Operand::Bool(decisive),
            Operand::Bool(_) => {}
            _ => result = Operand::Null,
        }
    }
    result
}

fn call(function: Function, arguments: &[Expr], row: &Row) -> Operand {
    let values: Vec<Operand> = arguments.iter().map(|argument| evaluate(argument, row)).collect();
    match (function, values.as_slice()) {
        (Function::Contains, [Operand::Text(a), Operand::Text(b)]) => Operand::Bool(a.contains(b.as_str())),
        (Function::StartsWith, [Operand::Text(a), Operand::Text(b)]) => {
            Operand::Bool(a.starts_with(b.as_str()))
        }
        (Function::EndsWith, [Operand::Text(a), Operand::Text(b)]) => Operand::Bool(a.ends_with(b.as_str())),
        (Function::ToLower, [Operand::Text(a)]) => Operand::Text(a.to_lowercase()),
        (Function::ToUpper, [Operand::Text(a)]) => Operand::Text(a.to_uppercase()),
        (Function::Trim, [Operand::Text(a)]) => Operand::Text(a.trim().to_owned()),
        _ => Operand::Null,
    }
}
