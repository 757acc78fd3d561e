//! How people and records are named to people.

use serde::{Deserialize, Serialize};

use crate::model::{Id, Side};

/// A person or company as people name it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Who {
    /// Display name, as the side spells it; it may hold anything, control characters included.
    pub name: String,
    /// Primary email, where there is one.
    pub email: Option<String>,
}

/// A record that may be the right one, or one too many.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Candidate {
    /// The side that it is on.
    pub side: Side,
    /// Its id there.
    pub id: Id,
    /// Who it is.
    pub who: Who,
    /// Whether it is active (enabled); `None` where the side does not say.
    pub active: Option<bool>,
}
