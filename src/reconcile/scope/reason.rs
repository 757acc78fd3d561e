//! Why a record is out of scope.

use std::fmt;

/// Says why a record is out of scope. The words are the same for everyone it applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Reason {
    Held,
    Ignored,
    NotInDomains,
    Excluded,
    Type,
    TypeUnread,
    Guest,
    Disabled,
    NoEmail,
    NoLicence,
    NoName,
    Inactive,
    ByHand,
    /// What would decide it was not in the answer: neither a yes nor a no.
    StateUnread,
    LicencesUnread,
    AddressUnread,
    ActiveUnread,
}

impl Reason {
    /// Reports whether the record, and everybody it belongs to, is to stay unchanged.
    pub(crate) fn is_left_alone(self) -> bool {
        matches!(self, Self::Held | Self::Ignored)
    }

    /// Reports whether it is not known if the record is in scope, since the service did not say.
    pub(crate) fn is_unread(self) -> bool {
        matches!(
            self,
            Self::TypeUnread
                | Self::StateUnread
                | Self::LicencesUnread
                | Self::AddressUnread
                | Self::ActiveUnread
        )
    }

    /// Returns what decides it, as the rest of a sentence that begins with "because".
    fn rule(self) -> &'static str {
        match self {
            Self::Held => "an earlier run is not settled",
            Self::Ignored => "decisions.toml says [[ignore]]",
            Self::NotInDomains => "the address is in none of the company's domains",
            Self::Excluded => "an [[exclude]] matches",
            Self::Type => "type-mapping says so",
            Self::TypeUnread => "type-mapping has rules, and the types of the contact are not known",
            Self::Guest => "guests = false",
            Self::Disabled => "sign-in is blocked in 365",
            Self::StateUnread => "365 did not say whether sign-in is blocked",
            Self::NoEmail => "there is no address",
            Self::AddressUnread => "365 did not say which addresses the user has",
            Self::NoLicence => "require-license is on",
            Self::LicencesUnread => "require-license is on, and 365 did not say which licences the user has",
            Self::NoName => "require-name is on",
            Self::Inactive => "the contact is inactive in the PSA",
            Self::ActiveUnread => "the PSA did not say whether the contact is active",
            Self::ByHand => "it is linked to neither 365 nor the PSA",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Held => "held back until an earlier run is settled",
            Self::Ignored => "ignored by decision",
            Self::NotInDomains => "not in domains",
            Self::Excluded => "excluded",
            Self::Type => "type is not synced",
            Self::TypeUnread => "type not read",
            Self::Guest => "guest",
            Self::Disabled => "disabled",
            Self::NoEmail => "no usable email",
            Self::NoLicence => "no licence",
            Self::NoName => "no name",
            Self::Inactive => "inactive",
            Self::ByHand => "made by hand",
            Self::StateUnread => "account state not read",
            Self::LicencesUnread => "licences not read",
            Self::AddressUnread => "address not read",
            Self::ActiveUnread => "active flag not read",
        })
    }
}

/// Says why a record is out of scope, and what that rests on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotInScope {
    pub(crate) reason: Reason,
    pub(crate) detail: Option<String>,
}

impl NotInScope {
    /// Returns what decides it, and what that rests on beyond the rule: the rest of a sentence that begins with
    /// "because".
    pub(crate) fn because(&self) -> (String, Option<String>) {
        match (&self.detail, self.reason) {
            (Some(detail), Reason::NoEmail) => (detail.clone(), None),
            (detail, reason) => (reason.rule().to_owned(), detail.clone()),
        }
    }
}

impl From<Reason> for NotInScope {
    fn from(reason: Reason) -> Self {
        Self { reason, detail: None }
    }
}

/// Reports whether `out` says that row 6, or the contact's type, excludes the record.
pub(crate) fn is_excluded(out: Option<&NotInScope>) -> bool {
    out.is_some_and(|out| matches!(out.reason, Reason::Excluded | Reason::Type))
}
