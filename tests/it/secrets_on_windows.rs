//! Files and commands that hold a secret, as Windows has them: access control lists, and scripts without an ending.

#![cfg(windows)]

use std::fs;
use std::process::Command;

use crate::conformance::with_line;
use crate::harness::World;

const DIFF: [&str; 3] = ["diff", "--company", "Contoso"];

/// A world whose Autotask secret comes from what the line says, and the secret.
fn world(line: &str) -> (World, String) {
    let mut world = World::small();
    let secret = world.env.remove("CRSYNC_AUTOTASK_SECRET").expect("a secret");
    world.configure(|text| with_line(&text, "autotask", line));
    (world, secret)
}

#[test]
fn a_file_that_everyone_may_read_is_refused_until_the_command_that_is_named_closes_it() {
    let (world, secret) = world("secret-file = 'key'");
    let file = world.path("key");
    fs::write(&file, secret).expect("a writable folder");
    let granted = Command::new("icacls").arg(&file).args(["/grant", "*S-1-1-0:R"]).output();
    assert!(granted.expect("icacls").status.success());
    let refused = world.run(&DIFF);
    assert_eq!(refused.code, 2, "{}", refused.err);
    assert!(refused.err.contains("is open to other accounts: S-1-1-0"), "{}", refused.err);
    assert_eq!(world.sandbox.requests().len(), 0);
    let (_, command) = refused.err.split_once("next: run `").expect("a command");
    let (command, _) = command.split_once('`').expect("its end");
    let closed = Command::new("cmd").args(["/d", "/c"]).arg(command.replace('"', "")).output();
    assert!(closed.expect("cmd").status.success(), "{command}");
    let taken = world.run(&DIFF);
    assert_eq!(taken.code, 0, "{}", taken.err);
}

#[test]
fn a_script_is_a_command_by_its_bare_name() {
    let (world, secret) = world("secret-command = ['replaced']");
    let script = world.path("print.cmd");
    fs::write(&script, format!("@if %1==\"a b\" echo {secret}\r\n")).expect("a writable folder");
    let command = script.with_extension("");
    let line = format!("secret-command = ['{}', 'a b']", command.display());
    world.configure(|text| with_line(&text, "autotask", &line));
    let run = world.run(&DIFF);
    assert_eq!(run.code, 0, "{}", run.err);
}
