//! What survives a run: the journal, the memory that the next run plans with, field values that are expensive to
//! read, pictures, and the locks that keep two runs apart. All of it is one database file, a few lock files and a
//! folder of pictures in one private folder.
//!
//! Losing it is harmless to the services: people are then linked by evidence alone, and guards count as they do
//! on a first run.

mod ages;
mod begun;
mod broken;
mod calls;
mod clock;
mod fields;
mod folder;
mod history;
mod holder;
mod journal;
mod lock;
mod memory;
mod names;
mod notices;
mod pictures;
mod pins;
mod protect;
mod prune;
mod reader;
mod reason;
mod recent;
mod requests;
mod runs;
mod schema;
mod seal;
#[cfg(test)]
mod tests;
mod texts;
mod trouble;
mod unreadable;
mod waiting;

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use ring::rand::{SecureRandom as _, SystemRandom};
use rusqlite::{Connection, Transaction, TransactionBehavior};

pub use ages::Ages;
pub use begun::Dead;
pub use clock::Clock;
pub use fields::KeptFields;
pub use folder::{check_writable, folder, is_homeless, own_folder};
pub use history::EarlierChanges;
pub use lock::{Client, Locks};
pub use names::Called;
pub use pictures::PictureReading;
pub use pins::{PinReading, passing_marker};
pub use protect::{Protected, protect};
pub use recent::{LAG, RecentWrite};
pub use requests::StoredRequest;
pub use runs::Realms;
pub use unreadable::Unreadable;
pub use waiting::Waiting;

use broken::Broken;
use reader::Opened;

use crate::error::{Error, Kind, Result};
use crate::files;

/// The state of one realm: one PSA and one portal, whose ids mean nothing elsewhere.
#[derive(Debug)]
pub struct State {
    db: Mutex<Connection>,
    path: PathBuf,
    realm: String,
    realms: Realms,
    clock: Clock,
    access: Access,
    broken: Broken,
    /// The runs and places of what was announced here and is not settled: a few, where a run announced many.
    announced_here: Mutex<BTreeSet<(String, u64)>>,
}

/// What may be done with the database.
#[derive(Debug)]
enum Access {
    /// A run writes it.
    Write(Waiting),
    /// A command reads it, and keeps what is expensive to read where that takes no waiting.
    Read(Mutex<Keeper>),
}

/// How a command that reads keeps something.
#[derive(Debug)]
enum Keeper {
    /// Nothing was to be kept yet.
    Untried,
    /// By a connection of its own.
    Open(Connection),
    /// Not at all: the folder is read-only, the database has an older form, or another run was writing.
    Never,
}

impl State {
    /// Opens the state at `path` for `realm`, and makes it where there is none.
    ///
    /// # Errors
    /// [`Kind::State`] when it cannot be made or read, or was written by a newer version; [`Kind::Locked`] when
    /// another process keeps it.
    pub fn open(path: &Path, realm: &str) -> Result<Self> {
        Self::open_by(path, realm, Waiting::default())
    }

    /// Opens it as [`open`](Self::open) does, for a run that says of itself how long it waits for others.
    ///
    /// # Errors
    /// The same as [`open`](Self::open).
    pub fn open_by(path: &Path, realm: &str, waiting: Waiting) -> Result<Self> {
        let db = schema::open(path, &waiting)?;
        Ok(Self::of(db, path, realm, Access::Write(waiting)))
    }

    fn of(db: Connection, path: &Path, realm: &str, access: Access) -> Self {
        Self {
            db: Mutex::new(db),
            path: path.to_owned(),
            realm: realm.to_owned(),
            realms: Realms::Exactly(realm.to_owned()),
            clock: Clock::default(),
            access,
            broken: Broken::default(),
            announced_here: Mutex::default(),
        }
    }

    /// Takes the time from `clock`.
    #[must_use]
    pub fn timed_by(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Shows the runs of these realms, instead of its own alone.
    #[must_use]
    pub fn showing(self, realms: Realms) -> Self {
        Self { realms, ..self }
    }

    /// Returns the clock of the run.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Opens the state at `path` to be read, if there is any: also where it is read-only, and while a run writes it.
    ///
    /// What is expensive to read is kept where that takes no waiting.
    ///
    /// # Errors
    /// [`Kind::State`] when it cannot be read, or was written by a newer version.
    pub fn look(path: &Path, realm: &str) -> Result<Option<Self>> {
        Ok(reader::open(path)?.map(|Opened { db, is_copy }| {
            let keeper = if is_copy { Keeper::Never } else { Keeper::Untried };
            Self::of(db, path, realm, Access::Read(Mutex::new(keeper)))
        }))
    }

    /// Opens the state as [`look`](Self::look) does, and makes an empty one before where that can be done without
    /// waiting.
    ///
    /// # Errors
    /// The same as [`look`](Self::look).
    pub fn look_or_make(path: &Path, realm: &str) -> Result<Option<Self>> {
        let state = Self::look(path, realm)?;
        // What cannot be made is not there: nothing is kept then.
        if state.is_some() || schema::open(path, &Waiting::not_at_all()).is_err() {
            return Ok(state);
        }
        Self::look(path, realm)
    }

    /// Is true if this state is only read.
    fn is_read_only(&self) -> bool {
        matches!(self.access, Access::Read(_))
    }

    /// Reads from the database, all of it as it was at one time: another run may forget meanwhile what was just found.
    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let db = self.db();
        let at_once = |db: &Connection| -> rusqlite::Result<T> {
            let snapshot = db.unchecked_transaction()?;
            let found = work(&snapshot)?;
            snapshot.commit()?;
            Ok(found)
        };
        at_once(&db).map_err(|error| trouble::unusable(&self.path, error))
    }

    /// Changes the database in one transaction, which is on disk when this returns, or did not happen.
    fn change<T>(&self, work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>) -> Result<T> {
        let Access::Write(waiting) = &self.access else {
            return Err(Error::new(
                Kind::State,
                "the state was opened to be read, so nothing is written there",
            ));
        };
        let mut db = self.db();
        let patience = db.busy_timeout(waiting.patience_of_a_change());
        patience
            .and_then(|()| in_one_transaction(&mut db, work))
            .map_err(|error| trouble::unusable(&self.path, error))
    }

    /// Keeps what is only expensive to read again, in one transaction.
    ///
    /// A command that reads does without where it would have to wait or may not write; the first time that it does,
    /// it keeps nothing more.
    fn keep_reading<T>(
        &self,
        work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        let Access::Read(keeper) = &self.access else { return self.change(work).map(Some) };
        let mut keeper = keeper.lock().unwrap_or_else(PoisonError::into_inner);
        if matches!(*keeper, Keeper::Untried) {
            *keeper = schema::open(&self.path, &Waiting::not_at_all()).map_or(Keeper::Never, Keeper::Open);
        }
        let kept = match &mut *keeper {
            Keeper::Open(db) => in_one_transaction(db, work).ok(),
            Keeper::Untried | Keeper::Never => None,
        };
        if kept.is_none() {
            tracing::debug!("what was read is not kept: {} cannot be written now", self.path.display());
            *keeper = Keeper::Never;
        }
        Ok(kept)
    }

    fn db(&self) -> MutexGuard<'_, Connection> {
        self.db.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn in_one_transaction<T>(
    db: &mut Connection,
    work: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<T> {
    let transaction = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let result = work(&transaction)?;
    transaction.commit()?;
    Ok(result)
}

/// Returns the id of a run that begins at `started`: the time, which orders the runs, and 128 random bits, by
/// which no two are the same.
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

/// Returns the database at `path` with its helper files.
fn own_files(path: &Path) -> [PathBuf; 5] {
    let beside = |ending: &str| {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        PathBuf::from(name)
    };
    let turn = path.with_extension(schema::OPENING);
    [path.to_owned(), beside("-wal"), beside("-shm"), turn, holder::beside(path)]
}

/// Forgets the state at `path`, its helper files and pictures included, if there is one.
///
/// # Errors
/// What the operating system says when a file is there and cannot be removed.
pub fn forget(path: &Path) -> io::Result<()> {
    for file in own_files(path) {
        files::remove(&file)?;
    }
    pictures::forget(path)
}
