//! What is said on standard error: errors, warnings and mistakes of the command line, for people or as JSON.

use std::io::{self, Write};
use std::sync::{Arc, PoisonError};

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, Result};
use serde::Serialize;

use super::exit;
use super::io::{Io, OUTPUT};
use super::progress::Say;
use crate::error::{Error, Kind};
use crate::report::clean;
use crate::text::wrap::wrapped;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const STRONG: Style = Style::new().bold();

/// Shows an error, and returns how to exit. Kind, place and next step are those of our own error in its chain; an error
/// without one is about files or the output.
pub(super) fn failed(error: &anyhow::Error, io: &mut Io) -> u8 {
    let own = error.downcast_ref::<Error>();
    let own = own.or_else(|| error.chain().find_map(|cause| cause.downcast_ref::<Error>()));
    let kind = own.map_or(Kind::State, Error::kind);
    let code = exit::of_kind(kind);
    let message = error.to_string();
    let said = Said {
        word: "error",
        style: ERROR,
        message: &message,
        lines: own.map_or(&[], Error::lines),
        because: error.chain().skip(1).map(ToString::to_string).collect(),
        next: own.and_then(Error::next_step),
        kind: Some(kind),
        place: own.and_then(Error::place),
        code: Some(code),
    };
    // It takes the place of the result, so it has the result's form as well.
    let as_json = io.errors_are_json() || io.results_are_json();
    // If it cannot be shown, the exit code still tells it.
    let _ = said.write(io, as_json);
    for further in own.map_or(&[][..], Error::further) {
        let because = std::iter::successors(further.cause(), |cause| cause.source());
        let said = Said {
            lines: further.lines(),
            because: because.map(ToString::to_string).collect(),
            next: further.next_step(),
            kind: Some(further.kind()),
            place: further.place(),
            code: Some(code),
            ..Said::new("error", ERROR, further.message(), None)
        };
        let _ = said.write(io, as_json);
    }
    code
}

/// What is said on standard error with `--log-format json`, or in the place of a result that should have been JSON: an
/// error, a warning or how far a run is, one object a line.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(crate) struct Line<'a> {
    /// `error`, `warning`, or `info`: how far or how well something went.
    level: &'a str,
    /// What sort of thing went wrong, where that is known.
    kind: Option<Kind>,
    /// What happened, in one sentence.
    message: String,
    /// The file and line, field or record.
    #[serde(rename = "where")]
    place: Option<String>,
    /// What led to it, the nearest first.
    because: Vec<String>,
    /// The next step.
    next: Option<String>,
    /// The exit code that it leads to, where that is known by then.
    exit_code: Option<u8>,
}

/// Returns what says on standard error how far a run is, a line each time, from any thread.
pub(super) fn aside(io: &Io) -> Say {
    let (aside, as_json) = (io.aside(), io.errors_are_json());
    Arc::new(move |text: &str| {
        let line = if as_json { info(text) } else { clean(text) };
        let mut to = aside.lock().unwrap_or_else(PoisonError::into_inner);
        // Who does not hear how far a run is loses nothing else.
        let _ = writeln!(to, "{line}").and_then(|()| to.flush());
    })
}

/// Says how something went that nothing is to be done about.
///
/// # Errors
/// When it cannot be written.
pub(super) fn tell(io: &mut Io, text: &str) -> Result<()> {
    let lines = match io.message_width() {
        _ if io.errors_are_json() => vec![info(text)],
        Some(width) => wrapped(&clean(text), width),
        None => vec![clean(text)],
    };
    let mut err = io.stderr();
    lines.iter().try_for_each(|line| writeln!(err, "{line}")).context(OUTPUT)
}

/// Returns the line of JSON that says how far a run is.
fn info(message: &str) -> String {
    let line = Line {
        level: "info",
        kind: None,
        message: clean(message),
        place: None,
        because: Vec::new(),
        next: None,
        exit_code: None,
    };
    // A structure of texts is always JSON.
    serde_json::to_string(&line).unwrap_or_default()
}

/// Something that is said on standard error: lines for people, or one object of JSON.
struct Said<'a> {
    word: &'static str,
    style: Style,
    message: &'a str,
    /// Lines of the file that it is about.
    lines: &'a [String],
    because: Vec<String>,
    next: Option<&'a str>,
    kind: Option<Kind>,
    place: Option<&'a str>,
    /// The exit code it leads to, where that is known by now.
    code: Option<u8>,
}

impl Said<'_> {
    fn write(&self, io: &mut Io, as_json: bool) -> io::Result<()> {
        let Self { word, style, message, lines, because, next, kind, place, code } = self;
        let width = io.message_width();
        let next = next.map(|next| io.onward(next));
        let next = next.as_deref();
        let mut err = io.stderr();
        if as_json {
            let object = Line {
                level: word,
                kind: *kind,
                message: clean(message),
                place: place.map(clean),
                because: because.iter().map(|cause| clean(cause)).collect(),
                next: next.map(clean),
                exit_code: *code,
            };
            writeln!(err, "{}", serde_json::to_string(&object)?)?;
            return err.flush();
        }
        put(&mut err, "", *style, word, message, width)?;
        lines.iter().try_for_each(|line| writeln!(err, "  {}", clean(line)))?;
        because.iter().try_for_each(|cause| put(&mut err, "  ", Style::new(), "because", cause, width))?;
        if let Some(next) = next {
            put(&mut err, "  ", STRONG, "next", next, width)?;
        }
        err.flush()
    }
}

/// Writes a message behind a word in a style, in lines of `width` columns where that is known. A link or a path that
/// is too long for a line begins in the first column.
fn put(
    to: &mut dyn Write,
    indent: &str,
    style: Style,
    word: &str,
    message: &str,
    width: Option<usize>,
) -> io::Result<()> {
    let text = format!("{word}: {}", clean(message));
    let lines = match width {
        Some(width) => wrapped(&text, width.saturating_sub(indent.len())),
        None => vec![text],
    };
    for (number, line) in lines.iter().enumerate() {
        let is_link = number > 0 && !line.starts_with(' ');
        let indent = if is_link { "" } else { indent };
        match line.strip_prefix(word).filter(|_| number == 0) {
            Some(rest) => writeln!(to, "{indent}{style}{word}{style:#}{rest}")?,
            None => writeln!(to, "{indent}{line}")?,
        }
    }
    Ok(())
}

/// Says something that is wrong without ending the run.
///
/// # Errors
/// When it cannot be written.
pub(super) fn complain(io: &mut Io, message: &str, hint: Option<&str>) -> Result<()> {
    say(io, &Said::new("error", ERROR, message, hint))
}

/// Says the same in the place of a result: it has the result's form.
///
/// # Errors
/// When it cannot be written.
pub(super) fn complain_instead(io: &mut Io, message: &str, hint: &str) -> Result<()> {
    let as_json = io.errors_are_json() || io.results_are_json();
    Said::new("error", ERROR, message, Some(hint)).write(io, as_json).context(OUTPUT)
}

/// Says the same, of something that could not be read at `place`.
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
    say(io, &Said { kind: Some(kind), place: Some(place), code: Some(exit::unread([kind])), ..said })
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
    said.write(io, as_json).context(OUTPUT)
}

impl<'a> Said<'a> {
    fn new(word: &'static str, style: Style, message: &'a str, next: Option<&'a str>) -> Self {
        Self {
            word,
            style,
            message,
            lines: &[],
            because: Vec::new(),
            next,
            kind: None,
            place: None,
            code: None,
        }
    }
}

/// Shows what clap says: help and versions on standard output, mistakes on standard error.
pub(super) fn usage(error: &clap::Error, io: &mut Io) -> u8 {
    if !error.use_stderr() {
        let text = error.render().ansi().to_string();
        let written = io.stdout().write_all(text.as_bytes());
        return match written {
            Ok(()) => exit::CLEAN,
            Err(error) => failed(&anyhow::Error::new(error).context(OUTPUT), io),
        };
    }
    if io.errors_are_json() || io.results_are_json() {
        let text = error.render().to_string();
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let message = lines.next().unwrap_or_default().trim_start_matches("error: ").to_owned();
        let next = lines.collect::<Vec<_>>().join("; ");
        return failed(&Error::new(Kind::Usage, message).hint(next).into(), io);
    }
    let text = error.render().ansi().to_string();
    let _ = io.stderr().write_all(text.as_bytes());
    exit::USAGE
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
        "nothing of the plan was written: it cannot be shown, as standard output is closed",
    )
    .hint("let standard output go to a terminal or a file, or add --yes")
    .into())
}
#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn an_error_is_told_with_its_cause_and_the_next_step() {
        let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
        let error = Error::new(Kind::Config, "the \u{1b}[31mfile is gone")
            .source("no such file")
            .hint("make one")
            .into();
        assert_eq!(failed(&error, &mut io), exit::USAGE);
        assert_eq!(buffers.err(), "error: the [31mfile is gone\n  because: no such file\n  next: make one\n");
    }

    #[test]
    fn an_error_is_one_object_where_json_is_asked_for() {
        for set in [Io::set_json_errors, Io::set_json_results] {
            let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
            set(&mut io, true);
            let error = Error::new(Kind::Auth, "it says no")
                .at("psa at host")
                .source("a secret")
                .hint("log in")
                .into();
            assert_eq!(failed(&error, &mut io), exit::FAILURE);
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
    fn a_broken_pipe_elsewhere_is_an_error_like_any_other() {
        let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
        let error = anyhow::Error::new(io::Error::from(io::ErrorKind::BrokenPipe)).context(OUTPUT);
        assert_eq!(failed(&error, &mut io), exit::FAILURE);
        assert!(buffers.err().starts_with("error: the output cannot be written\n"));
    }
}
