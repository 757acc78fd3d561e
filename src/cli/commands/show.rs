//! `crsync show FILE`: a saved plan, for a person who has to approve it. Asks no service, and writes nothing.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, Results, Scope as _};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::parsers::duration;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::cli::views::Views;
use crate::error::{Error, Kind};
use crate::plan::Plan;
use crate::report::{self, Document, Format};
use crate::run::{self, Named, Session};

/// Flags of `show`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The plan that `diff --save-plan` wrote
    #[arg(value_name = "FILE")]
    plan: PathBuf,
    /// Refuse a plan that was made longer ago
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1h")]
    max_plan_age: Duration,
    /// Show only this company of the plan; repeatable. * stands for any text, ? for any character
    #[arg(long, value_name = "NAME", conflicts_with_all = ["summary", "only"])]
    company: Vec<String>,
    #[command(flatten)]
    of: OfPsa,
    #[command(flatten)]
    results: Results,
    #[command(flatten)]
    views: Views,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        Paths { input: Some(&self.plan), ..self.reports.paths(self.results.paths()) }
    }
}

/// Runs `show` and returns how to exit.
///
/// # Errors
/// A plan that `sync --plan` would refuse, and what keeps it from being shown.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let (format, redact) = (args.results.shape.of(Document::Plan)?, args.results.redact);
    args.reports.check(Document::Plan)?;
    let view = args.views.of(format, false)?;
    if !args.company.is_empty() {
        let what = match format {
            Format::Table if args.reports.any() => Some(("--report".to_owned(), "--report")),
            Format::Table => None,
            other => Some((format!("--format {}", other.name()), "--format")),
        };
        if let Some((what, flag)) = what {
            let message = format!("--company is for the table, and {what} always holds the whole plan");
            return Err(Error::new(Kind::Usage, message)
                .hint(format!("leave out --company or {flag}"))
                .into());
        }
    }
    let options = args.results.add_to(args.of.add_to(globals.options()));
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, redact);
    let session = Session::open(&options, &machine, &mut screen)?;
    let mut plan = run::shown(&session, &args.plan, args.max_plan_age)?;
    if redact {
        plan.outcome = report::redact(&plan.outcome);
    }
    let places = places(&plan, &args.company)?;
    let psa = session.config.capabilities.name;
    if places.is_empty() {
        screen.plan(&plan, &[], psa, view)?;
    } else {
        screen.companies(&plan, &places, psa)?;
    }
    Ok(exit::CLEAN)
}

/// Returns the places of the companies that `--company` chooses.
fn places(plan: &Plan, wanted: &[String]) -> Result<Vec<usize>> {
    let names: Vec<&str> = plan.outcome.companies.iter().map(|part| part.name.as_str()).collect();
    let mut places = Vec::new();
    for wanted in wanted {
        let (Named::Exactly(found) | Named::Alike(found)) = run::named(wanted, &names);
        if found.is_empty() {
            return Err(run::unknown(&names, wanted).into());
        }
        places.extend(found);
    }
    places.sort_unstable();
    places.dedup();
    Ok(places)
}
