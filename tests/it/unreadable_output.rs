//! Full disks, closed streams and folders that cannot be written: every command, how it exits, and what it wrote.

use std::ffi::OsString;
#[cfg(target_os = "linux")]
use std::fs::File;
#[cfg(target_os = "linux")]
use std::process::{Command, Stdio};

use crsync::cli::{self, Io};

use crate::harness::{Run, World};
use crate::pipes::{Full, Leaving};

/// What a command wrote to the services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrote {
    Nothing,
    /// As much as where nothing is wrong.
    All,
}
use Wrote::{All, Nothing};

/// How a command ends: its exit code, and what it wrote.
type End = (u8, Wrote);

/// One command.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // there is no full disk, nor a folder that takes no file
struct Row {
    args: &'static [&'static str],
    /// Whether it takes back a run that was made before.
    after_a_sync: bool,
    /// Where nothing is wrong.
    fair: End,
    /// Standard output is on a disk that is full.
    full: End,
    /// The reader of standard output is gone.
    closed: End,
    /// Standard error is on a disk that is full, or its reader is gone.
    mute: End,
    /// `--output` is on a disk that is full; `None` where there is none.
    file: Option<End>,
    /// The state folder cannot be made.
    stateless: End,
}

impl Row {
    /// A command that writes nothing to any service.
    const fn reads(args: &'static [&'static str]) -> Self {
        let (good, bad) = ((0, Nothing), (1, Nothing));
        Self {
            args,
            after_a_sync: false,
            fair: good,
            full: bad,
            closed: good,
            mute: good,
            file: Some(bad),
            stateless: good,
        }
    }

    /// A command that shows what it will write, writes it, and tells what became of it.
    const fn writes(args: &'static [&'static str]) -> Self {
        let done = (0, All);
        Self {
            args,
            after_a_sync: false,
            fair: done,
            full: (1, Nothing),
            closed: done,
            mute: done,
            file: Some((1, All)),
            stateless: (1, Nothing),
        }
    }
}

const ASKED: &[&str] =
    &["self-service", "--yes", "--user", "lena.ortiz@contoso.example", "--set", "mobile=+1 312 555 0142"];

const TABLE: &[Row] = &[
    Row::reads(&["diff", "--company", "Contoso"]),
    Row {
        fair: (3, Nothing),
        closed: (3, Nothing),
        mute: (3, Nothing),
        stateless: (3, Nothing),
        ..Row::reads(&["diff", "--company", "Contoso", "--exit-code"])
    },
    Row::reads(&["match", "--company", "Contoso"]),
    Row::reads(&["explain", "lena.ortiz@contoso.example", "--company", "Contoso"]),
    Row::reads(&["push-udfs", "--check", "--company", "Contoso"]),
    Row { after_a_sync: true, ..Row::reads(&["log"]) },
    Row::reads(&["capabilities"]),
    Row::reads(&["completions", "bash"]),
    Row { file: None, ..Row::reads(&["--help"]) },
    Row { file: None, ..Row::reads(&["--version"]) },
    Row::writes(&["sync", "--yes", "--company", "Contoso"]),
    // In JSON nothing is shown before it is applied.
    Row { full: (1, All), ..Row::writes(&["sync", "--yes", "--company", "Contoso", "--format", "json"]) },
    Row::writes(&["push-udfs", "--yes", "--company", "Contoso"]),
    Row::writes(ASKED),
    Row { after_a_sync: true, stateless: (2, Nothing), ..Row::writes(&["undo", "last", "--yes"]) },
];

fn world(row: &Row) -> World {
    let world = World::small();
    if row.after_a_sync {
        assert_eq!(world.sync(&["--company", "Contoso"]).code, 0);
    }
    world
}

/// How many requests changed something, in 365 too.
fn writes(world: &World) -> usize {
    let in_graph =
        |seen: &&crsync_sandbox::Seen| seen.system == crsync_sandbox::System::GRAPH && seen.method == "PATCH";
    world.writes().len() + world.sandbox.requests().iter().filter(in_graph).count()
}

fn run(world: &World, args: &[&str], streams: impl FnOnce(Io) -> Io) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config], args].concat();
    let (io, buffers) = Io::buffered(None, world.env.clone());
    let code = cli::run(all.iter().map(OsString::from), &mut streams(io).timed_by(world.clock.clone()));
    Run { code, out: buffers.out(), err: buffers.err() }
}

/// Whether the command ends so, with what went wrong.
fn judged(
    row: &Row,
    case: &str,
    expected: End,
    fair: usize,
    world: &World,
    streams: impl FnOnce(Io) -> Io,
    more: &[&str],
) -> Option<String> {
    let before = writes(world);
    let run = run(world, &[row.args, more].concat(), streams);
    let wrote = writes(world) - before;
    let expected_writes = if expected.1 == All { fair } else { 0 };
    (run.code != expected.0 || wrote != expected_writes).then(|| {
        format!(
            "{:?} with {case}: exit {} and {wrote} writes, not {expected:?} of {fair}\n{}",
            row.args, run.code, run.err
        )
    })
}

#[test]
fn a_command_that_reads_ends_as_the_table_says() {
    every(|row| row.fair.1 == Nothing);
}

#[test]
fn a_command_that_writes_ends_as_the_table_says() {
    every(|row| row.fair.1 == All && !row.after_a_sync);
}

#[test]
fn a_command_that_takes_back_ends_as_the_table_says() {
    every(|row| row.fair.1 == All && row.after_a_sync);
}

fn every(is_wanted: impl Fn(&&Row) -> bool) {
    let mut wrong = Vec::new();
    for row in TABLE.iter().filter(is_wanted) {
        let fair_world = world(row);
        let before = writes(&fair_world);
        let fair = run(&fair_world, row.args, |io| io);
        let fair_writes = writes(&fair_world) - before;
        let is_fair = fair.code == row.fair.0 && (fair_writes > 0) == (row.fair.1 == All);
        if !is_fair {
            wrong.push(format!("{:?}: exit {} and {fair_writes} writes\n{}", row.args, fair.code, fair.err));
        }
        // What writes nothing can be asked again.
        let again = || (row.fair.1 == All).then(|| world(row));
        let mut judge = |case: &str, expected: End, streams: &dyn Fn(Io) -> Io, more: &[&str]| {
            let fresh = again();
            let world = fresh.as_ref().unwrap_or(&fair_world);
            wrong.extend(judged(row, case, expected, fair_writes, world, streams, more));
        };
        judge("a full standard output", row.full, &|io| io.with_stdout(Box::new(Full)), &[]);
        judge("a closed standard output", row.closed, &|io| io.with_stdout(Box::new(Leaving(0))), &[]);
        judge("a full standard error", row.mute, &|io| io.with_stderr(Box::new(Full)), &[]);
        judge("a closed standard error", row.mute, &|io| io.with_stderr(Box::new(Leaving(0))), &[]);
        #[cfg(target_os = "linux")]
        if let Some(file) = row.file {
            judge("a full --output", file, &|io| io, &["--output", "/dev/full"]);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// No account may make a folder here, not even root.
#[cfg(target_os = "linux")]
#[test]
fn a_state_folder_that_cannot_be_made_stops_what_writes_and_nothing_else() {
    let mut stateless = World::small();
    stateless.env.insert("CRSYNC_STATE".to_owned(), "/proc/self/crsync".to_owned());
    let mut wrong = Vec::new();
    for row in TABLE {
        wrong.extend(judged(row, "no state folder", row.stateless, 0, &stateless, |io| io, &[]));
    }
    let out = stateless.path("plan.json").display().to_string();
    let asked = stateless.sandbox.requests().len();
    let run = stateless.run(&["diff", "--company", "Contoso", "--save-plan", &out]);
    assert_eq!(run.code, 1, "a plan needs a state that seals it: {}", run.err);
    assert_eq!(stateless.sandbox.requests().len(), asked);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The program in a process of its own.
#[cfg(target_os = "linux")]
#[test]
fn in_a_shell_it_is_the_same() {
    let full = || File::options().write(true).open("/dev/full").expect("a device");
    let world = World::small();
    let program = |args: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
        command.arg("--config").arg(world.config()).args(args).envs(&world.env);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let code = |command: &mut Command| command.status().expect("the program").code().expect("an exit code");
    for args in [
        &["diff", "--company", "Contoso"][..],
        &["sync", "--yes", "--company", "Contoso"],
        &["completions", "bash"],
        &["--help"],
    ] {
        assert_eq!(code(program(args).stdout(full())), 1, "{args:?}");
    }
    assert_eq!(writes(&world), 0);
    let diff = ["diff", "--exit-code", "--company", "Contoso", "--verbose"];
    assert_eq!(code(program(&diff).stderr(full())), 3);
    // Neither of the streams is there at all.
    let shell = "exec \"$@\" >&- 2>&-";
    let closed = |args: &[&str]| {
        let mut command = Command::new("sh");
        command
            .args(["-c", shell, "sh", env!("CARGO_BIN_EXE_crsync"), "--config"])
            .arg(world.config())
            .args(args);
        code(command.envs(&world.env).stdin(Stdio::null()))
    };
    assert_eq!(closed(&diff), 3);
    assert_eq!(closed(&["sync", "--yes", "--company", "Contoso"]), 0);
    assert!(writes(&world) > 5, "it was applied");
    // The file that a shell opened for the program stays that file.
    let path = world.path("log.txt");
    std::fs::write(&path, "before\n").expect("a writable folder");
    let file = File::options().append(true).open(&path).expect("the file");
    assert_eq!(code(program(&["log", "--output", "/dev/stdout"]).stdout(file)), 0);
    let text = std::fs::read_to_string(&path).expect("the file");
    assert!(text.starts_with("before\n") && text.len() > 20, "{text}");
}
