//! Progress bars and log lines share a terminal: no line is written into a bar.

#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::Read as _;
use std::process::{Command, Stdio};
use std::thread;

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::harness::World;

/// Runs crsync with its standard error on a terminal, and returns what the terminal was sent.
fn on_a_terminal(world: &World, args: &[&str]) -> String {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("our own terminal");
    let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("a path");
    let slave = OpenOptions::new().read(true).write(true).open(name).expect("its other end");
    tcsetwinsize(&slave, Winsize { ws_row: 40, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.arg("--config").arg(world.config()).args(args).envs(&world.env).env("TERM", "xterm");
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::from(slave))
        .spawn()
        .expect("the program");
    drop(command);
    let mut master = File::from(master);
    let reader = thread::spawn(move || {
        let (mut seen, mut piece) = (Vec::new(), [0; 4096]);
        // A terminal whose other end is closed answers with an error.
        while let Ok(length @ 1..) = master.read(&mut piece) {
            seen.extend_from_slice(&piece[..length]);
        }
        seen
    });
    assert!(child.wait().expect("a process").success());
    String::from_utf8_lossy(&reader.join().expect("no panic")).into_owned()
}

#[test]
fn log_lines_are_written_above_the_bars() {
    let world = World::small();
    let sent = on_a_terminal(&world, &["diff", "--verbose"]);
    let seen = anstream::adapter::strip_str(&sent).to_string();
    let pieces: Vec<&str> = seen.split(['\n', '\r']).collect();
    assert!(pieces.iter().any(|piece| piece.contains("0/1")), "bars are drawn: {seen}");
    let lines: Vec<&&str> = pieces.iter().filter(|piece| piece.contains("DEBUG")).collect();
    assert!(lines.len() > 10, "requests are logged: {seen}");
    for line in lines {
        assert!(line.starts_with("20") && !line.contains(['█', '░']), "{line:?}");
    }
}
