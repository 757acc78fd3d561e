//! `crsync diff`: fetch, plan, show. Writes nothing to any service.

use std::path::PathBuf;

use super::args::{Format, Globals, allowance};
use super::exit;
use super::io::Io;
use super::pipeline::{self, Planned};
use crate::error::{Error, Kind, Result};
use crate::model::Side;
use crate::plan::{Allowances, Measure, Outcome, Unread};
use crate::report::{self, Look};

/// Flags of `diff`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Exit with 3 when changes are pending, 4 when only conflicts are, 5 when a guard refuses them
    #[arg(long)]
    exit_code: bool,
    /// Save the plan to FILE, for `sync --plan`
    #[arg(long, value_name = "FILE")]
    pub(super) out: Option<PathBuf>,
    /// Lift a guard for this run, such as deactivate=37 (repeatable)
    #[arg(long, value_name = "MEASURE=N", value_parser = allowance)]
    allow: Vec<(Measure, usize)>,
}

/// Runs `diff` and says how to exit.
///
/// # Errors
/// What keeps a plan from being made or shown at all.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let setting = pipeline::setting(globals, io)?;
    let targets = setting.targets(globals)?;
    let key = args.out.is_some().then(|| setting.seal_key()).transpose()?;
    let state = setting.state(io)?;
    let connected = setting.connect(io, state.as_ref())?;
    let memory = pipeline::memory_to_show(&setting.config, state.as_deref(), &targets, &connected)?;
    let planned =
        pipeline::plan(&setting.config, &targets, &connected, &memory, state.as_deref(), globals, io);
    connected.finish()?;
    pipeline::warn_of_broken(state.as_deref(), globals, io)?;
    let Planned { mut plan, requests } = planned?;
    if let (Some(target), Some(key)) = (&io.outputs().plan, &key) {
        plan.save(target, key)?;
    }
    plan.outcome.lift(&Allowances::of(&args.allow));
    if globals.redact {
        plan.outcome = report::redact(&plan.outcome);
    }
    let mut text = Vec::new();
    let look = Look { width: io.width(), verbose: globals.verbose, psa: setting.config.capabilities.name };
    match globals.format {
        Format::Json => report::json(&mut text, &plan, &requests),
        Format::Markdown => return Err(not_offered()),
        Format::Table => report::table(&mut text, &plan, &requests, look),
    }
    .map_err(exit::output_error)?;
    io.results(&text)?;
    warn_of_unread(&plan.outcome, setting.config.capabilities.name, globals, io)?;
    Ok(code(&plan.outcome, args, globals))
}

fn not_offered() -> Error {
    Error::new(Kind::Usage, "a plan is not shown as markdown yet").hint("use --format table or --format json")
}

/// Says on standard error what could not be read, each reason once, so that a cron mail shows it even when the
/// plan goes to a file.
pub(super) fn warn_of_unread(outcome: &Outcome, psa: &str, globals: &Globals, io: &mut Io) -> Result<()> {
    let unread = outcome.companies.iter().map(|company| (company.name.as_str(), company.unread.as_slice()));
    warn_of(unread, psa, globals, io)?;
    for company in outcome.companies.iter().filter(|company| company.is_unclear()) {
        for skip in company.skipped.iter().filter(|skip| skip.strict && skip.who.is_none()) {
            let name = if globals.redact { "a company" } else { company.name.as_str() };
            exit::complain(io, &format!("{name}: {}", skip.reason), skip.next.as_deref())?;
        }
    }
    Ok(())
}

/// The same, from the companies' names and what could not be read of each.
pub(super) fn warn_of<'a>(
    companies: impl Iterator<Item = (&'a str, &'a [Unread])>,
    psa: &str,
    globals: &Globals,
    io: &mut Io,
) -> Result<()> {
    let mut reasons = Vec::<(&Unread, Vec<&str>)>::new();
    for (name, unread) in companies.flat_map(|(name, unread)| unread.iter().map(move |one| (name, one))) {
        let same =
            |(one, _): &&mut (&Unread, Vec<&str>)| one.side == unread.side && one.reason == unread.reason;
        match reasons.iter_mut().find(same) {
            Some((_, names)) => names.push(name),
            None => reasons.push((unread, vec![name])),
        }
    }
    for (Unread { side, kind, reason, hint }, names) in reasons {
        let side = if *side == Side::Psa { psa } else { side.name() };
        let who = if names.len() > 3 { format!("{} companies", names.len()) } else { names.join(", ") };
        let who = if globals.redact { format!("{} companies", names.len()) } else { who };
        let message = format!("{side} could not be read for {who}: {reason}");
        exit::complain_of(io, *kind, side, &message, hint.as_deref())?;
    }
    Ok(())
}

/// The exit code: what could not be read comes first, since the plan is then not the whole plan.
fn code(outcome: &Outcome, args: &Args, globals: &Globals) -> u8 {
    let totals = outcome.totals();
    let refused = globals.strict
        && (!outcome.findings.is_empty()
            || outcome.companies.iter().flat_map(|company| &company.skipped).any(|skip| skip.strict));
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
