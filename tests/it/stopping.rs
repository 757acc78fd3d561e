//! A run that is to stop ends the calls in flight, says what is left, and the next one goes on; one that dies is
//! settled by the next one.

use std::ffi::OsString;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crsync::cli::{self, Io};
use crsync::plan::{Halt, Report, Settlement};
use crsync_sandbox::{Effect, System};

use crate::harness::{Run, World, fates, settled};

const CONTOSO: &[&str] = &["--company", "Contoso"];
const CONTACTS: &str = "Companies/174/Contacts";

/// Makes the n-th write of Contoso's contacts take this long.
fn slow(world: &World, nth: u32, time: Duration) {
    world.fault(System::AUTOTASK, CONTACTS, Some(nth), Effect::Slow(time));
}

/// Makes all of them take this long. Autotask takes three at the same time.
fn all_slow(world: &World, time: Duration) {
    world.fault(System::AUTOTASK, CONTACTS, None, Effect::Slow(time));
}

/// The run stopped for this reason between two writes: what was written is settled, nothing is open, and a new run
/// does the rest, and only that.
#[track_caller]
fn stopped(world: &World, halt: Halt) -> Report {
    let report = world.journal("last");
    let summary = report.summary();
    assert_eq!((summary.halt, summary.open, summary.over), (Some(halt), 0, true));
    let written = world.writes().len();
    assert_eq!(settled(&report, Settlement::Done).len(), written);
    assert!(written < report.header.planned, "something is left");
    assert_eq!(summary.left(), report.header.planned - written);

    world.sandbox.set_faults(Vec::new());
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(world.writes().len(), report.header.planned, "no record was written twice");
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
    report
}

#[test]
fn a_deadline_ends_the_run_between_two_writes() {
    let world = World::new();
    // A saved plan, so that none of the time goes into reading.
    let plan = world.plan(CONTOSO);
    all_slow(&world, Duration::from_millis(2500));
    let run = world.sync(&["--plan", &plan, "--deadline", "2s"]);
    assert_eq!(run.code, 10, "{}", run.err);
    assert!(run.out.contains(" not made, stopped by the deadline\n"), "{}", run.out);
    assert!(
        run.out.ends_with("  next: run the command again: it goes on where this one stopped\n"),
        "{}",
        run.out
    );
    stopped(&world, Halt::Deadline);
}

#[test]
fn a_run_that_did_everything_was_not_stopped() {
    let world = World::new();
    // Without the one portal user whose sign-in would be switched off last.
    world.edit(|state| {
        let users = state["cloudradial"]["users"].as_object_mut().expect("portal users by id");
        users.retain(|_, user| user["email"] != "fred.nolan@tailspin.example");
    });
    let plan = world.plan(&["--company", "Tailspin Toys"]);
    // Its last write makes its one new portal user.
    world.fault(System::CLOUDRADIAL, "/v2/user", Some(1), Effect::Slow(Duration::from_secs(4)));
    let run = world.sync(&["--plan", &plan, "--deadline", "4s"]);
    assert_eq!(run.code, 0, "{}", run.out);
    assert_eq!(world.journal("last").summary().halt, None);
    assert!(world.writes().last().is_some_and(|seen| seen.path == "/v2/user"));
}

/// Runs `crsync sync --yes`, and asks it to stop once the systems have seen that many writes.
pub(crate) fn interrupted(world: &World, args: &[&str], writes: usize) -> Run {
    let config = world.config().display().to_string();
    let all = [&["crsync", "--config", &config, "sync", "--yes"], args].concat();
    let (mut io, buffers) = Io::buffered(None, world.env.clone());
    let (interrupt, over) = (io.interrupt(), AtomicBool::new(false));
    let code = std::thread::scope(|scope| {
        scope.spawn(|| {
            while world.writes().len() < writes && !over.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
            interrupt.ask();
        });
        let code = cli::run(all.iter().map(OsString::from), &mut io);
        over.store(true, Ordering::Relaxed);
        code
    });
    Run { code, out: buffers.out(), err: buffers.err() }
}

#[test]
fn an_interrupt_ends_the_run_between_two_writes() {
    let world = World::new();
    // The company's write is done; those of three contacts are in flight.
    all_slow(&world, Duration::from_secs(2));
    let run = interrupted(&world, CONTOSO, 4);
    assert_eq!(run.code, 130, "{}", run.err);
    assert!(run.out.contains("4 done, 13 not made, interrupted\n"), "{}", run.out);
    stopped(&world, Halt::Interrupted);
}

/// The program in a process of its own.
fn process(world: &World, args: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_crsync"))
        .arg("--config")
        .arg(world.config())
        .args(["sync", "--yes"])
        .args(args)
        .envs(&world.env)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program")
}

/// Waits until the sandbox has seen something.
fn wait(child: &mut Child, seen: impl Fn() -> bool) {
    while !seen() {
        assert!(child.try_wait().expect("a process").is_none(), "it ended too early");
        std::thread::yield_now();
    }
}

#[cfg(unix)]
fn terminate(child: &Child) {
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_process_after_the_calls_in_flight() {
    let world = World::new();
    all_slow(&world, Duration::from_secs(3));
    let mut child = process(&world, CONTOSO);
    wait(&mut child, || world.writes().len() == 4);
    terminate(&child);
    let output = child.wait_with_output().expect("a process");
    let out = String::from_utf8(output.stdout).expect("text");
    assert_eq!(output.status.code(), Some(130), "{out}");
    assert!(out.contains("4 done, 13 not made, interrupted\n"), "{out}");
    stopped(&world, Halt::Interrupted);
}

#[cfg(unix)]
#[test]
fn while_nothing_is_written_a_signal_ends_the_process_at_once() {
    let world = World::new();
    world.fault(System::AUTOTASK, "Contacts/query", Some(1), Effect::Slow(Duration::from_secs(600)));
    let mut child = process(&world, CONTOSO);
    wait(&mut child, || world.sandbox.requests().iter().any(|seen| seen.path.ends_with("Contacts/query")));
    terminate(&child);
    assert_eq!(child.wait().expect("a process").code(), Some(130));
    assert_eq!(world.runs(), Vec::<String>::new());
    assert_eq!(world.writes(), []);
}

/// The run died when so many writes had been announced and not been settled: the next one finds out what became of
/// them, and writes none of them a second time.
#[track_caller]
fn found_again(world: &World, open: usize) {
    let died = world.journal("last");
    let summary = died.summary();
    assert_eq!((summary.over, summary.open), (false, open));
    let log = world.run(&["log"]).out;
    assert!(log.contains(&format!("{open} unknown, {} not made, did not end", summary.left())), "{log}");

    world.sandbox.set_faults(Vec::new());
    let run = world.sync(CONTOSO);
    assert_eq!((run.code, run.err.as_str()), (0, ""));
    let next = world.journal("last").header.id;
    let died = world.journal(&died.header.id);
    assert_eq!(died.summary().open, 0);
    assert_eq!(settled(&died, Settlement::Done).len(), died.entries.len());
    let looked = died.entries.iter().filter_map(|entry| entry.settled.as_ref());
    let found = looked.filter(|settled| settled.by.as_deref() == Some(&next)).count();
    assert_eq!(found, open, "the later run says that it was the one that looked");
    let state = world.sandbox.snapshot();
    let contacts = state["autotask"]["contacts"].as_object().expect("rows").values();
    assert_eq!(contacts.filter(|contact| contact["fields"]["lastName"] == "Farrow").count(), 1);
    assert_eq!(world.writes().len(), died.header.planned);
    assert_eq!(world.diff(&["--company", "Contoso", "--exit-code"]).code, 0);
}

#[cfg(unix)]
#[test]
fn a_second_signal_ends_the_process_at_once_and_the_next_run_finds_out() {
    let world = World::new();
    // Among the contacts that change.
    all_slow(&world, Duration::from_secs(600));
    let mut child = process(&world, CONTOSO);
    wait(&mut child, || world.writes().len() == 4);
    while child.try_wait().expect("a process").is_none() {
        terminate(&child);
    }
    assert_eq!(child.wait().expect("a process").code(), Some(130));
    found_again(&world, 3);
}

#[test]
fn a_process_that_was_killed_is_settled_by_the_next_run() {
    let world = World::new();
    // While the contact of Nina Farrow is being made.
    slow(&world, 6, Duration::from_secs(600));
    let mut child = process(&world, CONTOSO);
    wait(&mut child, || world.writes().len() == 7);
    child.kill().expect("a process");
    child.wait().expect("a process");
    found_again(&world, 1);
    let [died, next] = [0, 1].map(|run| world.journal(&world.runs()[run]));
    assert_eq!(fates(&died, "nina.farrow"), ["create contact: done"]);
    assert_eq!(fates(&next, "nina.farrow"), ["create portal user: done"]);
}
