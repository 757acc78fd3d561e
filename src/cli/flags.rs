//! Flags that several commands share, in the groups in which help shows them. A command takes only those that it uses.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;
use clap::builder::PossibleValue;
use clap::{Args, ValueEnum, ValueHint};

use super::outputs::Paths;
use super::parsers::{Offered, allowance, duration, psas};
use crate::error::{Error, Kind};
use crate::plan::{Allowances, Measure};
pub(super) use crate::report::Format;
use crate::report::{self, Document, Refusal};
use crate::run::{Options, Shard};

/// Flags of every command.
#[allow(clippy::struct_excessive_bools)] // they are flags
#[derive(Debug, Args)]
pub(super) struct Globals {
    /// The configuration [default: `CRSYNC_CONFIG`, else crsync/crsync.toml in the configuration folder]
    #[arg(long, global = true, value_name = "FILE", help_heading = EVERYWHERE)]
    pub(super) config: Option<PathBuf>,
    /// Work on the built-in MSP, without any account, file or environment
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(super) sandbox: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = EVERYWHERE)]
    pub(super) color: Color,
    /// Do not show long results in a pager (`CRSYNC_PAGER`, `PAGER`)
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub(super) no_pager: bool,
    /// Show no progress and no warnings; print nothing if a sync had nothing to do
    #[arg(long, short, global = true, conflicts_with = "verbose", help_heading = EVERYWHERE)]
    pub(super) quiet: bool,
    /// Name every person who is skipped, and count the requests
    #[arg(long, short, global = true, help_heading = EVERYWHERE)]
    pub(super) verbose: bool,
    /// How log lines are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text, help_heading = EVERYWHERE)]
    pub(super) log_format: LogFormat,
}

/// The heading of the flags of every command.
const EVERYWHERE: &str = "Global options";
/// The heading of the flags that choose what a command is about.
const SCOPE: &str = "Scope";
/// The heading of the flags about results.
pub(super) const RESULTS: &str = "Results";
/// The heading of the flags about requests to the services.
const REQUESTS: &str = "Requests";

/// The PSA.
#[derive(Debug, Args)]
#[command(next_help_heading = SCOPE)]
pub(super) struct OfPsa {
    /// The PSA to work with [default: `psa` of the configuration]
    #[arg(long, value_name = "PSA", value_parser = Offered(psas))]
    pub(super) psa: Option<String>,
}

/// The PSA, and all or some of its companies.
#[derive(Debug, Args)]
#[command(next_help_heading = SCOPE)]
pub(super) struct OfCompanies {
    #[command(flatten)]
    pub(super) of: OfPsa,
    /// Only this company; repeatable. * stands for any text, ? for any character
    #[arg(long, value_name = "NAME", value_hint = ValueHint::Other)]
    pub(super) company: Vec<String>,
}

/// The PSA, and all, some or a part of its companies.
#[derive(Debug, Args)]
#[command(next_help_heading = SCOPE)]
pub(super) struct OfParts {
    #[command(flatten)]
    pub(super) of: OfCompanies,
    /// Only the I-th of N parts of the companies, such as 1/4, to share them among several runs
    #[arg(long, value_name = "I/N", value_hint = ValueHint::Other)]
    pub(super) shard: Option<Shard>,
}

/// How and where results are written.
#[derive(Debug, Args)]
#[command(next_help_heading = RESULTS)]
pub(super) struct Results {
    #[command(flatten)]
    pub(super) shape: Shape,
    /// Mask names, addresses and phone numbers in what is printed
    #[arg(long)]
    pub(super) redact: bool,
}

/// The form of results, and where they are written.
#[derive(Debug, Args)]
#[command(next_help_heading = RESULTS)]
pub(super) struct Shape {
    /// How results are printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    #[command(flatten)]
    pub(super) file: ResultFile,
}

/// Where results are written.
#[derive(Debug, Args)]
#[command(next_help_heading = RESULTS)]
pub(super) struct ResultFile {
    /// Write results to FILE, readable by its owner alone
    #[arg(long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
}

/// How long the services are asked, and where that is traced.
#[derive(Debug, Args)]
#[command(next_help_heading = REQUESTS)]
pub(super) struct Waiting {
    /// Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked
    #[arg(long, value_name = "FILE")]
    pub(super) har: Option<PathBuf>,
    /// Stop cleanly after this time, such as 90s, 30m or 2h
    #[arg(long, value_name = "TIME", value_parser = duration, value_hint = ValueHint::Other)]
    pub(super) deadline: Option<Duration>,
}

/// How the services are asked.
#[derive(Debug, Args)]
#[command(next_help_heading = REQUESTS)]
pub(super) struct Asking {
    #[command(flatten)]
    pub(super) waiting: Waiting,
    /// Fail if a setting cannot be served or, where all people are read, matches nothing
    #[arg(long)]
    pub(super) strict: bool,
}

/// What every command takes that asks the services: what it is about, where its results go, and how it asks.
#[derive(Debug, Args)]
pub(super) struct Usual<S: Scope> {
    #[command(flatten)]
    of: S,
    #[command(flatten)]
    pub(super) results: Results,
    #[command(flatten)]
    pub(super) asking: Asking,
}

/// Whether a person has to be asked, and which guards are lifted.
#[derive(Debug, Args)]
#[command(next_help_heading = "Consent")]
pub(super) struct Agreed {
    /// Apply without asking
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
    #[command(flatten)]
    lifted: Lifted,
}

/// Which guards are lifted.
#[derive(Debug, Args)]
pub(super) struct Lifted {
    /// Lift a guard for this run, such as deactivate=37 (repeatable)
    #[arg(long, value_name = "MEASURE=N", value_parser = allowance)]
    allow: Vec<(Measure, usize)>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` holds anything but 0
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

impl ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Table => "For people",
            Self::Json => "For programs",
            Self::Markdown => "For a ticket",
            Self::Html => "For a browser: one file, without scripts",
            Self::Csv => "For a spreadsheet: one row for each field",
        };
        Some(PossibleValue::new(self.name()).help(help))
    }
}

impl Lifted {
    /// Returns what the guards let through.
    pub(super) fn allowances(&self) -> Allowances {
        Allowances::of(&self.allow)
    }
}

impl Agreed {
    /// Returns what the guards let through.
    pub(super) fn allowances(&self) -> Allowances {
        self.lifted.allowances()
    }
}

impl Globals {
    /// Returns what a run is told by flags of every command.
    pub(super) fn options(&self) -> Options {
        Options { config: self.config.clone(), sandbox: self.sandbox, ..Options::default() }
    }
}

/// What a command is about.
pub(super) trait Scope: Args {
    /// Adds to what a run is told.
    fn add_to(&self, options: Options) -> Options;
}

impl<S: Scope> Usual<S> {
    /// Returns what a run is told.
    pub(super) fn options(&self, globals: &Globals) -> Options {
        self.results.add_to(self.asking.add_to(self.of.add_to(globals.options())))
    }

    /// Returns the files to write.
    pub(super) fn paths(&self) -> Paths<'_> {
        self.asking.paths(self.results.paths())
    }
}

impl Scope for OfPsa {
    fn add_to(&self, options: Options) -> Options {
        Options { psa: self.psa.clone(), ..options }
    }
}

impl Scope for OfCompanies {
    fn add_to(&self, options: Options) -> Options {
        Options { companies: self.company.clone(), ..self.of.add_to(options) }
    }
}

impl Scope for OfParts {
    fn add_to(&self, options: Options) -> Options {
        Options { shard: self.shard, ..self.of.add_to(options) }
    }
}

impl Shape {
    /// Returns the files to write.
    pub(super) fn paths(&self) -> Paths<'_> {
        Paths { is_sheet: self.format == Format::Csv, ..self.file.paths() }
    }

    /// Returns the format, if the document exists in it.
    ///
    /// # Errors
    /// [`Kind::Usage`] where it does not, before anything is read.
    pub(super) fn of(&self, document: Document) -> Result<Format> {
        can_be(document, self.format)?;
        Ok(self.format)
    }
}

/// Passes if the document exists in the format.
///
/// # Errors
/// [`Kind::Usage`] where it does not.
pub(super) fn can_be(document: Document, format: Format) -> Result<()> {
    report::offers(document, format)
        .map_err(|Refusal { reason, next }| Error::new(Kind::Usage, reason).hint(next).into())
}

impl ResultFile {
    /// Returns the files to write.
    pub(super) fn paths(&self) -> Paths<'_> {
        Paths { results: self.output.as_deref(), ..Paths::default() }
    }
}

impl Waiting {
    /// Adds to the files to write.
    pub(super) fn paths<'a>(&'a self, paths: Paths<'a>) -> Paths<'a> {
        Paths { trace: self.har.as_deref(), ..paths }
    }

    /// Adds to what a run is told.
    pub(super) fn add_to(&self, options: Options) -> Options {
        Options { deadline: self.deadline, ..options }
    }
}

impl Asking {
    /// Adds to the files to write.
    pub(super) fn paths<'a>(&'a self, paths: Paths<'a>) -> Paths<'a> {
        self.waiting.paths(paths)
    }

    /// Adds to what a run is told.
    pub(super) fn add_to(&self, options: Options) -> Options {
        Options { strict: self.strict, ..self.waiting.add_to(options) }
    }
}

impl Results {
    /// Returns the files to write.
    pub(super) fn paths(&self) -> Paths<'_> {
        self.shape.paths()
    }

    /// Adds to what a run is told.
    pub(super) fn add_to(&self, options: Options) -> Options {
        Options { redact: self.redact, ..options }
    }
}
