//! `crsync sync`: the same plan as `diff`, asked about, applied, and journalled.

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::args::{Globals, duration};
use super::diff::warn_of_unread;
use super::io::Io;
use super::job::{self, Consent, Job};
use super::pipeline::{self, Setting};
use crate::error::{Error, Kind, Result};
use crate::plan::{Plan, Purpose};
use crate::reconcile;

/// Flags of `sync`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    consent: Consent,
    /// Apply exactly the plan that `diff --out` wrote to FILE, once
    #[arg(long, value_name = "FILE")]
    plan: Option<PathBuf>,
    /// Refuse a plan that was made longer ago
    #[arg(long, value_name = "TIME", value_parser = duration, default_value = "1h", requires = "plan")]
    max_plan_age: Duration,
}

/// Runs `sync` and says how to exit.
///
/// # Errors
/// What keeps a plan from being made or applied at all.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    job::check_format(globals)?;
    args.consent.can_be_had("sync", io)?;
    let setting = pipeline::setting(globals, io)?;
    if let Some(path) = &args.plan {
        return stored(args, path, &setting, globals, io);
    }
    let targets = setting.targets(globals)?;
    let job = Job::begin(&setting, &setting.clients(&targets), globals, "sync", io)?;
    let memory = pipeline::memory(&setting.config, Some(&job.state), &job.open, &job.unclear)?;
    let planned =
        pipeline::plan(&setting.config, &targets, &job.connected, &memory, Some(&job.state), globals, io)?;
    warn_of_unread(&planned.plan.outcome, setting.config.capabilities.name, globals, io)?;
    job.carry_out(planned.plan, Purpose::Sync, &args.consent, io)
}

/// Applies a plan that was made before.
fn stored(args: &Args, path: &Path, setting: &Setting, globals: &Globals, io: &mut Io) -> Result<u8> {
    if !globals.company.is_empty() || globals.shard.is_some() {
        return Err(Error::new(
            Kind::Usage,
            "--plan applies all of the plan, so no companies can be chosen with it",
        )
        .hint("make a plan for those companies: crsync diff --company NAME --out FILE"));
    }
    let mut plan = Plan::load(path, setting.known_seal_key()?.as_ref())?;
    let companies = plan.outcome.companies.iter();
    let clients = setting
        .clients_of(companies.map(|company| (company.name.as_str(), company.changes.iter().collect())));
    let job = Job::begin(setting, &clients, globals, "sync", io)?;
    let objection = objection(&plan, setting, args.max_plan_age)
        .or(job.state.run_of_plan(&plan.digest)?.map(|run| format!("was applied already, by run {run}")));
    let objection = objection
        .or((!job.open.is_empty()).then(|| "has people with unsettled changes of an earlier run".to_owned()))
        .or_else(|| unclear(&plan, setting, &job));
    if let Some(objection) = objection {
        return Err(Error::new(Kind::Stale, format!("the plan {} {objection}", path.display()))
            .hint("make a new one with `crsync diff --out FILE`"));
    }
    // What the file says of limits is not asked: runs since then count, and so does every change that stands in it.
    let memory = pipeline::memory(&setting.config, Some(&job.state), &job.open, &job.unclear)?;
    reconcile::judge(&mut plan.outcome, &memory, &setting.config.guards);
    job.carry_out(plan, Purpose::Sync, &args.consent, io)
}

/// Why a plan cannot be applied yet, if it is not known what an earlier run announced for one of its companies.
fn unclear(plan: &Plan, setting: &Setting, job: &Job<'_>) -> Option<String> {
    let unclear = pipeline::of_companies(&setting.config, &job.unclear);
    let mut names = plan.outcome.companies.iter().map(|company| &company.name);
    names.find_map(|name| unclear.get(name)).map(|reason| format!("has to wait: {reason}"))
}

/// Why a plan is not to be applied any more, if so.
fn objection(plan: &Plan, setting: &Setting, max_age: Duration) -> Option<String> {
    let own = env!("CARGO_PKG_VERSION");
    let age = Timestamp::now().duration_since(plan.created);
    let reasons = [
        (plan.tool != own, format!("was made by crsync {}, this is {own}", plan.tool)),
        (
            plan.psa != setting.config.capabilities.id,
            format!("is for {}, not for {}", plan.psa, setting.config.capabilities.id),
        ),
        (plan.config != setting.config.digest, "was made with another configuration".to_owned()),
        (age.is_negative(), "was made in the future".to_owned()),
        (
            age.unsigned_abs() > max_age,
            format!("is {} old, no more than {} are allowed", told(age.unsigned_abs()), told(max_age)),
        ),
    ];
    reasons.into_iter().find_map(|(applies, reason)| applies.then_some(reason))
}

/// A span of time in words, rounded up.
fn told(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1000);
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
