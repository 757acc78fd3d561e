//! Finds out what became of changes that a run announced and did not live to settle.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::check;
use super::company::keys;
use super::{Systems, again, together};
use crate::error::Result;
use crate::model::{Current, Field, Fields, Id, RecordKind, Udf};
use crate::plan::{Change, Entry, Settled, Settlement};
use crate::state::{LAG, State};

/// A change of which nobody knows what became, even after looking.
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
    /// The ids and addresses of the people who are left alone until it is settled.
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

/// How long a request that a dead run had sent may still be on its way.
const ON_ITS_WAY: SignedDuration = SignedDuration::from_secs(5);

/// Settles what earlier runs left open in `companies` by looking at the records; `by` is the run that does.
/// Gives back what cannot be settled. A new record that was announced a moment ago and is not there yet may still
/// come: after a `pause` it is looked for once more.
///
/// # Errors
/// `Kind::State` when the journal cannot be read or written.
pub fn settle(
    systems: Systems<'_>,
    state: &State,
    companies: &[&str],
    by: &str,
    pause: fn(Duration),
) -> Result<Vec<Open>> {
    let mut places: BTreeMap<(RecordKind, Id), Vec<(String, Entry)>> = BTreeMap::new();
    for (run, entry) in state.unsettled(companies)? {
        let record = &entry.change.record;
        places.entry((record.kind, record.company.clone())).or_default().push((run, entry));
    }
    let mut open = Vec::new();
    for ((kind, company), entries) in places {
        for entries in entries.chunks(together(kind)) {
            let mut seen = Seen::look(systems, state, kind, &company, entries);
            if let Some(wait) = seen.as_ref().ok().and_then(|seen| seen.may_still_come(entries)) {
                pause(wait);
                seen = Seen::look(systems, state, kind, &company, entries);
            }
            for (run, entry) in entries {
                let verdict = seen.as_ref().map_err(|error| error.message().to_owned());
                match verdict.and_then(|seen| seen.verdict(entry)) {
                    Ok((how, id, detail)) => {
                        let settled = Settled {
                            at: Timestamp::now(),
                            how,
                            id,
                            detail: Some(detail.to_owned()),
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

/// The records of open changes as they are now.
struct Seen {
    records: BTreeMap<Id, Current>,
    found: Vec<Current>,
}

impl Seen {
    fn look(
        systems: Systems<'_>,
        state: &State,
        kind: RecordKind,
        company: &Id,
        entries: &[(String, Entry)],
    ) -> Result<Self> {
        let system = systems.of(kind.side());
        let changes: Vec<&Change> = entries.iter().map(|(_, entry)| &entry.change).collect();
        let ids: Vec<Id> = changes.iter().filter_map(|change| change.record.id.clone()).collect();
        let new: Vec<&Change> = changes.into_iter().filter(|change| check::creates(change)).collect();
        Ok(Self {
            records: again(system, state, kind, company, &ids)?,
            found: if new.is_empty() { Vec::new() } else { system.find(kind, company, &keys(&new))? },
        })
    }

    /// How long to wait for what is not there, if any was announced so shortly ago that it may come: a new record,
    /// or new values where readings lag.
    fn may_still_come(&self, entries: &[(String, Entry)]) -> Option<Duration> {
        let now = Timestamp::now();
        let missing = entries.iter().map(|(_, entry)| entry).filter(|Entry { change, .. }| {
            if check::creates(change) {
                return check::made(change, &self.found).is_empty();
            }
            let current = change.record.id.as_ref().and_then(|id| self.records.get(id));
            change.record.kind.reads_lag()
                && current.is_some_and(|current| check::missing(change, &Fields::new(), current).is_some())
        });
        // A clock that was set back since must not make anybody wait for long.
        let left = missing.map(|entry| (ON_ITS_WAY - now.duration_since(entry.at)).min(ON_ITS_WAY));
        left.max().filter(SignedDuration::is_positive).map(SignedDuration::unsigned_abs)
    }

    /// What became of a change that was announced.
    ///
    /// # Errors
    /// Why nobody can tell, where acting on a guess could make a record twice, or where an old reading proves nothing
    /// yet. Any other change of an existing record can be told: writing the same values again does no harm.
    fn verdict(&self, entry: &Entry) -> Result<(Settlement, Option<Id>, &'static str), String> {
        let change = &entry.change;
        if check::creates(change) {
            return match check::made(change, &self.found).as_slice() {
                [] => Ok((Settlement::Failed, None, "the run died before the record was made")),
                [one] => Ok((Settlement::Done, Some(one.id.clone()), "the run died, the record is there")),
                several => {
                    let ids: Vec<String> = several.iter().map(|one| one.id.to_string()).collect();
                    let noun = change.record.kind.noun();
                    Err(format!("several records could be the new {noun}: {}", ids.join(", ")))
                }
            };
        }
        let current = change.record.id.as_ref().and_then(|id| self.records.get(id));
        Ok(match current.map(|current| check::missing(change, &Fields::new(), current)) {
            None => (Settlement::Failed, None, "the run died, and the record is gone"),
            Some(None) if check::leaves_a_trace(change, &Fields::new()) => {
                (Settlement::Done, change.record.id.clone(), "the run died, the record holds it")
            }
            // A clock that was set back since must not hold anybody for long.
            Some(Some(_))
                if change.record.kind.reads_lag()
                    && Timestamp::now().duration_since(entry.at).abs() < LAG =>
            {
                return Err(format!(
                    "365 may still show the older values, for {} minutes after a write",
                    LAG.as_mins()
                ));
            }
            Some(_) => (Settlement::Failed, None, "the run died, and the record does not hold it"),
        })
    }
}
