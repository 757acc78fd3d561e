//! A file on its way to its place: it is written beside it under a random name, and takes the place as a whole.

use std::collections::BTreeSet;
use std::fs::{self, File, Metadata};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::{Builder, NamedTempFile};

use super::follow::{Place, folder_of, follow};
use super::{private, scratch};

/// The drafts of this process, for an end that runs no destructors.
static DRAFTS: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

fn drafts() -> MutexGuard<'static, BTreeSet<PathBuf>> {
    DRAFTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes all drafts and scratch folders of this process, and lets it make no more: for the moment before it ends at once.
pub fn abandon() {
    scratch::abandon();
    let drafts = drafts();
    for draft in drafts.iter() {
        // One that cannot be removed keeps nothing from ending.
        let _ = fs::remove_file(draft);
    }
    std::mem::forget(drafts);
}

/// Whether a file must outlive a loss of power.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safe {
    /// It is on the disk when the call returns.
    OnDisk,
    /// The system writes it when it likes: what is lost is made again.
    Eventually,
}

/// A new file beside the one whose place it is to take.
///
/// Dropped before that, it is removed.
#[derive(Debug)]
pub struct Draft {
    /// `None` once it is in its place.
    file: Option<NamedTempFile>,
    scratch: PathBuf,
    place: PathBuf,
}

impl Draft {
    /// Makes an empty file in the folder of `place`, for its owner alone.
    ///
    /// `place` itself is taken as it is: a link would be replaced.
    ///
    /// # Errors
    /// What the system says when no file can be made there.
    pub(super) fn beside(place: &Path) -> io::Result<Self> {
        // Held, so that an interrupt waits until the file is on the list.
        let mut drafts = drafts();
        let mut builder = Builder::new();
        builder.prefix(".crsync-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600));
        let file = builder.tempfile_in(folder_of(place))?;
        let scratch = file.path().to_owned();
        drafts.insert(scratch.clone());
        Ok(Self { file: Some(file), scratch, place: place.to_owned() })
    }

    /// Makes a file with `bytes` for the place that `path` leads to, whose folder is made where it is missing.
    ///
    /// It is for those who might read the former one, else for its owner alone.
    ///
    /// # Errors
    /// What the system says, a link that leads to nothing, or a file that a person protected.
    pub fn over(path: &Path, bytes: &[u8]) -> io::Result<Self> {
        let Place::File(place, former) = follow(path)? else {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
        };
        private::may_be_replaced(&place, former.as_ref())?;
        private::make_folder(folder_of(&place))?;
        let mut draft = Self::beside(&place)?;
        draft.fill(bytes, former.as_ref(), true)?;
        Ok(draft)
    }

    /// Writes `bytes`, with the rights that [`take_rights`](private::take_rights) gives it.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn fill(&mut self, bytes: &[u8], former: Option<&Metadata>, shared: bool) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        if let Some(former) = former {
            private::take_rights(file.as_file(), former, shared)?;
        }
        file.write_all(bytes)
    }

    /// Lets the draft take its place, and returns the open file.
    ///
    /// # Errors
    /// What the system says; the draft is then gone, and the former file is still in its place.
    pub fn put(self, safe: Safe) -> io::Result<File> {
        self.persist(safe, |file, place| file.persist(place))
    }

    /// Does the same on the disk, if there is nothing in its place.
    ///
    /// # Errors
    /// What the system says, also where something has come there meanwhile, which is then as it was.
    pub fn put_where_none_is(self) -> io::Result<File> {
        self.persist(Safe::OnDisk, |file, place| file.persist_noclobber(place))
    }

    fn persist(
        mut self,
        safe: Safe,
        persist: fn(NamedTempFile, &Path) -> std::result::Result<File, tempfile::PersistError>,
    ) -> io::Result<File> {
        let Some(file) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        if safe == Safe::OnDisk {
            file.as_file().sync_all()?;
        }
        let put = {
            // Held, so that an interrupt finds it either under its own name or in its place.
            let mut drafts = drafts();
            let put = persist(file, &self.place);
            if put.is_ok() {
                drafts.remove(&self.scratch);
            }
            put
        };
        let file = put.map_err(|error| error.error)?;
        if safe == Safe::OnDisk {
            keep_name(&self.place);
        }
        Ok(file)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let mut drafts = drafts();
        drop(self.file.take());
        drafts.remove(&self.scratch);
    }
}

/// Puts `bytes` in the place of the file at `path`, or makes it, for its owner alone.
///
/// # Errors
/// What the system says; the file is then as it was.
pub fn replace(path: &Path, bytes: &[u8], safe: Safe) -> io::Result<()> {
    let mut draft = Draft::beside(path)?;
    draft.fill(bytes, None, false)?;
    draft.put(safe).map(drop)
}

/// Passes if a file can be made in the folder of `path`: rights alone do not tell it on every system.
///
/// # Errors
/// What the system says.
pub fn probe(path: &Path) -> io::Result<()> {
    Draft::beside(path).map(drop)
}

/// Passes if [`Draft::over`] could make a file for the place that `path` leads to. Nothing is left behind, and no folder is
/// made: one that is missing would be made in the nearest one that is there.
///
/// # Errors
/// What [`Draft::over`] says.
pub fn probe_over(path: &Path) -> io::Result<()> {
    let Place::File(place, former) = follow(path)? else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    };
    private::may_be_replaced(&place, former.as_ref())?;
    let mut inside = place.as_path();
    while !folder_of(inside).exists() {
        inside = folder_of(inside);
    }
    probe(inside)
}

/// Lets the new name of the file outlive a loss of power, where the system can.
///
/// The file is in its place already, so that it is no failure if not.
fn keep_name(place: &Path) {
    #[cfg(unix)]
    {
        let _ = File::open(folder_of(place)).and_then(|folder| folder.sync_all());
    }
    #[cfg(not(unix))]
    let _ = place;
}
