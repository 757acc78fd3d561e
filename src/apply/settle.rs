//! Finds out what became of changes that a run announced and did not live to settle.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::check;
use super::found::keys;
use super::{Systems, may_double, reread};
use crate::error::Result;
use crate::model::{Field, Fields, Id, RecordKind, Udf};
use crate::plan::{Change, Entry, Settled, Settlement};
use crate::side::{Current, WriteRecords};
use crate::state::{LAG, State};

/// A change whose outcome is still unknown after looking at the service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The run that announced it.
    pub run: String,
    /// The change.
    pub entry: Entry,
    /// Why it cannot be settled, in one sentence.
    pub reason: String,
}

impl Open {
    /// The ids and addresses of the people who are held until it is settled.
    pub fn people(&self) -> Vec<String> {
        let Change { record, seek, unmoved, .. } = &self.entry.change;
        let sought = seek
            .iter()
            .flat_map(|seek| seek.emails.iter().cloned().chain(seek.user.iter().map(ToString::to_string)));
        // The number of a details record is another one's as a contact.
        let user = Field::Udf(Udf::Office365Id);
        let of_details =
            unmoved.iter().filter(|unmoved| unmoved.field == user).map(|unmoved| unmoved.value.clone());
        if record.kind == RecordKind::Details {
            return of_details.chain(sought).collect();
        }
        record.id.iter().map(ToString::to_string).chain(sought).collect()
    }
}

/// Settles what earlier runs left open in `companies` by looking at the records; `by` is the run that does.
/// Returns what cannot be settled. What may still be carried out is not settled by a search that does not find it: it
/// stays open, its person is held, and a later run looks again.
///
/// # Errors
/// `Kind::State` when the journal cannot be read or written.
pub fn settle(systems: Systems<'_>, state: &State, companies: &[&str], by: &str) -> Result<Vec<Open>> {
    let mut places: BTreeMap<(RecordKind, Id), Vec<(String, Entry)>> = BTreeMap::new();
    for (run, entry) in dated(state, state.unsettled(companies)?)? {
        let record = &entry.change.record;
        places.entry((record.kind, record.company.clone())).or_default().push((run, entry));
    }
    let mut open =
        in_flight_elsewhere(systems, dated(state, state.unsettled_elsewhere()?)?, state.clock().now());
    for ((kind, company), entries) in places {
        for entries in entries.chunks(systems.of(kind.side()).together(kind).max(1)) {
            let seen = Seen::look(systems, state, kind, &company, entries);
            for (run, entry) in entries {
                let verdict = seen.as_ref().map_err(|error| error.message().to_owned());
                match verdict.and_then(|seen| seen.verdict(entry)) {
                    Ok((how, id, detail)) => {
                        let settled = Settled {
                            at: state.clock().now(),
                            how,
                            id,
                            detail: Some(detail.to_owned()),
                            next: None,
                            request_id: None,
                            attempts: 0,
                            millis: 0,
                            by: Some(by.to_owned()),
                        };
                        state.settle(run, entry.seq, &entry.change, &settled)?;
                    }
                    Err(reason) => open.push(Open { run: run.clone(), entry: entry.clone(), reason }),
                }
            }
        }
    }
    Ok(open)
}

/// Returns what runs of `companies` sent and lost the answer to, if it may still be carried out. It asks no
/// service and writes nothing: for a command that shows what the next run does.
///
/// # Errors
/// `Kind::State` when the journal cannot be read.
pub fn in_flight(systems: Systems<'_>, state: &State, companies: &[&str]) -> Result<Vec<Open>> {
    let now = state.clock().now();
    let mut open = in_flight_elsewhere(systems, state.unsettled_elsewhere()?, now);
    for (run, entry) in state.unsettled(companies)? {
        let system = systems.of(entry.change.record.kind.side());
        if let Some(reason) = may_still_come(system, &entry, now) {
            open.push(Open { run, entry, reason });
        }
    }
    Ok(open)
}

/// Returns the new records of the portal that runs with another PSA may still make there. Those runs settle them.
fn in_flight_elsewhere(systems: Systems<'_>, entries: Vec<(String, Entry)>, now: Timestamp) -> Vec<Open> {
    let open = |(run, entry): (String, Entry)| {
        let reason = may_still_come(systems.portal, &entry, now)?;
        Some(Open { run, entry, reason })
    };
    entries.into_iter().filter_map(open).collect()
}

/// Returns the announcements, with those of a time that is still to come dated anew: the clock was set back since, and
/// they must hold no person for longer than others do.
fn dated(state: &State, mut entries: Vec<(String, Entry)>) -> Result<Vec<(String, Entry)>> {
    let now = state.clock().now();
    for (run, entry) in entries.iter_mut().filter(|(_, entry)| entry.at > now) {
        state.redate(run, entry.seq, now)?;
        entry.at = now;
    }
    Ok(entries)
}

/// Returns why it may still be carried out, if it may and would be there twice if it were made again.
fn may_still_come(system: &dyn WriteRecords, entry: &Entry, now: Timestamp) -> Option<String> {
    let until = entry.at.checked_add(system.in_flight()).unwrap_or(Timestamp::MAX);
    let noun = entry.change.record.kind.noun();
    let what = if check::creates(&entry.change) { "make the new" } else { "change the" };
    (now < until && may_double(system, &entry.change)).then(|| {
        // To the next second, after which it is true.
        let until = until.checked_add(Duration::from_secs(1)).unwrap_or(until);
        format!("the service may still {what} {noun}, until {}", until.strftime("%H:%M:%S UTC"))
    })
}

/// The records of open changes as they are now.
struct Seen<'a> {
    system: &'a dyn WriteRecords,
    now: Timestamp,
    records: BTreeMap<Id, Current>,
    found: Vec<Current>,
}

impl<'a> Seen<'a> {
    fn look(
        systems: Systems<'a>,
        state: &State,
        kind: RecordKind,
        company: &Id,
        entries: &[(String, Entry)],
    ) -> Result<Self> {
        let system = systems.of(kind.side());
        // Taken before the look: what it does not find could still come until then.
        let now = state.clock().now();
        let changes: Vec<&Change> = entries.iter().map(|(_, entry)| &entry.change).collect();
        let ids: Vec<Id> = changes.iter().filter_map(|change| change.record.id.clone()).collect();
        let new: Vec<&Change> = changes.into_iter().filter(|change| check::creates(change)).collect();
        Ok(Self {
            system,
            now,
            records: reread(system, state, kind, company, &ids)?,
            found: if new.is_empty() { Vec::new() } else { system.find(kind, company, &keys(&new))? },
        })
    }

    /// What became of a change that was announced.
    ///
    /// # Errors
    /// Why that cannot be told, where acting on a guess could make a record twice, or where an old reading proves
    /// nothing yet. Any other change of an existing record can be told: writing the same values again does no harm.
    fn verdict(&self, entry: &Entry) -> Result<(Settlement, Option<Id>, &'static str), String> {
        let change = &entry.change;
        let comes = || may_still_come(self.system, entry, self.now).map_or(Ok(()), Err);
        if check::creates(change) {
            return match check::made(change, &self.found).as_slice() {
                [] => comes().map(|()| (Settlement::Failed, None, "the run died before the record was made")),
                [one] => Ok((Settlement::Done, Some(one.id.clone()), "the run died, the record is there")),
                // Which one it is, no later look tells. Nothing is made beside them: planning links one of them by what
                // it stores, or asks a person.
                _ => comes().map(|()| {
                    (Settlement::Failed, None, "the run died, and several records could be the one it made")
                }),
            };
        }
        let current = change.record.id.as_ref().and_then(|id| self.records.get(id));
        Ok(match current.map(|current| check::missing(change, &Fields::new(), current)) {
            None => (Settlement::Failed, None, "the run died, and the record is gone"),
            Some(None) if check::leaves_a_trace(change, &Fields::new()) => {
                (Settlement::Done, change.record.id.clone(), "the run died, the record holds it")
            }
            Some(Some(_))
                if change.record.kind.is_eventually_consistent()
                    && self.now.duration_since(entry.at) < LAG =>
            {
                return Err(format!(
                    "365 may still show the older values, for {} minutes after a write",
                    LAG.as_mins()
                ));
            }
            Some(_) => {
                comes()?;
                (Settlement::Failed, None, "the run died, and the record does not hold it")
            }
        })
    }
}
