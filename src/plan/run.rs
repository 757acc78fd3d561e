//! A run as the journal tells it: what it set out to do, and what became of every change.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::next::{parted, with_next};
use super::{Asked, Breach, Change, CompanyPlan, FieldNote, Measure, Summary, Told};
use crate::model::Id;

/// What a run set out to do, written before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Header {
    /// Its id: the time it began, and a few letters that tell runs of the same second apart.
    pub id: String,
    /// Why it was made.
    pub purpose: Purpose,
    /// When it began.
    pub started: Timestamp,
    /// Who ran it: the user of the operating system.
    pub operator: String,
    /// The machine.
    pub host: String,
    /// Version of the program.
    pub tool: String,
    /// Id of the PSA.
    pub psa: String,
    /// Digest of the plan that it applies.
    pub plan: String,
    /// Digest of the configuration that the plan was made with.
    pub config: String,
    /// How many changes the plan has.
    pub planned: usize,
    /// Limits that were lifted for it.
    pub allowed: BTreeMap<Measure, usize>,
    /// Limits that its plan runs into: where there is one, nothing was written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaches: Vec<Breach>,
    /// Which part of the companies it was for, where they were shared among several runs: `2/5`.
    pub shard: Option<String>,
    /// The user-defined fields that it needs in the PSA, if the run was for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldNote>,
}

/// Why a run was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    /// To bring the sides into agreement.
    Sync,
    /// To make the PSA's user-defined fields, and to write nothing but their values.
    PushUdfs,
    /// To take back what the run of this id did.
    Undo(String),
    /// To do what these people ask of their own details.
    SelfService(Vec<Asked>),
}

/// How a run ended, if it was there to say so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// What stopped it; `None` if it ended by itself.
    pub halt: Option<Halt>,
}

/// What stops a run between two writes, or before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Halt {
    /// A guard refused the plan: nothing was written.
    Refused,
    /// The time that the run was given is over.
    Deadline,
    /// A person, or the system, asked it to stop.
    Interrupted,
}

/// One change of a run: announced before the call, settled after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Entry {
    /// Its place in the run, from 1.
    pub seq: u64,
    /// The company's name in the configuration.
    pub company: String,
    /// When it was announced.
    pub at: Timestamp,
    /// The change, with ids of new records filled in; secrets are words.
    pub change: Change,
    /// What became of it; `None` while it is not known.
    pub settled: Option<Settled>,
}

/// What became of a change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", from = "Kept")]
pub struct Settled {
    /// When that was known.
    pub at: Timestamp,
    /// What became of it.
    pub how: Settlement,
    /// The record's id, where there is one.
    pub id: Option<Id>,
    /// Why, or what else there is to say, in one sentence.
    pub detail: Option<String>,
    /// The next step, where there is one.
    pub next: Option<String>,
    /// The service's own name for the request.
    pub request_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
    /// How long the call took, in milliseconds.
    pub millis: u64,
    /// The run that settled it, where that was a later one.
    pub by: Option<String>,
}

impl Settled {
    /// Returns why, or what else there is to say, with the next step.
    pub fn said(&self) -> Option<String> {
        self.detail.as_deref().map(|detail| with_next(detail, self.next.as_deref()))
    }
}

/// What the journal keeps of [`Settled`].
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept {
    at: Timestamp,
    how: Settlement,
    id: Option<Id>,
    detail: Option<String>,
    #[serde(default)]
    next: Option<String>,
    request_id: Option<String>,
    attempts: u32,
    millis: u64,
    by: Option<String>,
}

impl From<Kept> for Settled {
    fn from(kept: Kept) -> Self {
        let Kept { at, how, id, detail, next, request_id, attempts, millis, by } = kept;
        let (detail, next) = parted(detail, next);
        Self { at, how, id, detail, next, request_id, attempts, millis, by }
    }
}

/// What became of a change, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Settlement {
    /// The record holds what was planned.
    Done,
    /// The record had moved since the plan was made, so it was left unchanged.
    Stale,
    /// The service refused it, or could not be asked.
    Failed,
    /// It was not begun: something it needs is missing, or its service was given up.
    NotTried,
}

impl Settlement {
    /// The word in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Stale => "stale",
            Self::Failed => "failed",
            Self::NotTried => "not tried",
        }
    }
}

/// Everything the journal holds of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// What it set out to do.
    pub header: Header,
    /// How it ended; `None` if it died, or is still at work.
    pub ended: Option<Ended>,
    /// The changes, in the order they were announced.
    pub entries: Vec<Entry>,
    /// What else the plan said of every company: conflicts, skips, people left unchanged. Its changes are in the
    /// entries.
    pub companies: Vec<CompanyPlan>,
    /// What became of the notices of it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notified: Vec<Notified>,
    /// What became of each request, where this is a part of the run: some of the changes do not tell it.
    #[serde(skip)]
    pub answers: Vec<Told>,
}

/// What became of a notice of a run.
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Notified {
    /// The target, as the configuration calls it.
    pub target: String,
    /// When that was known.
    pub at: Timestamp,
    /// Why it did not arrive, in one sentence; `None` if it did.
    pub fault: Option<String>,
}

/// What a list of runs says of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it set out to do.
    pub header: Header,
    /// How it ended; `None` if it died, or is still at work.
    pub ended: Option<Ended>,
    /// What it adds up to.
    pub summary: Summary,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_an_earlier_version_tells_the_next_step_by_itself() {
        let row = |detail: &str, more: &str| -> Settled {
            let text = format!(
                r#"{{"at": "2026-01-01T00:00:00Z", "how": "failed", "id": null, "detail": {detail}, "request-id": null, "attempts": 1, "millis": 5, "by": null{more}}}"#
            );
            serde_json::from_str(&text).expect("a row")
        };
        let parts = |settled: &Settled| (settled.detail.clone(), settled.next.clone());
        let both = (Some("too long".to_owned()), Some("shorten it".to_owned()));
        let old = row(r#""too long; next: shorten it""#, "");
        assert_eq!(parts(&old), both);
        assert_eq!(parts(&row(r#""too long""#, r#", "next": "shorten it""#)), both);
        assert_eq!(parts(&row(r#""too long""#, "")), (both.0, None));
        assert_eq!(parts(&row("null", "")), (None, None));
        assert_eq!(old.said().as_deref(), Some("too long; next: shorten it"));
        let again = serde_json::to_string(&old).expect("a row");
        assert_eq!(serde_json::from_str::<Settled>(&again).expect("a row"), old);
    }
}
