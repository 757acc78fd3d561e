//! What a run leaves to the next one because it is expensive to read: field values, and how many requests they
//! have cost in the last hour. Kept also where the run fails.

use std::sync::Arc;

use jiff::Timestamp;

use crate::error::Result;
use crate::http::Http;
use crate::state::{KeptFields, State};

/// Keeps values and counts in the state, at the latest when it is dropped.
pub(super) struct Keeping {
    state: Arc<State>,
    fields: Arc<KeptFields>,
    http: Http,
}

impl Keeping {
    /// Keeps what comes into `fields`, and counts the requests of earlier runs in the limits of the services of
    /// `http`, which must be in use by now.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn begin(state: &Arc<State>, fields: Arc<KeptFields>, http: &Http) -> Result<Self> {
        http.recall(&state.calls(Timestamp::now())?);
        Ok(Self { state: Arc::clone(state), fields, http: http.clone() })
    }

    /// Writes down what is new.
    ///
    /// # Errors
    /// A state that cannot be written.
    pub(super) fn save(&self) -> Result<()> {
        self.state.add_calls(&self.http.spent(), Timestamp::now())?;
        self.fields.save()
    }
}

impl Drop for Keeping {
    fn drop(&mut self) {
        if let Err(error) = self.save() {
            tracing::warn!("{error}");
        }
    }
}
