//! How much was asked of the services, as all rooms count it, and how long what a write rests on is fresh.

pub mod fresh;

use jiff::Timestamp;
use serde::Serialize;

/// Requests made to one service.
#[allow(clippy::struct_field_names)] // programs read these names
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Requests {
    /// The service's name.
    pub service: String,
    /// Requests, every attempt counted.
    pub requests: u32,
    /// Attempts that repeated an earlier one.
    pub retries: u32,
}

/// Requests that count in a window of a service's limits, made in one second.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spent {
    /// The service's name.
    pub service: String,
    /// The endpoint, where each has a window of its own, else blank.
    pub endpoint: String,
    /// When they were made.
    pub at: Timestamp,
    /// How many there were.
    pub requests: u32,
}
