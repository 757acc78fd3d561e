//! What a run leaves to the next one because it is expensive to read: field values, and where they are so expensive that
//! an hour does not allow for all, how many requests the last hour has seen. Kept also where the run fails.

use std::sync::Arc;

use jiff::Timestamp;

use crate::error::Result;
use crate::http::Http;
use crate::state::{KeptFields, State};

/// Keeps values and counts in the state, at the latest when it is dropped.
pub(super) struct Keeping {
    state: Arc<State>,
    fields: Arc<KeptFields>,
    /// Where requests are counted from one run to the next.
    counted: Option<Http>,
}

impl Keeping {
    /// Keeps what comes into `fields`.
    pub(super) fn begin(state: &Arc<State>, fields: Arc<KeptFields>) -> Self {
        Self { state: Arc::clone(state), fields, counted: None }
    }

    /// Counts the requests of earlier runs in the limits of the services of `http`, which must be in use by now, and
    /// lets the next run count those of this one.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn counting(mut self, http: &Http) -> Result<Self> {
        http.recall(&self.state.calls(Timestamp::now())?);
        self.counted = Some(http.clone());
        Ok(self)
    }

    /// Writes down what is new.
    ///
    /// # Errors
    /// A state that cannot be written.
    pub(super) fn save(&self) -> Result<()> {
        if let Some(http) = &self.counted {
            self.state.add_calls(&http.spent(), Timestamp::now())?;
        }
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
