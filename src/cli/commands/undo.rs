//! `crsync undo RUN`: a plan that takes a run back, guarded, shown, asked about and journalled like any other.

use anyhow::Result;

use crate::cli::flags::{Agreed, Globals, OfPsa, Usual};
use crate::cli::io::Io;
use crate::cli::noticed::noticed;
use crate::cli::outputs::Paths;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::plan::Purpose;
use crate::report::Document;
use crate::run::{self, Session};

/// Flags of `undo`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The run, by the beginning of its id; `last` is the latest one
    run: String,
    #[command(flatten)]
    agreed: Agreed,
    #[command(flatten)]
    usual: Usual<OfPsa>,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.reports.paths(self.usual.paths())
    }
}

/// Runs `undo` and returns how to exit.
///
/// # Errors
/// A run that the journal does not hold, and what keeps its undoing from being planned or applied.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let format = args.usual.results.shape.format;
    let options = args.usual.options(globals);
    let mut screen = Screen::new(io, globals, format, args.usual.results.redact);
    noticed("undo", &options, args.agreed.yes, &mut screen, |screen| {
        args.usual.results.shape.of(Document::Run)?;
        args.reports.check(Document::Run)?;
        screen.can_agree(args.agreed.yes, "`crsync log RUN` shows what the run did")?;
        screen.io.heed_signals();
        let machine = screen.io.machine();
        let session = Session::open(&options, &machine, screen)?;
        let (run, plan, id) = run::undo(&session, &args.run, screen)?;
        let allowed = args.agreed.allowances();
        let ended = run.carry_out(plan, Purpose::Undo(id), &allowed, !args.agreed.yes, screen)?;
        screen.end(&run.id, session.config.capabilities.name, ended)
    })
}
