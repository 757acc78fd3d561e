//! The tables of the services. Each service reads its own; here is which of them must be complete.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use super::Env;
use crate::error::Result;
use crate::psa::{self, Entry, PsaSettings};
use crate::secret::{Origin, Places};
use crate::table::{Ask, Secrets, Table, unread};
use crate::{cloudradial, graph, notify};

/// Everything that is needed to reach the services.
pub(super) struct Services {
    pub(super) psa: Arc<dyn PsaSettings>,
    pub(super) microsoft365: graph::Settings,
    pub(super) cloudradial: cloudradial::Settings,
}

/// A service, and the names of its secrets.
type Named = (&'static str, &'static [&'static str]);

/// Returns the services that have secrets, with the secrets' names: what `crsync login` takes.
pub fn secrets() -> &'static [Named] {
    static ALL: LazyLock<Vec<Named>> = LazyLock::new(|| {
        let fixed = [(cloudradial::TABLE, cloudradial::SECRETS), (graph::TABLE, graph::SECRETS)];
        let psas = psa::registry().iter().map(|entry| (entry.id(), entry.secrets));
        fixed.into_iter().chain(psas).chain([(notify::TABLE, notify::SECRETS)]).collect()
    });
    &ALL
}

/// Returns whether a service can do without one of its secrets.
pub fn is_optional(service: &str, name: &str) -> bool {
    psa::find(service).is_ok_and(|entry| entry.optional_secrets.contains(&name))
}

/// Returns what a person is asked for the table of a service that has secrets.
pub fn asks(service: &str) -> &'static [Ask] {
    match service {
        cloudradial::TABLE => cloudradial::ASKS,
        graph::TABLE => graph::ASKS,
        psa => psa::find(psa).map_or(&[], |entry| entry.asks),
    }
}

/// Reads the services' tables. Only the chosen PSA's must be complete.
pub(super) fn read(file: &mut Table<'_>, chosen: &Entry, env: &Env) -> Result<Services> {
    let cloudradial =
        section(file, cloudradial::TABLE).and_then(|table| cloudradial::read_settings(table, env));
    let microsoft365 = section(file, graph::TABLE).and_then(|table| graph::read_settings(table, env));
    for entry in psa::registry().iter().filter(|entry| entry.id() != chosen.id()) {
        if let Some(table) = file.table(entry.id()) {
            file.keep(entry.check(table, env));
        }
    }
    let psa = of_psa(file, chosen, env);
    let (cloudradial, microsoft365) = (file.keep(cloudradial), file.keep(microsoft365));
    match (file.keep(psa), microsoft365, cloudradial) {
        (Some(psa), Some(microsoft365), Some(cloudradial)) => Ok(Services { psa, microsoft365, cloudradial }),
        _ => Err(unread()),
    }
}

/// How to reach one service.
#[derive(Debug, Clone)]
pub enum Reach {
    /// The portal.
    Portal(cloudradial::Settings),
    /// Microsoft 365.
    Tenants(graph::Settings),
    /// A PSA.
    Psa(Arc<dyn PsaSettings>),
}

/// Reads the table of one service alone; `service` is one that has secrets.
pub(super) fn one(file: &mut Table<'_>, service: &str, env: &Env) -> Result<Reach> {
    match service {
        cloudradial::TABLE => cloudradial::read_settings(section(file, service)?, env).map(Reach::Portal),
        graph::TABLE => graph::read_settings(section(file, service)?, env).map(Reach::Tenants),
        psa => of_psa(file, psa::find(psa)?, env).map(Reach::Psa),
    }
}

/// Returns where each secret of the services in the file comes from: service, name and origin.
pub(super) fn origins(file: &mut Table<'_>, env: &Env) -> Result<Vec<(&'static str, &'static str, Origin)>> {
    let mut origins = Vec::new();
    for (service, names) in secrets() {
        let Some(mut table) = file.table(service) else { continue };
        if *service == notify::TABLE {
            let used = notify::read_settings(table, env)?.targets.into_iter();
            origins.extend(used.map(|named| (*service, named.target.name(), named.places.origin(env))));
            continue;
        }
        let places: Vec<(&'static str, Places<'_>)> = if *service == graph::TABLE {
            graph::secret_places(table, env)?
        } else {
            let secrets = Secrets { service, names, around: env };
            secrets.refuse(&table)?;
            names.iter().map(|name| Ok((*name, secrets.places(&mut table, name)?))).collect::<Result<_>>()?
        };
        origins.extend(places.into_iter().map(|(name, places)| (*service, name, places.origin(env))));
    }
    Ok(origins)
}

/// Reads the chosen PSA's table, which must be complete, and the names of user-defined fields.
fn of_psa(file: &mut Table<'_>, entry: &Entry, env: &Env) -> Result<Arc<dyn PsaSettings>> {
    let mut udf_names = BTreeMap::new();
    if let Some(table) = file.table("udfs") {
        psa::read_udfs(table, &mut udf_names);
    }
    entry.read(section(file, entry.id())?, udf_names, env)
}

fn section<'t>(file: &mut Table<'t>, name: &str) -> Result<Table<'t>> {
    file.table(name).ok_or_else(|| {
        file.error(&(0..0), format!("the file has no table [{name}]")).hint(format!(
            "add [{name}] as docs/configuration.md shows; `crsync sandbox` prints a complete example"
        ))
    })
}
