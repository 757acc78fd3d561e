//! A run that did not live to say how it ended is told by the next one of its companies, once.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crsync_sandbox::{Effect, System};
use serde_json::{Value, json};

use crate::harness::{LIFTED, World};
#[cfg(target_os = "linux")]
use crate::notices::one;
use crate::notices::{CONTACTS, CONTOSO, told};
use crate::receiver::{Got, Manner, Receiver};
#[cfg(target_os = "linux")]
use crate::terminal::{Streams, Terminal};

/// The program in a process of its own.
fn process(world: &World, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(world.config()).args(["sync", "--yes"]).args(args);
    let command = command.envs(&world.env).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("the program")
}

/// Lets a sync run until the sandbox has seen something, and kills it.
fn kill(world: &World, seen: impl Fn() -> bool) {
    let mut child = process(world, &[CONTOSO, &LIFTED].concat());
    while !seen() {
        assert!(child.try_wait().expect("a process").is_none(), "it ended too early");
        std::thread::yield_now();
    }
    child.kill().expect("a process");
    child.wait().expect("a process");
    world.sandbox.set_faults(Vec::new());
}

/// The next sync tells of itself, and of the dead run; the one after it of itself alone. Returns what it tells of the dead.
#[track_caller]
fn the_next_one_tells(world: &World, receiver: &Receiver) -> Value {
    assert_eq!(receiver.take(), [], "the dead tell nothing");
    assert_eq!(world.sync(&[CONTOSO, &LIFTED].concat()).code, 0);
    let got: Vec<Value> = receiver.take().iter().map(Got::json).collect();
    let events: Vec<&Value> = got.iter().map(|notice| &notice["event"]).collect();
    assert_eq!(events, ["run-ended", "run-died"], "its own end must not wait for that of another");
    assert_eq!(got[1]["exit-code"], Value::Null);
    assert_eq!(got[1]["result"], "failure");
    assert_eq!(world.sync(CONTOSO).code, 0);
    assert_eq!(receiver.take().len(), 1);
    got[1].clone()
}

#[test]
fn a_run_that_was_killed_while_it_wrote_is_told_by_the_next_one() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, CONTACTS, Some(2), Effect::Slow(Duration::from_secs(600)));
    kill(&world, || world.writes().len() >= 3);
    let died = world.runs()[0].clone();
    let notice = the_next_one_tells(&world, &receiver);
    assert_eq!(notice["run"], json!(died));
    assert_eq!(notice["counts"]["unknown"], 0, "it was settled before it was told");
    let meaning = notice["meaning"].as_str().expect("words");
    assert!(meaning.ends_with("; what became of its changes is known"), "{meaning}");
    let notified = world.journal(&died).notified;
    assert_eq!(
        notified.iter().map(|one| (one.target.as_str(), one.fault.as_deref())).collect::<Vec<_>>(),
        [("webhook", None)]
    );
}

#[test]
fn a_run_that_was_killed_before_it_had_a_plan_is_told_by_the_next_one() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, "Contacts/query", Some(1), Effect::Slow(Duration::from_secs(600)));
    kill(&world, || world.sandbox.requests().iter().any(|seen| seen.path.ends_with("Contacts/query")));
    assert_eq!(world.runs(), Vec::<String>::new());
    let notice = the_next_one_tells(&world, &receiver);
    assert_eq!((&notice["command"], &notice["next"]), (&json!("sync"), &json!("crsync log")));
    let meaning = notice["meaning"].as_str().expect("words");
    assert!(meaning.ends_with("; it had written nothing"), "{meaning}");
}

#[test]
fn what_the_next_run_could_not_look_up_of_a_dead_one_is_not_called_known() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, CONTACTS, Some(2), Effect::Slow(Duration::from_secs(600)));
    kill(&world, || world.writes().len() >= 3);
    world.fault(System::AUTOTASK, "", None, Effect::Truncated);
    assert_ne!(world.sync(CONTOSO).code, 0);
    let got: Vec<Value> = receiver.take().iter().map(Got::json).collect();
    let died = got.iter().find(|notice| notice["event"] == "run-died").expect("a notice of it");
    let meaning = died["meaning"].as_str().expect("words");
    assert!(meaning.ends_with("not known yet"), "{meaning}");
    assert_ne!(died["counts"]["unknown"], 0);
}

#[test]
fn a_dead_run_waits_for_a_run_that_has_a_target_to_tell() {
    let (mut world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, CONTACTS, Some(2), Effect::Slow(Duration::from_secs(600)));
    kill(&world, || world.writes().len() >= 3);
    // The address is in the environment of the nightly run alone.
    let address = world.env.remove("CRSYNC_NOTIFY_WEBHOOK").expect("an address");
    let untold = world.sync(&[CONTOSO, &LIFTED].concat());
    assert_eq!(untold.code, 0, "{}", untold.err);
    assert_eq!(receiver.take(), []);
    world.env.insert("CRSYNC_NOTIFY_WEBHOOK".to_owned(), address);
    the_next_one_tells(&world, &receiver);
}

#[test]
fn of_a_dead_run_that_cannot_be_read_it_is_not_said_that_it_wrote_nothing() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, CONTACTS, Some(2), Effect::Slow(Duration::from_secs(600)));
    kill(&world, || world.writes().len() >= 3);
    let state = rusqlite::Connection::open(world.state().join("state.db")).expect("a state");
    assert_eq!(state.execute("UPDATE runs SET header = '{'", ()).expect("a statement"), 1);
    drop(state);
    world.sync(&[CONTOSO, &LIFTED].concat());
    let got: Vec<Value> = receiver.take().iter().map(Got::json).collect();
    let died = got.iter().find(|notice| notice["event"] == "run-died").expect("a notice of it");
    let meaning = died["meaning"].as_str().expect("words");
    assert!(meaning.ends_with("; the journal does not say what became of its changes"), "{meaning}");
}

/// Whether the systems were asked for contacts.
#[cfg(unix)]
fn reads(world: &World) -> bool {
    world.sandbox.requests().iter().any(|seen| seen.path.ends_with("Contacts/query"))
}

#[cfg(unix)]
#[test]
fn a_run_that_is_stopped_before_it_writes_died_where_no_person_saw_it() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, "Contacts/query", Some(1), Effect::Slow(Duration::from_secs(600)));
    let mut child = process(&world, CONTOSO);
    while !reads(&world) {
        std::thread::yield_now();
    }
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill").success());
    assert_eq!(child.wait().expect("a process").code(), Some(130));
    world.sandbox.set_faults(Vec::new());
    the_next_one_tells(&world, &receiver);
}

/// crsync on a terminal that controls it.
#[cfg(target_os = "linux")]
fn typed(world: &World, args: &[&str]) -> Terminal {
    let mut command = Command::new("setsid");
    command.args(["--ctty", env!("CARGO_BIN_EXE_crsync"), "--config"]).arg(world.config());
    command.args(args).envs(&world.env);
    Terminal::start(command, Streams::All, (40, 80))
}

#[cfg(target_os = "linux")]
#[test]
fn a_run_that_a_person_stops_before_it_writes_did_not_die() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, "Contacts/query", Some(1), Effect::Slow(Duration::from_secs(600)));
    let mut terminal = typed(&world, &["sync", "--yes", "--company", "Contoso"]);
    while !reads(&world) {
        std::thread::yield_now();
    }
    terminal.send("\u{3}");
    assert_eq!(terminal.end().0, Some(130));
    world.sandbox.set_faults(Vec::new());
    one(&receiver, &world.sync(&[CONTOSO, &LIFTED].concat()), 0);
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_at_the_question_leaves_a_dead_run_to_the_next_one() {
    let (world, receiver) = told(Manner::Takes, "");
    world.fault(System::AUTOTASK, "Contacts/query", Some(1), Effect::Slow(Duration::from_secs(600)));
    kill(&world, || reads(&world));
    let mut terminal = typed(&world, &["sync", "--company", "Contoso"]);
    terminal.press("Show a company (s)", "\u{3}");
    assert_eq!(terminal.end().0, Some(130));
    the_next_one_tells(&world, &receiver);
}
