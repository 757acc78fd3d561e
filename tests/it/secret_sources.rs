//! Files and commands that hold a secret, as a run meets them.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use crate::conformance::with_line;
use crate::harness::World;

/// A world whose Autotask secret comes from what the line says, and the secret.
fn world(line: &str) -> (World, String) {
    let mut world = World::small();
    let secret = world.env.remove("CRSYNC_AUTOTASK_SECRET").expect("a secret");
    world.configure(|text| with_line(&text, "autotask", line));
    (world, secret)
}

fn write(world: &World, name: &str, text: &str, mode: u32) {
    let path = world.path(name);
    fs::write(&path, text).expect("a writable folder");
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).expect("our own file");
}

const DIFF: [&str; 3] = ["diff", "--company", "Contoso"];

#[test]
fn a_command_that_never_ends_costs_the_run_its_deadline_and_no_more() {
    // Longer than any test runs. macOS takes numbers alone.
    let (world, _) = world("secret-command = ['sleep', '600']");
    let run = world.run(&[&DIFF[..], &["--deadline", "1s"]].concat());
    assert_eq!(run.code, 10, "{}", run.err);
    assert!(run.err.contains("the deadline passed before the secret command `sleep` ended"), "{}", run.err);
}

#[test]
fn a_command_that_never_stops_talking_is_ended() {
    let (world, _) = world("secret-command = ['yes', 'hunter2']");
    let run = world.run(&DIFF);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("`yes` printed more than 64 KiB") && !run.err.contains("hunter2"),
        "{}",
        run.err
    );
}

#[test]
fn a_command_does_not_see_the_other_secrets() {
    let (world, secret) =
        world("secret-command = ['sh', '-c', 'env > \"$CRSYNC_STATE.seen\"; cat \"$CRSYNC_STATE.secret\"']");
    write(&world, "state.secret", &secret, 0o600);
    let output = Command::new(env!("CARGO_BIN_EXE_crsync"))
        .arg("--config")
        .arg(world.config())
        .args(DIFF)
        .envs(&world.env)
        .output()
        .expect("the program");
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let seen = fs::read_to_string(world.path("state.seen")).expect("what the command saw");
    let names: Vec<&str> = seen.lines().filter(|line| line.starts_with("CRSYNC_")).collect();
    assert_eq!(names, [format!("CRSYNC_STATE={}", world.state().display())]);
}

#[test]
fn a_tilde_is_the_home_folder_of_files_and_programs() {
    let (mut world, secret) = world("secret-file = '~/keys/autotask'");
    fs::create_dir(world.path("keys")).expect("a writable folder");
    write(&world, "keys/autotask", &format!("{secret}\n"), 0o600);
    write(&world, "print", "#!/bin/sh\ncat \"$(dirname \"$0\")/keys/autotask\"\n", 0o700);
    let home = world.path("").display().to_string();
    world.env.insert("HOME".to_owned(), home);
    let run = world.run(&DIFF);
    assert_eq!(run.code, 0, "{}", run.err);
    world.configure(|text| with_line(&text, "autotask", "secret-command = ['~/print']"));
    let run = world.run(&DIFF);
    assert_eq!(run.code, 0, "{}", run.err);
}

#[test]
fn a_pipe_in_the_place_of_a_secret_file_is_refused_and_not_waited_for() {
    let (world, _) = world("secret-file = 'pipe'");
    assert!(Command::new("mkfifo").arg(world.path("pipe")).status().expect("a program").success());
    let run = world.run(&DIFF);
    assert_eq!(run.code, 2);
    assert!(
        run.err.contains("pipe is not a regular file") && run.err.contains("next: name a file"),
        "{}",
        run.err
    );
    assert_eq!(world.sandbox.requests().len(), 0);
}
