//! The three sides that are kept in agreement.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One of the three systems, by its part in the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub enum Side {
    /// The client's Microsoft 365 tenant.
    #[serde(rename = "365")]
    Tenant,
    /// The MSP's professional services automation system.
    #[serde(rename = "psa")]
    Psa,
    /// The client portal.
    #[serde(rename = "portal")]
    Portal,
}

impl Side {
    /// The short name a technician reads, and the configuration uses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Tenant => "365",
            Self::Psa => "PSA",
            Self::Portal => "portal",
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
