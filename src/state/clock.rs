//! The time by which runs are dated and readings grow old.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

/// The machine's clocks, or those of a test.
#[derive(Debug, Clone, Default)]
pub struct Clock(Option<Arc<Mutex<Duration>>>);

impl Clock {
    /// Returns a clock that a test moves: its date is the machine's and what [`pass`](Self::pass) adds, and what is
    /// read grows old by that alone.
    pub fn by_hand() -> Self {
        Self(Some(Arc::default()))
    }

    /// Lets time pass.
    ///
    /// The machine's own clocks cannot be moved: nothing happens then.
    pub fn pass(&self, time: Duration) {
        if let Some(passed) = &self.0 {
            *passed.lock().unwrap_or_else(PoisonError::into_inner) += time;
        }
    }

    /// Lets a clock that a test moves show the machine's date again.
    pub fn reset(&self) {
        if let Some(passed) = &self.0 {
            *passed.lock().unwrap_or_else(PoisonError::into_inner) = Duration::ZERO;
        }
    }

    /// Returns the date.
    pub fn now(&self) -> Timestamp {
        let now = Timestamp::now();
        now.checked_add(self.passed().unwrap_or_default()).unwrap_or(now)
    }

    /// Returns the time since some moment of this process, which no change of the date moves.
    pub fn elapsed(&self) -> Duration {
        static START: OnceLock<Instant> = OnceLock::new();
        self.passed().unwrap_or_else(|| START.get_or_init(Instant::now).elapsed())
    }

    fn passed(&self) -> Option<Duration> {
        Some(*self.0.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
