//! `crsync sync`: the same plan as `diff`, asked about, applied, and journalled.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use crate::cli::flags::{Agreed, Globals, OfParts, Usual};
use crate::cli::io::Io;
use crate::cli::noticed::noticed;
use crate::cli::outputs::Paths;
use crate::cli::parsers::duration;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::plan::Purpose;
use crate::report::Document;
use crate::run::{self, Session};

/// Flags of `sync`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Apply exactly the plan that `diff --save-plan` wrote to FILE, once
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Refuse a plan that was made longer ago
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1h", requires = "plan")]
    max_plan_age: Duration,
    #[command(flatten)]
    agreed: Agreed,
    #[command(flatten)]
    usual: Usual<OfParts>,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        Paths { input: self.plan.as_deref(), ..self.reports.paths(self.usual.paths()) }
    }
}

/// Runs `sync` and returns how to exit.
///
/// # Errors
/// What keeps a plan from being made or applied at all.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let format = args.usual.results.shape.format;
    let options = args.usual.options(globals);
    let mut screen = Screen::new(io, globals, format, args.usual.results.redact);
    noticed("sync", &options, args.agreed.yes, &mut screen, |screen| {
        args.usual.results.shape.of(Document::Run)?;
        args.reports.check(Document::Run)?;
        let preview = match args.plan {
            Some(_) => "`crsync show FILE` shows the plan",
            None => "`crsync diff` shows what it would do",
        };
        screen.can_agree(args.agreed.yes, preview)?;
        screen.io.heed_signals();
        let machine = screen.io.machine();
        let session = Session::open(&options, &machine, screen)?;
        let (run, plan) = match &args.plan {
            Some(path) => run::saved(&session, path, args.max_plan_age, screen)?,
            None => run::sync(&session, screen)?,
        };
        let allowed = args.agreed.allowances();
        let ended = run.carry_out(plan, Purpose::Sync, &allowed, !args.agreed.yes, screen)?;
        screen.end(&run.id, session.config.capabilities.name, ended)
    })
}
