//! Sums over an outcome, and the form of what applying it would cost.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Action, CompanyPlan, Outcome, RecordKind};
use crate::model::Side;

/// How much there is of everything.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Totals {
    /// Companies, read or not.
    pub companies: usize,
    /// Companies of which a side, or what an earlier run announced, could not be read.
    pub unread: usize,
    /// People who take part.
    pub people: usize,
    /// People already in agreement.
    pub in_agreement: usize,
    /// Changes, by what is done and to what kind of record.
    pub changes: BTreeMap<Action, BTreeMap<RecordKind, usize>>,
    /// Companies whose records belong to another company than the configuration says.
    pub company_conflicts: usize,
    /// Conflicts.
    pub conflicts: usize,
    /// Things asked for and not done.
    pub skipped: usize,
    /// Records that are out of scope.
    pub excluded: usize,
    /// New records beside one of nearly the same name that is not linked to a person.
    #[serde(default)]
    pub namesakes: usize,
}

impl Totals {
    /// All changes.
    pub fn pending(&self) -> usize {
        self.changes.values().flat_map(BTreeMap::values).sum()
    }
}

impl Outcome {
    /// Reports whether nothing is to be written, decided, corrected or done by hand. What is skipped or out of scope may
    /// be the same every night, and does not count.
    pub fn is_settled(&self) -> bool {
        let is_settled = |part: &CompanyPlan| {
            !part.is_unread()
                && part.changes.is_empty()
                && part.conflicts.is_empty()
                && part.company_conflicts.is_empty()
                && part.todo.is_empty()
        };
        self.breaches.is_empty() && self.companies.iter().all(is_settled)
    }

    /// The sums over all companies.
    pub fn totals(&self) -> Totals {
        let sum = |count: fn(&CompanyPlan) -> usize| self.companies.iter().map(count).sum();
        let mut changes = BTreeMap::<Action, BTreeMap<RecordKind, usize>>::new();
        for change in self.companies.iter().flat_map(|company| &company.changes) {
            *changes.entry(change.action).or_default().entry(change.record.kind).or_default() += 1;
        }
        Totals {
            companies: self.companies.len(),
            unread: self.companies.iter().filter(|company| company.is_unread()).count(),
            people: sum(|company| company.people),
            in_agreement: sum(|company| company.in_agreement),
            changes,
            company_conflicts: sum(|company| usize::from(!company.company_conflicts.is_empty())),
            conflicts: sum(|company| company.conflicts.len()),
            skipped: sum(|company| company.skipped.len()),
            excluded: sum(|company| company.excluded.len()),
            namesakes: sum(|company| {
                company.changes.iter().filter(|change| change.namesakes.is_some()).count()
            }),
        }
    }
}

/// What applying an outcome would cost.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Estimate {
    /// Requests, by side.
    pub requests: BTreeMap<Side, usize>,
    /// Seconds, one request after the other.
    pub seconds: usize,
}
