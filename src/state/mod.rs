//! What survives a run: the journal, the memory that the next run plans with, field values that are expensive to
//! read, pictures, and the locks that keep two runs apart. All of it is one database file, a few lock files and a
//! folder of pictures in one private folder.
//!
//! Losing it is harmless to the services: people are then linked by evidence alone, and guards count as they do
//! on a first run.

mod ages;
mod calls;
mod clock;
mod fields;
mod folder;
mod history;
mod journal;
mod lock;
mod memory;
mod pictures;
mod pins;
mod recent;
mod requests;
mod schema;
#[cfg(test)]
mod tests;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use ages::Ages;
pub use calls::Calls;
pub use clock::Clock;
pub use fields::KeptFields;
pub use folder::{folder, own_folder};
pub use lock::{Client, Locks};
pub use memory::Remembered;
pub use pictures::PictureReading;
pub use pins::{PinReading, passing_marker};
pub use recent::{LAG, RecentWrite};
pub use requests::KnownRequest;

use crate::error::{Error, Kind, Result};

/// The state of one realm: one PSA and one portal, whose ids mean nothing elsewhere.
#[derive(Debug)]
pub struct State {
    db: Mutex<Connection>,
    path: PathBuf,
    realm: String,
    clock: Clock,
}

impl State {
    /// Opens the state at `path` for `realm`, and makes it where there is none.
    ///
    /// # Errors
    /// [`Kind::State`] when it cannot be made or read, or was written by a newer version.
    pub fn open(path: &Path, realm: &str) -> Result<Self> {
        let db = Mutex::new(schema::open(path)?);
        Ok(Self { db, path: path.to_owned(), realm: realm.to_owned(), clock: Clock::default() })
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn timed_by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Returns the clock of the run.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// The state at `path`, if there is any.
    ///
    /// # Errors
    /// The same as [`open`](Self::open).
    pub fn look(path: &Path, realm: &str) -> Result<Option<Self>> {
        if path.exists() { Self::open(path, realm).map(Some) } else { Ok(None) }
    }

    /// Reads from the database.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        work(&self.db()).map_err(|error| schema::unusable(&self.path, error))
    }

    /// Changes the database in one transaction, which is on disk when this returns, or did not happen.
    fn change<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let mut db = self.db();
        let change = || -> rusqlite::Result<T> {
            let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        change().map_err(|error| schema::unusable(&self.path, error))
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the id of a run that begins at `started`: the time, by which runs stand in order, and 128 random bits, by which no
/// two are the same.
///
/// # Errors
/// [`Kind::State`] when the system gives no randomness.
pub fn run_id(started: Timestamp) -> Result<String> {
    let bits = u128::from_be_bytes(random()?);
    Ok(format!("{}-{bits:032x}", started.strftime("%Y%m%dT%H%M%SZ")))
}

/// Returns bytes that cannot be guessed.
fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| Error::new(Kind::State, "the system gives no randomness"))?;
    Ok(bytes)
}

/// Forgets the state at `path`, its helper files and pictures included; none there is as good.
///
/// # Errors
/// What the operating system says when a file is there and cannot be removed.
pub fn forget(path: &Path) -> io::Result<()> {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    for file in [path.to_owned(), beside("-wal"), beside("-shm"), path.with_extension(schema::OPENING)] {
        gone(fs::remove_file(file))?;
    }
    pictures::forget(path)
}

/// What was not there is as good as removed.
fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Makes `folder` where it is missing, for its owner alone.
fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
