//! Fields that travel between the sides.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Detail, Udf};
use crate::text::{blank, email, fit, flag, name, phone};

/// A field of a person or a company, named the same on every side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// On a contact: the 365 object id that the PSA itself has for the person. It counts where the user-defined field
    /// for the id is blank, and is never written.
    LinkedId,
    /// A user-defined field of the PSA.
    Udf(Udf),
    /// On a details record.
    Detail(Detail),
}

/// So many fields describe a person, and come first.
const PERSONAL: u8 = 14;

/// All fields, in order.
const ALL: [Field; 34] = [
    Field::FirstName,
    Field::LastName,
    Field::DisplayName,
    Field::Email,
    Field::UserName,
    Field::Title,
    Field::Department,
    Field::Phone,
    Field::Mobile,
    Field::Street,
    Field::City,
    Field::State,
    Field::PostalCode,
    Field::Country,
    Field::Active,
    Field::Login,
    Field::Priority,
    Field::PsaKey,
    Field::Territory,
    Field::AccountManager,
    Field::LinkedId,
    Field::Udf(Udf::TypeMapping),
    Field::Udf(Udf::SupportPin),
    Field::Udf(Udf::IsOffice365),
    Field::Udf(Udf::Office365Id),
    Field::Udf(Udf::Tenant365Id),
    Field::Detail(Detail::AlternateEmails),
    Field::Detail(Detail::Products),
    Field::Detail(Detail::AccountState),
    Field::Detail(Detail::Manager),
    Field::Detail(Detail::Office),
    Field::Detail(Detail::PortalRole),
    Field::Detail(Detail::PortalGroups),
    Field::Detail(Detail::Picture),
];

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

    /// The field at a place in the order of all fields.
    pub(super) fn at(place: u8) -> Option<Self> {
        ALL.get(usize::from(place)).copied()
    }

    /// The place in the order of all fields.
    pub(super) fn place(self) -> u8 {
        match self {
            Self::FirstName => 0,
            Self::LastName => 1,
            Self::DisplayName => 2,
            Self::Email => 3,
            Self::UserName => 4,
            Self::Title => 5,
            Self::Department => 6,
            Self::Phone => 7,
            Self::Mobile => 8,
            Self::Street => 9,
            Self::City => 10,
            Self::State => 11,
            Self::PostalCode => 12,
            Self::Country => 13,
            Self::Active => 14,
            Self::Login => 15,
            Self::Priority => 16,
            Self::PsaKey => 17,
            Self::Territory => 18,
            Self::AccountManager => 19,
            Self::LinkedId => 20,
            Self::Udf(udf) => 21 + udf as u8,
            Self::Detail(detail) => 26 + detail as u8,
        }
    }

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
            Self::LinkedId => "linked-id",
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
    pub fn read(self, text: &str) -> Cow<'_, str> {
        let text = fit::clean(text);
        let is_blank = match self {
            field if field.is_phone() => blank::is_no_number(&text),
            _ => self.place() < PERSONAL && blank::is_blank(&text),
        };
        if is_blank { Cow::Borrowed("") } else { text }
    }

    /// Whether two texts are the same value of this field: numbers by their digits, flags by what they say, addresses
    /// by their one spelling, ids without their case, everything else by what a person sees of it.
    pub fn same(self, a: &str, b: &str) -> bool {
        match self {
            Self::Email | Self::UserName => email::same(a, b),
            Self::Udf(Udf::IsOffice365) | Self::Active => flag::same(&fit::clean(a), &fit::clean(b)),
            Self::LinkedId | Self::Udf(Udf::Office365Id | Udf::Tenant365Id) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkbox_says_the_same_in_every_spelling() {
        let field = Field::Udf(Udf::IsOffice365);
        assert!(field.same("1", "true") && field.same("False", "0") && field.same("", "false"));
        assert!(!field.same("0", "true") && !field.same("", "true"));
        assert!(!Field::Title.same("1", "true"));
    }

    #[test]
    fn every_field_has_its_place_in_the_order_of_fields() {
        for (place, field) in (0..).zip(ALL) {
            assert_eq!((field.place(), Field::at(place)), (place, Some(field)));
        }
        assert!(ALL.is_sorted());
        assert_eq!(ALL[..usize::from(PERSONAL)], Field::PERSONAL);
        assert!(Udf::ALL.iter().all(|udf| ALL.contains(&Field::Udf(*udf))));
        assert!(Detail::ALL.iter().all(|detail| ALL.contains(&Field::Detail(*detail))));
    }
}
