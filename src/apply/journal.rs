//! What the journal is told of one company's changes: announced before they are sent, settled after.

use std::sync::atomic::Ordering;

use super::Work;
use super::waits::Made;
use crate::error::{Error, Kind, Result};
use crate::model::Id;
use crate::plan::{Change, CompanyPlan, Reason, Settled, Settlement};

/// One company's part of the journal, and what later changes need of earlier ones.
pub(super) struct Journal<'a> {
    work: &'a Work<'a>,
    company: &'a CompanyPlan,
    made: Made,
}

impl<'a> Journal<'a> {
    pub(super) fn new(work: &'a Work<'a>, company: &'a CompanyPlan) -> Self {
        Self { work, company, made: Made::default() }
    }

    /// Returns those of `changes` that can be made now, and closes the others.
    pub(super) fn ready(&mut self, changes: &[Change]) -> Result<Vec<Change>> {
        let mut ready = Vec::new();
        for change in changes {
            match self.made.ready(change, self.company) {
                Ok(change) => ready.push(change),
                Err((how, why)) => self.close(change, how, None, why)?,
            }
        }
        Ok(ready)
    }

    /// Announces a change; gives its place in the run. Where that fails, nothing more is begun anywhere.
    pub(super) fn announce(&self, change: &Change) -> Result<u64> {
        let Work { state, run, broken, .. } = self.work;
        let announced = state.announce(run, &self.company.name, change, state.clock().now());
        announced.inspect_err(|_| broken.store(true, Ordering::Relaxed))
    }

    /// Settles a change that was announced.
    pub(super) fn settle(&mut self, change: &Change, seq: u64, settled: &Settled) -> Result<()> {
        self.made.settled(change, settled.how, settled.id.as_ref());
        self.work.state.settle(self.work.run, seq, change, settled)?;
        self.work.progress.settled(settled.how);
        Ok(())
    }

    /// Announces and settles a change that is not sent.
    pub(super) fn close(
        &mut self,
        change: &Change,
        how: Settlement,
        id: Option<Id>,
        why: impl Into<Reason>,
    ) -> Result<()> {
        let at = self.work.state.clock().now();
        let seq = self.announce(change)?;
        let Reason { text, next } = why.into();
        let detail = Some(text);
        let settled =
            Settled { at, how, id, detail, next, request_id: None, attempts: 0, millis: 0, by: None };
        self.settle(change, seq, &settled)
    }

    /// Settles a change to a service that was given up.
    pub(super) fn forgo(&mut self, change: &Change, why: &str) -> Result<()> {
        let detail = format!("nothing more is sent there: {why}");
        self.close(change, Settlement::NotTried, None, detail)
    }

    /// Settles changes whose records cannot be read before them. Where there was no time to read them, they have not begun.
    pub(super) fn unseen<'c>(
        &mut self,
        changes: impl IntoIterator<Item = &'c Change>,
        error: &Error,
    ) -> Result<()> {
        if error.kind() == Kind::Deadline {
            return Ok(());
        }
        let why = || format!("it could not be looked at before: {}", error.message());
        changes.into_iter().try_for_each(|change| self.close(change, Settlement::Failed, None, why()))
    }
}
