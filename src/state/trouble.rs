//! Why the state cannot be used, each reason with its own sentence and next step.

use std::error::Error as StdError;
use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use super::lock;
use crate::error::{Error, Kind};

/// A reason, as it goes on after "cannot be used: ", and the next step.
type Reason = (&'static str, &'static str);

const DAMAGED: Reason = (
    "the file is damaged",
    "put back a copy of it, or move it away: nothing at the services is lost with it, but runs can then not be undone",
);
const READ_ONLY: Reason = (
    "the file or its folder is read-only",
    "let this account write there, or name another folder with CRSYNC_STATE; `crsync diff`, `match`, `explain` and `log` \
     only need to read it",
);
const FORBIDDEN: Reason = (
    "this account has no right to open it",
    "run crsync as the account that owns the folder, or name another one with CRSYNC_STATE",
);
const FULL: Reason = (
    "the disk is full",
    "make room on it and run the command again; what is not in the journal was not sent",
);
const BROKEN_DISK: Reason = (
    "the system failed to read or write it",
    "check the disk, and keep the folder on a local one; then run the command again",
);
const OTHER_TABLES: Reason = (
    "its tables are not those that this version of crsync makes",
    "check that the file is crsync's own, put back a copy of it, or name another folder with CRSYNC_STATE",
);
const MISSING: Reason = ("it is not there", "check the folder, or name another one with CRSYNC_STATE");
const UNKNOWN: Reason = (
    "the database refused it",
    "run the command again; if it stays, name another folder with CRSYNC_STATE and report it",
);

/// Returns the error of a state in `path` that is there and cannot be used.
pub(super) fn unusable(path: &Path, error: impl Into<Box<dyn StdError + Send + Sync>>) -> Error {
    let error = error.into();
    let code = error.downcast_ref::<rusqlite::Error>().and_then(rusqlite::Error::sqlite_error_code);
    if matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) {
        return in_use(path, &lock::at_work(path)).source(error);
    }
    let (reason, next) = match (error.downcast_ref::<io::Error>(), code) {
        (Some(error), _) => of_system(error.kind()),
        (None, Some(code)) => of_database(code, &error.to_string()),
        (None, None) => UNKNOWN,
    };
    Error::new(Kind::State, format!("the state in {} cannot be used: {reason}", path.display()))
        .hint(next)
        .source(error)
}

/// Returns the error of a state that another process kept to itself for as long as this one could wait.
pub(super) fn in_use(path: &Path, holders: &[String]) -> Error {
    let holder = if holders.is_empty() { "another process".to_owned() } else { holders.join(", or ") };
    Error::new(Kind::Locked, format!("the state in {} is in use by {holder}", path.display())).hint(
        "wait until that is over and run the command again; a process that hangs can be ended, and the next run settles \
         what it left open",
    )
}

fn of_database(code: ErrorCode, text: &str) -> Reason {
    match code {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => DAMAGED,
        ErrorCode::ReadOnly => READ_ONLY,
        ErrorCode::PermissionDenied | ErrorCode::CannotOpen | ErrorCode::AuthorizationForStatementDenied => {
            FORBIDDEN
        }
        ErrorCode::DiskFull => FULL,
        ErrorCode::SystemIoFailure | ErrorCode::FileLockingProtocolFailed => BROKEN_DISK,
        _ if text.contains("no such table")
            || text.contains("no such column")
            || text.contains("already exists") =>
        {
            OTHER_TABLES
        }
        _ => UNKNOWN,
    }
}

/// Returns the reason, and the next step, of what the system says of a file or folder of the state.
pub(super) fn of_system(kind: io::ErrorKind) -> Reason {
    use io::ErrorKind::{
        NotADirectory, NotFound, PermissionDenied, QuotaExceeded, ReadOnlyFilesystem, StorageFull,
    };
    match kind {
        PermissionDenied => FORBIDDEN,
        ReadOnlyFilesystem => READ_ONLY,
        StorageFull | QuotaExceeded => FULL,
        NotFound | NotADirectory => MISSING,
        _ => BROKEN_DISK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rusqlite::ffi;

    fn of(code: std::ffi::c_int) -> Error {
        unusable(Path::new("/s/state.db"), rusqlite::Error::SqliteFailure(ffi::Error::new(code), None))
    }

    #[test]
    fn only_what_is_damaged_is_to_be_moved_away() {
        for code in [ffi::SQLITE_CORRUPT, ffi::SQLITE_NOTADB] {
            let error = of(code);
            assert!(error.message().ends_with("/s/state.db cannot be used: the file is damaged"), "{error}");
            assert!(error.next_step().is_some_and(|next| next.contains("move it away")));
        }
        let mut sentences = std::collections::BTreeSet::new();
        for code in [
            ffi::SQLITE_READONLY,
            ffi::SQLITE_CANTOPEN,
            ffi::SQLITE_FULL,
            ffi::SQLITE_IOERR,
            ffi::SQLITE_BUSY,
            ffi::SQLITE_MISUSE,
        ] {
            let error = of(code);
            assert!(sentences.insert(error.message().to_owned()), "a sentence of its own: {error}");
            assert!(
                sentences.insert(error.next_step().unwrap_or_default().to_owned()),
                "a next step of its own"
            );
            let all = format!("{error} {}", error.next_step().unwrap_or_default());
            assert!(!all.contains("damaged") && !all.contains("move it away"), "{all}");
        }
    }

    #[test]
    fn what_another_process_holds_is_locked_and_everything_else_is_not() {
        assert_eq!(of(ffi::SQLITE_BUSY).kind(), Kind::Locked);
        assert_eq!(of(ffi::SQLITE_FULL).kind(), Kind::State);
    }

    #[test]
    fn the_systems_own_errors_are_told_apart_too() {
        let of = |kind: io::ErrorKind| {
            unusable(Path::new("/s/state.db"), io::Error::from(kind)).message().to_owned()
        };
        assert!(of(io::ErrorKind::StorageFull).ends_with("the disk is full"));
        assert!(of(io::ErrorKind::ReadOnlyFilesystem).ends_with("read-only"));
        assert!(of(io::ErrorKind::PermissionDenied).ends_with("has no right to open it"));
    }
}
