//! Identifiers as the services spell them.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The most characters of an identifier: a GUID has 36.
const LONGEST: usize = 128;

/// The identifier of a record in one service: a number or a GUID, kept as text.
///
/// Ids order as numbers where both are numbers, so `9` comes before `10`, and as text otherwise.
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

    /// Whether it has the form of an identifier: letters, digits, `-` and `_`. Anything else could change the meaning of
    /// an address that it is put into.
    pub fn is_plain(&self) -> bool {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LONGEST).contains(&self.0.len()) && self.0.bytes().all(plain)
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
    fn what_could_make_another_address_is_no_identifier() {
        for id in ["7", "-7", "u_1", "2f8b2d0e-0000-4000-8000-000000000001"] {
            assert!(Id::from(id).is_plain(), "{id}");
        }
        for id in ["", ".", "..", "1/../2", "1?x=2", "1#", "a b", "%2e%2e", "é", "1\u{0}", "1 or 1 eq 1"] {
            assert!(!Id::from(id).is_plain(), "{id}");
        }
        assert!(!Id::new("1".repeat(LONGEST + 1)).is_plain());
    }

    #[test]
    fn ids_order_as_numbers_where_they_are_numbers() {
        let mut ids = [Id::from("b"), Id::from(10), Id::from("a"), Id::from(9)];
        ids.sort();
        assert_eq!(ids.map(|id| id.to_string()), ["9", "10", "a", "b"]);
    }
}
