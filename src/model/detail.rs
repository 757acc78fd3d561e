//! The fields that only a details record has.

use serde::{Deserialize, Serialize};

/// A field that only a details record has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Detail {
    /// All further addresses that reach the person.
    AlternateEmails,
    /// The licences that count, by the names people know.
    Products,
    /// The state of the 365 account: [`ENABLED`](super::ENABLED), or why the record is archived ([`LEFT`](super::LEFT), [`TAKEN_BACK`](super::TAKEN_BACK)).
    AccountState,
    /// Display name of the manager.
    Manager,
    /// The office, as 365 spells it.
    Office,
    /// The role that the person is to have in the portal.
    PortalRole,
    /// The groups that the person is to be in.
    PortalGroups,
    /// What names the person's picture: a [`picture_reference`](super::picture_reference).
    Picture,
}

impl Detail {
    /// All of them, in the order they are shown.
    pub const ALL: [Self; 8] = [
        Self::AlternateEmails,
        Self::Products,
        Self::AccountState,
        Self::Manager,
        Self::Office,
        Self::PortalRole,
        Self::PortalGroups,
        Self::Picture,
    ];

    /// The name in tables and JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::AlternateEmails => "alternate-emails",
            Self::Products => "products",
            Self::AccountState => "account-state",
            Self::Manager => "manager",
            Self::Office => "office",
            Self::PortalRole => "portal-role",
            Self::PortalGroups => "portal-groups",
            Self::Picture => "picture",
        }
    }
}
