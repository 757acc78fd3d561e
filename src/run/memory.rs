//! What earlier runs left for planning.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;

use super::connection::Connection;
use crate::apply::{self, Open};
use crate::config::Config;
use crate::plan::Memory;
use crate::reconcile::Company;
use crate::state::{self, Called, State};

/// Returns what earlier runs left for a command that writes nothing: people who may still get a new record are
/// held as the next run holds them.
///
/// # Errors
/// A state that cannot be read.
pub(super) fn to_show(
    config: &Config,
    state: Option<&State>,
    companies: &[Arc<Company>],
    connection: &Connection,
) -> Result<Memory> {
    let names: Vec<&str> = companies.iter().map(|company| company.name.as_str()).collect();
    let open = state.map(|state| apply::in_flight(connection.systems(), state, &names)).transpose()?;
    let unclear = state.map(|state| apply::unclear(connection.systems(), state, None)).transpose()?;
    memory(config, state, &open.unwrap_or_default(), &unclear.unwrap_or_default())
}

/// Returns what earlier runs left for planning; `open` are changes that could not be settled, `unclear` the companies
/// with changes that cannot be read. Companies that the configuration does not name any more count for nothing, except
/// that what is unclear of them may be about any.
///
/// # Errors
/// A state that cannot be read.
pub(super) fn memory(
    config: &Config,
    state: Option<&State>,
    open: &[Open],
    unclear: &BTreeMap<String, String>,
) -> Result<Memory> {
    let is_served = |name: &str| config.companies.iter().any(|company| company.name == name);
    let state::EarlierChanges { mut past, mut unreadable } = state
        .map(|state| state.past(state.clock().now(), config.guards.window))
        .transpose()?
        .unwrap_or_default();
    for past in &mut past {
        if let Some(own) = config.company_of(&past.change.record) {
            past.company.clone_from(&own.name);
        }
    }
    past.retain(|past| is_served(&past.company));
    let mut memory = Memory::default();
    if let Some(state) = state {
        let renamed = state.renamed(&called(config))?;
        let new = |name: String| renamed.get(&name).cloned().unwrap_or(name);
        let mut counted = BTreeMap::new();
        for (name, count) in std::mem::take(&mut unreadable) {
            *counted.entry(new(name)).or_insert(0) += count;
        }
        unreadable = counted;
        memory = state.remembered()?.renamed(&renamed);
    }
    unreadable.retain(|name, _| is_served(name));
    memory.counts.retain(|(name, _), _| is_served(name));
    let of_run = |open: &Open| format!("run {}", open.run);
    let held = open.iter().flat_map(|open| open.people().into_iter().map(move |who| (who, of_run(open))));
    memory.held.extend(held);
    Ok(Memory { unclear: of_companies(config, unclear), past, unreadable, ..memory })
}

/// Returns all companies as the configuration names them.
pub(super) fn called(config: &Config) -> Vec<Called<'_>> {
    let companies = config.companies.iter().map(|company| &**company);
    companies
        .map(|Company { name, psa_id, portal_id, .. }| Called { name, psa: psa_id, portal: portal_id })
        .collect()
}

/// Returns what is unclear by company of the configuration.
pub(super) fn of_companies(config: &Config, unclear: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let known = |name: &String| config.companies.iter().any(|company| company.name == *name);
    let of_any = unclear.iter().find(|(name, _)| !known(name)).map(|(_, reason)| reason);
    let of = |company: &Arc<Company>| {
        unclear.get(&company.name).or(of_any).map(|reason| (company.name.clone(), reason.clone()))
    };
    config.companies.iter().filter_map(of).collect()
}
