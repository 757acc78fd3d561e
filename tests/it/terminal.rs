//! A terminal with crsync at its other end: what is typed and what is seen.

#![cfg(unix)]

use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

/// How long something is waited for that must come, on the slowest machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A program that ends with the test, however that ends.
struct Started(Child);

impl Drop for Started {
    fn drop(&mut self) {
        let _ended = self.0.kill();
        let _reaped = self.0.wait();
    }
}

/// A terminal with a program at its other end.
pub(crate) struct Terminal {
    master: File,
    child: Started,
    seen: Arc<(Mutex<String>, Condvar)>,
    /// How much of it was answered.
    read: usize,
    reading: Option<JoinHandle<()>>,
}

/// Which of a program's streams are the terminal. Its standard input always is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(target_os = "linux"), allow(dead_code))] // some of the tests are for Linux
pub(crate) enum Streams {
    /// Standard error alone: questions and progress.
    Errors,
    /// All of them.
    All,
}

impl Terminal {
    /// Starts a program on a terminal of so many lines and columns.
    pub(crate) fn start(mut command: Command, streams: Streams, (lines, columns): (u16, u16)) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&master).and_then(|()| unlockpt(&master)).expect("our own terminal");
        let name = ptsname(&master, Vec::new()).expect("a name").into_string().expect("a path");
        let slave = OpenOptions::new().read(true).write(true).open(name).expect("its other end");
        let size = Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&slave, size).expect("a size");
        let end = || Stdio::from(slave.try_clone().expect("a terminal"));
        command.env("TERM", "xterm").stdin(end()).stderr(end());
        command.stdout(if streams == Streams::All { end() } else { Stdio::null() });
        let child = Started(command.spawn().expect("the program"));
        drop((command, slave));
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
        Self { master, child, seen, read: 0, reading: Some(reading) }
    }

    /// Waits until the text is shown behind what was answered, and types the line.
    pub(crate) fn answer(&mut self, question: &str, line: &str) {
        self.wait(question);
        self.send(line);
    }

    /// Waits until the text is shown and what is typed would not be, and types the line.
    pub(crate) fn answer_secretly(&mut self, question: &str, line: &str) {
        self.wait(question);
        // Switching the echo off throws away what was typed before.
        self.wait_until_off(question, LocalModes::ECHO);
        self.send(line);
    }

    /// Waits until the text is shown and each key is taken as it comes, and types the keys.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // some of the tests are for Linux
    pub(crate) fn press(&mut self, question: &str, keys: &str) {
        self.wait(question);
        self.wait_until_off(question, LocalModes::ICANON);
        self.send(keys);
    }

    /// Waits until the text is shown behind what was answered.
    pub(crate) fn wait(&mut self, text: &str) {
        let (seen, more) = &*self.seen;
        let seen = seen.lock().expect("no panic");
        let lacks = |seen: &mut String| !seen[self.read..].contains(text);
        let (seen, waited) = more.wait_timeout_while(seen, PATIENCE, lacks).expect("no panic");
        assert!(!waited.timed_out(), "{text:?} was not shown:\n{seen}");
        self.read += seen[self.read..].find(text).expect("it came") + text.len();
    }

    /// Takes all that was shown until now as answered.
    pub(crate) fn look_away(&mut self) {
        self.read = self.seen.0.lock().expect("no panic").len();
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).expect("a terminal");
    }

    /// Types, where the program may be gone by then.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // some of the tests are for Linux
    pub(crate) fn try_send(&mut self, keys: &str) {
        let _gone = self.master.write_all(keys.as_bytes());
    }

    fn wait_until_off(&self, question: &str, mode: LocalModes) {
        let begun = Instant::now();
        while tcgetattr(&self.master).expect("a terminal").local_modes.contains(mode) {
            assert!(begun.elapsed() < PATIENCE, "{question:?} is not asked as it should be");
            thread::yield_now();
        }
    }

    /// Waits until the program ends: its exit code, and whether the terminal shows what is typed.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code))] // some of the tests are for Linux
    pub(crate) fn end_with_echo(mut self) -> (Option<i32>, bool) {
        let code = self.child.0.wait().expect("a process").code();
        (code, tcgetattr(&self.master).expect("a terminal").local_modes.contains(LocalModes::ECHO))
    }

    /// Waits until the program ends: its exit code, and everything that was shown.
    pub(crate) fn end(self) -> (Option<i32>, String) {
        let Self { master, mut child, seen, read: _, reading } = self;
        let code = child.0.wait().expect("a process").code();
        drop(master);
        reading.expect("it was started").join().expect("no panic");
        let shown = seen.0.lock().expect("no panic").clone();
        (code, shown)
    }
}
