//! `crsync init`: sets up a configuration, and proposes its companies by evidence.

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, Scope as _};
use crate::cli::io::{Io, OUTPUT};
use crate::cli::parsers::duration;
use crate::cli::say;
use crate::error;
use crate::report::clean;
use crate::run::{self, InitAsked, Options, Wizard};
use crate::secret::Secret;

/// Flags of `init`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The file to write [default: that of --config, else its usual place]
    #[arg(long, value_name = "FILE", conflicts_with = "config")]
    file: Option<PathBuf>,
    /// Add the companies that the file does not have yet
    #[arg(long)]
    add: bool,
    /// Take what rests on stored ids and verified domains without a question, and leave the rest out
    #[arg(long)]
    yes_exact: bool,
    /// Print the configuration, and write nothing
    #[arg(long)]
    print: bool,
    #[command(flatten)]
    of: OfPsa,
    /// Give up asking the services after this time, such as 90s
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
    let mut err = io.stderr();
    match &made.written {
        Some(path) => {
            let number = made.added;
            let companies = if number == 1 { "company" } else { "companies" };
            writeln!(err, "written: {} with {number} new {companies}", clean(&path.display().to_string()))
                .and_then(|()| writeln!(err, "`crsync diff` shows what a sync would do; it writes nothing"))
        }
        None => writeln!(err, "Nothing was written."),
    }
    .context(OUTPUT)?;
    Ok(exit::CLEAN)
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

impl Wizard for Terminal<'_> {
    fn can_ask(&self) -> bool {
        self.io.can_ask()
    }

    fn choose(&mut self, question: &str, items: &[String]) -> error::Result<Option<usize>> {
        self.io.choose(question, items).map_err(|error| of_terminal(&error))
    }

    fn text(&mut self, question: &str) -> error::Result<String> {
        self.io.line(question).map_err(|error| of_terminal(&error))
    }

    fn secret(&mut self, question: &str) -> error::Result<Secret> {
        self.io.hidden_line(question).map(Secret::new).map_err(|error| of_terminal(&error))
    }

    fn tell(&mut self, line: &str) -> error::Result<()> {
        if self.quiet {
            return Ok(());
        }
        writeln!(self.io.stderr(), "{}", clean(line)).context(OUTPUT).map_err(|error| of_terminal(&error))
    }

    fn warn(&mut self, message: &str, next: Option<&str>) -> error::Result<()> {
        if self.quiet {
            return Ok(());
        }
        say::warn(self.io, message, next).map_err(|error| of_terminal(&error))
    }
}
