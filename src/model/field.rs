//! Fields that travel between the sides, and their values.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Detail, Udf};
use crate::secret::Secret;
use crate::text::{blank, email, fit, flag, name, phone};

/// A field of a person or a company, named the same on every side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs)] // the names are the field's own
pub enum Field {
    FirstName,
    LastName,
    DisplayName,
    Email,
    UserName,
    Title,
    Department,
    Phone,
    Mobile,
    Street,
    City,
    State,
    PostalCode,
    Country,
    /// Whether the record is active, `true` or `false`.
    Active,
    /// Whether the person may sign in to the portal, `true` or `false`; can be written but not read.
    Login,
    /// Whether the person has priority in the portal, `true` or `false`; can be written but not read.
    Priority,
    /// On a portal record: the id of the PSA record that it mirrors.
    PsaKey,
    /// On a portal company.
    Territory,
    /// On a portal company: the full name of the account manager.
    AccountManager,
    /// A user-defined field of the PSA.
    Udf(Udf),
    /// On a details record.
    Detail(Detail),
}

impl Field {
    /// The fields that describe a person and follow 365, in the order they are shown.
    pub const PERSONAL: [Self; 14] = [
        Self::FirstName,
        Self::LastName,
        Self::DisplayName,
        Self::Email,
        Self::UserName,
        Self::Title,
        Self::Department,
        Self::Phone,
        Self::Mobile,
        Self::Street,
        Self::City,
        Self::State,
        Self::PostalCode,
        Self::Country,
    ];

    /// The address, as one group.
    pub const ADDRESS: [Self; 5] = [Self::Street, Self::City, Self::State, Self::PostalCode, Self::Country];

    /// The name in tables, the configuration and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::FirstName => "first-name",
            Self::LastName => "last-name",
            Self::DisplayName => "display-name",
            Self::Email => "email",
            Self::UserName => "user-name",
            Self::Title => "title",
            Self::Department => "department",
            Self::Phone => "phone",
            Self::Mobile => "mobile",
            Self::Street => "street",
            Self::City => "city",
            Self::State => "state",
            Self::PostalCode => "postal-code",
            Self::Country => "country",
            Self::Active => "active",
            Self::Login => "login",
            Self::Priority => "priority",
            Self::PsaKey => "psa-key",
            Self::Territory => "territory",
            Self::AccountManager => "account-manager",
            Self::Udf(udf) => udf.default_name(),
            Self::Detail(detail) => detail.name(),
        }
    }

    /// Whether the value is a telephone number, compared by its digits.
    pub fn is_phone(self) -> bool {
        matches!(self, Self::Phone | Self::Mobile)
    }

    /// Returns what a text that a side holds in this field says: without what cannot be seen, and blank where it was
    /// typed only because something had to stand there.
    pub fn read(self, text: &str) -> String {
        let text = fit::clean(text);
        let is_blank = match self {
            field if field.is_phone() => blank::is_no_number(&text),
            field => Self::PERSONAL.contains(&field) && blank::is_blank(&text),
        };
        if is_blank { String::new() } else { text }
    }

    /// Whether two texts are the same value of this field: numbers by their digits, flags by what they say, addresses
    /// by their one spelling, ids without their case, everything else by what a person sees of it.
    pub fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Email | Self::UserName => email::same(a, b),
            Self::Udf(Udf::IsOffice365) | Self::Active => flag::same(&fit::clean(a), &fit::clean(b)),
            Self::Udf(Udf::Office365Id | Udf::Tenant365Id) => {
                fit::clean(a).eq_ignore_ascii_case(&fit::clean(b))
            }
            field if field.is_phone() => phone::same(a, b),
            _ => name::same_text(a, b),
        }
    }

    /// Whether a field that holds `held` needs not be written to say `wanted`: the same value, or a number of which
    /// only the spelling or an extension differs. `calling_code` tells the country of national numbers.
    pub fn agrees(self, wanted: &str, held: &str, calling_code: Option<&str>) -> bool {
        if self.is_phone() { phone::agree(wanted, held, calling_code) } else { self.same(wanted, held) }
    }

    /// Whether what was written can be read back: the portal takes some flags and never shows them.
    pub fn can_be_read(self) -> bool {
        !matches!(self, Self::Login | Self::Priority)
    }

    /// Whether the value must never be shown.
    pub fn is_secret(self) -> bool {
        self == Self::Udf(Udf::SupportPin)
    }
}

impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What is known of a field: nothing, that it is blank, or its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// The side does not have the field, or it was not read.
    Absent,
    /// Read, and blank.
    Empty,
    /// Read, and this.
    Text(&'a str),
    /// Read, and not blank, but never to be shown: [`Fields::secret`] has it.
    Hidden,
}

/// The fields of one record. A field that is not in the map was not read; an empty text was read and is blank.
///
/// Fields whose value must never be shown stand apart from the others: nothing that looks at fields in general
/// meets them, and their `Debug` shows nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    plain: BTreeMap<Field, String>,
    secrets: BTreeMap<Field, Secret>,
}

impl Fields {
    /// No field read.
    pub fn new() -> Self {
        Self::default()
    }

    /// Records that `field` was read as `text`, if it says something: see [`Field::read`]. Matching, comparing
    /// and writing thus all see the same value.
    pub fn set(&mut self, field: Field, text: impl AsRef<str>) {
        let text = text.as_ref();
        if field.is_secret() {
            self.secrets.insert(field, Secret::new(text.trim()));
        } else {
            self.plain.insert(field, field.read(text));
        }
    }

    /// Records that `field` was read, blank where the service sent null.
    pub fn set_or_empty(&mut self, field: Field, text: Option<&str>) {
        self.set(field, text.unwrap_or_default());
    }

    /// The same, as a builder.
    #[must_use]
    pub fn with(mut self, field: Field, text: impl AsRef<str>) -> Self {
        self.set(field, text);
        self
    }

    /// What is known of `field`.
    pub fn get(&self, field: Field) -> Value<'_> {
        if let Some(secret) = self.secrets.get(&field) {
            return if secret.expose().is_empty() { Value::Empty } else { Value::Hidden };
        }
        match self.plain.get(&field).map(String::as_str) {
            None => Value::Absent,
            Some("") => Value::Empty,
            Some(text) => Value::Text(text),
        }
    }

    /// The text of `field`, if it was read, is not blank, and may be seen.
    pub fn text(&self, field: Field) -> Option<&str> {
        match self.get(field) {
            Value::Text(text) => Some(text),
            Value::Absent | Value::Empty | Value::Hidden => None,
        }
    }

    /// The value of a field that must never be shown, if it was read; blank where it is blank.
    pub fn secret(&self, field: Field) -> Option<&Secret> {
        self.secrets.get(&field)
    }

    /// All fields that were read and may be seen, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Field, &str)> {
        self.plain.iter().map(|(field, text)| (*field, text.as_str()))
    }

    /// All fields that were read, the secret ones as they are: for the one place that sends them, or makes sure
    /// that they are not told.
    pub fn exposed(&self) -> impl Iterator<Item = (Field, &str)> {
        self.iter().chain(self.secrets.iter().map(|(field, secret)| (*field, secret.expose())))
    }

    /// The value of `field`, if it was read, secret or not: for the same places.
    pub fn expose(&self, field: Field) -> Option<&str> {
        self.secret(field).map(Secret::expose).or_else(|| self.plain.get(&field).map(String::as_str))
    }

    /// Those of the fields that `keep` accepts.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(Field) -> bool) -> Self {
        self.plain.retain(|field, _| keep(*field));
        self.secrets.retain(|field, _| keep(*field));
        self
    }
}

impl FromIterator<(Field, String)> for Fields {
    fn from_iter<T: IntoIterator<Item = (Field, String)>>(pairs: T) -> Self {
        let mut fields = Self::new();
        for (field, text) in pairs {
            fields.set(field, text);
        }
        fields
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_empty_and_text_stay_apart() {
        let mut fields = Fields::new().with(Field::Title, "  ").with(Field::City, " Oslo ");
        fields.set_or_empty(Field::State, None);
        assert_eq!(fields.get(Field::Phone), Value::Absent);
        assert_eq!(fields.get(Field::Title), Value::Empty);
        assert_eq!(fields.get(Field::State), Value::Empty);
        assert_eq!(fields.get(Field::City), Value::Text("Oslo"));
    }

    #[test]
    fn a_text_that_says_nothing_is_blank() {
        let fields = Fields::new()
            .with(Field::Title, ".")
            .with(Field::LastName, "-")
            .with(Field::Phone, "N/A")
            .with(Field::Mobile, "call 4")
            .with(Field::City, "N/A")
            .with(Field::Email, "?");
        assert_eq!(
            [Field::Title, Field::LastName, Field::Phone, Field::Email].map(|field| fields.get(field)),
            [Value::Empty; 4]
        );
        assert_eq!((fields.text(Field::Mobile), fields.text(Field::City)), (Some("call 4"), Some("N/A")));
        assert_eq!(Fields::new().with(Field::Detail(Detail::Products), "-").iter().count(), 1);
    }

    #[test]
    fn what_cannot_be_seen_is_not_kept() {
        let fields = Fields::new()
            .with(Field::FirstName, "Mary\u{a0}Ann\u{200b}")
            .with(Field::Udf(Udf::Office365Id), "\u{feff}8f2c ");
        assert_eq!(fields.text(Field::FirstName), Some("Mary Ann"));
        assert_eq!(fields.text(Field::Udf(Udf::Office365Id)), Some("8f2c"));
    }

    #[test]
    fn a_checkbox_says_the_same_in_every_spelling() {
        let field = Field::Udf(Udf::IsOffice365);
        assert!(field.same("1", "true") && field.same("False", "0") && field.same("", "false"));
        assert!(!field.same("0", "true") && !field.same("", "true"));
        assert!(!Field::Title.same("1", "true"));
    }

    #[test]
    fn a_secret_is_met_only_by_who_asks_for_it() {
        let pin = Field::Udf(Udf::SupportPin);
        let fields = Fields::new().with(pin, " 4821 ").with(Field::City, "Oslo");
        assert_eq!((fields.get(pin), fields.text(pin)), (Value::Hidden, None));
        assert_eq!(fields.iter().collect::<Vec<_>>(), [(Field::City, "Oslo")]);
        assert!(!format!("{fields:?}").contains("4821"));
        assert_eq!(fields.secret(pin).map(Secret::expose), Some("4821"));
        assert_eq!(fields.exposed().count(), 2);
        assert_eq!(fields.clone().only(|field| field == pin).exposed().collect::<Vec<_>>(), [(pin, "4821")]);
        assert_eq!(Fields::new().with(pin, " ").get(pin), Value::Empty);
        assert_eq!(Fields::new().get(pin), Value::Absent);
    }
}
