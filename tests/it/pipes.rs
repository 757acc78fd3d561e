//! A reader that goes away changes nothing of what a command does, nor of how it exits.

use std::ffi::OsString;
use std::io::{self, Write};

use crsync::cli::{self, Io};

use crate::harness::{Run, World};

/// A pipe whose reader goes away after so many bytes.
pub(crate) struct Leaving(pub(crate) usize);

impl Write for Leaving {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0 == 0 {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let taken = bytes.len().min(self.0);
        self.0 -= taken;
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        if self.0 == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { Ok(()) }
    }
}

/// A disk that is full.
pub(crate) struct Full;

impl Write for Full {
    fn write(&mut self, _: &[u8]) -> io::Result<usize> {
        Err(io::ErrorKind::StorageFull.into())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Runs the command with the readers of these streams gone.
fn closed(world: &World, args: &[&str], out: Option<usize>, err: Option<usize>) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config], args].concat();
    let (mut io, buffers) = Io::buffered(None, world.env.clone());
    if let Some(bytes) = out {
        io = io.with_stdout(Box::new(Leaving(bytes)));
    }
    if let Some(bytes) = err {
        io = io.with_stderr(Box::new(Leaving(bytes)));
    }
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// The streams that can go away: either, both, at once or in the middle.
const WAYS: [(Option<usize>, Option<usize>); 5] =
    [(Some(0), None), (Some(40), None), (None, Some(0)), (Some(0), Some(0)), (Some(9), Some(9))];

#[test]
fn a_sync_applies_and_exits_with_what_became_of_it() {
    let fair = World::small();
    let expected = fair.sync(&["--company", "Contoso"]);
    assert_eq!(expected.code, 0, "{}", expected.err);
    let writes = fair.writes().len();
    for (out, err) in WAYS {
        let world = World::small();
        let run = closed(&world, &["sync", "--yes", "--company", "Contoso"], out, err);
        assert_eq!((run.code, world.writes().len()), (expected.code, writes), "{out:?} {err:?}");
        assert!(world.journal("last").summary().over);
        assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
    }
}

#[test]
fn a_sync_that_goes_wrong_says_so_by_its_exit_code_all_the_same() {
    let world = World::small();
    world.edit(|state| {
        let contacts = state["autotask"]["contacts"].as_object_mut().expect("contacts by id");
        contacts.retain(|id, _| !id.starts_with("174"));
    });
    assert_eq!(world.sync(&["--company", "Contoso"]).code, 5);
    for (out, err) in WAYS {
        assert_eq!(closed(&world, &["sync", "--yes", "--company", "Contoso"], out, err).code, 5);
        assert_eq!(closed(&world, &["sync", "--yes", "--company", "No such"], out, err).code, 2);
        assert_eq!(closed(&world, &["log", "20991231"], out, err).code, 2);
    }
    assert_eq!(world.writes().len(), 0);
}

#[test]
fn undo_push_udfs_and_self_service_do_and_say_the_same() {
    for (out, err) in WAYS {
        let world = World::small();
        assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
        let before = world.writes().len();
        let undo = closed(&world, &["undo", "last", "--yes"], out, err);
        let undone = world.journal("last");
        assert!(world.writes().len() > before, "it was undone");
        assert_eq!(undone.summary().open, 0);
        assert_eq!(undo.code, if undone.summary().moved > 0 { 6 } else { 0 });

        let asked = [
            "self-service",
            "--yes",
            "--user",
            "lena.ortiz@contoso.example",
            "--set",
            "mobile=+1 312 555 0142",
        ];
        let before = world.writes().len();
        assert_eq!(closed(&world, &asked, out, err).code, 0);
        let served = world.sandbox.requests().iter().filter(|seen| seen.method == "PATCH").count();
        assert!(served > 0 || world.writes().len() > before, "365 was written");

        let world = World::small();
        let push = ["push-udfs", "--yes", "--company", "Contoso"];
        let code = closed(&world, &push, out, err).code;
        let fair = World::small();
        assert_eq!((code, world.writes().len()), (fair.run(&push).code, fair.writes().len()));
    }
}

#[test]
fn a_diff_keeps_its_exit_code() {
    let world = World::small();
    for (out, err) in WAYS {
        let diff = ["diff", "--exit-code", "--company", "Contoso"];
        assert_eq!(closed(&world, &diff, out, err).code, 3, "{out:?} {err:?}");
        assert_eq!(closed(&world, &["diff", "--company", "Contoso"], out, err).code, 0);
        assert_eq!(closed(&world, &["match", "--company", "Contoso"], out, err).code, 0);
        assert_eq!(closed(&world, &["--help"], out, err).code, 0);
    }
}

#[test]
fn nothing_is_asked_of_a_person_who_cannot_see_the_plan() {
    let world = World::small();
    let config = world.config().display().to_string();
    let all = ["crsync", "--config", &config, "sync", "--company", "Contoso"];
    let yes = Box::new(|_: &str, _: &[String]| -> Option<usize> { Some(1) });
    let (io, buffers) = Io::answered(100, world.env.clone(), yes);
    let mut io = io.with_stdout(Box::new(Leaving(0)));
    let code = cli::run(all.iter().map(OsString::from), &mut io);
    assert_eq!((code, world.writes().len()), (1, 0));
    assert!(
        buffers.err().contains("nothing of the plan was written: it cannot be shown"),
        "{}",
        buffers.err()
    );
}

#[test]
fn a_disk_that_is_full_refuses_before_the_first_write_and_never_hides_what_was_applied() {
    let world = World::small();
    let config = world.config().display().to_string();
    let run = |args: &[&str]| {
        let all = [&["crsync", "--config", &config, "sync", "--yes", "--company", "Contoso"], args].concat();
        let (io, buffers) = Io::buffered(None, world.env.clone());
        let code = cli::run(all.iter().map(OsString::from), &mut io.with_stdout(Box::new(Full)));
        (code, buffers.err())
    };
    let (code, err) = run(&[]);
    assert_eq!((code, world.writes().len()), (1, 0), "{err}");
    // In JSON nothing is shown before it is applied.
    let (code, err) = run(&["--format", "json"]);
    assert_eq!(code, 1);
    assert!(world.writes().len() > 5, "it was applied");
    assert!(
        err.contains("\"message\":\"the run was applied, but what became of it cannot be shown\""),
        "{err}"
    );
    assert!(err.contains("\"next\":\"`crsync log 2"), "{err}");
}

/// Runs the program in a process of its own, as a shell does with `| true`, and with `2>&1 | true` for both streams.
#[cfg(unix)]
fn piped(world: &World, args: &[&str], both: bool) -> i32 {
    use std::process::{Command, Stdio};
    let (from, to) = io::pipe().expect("a pipe");
    let mut reader = Command::new("true").stdin(from).stdout(Stdio::null()).spawn().expect("a program");
    reader.wait().expect("a process");
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(world.config()).args(args).envs(&world.env);
    if both {
        command.stderr(to.try_clone().expect("a pipe"));
    } else {
        command.stderr(Stdio::null());
    }
    let status = command.stdin(Stdio::null()).stdout(to).status().expect("the program");
    status.code().expect("an exit code")
}

#[cfg(unix)]
#[test]
fn in_a_shell_it_is_the_same() {
    for (both, verbose) in [(false, &[][..]), (true, &[]), (true, &["--verbose"])] {
        let world = World::small();
        let run = |args: &[&str]| piped(&world, &[args, verbose].concat(), both);
        assert_eq!(run(&["diff", "--exit-code", "--company", "Contoso"]), 3);
        assert_eq!(world.writes().len(), 0);
        assert_eq!(run(&["sync", "--yes", "--company", "Contoso"]), 0);
        assert!(world.writes().len() > 5);
        assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
        assert_eq!(run(&["sync", "--yes", "--company", "No such"]), 2);
        assert_eq!(run(&["undo", "last", "--yes"]), 0);
    }
}
