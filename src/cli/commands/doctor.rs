//! `crsync doctor`: checks everything that a run can trip over. Writes nothing anywhere.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Globals, OfCompanies, Scope as _, Shape, Waiting};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::plan::{CheckUp, Status};
use crate::report::{Content, Document};
use crate::run::{self, Checked};

/// Flags of `doctor`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Contact no service: check only the configuration, secrets, keyring and state folder
    #[arg(long, conflicts_with = "har")]
    offline: bool,
    #[command(flatten)]
    of: OfCompanies,
    #[command(flatten)]
    shape: Shape,
    #[command(flatten)]
    waiting: Waiting,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.reports.paths(self.waiting.paths(self.shape.paths()))
    }
}

/// Runs `doctor` and returns how to exit.
///
/// # Errors
/// A company that is not configured, a deadline that passed, or output that cannot be written.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let format = args.shape.of(Document::Doctor)?;
    args.reports.check(Document::Doctor)?;
    let options = args.waiting.add_to(args.of.add_to(globals.options()));
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, false);
    let Checked { found, psa } = run::doctor(&options, &machine, args.offline, &mut screen)?;
    screen.document(&Content::Doctor(psa.map(|psa| psa.id), &found), psa.map_or("PSA", |psa| psa.name))?;
    Ok(code(&found))
}

fn code(found: &CheckUp) -> u8 {
    match found.facts.iter().map(|fact| fact.status).max() {
        Some(Status::Fail) => exit::INCOMPLETE,
        Some(Status::Warn) => exit::CONFLICTS,
        Some(Status::Ok) | None => exit::CLEAN,
    }
}
