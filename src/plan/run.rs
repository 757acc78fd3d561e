//! A run as the journal tells it: what it set out to do, what became of every change, and what that adds up to.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Asked, Became, Breach, Change, CompanyPlan, FieldNote, Measure};
use crate::error::Kind;
use crate::model::Id;

/// What a run set out to do, written before anything else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The user-defined fields that it needs in the PSA, where it was made to see to them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldNote>,
}

/// Why a run was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(rename_all = "kebab-case")]
pub struct Ended {
    /// When.
    pub at: Timestamp,
    /// What stopped it; `None` if it came to its end.
    pub halt: Option<Halt>,
}

/// What stops a run between two writes, or before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
#[serde(rename_all = "kebab-case")]
pub struct Settled {
    /// When that was known.
    pub at: Timestamp,
    /// What became of it.
    pub how: Settlement,
    /// The record's id, where there is one.
    pub id: Option<Id>,
    /// Why, or what else there is to say, in one sentence.
    pub detail: Option<String>,
    /// The service's own name for the request.
    pub request_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
    /// How long the call took, in milliseconds.
    pub millis: u64,
    /// The run that settled it, where that was a later one.
    pub by: Option<String>,
}

/// What became of a change, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
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
}

impl Report {
    /// What it adds up to.
    pub fn summary(&self) -> Summary {
        let unread = self.companies.iter().flat_map(|company| &company.unread);
        let mut summary = Summary {
            planned: self.header.planned,
            halt: self.ended.and_then(|ended| ended.halt),
            over: self.ended.is_some(),
            conflicts: self.companies.iter().map(|company| company.conflicts.len()).sum(),
            company_conflicts: (self.companies.iter())
                .filter(|company| !company.company_conflicts.is_empty())
                .count(),
            moved: self.companies.iter().map(|company| company.moved).sum(),
            unread: self.companies.iter().filter(|company| company.is_unread()).count(),
            correctable: unread.map(|unread| unread.kind).filter(|kind| kind.needs_a_person()).min(),
            unmet: self.asked().iter().filter(|asked| !self.told(asked).result.is_well()).count(),
            ..Summary::default()
        };
        for field in &self.header.fields {
            *summary.fields.entry(field.became).or_default() += 1;
        }
        for entry in &self.entries {
            match &entry.settled {
                Some(settled) => *summary.settled.entry(settled.how).or_default() += 1,
                None => summary.open += 1,
            }
        }
        summary
    }
}

/// What a run adds up to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Changes of the plan.
    pub planned: usize,
    /// Changes by what became of them.
    pub settled: BTreeMap<Settlement, usize>,
    /// Changes that were announced, and whose outcome is not known.
    pub open: usize,
    /// What stopped the run.
    pub halt: Option<Halt>,
    /// Whether the run came to an end at all.
    pub over: bool,
    /// Conflicts that need a decision.
    pub conflicts: usize,
    /// Companies whose records belong to another company than the configuration says.
    #[serde(default)]
    pub company_conflicts: usize,
    /// What was not taken back because it changed since.
    pub moved: usize,
    /// Companies of which a side, or what an earlier run announced, could not be read.
    pub unread: usize,
    /// What a person has to correct before such a side can be read; `None` where it may be whole at the next run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub correctable: Option<Kind>,
    /// User-defined fields by what became of them, where the run was made to see to them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub fields: BTreeMap<Became, usize>,
    /// Requests of people that were refused, or not met in full.
    #[serde(default)]
    pub unmet: usize,
}

impl Summary {
    /// How many changes ended so.
    pub fn of(&self, how: Settlement) -> usize {
        self.settled.get(&how).copied().unwrap_or_default()
    }

    /// How many user-defined fields became so.
    pub fn fields(&self, became: Became) -> usize {
        self.fields.get(&became).copied().unwrap_or_default()
    }

    /// Changes that were never announced.
    pub fn left(&self) -> usize {
        self.planned.saturating_sub(self.settled.values().sum::<usize>() + self.open)
    }
}
