//! A folder for what is forgotten when a command ends.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// The scratch folders of this process, for an end that runs no destructors.
static FOLDERS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn folders() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    FOLDERS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all scratch folders of this process, and lets it make no more.
pub(super) fn abandon() {
    let folders = folders();
    for folder in folders.iter() {
        // One that cannot be removed keeps nothing from ending.
        let _ = fs::remove_dir_all(folder);
    }
    std::mem::forget(folders);
}

/// A folder with a random name among the system's temporary ones, for its owner alone; removed with all that it holds
/// when this is dropped, or when the process [ends at once](super::abandon).
#[derive(Debug)]
pub struct Scratch(TempDir);

impl Scratch {
    /// Makes one.
    ///
    /// # Errors
    /// What the system says, also where there is no folder for temporary files.
    pub fn new() -> io::Result<Self> {
        let mut folders = folders();
        let folder = tempfile::Builder::new().prefix("crsync-").tempdir()?;
        folders.insert(folder.path().to_owned());
        Ok(Self(folder))
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        folders().remove(self.0.path());
    }
}
