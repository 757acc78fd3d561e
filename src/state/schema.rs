//! The database: where it is made, who may read it, and how an older form becomes the newest.

use std::io;
use std::path::Path;

use rusqlite::{Connection, OpenFlags, TransactionBehavior};

use super::trouble::unusable;
use super::waiting::Waiting;
use crate::error::{Error, Kind, Result};
use crate::files;

/// The ending of the file that a process keeps locked while it opens the database.
pub(super) const OPENING: &str = "opening";

/// Every form the database has had: step N makes form N of form N - 1.
///
/// A step that was ever released is never changed.
const STEPS: &[&str] = &[
    "
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        realm TEXT NOT NULL,
        started INTEGER NOT NULL,
        plan TEXT NOT NULL,
        header TEXT NOT NULL,
        ended TEXT
    ) STRICT;
    CREATE INDEX runs_by_plan ON runs (plan);
    CREATE TABLE intents (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        seq INTEGER NOT NULL,
        company TEXT NOT NULL,
        at INTEGER NOT NULL,
        change TEXT NOT NULL,
        PRIMARY KEY (run, seq)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE results (
        run TEXT NOT NULL,
        seq INTEGER NOT NULL,
        settled TEXT NOT NULL,
        PRIMARY KEY (run, seq),
        FOREIGN KEY (run, seq) REFERENCES intents (run, seq) ON DELETE CASCADE
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE companies (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        company TEXT NOT NULL,
        plan TEXT NOT NULL,
        PRIMARY KEY (run, company)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE links (
        realm TEXT NOT NULL,
        company TEXT NOT NULL,
        user TEXT NOT NULL,
        contact TEXT,
        portal_user TEXT,
        gone INTEGER NOT NULL,
        PRIMARY KEY (realm, company, user)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE written (
        realm TEXT NOT NULL,
        portal_user TEXT NOT NULL,
        field TEXT NOT NULL,
        value TEXT NOT NULL,
        PRIMARY KEY (realm, portal_user, field)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE counts (
        realm TEXT NOT NULL,
        company TEXT NOT NULL,
        side TEXT NOT NULL,
        records INTEGER NOT NULL,
        PRIMARY KEY (realm, company, side)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE fields (
        realm TEXT NOT NULL,
        kind TEXT NOT NULL,
        id TEXT NOT NULL,
        stamp TEXT NOT NULL,
        read INTEGER NOT NULL,
        fields TEXT NOT NULL,
        PRIMARY KEY (realm, kind, id)
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE calls (
        realm TEXT NOT NULL,
        service TEXT NOT NULL,
        endpoint TEXT NOT NULL,
        at INTEGER NOT NULL,
        count INTEGER NOT NULL,
        PRIMARY KEY (realm, service, endpoint, at)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE keys (
        name TEXT PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE pins (
        realm TEXT NOT NULL,
        portal_user TEXT NOT NULL,
        modified TEXT,
        read INTEGER NOT NULL,
        hash TEXT NOT NULL,
        length INTEGER NOT NULL,
        contact TEXT,
        held TEXT,
        held_length INTEGER,
        PRIMARY KEY (realm, portal_user)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE assigned (
        realm TEXT NOT NULL,
        company TEXT NOT NULL,
        contact TEXT NOT NULL,
        assignment TEXT NOT NULL,
        PRIMARY KEY (realm, company, contact)
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE pictures (
        user TEXT PRIMARY KEY,
        hash TEXT NOT NULL,
        read INTEGER NOT NULL,
        wanted INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
",
    "
    CREATE TABLE requests (
        realm TEXT NOT NULL,
        id TEXT NOT NULL,
        digest TEXT NOT NULL,
        run TEXT NOT NULL,
        change TEXT,
        done INTEGER,
        PRIMARY KEY (realm, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX requests_by_run ON requests (run);
",
    // Of links that an older version recorded it is not known whether the user was ever in scope.
    "
    ALTER TABLE links ADD COLUMN took_part INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE links ADD COLUMN out_by_setting INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE licences (
        realm TEXT NOT NULL,
        company TEXT NOT NULL,
        rule TEXT NOT NULL,
        PRIMARY KEY (realm, company)
    ) STRICT, WITHOUT ROWID;
",
    // Rows of companies, and changes with a text of their own, are of older versions: a later run shares the former, and
    // the latter go with their run. What a run adds up to is noted in its row until something changes it.
    "
    CREATE TABLE texts (
        id INTEGER PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE,
        text TEXT NOT NULL
    ) STRICT;
    ALTER TABLE runs ADD COLUMN notes INTEGER;
    ALTER TABLE runs ADD COLUMN breaches INTEGER;
    ALTER TABLE runs ADD COLUMN summary TEXT;
    ALTER TABLE intents ADD COLUMN text INTEGER;
    CREATE VIEW changes AS
        SELECT run, seq, company, at, CASE WHEN intents.text IS NULL THEN change ELSE texts.text END AS change
        FROM intents LEFT JOIN texts ON texts.id = intents.text;
    CREATE TRIGGER a_change_was_announced AFTER INSERT ON intents BEGIN
        UPDATE runs SET summary = NULL WHERE id = NEW.run AND summary IS NOT NULL;
    END;
    CREATE TRIGGER a_change_was_settled AFTER INSERT ON results BEGIN
        UPDATE runs SET summary = NULL WHERE id = NEW.run AND summary IS NOT NULL;
    END;
    CREATE TRIGGER a_result_was_changed AFTER UPDATE ON results BEGIN
        UPDATE runs SET summary = NULL WHERE id = NEW.run AND summary IS NOT NULL;
    END;
    CREATE TRIGGER a_run_was_changed AFTER UPDATE OF header, breaches, notes, ended ON runs BEGIN
        UPDATE runs SET summary = NULL WHERE id = NEW.id AND summary IS NOT NULL;
    END;
",
    "
    CREATE TABLE begun (
        run TEXT PRIMARY KEY,
        realm TEXT NOT NULL,
        command TEXT NOT NULL,
        started INTEGER NOT NULL,
        keys TEXT NOT NULL,
        found TEXT
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE notices (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        target TEXT NOT NULL,
        at INTEGER NOT NULL,
        fault TEXT,
        PRIMARY KEY (run, target)
    ) STRICT, WITHOUT ROWID;
",
    // The records that were made for a person are looked up before every new one; of a plan that was applied it is known
    // for two years longer than of its run.
    "
    CREATE TABLE made (
        realm TEXT NOT NULL,
        kind TEXT NOT NULL,
        company TEXT NOT NULL,
        user TEXT NOT NULL,
        id TEXT NOT NULL,
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        PRIMARY KEY (realm, kind, company, user, id)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX made_by_run ON made (run);
    INSERT OR IGNORE INTO made
        SELECT realm, CASE change ->> '$.record.kind' WHEN 'details' THEN 'user-details' ELSE change ->> '$.record.kind' END,
            change ->> '$.record.company', change ->> '$.seek.user', settled ->> '$.id', runs.id
        FROM changes JOIN results USING (run, seq) JOIN runs ON runs.id = run
        WHERE CASE WHEN json_valid(change) AND json_valid(settled)
            THEN change ->> '$.action' = 'create' AND change ->> '$.seek.user' IS NOT NULL
                AND settled ->> '$.id' IS NOT NULL
            ELSE 0 END;
    CREATE TABLE applied (
        plan TEXT PRIMARY KEY,
        run TEXT NOT NULL,
        started INTEGER NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX applied_by_age ON applied (started);
    CREATE TRIGGER a_run_was_forgotten AFTER DELETE ON runs
    WHEN coalesce(OLD.ended, '') NOT LIKE '%\"refused\"%' BEGIN
        INSERT OR IGNORE INTO applied VALUES (OLD.plan, OLD.id, OLD.started);
        DELETE FROM applied WHERE started < OLD.started - 63072000000;
    END;
",
    "
    CREATE TABLE remembered (
        realm TEXT NOT NULL,
        company TEXT NOT NULL,
        psa TEXT,
        portal TEXT,
        at INTEGER,
        PRIMARY KEY (realm, company)
    ) STRICT, WITHOUT ROWID;
",
];

/// Opens the database at `path`, makes it where there is none, and brings it to the newest form.
///
/// # Errors
/// [`Kind::State`] when it cannot be made or read, or was written by a newer version; [`Kind::Locked`] when another
/// process keeps it for longer than `waiting` allows.
pub(super) fn open(path: &Path, waiting: &Waiting) -> Result<Connection> {
    if let Some(folder) = path.parent() {
        files::make_folder(folder).map_err(|error| unusable(path, error))?;
    }
    make(path).map_err(|error| unusable(path, error))?;
    // One process at a time: of two that make the same database keep a write-ahead log, the database refuses one
    // at once, whatever the time it was given to wait. Closing the file releases the lock.
    let turn = files::open(&path.with_extension(OPENING)).map_err(|error| unusable(path, error))?;
    let _turn = waiting.take_turn(turn, path)?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut db = Connection::open_with_flags(path, flags).map_err(|error| unusable(path, error))?;
    db.busy_timeout(waiting.patience())
        .and_then(|()| set_aside_in_memory(&db))
        .map_err(|error| unusable(path, error))?;
    migrate(&mut db, path, STEPS)?;
    // A run that cannot write finds out before it asks a service for anything.
    let failed = |error: rusqlite::Error| unusable(path, error);
    db.transaction_with_behavior(TransactionBehavior::Immediate)
        .and_then(rusqlite::Transaction::commit)
        .map_err(failed)?;
    Ok(db)
}

/// Makes an empty database where there is none: before the library does, so that no other account can ever read it. Its
/// helper files inherit its rights.
///
/// One that is there is not opened. This process may be using it already, and would lose its locks when it closes a handle
/// that the library does not know: another process could then take the log away from under it.
fn make(path: &Path) -> io::Result<()> {
    if path.try_exists()? {
        // Of another account's file only that account can say who may use it.
        let _ = files::narrow(path);
        return Ok(());
    }
    files::open(path).map(drop)
}

/// Lets the connection keep in memory what it sets aside while it works, such as what it sorts.
///
/// What is private is in no file outside the folder of the state, and where the rest of the machine is read-only there
/// is no place for one.
pub(super) fn set_aside_in_memory(db: &Connection) -> rusqlite::Result<()> {
    db.execute_batch("PRAGMA temp_store = MEMORY")
}

/// Is true if a database has the newest form.
///
/// # Errors
/// [`Kind::State`] when it was written by a newer version.
pub(super) fn is_newest(db: &Connection, path: &Path) -> Result<bool> {
    Ok(form_of(db, path, STEPS)? == STEPS.len())
}

/// Brings a database of an older form to the newest.
///
/// # Errors
/// [`Kind::State`] when it cannot be changed, or was written by a newer version.
pub(super) fn bring_up(db: &mut Connection, path: &Path) -> Result<()> {
    raise(db, path, STEPS)
}

fn migrate(db: &mut Connection, path: &Path, steps: &[&str]) -> Result<()> {
    // A commit is on disk before the call that it announces.
    // How a file gives room back to the disk is decided before anything is in it.
    db.execute_batch(
        "PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; \
         PRAGMA foreign_keys = ON;",
    )
    .map_err(|error| unusable(path, error))?;
    raise(db, path, steps)
}

/// Makes the steps that a database lacks, all of them or none.
fn raise(db: &mut Connection, path: &Path, steps: &[&str]) -> Result<()> {
    if form_of(db, path, steps)? == steps.len() {
        return Ok(());
    }
    let failed = |error: rusqlite::Error| unusable(path, error);
    let change = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    // Another process may have been faster.
    for step in &steps[form_of(&change, path, steps)?..] {
        change.execute_batch(step).map_err(failed)?;
    }
    change.execute_batch(&format!("PRAGMA user_version = {}", steps.len())).map_err(failed)?;
    change.commit().map_err(failed)
}

fn form_of(db: &Connection, path: &Path, steps: &[&str]) -> Result<usize> {
    let form: usize =
        db.query_row("PRAGMA user_version", (), |row| row.get(0)).map_err(|error| unusable(path, error))?;
    if form <= steps.len() {
        return Ok(form);
    }
    Err(Error::new(
        Kind::State,
        format!(
            "the state in {} was written by a newer crsync (form {form}, this version knows {})",
            path.display(),
            steps.len()
        ),
    )
    .hint("run the newer crsync, or name another folder with CRSYNC_STATE"))
}

/// Makes the database at `path` in this form, as the version of that time made it.
#[cfg(test)]
pub(super) fn of_form(path: &Path, form: usize) -> Connection {
    let mut db = Connection::open(path).expect("a writable folder");
    db.execute_batch("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON;").expect("a new database");
    raise(&mut db, path, &STEPS[..form]).expect("an older form");
    db
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(db: &Connection) -> usize {
        db.query_row("PRAGMA user_version", (), |row| row.get(0)).expect("a form")
    }

    #[test]
    fn an_older_form_becomes_the_newest_and_keeps_what_it_holds() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state.db");
        let mut db = Connection::open(&path).expect("a new database");
        let first = ["CREATE TABLE t (a TEXT); INSERT INTO t VALUES ('kept');"];
        migrate(&mut db, &path, &first).expect("the first form");
        migrate(&mut db, &path, &[first[0], "ALTER TABLE t ADD COLUMN b TEXT;"]).expect("the second form");
        assert_eq!(form(&db), 2);
        let kept: String =
            db.query_row("SELECT a FROM t WHERE b IS NULL", (), |row| row.get(0)).expect("a row");
        assert_eq!(kept, "kept");
    }

    #[test]
    fn a_step_that_fails_leaves_the_older_form_whole() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state.db");
        let mut db = Connection::open(&path).expect("a new database");
        let first = "CREATE TABLE t (a TEXT);";
        migrate(&mut db, &path, &[first]).expect("the first form");
        migrate(&mut db, &path, &[first, "CREATE TABLE u (a TEXT);", "no SQL"]).expect_err("no SQL");
        assert_eq!(form(&db), 1);
        let tables: usize = db
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name = 'u'", (), |row| row.get(0))
            .expect("a count");
        assert_eq!(tables, 0);
    }

    #[test]
    fn a_newer_form_is_refused_with_what_to_do() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state.db");
        open(&path, &Waiting::default())
            .expect("a new database")
            .execute_batch("PRAGMA user_version = 99")
            .expect("a pragma");
        let error = open(&path, &Waiting::default()).expect_err("of a later version");
        assert!(error.message().contains("newer crsync (form 99"), "{error}");
        assert!(error.next_step().is_some_and(|next| next.contains("CRSYNC_STATE")));
    }

    #[test]
    fn a_damaged_file_is_named_and_left_as_it_is() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state.db");
        std::fs::write(&path, "this is no database, and never was one").expect("a writable folder");
        let error = open(&path, &Waiting::default()).expect_err("no database");
        assert_eq!(error.kind(), Kind::State);
        assert!(error.message().contains(&path.display().to_string()));
        assert!(std::fs::read_to_string(&path).expect("still there").starts_with("this is no database"));
    }

    #[test]
    fn whoever_opens_a_new_one_at_the_same_time_gets_it_too() {
        for _ in 0..40 {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let path = folder.path().join("state.db");
            let start = std::sync::Barrier::new(6);
            std::thread::scope(|scope| {
                for _ in 0..6 {
                    scope.spawn(|| {
                        start.wait();
                        open(&path, &Waiting::default()).expect("a turn for everybody");
                    });
                }
            });
        }
    }

    /// The locks that this process has on a file, as the system lists them.
    #[cfg(target_os = "linux")]
    fn locks_on(path: &Path) -> usize {
        use std::os::unix::fs::MetadataExt;
        let file = format!(":{} ", std::fs::metadata(path).expect("a file").ino());
        let own = format!(" {} ", std::process::id());
        let list = std::fs::read_to_string("/proc/locks").expect("a list");
        list.lines()
            .filter(|line| line.contains("POSIX") && line.contains(&own) && line.contains(&file))
            .count()
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn opening_it_a_second_time_and_protecting_it_keep_the_locks_of_the_first() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("state.db");
        let first = open(&path, &Waiting::default()).expect("a new database");
        let _: usize = first.query_row("SELECT count(*) FROM runs", (), |row| row.get(0)).expect("a count");
        let helper = path.with_file_name("state.db-shm");
        let before = [&path, &helper].map(|file| locks_on(file));
        assert!(before.iter().all(|locks| *locks > 0), "{before:?}");
        let others = std::os::unix::fs::PermissionsExt::from_mode(0o644);
        std::fs::set_permissions(&helper, others).expect("an own file");
        drop(open(&path, &Waiting::default()).expect("the same database"));
        crate::state::protect(&path).expect("own files");
        assert_eq!([&path, &helper].map(|file| locks_on(file)), before);
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("deeper").join("state.db");
        let db = open(&path, &Waiting::default()).expect("a new database");
        db.execute("INSERT INTO counts VALUES ('r', 'c', '365', 1)", ()).expect("a row");
        for entry in std::fs::read_dir(path.parent().expect("a folder")).expect("readable") {
            let entry = entry.expect("an entry");
            let mode = entry.metadata().expect("its rights").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{}", entry.path().display());
        }
    }
}
