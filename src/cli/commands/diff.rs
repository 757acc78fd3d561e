//! `crsync diff`: reads, plans and shows. Writes nothing to any service.

use std::path::PathBuf;

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Globals, Lifted, OfParts, Usual};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::cli::views::Views;
use crate::plan::Outcome;
use crate::report::{self, Document};
use crate::run::{Planned, Preview, Session, Strict};

/// Flags of `diff`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Exit with 3 if changes are pending, 4 if there are only conflicts, 5 if a guard refuses the plan
    #[arg(long)]
    exit_code: bool,
    /// Save the plan to FILE, for `show` and `sync --plan`
    #[arg(long, alias = "out", value_name = "FILE")]
    save_plan: Option<PathBuf>,
    #[command(flatten)]
    lifted: Lifted,
    #[command(flatten)]
    usual: Usual<OfParts>,
    #[command(flatten)]
    views: Views,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.reports.paths(Paths { plan: self.save_plan.as_deref(), ..self.usual.paths() })
    }
}

/// Runs `diff` and returns how to exit.
///
/// # Errors
/// What keeps a plan from being made or shown at all.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let (format, redact) = (args.usual.results.shape.of(Document::Plan)?, args.usual.results.redact);
    args.reports.check(Document::Plan)?;
    let options = args.usual.options(globals);
    let view = args.views.of(format, !options.companies.is_empty())?;
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, redact);
    let session = Session::open(&options, &machine, &mut screen)?;
    let companies = session.chosen()?;
    let key = args.save_plan.is_some().then(|| session.seal_key()).transpose()?;
    let preview = Preview::open(&session, companies)?;
    screen.show_pictures(preview.pictures());
    let Planned { mut plan, requests } = preview.plan(&mut screen)?;
    if let (Some(target), Some(key)) = (&screen.io.outputs().plan, &key) {
        plan.save(target, key)?;
    }
    plan.outcome.lift(&args.lifted.allowances());
    if redact {
        plan.outcome = report::redact(&plan.outcome);
    }
    // What could not be read comes before the totals, which are the last lines. A table on the same terminal says it.
    if !screen.shows_faults(&plan.outcome, view) {
        preview.tell_unread_of(&plan.outcome, &mut screen)?;
    }
    screen.plan(&plan, &requests, session.config.capabilities.name, view)?;
    if let Some(strict) = Strict::of(&plan.outcome).filter(|_| options.strict) {
        screen.refuse(&strict)?;
    }
    Ok(code(&plan.outcome, args))
}

/// Returns the exit code: what could not be read comes first, since the plan is then not the whole plan.
fn code(outcome: &Outcome, args: &Args) -> u8 {
    let totals = outcome.totals();
    let refused = args.usual.asking.strict && Strict::of(outcome).is_some();
    match () {
        () if totals.unread > 0 => exit::unread(
            outcome.companies.iter().flat_map(|company| &company.unread).map(|unread| unread.kind),
        ),
        () if refused => exit::FAILURE,
        () if !args.exit_code => exit::CLEAN,
        () if !outcome.breaches.is_empty() => exit::REFUSED,
        () if totals.pending() > 0 => exit::PENDING,
        () if totals.conflicts + totals.company_conflicts > 0 => exit::CONFLICTS,
        () => exit::CLEAN,
    }
}
