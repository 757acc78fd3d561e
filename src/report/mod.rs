//! Plans, runs and people as documents. A file here says what a document shows, in words that are the same everywhere;
//! a file of `format` says how.

mod capabilities;
mod change;
mod company;
mod content;
mod digest;
mod doctor;
mod fields;
mod findings;
mod format;
mod leaving;
mod listed;
mod look;
mod offers;
mod page;
mod people;
mod person;
mod pictures;
mod plan;
mod redact;
mod rights;
mod rows;
mod run;
mod runs;
#[cfg(test)]
mod tests;
mod verdict;
mod words;

pub use content::{Content, write};
pub use digest::Topic;
pub use format::json::{SCHEMAS, SecretOf, SecretsDocument};
pub use format::table::{
    answer, company, digest, fields, kindred, left, lists, next, not_planned, notes, one_at_a_time, outcome,
    overview, plan as table, question, remark, taken_back,
};
pub use look::Look;
pub use offers::{Document, Format, Refusal, offers};
pub use people::People;
pub use pictures::Kept;
pub use redact::{
    redact, redact_asked, redact_explanation, redact_findings, redact_hits, redact_people, redact_run,
    redact_runs,
};
pub use run::ways_on;
pub use words::clean;
