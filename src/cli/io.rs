//! Standard output, standard error and the terminal, as one thing that tests can stand in for.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use anstream::{AutoStream, ColorChoice};

use super::args::Color;

/// Columns where nobody can tell: wide enough for a log file, narrow enough to read.
const USUAL_WIDTH: usize = 120;

/// Where results and messages go, and what is known of the person's surroundings.
#[allow(missing_debug_implementations)] // writers have none
pub struct Io {
    out: Stream,
    err: Stream,
    stdin_is_terminal: bool,
    real: bool,
    width: Option<usize>,
    env: BTreeMap<String, String>,
}

struct Stream {
    writer: Box<dyn Write + Send>,
    is_terminal: bool,
    color: ColorChoice,
}

/// What was written to an [`Io`] made by [`Io::buffered`].
#[derive(Debug, Clone, Default)]
pub struct Buffers {
    out: Buffer,
    err: Buffer,
}

#[derive(Debug, Clone, Default)]
struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffers {
    /// Standard output so far.
    pub fn out(&self) -> String {
        self.out.text()
    }

    /// Standard error so far.
    pub fn err(&self) -> String {
        self.err.text()
    }
}

impl Buffer {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Io {
    /// The process's own streams, terminal and environment. Variables that are not text do not exist.
    pub fn system() -> Self {
        let stream = |writer: Box<dyn Write + Send>, is_terminal| Stream {
            writer,
            is_terminal,
            color: ColorChoice::Never,
        };
        Self {
            out: stream(Box::new(io::stdout()), io::stdout().is_terminal()),
            err: stream(Box::new(io::stderr()), io::stderr().is_terminal()),
            stdin_is_terminal: io::stdin().is_terminal(),
            real: true,
            width: terminal_width(),
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
        }
    }

    /// Streams that are kept in memory, on a terminal of `width` columns or none, with this environment.
    pub fn buffered(width: Option<usize>, env: BTreeMap<String, String>) -> (Self, Buffers) {
        let buffers = Buffers::default();
        let stream = |buffer: &Buffer| Stream {
            writer: Box::new(buffer.clone()),
            is_terminal: width.is_some(),
            color: ColorChoice::Never,
        };
        let io = Self {
            out: stream(&buffers.out),
            err: stream(&buffers.err),
            stdin_is_terminal: false,
            real: false,
            width,
            env,
        };
        (io, buffers)
    }

    /// Standard output, colours taken out where they should be.
    pub(super) fn stdout(&mut self) -> impl Write + '_ {
        AutoStream::new(&mut *self.out.writer, self.out.color)
    }

    /// Standard error, colours taken out where they should be.
    pub(super) fn stderr(&mut self) -> impl Write + '_ {
        AutoStream::new(&mut *self.err.writer, self.err.color)
    }

    /// Decides on colours: what the flag says, else the terminal and the usual variables.
    pub(super) fn set_color(&mut self, flag: Color) {
        let set = |name: &str| self.env.get(name).is_some_and(|value| !value.is_empty() && value != "0");
        let plain = set("NO_COLOR") || self.env.get("TERM").is_some_and(|term| term == "dumb");
        let forced = set("CLICOLOR_FORCE") || set("FORCE_COLOR");
        let choice = |is_terminal: bool| match flag {
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Auto if !plain && (forced || is_terminal) => ColorChoice::AlwaysAnsi,
            Color::Auto | Color::Never => ColorChoice::Never,
        };
        let (out, err) = (choice(self.out.is_terminal), choice(self.err.is_terminal));
        self.out.color = out;
        self.err.color = err;
    }

    /// Whether somebody can be asked.
    pub(super) fn can_ask(&self) -> bool {
        self.stdin_is_terminal && self.err.is_terminal
    }

    /// Whether standard error is a terminal.
    pub(super) fn stderr_is_terminal(&self) -> bool {
        self.err.is_terminal
    }

    /// Whether standard error shows colours.
    pub(super) fn stderr_has_colors(&self) -> bool {
        self.err.color != ColorChoice::Never
    }

    /// Whether these are the process's own streams.
    pub(super) fn is_real(&self) -> bool {
        self.real
    }

    /// Columns to fill: the terminal's, else `COLUMNS`, else a usual number.
    pub(super) fn width(&self) -> usize {
        let stated = || self.env.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal = self.width.filter(|_| self.out.is_terminal);
        terminal.or_else(stated).unwrap_or(USUAL_WIDTH).clamp(40, 400)
    }

    /// Environment variables.
    pub(super) fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }
}

fn terminal_width() -> Option<usize> {
    let (width, _) = terminal_size::terminal_size()?;
    Some(usize::from(width.0))
}
