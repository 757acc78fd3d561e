//! Standard output, standard error and the terminal, as one thing that tests can replace.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal, Read as _, Write};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use anstream::{AutoStream, ColorChoice};
use anyhow::{Context as _, Result};

use super::exit;
use super::flags::Color;
use super::outputs::Outputs;
use super::streams::{Buffers, Stream};
use crate::error::{Error, Kind};
use crate::files;
use crate::run::{Interrupt, Machine};
use crate::secret::{DesktopKeyring, Keyring, NoKeyring};
use crate::state::Clock;
use crate::text::visible;

/// What is said where our own output cannot be written.
pub(super) const OUTPUT: &str = "the output cannot be written";

/// Columns where the width is unknown: wide enough for a log file, narrow enough to read.
const USUAL_WIDTH: usize = 120;

/// Where results and messages go, and what is known of the person's surroundings.
#[allow(missing_debug_implementations)] // writers have none
pub struct Io {
    out: Stream,
    err: Stream,
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
    keyring: Arc<dyn Keyring>,
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
            stdin_is_terminal: io::stdin().is_terminal(),
            real: true,
            width: terminal_size().map(|(width, _)| width),
            height: terminal_size().map(|(_, height)| height),
            env: std::env::vars_os()
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            input: String::new(),
            json: Json::default(),
            interrupt: Interrupt::default(),
            answers: None,
            clock: Clock::default(),
            outputs: Outputs::default(),
            keyring: Arc::new(DesktopKeyring),
        }
    }

    /// Streams that are kept in memory, on a terminal of `width` columns or none, with this environment and no keyring.
    pub fn buffered(width: Option<usize>, env: BTreeMap<String, String>) -> (Self, Buffers) {
        let buffers = Buffers::default();
        let io = Self {
            out: Stream::new(Box::new(buffers.out.clone()), width.is_some()),
            err: Stream::of_messages(Box::new(buffers.err.clone()), width.is_some()),
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
            keyring: Arc::new(NoKeyring),
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

    /// Returns the files that the command writes.
    pub(super) fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// Writes a result to standard output, or to the file of `--output`: without colours there, unless they were
    /// asked for.
    ///
    /// # Errors
    /// [`Kind::State`] when it cannot be written.
    pub(super) fn results(&mut self, text: &[u8]) -> Result<()> {
        match &self.outputs.results {
            None => {
                let mut out = self.stdout();
                out.write_all(text).and_then(|()| out.flush()).context(OUTPUT)
            }
            Some(target) => Ok(self.outputs.write(target, text, self.outputs.is_sheet)?),
        }
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
        let choice = |is_terminal: bool| match flag {
            Color::Always => ColorChoice::AlwaysAnsi,
            Color::Auto if !plain && (forced || is_terminal) => ColorChoice::AlwaysAnsi,
            Color::Auto | Color::Never => ColorChoice::Never,
        };
        let (out, err) = (choice(self.out.is_terminal), choice(self.err.is_terminal));
        self.out.color = out;
        self.err.color = err;
    }

    /// Reports whether the user can be asked.
    pub(super) fn can_ask(&self) -> bool {
        self.stdin_is_terminal && self.err.is_terminal
    }

    /// Asks to choose one of `items`, the first one unless the person moves: its place, or `None` if the person
    /// turns away. Items too long for the terminal are shortened.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(super) fn choose(&mut self, question: &str, items: &[String]) -> Result<Option<usize>> {
        let columns =
            if self.real { usize::from(dialoguer::console::Term::stderr().size().1) } else { self.width() };
        let question = visible::shown(question);
        let items: Vec<String> = items.iter().map(|item| shortened(&visible::shown(item), columns)).collect();
        if let Some(answers) = &mut self.answers {
            return Ok(answers(&question, &items));
        }
        let chosen = dialoguer::Select::new().with_prompt(question).items(&items).default(0).interact_opt();
        chosen.map_err(unanswered)
    }

    /// Asks for a line of text, which may be blank.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(super) fn line(&mut self, question: &str) -> Result<String> {
        if self.answers.is_some() {
            return Ok(self.next_line());
        }
        let typed =
            dialoguer::Input::new().with_prompt(visible::shown(question)).allow_empty(true).interact_text();
        typed.map_err(unanswered)
    }

    /// Asks for a line that is not shown.
    ///
    /// # Errors
    /// [`Kind::Interrupted`] when the terminal went away.
    pub(super) fn hidden_line(&mut self, question: &str) -> Result<String> {
        if self.answers.is_some() {
            return Ok(self.next_line());
        }
        let typed = dialoguer::Password::new()
            .with_prompt(visible::shown(question))
            .allow_empty_password(true)
            .interact();
        typed.map_err(unanswered)
    }

    /// Takes the next line of standard input that is kept in memory.
    fn next_line(&mut self) -> String {
        let input = std::mem::take(&mut self.input);
        let (line, rest) = input.split_once('\n').unwrap_or((&input, ""));
        rest.clone_into(&mut self.input);
        line.trim_end_matches('\r').to_owned()
    }

    /// Reports whether standard error is a terminal.
    pub(super) fn stderr_is_terminal(&self) -> bool {
        self.err.is_terminal
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
            listen(self.interrupt.clone());
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
            interrupt: self.interrupt(),
        }
    }

    /// Columns to fill: the terminal's, else `COLUMNS`, else a usual number.
    pub(super) fn width(&self) -> usize {
        let stated = || self.env.get("COLUMNS").and_then(|columns| columns.parse().ok());
        let terminal = self.width.filter(|_| self.out.is_terminal);
        terminal.or_else(stated).unwrap_or(USUAL_WIDTH).clamp(40, 400)
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

    /// Returns the environment variables.
    pub(super) fn env(&self) -> &BTreeMap<String, String> {
        &self.env
    }
}

/// Returns `item` in at most `most` bytes. dialoguer takes bytes for columns: it would take an item of more bytes
/// than the terminal has columns for two lines, and wipe out what is above the list with every key.
fn shortened(item: &str, most: usize) -> String {
    if item.len() <= most {
        return item.to_owned();
    }
    let room = most.saturating_sub('…'.len_utf8());
    let end = (0..=room).rev().find(|end| item.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", item[..end].trim_end())
}

/// Returns the error for a question that got no answer.
fn unanswered(error: dialoguer::Error) -> anyhow::Error {
    show_cursor();
    Error::new(Kind::Interrupted, "no answer came, so nothing more was written").source(error).into()
}

/// Hears the signals of the operating system. While nothing is being written, the first one ends the process;
/// then the first one lets the call in flight end, and the second one does not.
fn listen(interrupt: Interrupt) {
    // A second listener in the same process finds the first one in place.
    let _ = ctrlc::set_handler(move || {
        if interrupt.ask() {
            show_cursor();
            files::abandon();
            std::process::exit(i32::from(exit::INTERRUPTED));
        }
    });
}

/// Shows the cursor again, which a question hides until it is answered, for a user who leaves before that.
fn show_cursor() {
    if io::stderr().is_terminal() {
        // A terminal that is gone has no cursor.
        let _ = dialoguer::console::Term::stderr().show_cursor();
    }
}

/// Returns the columns and lines of the terminal.
fn terminal_size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size()?;
    Some((usize::from(width.0), usize::from(height.0)))
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

    #[test]
    fn what_can_be_chosen_has_no_more_bytes_than_the_terminal_has_columns() {
        let items = [
            "Skip this one",
            "1 and 2 are one person: Константин Константинопольский, contact 7 Константин",
            "1 and 3 are one person: 山田太郎山田太郎山田太郎山田太郎, contact 8 山田太郎",
        ];
        let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        let answers = move |_: &str, items: &[String]| {
            kept.lock().expect("one at a time").extend_from_slice(items);
            Some(1)
        };
        let (mut io, _) = Io::answered(60, BTreeMap::new(), Box::new(answers));
        assert_eq!(io.choose("Who?", &items.map(str::to_owned)).expect("an answer"), Some(1));
        let seen = seen.lock().expect("over").clone();
        assert_eq!(seen[0], items[0]);
        for (shown, item) in seen[1..].iter().zip(&items[1..]) {
            assert!(shown.len() <= 60 && shown.len() > 54, "{shown}");
            assert!(item.starts_with(shown.strip_suffix('…').expect("shortened")), "{shown}");
        }
    }
}
