//! The kinds of records that crsync writes.

use serde::{Deserialize, Serialize};

use super::Side;

/// The kinds of records that crsync writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// A company of the PSA.
    PsaCompany,
    /// A contact of the PSA.
    Contact,
    /// A company of the portal.
    PortalCompany,
    /// A user of the portal.
    PortalUser,
    /// A user of the tenant.
    TenantUser,
    /// What the portal keeps of a 365 user beside the portal user.
    Details,
}

impl RecordKind {
    /// The side that the record is on.
    pub fn side(self) -> Side {
        match self {
            Self::PsaCompany | Self::Contact => Side::Psa,
            Self::PortalCompany | Self::PortalUser | Self::Details => Side::Portal,
            Self::TenantUser => Side::Tenant,
        }
    }

    /// The name in the journal and in the names of changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::PsaCompany => "psa-company",
            Self::Contact => "contact",
            Self::PortalCompany => "portal-company",
            Self::PortalUser => "portal-user",
            Self::TenantUser => "365-user",
            Self::Details => "user-details",
        }
    }

    /// Whether a reading may for a while show the record as it was before a write that was carried out: 365 answers
    /// from copies that lag by seconds to minutes (vendor documents).
    pub fn is_eventually_consistent(self) -> bool {
        self == Self::TenantUser
    }

    /// The word for the record in sentences.
    pub fn noun(self) -> &'static str {
        match self {
            Self::PsaCompany | Self::PortalCompany => "company",
            Self::Contact => "contact",
            Self::PortalUser => "portal user",
            Self::TenantUser => "365 user",
            Self::Details => "details record",
        }
    }
}
