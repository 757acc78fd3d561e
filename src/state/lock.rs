//! One run per company at a time, by locks of the operating system: whoever dies lets go.

use std::fmt::Write as _;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Kind, Result};

/// The locks of all companies of a run; dropping them lets go.
#[derive(Debug)]
pub struct Locks {
    _held: Vec<Held>,
}

/// One lock.
#[derive(Debug)]
struct Held(File);

impl Drop for Held {
    /// Lets go at once: a program that another thread is just starting still holds the file open.
    fn drop(&mut self) {
        // A lock that cannot be let go of ends with the process.
        let _ = self.0.unlock();
    }
}

impl Locks {
    /// Locks every one of `companies` of `realm`, or none. `holder` says who does, for whoever comes next.
    ///
    /// # Errors
    /// [`Kind::Locked`] when another run has one of them, with what that run said of itself.
    pub fn take(folder: &Path, realm: &str, companies: &[&str], holder: &str) -> Result<Self> {
        let folder = folder.join("locks");
        super::make_private(&folder).map_err(|error| unusable(&folder, error))?;
        let mut names: Vec<&str> = companies.to_vec();
        // All runs take them in the same order, so that two that overlap never wait for each other.
        names.sort_unstable();
        let held = names.iter().map(|company| lock(&folder, realm, company, holder));
        Ok(Self { _held: held.collect::<Result<_>>()? })
    }
}

fn lock(folder: &Path, realm: &str, company: &str, holder: &str) -> Result<Held> {
    let path = path(folder, realm, company);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path).map_err(|error| unusable(&path, error))?;
    match file.try_lock() {
        Ok(()) => {
            let mut held = Held(file);
            let file = &mut held.0;
            let written =
                file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(holder.as_bytes()));
            written.map_err(|error| unusable(&path, error))?;
            Ok(held)
        }
        Err(TryLockError::WouldBlock) => {
            let mut other = String::new();
            // What cannot be read is merely not told.
            let _ = file.read_to_string(&mut other);
            let other = if other.is_empty() { "another run".to_owned() } else { other };
            Err(Error::new(Kind::Locked, format!("{company} is being synced by {other}"))
                .hint("wait until that run is over, or choose other companies with --company"))
        }
        Err(TryLockError::Error(error)) => Err(unusable(&path, error)),
    }
}

fn path(folder: &Path, realm: &str, company: &str) -> PathBuf {
    let hash = ring::digest::digest(&ring::digest::SHA256, format!("{realm}\n{company}").as_bytes());
    // Twelve bytes of it tell any number of companies apart.
    let name = hash.as_ref().iter().take(12).fold(String::new(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}"); // writing to a String cannot fail
        name
    });
    folder.join(name + ".lock")
}

fn unusable(path: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::State, format!("the lock {} cannot be used", path.display()))
        .hint("check the rights of the folder, or name another one with CRSYNC_STATE")
        .source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_company_belongs_to_one_run_at_a_time_and_the_other_is_named() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let first =
            Locks::take(folder.path(), "r", &["Contoso", "Fabrikam"], "run 1 (process 7)").expect("free");
        let error = Locks::take(folder.path(), "r", &["Adatum", "Contoso"], "run 2").expect_err("taken");
        assert_eq!(error.kind(), Kind::Locked);
        assert_eq!(error.message(), "Contoso is being synced by run 1 (process 7)");
        Locks::take(folder.path(), "r", &["Adatum"], "run 2").expect("the refused run let go of it");
        Locks::take(folder.path(), "another realm", &["Contoso"], "run 3")
            .expect("another company of that name");
        drop(first);
        Locks::take(folder.path(), "r", &["Contoso"], "run 4").expect("free again");
    }
}
