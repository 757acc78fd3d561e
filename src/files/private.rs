//! Rights: files and folders that only their owner can use.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// Makes `folder` and what leads to it where it is missing, for its owner alone.
///
/// # Errors
/// What the system says.
pub fn make_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Opens the file at `path` to read and write it as it is, and makes it where it is missing.
///
/// Afterwards it is its owner's alone, whatever it was before.
///
/// # Errors
/// What the system says.
pub fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(path)?;
    // Of another account's file only that account can say who may use it.
    let _ = narrow(path);
    Ok(file)
}

/// Opens the file at `path` for reading, without waiting: a pipe that is written to by nothing would never open.
///
/// # Errors
/// What the system says.
pub fn open_to_read(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags);
    }
    options.open(path)
}

/// Removes the file at `path`, if there is one.
///
/// # Errors
/// What the system says when it is there and cannot be removed.
pub fn remove(path: &Path) -> io::Result<()> {
    gone(fs::remove_file(path))
}

/// Removes the folder at `path` with all that it holds, if there is one.
///
/// # Errors
/// What the system says when it is there and cannot be removed.
pub fn remove_folder(path: &Path) -> io::Result<()> {
    gone(fs::remove_dir_all(path))
}

fn gone(removed: io::Result<()>) -> io::Result<()> {
    match removed {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// A file or folder that others could use, and no longer can.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Narrowed {
    /// Which one.
    pub path: PathBuf,
    /// Its mode before that.
    pub former: u32,
}

/// Takes the rights of all others than the owner from a regular file or a folder.
///
/// Returns what it was, or `None` where it was private before, is something else, or is not there.
///
/// # Errors
/// What the system says when it does not let this account do that.
#[cfg(unix)]
pub fn narrow(path: &Path) -> io::Result<Option<Narrowed>> {
    use std::os::unix::fs::PermissionsExt;
    let data = match fs::metadata(path) {
        // What this account may not even look at is private enough.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied) => {
            return Ok(None);
        }
        data => data?,
    };
    let former = data.permissions().mode() & 0o7777;
    if former.trailing_zeros() >= 6 || !(data.is_file() || data.is_dir()) {
        return Ok(None);
    }
    // By its name: with the first handle of a database that is closed, this process loses all its locks on it.
    match fs::set_permissions(path, fs::Permissions::from_mode(former & 0o700)) {
        // Who may use another account's file is that account's decision.
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Ok(None),
        narrowed => narrowed?,
    }
    Ok(Some(Narrowed { path: path.to_owned(), former }))
}

/// Returns `None`: here the folder's own rights decide who may use a file.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // as on systems with modes
pub fn narrow(_: &Path) -> io::Result<Option<Narrowed>> {
    Ok(None)
}

/// The accounts that the access control list of a file or a folder lets in, besides this one, the system and
/// administrators.
#[cfg(windows)]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Accounts and groups, by their identifiers.
    pub others: Vec<String>,
    /// The command that closes it to them.
    pub closing: String,
}

#[cfg(windows)]
impl Access {
    /// Returns what helps where others may use the file or the folder, which `kind` says.
    pub fn remedy(&self, kind: &str) -> String {
        super::acl::remedy(kind, &self.others, &self.closing)
    }
}

/// Asks the system's own tools which accounts the list of the file or folder at `path` lets in: of a folder also those that
/// may use what is made in it. Who owns it is not asked: an owner may change the list.
///
/// # Errors
/// A tool that cannot be run, or that prints what is not understood: then nothing is known.
#[cfg(windows)]
pub fn access(path: &Path) -> io::Result<Access> {
    use super::acl;
    use std::process::{Command, Stdio};
    let windows = std::env::var_os("SystemRoot").unwrap_or_else(|| r"C:\Windows".into());
    let run = |tool: &str, arguments: &[&std::ffi::OsStr]| {
        let mut command = Command::new(Path::new(&windows).join("System32").join(tool));
        let output = command.args(arguments).stdin(Stdio::null()).output()?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        Err(io::Error::other(format!("{tool} failed ({})", output.status)))
    };
    let unclear = |tool: &str| io::Error::other(format!("what {tool} says is not understood"));
    let scratch = super::Scratch::new()?;
    let list = scratch.path().join("list");
    let path = std::path::absolute(path)?;
    run("icacls.exe", &[path.as_ref(), "/save".as_ref(), list.as_ref()])?;
    let list = acl::saved(&fs::read(&list)?).ok_or_else(|| unclear("icacls"))?;
    let own = run("whoami.exe", &["/user".as_ref(), "/fo".as_ref(), "csv".as_ref(), "/nh".as_ref()])?;
    let own = acl::account(&String::from_utf8_lossy(&own)).ok_or_else(|| unclear("whoami"))?;
    let is_folder = path.is_dir();
    let others = acl::others(&list, &own, is_folder).ok_or_else(|| unclear("icacls"))?;
    let closing = acl::closing(&path.display().to_string(), &own, &others, is_folder);
    Ok(Access { others, closing })
}

/// Is true if others than its owner can change the file at `path`, or put another in its place: its group, all
/// accounts, or all accounts by way of its folder.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub fn may_others_write(path: &Path) -> io::Result<bool> {
    use super::follow::folder_of;
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| fs::metadata(path).map(|data| data.permissions().mode());
    let folder = mode(folder_of(path))?;
    Ok(mode(path)? & 0o022 != 0 || folder & 0o1002 == 0o002)
}

/// Reports whether this account may make files in `folder`, by its rights and the file system's: none is made.
pub fn may_make_in(folder: &Path) -> bool {
    #[cfg(unix)]
    let may = {
        use rustix::fs::Access;
        rustix::fs::access(folder, Access::WRITE_OK | Access::EXEC_OK).is_ok()
    };
    #[cfg(not(unix))]
    let may = fs::metadata(folder).is_ok_and(|data| !data.permissions().readonly());
    may && folder.is_dir()
}

/// Returns false: here the folder's own rights decide who may change a file.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // as on systems with modes
pub fn may_others_write(_: &Path) -> io::Result<bool> {
    Ok(false)
}

/// Gives a new file the rights of the `former` one, which it is to replace.
///
/// A file that is `shared` keeps its owner, and what its group may do where a person kept all others out of it.
/// Any other becomes the running account's own: what it holds is not for an account that made the file before.
///
/// # Errors
/// What the system says.
#[cfg(unix)]
pub(super) fn take_rights(file: &File, former: &Metadata, shared: bool) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};
    let is_kept_from_others = former.mode().trailing_zeros() >= 3;
    let mut mode = former.mode() & if shared && is_kept_from_others { 0o660 } else { 0o600 };
    if shared {
        let own = file.metadata()?;
        if own.gid() != former.gid() && fchown(file, None, Some(former.gid())).is_err() {
            // What the former group might read is nothing for another one.
            mode &= !0o070;
        }
        if own.uid() != former.uid() {
            // Only an administrator can give a file away; from others it becomes their own.
            let _ = fchown(file, Some(former.uid()), None);
        }
    }
    file.set_permissions(fs::Permissions::from_mode(mode))
}

/// Does nothing: here a file has the rights of its folder.
///
/// # Errors
/// None.
#[cfg(not(unix))]
#[allow(clippy::unnecessary_wraps)] // as on systems with modes
pub(super) fn take_rights(_: &File, _: &Metadata, _: bool) -> io::Result<()> {
    Ok(())
}

/// Passes if no person protected the file that is to be replaced.
///
/// Replacing takes no more than a folder that can be written, so that nothing else would keep it.
///
/// # Errors
/// What the system says, or that the file is read-only.
pub(super) fn may_be_replaced(path: &Path, former: Option<&Metadata>) -> io::Result<()> {
    let Some(former) = former else { return Ok(()) };
    // An administrator may write to it all the same.
    if former.permissions().readonly() {
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, "it is read-only"));
    }
    OpenOptions::new().append(true).open(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_can_be_made_in_a_folder_that_this_account_may_write() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("file");
        fs::write(&file, "").expect("a writable folder");
        assert!(may_make_in(folder.path()));
        assert!(!may_make_in(&file) && !may_make_in(&folder.path().join("none")));
        // There, not even an administrator can make one.
        #[cfg(target_os = "linux")]
        assert!(!may_make_in(Path::new("/proc/self")));
    }
}
