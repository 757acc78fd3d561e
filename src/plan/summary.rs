//! What a run adds up to.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Became, Halt, Report, Settlement};
use crate::error::Kind;

impl Report {
    /// What it adds up to.
    pub fn summary(&self) -> Summary {
        let unread = self.companies.iter().flat_map(|company| &company.unread);
        let mut summary = Summary {
            planned: self.header.planned,
            companies: Some(self.companies.len()),
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
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Summary {
    /// Changes of the plan.
    pub planned: usize,
    /// Companies that the run is about; `None` where an earlier version summed it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub companies: Option<usize>,
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
    /// User-defined fields by what became of them, if the run was for them.
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

    /// Reports whether the run changed something, or may have.
    pub fn has_changed(&self) -> bool {
        self.of(Settlement::Done) + self.open + self.fields(Became::Made) + self.fields(Became::Announced) > 0
    }

    /// How many user-defined fields became so.
    pub fn fields(&self, became: Became) -> usize {
        self.fields.get(&became).copied().unwrap_or_default()
    }

    /// Reports whether every change that was announced was done.
    pub fn is_all_done(&self) -> bool {
        self.open == 0 && self.settled.iter().all(|(how, count)| *how == Settlement::Done || *count == 0)
    }

    /// Changes that were never announced.
    pub fn left(&self) -> usize {
        self.planned.saturating_sub(self.settled.values().sum::<usize>() + self.open)
    }
}
