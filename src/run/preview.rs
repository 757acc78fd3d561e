//! A run that writes to no service: the systems opened, what earlier runs left, and what is read and planned with it.

use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::connection::Connection;
use super::front::Progress;
use super::read::{self, Planned};
use super::session::Session;
use super::{memory, notices};
use crate::calls::Requests;
use crate::fetch::Fetched;
use crate::model::Looks;
use crate::plan::{Memory, Outcome, Unread};
use crate::reconcile::{Company, Input, Linked};
use crate::side::PictureStore;
use crate::state::State;

/// A run that writes to no service.
#[allow(missing_debug_implementations)] // systems have none
pub struct Preview<'a> {
    session: &'a Session,
    companies: Vec<Arc<Company>>,
    state: Option<Arc<State>>,
    connection: Connection,
    memory: Memory,
}

/// What was read, and when.
#[derive(Debug)]
pub struct Seen {
    /// When it was read.
    pub now: Timestamp,
    fetched: Fetched,
}

impl<'a> Preview<'a> {
    /// Opens the systems and the state of earlier runs, to read `companies`.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub fn open(session: &'a Session, companies: Vec<Arc<Company>>) -> Result<Self> {
        let state = session.state()?;
        let connection = Connection::open(session, state.as_ref())?;
        let memory = memory::to_show(&session.config, state.as_deref(), &companies, &connection)?;
        Ok(Self { session, companies, state, connection, memory })
    }

    /// Reads the companies and plans them.
    ///
    /// # Errors
    /// A deadline that passed before everything was read, or a trace that was not written whole.
    pub fn plan(&self, front: &mut dyn Progress) -> Result<Planned> {
        let state = self.state.as_deref();
        let planned = read::plan(self.session, &self.companies, &self.connection, &self.memory, state, front);
        self.finish(front)?;
        planned
    }

    /// Reads the companies. [`finish`](Self::finish) is called when nothing more is asked.
    ///
    /// # Errors
    /// A deadline that passed before everything was read.
    pub fn read(&self, front: &dyn Progress) -> Result<Seen> {
        let state = self.state.as_deref();
        let fetched = read::read(self.session, &self.companies, &self.connection, state, front);
        // The trace ends whole, whatever went wrong.
        let fetched = fetched.or_else(|error| {
            self.connection.finish()?;
            Err(error)
        })?;
        Ok(Seen { now: Timestamp::now(), fetched })
    }

    /// Looks at each 365 user who seems to have left.
    pub fn looks(&self, linked: &Linked<'_>) -> Looks {
        self.connection.looks(linked)
    }

    /// Ends the trace, keeps what the next run can use, and passes on which rows of the state could not be read.
    ///
    /// # Errors
    /// When that is not possible.
    pub fn finish(&self, front: &mut dyn Progress) -> Result<()> {
        self.connection.finish()?;
        notices::broken_rows(self.state.as_deref(), front)
    }

    /// Returns everything that is concluded from.
    pub fn input<'s>(&'s self, seen: &'s Seen) -> Input<'s> {
        read::input(&self.session.config, &seen.fetched, &self.memory, seen.now)
    }

    /// Returns the pictures that earlier runs kept.
    pub fn pictures(&self) -> Option<Arc<dyn PictureStore>> {
        self.state.clone().map(|state| state as Arc<dyn PictureStore>)
    }

    /// Returns the requests so far, by service.
    pub fn requests(&self) -> Vec<Requests> {
        self.connection.requests()
    }

    /// Returns whether the time of the run is over.
    pub fn is_late(&self) -> bool {
        self.connection.is_late()
    }

    /// Passes on what could not be read of a plan's companies.
    ///
    /// # Errors
    /// When it cannot be passed on.
    pub fn tell_unread_of(&self, outcome: &Outcome, front: &mut dyn Progress) -> Result<()> {
        let psa = self.session.config.capabilities.name;
        notices::unread_of(outcome, psa, self.session.options.redact, front)
    }

    /// Passes on what could not be read of each company.
    ///
    /// # Errors
    /// When it cannot be passed on.
    pub fn tell_unread<'u>(
        &self,
        companies: impl Iterator<Item = (&'u str, &'u [Unread])>,
        front: &mut dyn Progress,
    ) -> Result<()> {
        let psa = self.session.config.capabilities.name;
        notices::unread(companies, psa, self.session.options.redact, front)
    }
}
