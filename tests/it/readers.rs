//! Commands that only read: no run keeps them waiting, they keep no run waiting, and they need no more of the state than
//! to read it.

use rusqlite::Connection;

use crate::harness::World;
use crate::locks::{end, holder};

const CONTOSO: &[&str] = &["--company", "Contoso"];

const READERS: [&[&str]; 6] = [
    &["diff", "--company", "Contoso"],
    &["match", "--company", "Contoso"],
    &["explain", "helen.marsh@contoso.example"],
    &["log"],
    &["log", "last"],
    &["capabilities"],
];

/// A world in which a run left a state.
fn world() -> World {
    let world = World::small();
    assert_eq!(world.sync(CONTOSO).code, 0);
    world
}

fn database(world: &World) -> Connection {
    Connection::open(world.state().join("state.db")).expect("a state")
}

/// Holds the state as a run does that is about to commit, and as one that is about to open it, while `work` is done.
fn while_written<T>(world: &World, work: impl FnOnce() -> T) -> T {
    let writer = database(world);
    writer.execute_batch("BEGIN IMMEDIATE; UPDATE runs SET ended = NULL; DELETE FROM links").expect("free");
    let turn = std::fs::File::create(world.state().join("state.opening")).expect("a writable folder");
    turn.lock().expect("free");
    let done = work();
    writer.execute_batch("ROLLBACK").expect("begun");
    done
}

#[test]
fn readers_work_while_another_run_writes_and_see_what_was_committed() {
    let world = world();
    let before: Vec<_> = READERS.iter().map(|reader| world.run(reader).out).collect();
    let during: Vec<_> = while_written(&world, || {
        let run = |reader: &&[&str]| {
            let run = world.run(reader);
            assert_eq!((run.code, run.err.as_str()), (0, ""), "{reader:?}");
            run.out
        };
        READERS.iter().map(run).collect()
    });
    for (reader, (before, during)) in READERS.iter().zip(before.iter().zip(&during)) {
        if reader[0] != "diff" {
            assert_eq!(before, during, "{reader:?}");
        }
    }
}

#[test]
fn what_a_diff_would_keep_is_not_kept_while_another_run_writes_and_that_is_no_error() {
    let world = world();
    let kept = || -> i64 {
        let count = "SELECT count(*) FROM fields WHERE kind = 'contact'";
        database(&world).query_row(count, (), |row| row.get(0)).expect("a count")
    };
    let bms = ["diff", "--psa", "bms", "--company", "Contoso"];
    let run = while_written(&world, || world.run(&bms));
    assert_eq!((run.code, run.err.as_str(), kept()), (0, "", 0));
    assert_eq!(world.run(&bms).code, 0);
    assert!(kept() > 0, "it is kept where that takes no waiting");
}

#[test]
fn a_run_that_waits_for_the_state_ends_with_its_deadline_and_names_who_is_at_work() {
    let world = world();
    let child = holder(&world, CONTOSO);
    let (process, sync) = (child.id(), ["--company", "Fabrikam", "--deadline", "1ms"]);
    let writer = database(&world);
    writer.execute_batch("BEGIN IMMEDIATE").expect("free");
    let refused = world.sync(&sync);
    drop(writer);
    end(child);
    assert_eq!((refused.code, refused.out.as_str()), (9, ""), "{}", refused.err);
    let first = refused.err.lines().next().expect("a line");
    assert!(
        first.starts_with("error: the state in ") && first.contains("state.db is in use by run 2"),
        "{first}"
    );
    assert!(first.contains(", a `crsync sync` begun by ") && first.contains(" UTC as process "), "{first}");
    assert!(first.ends_with(&format!(" as process {process}")), "{first}");
    assert!(!refused.err.contains("damaged") && !refused.err.contains("move it away"), "{}", refused.err);
}

#[test]
fn a_run_that_waits_for_its_turn_to_open_the_state_names_the_one_that_has_it() {
    let world = world();
    let holder = world.state().join("state.holder");
    std::fs::write(holder, "run 7, a `crsync sync` begun by kim\n").expect("a writable folder");
    let turn = std::fs::File::create(world.state().join("state.opening")).expect("a writable folder");
    turn.lock().expect("free");
    let refused = world.sync(&["--company", "Contoso", "--deadline", "1ms"]);
    assert_eq!(refused.code, 9, "{}", refused.err);
    assert!(refused.err.contains("is in use by run 7, a `crsync sync` begun by kim\n"), "{}", refused.err);
}

#[cfg(target_os = "linux")]
#[test]
fn readers_work_in_a_folder_that_they_may_only_read_and_leave_it_as_it_is() {
    use std::fs::{Permissions, set_permissions};
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
    use std::os::unix::process::CommandExt as _;
    use std::path::Path;
    use std::process::Command;

    let world = world();
    let (state, root) = (world.state(), world.path("."));
    let is_root = std::fs::metadata("/proc/self").expect("a process").uid() == 0;
    // The superuser may write everywhere: then another account reads what is root's.
    let mode = |path: &Path, mode: u32| {
        set_permissions(path, Permissions::from_mode(mode)).expect("the owner");
    };
    let files = || -> Vec<(String, Vec<u8>)> {
        let mut files: Vec<_> = std::fs::read_dir(&state)
            .expect("a folder")
            .map(|entry| entry.expect("an entry").path())
            .filter(|path| path.is_file())
            .map(|path| (path.display().to_string(), std::fs::read(&path).expect("a file")))
            .collect();
        files.sort();
        files
    };
    let before = files();
    assert!(before.iter().all(|(name, _)| !name.ends_with("-wal")), "no run is at work");
    for (name, _) in &before {
        mode(Path::new(name), 0o444);
    }
    mode(&root, 0o755);
    mode(&state, 0o555);
    for reader in READERS.iter().chain(&[&["diff", "--psa", "bms", "--company", "Contoso"][..]]) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
        command.arg("--config").arg(world.config()).args(*reader).envs(&world.env);
        if is_root {
            command.uid(65_534);
        }
        let run = match command.output() {
            Err(error) if is_root && error.kind() == std::io::ErrorKind::PermissionDenied => {
                println!("skipped: another account cannot reach the program where it was built");
                return;
            }
            run => run.expect("the program"),
        };
        let err = String::from_utf8_lossy(&run.stderr);
        assert_eq!((run.status.code(), &*err), (Some(0), ""), "{reader:?}");
        assert!(!run.stdout.is_empty(), "{reader:?}");
    }
    let mut sync = Command::new(env!("CARGO_BIN_EXE_crsync"));
    sync.arg("--config").arg(world.config()).args(["sync", "--yes"]).envs(&world.env);
    if is_root {
        sync.uid(65_534);
    }
    let run = sync.output().expect("the program");
    let err = String::from_utf8_lossy(&run.stderr);
    assert_eq!(run.status.code(), Some(1), "{err}");
    assert!(err.contains("has no right to open it") && !err.contains("damaged"), "{err}");
    mode(&state, 0o755);
    assert_eq!(files(), before);
}

#[test]
fn what_a_killed_run_left_in_its_log_is_read() {
    let world = world();
    let state = world.state();
    let copy = |from: &std::path::Path, to: &std::path::Path| {
        for name in ["state.db", "state.db-wal"] {
            std::fs::copy(from.join(name), to.join(name)).expect("a file");
        }
    };
    let saved = world.path("saved");
    std::fs::create_dir(&saved).expect("a writable folder");
    let killed = database(&world);
    killed
        .execute("UPDATE runs SET header = replace(header, '\"host\":\"', '\"host\":\"far-')", ())
        .expect("a run");
    copy(&state, &saved);
    drop(killed);
    copy(&saved, &state);
    let run = world.run(&["log", "--verbose"]);
    assert_eq!(run.code, 0, "{}", run.err);
    assert!(run.out.contains(" on far-"), "{}", run.out);
}
