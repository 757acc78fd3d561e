//! How long a run waits for what another one holds, and what it says of itself to those that wait for it.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::{holder, trouble};
use crate::error::Result;

/// The longest time that one process waits for another one's commit.
const PATIENCE: Duration = Duration::from_secs(20);

/// The time that is left for ending what has begun, however late it is.
const GRACE: Duration = Duration::from_secs(5);

/// The time that a process has that is about to end.
const BRIEF: Duration = Duration::from_secs(2);

/// How often a lock of the system is tried while another process has it.
const TURN: Duration = Duration::from_millis(2);

/// How a run waits.
#[derive(Debug, Clone, Default)]
pub struct Waiting {
    /// Who runs it, where, since when, with which command and as which process.
    pub holder: String,
    /// When the run must be over.
    pub until: Option<Instant>,
}

impl Waiting {
    /// Returns a wait that is over at once.
    pub fn not_at_all() -> Self {
        Self { holder: String::new(), until: Some(Instant::now()) }
    }

    /// Returns a short wait, for a process that is about to end.
    pub fn briefly() -> Self {
        Self { holder: String::new(), until: Some(Instant::now() + BRIEF) }
    }

    /// Returns how long to wait before the first change: not beyond the end of the run.
    pub(super) fn patience(&self) -> Duration {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        self.until.map_or(PATIENCE, |until| left(until).min(PATIENCE))
    }

    /// Returns how long to wait for a change: what has begun is ended even when the time of the run is over.
    pub(super) fn patience_of_a_change(&self) -> Duration {
        self.patience().max(GRACE)
    }

    /// Locks `file`, the turn to open the state in `path`, and leaves this run's name [beside it](holder).
    ///
    /// Closing the file releases it.
    ///
    /// # Errors
    /// [`crate::error::Kind::Locked`] when another process keeps it for too long, with the name that it left.
    pub(super) fn take_turn(&self, file: File, path: &Path) -> Result<File> {
        let end = Instant::now() + self.patience();
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) if Instant::now() < end => thread::sleep(TURN),
                Err(TryLockError::WouldBlock) => {
                    // It is refused, whether the holder is known or not.
                    let holder = holder::read(path);
                    let holder = holder.lines().next().map(ToOwned::to_owned).filter(|line| !line.is_empty());
                    return Err(trouble::in_use(path, holder.as_slice()));
                }
                Err(TryLockError::Error(error)) => return Err(trouble::unusable(path, error)),
            }
        }
        // The name serves those who wait. A full disk is found by the database itself.
        let _ = holder::write(path, &format!("{}\n", holder::one_line(&self.holder)));
        Ok(file)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;
    use std::fs::OpenOptions;

    fn open(path: &Path) -> File {
        OpenOptions::new().read(true).append(true).create(true).open(path).expect("a writable folder")
    }

    #[test]
    fn a_turn_that_another_process_keeps_is_refused_with_its_name_and_free_once_it_is_gone() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state.opening");
        let by = |holder: &str| Waiting { holder: holder.to_owned(), until: Some(Instant::now()) };
        let held = by("run 1, `crsync sync`, begun by ann").take_turn(open(&path), &path).expect("free");
        let error = by("run 2").take_turn(open(&path), &path).expect_err("taken");
        assert_eq!(error.kind(), Kind::Locked);
        assert!(error.message().ends_with(" is in use by run 1, `crsync sync`, begun by ann"), "{error}");
        drop(held);
        by("run 3").take_turn(open(&path), &path).expect("free again");
    }

    #[test]
    fn no_wait_reaches_beyond_the_end_of_the_run_but_what_has_begun_is_ended() {
        let late = Waiting::not_at_all();
        assert_eq!((late.patience(), late.patience_of_a_change()), (Duration::ZERO, GRACE));
        assert_eq!(Waiting::default().patience(), PATIENCE);
        assert!((Duration::from_millis(1)..=BRIEF).contains(&Waiting::briefly().patience()));
        let far = Waiting { until: Some(Instant::now() + Duration::from_secs(3600)), ..Waiting::default() };
        assert_eq!(far.patience(), PATIENCE);
    }
}
