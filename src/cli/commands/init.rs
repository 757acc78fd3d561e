//! `crsync init`: sets up a configuration, and proposes its companies by evidence.

use std::any::Any;
use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};
use unicode_width::UnicodeWidthStr as _;

use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, Scope as _};
use crate::cli::io::{Io, OUTPUT};
use crate::cli::parsers::duration;
use crate::cli::progress::Asking;
use crate::cli::say;
use crate::error;
use crate::report::clean;
use crate::run::{self, InitAsked, InitMade, Options, Wizard};
use crate::secret::Secret;
use crate::text::wrap::wrapped;

/// Flags of `init`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The file to write [default: that of --config, else its usual place]
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
    /// Add the companies that the file does not have yet
    #[arg(long)]
    add: bool,
    /// Take the proposals that rest on stored ids and verified domains without asking, and leave the rest out
    #[arg(long)]
    yes_exact: bool,
    /// Print the configuration, and write nothing
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    of: OfPsa,
    /// Stop asking the services after this time, such as 90s
    #[arg(long, value_name = "TIME", value_parser = duration, value_hint = clap::ValueHint::Other)]
    deadline: Option<Duration>,
}

/// Runs `init` and returns how to exit.
///
/// # Errors
/// A file that may not be changed so, a service that cannot be reached, or a question where no person can be asked.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let asked =
        InitAsked { file: args.file.clone(), add: args.add, yes_exact: args.yes_exact, print: args.print };
    let options = Options { deadline: args.deadline, ..args.of.add_to(globals.options()) };
    io.heed_signals();
    let machine = io.machine();
    let made = run::init(&asked, &options, &machine, &mut Terminal { io, quiet: globals.quiet })?;
    if args.print {
        io.results(made.text.as_bytes())?;
        return Ok(exit::CLEAN);
    }
    let mut terminal = Terminal { io, quiet: false };
    ending(&made).iter().try_for_each(|line| terminal.show(line))?;
    Ok(exit::CLEAN)
}

/// Returns what was written, and the next step.
fn ending(made: &InitMade) -> Vec<String> {
    let InitMade { text: _, written, added, there, left_out } = made;
    let companies = |number: usize, what: &str| match number {
        1 => format!("1 {what}company"),
        _ => format!("{number} {what}companies"),
    };
    match written {
        Some(path) => vec![
            format!("written: {} with {}", path.display(), companies(*added, "new ")),
            "next: `crsync doctor` checks all of it, then `crsync diff` shows what a sync would do; neither writes \
             anything"
                .to_owned(),
        ],
        None if *there == 0 => vec!["Nothing was written.".to_owned()],
        None => {
            let are = |number: usize| if number == 1 { "is" } else { "are" };
            let all = if *left_out == 0 { "all " } else { "" };
            let out = match left_out {
                0 => String::new(),
                out => format!(", and {out} {} left out, as said above", are(*out)),
            };
            let there = format!("{} {} in the file already", companies(*there, ""), are(*there));
            vec![
                format!("Nothing was written: {all}{there}{out}."),
                "next: `crsync diff` shows what a sync would do; it writes nothing".to_owned(),
            ]
        }
    }
}

/// Asks and tells on the terminal.
struct Terminal<'a> {
    io: &'a mut Io,
    quiet: bool,
}

/// Returns an error of the terminal as one of the run's.
fn of_terminal(error: &anyhow::Error) -> error::Error {
    error::Error::new(error::Kind::Interrupted, error.to_string())
}

impl Terminal<'_> {
    /// Shows a text, wrapped where the terminal is not wide enough.
    fn show(&mut self, text: &str) -> error::Result<()> {
        let text = clean(text);
        let lines = match self.io.message_width() {
            Some(width) => wrapped(&text, width),
            None => vec![text],
        };
        let mut err = self.io.stderr();
        let written = lines.iter().try_for_each(|line| writeln!(err, "{line}"));
        written.context(OUTPUT).map_err(|error| of_terminal(&error))
    }
}

impl Wizard for Terminal<'_> {
    fn can_ask(&self) -> bool {
        self.io.can_ask()
    }

    /// Asks. What does not fit a line of the list is told before it, whole.
    fn choose(&mut self, question: &str, items: &[String]) -> error::Result<Option<usize>> {
        let columns = self.io.question_width();
        let mut asked = question;
        if question.width() + 1 > columns {
            self.show(&format!("{question}:"))?;
            asked = "Your choice";
        }
        for item in items.iter().filter(|item| item.width() + 3 > columns) {
            self.show(&format!("  {item}"))?;
        }
        self.io.choose(asked, items).map_err(|error| of_terminal(&error))
    }

    fn text(&mut self, question: &str, refusal: &dyn Fn(&str) -> Option<String>) -> error::Result<String> {
        self.io.line(question, refusal).map_err(|error| of_terminal(&error))
    }

    fn secret(&mut self, question: &str) -> error::Result<Secret> {
        self.io.hidden_line(question).map(Secret::new).map_err(|error| of_terminal(&error))
    }

    fn tell(&mut self, line: &str) -> error::Result<()> {
        if self.quiet {
            return Ok(());
        }
        say::tell(self.io, line).map_err(|error| of_terminal(&error))
    }

    fn asking(&self) -> Box<dyn Any> {
        Box::new(Asking::new(self.io.shows_bars(self.quiet), self.io.clock()))
    }

    fn warn(&mut self, message: &str, next: Option<&str>) -> error::Result<()> {
        if self.quiet {
            return Ok(());
        }
        say::warn(self.io, message, next).map_err(|error| of_terminal(&error))
    }
}
