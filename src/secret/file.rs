//! Files that hold a secret: opened once, and judged by what was opened.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::Secret;
use crate::error::{Error, Kind, Result};
use crate::files::{self, Encoding, decode};

/// The most bytes of a file: more than any key, certificate or token has.
const MOST: usize = 64 * 1024;

/// Reads a secret from a file that only its owner can read.
pub(super) fn read(path: &Path) -> Result<Secret> {
    let shown = path.display();
    let config = |what: &str| Error::new(Kind::Config, format!("the secret file {shown} {what}"));
    let unreadable = |error: std::io::Error| config("cannot be read").source(error);
    let file = files::open_to_read(path).map_err(unreadable)?;
    judge(&file, path)?;
    let mut bytes = Zeroizing::new(Vec::with_capacity(MOST + 1));
    file.take(MOST as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > MOST {
        return Err(config(&format!("has more than {} KiB, which no secret has", MOST / 1024)));
    }
    let text = decode(bytes.to_vec())
        .map_err(|encoding| config(&format!("cannot be read: {encoding}")).hint(Encoding::HINT))?;
    let text = Zeroizing::new(text.text);
    if text.trim().is_empty() {
        return Err(config("is empty"));
    }
    Ok(Secret::new(text.trim()))
}

/// Refuses an open file that is not one of the user's own, or that others can read.
#[cfg(unix)]
fn judge(file: &File, path: &Path) -> Result<()> {
    use std::os::unix::fs::MetadataExt;
    let metadata = file.metadata().map_err(|error| {
        Error::new(Kind::Config, format!("the secret file {} cannot be read", path.display())).source(error)
    })?;
    let user = rustix::process::geteuid().as_raw();
    refusal(metadata.is_file(), metadata.uid(), metadata.mode(), user).map_or(Ok(()), |(what, hint)| {
        let shown = path.display();
        let hint = hint.replace("FILE", &shown.to_string());
        Err(Error::new(Kind::Config, format!("the secret file {shown} {what}")).hint(hint))
    })
}

/// Refuses what is not a file, and on Windows a file whose access control list lets other accounts in.
#[cfg(not(unix))]
fn judge(file: &File, path: &Path) -> Result<()> {
    let shown = path.display();
    let refused = |what: &str| Error::new(Kind::Config, format!("the secret file {shown} {what}"));
    if !file.metadata().is_ok_and(|data| data.is_file()) {
        return Err(refused("is not a regular file")
            .hint("name a file that holds the secret and nothing else; for a program, use a command"));
    }
    #[cfg(windows)]
    match files::access(path) {
        Ok(access) if access.others.is_empty() => {}
        Ok(access) => {
            let others = access.others.join(", ");
            return Err(refused(&format!("is open to other accounts: {others}"))
                .hint(format!("{}; or use another file", access.remedy("file"))));
        }
        Err(error) => {
            return Err(refused("may be open to other accounts: its access control list cannot be read")
                .hint("put it on a local disk with NTFS, or use a command or the keyring")
                .source(error));
        }
    }
    Ok(())
}

/// Returns why a file may not hold a secret, and what helps.
///
/// It may belong to the user who runs crsync, or to root, who can read every file. If root runs crsync, it must
/// belong to root.
#[cfg(unix)]
fn refusal(is_file: bool, owner: u32, mode: u32, user: u32) -> Option<(String, String)> {
    const ROOT: u32 = 0;
    if !is_file {
        let hint =
            "name a file that holds the secret and nothing else; for a pipe or a program, use a command";
        return Some(("is not a regular file".to_owned(), hint.to_owned()));
    }
    if owner != user && owner != ROOT {
        let runs = if user == ROOT { "root".to_owned() } else { format!("user {user}") };
        return Some((
            format!("belongs to user {owner}, and {runs} runs crsync"),
            format!("run crsync as user {owner}, or `chown {user} FILE`"),
        ));
    }
    (mode & 0o077 != 0)
        .then(|| ("is open to others than its owner".to_owned(), "run `chmod 600 FILE`".to_owned()))
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;
    use std::process::Command;

    use super::*;

    fn write(path: &Path, bytes: &[u8], mode: u32) {
        fs::write(path, bytes).expect("a writable folder");
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("our own file");
    }

    #[test]
    fn one_open_to_others_is_refused_with_the_command_that_closes_it() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("secret");
        write(&file, b"hunter2\n", 0o644);
        let error = read(&file).expect_err("open to others");
        assert_eq!(error.next_step(), Some(format!("run `chmod 600 {}`", file.display()).as_str()));
        write(&file, b"hunter2\n", 0o600);
        assert_eq!(read(&file).expect("private").expose(), "hunter2");
    }

    #[test]
    fn a_byte_order_mark_and_the_last_line_break_are_no_part_of_it() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("secret");
        write(&file, "\u{feff}hunter2\r\n".as_bytes(), 0o600);
        assert_eq!(read(&file).expect("a secret").expose(), "hunter2");
        write(&file, b"\xff\xfeh\0u\0n\0", 0o600);
        let error = read(&file).expect_err("UTF-16");
        assert!(error.message().contains("UTF-16") && !error.to_string().contains("hun"), "{error}");
    }

    #[test]
    fn only_a_regular_file_is_read_and_a_pipe_is_not_waited_for() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("a program").success());
        for path in [pipe.as_path(), folder.path(), Path::new("/dev/zero")] {
            let error = read(path).expect_err("no file");
            assert!(error.message().ends_with("is not a regular file"), "{error}");
        }
    }

    #[test]
    fn one_that_has_no_end_is_no_secret() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("secret");
        write(&file, &vec![b'a'; MOST + 1], 0o600);
        let error = read(&file).expect_err("too large");
        assert!(error.message().ends_with("has more than 64 KiB, which no secret has"), "{error}");
    }

    #[test]
    fn it_belongs_to_the_user_or_to_root_and_to_root_alone_where_root_runs_crsync() {
        let says =
            |owner, user| refusal(true, owner, 0o100_600, user).map(|(what, hint)| format!("{what}: {hint}"));
        assert_eq!(says(1000, 1000), None);
        assert_eq!(says(0, 1000), None);
        assert_eq!(says(0, 0), None);
        assert_eq!(
            says(1001, 1000).as_deref(),
            Some(
                "belongs to user 1001, and user 1000 runs crsync: run crsync as user 1001, or `chown 1000 FILE`"
            )
        );
        assert_eq!(
            says(1000, 0).as_deref(),
            Some("belongs to user 1000, and root runs crsync: run crsync as user 1000, or `chown 0 FILE`")
        );
    }

    #[test]
    fn what_is_judged_is_what_was_opened() {
        if !rustix::process::geteuid().is_root() {
            return; // only root can give a file away
        }
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("secret");
        write(&file, b"hunter2\n", 0o600);
        std::os::unix::fs::chown(&file, Some(1000), None).expect("root");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(&file, &link).expect("a writable folder");
        let error = read(&link).expect_err("of another user");
        assert!(error.message().ends_with("belongs to user 1000, and root runs crsync"), "{error}");
    }
}
