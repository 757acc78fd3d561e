//! What earlier runs did, as guards count it.

use std::collections::BTreeSet;

use super::{Change, Measure};

/// A change that an earlier run made, or may have made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Past {
    /// The company's name in the configuration.
    pub company: String,
    /// The change, secrets taken out.
    pub change: Change,
    /// Limits that a person lifted for that run: what they allowed is not counted against later plans.
    pub lifted: BTreeSet<Measure>,
    /// Whether it took back what a run had done before.
    pub undo: bool,
}
