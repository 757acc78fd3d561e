//! Identifiers as the services spell them.

use std::cmp::Ordering;
use std::fmt;

use serde::{Deserialize, Serialize, Serializer};

/// The most characters of an identifier: a GUID has 36.
const LONGEST: usize = 128;

/// The most bytes of an identifier that is kept in place: a GUID fits.
const SHORT: usize = 37;

/// The most digits of a number that surely fits.
const DIGITS: usize = 18;

/// The identifier of a record in one service: a number or a GUID, kept as text.
///
/// Ids order as numbers where both are numbers, so `9` comes before `10`, and as text otherwise. A run has several for
/// every record and compares them all the time, so one of usual length takes no memory of its own, and what form it has
/// is looked at once.
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "String")]
pub struct Id(Text);

#[derive(Clone, PartialEq, Eq, Hash)]
enum Text {
    /// The first so many bytes, the others zero.
    Short {
        form: Form,
        length: u8,
        bytes: [u8; SHORT],
    },
    Long {
        form: Form,
        text: Box<str>,
    },
}

/// What an identifier looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    /// Nothing but digits, and no zero before the first: the shorter one is the smaller one.
    Plain,
    /// A number that is spelled otherwise.
    Number,
    /// No number.
    Other,
}

impl Form {
    fn of(text: &str) -> Self {
        let digits = text.bytes().all(|byte| byte.is_ascii_digit());
        match text.len() {
            1..=DIGITS if digits && (text.len() == 1 || !text.starts_with('0')) => Self::Plain,
            _ if text.parse::<i64>().is_ok() => Self::Number,
            _ => Self::Other,
        }
    }
}

impl Id {
    /// The identifier spelled `text`.
    pub fn new(text: impl AsRef<str>) -> Self {
        let text = text.as_ref();
        let form = Form::of(text);
        let mut bytes = [0; SHORT];
        match (bytes.get_mut(..text.len()), u8::try_from(text.len())) {
            (Some(place), Ok(length)) => {
                place.copy_from_slice(text.as_bytes());
                Self(Text::Short { form, length, bytes })
            }
            _ => Self(Text::Long { form, text: text.into() }),
        }
    }

    /// The identifier as the service spells it.
    pub fn as_str(&self) -> &str {
        // The bytes are those of a text, so they are one.
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }

    /// Whether it has the form of an identifier: letters, digits, `-` and `_`. Anything else could change the meaning of
    /// an address that it is put into.
    pub fn is_plain(&self) -> bool {
        let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        (1..=LONGEST).contains(&self.bytes().len()) && self.bytes().iter().all(plain)
    }

    /// The identifier as a number, for services that count.
    pub fn number(&self) -> Option<i64> {
        self.as_str().parse().ok()
    }

    fn bytes(&self) -> &[u8] {
        match &self.0 {
            Text::Short { length, bytes, .. } => &bytes[..usize::from(*length)],
            Text::Long { text, .. } => text.as_bytes(),
        }
    }

    fn form(&self) -> Form {
        match self.0 {
            Text::Short { form, .. } | Text::Long { form, .. } => form,
        }
    }
}

impl From<String> for Id {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<i64> for Id {
    fn from(number: i64) -> Self {
        Self::new(number.to_string())
    }
}

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl Serialize for Id {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

#[cfg(test)]
impl schemars::JsonSchema for Id {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({"type": "string", "description": "An id, as its system writes it."})
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Id").field(&self.as_str()).finish()
    }
}

impl Ord for Id {
    fn cmp(&self, other: &Self) -> Ordering {
        let (a, b) = (self.bytes(), other.bytes());
        match (self.form(), other.form()) {
            (Form::Plain, Form::Plain) => a.len().cmp(&b.len()).then_with(|| a.cmp(b)),
            (Form::Other, Form::Other) => a.cmp(b),
            (_, Form::Other) => Ordering::Less,
            (Form::Other, _) => Ordering::Greater,
            _ => self.number().cmp(&other.number()).then_with(|| a.cmp(b)),
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
    use proptest::prelude::*;

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

    #[test]
    fn an_id_is_kept_as_it_is_spelled_however_long_it_is() {
        for length in [0, 1, 36, 37, 38, 200, 300] {
            let text = "é1".repeat(length).chars().take(length).collect::<String>();
            assert_eq!(Id::new(text.clone()).as_str(), text);
            assert_eq!(serde_json::to_string(&Id::new(text.clone())).ok(), serde_json::to_string(&text).ok());
        }
        assert_eq!(size_of::<Id>(), 40);
        assert_eq!(size_of::<Option<Id>>(), 40);
    }

    /// The order as it is meant: by numbers, then by texts.
    fn meant(a: &str, b: &str) -> Ordering {
        match (a.parse::<i64>(), b.parse::<i64>()) {
            (Ok(x), Ok(y)) => x.cmp(&y).then_with(|| a.cmp(b)),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => a.cmp(b),
        }
    }

    proptest! {
        #[test]
        fn the_order_is_that_of_the_numbers_whatever_they_look_like(
            a in "[+-]?[0-9]{0,21}|[a-c0-9-]{0,40}|0{0,45}[1-3]?",
            b in "[+-]?[0-9]{0,21}|[a-c0-9-]{0,40}|0{0,45}[1-3]?",
        ) {
            prop_assert_eq!(Id::from(a.as_str()).cmp(&Id::from(b.as_str())), meant(&a, &b));
            prop_assert_eq!(Id::from(a.as_str()) == Id::from(b.as_str()), a == b);
        }
    }
}
