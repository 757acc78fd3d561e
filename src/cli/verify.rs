//! Asks a service, with one call, whether it accepts secrets that are not stored yet.

use std::path::Path;

use super::args::Globals;
use super::io::Io;
use super::pipeline;
use crate::cloudradial::CloudRadial;
use crate::config::{self, Alone, Reach};
use crate::error::{Error, Kind, Result};
use crate::files::read_text;
use crate::graph::{Credential, Graph};
use crate::http::{Caps, Http, Options};
use crate::model::{LookUp as _, MemoryCache, RecordKind};
use crate::psa;
use crate::secret::{Places, Secret};

/// What the service says of the secrets.
pub(super) enum Verdict {
    /// It accepts them.
    Accepted,
    /// It does not.
    Refused(Error),
    /// It was not asked, or what it answered says nothing of them.
    Unknown(Error),
}

/// Asks the service as the configuration knows it.
pub(super) fn verify(
    service: &'static str,
    secrets: &[(&'static str, Secret)],
    globals: &Globals,
    io: &Io,
) -> Verdict {
    match config::find(globals.config.as_deref(), io.env())
        .and_then(|path| alone(&path, service, secrets, globals, io))
        .and_then(|alone| ask(&alone, globals, io))
    {
        Ok(()) => Verdict::Accepted,
        Err(error) if error.kind() == Kind::Auth => Verdict::Refused(error),
        Err(error) => Verdict::Unknown(error),
    }
}

/// The service with these secrets, which come before any that are set, and its other ones from where they are.
fn alone(
    path: &Path,
    service: &'static str,
    secrets: &[(&'static str, Secret)],
    globals: &Globals,
    io: &Io,
) -> Result<Alone> {
    let mut variables = io.env().clone();
    for (name, secret) in secrets {
        let places = Places { service, name, file: None, command: Vec::new() };
        variables.insert(places.variable(), secret.expose().to_owned());
    }
    let text = read_text(path, Kind::Config, &path.display().to_string())?.text;
    let around = pipeline::surroundings(io, &variables, pipeline::deadline(globals));
    config::alone(path, &text, service, globals.psa.as_deref(), &around)
}

fn ask(alone: &Alone, globals: &Globals, io: &Io) -> Result<()> {
    let http = Http::new(Options {
        ca_file: alone.ca_file.clone(),
        har: io.outputs().trace.clone(),
        caps: Caps::default(),
        deadline: pipeline::deadline(globals),
        retries: Some(1),
        timeout: alone.timeout,
        sleep: io.sleep(),
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
        Reach::Tenants(settings) => Graph::new(http, settings.clone()).sign_in(&company.tenant_id),
        Reach::Portal(settings) => {
            let portal = CloudRadial::new(http, settings.clone());
            let ids = [company.portal_id.clone()];
            portal.again(RecordKind::PortalCompany, &company.portal_id, &ids).map(drop)
        }
        Reach::Psa(settings) => {
            let psa = psa::open(http, settings, std::sync::Arc::<MemoryCache>::default());
            let ids = [company.psa_id.clone()];
            psa.again(RecordKind::PsaCompany, &company.psa_id, &ids).map(drop)
        }
    }
}
