//! How much was asked of the services.

use serde::Serialize;

/// Requests made to one service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Requests {
    /// The service.
    pub service: String,
    /// Requests, every attempt counted.
    pub requests: u32,
    /// Attempts that repeated an earlier one.
    pub retries: u32,
}
