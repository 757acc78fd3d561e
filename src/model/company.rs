//! Companies as each side knows them.

use super::{Fields, Id};

/// A 365 tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenant {
    /// Tenant id: a GUID.
    pub id: String,
    /// Display name of the organization.
    pub name: String,
    /// Verified domains, lower-case.
    pub domains: Vec<String>,
    /// The licences the tenant owns.
    pub skus: Vec<Sku>,
}

/// A licence product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku {
    /// SKU id: a lower-case GUID.
    pub id: String,
    /// Part number, such as `SPE_E3`.
    pub part_number: String,
    /// The name people know, or the part number where none is known.
    pub name: String,
}

/// A company (account, customer) of the PSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsaCompany {
    /// The PSA's id.
    pub id: Id,
    /// Its name there.
    pub name: String,
    /// Whether it is active; `None` where the PSA did not say.
    pub active: Option<bool>,
    /// Territory, account manager, and the company's user-defined fields.
    pub fields: Fields,
    /// The ids of the tenants that the PSA's own integration with Microsoft 365 has for the company, beside what the
    /// field says; none in a PSA without one.
    pub linked: Vec<String>,
}

/// A company of the client portal with the domains that it lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalClient {
    /// The company.
    pub company: PortalCompany,
    /// The domains, in the spelling for comparing.
    pub domains: Vec<String>,
}

/// A company of the client portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalCompany {
    /// The portal's id.
    pub id: Id,
    /// Its name there.
    pub name: String,
    /// The id of the PSA company the portal links it to, if any.
    pub psa_key: Option<Id>,
    /// Territory and account manager.
    pub fields: Fields,
}
