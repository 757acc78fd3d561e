//! What is remembered of the pictures of 365 users, and the pictures themselves: a file for each in a folder beside
//! the database, named by its hash.
//!
//! The id of a 365 user means the same everywhere, so readings belong to no realm: a run for another PSA asks for
//! no picture a second time.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use rusqlite::{Row, params};

use super::State;
use super::broken::text;
use super::trouble::unusable;
use crate::error::Result;
use crate::files::{self, Safe};
use crate::model::{Id, Picture, PictureHash};
use crate::side::PictureStore;

/// How much longer than a run a reading is kept that no run asked for, in milliseconds: a week, so that a journal
/// that is kept for a day does not make runs of one company forget the pictures of another.
const UNWANTED: i64 = 7 * 24 * 60 * 60 * 1000;

/// How old a file must be to be removed when nothing names it: another run may be about to.
const UNNAMED: Duration = Duration::from_secs(24 * 60 * 60);

/// The picture of a user as it was last read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureReading {
    /// What was read.
    pub picture: Picture,
    /// When.
    pub read: Timestamp,
    /// When a run last wanted to know it.
    pub wanted: Timestamp,
}

impl State {
    /// Returns the pictures that were read, by user.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be read.
    pub fn pictures(&self) -> Result<BTreeMap<Id, PictureReading>> {
        self.read(|db| {
            let pictures = self.rows(
                db,
                "SELECT user, hash, read, wanted FROM pictures",
                (),
                |row| format!("when the picture of the 365 user {} was read", text(row, 0)),
                |row| Ok((Id::new(row.get::<_, String>(0)?), reading(row)?)),
            )?;
            Ok(pictures.into_iter().collect())
        })
    }

    /// Keeps these readings, each instead of the one before.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be written.
    pub fn keep_pictures(&self, readings: &BTreeMap<Id, PictureReading>) -> Result<()> {
        self.keep_reading(|db| {
            let mut insert = db.prepare("INSERT OR REPLACE INTO pictures VALUES (?, ?, ?, ?)")?;
            for (user, PictureReading { picture, read, wanted }) in readings {
                let hash = match picture {
                    Picture::None => "",
                    Picture::Held(hash) => hash.as_str(),
                };
                insert.execute(params![
                    user.as_str(),
                    hash,
                    read.as_millisecond(),
                    wanted.as_millisecond()
                ])?;
            }
            Ok(())
        })
        .map(drop)
    }

    /// Forgets readings that no run asked for since a week before `before` (in milliseconds), and removes every file
    /// that no reading names any more.
    pub(super) fn prune_pictures(&self, before: i64) -> Result<()> {
        let named: BTreeSet<String> = self.change(|db| {
            db.execute("DELETE FROM pictures WHERE wanted < ?", [before.saturating_sub(UNWANTED)])?;
            let mut names = db.prepare("SELECT DISTINCT hash FROM pictures")?;
            names.query_map((), |row| row.get(0))?.collect()
        })?;
        self.remove_unnamed(&named).map_err(|error| self.spoiled(error))
    }

    fn remove_unnamed(&self, named: &BTreeSet<String>) -> io::Result<()> {
        let entries = match fs::read_dir(folder(&self.path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            entries => entries?,
        };
        for entry in entries {
            let entry = entry?;
            let is_named = entry.file_name().to_str().is_some_and(|name| named.contains(name));
            let changed = entry.metadata().and_then(|data| data.modified());
            // A time that is unknown, or lies ahead, is no reason to keep it.
            let is_young =
                changed.is_ok_and(|at| SystemTime::now().duration_since(at).is_ok_and(|age| age < UNNAMED));
            if !is_named && !is_young {
                files::remove(&entry.path())?;
            }
        }
        Ok(())
    }

    fn file(&self, hash: &PictureHash) -> PathBuf {
        folder(&self.path).join(hash.as_str())
    }

    /// Is true if a picture that cannot be read counts as one that is not there: a command that reads asks for it
    /// again.
    fn may_lack(&self, error: &io::Error) -> bool {
        error.kind() == io::ErrorKind::NotFound || self.is_read_only()
    }

    fn spoiled(&self, error: io::Error) -> crate::error::Error {
        unusable(&folder(&self.path), error)
    }
}

impl PictureStore for State {
    /// Reads the file; one that holds something else than its name says counts for nothing.
    fn get(&self, hash: &PictureHash) -> Result<Option<Vec<u8>>> {
        match fs::read(self.file(hash)) {
            Ok(bytes) => Ok((PictureHash::of(&bytes) == *hash).then_some(bytes)),
            Err(error) if self.may_lack(&error) => Ok(None),
            Err(error) => Err(self.spoiled(error)),
        }
    }

    fn put(&self, bytes: &[u8]) -> Result<PictureHash> {
        let hash = PictureHash::of(bytes);
        if self.get(&hash)?.is_none()
            && let Err(error) = write(&self.file(&hash), bytes)
            && !self.is_read_only()
            // On Windows a file cannot be replaced while another run replaces it.
            && self.get(&hash).ok().flatten().is_none()
        {
            return Err(self.spoiled(error));
        }
        Ok(hash)
    }

    /// Looks at the file's size alone, since this is asked about every user in every run.
    ///
    /// A file that a crash of the machine left behind is empty.
    fn has(&self, hash: &PictureHash) -> Result<bool> {
        match fs::metadata(self.file(hash)) {
            Ok(data) => Ok(data.len() > 0),
            Err(error) if self.may_lack(&error) => Ok(false),
            Err(error) => Err(self.spoiled(error)),
        }
    }
}

/// Returns the folder of the pictures that the database at `path` names: `pictures`, and for any other than
/// `state.db` with its name before that.
///
/// Two databases do not share one, since each removes what it does not name.
pub(super) fn folder(path: &Path) -> PathBuf {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    path.with_file_name(if name == "state" { "pictures".to_owned() } else { format!("{name}-pictures") })
}

/// Removes that folder, if there is one.
pub(super) fn forget(path: &Path) -> io::Result<()> {
    files::remove_folder(&folder(path))
}

/// Makes the file whole or not at all, for its owner alone.
///
/// It is not forced onto the disk: what is lost is read again.
fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        files::make_folder(folder)?;
    }
    files::replace(path, bytes, Safe::Eventually)
}

/// Reads the columns hash, read and wanted.
fn reading(row: &Row<'_>) -> rusqlite::Result<PictureReading> {
    let hash: String = row.get(1)?;
    // A time that cannot be is long past, so the picture is read again.
    let time = |millisecond| Timestamp::from_millisecond(millisecond).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(PictureReading {
        picture: PictureHash::parse(&hash).map_or(Picture::None, Picture::Held),
        read: time(row.get(2)?),
        wanted: time(row.get(3)?),
    })
}

#[cfg(test)]
mod tests;
