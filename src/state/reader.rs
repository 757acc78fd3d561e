//! Opens the database for commands that only read it: without a lock that keeps a run waiting, without making or changing
//! a file of the state, in a folder that may be read-only.
//!
//! A write-ahead log needs a helper file that its readers share. Where that can be neither found nor made, no run of this
//! account is at work, and the database is copied into memory; so is one of an older form, which only a run may bring to
//! the newest.

use std::fmt::Write as _;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::schema;
use super::trouble::unusable;
use super::waiting::Waiting;
use crate::error::Result;

/// How often a database is copied that another account changes meanwhile.
const TRIES: usize = 5;

/// The file systems of the database library that lock nothing: for files that cannot be locked, as they are read-only.
const WITHOUT_LOCKS: &str = if cfg!(windows) { "win32-none" } else { "unix-none" };

/// A database to be read.
pub(super) struct Opened {
    pub(super) db: Connection,
    /// Whether it is a copy in memory, which shows nothing of what is written later.
    pub(super) is_copy: bool,
}

/// Opens the database at `path` to be read, if there is one.
///
/// # Errors
/// [`crate::error::Kind::State`] when it cannot be read, or was written by a newer version.
pub(super) fn open(path: &Path) -> Result<Option<Opened>> {
    match fs::metadata(path) {
        // An empty one is just being made by another run.
        Ok(data) if data.len() == 0 => return Ok(None),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unusable(path, error)),
    }
    let mut tries = 0;
    let opened = loop {
        tries += 1;
        match shared(path).or_else(|error| if cannot_share(&error) { still(path) } else { Err(error) }) {
            Ok(Some(opened)) => break opened,
            Ok(None) if tries < TRIES => {}
            Ok(None) => return Err(super::trouble::in_use(path, &super::lock::at_work(path))),
            Err(error) => return Err(unusable(path, error)),
        }
    };
    newest(opened, path).map(Some)
}

/// Opens the database while other runs may write it.
fn shared(path: &Path) -> rusqlite::Result<Option<Opened>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(path, flags)?;
    db.busy_timeout(Waiting::default().patience())?;
    schema::set_aside_in_memory(&db)?;
    touch(&db)?;
    Ok(Some(Opened { db, is_copy: false }))
}

/// Reads something, since opening alone reads nothing.
fn touch(db: &Connection) -> rusqlite::Result<usize> {
    db.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get(0))
}

/// Is true if the helper file that readers share can be neither found nor made.
fn cannot_share(error: &rusqlite::Error) -> bool {
    matches!(error.sqlite_error_code(), Some(ErrorCode::CannotOpen | ErrorCode::ReadOnly))
}

/// Copies the database into memory, with what is in its write-ahead log; nothing where it changed meanwhile.
fn still(path: &Path) -> rusqlite::Result<Option<Opened>> {
    let before = marks(path);
    let has_log = before[1].is_some_and(|(length, _)| length > 0);
    // A database that is opened as immutable is read without its log.
    let how = if has_log { format!("vfs={WITHOUT_LOCKS}") } else { "immutable=1".to_owned() };
    let flags =
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX | OpenFlags::SQLITE_OPEN_URI;
    let source = Connection::open_with_flags(format!("file:{}?mode=ro&{how}", in_uri(path)), flags)?;
    schema::set_aside_in_memory(&source)?;
    if has_log {
        // The helper file is then kept in memory.
        source.execute_batch("PRAGMA locking_mode = EXCLUSIVE")?;
    }
    let copied = touch(&source).and_then(|_| copy(&source));
    if marks(path) != before {
        return Ok(None);
    }
    copied.map(|db| Some(Opened { db, is_copy: true }))
}

/// Lengths and times of the database and of its log.
fn marks(path: &Path) -> [Option<(u64, Option<SystemTime>)>; 2] {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    [path.to_owned(), PathBuf::from(log)]
        .map(|file| fs::metadata(file).ok().map(|data| (data.len(), data.modified().ok())))
}

/// Returns the path as an address has it.
fn in_uri(path: &Path) -> String {
    #[cfg(unix)]
    let bytes = std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_vec();
    #[cfg(not(unix))]
    let bytes = format!("/{}", path.display().to_string().replace('\\', "/")).into_bytes();
    bytes.iter().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"/-_.~:".contains(byte) {
            text.push(char::from(*byte));
        } else {
            let _ = write!(text, "%{byte:02X}"); // writing to a String cannot fail
        }
        text
    })
}

fn copy(source: &Connection) -> rusqlite::Result<Connection> {
    let mut memory = Connection::open_in_memory()?;
    schema::set_aside_in_memory(&memory)?;
    let step = Backup::new(source, &mut memory)?.step(-1)?;
    if step == StepResult::Done {
        return Ok(memory);
    }
    Err(rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY), None))
}

/// Brings a database of an older form to the newest, in memory.
fn newest(opened: Opened, path: &Path) -> Result<Opened> {
    if schema::is_newest(&opened.db, path)? {
        return Ok(opened);
    }
    let mut db = copy(&opened.db).map_err(|error| unusable(path, error))?;
    schema::bring_up(&mut db, path)?;
    Ok(Opened { db, is_copy: true })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Kind;

    fn scratch() -> (tempfile::TempDir, PathBuf) {
        let folder = tempfile::tempdir().expect("a scratch folder");
        // No file of Windows has a question mark in its name.
        let name = if cfg!(windows) { "a state 100%.db" } else { "a state 100%?.db" };
        let path = folder.path().join(name);
        (folder, path)
    }

    fn fill(path: &Path) -> Connection {
        let db = schema::open(path, &Waiting::default()).expect("a new database");
        db.execute("INSERT INTO counts VALUES ('r', 'c', 'psa', 1)", ()).expect("a row");
        db
    }

    fn rows(db: &Connection) -> i64 {
        db.query_row("SELECT count(*) FROM counts", (), |row| row.get(0)).expect("a count")
    }

    #[test]
    fn a_reader_needs_no_turn_and_sees_what_was_committed_while_a_run_writes() {
        let (_folder, path) = scratch();
        let writer = fill(&path);
        let turn = fs::File::create(path.with_extension(schema::OPENING)).expect("a writable folder");
        turn.lock().expect("free");
        writer
            .execute_batch("BEGIN IMMEDIATE; INSERT INTO counts VALUES ('r', 'd', 'psa', 1);")
            .expect("begun");
        let reader = open(&path).expect("readable").expect("there").db;
        assert_eq!(rows(&reader), 1);
        reader.execute("DELETE FROM counts", ()).expect_err("a reader writes nothing");
        writer.execute_batch("COMMIT").expect("committed");
        assert_eq!(rows(&reader), 2);
    }

    #[test]
    fn a_copy_holds_what_stands_in_the_log_of_a_run_that_died() {
        let (folder, path) = scratch();
        let writer = fill(&path);
        let dead = folder.path().join("dead.db");
        for ending in ["", "-wal"] {
            let from = format!("{}{ending}", path.display());
            fs::copy(from, format!("{}{ending}", dead.display())).expect("a writable folder");
        }
        assert_eq!(rows(&still(&dead).expect("readable").expect("unchanged").db), 1);
        assert!(!folder.path().join("dead.db-shm").exists(), "nothing is made beside it");
        drop(writer);
        assert_eq!(rows(&still(&path).expect("readable").expect("unchanged").db), 1, "one without a log");
    }

    #[test]
    fn what_a_connection_sets_aside_stays_in_memory() {
        let (_folder, path) = scratch();
        let writer = fill(&path);
        let reader = open(&path).expect("readable").expect("there").db;
        let copied = copy(&reader).expect("a copy");
        for db in [&writer, &reader, &copied] {
            // As the library numbers it: 0 is its default, 1 a file, 2 memory.
            let place: i64 = db.query_row("PRAGMA temp_store", (), |row| row.get(0)).expect("a number");
            assert_eq!(place, 2);
        }
    }

    #[test]
    fn an_older_form_is_read_and_stays_as_it_is() {
        let (_folder, path) = scratch();
        let older = schema::of_form(&path, 6);
        older.execute("INSERT INTO counts VALUES ('r', 'c', 'psa', 1)", ()).expect("a row");
        drop(older);
        let before = fs::read(&path).expect("a file");
        let reader = open(&path).expect("readable").expect("there").db;
        assert_eq!(rows(&reader), 1);
        reader.prepare("SELECT took_part FROM links").expect("a later form");
        reader.prepare("SELECT summary FROM runs").expect("the newest form");
        assert_eq!(fs::read(&path).expect("a file"), before);
    }

    #[test]
    fn none_and_an_empty_one_are_no_state_and_garbage_is_damaged() {
        let (_folder, path) = scratch();
        assert!(open(&path).expect("no error").is_none());
        fs::write(&path, "").expect("a writable folder");
        assert!(open(&path).expect("no error").is_none());
        fs::write(&path, "This is no database. ".repeat(100)).expect("a writable folder");
        let error = open(&path).map(|_| ()).expect_err("no database");
        assert_eq!(error.kind(), Kind::State);
        assert!(error.message().ends_with("the file is damaged"), "{error}");
    }
}
