//! Progress bars and log lines share a terminal: no line is written into a bar.

#![cfg(unix)]

use std::process::Command;

use crate::harness::World;
use crate::terminal::{Streams, Terminal};

/// Runs crsync with its standard error on a terminal, and returns what the terminal was sent.
fn on_a_terminal(world: &World, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(world.config()).args(args).envs(&world.env);
    let (code, sent) = Terminal::start(command, Streams::Errors, (40, 160)).end();
    assert_eq!(code, Some(0), "{sent}");
    sent
}

#[test]
fn log_lines_are_written_above_the_bars() {
    let world = World::small();
    let sent = on_a_terminal(&world, &["diff", "--verbose"]);
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
