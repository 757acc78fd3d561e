//! What the sides say of a company itself, where that is not what the configuration says.

use serde::{Deserialize, Serialize};

use crate::model::Side;

/// A company whose records belong to another company than the configuration says. Nothing of it is written.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompanyConflict {
    /// What contradicts the configuration.
    pub proof: Proof,
    /// What the side says.
    pub stored: String,
    /// What the configuration says.
    pub configured: String,
    /// The companies of the configuration that the stored value belongs to, chosen for this run or not.
    pub whose: Vec<String>,
    /// What contradicts what, in one sentence.
    pub reason: String,
    /// The next step.
    pub next: String,
    /// The lines for `decisions.toml` of a person who means it; empty where no decision helps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub decision: Vec<String>,
}

/// What tells whose a company's records are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The id that the tenant gives itself.
    TenantId,
    /// The domains that the tenant has verified.
    VerifiedDomains,
    /// A tenant that several companies turn out to have.
    SharedTenant,
    /// The tenant that is stored on the PSA company.
    StoredTenant,
    /// The PSA company that the portal company is linked to.
    PsaKey,
}

/// A company that a side has as inactive.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Inactive {
    /// The side.
    pub side: Side,
    /// How many records are not made or made active again because of it.
    pub left_out: usize,
    /// What it means, in one sentence.
    pub reason: String,
    /// The next step.
    pub next: String,
}
