//! What a path leads to: a file that can be replaced, or something that is only written to.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// How many links one path may go through, as on Linux.
const MOST_LINKS: usize = 40;

/// What is at the end of a path.
#[derive(Debug)]
pub(super) enum Place {
    /// A regular file, or none yet: its own path, which is no link, and what is known of it.
    File(PathBuf, Option<Metadata>),
    /// A device, a pipe or a stream of a process.
    Stream(PathBuf),
}

/// Follows `path` through all its links.
///
/// # Errors
/// A folder, a link that leads to nothing or is not to be trusted, or a path that cannot be looked at.
pub(super) fn follow(path: &Path) -> io::Result<Place> {
    // Of a path that ends like one of a folder, only the end tells: its parts do not.
    if path
        .as_os_str()
        .as_encoded_bytes()
        .last()
        .is_some_and(|last| std::path::is_separator(char::from(*last)))
        && path.file_name().is_some()
    {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it names a folder"));
    }
    let mut at = path.to_owned();
    for step in 0..MOST_LINKS {
        if at.file_name().is_none() {
            return Err(io::Error::new(io::ErrorKind::IsADirectory, "it names no file"));
        }
        // These lead to whatever the process was given, a regular file too, which must stay what it is.
        if is_stream(&at) && at.exists() {
            return Ok(Place::Stream(at));
        }
        let data = match fs::symlink_metadata(&at) {
            Ok(data) => data,
            Err(error) if error.kind() == io::ErrorKind::NotFound && step == 0 => {
                return Ok(Place::File(at, None));
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(io::Error::new(error.kind(), "it is a link that leads to nothing"));
            }
            Err(error) => return Err(error),
        };
        match () {
            () if data.is_symlink() => {
                trust(&at, &data)?;
                // A relative link starts at its own folder.
                at = folder_of(&at).join(fs::read_link(&at)?);
            }
            () if data.is_dir() => return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder")),
            () if data.is_file() => return Ok(Place::File(at, Some(data))),
            () => return Ok(Place::Stream(at)),
        }
    }
    Err(io::Error::other("it goes through too many links"))
}

/// Opens what is only written to.
///
/// Text goes to its end, as with `>>`.
pub(super) fn open_stream(path: &Path) -> io::Result<File> {
    #[cfg(unix)]
    {
        use std::os::fd::AsFd as _;
        // Opened by its name, a redirected stream would be written from its beginning, over what is there.
        let own = match path.to_str() {
            Some("/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1") => {
                Some(io::stdout().as_fd().try_clone_to_owned())
            }
            Some("/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2") => {
                Some(io::stderr().as_fd().try_clone_to_owned())
            }
            _ => None,
        };
        if let Some(own) = own {
            return own.map(File::from);
        }
    }
    OpenOptions::new().append(true).open(path)
}

/// Returns the folder of a file.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the account that this process acts for, as the system sees it when a file is made.
#[cfg(unix)]
pub(super) fn own_uid() -> io::Result<u32> {
    use std::os::unix::fs::MetadataExt;
    tempfile::tempfile()?.metadata().map(|data| data.uid())
}

#[cfg(unix)]
fn is_stream(path: &Path) -> bool {
    let names = ["/dev/stdout", "/dev/stderr"];
    names.iter().any(|name| path == Path::new(name))
        || path.starts_with("/dev/fd")
        || path.starts_with("/proc")
}

#[cfg(windows)]
fn is_stream(path: &Path) -> bool {
    let is = |name: &str| path.as_os_str().eq_ignore_ascii_case(name);
    is("NUL") || is("CON") || path.to_string_lossy().starts_with(r"\\.\")
}

#[cfg(not(any(unix, windows)))]
fn is_stream(_: &Path) -> bool {
    false
}

/// Passes if the link may be followed.
///
/// In a folder where every account may put links, one that belongs to another account could lead to any file of this
/// one.
#[cfg(unix)]
fn trust(link: &Path, data: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::MetadataExt;
    let folder = fs::metadata(folder_of(link))?;
    if folder.mode() & 0o1002 != 0o1002 || data.uid() == folder.uid() || data.uid() == own_uid()? {
        return Ok(());
    }
    Err(io::Error::new(
        io::ErrorKind::PermissionDenied,
        "it is a link of another account in a folder of all accounts",
    ))
}

#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // as on systems with owners
fn trust(_: &Path, _: &Metadata) -> io::Result<()> {
    Ok(())
}
