//! Changes that a run announced and that the journal cannot read any more: as long as a service may carry one out, or may
//! not show it yet, nothing is planned for its company. After that what the services hold says all there is to know.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

use super::Systems;
use crate::error::Result;
use crate::model::Side;
use crate::plan::{Settled, Settlement};
use crate::state::{LAG, State};

/// Returns the companies of which nothing can be planned, by the name that the journal gives them, with the reason. Where
/// `by` is the run that asks, changes that can no longer be carried out are settled as failed.
///
/// # Errors
/// `Kind::State` when the journal cannot be read or written.
pub fn unclear(systems: Systems<'_>, state: &State, by: Option<&str>) -> Result<BTreeMap<String, String>> {
    let now = state.clock().now();
    let lag = Duration::try_from(LAG).unwrap_or_default();
    let sides = [Side::Psa, Side::Portal, Side::Tenant].map(|side| systems.of(side).in_flight());
    let longest = sides.into_iter().fold(lag, Duration::max);
    let mut companies = BTreeMap::new();
    for change in state.unreadable(now.checked_sub(longest).unwrap_or(Timestamp::MIN))? {
        let mut at = change.at;
        if at > now {
            // The clock was set back since, or the time is nonsense: it holds no company for longer than others do.
            at = now;
            if by.is_some() {
                state.redate(&change.run, change.seq, now)?;
            }
        }
        let until = at.checked_add(longest).unwrap_or(Timestamp::MAX);
        if now < until {
            // To the next second, after which it is true.
            let until = until.checked_add(Duration::from_secs(1)).unwrap_or(until);
            let reason = format!(
                "nothing is planned: change {} of run {} cannot be read in the journal, and its outcome may not show until {}",
                change.seq,
                change.run,
                until.strftime("%H:%M:%S UTC")
            );
            companies.entry(change.company).or_insert(reason);
        } else if let Some(by) = by.filter(|_| change.is_open) {
            let settled = Settled {
                at: now,
                how: Settlement::Failed,
                id: None,
                detail: Some(
                    "what it was to write cannot be read; no service carries it out any more".to_owned(),
                ),
                next: None,
                request_id: None,
                attempts: 0,
                millis: 0,
                by: Some(by.to_owned()),
            };
            state.give_up(&change, &settled)?;
        }
    }
    Ok(companies)
}
