//! One company: what the configuration says of it, and what was read of it.

use std::sync::Arc;

use super::policy::Policy;
use super::stated::Rule;
use crate::model::{Id, Pending, PortalSide, PsaSide, Reading, TenantSide};
use crate::text::email;

/// A company of the configuration: where its records are, and how it is served.
///
/// This is the one record of a company's settings. The configuration makes it, and everything else shares it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Company {
    /// Its name, unique in the configuration.
    pub name: String,
    /// Whether it is served without being named by `--company`.
    pub enabled: bool,
    /// The portal's id.
    pub portal_id: Id,
    /// The chosen PSA's id.
    pub psa_id: Id,
    /// Its ids in other PSAs, with their names.
    pub elsewhere: Vec<(&'static str, Id)>,
    /// The tenant as the configuration names it: its id, or one of its domains in the spelling for comparing; lower-case.
    pub tenant: String,
    /// The email domains that belong to the company, in the spelling for comparing; empty when the tenant is its own.
    pub domains: Vec<String>,
    /// Whether the portal's records of the company may be written.
    pub portal_writes: bool,
    /// How it is served.
    pub policy: Policy,
}

impl Company {
    /// Returns one of its domains as the configuration spells it.
    pub fn as_stated<'a>(&'a self, domain: &'a str) -> &'a str {
        let spelled = self.policy.stated.iter().find_map(|stated| match &stated.rule {
            Rule::Domain(text) if email::domain_key(text) == domain => Some(text.as_str()),
            _ => None,
        });
        spelled.unwrap_or(domain)
    }
}

/// A company that was chosen for the run, with what was read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompanyInput {
    /// What the configuration says of it.
    pub company: Arc<Company>,
    /// The tenant's id, as it answered where the configuration names a domain.
    pub tenant_id: String,
    /// The tenant, shared by the companies that share it.
    pub tenant: Reading<Arc<TenantSide>>,
    /// The PSA's company and contacts.
    pub psa: Reading<PsaSide>,
    /// The portal's company and users.
    pub portal: Reading<PortalSide>,
    /// What is not known yet of the PSA's records.
    pub pending: Option<Pending>,
}
