//! Progress bars and log lines share a terminal: no line is written into a bar. While an answer is awaited, bars move.

#![cfg(unix)]

use std::process::Command;
use std::sync::{Arc, Condvar, Mutex};

use crsync_sandbox::System;

use crate::harness::{LIFTED, World};
use crate::terminal::{PATIENCE, Streams, Terminal};

/// Starts crsync with its standard error on a terminal.
fn start(world: &World, args: &[&str]) -> Terminal {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(world.config()).args(args).envs(&world.env);
    Terminal::start(command, Streams::Errors, (40, 160))
}

#[test]
fn log_lines_are_written_above_the_bars() {
    let world = World::small();
    let (code, sent) = start(&world, &["diff", "--verbose"]).end();
    assert_eq!(code, Some(0), "{sent}");
    let seen = anstream::adapter::strip_str(&sent).to_string();
    let pieces: Vec<&str> = seen.split(['\n', '\r']).collect();
    assert!(pieces.iter().any(|piece| piece.contains("0/1")), "bars are drawn: {seen}");
    assert!(pieces.iter().any(|piece| piece.contains("/5 tenants")), "with what was counted: {seen}");
    let lines: Vec<&&str> = pieces.iter().filter(|piece| piece.contains("DEBUG")).collect();
    assert!(lines.len() > 10, "requests are logged: {seen}");
    for line in lines {
        assert!(line.starts_with("20") && !line.contains(['█', '░']), "{line:?}");
    }
}

/// An answer that is not given until it is let go.
#[derive(Default)]
struct Held {
    state: Mutex<(bool, bool)>,
    changed: Condvar,
}

impl Held {
    /// Keeps who asks waiting.
    fn hold(&self) {
        let mut state = self.state.lock().expect("no panic");
        state.0 = true;
        self.changed.notify_all();
        let is_kept = |state: &mut (bool, bool)| !state.1;
        // A test that failed must end.
        drop(self.changed.wait_timeout_while(state, PATIENCE, is_kept).expect("no panic"));
    }

    /// Waits until it is asked for.
    fn wait(&self, of: &str) {
        let state = self.state.lock().expect("no panic");
        let (_asked, waited) =
            self.changed.wait_timeout_while(state, PATIENCE, |(asked, _)| !*asked).expect("no panic");
        assert!(!waited.timed_out(), "{of} was not asked for");
    }

    fn let_go(&self) {
        self.state.lock().expect("no panic").1 = true;
        self.changed.notify_all();
    }
}

#[test]
fn the_screen_changes_for_as_long_as_an_answer_is_awaited() {
    let sync = [&["sync", "--yes", "--company", "Contoso"][..], &LIFTED].concat();
    let (graph, psa, portal) = (System::GRAPH, System::AUTOTASK, System::CLOUDRADIAL);
    let cases: [(&[&str], System, &str, &str); 10] = [
        (&["diff"], graph, "POST", "$batch"),
        (&["diff"], psa, "", "Contacts/query"),
        (&["diff"], portal, "GET", "/v2/odata/user"),
        (&["match"], portal, "GET", "/v2/odata/user"),
        (&["explain", "alex"], psa, "", "Contacts/query"),
        (&["doctor"], psa, "", "entityInformation"),
        (&["doctor"], portal, "GET", "/v2/odata/user"),
        (&["capabilities", "--live"], psa, "", "entityInformation"),
        (&["push-udfs", "--yes"], psa, "", "entityInformation"),
        (&sync, psa, "PATCH", "Contacts"),
    ];
    for (args, system, method, path) in cases {
        let world = World::small();
        let held = Arc::new(Held::default());
        let holder = Arc::clone(&held);
        world.rewrite(system, path, move |seen, _| {
            if seen.method.starts_with(method) {
                holder.hold();
            }
        });
        let mut terminal = start(&world, args);
        held.wait(&format!("{method} {path} by {args:?}"));
        terminal.look_away();
        // Its sign turns.
        for sign in ["⠂", "⠄", "⠠"] {
            terminal.wait(sign);
        }
        held.let_go();
        let (code, sent) = terminal.end();
        assert!(code.is_some_and(|code| code < 8), "{args:?} ended with {code:?}: {sent}");
    }
}
