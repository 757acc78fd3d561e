//! Commands that print a secret: run for a limited time, read up to a limit, and never quoted.

use std::io::Read as _;
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::Secret;
use crate::error::{Error, Kind, Result};
use crate::files::{Encoding, decode};
use crate::program;

/// How long a command may take.
pub(super) const LONGEST: Duration = Duration::from_secs(30);

/// The most bytes of output: more than any key, certificate or token has.
pub(super) const MOST: usize = 64 * 1024;

/// How a command ended.
enum End {
    By(ExitStatus, Zeroizing<Vec<u8>>),
    TooMuch,
    TooLate,
    Unread(std::io::Error),
}

/// Runs a command that prints a secret, for `longest` at most and not beyond `until`.
///
/// What it prints is never shown, not even when it fails; what it says on standard error is not read at all.
pub(super) fn run(
    program: &str,
    arguments: &[String],
    until: Option<Instant>,
    longest: Duration,
) -> Result<Secret> {
    let failed = |what: String| {
        Error::new(Kind::Config, format!("the secret command `{program}` {what}"))
            .hint("run it by hand; it must print the secret and nothing else, without asking for anything")
    };
    let late = || {
        Error::new(Kind::Deadline, format!("the deadline passed before the secret command `{program}` ended"))
            .hint(
                "give the run more time with --deadline, or run the command by hand to see what it waits for",
            )
    };
    let left = until.map(|until| until.saturating_duration_since(Instant::now()));
    if left == Some(Duration::ZERO) {
        return Err(late());
    }
    let limit = left.map_or(longest, |left| left.min(longest));
    let child = start(program, arguments).map_err(|error| failed(format!("cannot be started: {error}")))?;
    let bytes = match finish(child, limit) {
        End::By(status, bytes) if status.success() => bytes,
        End::By(status, _) => return Err(failed(format!("failed ({status})"))),
        End::TooMuch => return Err(failed(format!("printed more than {} KiB and was ended", MOST / 1024))),
        End::TooLate if limit < longest => return Err(late()),
        End::TooLate => {
            return Err(failed(format!("did not end within {} s and was ended", longest.as_secs())));
        }
        End::Unread(error) => return Err(failed("cannot be read".to_owned()).source(error)),
    };
    let text = decode(bytes.to_vec()).map_err(|encoding| match encoding {
        Encoding::Wide(name) => failed(format!("printed {name}, not UTF-8")),
        Encoding::Other(_) => failed("printed no text".to_owned()),
    })?;
    let text = Zeroizing::new(text.text);
    if text.trim().is_empty() {
        return Err(failed("printed nothing".to_owned()));
    }
    Ok(Secret::new(text.trim()))
}

/// Starts the command.
fn start(program: &str, arguments: &[String]) -> std::io::Result<Child> {
    let mut command = program::command(program, arguments);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()
}

/// Reads what the command prints until it ends, or ends it.
fn finish(mut child: Child, limit: Duration) -> End {
    let end = Instant::now() + limit;
    let end = match read(&mut child, limit) {
        None => End::TooLate,
        Some(Err(error)) => End::Unread(error),
        Some(Ok(bytes)) if bytes.len() > MOST => End::TooMuch,
        Some(Ok(bytes)) => match program::wait(&mut child, end) {
            Some(status) => return End::By(status, bytes),
            None => End::TooLate,
        },
    };
    program::kill(&mut child);
    end
}

/// Reads the output; returns `None` if the command has not closed it in time.
///
/// A thread reads it: a pipe cannot be read for a limited time.
fn read(child: &mut Child, limit: Duration) -> Option<std::io::Result<Zeroizing<Vec<u8>>>> {
    let stdout = child.stdout.take()?;
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        // One allocation, so that no copy of the secret stays behind.
        let mut bytes = Zeroizing::new(Vec::with_capacity(MOST + 1));
        let read = stdout.take(MOST as u64 + 1).read_to_end(&mut bytes);
        // Too late, nothing hears it any more.
        let _ = send.send(read.map(|_| bytes));
    });
    receive.recv_timeout(limit).ok()
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    fn sh(script: &str, longest: Duration) -> Result<Secret> {
        run("sh", &["-c".to_owned(), script.to_owned()], None, longest)
    }

    #[test]
    fn it_prints_the_secret_and_its_failure_shows_nothing_of_it() {
        assert_eq!(sh("echo hunter2", LONGEST).expect("printed").expose(), "hunter2");
        assert_eq!(
            sh("printf '\\357\\273\\277hunter2\\r\\n'", LONGEST).expect("printed").expose(),
            "hunter2"
        );
        for script in ["echo hunter2; echo hunter2 >&2; exit 3", "printf 'hunter2\\377'", "yes hunter2"] {
            let error = sh(script, LONGEST).expect_err("no secret");
            assert_eq!(error.kind(), Kind::Config);
            let shown = format!("{error:?} {error} {:?}", error.next_step());
            assert!(!shown.contains("hunter2"), "{shown}");
        }
    }

    #[test]
    fn one_that_prints_without_end_is_ended_at_once() {
        let error = run("yes", &[], None, LONGEST).expect_err("too much");
        assert!(error.message().contains("printed more than 64 KiB and was ended"), "{error}");
    }

    #[test]
    fn one_that_does_not_end_is_ended_whether_its_output_is_open_or_closed() {
        for script in ["sleep 60", "exec >&-; sleep 60", "sleep 60 & exit 0"] {
            let error = sh(script, SHORT).expect_err("no end");
            assert!(error.message().contains("did not end within 0 s and was ended"), "{script}: {error}");
        }
    }

    #[test]
    fn what_it_started_ends_with_it() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let pipe = folder.path().join("pipe");
        assert!(Command::new("mkfifo").arg(&pipe).status().expect("a program").success());
        let path = pipe.display().to_string();
        // The end of the pipe comes when the last process that holds it is gone.
        let reader = thread::spawn(move || std::fs::read_to_string(pipe));
        let error = sh(&format!("(sleep 20; echo alive) > '{path}' & wait"), SHORT).expect_err("no end");
        assert_eq!(error.kind(), Kind::Config);
        assert_eq!(reader.join().expect("no panic").expect("a pipe"), "");
    }

    #[test]
    fn the_deadline_of_the_run_comes_first() {
        let soon = Instant::now() + SHORT;
        let words = ["-c".to_owned(), "sleep 60".to_owned()];
        assert_eq!(run("sh", &words, Some(soon), LONGEST).expect_err("no end").kind(), Kind::Deadline);
        let program = "/nonexistent/is/not/started";
        assert_eq!(
            run(program, &[], Some(Instant::now()), LONGEST).expect_err("no time").kind(),
            Kind::Deadline
        );
    }
}
