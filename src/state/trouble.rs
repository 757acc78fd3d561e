//! The errors of a state that cannot be used.

use std::error::Error as StdError;
use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use super::lock;
use super::reason::{UNKNOWN, of_database, of_system};
use crate::error::{Error, Kind};

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
