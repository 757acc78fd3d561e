//! What survives a run may be damaged, newer, or lost: no person's records suffer.

use crsync::model::Field;
use crsync::plan::{Action, Settlement};

use crate::harness::{World, settled};

const CONTOSO: &[&str] = &["--company", "Contoso"];

/// Every command that needs the state ends with one clear line, and asks no service anything.
#[track_caller]
fn refused(world: &World, why: &str, next: &str) {
    let asked = world.sandbox.requests().len();
    for command in [&["sync", "--yes"][..], &["diff"], &["log"], &["undo", "last", "--yes"]] {
        let run = world.run(command);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{}", run.err);
        // Files that the test made are open to others until the first command.
        let told = run.err.lines().filter(|line| !line.starts_with("warning: other accounts could use"));
        let lines: Vec<&str> = told.filter(|line| !line.starts_with("  because: ")).collect();
        assert_eq!(lines.len(), 2, "{}", run.err);
        assert!(lines[0].starts_with("error: ") && lines[0].contains(why), "{}", run.err);
        assert!(lines[1].starts_with("  next: ") && lines[1].contains(next), "{}", run.err);
    }
    assert_eq!(world.sandbox.requests().len(), asked);
}

#[test]
fn a_damaged_state_is_named_and_left_as_it_is() {
    let world = World::new();
    let file = world.path("state").join("state.db");
    std::fs::create_dir_all(world.path("state")).expect("a writable folder");
    let garbage = "This is no database, but long enough to be taken for one. ".repeat(100);
    std::fs::write(&file, &garbage).expect("a writable folder");
    refused(&world, "state.db cannot be used", "move it away");
    assert_eq!(std::fs::read_to_string(&file).expect("the file"), garbage);
}

#[test]
fn a_state_of_a_newer_version_is_refused() {
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let file = world.path("state").join("state.db");
    // The database's header has a number for the application to use, at byte 60.
    let mut bytes = std::fs::read(&file).expect("the file");
    bytes[60..64].copy_from_slice(&99_u32.to_be_bytes());
    std::fs::write(&file, bytes).expect("a writable folder");
    refused(&world, "was written by a newer crsync (form 99", "run the newer crsync");
}

#[test]
fn without_its_state_the_next_run_writes_nothing_but_the_sign_ins_of_leavers() {
    let world = World::new();
    assert_eq!(world.sync(&[]).code, 4);
    let written = world.writes().len();
    std::fs::remove_dir_all(world.path("state")).expect("the state");
    assert_eq!(world.sync(&[]).code, 4);
    // The portal does not show whether a person may sign in, so that is written once more for those who left.
    let report = world.journal("last");
    let done = settled(&report, Settlement::Done);
    assert!(done.iter().all(|entry| {
        let fields = &entry.change.fields;
        entry.change.action == Action::Deactivate && fields.iter().all(|field| field.field == Field::Login)
    }));
    assert_eq!((world.writes().len(), done.len()), (written + 7, 7));
    assert_eq!(world.sync(&[]).code, 4);
    assert_eq!(world.writes().len(), written + 7);
}

#[cfg(unix)]
#[test]
fn what_is_kept_is_private_to_its_owner() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new();
    assert_eq!(world.sync(CONTOSO).code, 0);
    let mut folders = vec![world.path("state")];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        let mode =
            |path: &std::path::Path| std::fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
        for entry in std::fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                assert_eq!(mode(&path), 0o600, "{}", path.display());
                files += 1;
            }
        }
    }
    assert!(files >= 2, "the database and a lock");
}
