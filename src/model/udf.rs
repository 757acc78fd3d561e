//! User-defined fields: what crsync uses them for, and what the PSA says each one takes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Row;

/// What a user-defined field is used for; its name in the PSA is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Udf {
    /// On a contact: the name of the type rule that applies.
    TypeMapping,
    /// On a contact: the support PIN. Its value is never shown.
    #[serde(rename = "SupportPIN")]
    SupportPin,
    /// On a contact: whether it belongs to a 365 user.
    IsOffice365,
    /// On a contact: the object id of its 365 user.
    Office365Id,
    /// On a company: the id of its 365 tenant.
    Tenant365Id,
}

impl Udf {
    /// All uses, in the order they are shown.
    pub const ALL: [Self; 5] =
        [Self::TypeMapping, Self::SupportPin, Self::IsOffice365, Self::Office365Id, Self::Tenant365Id];

    /// The name the field has unless the configuration gives another.
    pub fn default_name(self) -> &'static str {
        match self {
            Self::TypeMapping => "TypeMapping",
            Self::SupportPin => "SupportPIN",
            Self::IsOffice365 => "IsOffice365",
            Self::Office365Id => "Office365Id",
            Self::Tenant365Id => "Tenant365Id",
        }
    }

    /// Returns the name of the field: that of the configuration among `names`, without spaces around it, else the default
    /// one.
    pub fn name_in(self, names: &BTreeMap<Self, String>) -> &str {
        names.get(&self).map_or(self.default_name(), |name| name.trim())
    }

    /// The row that needs the field.
    pub fn row(self) -> Row {
        match self {
            Self::TypeMapping => Row::TypeMapping,
            Self::SupportPin => Row::SupportPin,
            Self::IsOffice365 => Row::Office365Presence,
            Self::Office365Id => Row::Office365Id,
            Self::Tenant365Id => Row::TenantId,
        }
    }

    /// Is true if the field belongs to the company rather than to the contact.
    pub fn on_company(self) -> bool {
        self == Self::Tenant365Id
    }
}

/// A user-defined field as the PSA defines it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UdfField {
    /// What crsync uses it for.
    pub role: Udf,
    /// Its name, in the PSA's own spelling.
    pub name: String,
    /// What it takes.
    pub kind: UdfKind,
}

/// What a user-defined field takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UdfKind {
    /// Text of at most so many characters, where the PSA states a limit.
    Text(Option<usize>),
    /// True or false.
    Checkbox,
    /// One of these entries: what is written, and the label people see.
    List(Vec<(String, String)>),
    /// A number.
    Number,
    /// A date.
    Date,
}

impl UdfKind {
    /// The kind's name in messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Checkbox => "checkbox",
            Self::List(_) => "list",
            Self::Number => "number",
            Self::Date => "date",
        }
    }
}
