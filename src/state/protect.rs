//! Keeps the state private: rights of other accounts are taken away, and a warning says so.

use std::io;
use std::path::Path;

use super::{own_files, pictures};
use crate::files::{self, Narrowed};

/// What became of the rights of a state.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Protected {
    /// Files and folders that others could use, and no longer can.
    pub narrowed: Vec<Narrowed>,
    /// Whether the folder is open to others and stays so, since it holds other things as well.
    pub shares_its_folder: bool,
}

/// Takes the rights of others from the state at `path`: the database with its helper files, the locks, the pictures,
/// and the folder where it holds nothing else.
///
/// If there is no state, there is nothing to do.
///
/// # Errors
/// What the system says when it does not let this account do that.
pub fn protect(path: &Path) -> io::Result<Protected> {
    let Some(folder) = path.parent() else { return Ok(Protected::default()) };
    let mut protected = Protected::default();
    let inner = [folder.join("locks"), pictures::folder(path)];
    for own in own_files(path).iter().chain(&inner) {
        protected.narrowed.extend(files::narrow(own)?);
    }
    if !path.exists() || !is_open(folder) {
        return Ok(protected);
    }
    if holds_only_ours(folder)? {
        protected.narrowed.extend(files::narrow(folder)?);
    } else {
        protected.shares_its_folder = true;
    }
    Ok(protected)
}

/// Is true if everything in the folder is crsync's: the rights of any other, such as `/tmp`, are not its to change.
fn holds_only_ours(folder: &Path) -> io::Result<bool> {
    const NAMES: [&str; 4] = ["locks", "pictures", "crsync.toml", "decisions.toml"];
    const BEGINNINGS: [&str; 3] = ["state.", "sandbox", ".crsync-"];
    for entry in std::fs::read_dir(folder)? {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        if !NAMES.contains(&&*name) && !BEGINNINGS.iter().any(|own| name.starts_with(own)) {
            return Ok(false);
        }
    }
    Ok(true)
}

#[cfg(unix)]
fn is_open(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(folder).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
