//! A plan that was saved to a file, for a run that may apply it.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use jiff::Timestamp;

use super::execution::Run;
use super::front::Front;
use super::memory;
use super::session::Session;
use crate::apply::Open;
use crate::error::{Error, Kind};
use crate::model::Id;
use crate::plan::Plan;
use crate::reconcile;
use crate::state::State;

/// Begins a run that applies the plan saved at `path`, if it is no older than `max_age` and nothing else speaks
/// against it.
///
/// # Errors
/// Options that choose companies, a file that holds no plan of this state, a plan that is stale, or what keeps the run
/// from beginning.
pub fn saved<'a>(
    session: &'a Session,
    path: &Path,
    max_age: Duration,
    front: &mut dyn Front,
) -> Result<(Run<'a>, Plan)> {
    if !session.options.companies.is_empty() || session.options.shard.is_some() {
        return Err(Error::new(
            Kind::Usage,
            "--plan applies all of the plan, so no companies can be chosen with it",
        )
        .hint("make a plan for those companies: crsync diff --company NAME --save-plan FILE")
        .into());
    }
    let mut plan = Plan::load(path, session.known_seal_key()?.as_ref())?;
    let companies = plan.outcome.companies.iter();
    let clients = session
        .clients_of(companies.map(|company| (company.name.as_str(), company.changes.iter().collect())));
    let run = Run::begin(session, &clients, "sync", front)?;
    let objection = objection(&plan, session, max_age)
        .or(run.state.run_of_plan(&plan.digest)?.map(|run| format!("was applied already, by run {run}")))
        .or_else(|| unsettled(&plan, &run))
        .or_else(|| unclear(&plan, &run));
    if let Some(objection) = objection {
        return Err(stale(path, &objection));
    }
    // What the file says of limits is not asked: runs since then count, and so does every change that it holds.
    let memory = run.memory()?;
    let later = run.state.remembered_since(plan.created)?;
    let known = std::mem::take(&mut plan.known).into_iter();
    plan.known = known
        .map(|known| if later.contains(&known.company) { memory.instead_of(known) } else { known })
        .collect();
    reconcile::judge(&mut plan.outcome, &memory, &session.config.guards);
    Ok((run, plan))
}

/// Returns the plan saved at `path` for a person who has to approve it, judged by the guards as of now, if a run would
/// apply it. No service is asked, so what an earlier run left open is not known here.
///
/// # Errors
/// A file that holds no plan of this state, or a plan that is stale.
pub fn shown(session: &Session, path: &Path, max_age: Duration) -> Result<Plan> {
    let mut plan = Plan::load(path, session.known_seal_key()?.as_ref())?;
    let state = State::look(&session.state_file(), &session.realm())?;
    let state = state.map(|state| state.timed_by(session.machine.clock.clone()));
    let applied = state.as_ref().map(|state| state.run_of_plan(&plan.digest)).transpose()?.flatten();
    let objection = objection(&plan, session, max_age)
        .or(applied.map(|run| format!("was applied already, by run {run}")));
    if let Some(objection) = objection {
        return Err(stale(path, &objection));
    }
    let memory = memory::memory(&session.config, state.as_ref(), &[], &BTreeMap::new())?;
    reconcile::judge(&mut plan.outcome, &memory, &session.config.guards);
    Ok(plan)
}

fn stale(path: &Path, objection: &str) -> anyhow::Error {
    Error::new(Kind::Stale, format!("the plan {} {objection}", path.display()))
        .hint("make a new one with `crsync diff --save-plan FILE`")
        .into()
}

/// Returns why a plan cannot be applied, if it is not known what became of an earlier change to one of its people.
fn unsettled(plan: &Plan, run: &Run<'_>) -> Option<String> {
    // Whatever its company is called there: it may have had another name.
    let is_about = |open: &&Open| {
        let (change, people) = (&open.entry.change, open.people());
        plan.outcome.companies.iter().flat_map(|company| &company.changes).any(|other| {
            let sought = other.seek.iter().flat_map(|seek| seek.emails.iter().map(String::as_str));
            let user = other.seek.iter().filter_map(|seek| seek.user.as_ref()).map(Id::as_str);
            let mut own = other.who.email.iter().map(String::as_str).chain(sought).chain(user);
            let is_same = other.record.id.is_some() && other.record == change.record;
            is_same || other.who == change.who || own.any(|own| people.iter().any(|held| held == own))
        })
    };
    let open = run.open.iter().find(is_about)?;
    let who = if run.session.options.redact { "a person" } else { &open.entry.change.who.name };
    Some(format!(
        "is about {who}, and run {} left a change to that person unsettled: {}",
        open.run, open.reason
    ))
}

/// Returns why a plan cannot be applied yet, if it is not known what an earlier run announced for one of its companies.
fn unclear(plan: &Plan, run: &Run<'_>) -> Option<String> {
    let unclear = memory::of_companies(&run.session.config, &run.unclear);
    let mut names = plan.outcome.companies.iter().map(|company| &company.name);
    names.find_map(|name| unclear.get(name)).map(|reason| format!("has to wait: {reason}"))
}

/// Returns why a plan cannot be applied as it is.
fn objection(plan: &Plan, session: &Session, max_age: Duration) -> Option<String> {
    let own = env!("CARGO_PKG_VERSION");
    let age = Timestamp::now().duration_since(plan.created);
    let reasons = [
        (plan.tool != own, format!("was made by crsync {}, this is {own}", plan.tool)),
        (
            plan.psa != session.config.capabilities.id,
            format!("is for {}, not for {}", plan.psa, session.config.capabilities.id),
        ),
        (plan.config != session.config.digest, "was made with another configuration".to_owned()),
        (age.is_negative(), "was made in the future".to_owned()),
        (
            age.unsigned_abs() > max_age,
            format!("is {} old, no more than {} are allowed", span(age.unsigned_abs()), span(max_age)),
        ),
    ];
    reasons.into_iter().find_map(|(applies, reason)| applies.then_some(reason))
}

/// Returns a span of time in words, rounded up.
fn span(span: Duration) -> String {
    let seconds = span.as_millis().div_ceil(1000);
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
