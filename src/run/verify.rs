//! Asks a service, with one call, whether it accepts secrets that are not stored yet.

use std::path::Path;
use std::sync::Arc;

use super::machine::Machine;
use super::options::Options;
use crate::cloudradial::CloudRadial;
use crate::config::{self, Alone, Reach};
use crate::error::{Error, Kind, Result};
use crate::files::read_text;
use crate::graph::{Credential, Graph};
use crate::http::{self, Caps, Http};
use crate::model::RecordKind;
use crate::notify;
use crate::secret::{Places, Secret};
use crate::side::{LookUp as _, MemoryCache};

/// What a service says of secrets.
#[derive(Debug)]
pub enum Verdict {
    /// It accepts them.
    Accepted,
    /// It does not.
    Refused(Error),
    /// It was not asked, or what it answered says nothing of them.
    Unknown(Error),
}

/// Passes unless asking the service would run a command from a configuration that others could have written.
///
/// # Errors
/// [`Kind::Config`] with what closes the file.
pub fn may_verify(service: &str, options: &Options, machine: &Machine) -> Result<()> {
    // One that is missing or cannot be read runs nothing, and is told once there is a secret to verify.
    let Ok(path) = config::find(options.config.as_deref(), &machine.variables) else { return Ok(()) };
    match read_text(&path, Kind::Config, &path.display().to_string()) {
        Ok(read) if service != notify::TABLE => config::may_name_commands(&path, &read.text),
        _ => Ok(()),
    }
}

/// Asks the service as the configuration describes it.
pub fn verify(
    service: &'static str,
    secrets: &[(&'static str, Secret)],
    options: &Options,
    machine: &Machine,
) -> Verdict {
    if service == notify::TABLE {
        return of_addresses(secrets);
    }
    match config::find(options.config.as_deref(), &machine.variables)
        .and_then(|path| alone(&path, service, secrets, options, machine))
        .and_then(|alone| ask(&alone, options, machine))
    {
        Ok(()) => Verdict::Accepted,
        Err(error) if error.kind() == Kind::Auth => Verdict::Refused(error),
        Err(error) => Verdict::Unknown(error),
    }
}

/// Judges addresses by their form alone: they are asked by a test notice, which people see.
fn of_addresses(addresses: &[(&'static str, Secret)]) -> Verdict {
    for (name, address) in addresses {
        if let Err(fault) = notify::check_address(name, address) {
            return Verdict::Refused(Error::new(Kind::Config, fault.message).hint(fault.next));
        }
    }
    let names: Vec<String> = addresses.iter().map(|(name, _)| format!("\"{name}\"")).collect();
    let next = format!(
        "write targets = [{}] under [notify], and let `crsync notify --test` send a test notice",
        names.join(", ")
    );
    Verdict::Unknown(Error::new(Kind::Config, "an address is verified by a notice").hint(next))
}

/// Returns the service with these secrets, which come before any that are set; its other secrets come from where they
/// are.
fn alone(
    path: &Path,
    service: &'static str,
    secrets: &[(&'static str, Secret)],
    options: &Options,
    machine: &Machine,
) -> Result<Alone> {
    let mut around = machine.surroundings(options.end());
    for (name, secret) in secrets {
        let places = Places { service, name, file: None, command: Vec::new() };
        around.variables.insert(places.variable(), secret.expose().to_owned());
    }
    let text = config::read_text(path)?;
    config::alone(path, &text, service, options.psa.as_deref(), &around)
}

fn ask(alone: &Alone, options: &Options, machine: &Machine) -> Result<()> {
    let http = Http::new(http::Options {
        ca_file: alone.ca_file.clone(),
        har: machine.trace.clone(),
        caps: Caps::default(),
        deadline: options.end(),
        retries: Some(1),
        timeout: alone.timeout,
        sleep: machine.sleep,
    })?;
    let asked = call(alone, &http);
    http.finish()?;
    asked
}

fn call(alone: &Alone, http: &Http) -> Result<()> {
    let company = &alone.company;
    match &alone.reach {
        Reach::Tenants(settings) if matches!(settings.credential, Credential::Certificate(_)) => {
            Err(Error::new(Kind::Config, "the configuration signs in with a certificate")
                .hint("take the certificate out of the configuration to use a client secret"))
        }
        Reach::Tenants(settings) => Graph::new(http, settings.clone()).sign_in(&company.tenant),
        Reach::Portal(settings) => {
            let portal = CloudRadial::new(http, settings.clone());
            let ids = [company.portal_id.clone()];
            portal.reread(RecordKind::PortalCompany, &company.portal_id, &ids).map(drop)
        }
        Reach::Psa(settings) => {
            let psa = settings.open(http, Arc::<MemoryCache>::default());
            let ids = [company.psa_id.clone()];
            psa.reread(RecordKind::PsaCompany, &company.psa_id, &ids).map(drop)
        }
    }
}
