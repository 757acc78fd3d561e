//! `crsync undo RUN`: a plan that takes a run back, guarded, shown, asked about and journalled like any other.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::args::Globals;
use super::diff::warn_of_unread;
use super::io::Io;
use super::job::{self, Consent, Job};
use super::pipeline;
use crate::apply;
use crate::error::{Error, Kind, Result};
use crate::model::{Row, Side};
use crate::plan::{Change, CompanyPlan, Plan, Purpose};
use crate::reconcile;
use crate::state::{Remembered, State};

/// Flags of `undo`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run, by the beginning of its id; `last` is the latest one
    run: String,
    #[command(flatten)]
    consent: Consent,
}

/// Runs `undo` and says how to exit.
///
/// # Errors
/// A run that is not known, and what keeps its undoing from being planned or applied.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    job::check_format(globals)?;
    args.consent.can_be_had("undo RUN", io)?;
    if !globals.company.is_empty() || globals.shard.is_some() {
        return Err(Error::new(
            Kind::Usage,
            "undo takes back all of a run, so no companies can be chosen with it",
        )
        .hint("leave out --company and --shard"));
    }
    let setting = pipeline::setting(globals, io)?;
    let unknown = || {
        Error::new(Kind::Usage, "the journal is empty, so there is nothing to take back")
            .hint("`crsync log` lists all runs")
    };
    let state = State::look(&setting.state_file(), &setting.realm())?.ok_or_else(unknown)?;
    let before = state.run(&args.run)?;
    let id = before.header.id.clone();
    let mut companies = BTreeMap::<&str, Vec<&Change>>::new();
    for entry in &before.entries {
        companies.entry(&entry.company).or_default().push(&entry.change);
    }
    let names: Vec<&str> = companies.keys().copied().collect();
    let job = Job::begin(&setting, &setting.clients_of(companies), globals, "undo", io)?;
    // Read anew, since beginning may have settled what it left open.
    let mut report = job.state.run(&id)?;
    let mut held = pipeline::contradicted(&setting, &names, &job.connected, &job.state, globals, io)?;
    let configured = pipeline::of_companies(&setting.config, &job.unclear);
    let unclear = names.iter().filter_map(|name| {
        let reason = job.unclear.get(*name).or_else(|| configured.get(*name))?;
        let skipped = vec![reconcile::not_known(reason)];
        Some(CompanyPlan { name: (*name).to_owned(), skipped, ..CompanyPlan::default() })
    });
    let unclear: Vec<CompanyPlan> = unclear.collect();
    held.retain(|company| unclear.iter().all(|unclear| unclear.name != company.name));
    held.extend(unclear);
    report.entries.retain(|entry| held.iter().all(|company| company.name != entry.company));
    let capabilities = setting.config.capabilities;
    let Remembered { counts, written, .. } = job.state.remembered()?;
    let people: BTreeMap<String, usize> = counts
        .into_iter()
        .filter(|((_, side), _)| *side == Side::Psa)
        .map(|((company, _), count)| (company, count))
        .collect();
    let mut outcome = apply::undo(
        job.connected.systems(),
        &job.state,
        &report,
        &people,
        &written,
        &setting.config.guards,
        capabilities.serves(Row::ContactActive),
    );
    outcome.companies.extend(held);
    outcome.companies.sort_by(|a, b| a.name.cmp(&b.name));
    warn_of_unread(&outcome, capabilities.name, globals, io)?;
    let plan = Plan::new(outcome, Vec::new(), Timestamp::now(), capabilities.id, &setting.config.digest);
    job.carry_out(plan, Purpose::Undo(id), &args.consent, io)
}
