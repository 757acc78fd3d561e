//! What `crsync login` needs of a configuration: one service of it, and where each secret comes from.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::services::{self, Reach};
use super::{Env, chosen_psa, companies, policy};
use crate::error::Result;
use crate::psa;
use crate::reconcile::Company;
use crate::secret::Origin;
use crate::table::Source;

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
    let source = Source::new(path, text);
    let mut file = source.document()?;
    let chosen = match psa::find(service) {
        Ok(entry) => entry,
        Err(_) => chosen_psa(&mut file, psa)?,
    };
    let reach = services::one(&mut file, service, env)?;
    let ca_file = file.path("ca-file", env)?;
    let timeout = file.duration("timeout")?;
    let general = policy::general(&mut file)?;
    let companies = companies::read(&mut file, chosen.capabilities, &general)?;
    let served = companies.iter().position(|company| company.enabled).unwrap_or_default();
    // There is a company: reading them refuses a file without any.
    let company = Arc::clone(&companies[served]);
    Ok(Alone { reach, ca_file, timeout, company })
}

/// Returns where each secret of the services in `text`, the file at `path`, comes from: service, name and origin.
///
/// # Errors
/// [`Kind::Config`](crate::error::Kind::Config) with file, line and what to write instead.
pub fn origins(path: &Path, text: &str, env: &Env) -> Result<Vec<(&'static str, &'static str, Origin)>> {
    let source = Source::new(path, text);
    services::origins(&mut source.document()?, env)
}
