//! Carries out a plan: every record is looked at just before it is written, announced in the journal, written
//! once, looked at again, and settled in the journal.
//!
//! Companies go side by side, and within one so do changes that depend on no other, as many as the service takes from
//! all companies together. Where one depends on another, and in the journal, the plan's order holds. No failure stops
//! anything but what depends on it, and a service that refuses the credentials, asks to slow down for long, or is gone.

mod after;
mod check;
mod company;
mod cost;
mod found;
mod journal;
mod line;
mod remember;
mod send;
mod settle;
#[cfg(test)]
mod tests;
mod unclear;
mod undo;
mod waits;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

pub use cost::cost;
pub use remember::remember;
pub use settle::{Open, in_flight, settle};
pub use unclear::unclear;
pub use undo::undo;

use crate::error::{Kind, Result};
use crate::model::{Id, RecordKind, Side};
use crate::plan::{Change, CompanyPlan, Halt, Settlement};
use crate::side::{Current, WriteRecords, try_each};
use crate::state::State;
use line::{Gate, Pass};

/// Companies that are worked on at the same time. Each mostly waits for answers; how many requests a service
/// gets at once is its own limit.
const COMPANIES_AT_ONCE: usize = 8;

/// Whether a change would be there twice if it were carried out twice.
fn may_double(system: &dyn WriteRecords, change: &Change) -> bool {
    let kind = change.record.kind;
    check::creates(change) || change.fields.iter().any(|field| system.adds(kind, field.field))
}

/// These records as they are now. What crsync wrote itself a short while ago replaces the older values
/// that a reading may still show.
fn reread(
    system: &dyn WriteRecords,
    state: &State,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut found = system.reread(kind, company, ids)?;
    if kind.is_eventually_consistent() {
        for write in state.recent_writes(state.clock().now())? {
            if let Some(current) = found.get_mut(&write.user) {
                write.make_up_for(&mut current.fields);
            }
        }
    }
    Ok(found)
}

/// Connections that fail one after the other before a service is taken for gone.
const GONE: usize = 3;

/// The systems that are written.
#[derive(Clone, Copy)]
pub struct Systems<'a> {
    /// Writes the PSA.
    pub psa: &'a dyn WriteRecords,
    /// Writes the portal.
    pub portal: &'a dyn WriteRecords,
    /// Writes 365 tenants.
    pub tenants: &'a dyn WriteRecords,
}

impl<'a> Systems<'a> {
    /// The system of a side.
    fn of(self, side: Side) -> &'a dyn WriteRecords {
        match side {
            Side::Psa => self.psa,
            Side::Portal => self.portal,
            Side::Tenant => self.tenants,
        }
    }

    /// The changes of a company in the groups whose records are looked at together.
    fn groups(self, changes: &[Change]) -> Vec<&[Change]> {
        check::groups(changes, |kind| self.of(kind.side()).together(kind))
    }
}

/// Hears how far the applying is. Called from several threads.
pub trait Progress: Sync {
    /// So many changes will be made.
    fn expect(&self, changes: usize);
    /// One of them is settled.
    fn settled(&self, how: Settlement);
}

/// Applies the changes of `companies` as the run `run`, whose header is in the journal. `halt` is asked before
/// every write. Says what stopped it, if something did while there was more to do.
///
/// # Errors
/// `Kind::State` when the journal cannot be written: then nothing more is.
pub fn apply(
    systems: Systems<'_>,
    state: &State,
    run: &str,
    companies: &[CompanyPlan],
    halt: &(dyn Fn() -> Option<Halt> + Sync),
    progress: &dyn Progress,
) -> Result<Option<Halt>> {
    let busy: Vec<&CompanyPlan> = companies.iter().filter(|company| !company.changes.is_empty()).collect();
    progress.expect(busy.iter().map(|company| company.changes.len()).sum());
    let kinds = busy.iter().flat_map(|company| &company.changes).map(|change| change.record.kind);
    let gate = |kind: RecordKind| (kind, Gate::new(systems.of(kind.side()).at_once(kind)));
    let work = Work {
        systems,
        state,
        run,
        halt,
        progress,
        gates: kinds.collect::<BTreeSet<_>>().into_iter().map(gate).collect(),
        halted: Mutex::default(),
        trouble: Mutex::default(),
        late: AtomicBool::new(false),
        broken: AtomicBool::new(false),
    };
    try_each(&busy, COMPANIES_AT_ONCE, |company| {
        if work.is_over() {
            return Ok(());
        }
        // The other companies that are being worked on stop as well.
        company::apply(&work, company).inspect_err(|_| work.broken.store(true, Ordering::Relaxed))
    })?;
    let late = work.late.into_inner().then_some(Halt::Deadline);
    Ok(work.halted.into_inner().unwrap_or_else(PoisonError::into_inner).or(late))
}

/// What all companies of a run share.
struct Work<'a> {
    systems: Systems<'a>,
    state: &'a State,
    run: &'a str,
    halt: &'a (dyn Fn() -> Option<Halt> + Sync),
    progress: &'a dyn Progress,
    /// What lets as many writes of each kind through as its service takes.
    gates: BTreeMap<RecordKind, Gate>,
    /// What kept a change from being begun.
    halted: Mutex<Option<Halt>>,
    trouble: Mutex<BTreeMap<Side, Trouble>>,
    /// Whether a service had no room before the deadline.
    late: AtomicBool,
    /// Whether the journal cannot be written any more.
    broken: AtomicBool,
}

/// What went wrong with a service.
#[derive(Default)]
struct Trouble {
    /// Connections that failed one after the other.
    lost: usize,
    /// Writes that may not be repeated and were answered with a wish to slow down, one after the other.
    slow: usize,
    /// Why nothing more is sent to it.
    given_up: Option<String>,
}

impl Work<'_> {
    /// Whether no further write may begin; asked only where there is one to begin.
    fn is_over(&self) -> bool {
        let mut halted = self.halted.lock().unwrap_or_else(PoisonError::into_inner);
        if halted.is_none() {
            *halted = (self.halt)();
        }
        halted.is_some() || self.broken.load(Ordering::Relaxed)
    }

    /// Waits for a place at the service for a write of this kind; `None` if the plan has none.
    fn place(&self, kind: RecordKind) -> Option<Pass<'_>> {
        self.gates.get(&kind).map(Gate::enter)
    }

    /// Takes note of how a call to a service went; `is_once` says whether it may not be repeated.
    fn went<T>(&self, side: Side, is_once: bool, outcome: &Result<T>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        let trouble = trouble.entry(side).or_default();
        let Err(error) = outcome else {
            (trouble.lost, trouble.slow) = (0, 0);
            return;
        };
        // There is no time left for this service; others may have room earlier.
        if error.kind() == Kind::Deadline {
            self.late.store(true, Ordering::Relaxed);
            trouble.given_up.get_or_insert_with(|| error.message().to_owned());
        }
        // What may be repeated was repeated before it came to this.
        trouble.slow += usize::from(is_once && error.kind() == Kind::Throttled && error.may_be_done());
        if (1..GONE).contains(&trouble.slow) && error.kind() == Kind::Throttled {
            return;
        }
        trouble.lost = if error.kind() == Kind::Network { trouble.lost + 1 } else { 0 };
        // Going on after wrong credentials locks accounts.
        if matches!(error.kind(), Kind::Auth | Kind::Throttled) || trouble.lost >= GONE {
            trouble.given_up.get_or_insert_with(|| error.message().to_owned());
        }
    }

    /// Why nothing more is sent to a service, if so.
    fn given_up(&self, change: &Change) -> Option<String> {
        let trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.get(&change.record.kind.side())?.given_up.clone()
    }
}
