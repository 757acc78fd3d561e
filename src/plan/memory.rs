//! What earlier runs left for planning: the state fills it, and planning reads it.

use std::collections::BTreeMap;

use super::{Assignment, CompanyMemory, LicenceRule, Link, Past};
use crate::model::{Field, Id, Side};

/// What earlier runs left behind; empty on a first run.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Memory {
    /// The links of the last run, by company name.
    pub links: BTreeMap<String, Vec<Link>>,
    /// The last value written to a field that cannot be read back, by portal user id; the opposite of what was to be
    /// written where a run did not come to it.
    pub written: BTreeMap<(Id, Field), String>,
    /// The role and groups that were last listed to be given to a person in the portal, by company and contact.
    pub assigned: BTreeMap<(String, Id), Assignment>,
    /// How many records each side of each company had when it was last read completely.
    pub counts: BTreeMap<(String, Side), usize>,
    /// How many details records the portal had of each company when they were last read completely.
    pub details: BTreeMap<String, usize>,
    /// The licence rule that the last run applied, by company name.
    pub licences: BTreeMap<String, LicenceRule>,
    /// Ids and addresses of people who are left as they are until it is known what a run that died wrote to them, or who
    /// they are, with what that is.
    pub held: BTreeMap<String, String>,
    /// Companies of which nothing is written, as the journal does not say what an earlier run announced, with the reason.
    pub unclear: BTreeMap<String, String>,
    /// What earlier runs did within the window of the guards, in the order they did it.
    pub past: Vec<Past>,
    /// How many changes of that window cannot be read, by company: each counts as one person in everything that is
    /// limited.
    pub unreadable: BTreeMap<String, usize>,
}

impl Memory {
    /// Returns what to remember of the company of `known` where a later run than the one that knew this has remembered it:
    /// what that did, and no number of records, since nothing newer is known of them.
    pub fn instead_of(&self, known: CompanyMemory) -> CompanyMemory {
        let company = known.company;
        let assigned = self.assigned.iter().filter(|((of, _), _)| *of == company);
        CompanyMemory {
            links: self.links.get(&company).cloned().unwrap_or_default(),
            assigned: assigned.map(|((_, contact), of)| (contact.clone(), of.clone())).collect(),
            company,
            ..CompanyMemory::default()
        }
    }

    /// Returns the same, with companies that were renamed under their new names, which are given by the old ones.
    #[must_use]
    pub fn renamed(self, new: &BTreeMap<String, String>) -> Self {
        // Who has a name now may not be who had it.
        let name = |name: String| match new.get(&name) {
            Some(new) => Some(new.clone()),
            None if new.values().any(|new| *new == name) => None,
            None => Some(name),
        };
        let Self { links, assigned, counts, details, licences, .. } = self;
        Self {
            links: links.into_iter().filter_map(|(company, of)| Some((name(company)?, of))).collect(),
            assigned: assigned
                .into_iter()
                .filter_map(|((company, contact), of)| Some(((name(company)?, contact), of)))
                .collect(),
            counts: counts
                .into_iter()
                .filter_map(|((company, side), of)| Some(((name(company)?, side), of)))
                .collect(),
            details: details.into_iter().filter_map(|(company, of)| Some((name(company)?, of))).collect(),
            licences: licences.into_iter().filter_map(|(company, of)| Some((name(company)?, of))).collect(),
            ..self
        }
    }
}
