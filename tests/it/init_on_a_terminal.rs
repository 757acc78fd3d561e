//! `crsync init` on a terminal, from the first question to a configuration that a diff can use.

#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use crsync::psa::{Entry, registry};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

use crate::harness::{World, client};

const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal with crsync at its other end.
struct Terminal {
    master: File,
    seen: Arc<(Mutex<String>, Condvar)>,
    /// How much of it was answered.
    read: usize,
}

impl Terminal {
    /// Waits until the text is shown behind what was answered, and types the line.
    fn answer(&mut self, question: &str, line: &str) {
        self.wait(question);
        self.master.write_all(line.as_bytes()).expect("a terminal");
    }

    /// Waits until the text is shown and what is typed would not be, and types the line.
    fn answer_secretly(&mut self, question: &str, line: &str) {
        self.wait(question);
        let begun = Instant::now();
        // Switching the echo off throws away what was typed before.
        while tcgetattr(&self.master).expect("a terminal").local_modes.contains(LocalModes::ECHO) {
            assert!(begun.elapsed() < PATIENCE, "{question:?} is shown as it is typed");
            thread::yield_now();
        }
        self.master.write_all(line.as_bytes()).expect("a terminal");
    }

    fn wait(&mut self, question: &str) {
        let (seen, more) = &*self.seen;
        let seen = seen.lock().expect("no panic");
        let lacks = |seen: &mut String| !seen[self.read..].contains(question);
        let (seen, waited) = more.wait_timeout_while(seen, PATIENCE, lacks).expect("no panic");
        assert!(!waited.timed_out(), "{question:?} was not asked:\n{seen}");
        self.read += seen[self.read..].find(question).expect("it came") + question.len();
    }
}

/// A program that ends with the test, however that ends.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// The key that goes down `times` in a list, and takes what it arrives at.
fn down(times: usize) -> String {
    "\u{1b}[B".repeat(times) + "\r"
}

/// A PSA whose address is asked for, so that it can be that of the sandbox.
fn psa() -> (usize, &'static Entry) {
    let has_address = |entry: &Entry| entry.asks.iter().any(|ask| ask.key == "base-url");
    let found = registry().iter().enumerate().find(|(_, entry)| has_address(entry));
    found.map(|(at, entry)| (at, *entry)).expect("a PSA with an address")
}

#[test]
fn the_wizard_goes_from_nothing_to_a_configuration_that_can_be_used() {
    let mut world = World::of(&[client("Alder", 20, 2, ""), client("Birch", 21, 2, "")]);
    let config: toml::Table = world.sandbox.config().parse().expect("TOML");
    std::fs::remove_file(world.config()).expect("a file");
    std::fs::write(world.path("crsync.schema.json"), "{}").expect("a writable folder");
    let secrets: Vec<(String, String)> =
        world.sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    world.env.retain(|name, _| !secrets.iter().any(|(secret, _)| secret == name));
    let secret = |service: &str, name: &str| {
        let variable = format!("CRSYNC_{service}_{name}").to_uppercase().replace('-', "_");
        let known = secrets.iter().find(|(name, _)| *name == variable);
        known.map_or_else(|| "\r".to_owned(), |(_, value)| format!("{value}\r"))
    };
    let value = |table: &str, key: &str| format!("{}\r", config[table][key].as_str().expect("a text"));

    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
    grantpt(&master).and_then(|()| unlockpt(&master)).expect("our own terminal");
    let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("a path");
    let slave = OpenOptions::new().read(true).write(true).open(name).expect("its other end");
    tcsetwinsize(&slave, Winsize { ws_row: 60, ws_col: 160, ws_xpixel: 0, ws_ypixel: 0 }).expect("a size");
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.args(["init", "--file"]).arg(world.config()).env_clear().envs(&world.env).env("TERM", "xterm");
    let input = slave.try_clone().expect("a terminal");
    command.stdin(Stdio::from(input)).stdout(Stdio::null()).stderr(Stdio::from(slave));
    let mut child = Started(command.spawn().expect("the program"));
    drop(command);
    let master = File::from(master);
    let mut reader = master.try_clone().expect("a terminal");
    let seen = Arc::<(Mutex<String>, Condvar)>::default();
    let sink = Arc::clone(&seen);
    let reading = thread::spawn(move || {
        let mut piece = [0; 4096];
        // A terminal whose other end is closed answers with an error.
        while let Ok(length @ 1..) = reader.read(&mut piece) {
            sink.0.lock().expect("no panic").push_str(&String::from_utf8_lossy(&piece[..length]));
            sink.1.notify_all();
        }
    });
    let mut terminal = Terminal { master, seen, read: 0 };

    let (place, entry) = psa();
    let id = entry.id();
    terminal.answer("Which PSA do you use", &down(place));
    terminal.answer("Region of your CloudRadial", &down(2));
    terminal.answer("Address of the API", &value("cloudradial", "base-url"));
    terminal.answer("Where the secrets of cloudradial are kept", &down(0));
    terminal.answer_secretly("CloudRadial public-key", &secret("cloudradial", "public-key"));
    terminal.answer_secretly("CloudRadial private-key", "Wr0ng-s3cret\r");
    terminal.answer("CloudRadial refuses this", &down(0));
    terminal.answer_secretly("CloudRadial public-key", &secret("cloudradial", "public-key"));
    terminal.answer_secretly("CloudRadial private-key", &secret("cloudradial", "private-key"));
    terminal.answer("CloudRadial: accepted", "");
    for ask in entry.asks {
        terminal.answer(ask.question, &value(id, ask.key));
    }
    terminal.answer(&format!("Where the secrets of {id} are kept"), &down(0));
    for name in entry.secrets {
        terminal.answer_secretly(&format!("{} {name}", entry.capabilities.name), &secret(id, name));
    }
    terminal.answer(&format!("{}: accepted", entry.capabilities.name), "");
    terminal.answer("Application (client) id", &value("microsoft365", "client-id"));
    terminal.answer("Microsoft's cloud", &down(4));
    terminal.answer("Address of the sign-in", &value("microsoft365", "login-url"));
    terminal.answer("Address of Graph", &value("microsoft365", "base-url"));
    terminal.answer("Where the secrets of microsoft365 are kept", &down(0));
    terminal.answer_secretly("Microsoft 365 client-secret", &secret("microsoft365", "client-secret"));
    terminal.answer("Microsoft 365: accepted", "");
    terminal.answer("2 companies rest on stored ids", "");
    terminal.answer("Write the configuration with 2 new companies", &down(0));
    terminal.answer("written: ", "");
    assert!(child.0.wait().expect("a process").success());
    drop(terminal.master);
    reading.join().expect("no panic");
    let shown = terminal.seen.0.lock().expect("no panic").clone();
    for (name, secret) in &secrets {
        assert!(!shown.contains(secret), "{name} was shown");
    }
    assert!(!shown.contains("Wr0ng-s3cret"));
    let text = std::fs::read_to_string(world.config()).expect("a file");
    assert!(text.starts_with("#:schema ./crsync.schema.json\n"), "{text}");
    let diff = world.run(&["diff"]);
    assert_eq!(diff.code, 0, "{}\n{}", diff.err, std::fs::read_to_string(world.config()).expect("a file"));
}
