//! A record that is being made or changed.

use serde_json::Value;

use super::refusal::Mistake;
use super::{Record, State};

/// A record being made or changed.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// As it will be.
    pub(super) record: Record,
    /// The last id given to something inside it.
    pub(super) made: i64,
    /// What is wrong with it so far.
    pub(super) mistakes: Vec<Mistake>,
}

impl Draft {
    /// Returns a change of `record`.
    pub(super) fn of(state: &State, record: Record) -> Self {
        Self { record, made: state.made, mistakes: Vec::new() }
    }

    /// Returns an id that nothing has.
    pub(super) fn number(&mut self) -> i64 {
        self.made += 1;
        self.made
    }
}

/// Returns a whole number, also one in a text.
pub(super) fn whole(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.trim().parse().ok())
}

/// Returns the service's sentence for a value of the wrong type (seen live by clients).
pub(super) fn uncastable(value: &Value, to: &str) -> String {
    let from = match value {
        Value::Null => "null",
        Value::Bool(_) => "System.Boolean",
        Value::Number(_) => "System.Int64",
        Value::String(_) => "System.String",
        Value::Array(_) => "Newtonsoft.Json.Linq.JArray",
        Value::Object(_) => "Newtonsoft.Json.Linq.JObject",
    };
    format!("Could not cast or convert from {from} to {to}.")
}
