//! What `crsync login` needs of a configuration: one service of it, and where each secret comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::services::{self, Reach};
use super::{Env, Requests, chosen_psa, companies, policy, requests};
use crate::error::Result;
use crate::psa;
use crate::reconcile::Company;
use crate::secret::Origin;
use crate::table::{Source, unread};

/// One service of a configuration, with a company to ask it about. The other services may be without their secrets.
#[derive(Debug, Clone)]
pub struct Alone {
    /// How to reach the service.
    pub reach: Reach,
    /// Further certification authorities.
    pub ca_file: Option<PathBuf>,
    /// How long one request may take; `None` for the usual time.
    pub timeout: Option<Duration>,
    /// The first company that is served.
    pub company: Arc<Company>,
}

/// Reads of `text`, as the file at `path`, what concerns one service with secrets; `psa` is the PSA that the command
/// line chose.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with file, line and what to write instead.
pub fn alone(path: &Path, text: &str, service: &'static str, psa: Option<&str>, env: &Env) -> Result<Alone> {
    Source::new(path, text).read(|file| {
        let chosen = match psa::find(service) {
            Ok(entry) => entry,
            Err(_) => chosen_psa(file, psa)?,
        };
        let reach = services::one(file, service, env)?;
        let Requests { ca_file, timeout, .. } = requests(file, env);
        let general = policy::general(file);
        let (companies, _) = companies::read(file, chosen.capabilities, &general)?;
        let served = companies.iter().position(|company| company.enabled).unwrap_or_default();
        // Where every company has a mistake, the mistakes are told in place of this.
        let company = companies.get(served).cloned().ok_or_else(unread)?;
        Ok(Alone { reach, ca_file, timeout, company })
    })
}

/// One service of a configuration that need not name any company yet.
#[derive(Debug, Clone)]
pub struct Reached {
    /// How to reach the service.
    pub reach: Reach,
    /// Further certification authorities.
    pub ca_file: Option<PathBuf>,
    /// How often a request is repeated at most; `None` for the usual number.
    pub retries: Option<u32>,
    /// How long one request may take; `None` for the usual time.
    pub timeout: Option<Duration>,
}

/// Reads of `text`, as the file at `path`, one service with secrets; the rest of the file may be missing.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with file, line and what to write instead.
pub fn reached(path: &Path, text: &str, service: &str, env: &Env) -> Result<Reached> {
    Source::new(path, text).read(|file| {
        let reach = services::one(file, service, env)?;
        let Requests { ca_file, retries, timeout, .. } = requests(file, env);
        Ok(Reached { reach, ca_file, retries, timeout })
    })
}

/// Reads the companies of `text`, the file at `path`, which has some.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with file, line and what to write instead.
pub fn standing(path: &Path, text: &str, psa: &psa::Entry) -> Result<Vec<Arc<Company>>> {
    Source::new(path, text).read(|file| {
        let general = policy::general(file);
        let (companies, _) = companies::read(file, psa.capabilities, &general)?;
        Ok(companies)
    })
}

/// Returns where each secret of the services in `text`, the file at `path`, comes from: service, name and origin.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with file, line and what to write instead.
pub fn origins(path: &Path, text: &str, env: &Env) -> Result<Vec<(&'static str, &'static str, Origin)>> {
    Source::new(path, text).read(|file| services::origins(file, env))
}
