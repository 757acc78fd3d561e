//! Whole sides: what one tenant, one company of the PSA and one of the portal hold.

use super::{Complete, Contact, DetailsSide, PortalCompany, PortalUser, PsaCompany, Reading, Tenant, User};

/// One tenant, completely read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantSide {
    /// The tenant itself.
    pub tenant: Tenant,
    /// All its users, enabled or not, members and guests.
    pub users: Complete<User>,
}

/// One company of the PSA, completely read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsaSide {
    /// The company itself.
    pub company: PsaCompany,
    /// All its contacts, active or not.
    pub contacts: Complete<Contact>,
}

/// One company of the portal, completely read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalSide {
    /// The company itself.
    pub company: PortalCompany,
    /// All its users that are not deleted.
    pub users: Complete<PortalUser>,
    /// What it keeps of 365 users beside them; `None` where it was not asked for. That it could not be read
    /// leaves the rest as it is.
    pub details: Option<Reading<DetailsSide>>,
}
