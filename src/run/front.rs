//! What a run needs of the front end that started it.

use std::sync::Arc;

use anyhow::Result;

use super::meter::Meter;
use crate::calls::Requests;
use crate::error::Kind;
use crate::plan::{Plan, Purpose};
use crate::state::State;
use crate::{apply, fetch};

/// Hears what goes on in a run.
pub trait Progress {
    /// Passes something on that a person should know.
    ///
    /// # Errors
    /// When it cannot be passed on.
    fn notice(&mut self, notice: Notice) -> Result<()>;

    /// Hears that a run has begun.
    fn begun(&mut self, begun: Begun);

    /// Returns what hears how far the reading is; it is dropped when the reading is over.
    fn reading(&self, meter: Meter) -> Box<dyn fetch::Progress>;

    /// Returns what hears how far the applying is; it is dropped when the applying is over.
    fn applying(&self, meter: Meter) -> Box<dyn apply::Progress>;
}

/// A run that has begun, and the state that keeps its journal.
#[derive(Debug, Clone)]
pub struct Begun {
    /// The run's id.
    pub run: String,
    /// The state.
    pub state: Arc<State>,
}

/// Decides whether a plan is applied.
pub trait Consent {
    /// Shows a plan before anything else is done with it.
    ///
    /// # Errors
    /// When it cannot be shown.
    fn show(&mut self, proposal: &Proposal<'_>) -> Result<()>;

    /// Asks whether to apply a plan.
    ///
    /// # Errors
    /// When no answer can come.
    fn agrees(&mut self, proposal: &Proposal<'_>) -> Result<bool>;
}

/// Everything that a run needs of its front end.
pub trait Front: Progress + Consent {}

impl<T: Progress + Consent> Front for T {}

/// A plan that may be applied.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'a> {
    /// The plan, without the guards that were lifted.
    pub plan: &'a Plan,
    /// What it is for.
    pub purpose: &'a Purpose,
    /// How many changes it would make.
    pub pending: usize,
    /// Whether a person has to agree to it.
    pub must_ask: bool,
    /// Requests so far, by service.
    pub requests: &'a [Requests],
    /// The PSA's name.
    pub psa: &'static str,
}

/// How grave a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It keeps nothing from being done.
    Warning,
    /// Something is not done, or is not known.
    Error,
}

/// Something that a person should know, and that does not end the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// How grave it is.
    pub level: Level,
    /// What it is.
    pub message: String,
    /// What to do next.
    pub next: Option<String>,
    /// The kind of trouble and the side it is about, where something could not be read.
    pub unread: Option<(Kind, String)>,
}

impl Notice {
    /// Makes a warning.
    pub fn warning(message: impl Into<String>, next: Option<String>) -> Self {
        Self { level: Level::Warning, message: message.into(), next, unread: None }
    }

    /// Makes a notice of something that is wrong.
    pub fn error(message: impl Into<String>, next: Option<String>) -> Self {
        Self { level: Level::Error, ..Self::warning(message, next) }
    }
}
