//! What became of changes that were sent.

use std::collections::BTreeMap;

use super::found::keys;
use super::{check, may_double, reread};
use crate::error::{Error, Kind, Result};
use crate::model::{Fields, Id, RecordKind};
use crate::plan::{Change, Reason, Settlement};
use crate::side::{Current, WriteRecords, Written};
use crate::state::State;

/// A change that was sent.
pub(super) struct Sent<'a> {
    pub(super) change: &'a Change,
    /// What was written, PINs included.
    pub(super) wanted: Fields,
    pub(super) seq: u64,
    pub(super) answer: Result<Written>,
    pub(super) millis: u64,
}

/// Records as they are after the changes of one group were sent.
pub(super) struct After {
    pub(super) records: Result<BTreeMap<Id, Current>>,
    found: Result<Vec<Current>>,
}

/// What became of a change: how, the record's id, and what else there is to say.
type Verdict = (Settlement, Option<Id>, Option<Reason>);

impl After {
    /// Looks at every record whose answer does not show it, and searches for those of which no id is known.
    pub(super) fn look(system: &dyn WriteRecords, state: &State, sent: &[Sent<'_>]) -> Self {
        let place = |sent: &Sent<'_>| -> (RecordKind, Id) {
            (sent.change.record.kind, sent.change.record.company.clone())
        };
        let Some((kind, company)) = sent.first().map(place) else {
            return Self { records: Ok(BTreeMap::new()), found: Ok(Vec::new()) };
        };
        let id = |sent: &Sent<'_>| match &sent.answer {
            Ok(Written { shown: Some(_), .. }) => None,
            Ok(written) => Some(written.id.clone()),
            Err(_) => sent.change.record.id.clone(),
        };
        let ids: Vec<Id> = sent.iter().filter_map(id).collect();
        let records = reread(system, state, kind, &company, &ids);
        let is_lost = |sent: &&Sent<'_>| match &sent.answer {
            Err(_) => true,
            Ok(Written { shown: Some(shown), .. }) => {
                check::missing(sent.change, &sent.wanted, shown).is_some()
            }
            Ok(written) => match records.as_ref().map(|records| records.get(&written.id)) {
                Ok(Some(current)) => check::missing(sent.change, &sent.wanted, current).is_some(),
                Ok(None) => true,
                Err(_) => false,
            },
        };
        let lost: Vec<&Change> = sent
            .iter()
            .filter(is_lost)
            .map(|sent| sent.change)
            .filter(|change| check::creates(change))
            .collect();
        let found = if lost.is_empty() { Ok(Vec::new()) } else { system.find(kind, &company, &keys(&lost)) };
        Self { records, found }
    }

    /// What became of a change; `None` if that cannot be seen, or if what is not there may still come.
    pub(super) fn verdict(
        &self,
        system: &dyn WriteRecords,
        change: &Change,
        wanted: &Fields,
        answer: &Result<Written>,
    ) -> Option<Verdict> {
        let (id, shown) = match answer {
            Ok(Written { id, shown: Some(shown), .. }) => (Some(id), Some(shown)),
            Ok(written) => (Some(&written.id), self.records.as_ref().ok()?.get(&written.id)),
            Err(_) => match &change.record.id {
                Some(id) => (Some(id), self.records.as_ref().ok()?.get(id)),
                None => (None, None),
            },
        };
        let missing = shown.map(|current| check::missing(change, wanted, current));
        let is_lost = answer.is_err();
        if let Some(error) = answer.as_ref().err().filter(|error| error.is_harm()) {
            return Some((Settlement::Failed, id.cloned(), Some(Reason::of(error))));
        }
        if missing == Some(None) && (!is_lost || check::leaves_a_trace(change, wanted)) {
            return Some((
                Settlement::Done,
                id.cloned(),
                is_lost.then(|| "the answer was lost, the record holds it".into()),
            ));
        }
        if let Some(error) = answer.as_ref().err().filter(|error| error.kind() == Kind::Stale) {
            return Some((Settlement::Stale, None, Some(Reason::of(error))));
        }
        if check::creates(change) {
            return self.made(change, wanted, answer);
        }
        let detail = match (answer, missing.flatten()) {
            // It may be there although an old reading does not show it: the next run looks again.
            (Err(error), _) if change.record.kind.is_eventually_consistent() && is_unsure(error) => {
                return None;
            }
            // It may be on its way, and would be there twice if it were written again.
            (Err(error), _) if may_double(system, change) && error.may_be_done() => return None,
            (Err(error), _) => Reason::of(error),
            (Ok(_), Some(field)) => {
                format!("the service said yes, but the record does not show the new {field}").into()
            }
            (Ok(_), None) => "the service said yes, but the record is not there".into(),
        };
        // The id says that something of it was written.
        let in_part = shown.is_some_and(|current| check::holds_some(change, current));
        Some((Settlement::Failed, id.filter(|_| in_part).cloned(), Some(detail)))
    }

    /// What became of a new record whose answer did not prove it.
    fn made(&self, change: &Change, wanted: &Fields, answer: &Result<Written>) -> Option<Verdict> {
        let found = check::made(change, self.found.as_ref().ok()?);
        // One search a moment later proves nothing: the service may still be at work.
        if found.is_empty() && answer.as_ref().is_err_and(Error::may_be_done) {
            return None;
        }
        let why = match answer {
            Err(error) => Reason::of(error),
            Ok(_) => "the service said yes, but the record is not there as it should be".into(),
        };
        Some(match found.as_slice() {
            [] => (Settlement::Failed, None, Some(why)),
            [one] if check::missing(change, wanted, one).is_none() => (
                Settlement::Done,
                Some(one.id.clone()),
                Some("the answer was lost, the record is there".into()),
            ),
            [one] => (Settlement::Failed, Some(one.id.clone()), Some(why.within("made in part"))),
            _ => (Settlement::Failed, None, Some(why.within("several records could be the new one"))),
        })
    }
}

/// Whether it is unknown if the service carried out the request.
fn is_unsure(error: &Error) -> bool {
    error.sent() > 0
        && match error.kind() {
            // It was cut off while one was on its way, or before the next.
            Kind::Deadline | Kind::Interrupted => true,
            // The last one was turned away; one before it may have been carried out.
            Kind::Throttled => error.sent() > 1,
            _ => error.can_retry(),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_knows_what_became_of_what_may_have_arrived() {
        for (kind, sent, expected) in [
            (Kind::Network, 1, true),
            (Kind::Network, 0, false),
            (Kind::Deadline, 1, true),
            (Kind::Interrupted, 1, true),
            (Kind::Interrupted, 0, false),
            (Kind::Throttled, 1, false),
            (Kind::Throttled, 2, true),
            (Kind::Permission, 1, false),
        ] {
            let error = Error::new(kind, "it failed").attempts(sent);
            assert_eq!(is_unsure(&error), expected, "{kind:?} after {sent}");
        }
    }
}
