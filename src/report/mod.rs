//! A plan or a run as a technician reads it, and as a program does.

mod explain;
mod fields;
mod json;
mod people;
mod question;
mod redact;
mod run;
mod table;
#[cfg(test)]
mod tests;
mod words;

pub use explain::{explain, explain_json, hits, hits_json};
pub use fields::{fields, fields_json, notes};
pub use json::{Document, json, run_json, runs_json};
pub use people::{people, people_json};
pub use question::{answer, question, remark};
pub use redact::{
    redact, redact_asked, redact_explanation, redact_findings, redact_hits, redact_people, redact_run,
};
pub use run::{left, not_planned, outcome, run, runs};
pub use table::{Look, company, overview, table};
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
