//! A plan as a technician reads it, and as a program does: one file per format.

mod json;
mod redact;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use json::{Document, json};
pub use redact::redact;
pub use table::{Look, table};
pub use words::clean;

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
