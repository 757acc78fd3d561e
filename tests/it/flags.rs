//! A command takes the flags that it heeds, and no others.

use crate::harness::{World, run};

/// Flags with a value, and the commands that do not heed them.
const NOT_HEEDED: &[(&[&str], &[&[&str]])] = &[
    (
        &["--shard", "1/2"],
        &[&["log"], &["undo", "last"], &["self-service", "--user", "a", "--set", "title=x"]],
    ),
    (&["--company", "Contoso"], &[&["undo", "last"], &["capabilities"], &["login", "--list"]]),
    (&["--psa", "autotask"], &[&["logout", "autotask"], &["completions", "bash"], &["sandbox", "--reset"]]),
    (&["--report", "x.html"], &[&["explain", "a"], &["capabilities"], &["push-udfs"], &["login", "--list"]]),
    (&["--only", "conflict"], &[&["sync"], &["match"], &["log"]]),
    (
        &["--har", "x"],
        &[&["log"], &["show", "x"], &["capabilities"], &["login", "--list"], &["completions", "bash"]],
    ),
    (&["--deadline", "1m"], &[&["log"], &["capabilities"], &["completions", "bash"]]),
    (&["--strict"], &[&["log"], &["capabilities"], &["doctor"], &["login", "--list"]]),
    (&["--redact"], &[&["capabilities"], &["doctor"], &["login", "--list"], &["completions", "bash"]]),
    (&["--format", "json"], &[&["completions", "bash"], &["sandbox", "--reset"], &["logout", "autotask"]]),
    (&["--output", "x"], &[&["login", "--list"], &["logout", "autotask"]]),
];

#[test]
fn a_flag_that_a_command_does_not_heed_is_refused() {
    let world = World::small();
    for (flag, commands) in NOT_HEEDED {
        for command in *commands {
            let run = world.run(&[*command, *flag].concat());
            assert_eq!((run.code, run.out.as_str()), (2, ""), "{command:?} {flag:?}: {}", run.err);
            let expected = format!("{} is not a flag of this command", flag[0]);
            assert!(run.err.contains(&expected), "{command:?}: {}", run.err);
            assert!(run.err.contains("put it after a command that takes it: "), "{}", run.err);
        }
    }
    assert_eq!(world.sandbox.requests().len(), 0);
}

#[test]
fn the_flags_of_every_command_stand_before_it_or_after_it() {
    let world = World::small();
    let flags = ["--quiet", "--color", "never", "--log-format", "json"];
    let before = world.run(&[&flags[..], &["capabilities"]].concat());
    let after = world.run(&[&["capabilities"], &flags[..]].concat());
    assert_eq!((before.code, after.code), (0, 0), "{}{}", before.err, after.err);
    assert_eq!(before.out, after.out);
}

#[test]
fn a_flag_that_a_command_takes_is_refused_before_it() {
    let world = World::small();
    let run = world.run(&["--psa", "autotask", "diff"]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--psa is not a flag of this command"), "{}", run.err);
    assert!(run.err.contains("takes it: init, diff, show, sync, "), "{}", run.err);
    // What no command takes is the mistake that the parser explains.
    let run = world.run(&["diff", "--compny", "Contoso"]);
    assert!(run.err.contains("a similar argument exists: '--company'"), "{}", run.err);
}

#[test]
fn a_flag_that_another_one_leaves_without_meaning_is_refused_beside_it() {
    let world = World::small();
    for args in [
        &["login", "--list", "--psa", "autotask"][..],
        &["login", "--list", "--deadline", "1m"],
        &["login", "autotask", "secret", "--no-verify", "--deadline", "1m"],
        &["login", "autotask", "--format", "json"],
    ] {
        let run = world.run(args);
        assert_eq!((run.code, run.out.as_str()), (2, ""), "{args:?}: {}", run.err);
    }
    assert_eq!(world.sandbox.requests().len(), 0);
}

#[test]
fn help_shows_flags_under_what_they_are_about() {
    let help = run(&["crsync", "sync", "--help"], None, &std::collections::BTreeMap::new()).out;
    let headings: Vec<&str> =
        help.lines().filter(|line| line.ends_with(':') && !line.starts_with(' ')).collect();
    assert_eq!(
        headings,
        ["Options:", "Consent:", "Scope:", "Results:", "Requests:", "Global options:"],
        "{help}"
    );
}
