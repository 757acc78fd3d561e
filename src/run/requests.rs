//! What people ask of their own details: the plan of it, for a run that may apply it.

use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::execution::Run;
use super::front::Front;
use super::read;
use super::session::Session;
use crate::error::{Error, Kind};
use crate::fetch;
use crate::graph;
use crate::model::Row;
use crate::plan::{Answer, Asked, Plan, Request, Told};
use crate::reconcile::{self, Company, Earlier, Served, WantedRequest};
use crate::side::Sizes;
use crate::state::{State, StoredRequest};

/// Begins a run that does what `requests` ask for, and plans it. Returns the plan, and what is answered to each
/// request.
///
/// # Errors
/// Self-service that is off for the chosen companies, and what keeps the run from beginning or the plan from being
/// made.
pub fn self_service<'a>(
    session: &'a Session,
    requests: Vec<Request>,
    front: &mut dyn Front,
) -> Result<(Run<'a>, Plan, Vec<Asked>)> {
    let companies = session.chosen()?;
    if !companies.iter().any(|company| company.policy.rows.contains(&Row::SelfService)) {
        return Err(Error::new(Kind::Config, "self-service is off for the chosen companies")
            .hint(format!("set self-service = true under [sync] in {}", session.config.path.display()))
            .into());
    }
    let run = Run::begin(session, &session.clients(&companies), "self-service", front)?;
    let (Served { outcome, asked, known }, sizes) = served(requests, &run, &companies, front)?;
    run.tell_unread_of(&outcome, front)?;
    let config = &session.config;
    let estimate = run.connection.cost(config, &outcome, &sizes);
    let (psa, digest) = (config.capabilities.id, &config.digest);
    Ok((run, Plan::costing(outcome, known, Timestamp::now(), psa, digest, estimate), asked))
}

/// Plans what was not done before. Nothing is read where all of it was.
fn served(
    requests: Vec<Request>,
    run: &Run<'_>,
    companies: &[Arc<Company>],
    front: &mut dyn Front,
) -> Result<(Served, Sizes)> {
    let mut wanted = Vec::new();
    for request in requests {
        let earlier = earlier(&run.state, &request)?;
        wanted.push(WantedRequest { request, earlier });
    }
    if !wanted.iter().any(|wanted| wanted.earlier.is_pending()) {
        let answered = |WantedRequest { request, earlier }| match earlier {
            Earlier::None => None,
            Earlier::Refused(plan) | Earlier::Behind(plan) | Earlier::Done(plan) => {
                Some(Asked { request, company: None, who: None, plan })
            }
        };
        let asked = wanted.into_iter().filter_map(answered).collect();
        return Ok((Served { asked, ..Served::default() }, Sizes::new()));
    }
    let memory = run.memory()?;
    let companies: Vec<Arc<Company>> = companies.iter().map(read::without_details).collect();
    let fetched = read::read(run.session, &companies, &run.connection, Some(&run.state), front)?;
    let input = read::input(&run.session.config, &fetched, &memory, Timestamp::now());
    let served = reconcile::link(&input).self_service(&graph::shape(), &wanted);
    Ok((served, fetch::sizes(&fetched.companies)))
}

/// Returns what earlier runs made of a request, by its id.
fn earlier(state: &State, request: &Request) -> Result<Earlier> {
    let Some(id) = &request.id else { return Ok(Earlier::None) };
    let Some(StoredRequest { digest, run, change, done }) = state.request(id)? else {
        return Ok(Earlier::None);
    };
    let refused = |reason: String, next: &str| Answer::Refused { reason, next: Some(next.to_owned()) };
    let Some(digest) = digest else {
        return Ok(Earlier::Done(refused(
            "what became of the request of this id cannot be read in the state".to_owned(),
            "look whether 365 holds it, and if not ask again under an id of its own",
        )));
    };
    if digest != request.digest() {
        return Ok(Earlier::Refused(refused(
            format!("run {run} was asked for something else by the same id"),
            "give the request an id of its own",
        )));
    }
    if !done {
        return Ok(Earlier::None);
    }
    let repeated = Answer::Repeated { run: run.clone() };
    let Some(change) = change else {
        // 365 held it, which says nothing of the others. They are looked at again where it is not known that they followed.
        let report = state.report(&run)?;
        let is_behind = state.has_broken(&run)
            || report.as_ref().is_some_and(|report| {
                let own = report.asked().iter().find(|asked| asked.request.id.as_deref() == Some(id));
                own.is_some_and(|own| report.owes(own))
            });
        return Ok(if is_behind { Earlier::Behind(repeated) } else { Earlier::Done(repeated) });
    };
    if let Some(by) = state.taken_back(&run, &change)? {
        return Ok(Earlier::Done(refused(
            format!("run {run} did it, and run {by} took it back"),
            "ask again under an id of its own",
        )));
    }
    let report = state.report(&run)?;
    if state.has_broken(&run) {
        // Whether the other sides followed is not known, so it is neither answered as done nor done again.
        return Err(Error::new(
            Kind::State,
            format!("what run {run} did for the request {id:?} cannot be read in the journal"),
        )
        .hint("look whether all sides hold it, and if not ask again under an id of its own")
        .into());
    }
    // A run that the journal has forgotten has nothing left to do.
    let Some(report) = report else { return Ok(Earlier::Done(repeated)) };
    let own = report.asked().iter().find(|asked| asked.request.id.as_deref() == Some(id));
    let answer = match own.map(|own| report.told(own)) {
        Some(Told { reason, .. }) if !report.missing(&change, request).is_empty() => refused(
            format!("run {run} did it in part: {}", reason.unwrap_or_default()),
            "ask for what is missing under an id of its own",
        ),
        _ => repeated,
    };
    Ok(if report.behind(&change).is_empty() { Earlier::Done(answer) } else { Earlier::Behind(answer) })
}
