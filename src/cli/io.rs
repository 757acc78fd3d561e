//! Standard output, standard error and the terminal, as one thing that tests can replace.

mod asking;

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read as _, Write};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anstream::stream::RawStream;
use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, Result};
use jiff::tz::TimeZone;

use super::flags::Color;
use super::onward;
use super::outputs::Outputs;
use super::pager;
use super::streams::{Buffers, Stream};
use super::terminal;
use crate::error::Error;
use crate::run::{Interrupt, Machine};
use crate::secret::{DesktopKeyring, Keyring, NoKeyring};
use crate::state::Clock;

/// What is said where our own output cannot be written.
pub(super) const OUTPUT: &str = "the output cannot be written";

/// Columns where the width is unknown: wide enough for a log file, narrow enough to read.
const USUAL_WIDTH: usize = 120;

/// Where results and messages go, and what is known of the person's surroundings.
#[allow(missing_debug_implementations)] // writers have none
pub struct Io {
    out: Stream,
    err: Stream,
    /// Whether standard output and standard error show colours where they are terminals.
    shows_colors: [bool; 2],
    stdin_is_terminal: bool,
    real: bool,
    width: Option<usize>,
    /// Lines of the terminal, where they are known.
    height: Option<usize>,
    env: BTreeMap<String, String>,
    /// Holds the text of standard input, where it is not the process's own.
    input: String,
    json: Json,
    interrupt: Interrupt,
    answers: Option<Answers>,
    clock: Clock,
    outputs: Outputs,
    /// Why the files cannot be written, for a command that is to say so itself.
    unopened: Option<Error>,
    keyring: Arc<dyn Keyring>,
    notice_limit: Option<Duration>,
    /// The program that long results are shown in, and its arguments.
    pager: Option<Vec<String>>,
    /// The flags that choose where the command works.
    place: Vec<String>,
    /// Standard error once more, for other threads than the one that has this.
    aside: Arc<Mutex<dyn Write + Send>>,
}

/// What is written as JSON.
#[derive(Debug, Default, Clone, Copy)]
struct Json {
    /// Everything that is said on standard error.
    errors: bool,
    /// Results.
    results: bool,
}

/// Who answers in a person's place: given the question and what can be chosen, the place of the choice, or `None`
/// to turn away.
pub type Answers = Box<dyn FnMut(&str, &[String]) -> Option<usize> + Send>;

impl Io {
    /// Returns the process's own streams, terminal and environment. Variables that are not text do not exist.
    pub fn system() -> Self {
        Self {
            out: Stream::new(Box::new(io::stdout()), io::stdout().is_terminal()),
            err: Stream::of_messages(Box::new(io::stderr()), io::stderr().is_terminal()),
            shows_colors: [shows_colors(io::stdout()), shows_colors(io::stderr())],
            stdin_is_terminal: io::stdin().is_terminal(),
            real: true,
            width: terminal::size().map(|(width, _)| width),
            height: terminal::size().map(|(_, height)| height),
            env: std::env::vars_os()
                .filter_map(|(name, value)| {
                    Some((spelt(name.into_string().ok()?), value.into_string().ok()?))
                })
                .collect(),
            input: String::new(),
            json: Json::default(),
            interrupt: Interrupt::default(),
            answers: None,
            clock: Clock::default(),
            outputs: Outputs::default(),
            unopened: None,
            keyring: Arc::new(DesktopKeyring),
            notice_limit: None,
            pager: None,
            place: Vec::new(),
            aside: Arc::new(Mutex::new(io::stderr())),
        }
    }

    /// Streams that are kept in memory, on a terminal of `width` columns or none, with this environment and no keyring.
    pub fn buffered(width: Option<usize>, env: BTreeMap<String, String>) -> (Self, Buffers) {
        let buffers = Buffers::default();
        let io = Self {
            out: Stream::new(Box::new(buffers.out.clone()), width.is_some()),
            err: Stream::of_messages(Box::new(buffers.err.clone()), width.is_some()),
            shows_colors: [true; 2],
            stdin_is_terminal: false,
            real: false,
            width,
            height: None,
            env,
            input: String::new(),
            json: Json::default(),
            interrupt: Interrupt::default(),
            answers: None,
            clock: Clock::by_hand(),
            outputs: Outputs::default(),
            unopened: None,
            keyring: Arc::new(NoKeyring),
            notice_limit: None,
            pager: None,
            place: Vec::new(),
            aside: Arc::new(Mutex::new(buffers.err.clone())),
        };
        (io, buffers)
    }

    /// Returns the same with another standard output.
    #[must_use]
    pub fn with_stdout(mut self, writer: Box<dyn Write + Send>) -> Self {
        self.out = Stream::new(writer, self.out.is_terminal);
        self
    }

    /// Returns the same with another standard error.
    #[must_use]
    pub fn with_stderr(mut self, writer: Box<dyn Write + Send>) -> Self {
        self.err = Stream::of_messages(writer, self.err.is_terminal);
        self.aside = Arc::new(Mutex::new(io::sink()));
        self
    }

    /// Returns whether nothing that was written to standard output so far was lost.
    pub(super) fn has_reader(&self) -> bool {
        !self.out.is_lost.load(Ordering::SeqCst)
    }

    /// Returns the same with `text` on standard input.
    #[must_use]
    pub fn with_input(mut self, text: impl Into<String>) -> Self {
        self.input = text.into();
        self
    }

    /// Returns the same with the time from `clock`.
    #[must_use]
    pub fn timed_by(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Takes the files that are written from now on. An interrupt leaves no draft of them behind.
    pub(super) fn write_to(&mut self, outputs: Outputs) {
        if outputs.any() {
            self.heed_signals();
        }
        self.outputs = outputs;
    }

    /// Takes why the files cannot be written: a command that tells others how it ends begins with that.
    pub(super) fn cannot_write(&mut self, error: Error) {
        self.unopened = Some(error);
    }

    /// Passes if the files can be written.
    ///
    /// # Errors
    /// [`Kind::Usage`](crate::error::Kind::Usage) where they cannot, once.
    pub(super) fn opened(&mut self) -> Result<()> {
        self.unopened.take().map_or(Ok(()), |error| Err(error.into()))
    }

    /// Returns the files that the command writes.
    pub(super) fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// Writes a result to standard output, or to the file of `--output`: without colours there, unless they were
    /// asked for.
    ///
    /// # Errors
    /// [`Kind::State`](crate::error::Kind::State) when it cannot be written.
    pub(super) fn results(&mut self, text: &[u8]) -> Result<()> {
        match &self.outputs.results {
            None if self.is_shown_in_a_pager(text) => Ok(()),
            None => {
                let mut out = self.stdout();
                out.write_all(text).and_then(|()| out.flush()).context(OUTPUT)
            }
            Some(target) => Ok(self.outputs.write(target, text, self.outputs.is_sheet)?),
        }
    }

    /// Returns the same, where notices may delay a run by `limit`.
    #[must_use]
    pub fn with_notice_limit(mut self, limit: Duration) -> Self {
        self.notice_limit = Some(limit);
        self
    }

    /// States whether results may be shown in a pager: those of a command that asks nothing may.
    pub(super) fn set_paged(&mut self, on: bool) {
        self.pager = if on && self.real { pager::chosen(&self.env) } else { None };
    }

    /// Takes the flags that choose where the command works: next steps have them too.
    pub(super) fn set_place(&mut self, place: Vec<String>) {
        self.place = place;
    }

    /// Returns a next step for where the command works.
    pub(super) fn onward(&self, next: &str) -> String {
        onward::onward(next, &self.place)
    }

    /// Shows a text in the pager, if it is longer than the screen and there is one. Reports whether it was shown.
    fn is_shown_in_a_pager(&self, text: &[u8]) -> bool {
        // The prompt takes a line as well.
        let lines = text.split(|byte| *byte == b'\n').count();
        let Some(pager) = self.pager.as_ref().filter(|_| self.height().is_some_and(|height| lines > height))
        else {
            return false;
        };
        // An interrupt ends what the pager does, not crsync.
        self.heed_signals();
        pager::show(pager, text, self.out.color)
    }

    /// Returns the same with this keyring.
    #[must_use]
    pub fn with_keyring(mut self, keyring: Arc<dyn Keyring>) -> Self {
        self.keyring = keyring;
        self
    }

    /// Returns the keyring.
    pub(super) fn keyring(&self) -> Arc<dyn Keyring> {
        Arc::clone(&self.keyring)
    }

    /// Reads all of standard input.
    pub(super) fn input(&mut self) -> io::Result<Vec<u8>> {
        if !self.real {
            return Ok(std::mem::take(&mut self.input).into_bytes());
        }
        let mut bytes = Vec::new();
        io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    }

    /// Returns the same, on a terminal of `width` columns where `answers` chooses.
    pub fn answered(width: usize, env: BTreeMap<String, String>, answers: Answers) -> (Self, Buffers) {
        let (io, buffers) = Self::buffered(Some(width), env);
        (Self { stdin_is_terminal: true, answers: Some(answers), ..io }, buffers)
    }

    /// Returns standard output, colours taken out where they should be.
    pub(super) fn stdout(&mut self) -> impl Write + '_ {
        AutoStream::new(&mut *self.out.writer, self.out.color)
    }

    /// Returns standard error, colours taken out where they should be.
    pub(super) fn stderr(&mut self) -> impl Write + '_ {
        AutoStream::new(&mut *self.err.writer, self.err.color)
    }

    /// States whether everything that is said on standard error is JSON.
    pub(super) fn set_json_errors(&mut self, on: bool) {
        self.json.errors = on;
    }

    /// States whether results are JSON: an error that comes in their place is as well.
    pub(super) fn set_json_results(&mut self, on: bool) {
        self.json.results = on;
    }

    /// Reports whether everything that is said on standard error is JSON.
    pub(super) fn errors_are_json(&self) -> bool {
        self.json.errors
    }

    /// Reports whether results are JSON.
    pub(super) fn results_are_json(&self) -> bool {
        self.json.results
    }

    /// Decides on colours: what the flag says, else the terminal and the usual variables.
    pub(super) fn set_color(&mut self, flag: Color) {
        let set = |name: &str| self.env.get(name).is_some_and(|value| !value.is_empty() && value != "0");
        let plain = set("NO_COLOR") || self.env.get("TERM").is_some_and(|term| term == "dumb");
        let forced = set("CLICOLOR_FORCE") || set("FORCE_COLOR");
        let choice = |is_shown: bool| match flag {
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Auto if !plain && (forced || is_shown) => ColorChoice::AlwaysAnsi,
            Color::Auto | Color::Never => ColorChoice::Never,
        };
        let [out, err] = self.shows_colors;
        let (out, err) = (choice(self.out.is_terminal && out), choice(self.err.is_terminal && err));
        self.out.color = out;
        self.err.color = err;
    }

    /// Returns standard error once more, for lines from any thread while a run goes on.
    pub(super) fn aside(&self) -> Arc<Mutex<dyn Write + Send>> {
        Arc::clone(&self.aside)
    }

    /// Returns the time by which runs are dated.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Reports whether standard error is a terminal.
    pub(super) fn stderr_is_terminal(&self) -> bool {
        self.err.is_terminal
    }

    /// Reports whether standard error shows bars: on a terminal where lines of JSON are not wanted.
    pub(super) fn shows_bars(&self, quiet: bool) -> bool {
        self.err.is_terminal && !quiet && !self.json.errors
    }

    /// Reports whether standard error shows colours.
    pub(super) fn stderr_has_colors(&self) -> bool {
        self.err.color != ColorChoice::Never
    }

    /// Reports whether these are the process's own streams.
    pub(super) fn is_real(&self) -> bool {
        self.real
    }

    /// Returns how a run is asked to stop.
    pub fn interrupt(&self) -> Interrupt {
        self.interrupt.clone()
    }

    /// Lets the signals of the operating system ask the run to stop, too.
    pub(super) fn heed_signals(&self) {
        if self.real {
            terminal::listen(self.interrupt.clone());
        }
    }

    /// Returns the machine that a run works on.
    pub(super) fn machine(&self) -> Machine {
        Machine {
            variables: self.env.clone(),
            keyring: self.keyring(),
            clock: self.clock.clone(),
            // Streams kept in memory have no user who gains by waiting.
            sleep: (!self.real).then_some(|_| ()),
            trace: self.outputs.trace.clone(),
            notice_limit: self.notice_limit,
            interrupt: self.interrupt(),
            is_attended: self.can_ask(),
        }
    }

    /// Columns to fill: the terminal's, else `COLUMNS`, else a usual number.
    pub(super) fn width(&self) -> usize {
        let stated = || self.env.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal = self.width.filter(|_| self.out.is_terminal);
        terminal.or_else(stated).unwrap_or(USUAL_WIDTH).clamp(40, 400)
    }

    /// Reports whether a person reads the results on a terminal as they come.
    pub(super) fn shows_results(&self) -> bool {
        self.out.is_terminal && self.outputs.results.is_none()
    }

    /// Lines of the screen that results are written to; `None` where they go to a file, a pipe or a terminal of unknown
    /// height.
    pub(super) fn height(&self) -> Option<usize> {
        self.height.filter(|height| *height > 0 && self.out.is_terminal && self.outputs.results.is_none())
    }

    /// Returns the same on a terminal of so many lines.
    #[must_use]
    pub fn with_height(mut self, lines: usize) -> Self {
        self.height = Some(lines);
        self
    }

    /// Returns the time zone that people read times in: that of `TZ`, else the machine's.
    pub(super) fn zone(&self) -> TimeZone {
        let stated = self.env.get("TZ").filter(|name| !name.is_empty());
        let stated = stated.and_then(|name| TimeZone::get(name).or_else(|_| TimeZone::posix(name)).ok());
        let machine = || if self.real { TimeZone::system() } else { TimeZone::UTC };
        stated.unwrap_or_else(machine)
    }

    /// Returns the environment variables.
    pub(super) fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }
}

/// Switches on that a console of Windows shows colours, and reports whether the stream shows them if it is a terminal.
///
/// The library does so only where it is given the stream itself: the writers of [`Io`] hide the console from it.
fn shows_colors(stream: impl RawStream) -> bool {
    AutoStream::always(stream).current_choice() == ColorChoice::AlwaysAnsi
}

/// Returns the name of an environment variable as crsync spells its own: on Windows case does not count.
fn spelt(name: String) -> String {
    let upper = name.to_ascii_uppercase();
    if cfg!(windows) && ["CRSYNC_", "XDG_"].iter().any(|prefix| upper.starts_with(prefix)) {
        upper
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_goes_out_escaped_however_it_is_cut_into_pieces() {
        let text = "Zoë\u{202e}\u{1b}[31m 山\u{9b}2J\u{1b}[0m\u{1b}[2J\n";
        let expected = "Zoë\\u202e\u{1b}[31m 山\\u009b2J\u{1b}[0m\\u001b[2J\n";
        for piece in 1..text.len() {
            let (mut io, buffers) = Io::buffered(None, BTreeMap::new());
            io.set_color(Color::Always);
            for bytes in text.as_bytes().chunks(piece) {
                io.stdout().write_all(bytes).expect("memory");
            }
            io.stdout().flush().expect("memory");
            assert_eq!(buffers.out(), expected, "{piece} bytes at a time");
        }
    }
}
