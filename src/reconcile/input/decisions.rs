//! All that people wrote in the decisions file.

use std::collections::BTreeSet;

use super::decision::{Decision, Pin, Replaced, Split};
use super::stated::Stated;
use crate::model::{Id, Side};
use crate::text::tenant::{Named, named};

/// What people wrote in the decisions file.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decisions {
    /// Users and contacts that are one person.
    pub pins: Vec<Pin>,
    /// Emails or ids of records that are left out of linking, on whatever side.
    pub ignore: BTreeSet<String>,
    /// Single records that are left out of linking; 365 object ids lower-case.
    pub ignored: BTreeSet<(Side, Id)>,
    /// Users and contacts that are not one person, whatever the evidence.
    pub splits: Vec<Split>,
    /// The same decisions, each with its place in the file.
    pub stated: Vec<Stated>,
    /// What records of a company may hold of an earlier time.
    pub replaced: Vec<Replaced>,
}

impl Decisions {
    /// Returns the decision that lets the PSA company of `company` store this tenant for now.
    pub(crate) fn replaces_tenant<'a>(&'a self, company: &str, stored: &str) -> Option<&'a Replaced> {
        let same = |old: &str| match (named(old), named(stored)) {
            (Named::Note, Named::Note) => old.trim() == stored.trim(),
            (old, stored) => old == stored,
        };
        self.of(company).find(|one| one.tenant.as_deref().is_some_and(same))
    }

    /// Reports whether a person wrote down that `company` had another tenant before `tenant`.
    pub(crate) fn had_other_tenant(&self, company: &str, tenant: &str) -> bool {
        // A domain may be one of the same tenant.
        let is_other = |old: &str| matches!(named(old), Named::Id(_)) && named(old) != named(tenant);
        self.of(company).filter_map(|one| one.tenant.as_deref()).any(is_other)
    }

    /// Returns the decision that lets the portal company of `company` be linked to this PSA company for now.
    pub(crate) fn replaces_psa_key<'a>(&'a self, company: &str, key: &Id) -> Option<&'a Replaced> {
        self.of(company).find(|one| one.psa_key.as_ref() == Some(key))
    }

    fn of<'a, 'c>(&'a self, company: &'c str) -> impl Iterator<Item = &'a Replaced> + use<'a, 'c> {
        self.replaced.iter().filter(move |one| one.company.to_lowercase() == company.to_lowercase())
    }
}

impl FromIterator<Decision> for Decisions {
    fn from_iter<I: IntoIterator<Item = Decision>>(decisions: I) -> Self {
        let mut all = Self::default();
        all.extend(decisions);
        all
    }
}

impl Extend<Decision> for Decisions {
    fn extend<I: IntoIterator<Item = Decision>>(&mut self, decisions: I) {
        for decision in decisions {
            match decision {
                Decision::Pin(pin) => self.pins.push(pin),
                Decision::Split(split) => self.splits.push(split),
                Decision::Replaced(replaced) => self.replaced.push(replaced),
                Decision::Ignore(who) => {
                    self.ignore.insert(who);
                }
                Decision::IgnoreRecord(side, id) => {
                    self.ignored.insert((side, id));
                }
            }
        }
    }
}
