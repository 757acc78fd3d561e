//! Records as they are just before they are written, read again where a reading has grown old.

use std::collections::BTreeMap;
use std::time::Duration;

use super::check::{self, Precondition};
use super::{Work, reread};
use crate::calls::fresh::FRESH;
use crate::error::Result;
use crate::model::{Detail, Field, Fields, Id, Looks, RecordKind, is_archived};
use crate::plan::{Change, ChangeKey, Departure};
use crate::side::{Current, Keys, WriteRecords};
use crate::state::State;

/// The field that says whether a details record is archived.
const STATE: Field = Field::Detail(Detail::AccountState);

/// Records as they are, for the changes of one group.
#[derive(Default)]
pub(super) struct Found {
    /// Those that exist and are to be changed, by id.
    pub(super) records: BTreeMap<Id, Current>,
    /// Those that hold something of the people who are to get a new one.
    holders: Vec<Current>,
    /// The changes that shut out a person who is not seen to have left any more, with the reason.
    pub(super) left: BTreeMap<ChangeKey, String>,
    /// When the record of each change was read.
    read: BTreeMap<ChangeKey, Duration>,
    /// How many changes had their turn since the last reading.
    pub(super) turns: usize,
}

impl Found {
    /// The changes, the first of those that are `left`, whose records are to be read before the next `turn` of them is
    /// written: none while their readings are fresh. As many are read together as had their turn in time after the
    /// last reading, so that this costs no more requests than reading each by itself; and `at_once` of them at least,
    /// which are written side by side.
    pub(super) fn outdated<'c>(
        &self,
        state: &State,
        left: &'c [Change],
        turn: usize,
        at_once: usize,
    ) -> &'c [Change] {
        let is_old = |change: &Change| self.fresh(state, change).is_none();
        if left[..turn].iter().any(is_old) { &left[..self.turns.max(at_once).min(left.len())] } else { &[] }
    }

    /// Returns for how long the reading of a change's record is fresh yet; `None` if it is not.
    pub(super) fn fresh(&self, state: &State, change: &Change) -> Option<Duration> {
        FRESH.checked_sub(state.clock().elapsed().saturating_sub(*self.read.get(&change.key)?))
    }

    /// Looks at the records of `changes`, which are of one kind and company, in the place of older readings.
    ///
    /// # Errors
    /// Those of the system: why they cannot be read.
    pub(super) fn look(
        &mut self,
        work: &Work<'_>,
        system: &dyn WriteRecords,
        changes: &[Change],
    ) -> Result<()> {
        // First, since it may take a while: the records are read just before they are written.
        self.left.extend(left(work, changes));
        let seen = self.read(system, work.state, changes);
        if let Some(first) = changes.first() {
            work.went(first.record.kind.side(), false, &seen);
        }
        seen
    }

    fn read(&mut self, system: &dyn WriteRecords, state: &State, changes: &[Change]) -> Result<()> {
        let Some(first) = changes.first() else { return Ok(()) };
        let (kind, company) = (first.record.kind, &first.record.company);
        // Taken before the reading, which takes time itself.
        let begun = state.clock().elapsed();
        let ids: Vec<Id> = changes.iter().filter_map(|change| change.record.id.clone()).collect();
        let new: Vec<&Change> = changes.iter().filter(|change| check::creates(change)).collect();
        let records = reread(system, state, kind, company, &ids)?;
        let holders = if new.is_empty() { Vec::new() } else { holders(system, state, &new)? };
        // A search that takes longer than a reading is fresh, since it is of many pages, would be old when it ends, however
        // often it is repeated: of such a one the end counts.
        let ended = state.clock().elapsed();
        let read = if ids.is_empty() && ended.saturating_sub(begun) >= FRESH { ended } else { begun };
        self.records.retain(|id, _| !ids.contains(id));
        self.records.extend(records);
        if !new.is_empty() {
            self.holders = holders;
        }
        self.read.extend(changes.iter().map(|change| (change.key.clone(), read)));
        self.turns = 0;
        Ok(())
    }

    /// The record of a change as it was read, if it is to be changed.
    pub(super) fn current(&self, change: &Change) -> Option<Current> {
        self.records.get(change.record.id.as_ref()?).cloned()
    }

    /// Compares a change with its record and, if it shuts out a person who left, with what is known of that person.
    pub(super) fn compare(&self, change: &Change, wanted: &Fields) -> Precondition {
        match (self.precondition(change, wanted), self.left.get(&change.key)) {
            (Precondition::Ready, Some(why)) => Precondition::Moved(why.clone()),
            (precondition, _) => precondition,
        }
    }

    fn precondition(&self, change: &Change, wanted: &Fields) -> Precondition {
        let Some(id) = &change.record.id else {
            let holders =
                change.seek.as_ref().map(|seek| check::holders(seek, &self.holders)).unwrap_or_default();
            return match holders.first() {
                Some(other) => Precondition::Moved(format!(
                    "{} {} has the person's id or address since the plan was made",
                    change.record.kind.noun(),
                    other.id
                )),
                None => Precondition::Ready,
            };
        };
        check::precondition(change, wanted, self.records.get(id))
    }
}

/// The records that hold something of the people who are to get the new records of `changes`: those that a search finds,
/// and those that the journal says were made for them. A search may not show a record yet that was made a while ago.
fn holders(system: &dyn WriteRecords, state: &State, changes: &[&Change]) -> Result<Vec<Current>> {
    let Some(first) = changes.first() else { return Ok(Vec::new()) };
    let (kind, company) = (first.record.kind, &first.record.company);
    let keys = keys(changes);
    let mut found = system.find(kind, company, &keys)?;
    let made = state.made(kind, company, &keys.user_ids)?;
    let unseen: Vec<Id> =
        made.into_iter().filter(|id| !found.iter().any(|current| current.id == *id)).collect();
    // A details record that was archived, by crsync or by hand, does not keep a new one from being made.
    let is_details = kind == RecordKind::Details;
    let counts = |current: &Current| {
        let is_put_away = is_details && current.active == Some(false);
        !is_put_away && !current.fields.text(STATE).is_some_and(is_archived)
    };
    found.extend(reread(system, state, kind, company, &unseen)?.into_values().filter(counts));
    Ok(found)
}

/// Looks again at the 365 users whose leaving `changes` rest on; gives the changes that must not be written, and why.
fn left(work: &Work<'_>, changes: &[Change]) -> BTreeMap<ChangeKey, String> {
    let departures = || changes.iter().filter_map(|change| Some((&change.key, change.left.as_ref()?)));
    let mut users: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for (_, departure) in departures() {
        users.entry(&departure.tenant).or_default().push(departure.user.clone());
    }
    let mut looks = Looks::default();
    for (tenant, mut users) in users {
        users.sort();
        users.dedup();
        looks.add(tenant, work.systems.tenants.look(tenant, &users));
    }
    let objection = |(key, departure): (&ChangeKey, &Departure)| {
        let look = looks.get(&departure.tenant, &departure.user);
        Some((key.clone(), departure.objection(look)?))
    };
    departures().filter_map(objection).collect()
}

/// What the people of new records are searched by.
pub(super) fn keys(changes: &[&Change]) -> Keys {
    let seeks = || changes.iter().filter_map(|change| change.seek.as_ref());
    let mut emails: Vec<String> = seeks().flat_map(|seek| seek.emails.iter().cloned()).collect();
    emails.sort();
    emails.dedup();
    Keys { user_ids: seeks().filter_map(|seek| seek.user.clone()).collect(), emails }
}
