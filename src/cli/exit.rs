//! Exit codes, and how errors are told.

use std::error::Error as StdError;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::json;

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
    let code = code(error.kind());
    let mut because = Vec::new();
    let mut cause = StdError::source(error);
    while let Some(source) = cause {
        because.push(source.to_string());
        cause = source.source();
    }
    let said = Said {
        word: "error",
        style: ERROR,
        message: error.message(),
        because,
        next: error.next_step(),
        kind: Some(error.kind()),
        place: error.place(),
        code: Some(code),
    };
    // It takes the place of the result, so it has the result's form as well.
    let as_json = io.errors_are_json() || io.results_are_json();
    // If it cannot be shown, the exit code still tells it.
    let _ = said.write(io, as_json);
    code
}

/// The exit code of an error that ends the command.
fn code(kind: Kind) -> u8 {
    match kind {
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

/// The exit code where sides could not be read, for these reasons. What a person has to correct (a setting, a
/// credential, a right) keeps its own code; everything else may be read completely by the next run.
pub(super) fn unread(kinds: impl IntoIterator<Item = Kind>) -> u8 {
    kinds.into_iter().filter(|kind| kind.needs_a_person()).min().map_or(INCOMPLETE, code)
}

/// Something that is said on standard error: lines for people, or one object of JSON.
struct Said<'a> {
    word: &'static str,
    style: Style,
    message: &'a str,
    because: Vec<String>,
    next: Option<&'a str>,
    kind: Option<Kind>,
    place: Option<&'a str>,
    /// The exit code it leads to, where that is known by now.
    code: Option<u8>,
}

impl Said<'_> {
    fn write(&self, io: &mut Io, as_json: bool) -> io::Result<()> {
        let Self { word, style, message, because, next, kind, place, code } = self;
        let mut err = io.stderr();
        if as_json {
            let object = json!({
                "level": word, "kind": kind, "message": clean(message), "where": place.map(clean),
                "because": because.iter().map(|cause| clean(cause)).collect::<Vec<_>>(),
                "next": next.map(clean), "exit-code": code,
            });
            writeln!(err, "{object}")?;
            return err.flush();
        }
        writeln!(err, "{style}{word}{style:#}: {}", clean(message))?;
        because.iter().try_for_each(|cause| writeln!(err, "  because: {}", clean(cause)))?;
        if let Some(next) = next {
            writeln!(err, "  {STRONG}next{STRONG:#}: {}", clean(next))?;
        }
        err.flush()
    }
}

/// Says something that is wrong without ending the run.
///
/// # Errors
/// When it cannot be written.
pub(super) fn complain(io: &mut Io, message: &str, hint: Option<&str>) -> Result<()> {
    say(io, &Said::new("error", ERROR, message, hint))
}

/// The same, of something that could not be read at `place`.
///
/// # Errors
/// When it cannot be written.
pub(super) fn complain_of(
    io: &mut Io,
    kind: Kind,
    place: &str,
    message: &str,
    hint: Option<&str>,
) -> Result<()> {
    let said = Said::new("error", ERROR, message, hint);
    say(io, &Said { kind: Some(kind), place: Some(place), code: Some(unread([kind])), ..said })
}

/// Says something that a person should know of, and that keeps nothing from being done.
///
/// # Errors
/// When it cannot be written.
pub(super) fn warn(io: &mut Io, message: &str, hint: Option<&str>) -> Result<()> {
    say(io, &Said::new("warning", WARNING, message, hint))
}

fn say(io: &mut Io, said: &Said<'_>) -> Result<()> {
    let as_json = io.errors_are_json();
    said.write(io, as_json).map_err(output_error)
}

impl<'a> Said<'a> {
    fn new(word: &'static str, style: Style, message: &'a str, next: Option<&'a str>) -> Self {
        Self { word, style, message, because: Vec::new(), next, kind: None, place: None, code: None }
    }
}

/// Shows what clap says: help and versions on standard output, mistakes on standard error.
pub(super) fn usage(error: &clap::Error, io: &mut Io) -> u8 {
    if !error.use_stderr() {
        let text = error.render().ansi().to_string();
        let written = io.stdout().write_all(text.as_bytes());
        return match written {
            Ok(()) => CLEAN,
            Err(error) => failed(&output_error(error), io),
        };
    }
    if io.errors_are_json() || io.results_are_json() {
        let text = error.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let next = lines.collect::<Vec<_>>().join("; ");
        return failed(&Error::new(Kind::Usage, message).hint(next), io);
    }
    let text = error.render().ansi().to_string();
    let _ = io.stderr().write_all(text.as_bytes());
    USAGE
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
    fn an_error_is_one_object_where_json_is_asked_for() {
        for set in [Io::set_json_errors, Io::set_json_results] {
            let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
            set(&mut io, true);
            let error =
                Error::new(Kind::Auth, "it says no").at("psa at host").source("a secret").hint("log in");
            assert_eq!(failed(&error, &mut io), FAILURE);
            let told: serde_json::Value = serde_json::from_str(&buffers.err()).expect("one object");
            assert_eq!(
                told,
                json!({"level": "error", "kind": "auth", "message": "it says no", "where": "psa at host",
                    "because": ["a secret"], "next": "log in", "exit-code": 1})
            );
            assert_eq!(buffers.out(), "");
        }
    }

    #[test]
    fn what_a_person_has_to_correct_is_no_incomplete_reading() {
        for (kinds, expected) in [
            (vec![Kind::Network, Kind::Incomplete], INCOMPLETE),
            (vec![Kind::Network, Kind::Permission], FAILURE),
            (vec![Kind::Auth], FAILURE),
            (vec![Kind::Auth, Kind::Config], USAGE),
        ] {
            assert_eq!(unread(kinds.clone()), expected, "{kinds:?}");
        }
    }

    #[test]
    fn a_broken_pipe_elsewhere_is_an_error_like_any_other() {
        let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
        assert_eq!(failed(&output_error(io::ErrorKind::BrokenPipe.into()), &mut io), FAILURE);
        assert!(buffers.err().starts_with("error: the output cannot be written\n"));
    }
}
