//! Identifiers as the services spell them.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The identifier of a record in one service: a number or a GUID, kept as text.
///
/// Ids order as numbers where both are numbers, so `9` stands before `10`, and as text otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Id(String);

impl Id {
    /// The identifier spelled `text`.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The identifier as the service spells it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The identifier as a number, for services that count.
    pub fn number(&self) -> Option<i64> {
        self.0.parse().ok()
    }
}

impl From<i64> for Id {
    fn from(number: i64) -> Self {
        Self(number.to_string())
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.number(), other.number()) {
            (Some(a), Some(b)) => a.cmp(&b).then_with(|| self.0.cmp(&other.0)),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => self.0.cmp(&other.0),
        }
    }
}

impl PartialOrd for Id {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_order_as_numbers_where_they_are_numbers() {
        let mut ids = [Id::from("b"), Id::from(10), Id::from("a"), Id::from(9)];
        ids.sort();
        assert_eq!(ids.map(|id| id.to_string()), ["9", "10", "a", "b"]);
    }
}
