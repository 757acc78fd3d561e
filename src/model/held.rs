//! Whether an account has a right.

use serde::Serialize;

/// Whether an account has a right.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// It has.
    Yes,
    /// It has it for some of the records.
    Partly,
    /// The service does not tell.
    Unknown,
    /// It has not.
    No,
}

impl Held {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Yes => "yes",
            Self::Partly => "partly",
            Self::Unknown => "not told",
            Self::No => "no",
        }
    }
}
