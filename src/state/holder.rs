//! What a run says of itself beside a lock, for the runs that the lock keeps out.
//!
//! It is a file of its own: on Windows no other process can read a file that is locked.

use std::io::{self, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::files;

/// The ending of such a file, in the place of the lock's own.
pub(super) const HOLDER: &str = "holder";

/// Returns the file that belongs to the lock, or to the database, at `path`.
pub(super) fn beside(path: &Path) -> PathBuf {
    path.with_extension(HOLDER)
}

/// Reads what is said beside the lock at `path`; nothing where nothing can be read: it is a name only.
pub(super) fn read(path: &Path) -> String {
    std::fs::read_to_string(beside(path)).unwrap_or_default()
}

/// Writes `text` beside the lock at `path`, in the place of what is there.
///
/// # Errors
/// What the system says.
pub(super) fn write(path: &Path, text: &str) -> io::Result<()> {
    let mut file = files::open(&beside(path))?;
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(text.as_bytes())
}

/// Returns `text` without its line breaks, which end what is said.
pub(super) fn one_line(text: &str) -> String {
    text.replace(['\n', '\r'], " ")
}
