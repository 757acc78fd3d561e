//! The rows of the feature matrix, and what one PSA can do of them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A row of the feature matrix. Its id names the setting, the capability and the line in `crsync capabilities`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Row {
    /// A 365 user in scope becomes, or updates, a portal user.
    #[serde(rename = "sync-from-365")]
    SyncFrom365,
    /// An active contact with an email becomes, or updates, a portal user.
    SyncFromPsa,
    /// Users, contacts and portal users are believed to be one person by evidence.
    MatchUsers,
    /// The contact's type decides sync, login, priority, role and groups.
    TypeMapping,
    /// The portal company's territory and account manager follow the PSA.
    CompanyDetails,
    /// People and attributes that are excluded.
    ExcludeUsers,
    /// A durable record of every run.
    SyncLog,
    /// The contact's details follow 365; a user without one gets one.
    UpdateContact,
    /// The contact's active flag follows 365.
    ContactActive,
    /// The portal's support PIN is kept on the contact.
    SupportPin,
    /// The contact says whether it belongs to a 365 user.
    #[serde(rename = "office365-presence")]
    Office365Presence,
    /// The contact keeps the object id of its 365 user.
    #[serde(rename = "office365-id")]
    Office365Id,
    /// The PSA company keeps the id of its tenant.
    TenantId,
    /// Names never flow from 365 to an existing contact.
    IgnoreNameUpdates,
    /// Proxy addresses and other mails of 365 match too.
    #[serde(rename = "match-365-alternates")]
    Match365Alternates,
    /// Further addresses of the contact match too.
    MatchPsaAlternates,
    /// Pictures, products, manager and more, kept per user in the portal.
    UserDetails,
    /// Listed licences do not count.
    ExcludeLicenses,
    /// A user with no counted licence is out of scope.
    RequireLicense,
    /// A user without a name is out of scope.
    RequireName,
    /// A person updates their own details.
    SelfService,
}

impl Row {
    /// All rows, in the order of the matrix.
    pub const ALL: [Self; 21] = [
        Self::SyncFrom365,
        Self::SyncFromPsa,
        Self::MatchUsers,
        Self::TypeMapping,
        Self::CompanyDetails,
        Self::ExcludeUsers,
        Self::SyncLog,
        Self::UpdateContact,
        Self::ContactActive,
        Self::SupportPin,
        Self::Office365Presence,
        Self::Office365Id,
        Self::TenantId,
        Self::IgnoreNameUpdates,
        Self::Match365Alternates,
        Self::MatchPsaAlternates,
        Self::UserDetails,
        Self::ExcludeLicenses,
        Self::RequireLicense,
        Self::RequireName,
        Self::SelfService,
    ];

    /// The row's stable id.
    pub fn id(self) -> &'static str {
        match self {
            Self::SyncFrom365 => "sync-from-365",
            Self::SyncFromPsa => "sync-from-psa",
            Self::MatchUsers => "match-users",
            Self::TypeMapping => "type-mapping",
            Self::CompanyDetails => "company-details",
            Self::ExcludeUsers => "exclude-users",
            Self::SyncLog => "sync-log",
            Self::UpdateContact => "update-contact",
            Self::ContactActive => "contact-active",
            Self::SupportPin => "support-pin",
            Self::Office365Presence => "office365-presence",
            Self::Office365Id => "office365-id",
            Self::TenantId => "tenant-id",
            Self::IgnoreNameUpdates => "ignore-name-updates",
            Self::Match365Alternates => "match-365-alternates",
            Self::MatchPsaAlternates => "match-psa-alternates",
            Self::UserDetails => "user-details",
            Self::ExcludeLicenses => "exclude-licenses",
            Self::RequireLicense => "require-license",
            Self::RequireName => "require-name",
            Self::SelfService => "self-service",
        }
    }

    /// The row's number in the matrix, from 1.
    pub fn number(self) -> usize {
        self as usize + 1
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.id())
    }
}

/// Whether a PSA can serve a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Support {
    /// Yes, by the vendor's documents or seen live.
    Supported,
    /// The PSA does not offer it.
    Unsupported,
    /// Believed to work; checked at run time.
    Unverified,
}

/// What one PSA can do, row by row: a table, written once per PSA.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    /// The PSA's id in settings and flags.
    pub id: &'static str,
    /// The PSA's name for people.
    pub name: &'static str,
    /// For each row of [`Row::ALL`], in that order: the support and the facts behind it (which field, which
    /// limits, or why not).
    pub rows: &'static [(Row, Support, &'static str); 21],
    /// The id of the company that is the MSP itself, where the PSA has such a record.
    pub own_company: Option<&'static str>,
}

impl Capabilities {
    /// The support for `row`, with the facts.
    pub fn of(&self, row: Row) -> (Support, &'static str) {
        let (_, support, fact) = self.rows[row as usize];
        (support, fact)
    }

    /// Whether `row` may be used at all.
    pub fn serves(&self, row: Row) -> bool {
        self.of(row).0 != Support::Unsupported
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_stand_at_their_number() {
        for (index, row) in Row::ALL.into_iter().enumerate() {
            assert_eq!(row as usize, index, "{row}");
        }
    }

    #[test]
    fn rows_serialize_as_their_id() {
        for row in Row::ALL {
            assert_eq!(serde_json::to_string(&row).expect("a plain enum"), format!("\"{row}\""));
        }
    }
}
