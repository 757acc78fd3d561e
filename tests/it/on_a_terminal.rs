//! What a person types at crsync: in a pager, at the question of a sync, and at those of `match --resolve`.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::Command;
use std::time::Duration;

use crsync::cli::{self, Io};
use crsync_sandbox::{Effect, System};

use crate::harness::{World, client};
use crate::terminal::{Streams, Terminal};

const ESC: &str = "\u{1b}";
const CTRL_C: &str = "\u{3}";

/// A pager that reads five lines, says so, and waits for a line that is typed.
const PAGER: &str = "#!/bin/sh
trap 'echo INTERRUPTED' INT
head -n 5
echo 'THE PAGER WAITS'
read line < /dev/tty
echo \"THE PAGER ENDS $line\"
exit 7
";

/// crsync with all its streams on a terminal that controls it, of so many lines, in 80 columns.
fn start(world: &World, lines: u16, pager: Option<&str>, args: &[&str]) -> Terminal {
    let mut command = Command::new("setsid");
    command.args(["--ctty", env!("CARGO_BIN_EXE_crsync"), "--config"]).arg(world.config()).args(args);
    command.env_remove("PAGER").env_remove("CRSYNC_PAGER").env_remove("LESS").envs(&world.env);
    command.envs(pager.map(|pager| ("CRSYNC_PAGER", pager)));
    Terminal::start(command, Streams::All, (lines, 80))
}

/// A command that runs the pager above.
fn pager(world: &World) -> String {
    let path = world.path("pager.sh");
    fs::write(&path, PAGER).expect("a writable folder");
    format!("sh '{}'", path.display())
}

#[test]
fn a_long_result_is_read_in_the_pager_and_the_exit_code_stays() {
    let world = World::small();
    let mut terminal = start(&world, 24, Some(&pager(&world)), &["diff", "--full", "--exit-code"]);
    terminal.answer("THE PAGER WAITS", "q\n");
    terminal.wait("THE PAGER ENDS q");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(3), "that of the plan, not that of the pager: {shown}");
    assert!(shown.contains("\u{1b}[1mContoso\u{1b}[0m"), "with its colours: {shown}");
    assert!(!shown.contains("6 companies, 145 people"), "the rest was not wanted: {shown}");
}

#[test]
fn an_interrupt_is_for_the_pager_while_it_is_read() {
    let world = World::small();
    let mut terminal = start(&world, 24, Some(&pager(&world)), &["diff", "--full"]);
    terminal.answer("THE PAGER WAITS", CTRL_C);
    // Whether the signal ends the shell's reading depends on the shell and on the moment; if so, all may be over by now.
    terminal.try_send("\n");
    terminal.wait("INTERRUPTED");
    terminal.wait("THE PAGER ENDS");
    assert_eq!(terminal.end().0, Some(0));
}

#[test]
fn no_pager_is_used_where_there_is_no_need_or_no_wish() {
    let world = World::small();
    let pager = pager(&world);
    for (lines, pager, args) in [
        (24, pager.as_str(), &["diff", "--full", "--no-pager"][..]),
        (24, "", &["diff", "--full"]),
        (24, "cat", &["diff", "--full"]),
        (60, pager.as_str(), &["diff", "--summary"]),
        (24, "/nowhere/pager", &["diff", "--full"]),
        // A shell that cannot start it.
        (24, "sh -c /nowhere/pager", &["diff", "--full"]),
        (10, pager.as_str(), &["sync", "--yes", "--company", "Contoso"]),
    ] {
        let (code, shown) = start(&world, lines, Some(pager), args).end();
        assert_eq!(code, Some(0), "{pager:?} {args:?}: {shown}");
        assert!(!shown.contains("THE PAGER"), "{pager:?} {args:?}: {shown}");
        let last = if args[0] == "sync" { "done" } else { "6 companies, 145 people" };
        assert!(shown.contains(last), "{pager:?} {args:?}: {shown}");
    }
}

#[test]
fn a_pager_gets_no_secret() {
    let world = World::small();
    // It waits, so that all of it was shown when it is answered.
    let path = world.path("env.sh");
    fs::write(&path, "cat > /dev/null\nenv\necho THAT IS ALL\nread line < /dev/tty\n")
        .expect("a writable folder");
    let pager = format!("sh '{}'", path.display());
    let mut terminal = start(&world, 24, Some(&pager), &["diff", "--full"]);
    terminal.answer("THAT IS ALL", "\n");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    let secrets = || world.env.keys().filter(|name| name.starts_with("CRSYNC_") && *name != "CRSYNC_STATE");
    assert!(secrets().count() > 3 && shown.contains("CRSYNC_STATE="), "{shown}");
    for name in secrets() {
        assert!(!shown.contains(&format!("{name}=")), "{name}: {shown}");
    }
}

#[test]
fn less_shows_colours_and_ends_at_q() {
    // The default, where it is installed.
    let path = std::env::var_os("PATH").unwrap_or_default();
    if !std::env::split_paths(&path).any(|folder| folder.join("less").is_file()) {
        return;
    }
    let world = World::small();
    let mut terminal = start(&world, 24, None, &["diff", "--full", "--exit-code"]);
    terminal.wait("\u{1b}[1mContoso");
    // Its prompt, whatever is around it: less waits for a key then.
    terminal.press(":", "q");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(3), "{shown}");
    assert!(!shown.contains("ESC[") && !shown.contains("6 companies, 145 people"), "{shown}");
}

const QUESTION: &str = "Show a company (s)";

#[test]
fn a_sync_shows_the_digest_and_y_applies_it() {
    let world = World::small();
    let mut terminal = start(&world, 24, Some(&pager(&world)), &["sync"]);
    terminal.wait("Leaving");
    terminal.wait("6 companies, 145 people");
    terminal.press(QUESTION, "y");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(4), "conflicts are left: {shown}");
    assert!(!shown.contains("THE PAGER"), "what is asked about is not paged: {shown}");
    assert!(shown.contains("done"), "{shown}");
    assert!(world.writes().len() > 20);
}

#[test]
fn a_y_that_was_typed_before_the_question_is_no_answer() {
    let world = World::small();
    let mut terminal = start(&world, 40, None, &["sync", "--company", "Contoso"]);
    terminal.send("y");
    terminal.press(QUESTION, "n");
    let (code, shown) = terminal.end();
    assert_eq!((code, world.writes().len()), (Some(3), 0), "{shown}");
}

#[test]
fn n_esc_and_an_interrupt_write_nothing() {
    for (key, code) in [("n", 3), (ESC, 3), (CTRL_C, 130)] {
        let world = World::small();
        let mut terminal = start(&world, 40, None, &["sync", "--company", "Contoso"]);
        terminal.press(QUESTION, key);
        let (ended, shown) = terminal.end();
        assert_eq!((ended, world.writes().len()), (Some(code), 0), "{key:?}: {shown}");
        let (hidden, back) = (shown.rfind("\u{1b}[?25l"), shown.rfind("\u{1b}[?25h"));
        assert!(hidden.is_some() && back > hidden, "the cursor is back in the end: {shown:?}");
    }
}

/// A client in which five users have two contacts each, the second by another name.
fn twins() -> World {
    let one = |number: usize| {
        let (first, email) = (format!("Tom{number}"), format!("tom{number}@alder.example"));
        let user =
            format!("[[person]]\nuser = {{ upn = \"{email}\", first = \"{first}\", last = \"Oak\" }}\n");
        let twin = |first: &str| {
            format!("[[person]]\ncontact = {{ first = \"{first}\", last = \"Oak\", email = \"{email}\" }}\n")
        };
        format!("{user}{}{}", twin(&first), twin("Tommy"))
    };
    World::of(&[client("Alder", 20, 2, &(1..=5).map(one).collect::<String>())])
}

fn decisions(world: &World) -> usize {
    let text = fs::read_to_string(world.path("decisions.toml")).unwrap_or_default();
    text.matches("[[").count()
}

#[test]
fn b_goes_back_and_the_same_is_offered_after_two_equal_answers() {
    let world = twins();
    let mut terminal = start(&world, 50, None, &["match", "--resolve"]);
    // The first answer of the list, which begins with skipping.
    terminal.press("Who is who (5 to decide)", "j\r");
    terminal.wait("written: ");
    terminal.press("Stop asking", "b");
    terminal.wait("taken back: 1 decision");
    terminal.press("Who is who (5 to decide)", "j\r");
    terminal.press("Who is who (4 to decide)", "j\r");
    terminal.wait("The same answer fits 3 more:");
    terminal.wait("Tom5 Oak");
    terminal.press("Yes, the same for the 3 like it (y)", "y");
    terminal.wait("Still open: 0 conflicts");
    assert_eq!((terminal.end().0, decisions(&world)), (Some(0), 5));
}

#[test]
fn esc_and_an_interrupt_keep_what_was_decided() {
    for (key, code) in [(ESC, 0), (CTRL_C, 130)] {
        let world = twins();
        let mut terminal = start(&world, 50, None, &["match", "--resolve"]);
        terminal.press("Who is who (5 to decide)", "j\r");
        terminal.wait("Who is who (4 to decide)");
        terminal.press("Stop asking", key);
        let (ended, shown) = terminal.end();
        assert_eq!((ended, decisions(&world)), (Some(code), 1), "{key:?}: {shown}");
    }
}

#[test]
fn a_person_sees_what_is_agreed_to_whatever_form_the_result_has() {
    let world = World::small();
    let args = ["crsync", "--config", &world.config().display().to_string(), "sync", "--format", "json"];
    let mut asked = 0;
    let (mut io, buffers) = Io::answered(
        80,
        world.env.clone(),
        Box::new(move |_, _| {
            asked += 1;
            // It shows a company first, then the answer is no.
            Some(if asked == 1 { 2 } else { 0 })
        }),
    );
    let words = args.into_iter().chain(["--company", "Contoso"]).map(std::ffi::OsString::from);
    assert_eq!(cli::run(words, &mut io), 3);
    assert_eq!(buffers.out(), "", "there is no run, and nothing else is JSON");
    assert!(buffers.err().contains("Nina Farrow"), "{}", buffers.err());
}

#[test]
fn an_interrupt_while_a_secret_is_typed_leaves_the_terminal_as_it_was() {
    let mut world = World::small();
    world.env.retain(|name, _| name == "CRSYNC_STATE");
    let file = world.path("new.toml").display().to_string();
    let mut terminal = start(&world, 60, None, &["init", "--file", &file]);
    for question in ["Which PSA do you use", "Region of your", "Where the secrets of"] {
        terminal.press(question, "\r");
    }
    terminal.answer_secretly("CloudRadial public-key", CTRL_C);
    assert_eq!(terminal.end_with_echo(), (Some(130), true), "what is typed next has to be seen");
}

#[test]
fn a_run_in_the_background_ends_when_it_is_told_to() {
    let world = World::small();
    world.fault(System::AUTOTASK, "", None, Effect::Slow(Duration::from_secs(600)));
    let asked = world.path("asked");
    // A shell whose jobs have the terminal one at a time.
    let script =
        "set -m; \"$@\" & until [ -e \"$0\" ]; do :; done; kill -TERM $!; wait $!; echo \"ENDED $?\"";
    let mut command = Command::new("setsid");
    command.args(["--ctty", "sh", "-c", script]).arg(&asked).args([env!("CARGO_BIN_EXE_crsync"), "--config"]);
    command.arg(world.config()).args(["sync", "--yes", "--company", "Contoso"]).envs(&world.env);
    let mut terminal = Terminal::start(command, Streams::All, (24, 80));
    while world.sandbox.requests().is_empty() {
        std::thread::yield_now();
    }
    fs::write(&asked, "").expect("a writable folder");
    terminal.wait("ENDED 130");
}
