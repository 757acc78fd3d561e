//! An account without a home folder, and an empty environment, as a container or a scheduler has them.

#![cfg(target_os = "linux")]

use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Output};

/// An account that this machine knows nothing of.
const STRANGER: u32 = 65_532;

/// Runs crsync with nothing in its environment but these variables, as an account without a home; `None` where only
/// the superuser could do that.
fn stranger(args: &[&str], variables: &[(&str, &str)]) -> Option<Output> {
    let is_root = std::fs::metadata("/proc/self").expect("a process").uid() == 0;
    let known = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    if !is_root || known.lines().any(|line| line.split(':').nth(2) == Some("65532")) {
        return None;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command
        .args(args)
        .env_clear()
        .envs(variables.iter().copied())
        .current_dir("/")
        .uid(STRANGER)
        .gid(STRANGER);
    match command.output() {
        Ok(output) => Some(output),
        // The program is below a folder that is closed to strangers.
        Err(error) if error.kind() == std::io::ErrorKind::PermissionDenied => None,
        Err(error) => panic!("{error}"),
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_sandbox_is_shown_and_forgotten() {
    let Some(output) = stranger(&["diff", "--sandbox", "--company", "Contoso"], &[]) else { return };
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{err}");
    assert!(out.contains("Nina Farrow"), "{out}");
    assert!(
        err.contains("warning: this account has no home folder: what happens in the sandbox is forgotten"),
        "{err}"
    );
    assert!(err.contains("next: set CRSYNC_STATE"), "{err}");
}

#[test]
fn what_needs_a_state_says_what_to_set() {
    for args in [&["log"][..], &["sandbox"]] {
        let Some(output) = stranger(args, &[("CRSYNC_CONFIG", "/nonexistent/crsync.toml")]) else { return };
        let err = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{args:?}: {err}");
        assert!(
            err.contains("this account has no home folder, so there is no place for the state"),
            "{args:?}: {err}"
        );
        assert!(err.contains("next: set CRSYNC_STATE to a folder"), "{args:?}: {err}");
    }
}

#[test]
fn a_folder_that_is_named_is_enough() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    std::os::unix::fs::chown(folder.path(), Some(STRANGER), Some(STRANGER)).unwrap_or_default();
    let state = folder.path().display().to_string();
    let args = ["sync", "--sandbox", "--yes", "--company", "Contoso"];
    let Some(output) = stranger(&args, &[("CRSYNC_STATE", &state)]) else { return };
    assert_eq!(
        (output.status.code(), text(&output.stderr).contains("warning")),
        (Some(0), false),
        "{}",
        text(&output.stderr)
    );
    let listed = stranger(&["log", "--sandbox"], &[("CRSYNC_STATE", &state)]).expect("the same account");
    assert!(text(&listed.stdout).contains(" done"), "{}", text(&listed.stdout));
}
