//! All that planning looks at.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::company::{Company, CompanyInput};
use super::decisions::Decisions;
use super::guards::GuardLimits;
use crate::model::{Budget, Capabilities, Rereads, Shape, Sku};
use crate::plan::Memory;

/// All that planning looks at.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// What the chosen PSA can do.
    pub capabilities: &'a Capabilities,
    /// What the PSA's contact and company fields take, with the user-defined fields it defines.
    pub psa_shape: &'a Shape,
    /// What the portal's user fields take.
    pub portal_shape: &'a Shape,
    /// How much of writing the PSA still takes, over all companies; `None` where nothing of that is known.
    pub psa_budget: Option<Budget>,
    /// How many contacts the PSA can still show by themselves for their PINs; `None` where a reading holds the PINs, or
    /// nothing does.
    pub psa_rereads: Option<Rereads>,
    /// The chosen companies, each with its policy and what was read of it.
    pub companies: &'a [CompanyInput],
    /// The licences that Microsoft's published table knows.
    pub products: &'a [Sku],
    /// The links and choices a person wrote down.
    pub decisions: &'a Decisions,
    /// All companies of the configuration, chosen or not.
    pub configured: &'a [Arc<Company>],
    /// The ids of tenants that the configuration names by a domain, where they were found out for companies that were
    /// not chosen.
    pub tenant_ids: &'a BTreeMap<String, String>,
    /// What the last runs left.
    pub memory: &'a Memory,
    /// The limits for one company and for the run.
    pub guards: &'a GuardLimits,
    /// The time of the run.
    pub now: Timestamp,
}
