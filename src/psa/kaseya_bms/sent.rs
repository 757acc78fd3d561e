//! How much of a write was carried out before a call of it failed.

use crate::error::{Error, Result};

/// The calls of one write that were carried out so far.
pub(super) struct Sent<'a> {
    /// How often the one was sent that was sent most often; 0 before the first.
    attempts: u32,
    /// Says that the write ended half way.
    half: &'a dyn Fn() -> String,
}

impl<'a> Sent<'a> {
    /// Returns a write of which a call was sent so often; `half` says that the write ended half way.
    pub(super) fn new(attempts: u32, half: &'a dyn Fn() -> String) -> Self {
        Self { attempts, half }
    }

    /// Returns how often the call was sent that was sent most often.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts
    }

    /// Counts a call, which is about to be made by itself: where an earlier one was carried out, the error of a later
    /// one says so, whether or not that was sent.
    ///
    /// # Errors
    /// What kept the call from being carried out.
    pub(super) fn add(&mut self, call: Result<u32>) -> Result<()> {
        self.attempts = self.attempts.max(call.map_err(|error| self.ended(error))?);
        Ok(())
    }

    /// Returns what a step that only asks says, where nothing of the write is sent by it.
    ///
    /// # Errors
    /// What kept the step from being done.
    pub(super) fn ask<T>(&self, step: Result<T>) -> Result<T> {
        step.map_err(|error| self.ended(error.unsent()))
    }

    fn ended(&self, error: Error) -> Error {
        if self.attempts == 0 { error } else { error.within((self.half)()).after(self.attempts) }
    }
}
