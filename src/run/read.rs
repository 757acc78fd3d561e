//! Reads the chosen companies, and plans them.

use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use anyhow::Result;
use jiff::Timestamp;

use super::connection::Connection;
use super::front::Progress;
use super::refused;
use super::session::Session;
use crate::calls::Requests;
use crate::config::Config;
use crate::error::{Error, Kind};
use crate::fetch::{self, Fetched, Sources};
use crate::model::Row;
use crate::plan::{CompanyPlan, Memory, Plan};
use crate::reconcile::{self, AllCompanies, Company, Each, FollowUp, Input, Reconciled};
use crate::side::{MemoryPictures, PictureStore, each};
use crate::state::State;

/// A plan, and what it took.
#[derive(Debug)]
pub struct Planned {
    /// The plan.
    pub plan: Plan,
    /// Requests by service.
    pub requests: Vec<Requests>,
}

/// Companies side by side, on as many threads as there are cores.
pub(super) struct SideBySide;

impl Each for SideBySide {
    fn each<'t, T: Sync, R: Send>(&self, items: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
        each(items, thread::available_parallelism().map_or(1, NonZero::get), work)
    }

    fn each_owned<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        let items: Vec<_> = items.into_iter().map(|item| Mutex::new(Some(item))).collect();
        // Each is taken once.
        let take = |item: &Mutex<Option<T>>| item.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.each(&items, |item| take(item).map(&work)).into_iter().flatten().collect()
    }
}

/// Reads `companies` and plans them; `state` keeps what is expensive to read.
///
/// # Errors
/// A deadline that passed before everything was read. What cannot be read is not an error: the plan says so.
pub(super) fn plan(
    session: &Session,
    companies: &[Arc<Company>],
    connection: &Connection,
    memory: &Memory,
    state: Option<&State>,
    front: &dyn Progress,
) -> Result<Planned> {
    let config = &session.config;
    let fetched = read(session, companies, connection, state, front)?;
    let now = session.machine.clock.now();
    let input = input(config, &fetched, memory, now);
    let linked = reconcile::link_each(&input, &SideBySide);
    let progress = front.reading(connection.meter());
    let (portal, psa) = (&connection.portal, connection.psa.as_ref());
    let (pins, psa_records) = fetch::pins(portal, psa, state, &linked, progress.as_ref())?;
    let passing = MemoryPictures::default();
    let store = state.map_or(&passing as &dyn PictureStore, |state| state);
    let until = connection.half_time();
    let pictures = fetch::pictures(&connection.tenants, store, state, &linked, until, progress.as_ref())?;
    let looks = connection.looks(&linked);
    drop(progress);
    if connection.is_late() {
        return Err(too_late().into());
    }
    let Reconciled { outcome, known } =
        linked.into_plan(&FollowUp { pins, pictures, looks, psa_records }, &SideBySide);
    let estimate = connection.cost(config, &outcome, &fetch::sizes(&fetched.companies));
    let plan = Plan::costing(outcome, known, now, config.capabilities.id, &config.digest, estimate);
    Ok(Planned { plan, requests: connection.requests() })
}

/// Reads `companies`. `state` holds what readings may not show yet.
///
/// # Errors
/// A deadline that passed before everything was read. What cannot be read is not an error: it says so in its place.
pub(super) fn read(
    session: &Session,
    companies: &[Arc<Company>],
    connection: &Connection,
    state: Option<&State>,
    front: &dyn Progress,
) -> Result<Fetched> {
    from(session, companies, connection.sources(), connection, state, front)
}

/// Does the same from these sources.
///
/// # Errors
/// A deadline that passed before everything was read.
pub(super) fn from(
    session: &Session,
    companies: &[Arc<Company>],
    sources: Sources<'_>,
    connection: &Connection,
    state: Option<&State>,
    front: &dyn Progress,
) -> Result<Fetched> {
    if connection.is_late() {
        return Err(too_late().into());
    }
    let progress = front.reading(connection.meter());
    let capabilities = session.config.capabilities;
    let mut fetched = fetch::fetch(sources, companies, capabilities, progress.as_ref());
    drop(progress);
    know_others(&mut fetched, &session.config, connection);
    refused::name_places(&mut fetched, session);
    if connection.is_late() {
        return Err(too_late().into());
    }
    fetched.psa_shape = std::mem::take(&mut fetched.psa_shape).with_udf_names(&connection.udf_names);
    if let Some(state) = state {
        fetched.make_up_for(&state.recent_writes(state.clock().now())?);
    }
    Ok(fetched)
}

/// Reads the companies of these names, and returns those whose sides say that they belong to another company. What
/// cannot be read says nothing.
///
/// # Errors
/// A deadline that passed before everything was read.
pub(super) fn contradicted(
    session: &Session,
    names: &[&str],
    connection: &Connection,
    state: &State,
    front: &dyn Progress,
) -> Result<Vec<CompanyPlan>> {
    let own = session.config.companies.iter().filter(|company| names.contains(&company.name.as_str()));
    let companies: Vec<Arc<Company>> = own.map(without_details).collect();
    if companies.is_empty() {
        return Ok(Vec::new());
    }
    let fetched = read(session, &companies, connection, Some(state), front)?;
    let memory = Memory::default();
    let input = input(&session.config, &fetched, &memory, Timestamp::now());
    let all = AllCompanies::new(&input);
    let plans = fetched.companies.iter().map(|company| CompanyPlan {
        name: company.company.name.clone(),
        company_conflicts: all.conflicts(company),
        ..CompanyPlan::default()
    });
    Ok(plans.filter(|plan| !plan.company_conflicts.is_empty()).collect())
}

/// Returns the company without the details of 365 users, which are for a sync to keep: none is read here.
pub(super) fn without_details(company: &Arc<Company>) -> Arc<Company> {
    let mut company = Arc::clone(company);
    Arc::make_mut(&mut company).policy.rows.remove(&Row::UserDetails);
    company
}

/// Lets what was read know of all companies of the configuration, and of the tenants that they name by a domain where
/// that is asked.
fn know_others(fetched: &mut Fetched, config: &Config, connection: &Connection) {
    let memory = Memory::default();
    let wanted =
        |fetched: &Fetched| reconcile::tenants_wanted(&input(config, fetched, &memory, Timestamp::now()));
    let find = |domain: &str| connection.tenants.tenant_of(domain).ok();
    fetched.know_others(&config.companies, wanted, find);
}

fn too_late() -> Error {
    Error::new(Kind::Deadline, "the deadline passed before everything was read")
        .hint("give the run more time with --deadline, or fewer companies with --company")
}

/// Returns everything that is concluded from, with what was read.
pub(super) fn input<'a>(
    config: &'a Config,
    fetched: &'a Fetched,
    memory: &'a Memory,
    now: Timestamp,
) -> Input<'a> {
    Input {
        capabilities: config.capabilities,
        psa_shape: &fetched.psa_shape,
        portal_shape: &fetched.portal_shape,
        psa_budget: fetched.psa_budget,
        psa_rereads: fetched.psa_rereads,
        companies: &fetched.companies,
        products: crate::graph::products(),
        decisions: &config.decisions,
        configured: &fetched.configured,
        tenant_ids: &fetched.tenant_ids,
        memory,
        guards: &config.guards,
        now,
    }
}
