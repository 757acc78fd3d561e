//! What a command will write: found to be writable before the command does anything else.

use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::draft::{self, Draft, Safe};
use super::follow::{Place, folder_of, follow, open_stream};
use super::private;
use crate::error::{Error, Kind, Result};

/// A file, or another place for bytes, that a command writes.
#[derive(Debug)]
pub struct Target {
    /// As it was named.
    path: PathBuf,
    /// The flag that named it.
    flag: &'static str,
    way: Way,
}

#[derive(Debug)]
enum Way {
    /// A regular file, which is replaced as a whole.
    File { path: PathBuf, former: Option<Metadata> },
    /// Anything else, which is open from the beginning: a pipe that is opened twice looks like one that ended.
    Stream(File),
}

impl Target {
    /// Follows `path`, which `flag` named, and passes if it can be written.
    ///
    /// Nothing is changed there.
    ///
    /// # Errors
    /// [`Kind::Usage`] with the path and the reason.
    pub fn open(path: &Path, flag: &'static str) -> Result<Self> {
        let opened = follow(path).and_then(|place| match place {
            Place::File(path, former) => check(&path, former.as_ref()).map(|()| Way::File { path, former }),
            Place::Stream(path) => open_stream(&path).map(Way::Stream),
        });
        let way = opened.map_err(|error| {
            Error::new(Kind::Usage, format!("{} cannot be written, so nothing was done", path.display()))
                .hint(format!("name a file in a folder that you may write to, or leave out {flag}"))
                .source(error)
        })?;
        Ok(Self { path: path.to_owned(), flag, way })
    }

    /// Returns the flag that named it.
    pub fn flag(&self) -> &'static str {
        self.flag
    }

    /// Is true if both are one file.
    pub fn is_same(&self, other: &Self) -> bool {
        let whole =
            |path: &Path| Some((fs::canonicalize(folder_of(path)).ok()?, path.file_name()?.to_owned()));
        match (&self.way, &other.way) {
            (Way::File { path: one, .. }, Way::File { path: two, .. }) => whole(one) == whole(two),
            _ => false,
        }
    }

    /// Is true if it is the file at `path`, or the place where there is none yet.
    pub fn is_at(&self, path: &Path) -> bool {
        let Way::File { path: own, .. } = &self.way else { return false };
        let place = |path: &Path| {
            let (folder, name) = fs::canonicalize(folder_of(path)).ok().zip(path.file_name())?;
            Some(folder.join(name))
        };
        let own = place(own);
        // One that is not there has no other names.
        own.is_some() && own == fs::canonicalize(path).ok().or_else(|| place(path))
    }

    /// Writes all of `bytes` there.
    ///
    /// A regular file is replaced as a whole, so that it is never half of it.
    ///
    /// # Errors
    /// [`Kind::State`] with the path; a regular file is then as it was.
    pub fn write(&self, bytes: &[u8]) -> Result<()> {
        let written = match &self.way {
            Way::File { path, former } => Draft::beside(path)
                .and_then(|mut draft| draft.fill(bytes, former.as_ref(), false).map(|()| draft))
                .and_then(|draft| draft.put(Safe::OnDisk).map(drop)),
            Way::Stream(file) => unless_unread(file.try_clone().and_then(|mut file| file.write_all(bytes))),
        };
        written.map_err(|error| self.failed(error))
    }

    /// Makes the file anew, to be written piece by piece.
    ///
    /// # Errors
    /// [`Kind::State`] with the path.
    pub fn stream(&self) -> Result<Stream> {
        let opened = match &self.way {
            Way::File { path, former } => Draft::beside(path)
                .and_then(|mut draft| draft.fill(b"", former.as_ref(), false).map(|()| draft))
                .and_then(|draft| draft.put(Safe::Eventually)),
            Way::Stream(file) => file.try_clone(),
        };
        let seeks = matches!(self.way, Way::File { .. });
        opened.map(|file| Stream { file, seeks }).map_err(|error| self.failed(error))
    }

    /// Returns the error of a write that failed.
    pub fn failed(&self, error: io::Error) -> Error {
        Error::new(Kind::State, format!("{} cannot be written", self.path.display()))
            .hint(format!("make room there, or name another file with {}", self.flag))
            .source(error)
    }
}

/// A target that is written piece by piece.
#[derive(Debug)]
pub struct Stream {
    /// The open file.
    pub file: File,
    /// Whether what was written can be written over: not in a pipe.
    pub seeks: bool,
}

impl Stream {
    /// Writes `bytes`.
    ///
    /// A pipe whose reader went away takes them all.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        unless_unread(self.file.write_all(bytes))
    }
}

/// Passes if the reader of a pipe went away.
///
/// How a command ends must not depend on whether the reader has seen enough.
fn unless_unread(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Passes if the file can be replaced, or made where there is none.
fn check(path: &Path, former: Option<&Metadata>) -> io::Result<()> {
    private::may_be_replaced(path, former)?;
    draft::probe(path)?;
    former.map_or(Ok(()), |former| can_be_removed(path, former))
}

/// Passes if this account may take the file out of its folder: where all accounts share one, only its owner may.
#[cfg(unix)]
fn can_be_removed(path: &Path, former: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let folder = fs::metadata(folder_of(path))?;
    if folder.mode() & 0o1000 == 0 {
        return Ok(());
    }
    let own = super::follow::own_uid()?;
    if own == 0 || own == former.uid() || own == folder.uid() {
        return Ok(());
    }
    Err(io::Error::new(io::ErrorKind::PermissionDenied, "it belongs to another account"))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // as on systems with owners
fn can_be_removed(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests;
