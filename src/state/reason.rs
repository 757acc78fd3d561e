//! What keeps a file of the state from being used: each reason in its own words, with its next step.

use std::io;

use rusqlite::ErrorCode;

/// A reason, as it goes on after "cannot be used: ", and the next step.
pub(super) type Reason = (&'static str, &'static str);

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
pub(super) const UNKNOWN: Reason = (
    "the database refused it",
    "run the command again; if it stays, name another folder with CRSYNC_STATE and report it",
);

/// Returns the reason, and the next step, of what the database says.
pub(super) fn of_database(code: ErrorCode, text: &str) -> Reason {
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
