//! Changes that wait for another one: what a person asked of 365 has to arrive there before it goes on to the
//! other sides. Pure.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Id};
use crate::plan::{Change, ChangeKey, CompanyPlan, NewValue, Settlement};

use super::check;

/// What became of the changes so far that others need.
#[derive(Default)]
pub(super) struct Made {
    /// The ids of the records that were made.
    ids: BTreeMap<ChangeKey, Id>,
    /// Changes that were not made, since their record had moved.
    stale: BTreeSet<ChangeKey>,
    /// The fields that were written by changes that others wait for.
    taken: BTreeMap<ChangeKey, BTreeSet<Field>>,
}

impl Made {
    /// Takes note of how a change ended.
    pub(super) fn settled(&mut self, change: &Change, how: Settlement, id: Option<&Id>) {
        if let Some(id) = id.filter(|_| check::creates(change)) {
            self.ids.insert(change.key.clone(), id.clone());
        }
        match how {
            Settlement::Done => {
                let taken = self.taken.entry(change.key.clone()).or_default();
                taken.extend(change.fields.iter().map(|field| field.field));
            }
            Settlement::Stale => {
                self.stale.insert(change.key.clone());
            }
            Settlement::Failed | Settlement::NotTried => {}
        }
    }

    /// The change as it can be made now, with the ids of records made before filled in and without the values that
    /// the change it waits for did not bring in; or what becomes of it, and why.
    pub(super) fn ready(
        &self,
        change: &Change,
        company: &CompanyPlan,
    ) -> Result<Change, (Settlement, String)> {
        let allowed = self.allowed(change, company)?;
        check::resolved(&allowed, &self.ids).ok_or_else(|| {
            let needs = |key: &ChangeKey| {
                change.fields.iter().any(|field| field.after == NewValue::IdOf(key.clone()))
            };
            // It has moved with its person, or waits for whatever went wrong.
            let how = if self.stale.iter().any(needs) { Settlement::Stale } else { Settlement::NotTried };
            (how, "it needs the id of a record that was not made".to_owned())
        })
    }

    fn allowed(&self, change: &Change, company: &CompanyPlan) -> Result<Change, (Settlement, String)> {
        let first = company
            .waits
            .get(&change.key)
            .and_then(|key| company.changes.iter().find(|other| other.key == *key));
        let Some(first) = first else { return Ok(change.clone()) };
        let noun = first.record.kind.noun();
        let Some(taken) = self.taken.get(&first.key) else {
            let how = if self.stale.contains(&first.key) { Settlement::Stale } else { Settlement::NotTried };
            return Err((how, format!("the {noun} comes first, and was not changed")));
        };
        let refused: BTreeSet<Field> =
            first.fields.iter().map(|field| field.field).filter(|field| !taken.contains(field)).collect();
        let mut change = change.clone();
        change.fields.retain(|field| !refused.contains(&field.field));
        if change.fields.is_empty() {
            let names: Vec<&str> = refused.iter().map(|field| field.name()).collect();
            return Err((Settlement::NotTried, format!("the {noun} did not take {}", names.join(" and "))));
        }
        Ok(change)
    }
}
