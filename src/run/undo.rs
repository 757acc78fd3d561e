//! The plan that takes a run back, for a run that may apply it.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use jiff::Timestamp;

use super::execution::Run;
use super::front::Front;
use super::journal::find;
use super::session::Session;
use super::{memory, read};
use crate::apply;
use crate::error::{Error, Kind};
use crate::model::{Row, Side};
use crate::plan::{Change, CompanyPlan, Entry, Memory, Plan, Skip};
use crate::reconcile;
use crate::side::Sizes;
use crate::state::State;

/// Begins a run that takes back the run `wanted`, named by the beginning of its id or `last`, and plans it. Returns
/// that run's whole id as well.
///
/// # Errors
/// A run that the journal does not hold, and what keeps the run from beginning or the plan from being made.
pub fn undo<'a>(
    session: &'a Session,
    wanted: &str,
    front: &mut dyn Front,
) -> Result<(Run<'a>, Plan, String)> {
    let unknown = || {
        Error::new(Kind::Usage, "the journal is empty, so there is nothing to take back")
            .hint("`crsync log` lists all runs")
    };
    let before = {
        let state = State::look(&session.state_file(), &session.realm())?.ok_or_else(unknown)?;
        state.run_of(&find(&state, wanted, "undo")?, None)?
    };
    let id = before.header.id.clone();
    let mut companies = BTreeMap::<&str, Vec<&Change>>::new();
    for entry in &before.entries {
        companies.entry(&entry.company).or_default().push(&entry.change);
    }
    let run = Run::begin(session, &session.clients_of(companies), "undo", front)?;
    // Read anew, since beginning may have settled what it left open.
    let mut report = run.state.run(&id)?;
    let config = &session.config;
    for entry in &mut report.entries {
        if let Some(own) = config.company_of(&entry.change.record) {
            entry.company.clone_from(&own.name);
        }
    }
    let names: BTreeSet<String> = report.entries.iter().map(|entry| entry.company.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let held = held(session, &run, &names, front)?;
    report.entries.retain(|entry| held.iter().all(|company| company.name != entry.company));
    let mut kept = BTreeMap::<String, Skip>::new();
    for own in config.companies.iter().filter(|own| !own.portal_writes) {
        let (entries, others): (Vec<Entry>, _) =
            std::mem::take(&mut report.entries).into_iter().partition(|entry| entry.company == own.name);
        report.entries = others;
        let mut entries = entries;
        let skip = reconcile::leave_portal(&mut entries, |entry| &entry.change);
        kept.extend(skip.map(|skip| (own.name.clone(), skip)));
        report.entries.append(&mut entries);
    }
    report.entries.sort_by_key(|entry| entry.seq);
    let renamed = run.state.renamed(&memory::called(config))?;
    let Memory { counts, written, .. } = run.state.remembered()?.renamed(&renamed);
    let people: BTreeMap<String, usize> = counts
        .into_iter()
        .filter(|((_, side), _)| *side == Side::Psa)
        .map(|((company, _), count)| (company, count))
        .collect();
    let mut outcome = apply::undo(
        run.connection.systems(),
        &run.state,
        &report,
        &people,
        &written,
        &config.guards,
        config.capabilities.serves(Row::ContactActive),
    );
    for company in &mut outcome.companies {
        company.skipped.extend(kept.remove(&company.name));
    }
    outcome.companies.extend(held);
    outcome.companies.sort_by(|a, b| a.name.cmp(&b.name));
    run.tell_unread_of(&outcome, front)?;
    let estimate = run.connection.cost(config, &outcome, &Sizes::new());
    let (psa, digest) = (config.capabilities.id, &config.digest);
    let plan = Plan::costing(outcome, Vec::new(), Timestamp::now(), psa, digest, estimate);
    Ok((run, plan, id))
}

/// Returns the companies of which nothing is taken back, with the reason: their sides contradict each other, or it is
/// not known what an earlier run announced there.
fn held(session: &Session, run: &Run<'_>, names: &[&str], front: &mut dyn Front) -> Result<Vec<CompanyPlan>> {
    let mut held = read::contradicted(session, names, &run.connection, &run.state, front)?;
    let configured = memory::of_companies(&session.config, &run.unclear);
    let unclear = names.iter().filter_map(|name| {
        let reason = run.unclear.get(*name).or_else(|| configured.get(*name))?;
        let skipped = vec![reconcile::not_known(reason)];
        Some(CompanyPlan { name: (*name).to_owned(), skipped, ..CompanyPlan::default() })
    });
    let unclear: Vec<CompanyPlan> = unclear.collect();
    held.retain(|company| unclear.iter().all(|unclear| unclear.name != company.name));
    held.extend(unclear);
    Ok(held)
}
