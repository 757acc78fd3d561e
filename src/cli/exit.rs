//! Exit codes, and how errors are told.

use std::error::Error as StdError;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::io::Io;
use crate::error::{Error, Kind, Result};
use crate::report::clean;

/// Clean: nothing to say.
pub(super) const CLEAN: u8 = 0;
/// Something went wrong.
pub(super) const FAILURE: u8 = 1;
/// The command line or the configuration is wrong.
pub(super) const USAGE: u8 = 2;
/// Changes are pending (`diff --exit-code`).
pub(super) const PENDING: u8 = 3;
/// Nothing is pending, but conflicts need a decision (`diff --exit-code`).
pub(super) const CONFLICTS: u8 = 4;
/// A guard refuses the plan (`diff --exit-code`).
pub(super) const REFUSED: u8 = 5;
/// The plan, or a part of it, is stale: records had moved since it was made, or since the run that is taken back.
pub(super) const STALE: u8 = 6;
/// Some changes failed.
pub(super) const FAILED: u8 = 7;
/// A side could not be read completely.
pub(super) const INCOMPLETE: u8 = 8;
/// Another run is at work on the same company.
pub(super) const LOCKED: u8 = 9;
/// The deadline passed.
pub(super) const DEADLINE: u8 = 10;
/// A person interrupted the run.
pub(super) const INTERRUPTED: u8 = 130;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const STRONG: Style = Style::new().bold();

/// Tells an error, and says how to exit.
pub(super) fn failed(error: &Error, io: &mut Io) -> u8 {
    // Whoever cannot even be told learns it from the exit code.
    let _ = tell(error, io);
    match error.kind() {
        Kind::Usage | Kind::Config => USAGE,
        Kind::Incomplete => INCOMPLETE,
        Kind::Stale => STALE,
        Kind::Locked => LOCKED,
        Kind::Deadline => DEADLINE,
        Kind::Interrupted => INTERRUPTED,
        Kind::Auth
        | Kind::Permission
        | Kind::Network
        | Kind::Throttled
        | Kind::Service
        | Kind::NotFound
        | Kind::State => FAILURE,
    }
}

fn tell(error: &Error, io: &mut Io) -> io::Result<()> {
    let mut err = io.stderr();
    writeln!(err, "{ERROR}error{ERROR:#}: {}", clean(error.message()))?;
    let mut cause = StdError::source(error);
    while let Some(source) = cause {
        writeln!(err, "  because: {}", clean(&source.to_string()))?;
        cause = source.source();
    }
    if let Some(hint) = error.next_step() {
        writeln!(err, "  {STRONG}next{STRONG:#}: {}", clean(hint))?;
    }
    err.flush()
}

/// Says something that is wrong without ending the run.
///
/// # Errors
/// When it cannot be written.
pub(super) fn complain(io: &mut Io, message: &str, hint: Option<&str>) -> Result<()> {
    say(io, ERROR, "error", message, hint)
}

/// Says something that a person should know of, and that keeps nothing from being done.
///
/// # Errors
/// When it cannot be written.
pub(super) fn warn(io: &mut Io, message: &str, hint: Option<&str>) -> Result<()> {
    say(io, WARNING, "warning", message, hint)
}

fn say(io: &mut Io, style: Style, word: &str, message: &str, hint: Option<&str>) -> Result<()> {
    let mut err = io.stderr();
    let mut write = || {
        writeln!(err, "{style}{word}{style:#}: {}", clean(message))?;
        if let Some(hint) = hint {
            writeln!(err, "  {STRONG}next{STRONG:#}: {}", clean(hint))?;
        }
        err.flush()
    };
    write().map_err(output_error)
}

/// Shows what clap says: help and versions on standard output, mistakes on standard error.
pub(super) fn usage(error: &clap::Error, io: &mut Io) -> u8 {
    let text = error.render().ansi().to_string();
    let help = !error.use_stderr();
    let written =
        if help { io.stdout().write_all(text.as_bytes()) } else { io.stderr().write_all(text.as_bytes()) };
    match written {
        Ok(()) if help => CLEAN,
        Err(error) if help => failed(&output_error(error), io),
        _ => USAGE,
    }
}

/// An error of our own output.
pub(super) fn output_error(error: io::Error) -> Error {
    Error::new(Kind::State, "the output cannot be written").source(error)
}

/// Passes if a person can read what is asked about: the reader of standard output may have gone away.
///
/// # Errors
/// [`Kind::State`] where it has: nothing may be written then that a person has to agree to.
pub(super) fn can_be_read(io: &Io) -> Result<()> {
    if io.has_reader() {
        return Ok(());
    }
    Err(Error::new(
        Kind::State,
        "nothing was written: the plan cannot be shown, as standard output is closed",
    )
    .hint("let standard output go to a terminal or a file, or add --yes"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn an_error_is_told_with_its_cause_and_the_next_step() {
        let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
        let error =
            Error::new(Kind::Config, "the \u{1b}[31mfile is gone").source("no such file").hint("make one");
        assert_eq!(failed(&error, &mut io), USAGE);
        assert_eq!(buffers.err(), "error: the [31mfile is gone\n  because: no such file\n  next: make one\n");
    }

    #[test]
    fn a_broken_pipe_elsewhere_is_an_error_like_any_other() {
        let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
        assert_eq!(failed(&output_error(io::ErrorKind::BrokenPipe.into()), &mut io), FAILURE);
        assert!(buffers.err().starts_with("error: the output cannot be written\n"));
    }
}
