//! What every command that plans shares: from flags and configuration to a plan.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use jiff::Timestamp;

use super::args::Globals;
use super::io::Io;
use super::progress::Bars;
use crate::cloudradial::CloudRadial;
use crate::config::{self, Company, Config};
use crate::error::{Error, Kind, Result};
use crate::fetch::{self, Sources, Target};
use crate::graph::Graph;
use crate::http::{Http, Options};
use crate::plan::Plan;
use crate::reconcile::{Allowances, Input, Memory, reconcile};
use crate::report::Requests;
use crate::sandbox::{self, Sandbox};
use crate::text::like::Pattern;
use crate::{psa, state};

/// A configuration to work with, and the sandbox behind it if there is one.
pub(super) struct Setting {
    /// The configuration.
    pub(super) config: Config,
    /// Serves for as long as it is held.
    _sandbox: Option<Sandbox>,
}

/// A plan, and what it took.
pub(super) struct Planned {
    /// The plan.
    pub(super) plan: Plan,
    /// Requests by service.
    pub(super) requests: Vec<Requests>,
}

/// Finds, reads and checks the configuration, or starts the sandbox with its own.
///
/// # Errors
/// Whatever is wrong with the configuration, with the line it stands on.
pub(super) fn setting(globals: &Globals, io: &Io) -> Result<Setting> {
    let setting = if globals.sandbox { sandboxed(globals, io)? } else { configured(globals, io)? };
    if globals.strict && !setting.config.unserved.is_empty() {
        let rows = setting.config.unserved.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let name = setting.config.capabilities.name;
        return Err(Error::new(
            Kind::Config,
            format!("{name} cannot serve {rows}, which the configuration switches on"),
        )
        .hint(format!(
            "switch it off under [sync] in {}, or leave out --strict",
            setting.config.path.display()
        )));
    }
    Ok(setting)
}

fn configured(globals: &Globals, io: &Io) -> Result<Setting> {
    let path = config::find(globals.config.as_deref(), io.env())?;
    let config = config::read(&path, globals.psa.as_deref(), io.env())?;
    Ok(Setting { config, _sandbox: None })
}

fn sandboxed(globals: &Globals, io: &Io) -> Result<Setting> {
    let folder = state::folder(io.env())?;
    let options = sandbox::Options { state: Some(folder), ..sandbox::Options::default() };
    let sandbox = Sandbox::start(options).map_err(|error| {
        Error::new(Kind::State, format!("the sandbox cannot start: {error}"))
            .hint("run `crsync sandbox --reset` to start over with a fresh one")
    })?;
    let mut env = io.env().clone();
    env.extend(sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)));
    let config = config::load(Path::new("sandbox.toml"), &sandbox.config(), globals.psa.as_deref(), &env)?;
    Ok(Setting { config, _sandbox: Some(sandbox) })
}

/// Reads the chosen companies and plans them.
///
/// # Errors
/// A company that is not configured, or a trace that cannot be written. What cannot be read is not an error:
/// the plan says so.
pub(super) fn plan(config: &Config, globals: &Globals, allowed: &Allowances, io: &Io) -> Result<Planned> {
    let targets: Vec<Target> = chosen(&config.companies, &globals.company)?.into_iter().map(target).collect();
    let deadline = globals.deadline.map(|limit| Instant::now() + limit);
    let http = Http::new(Options {
        ca_file: config.ca_file.clone(),
        har: globals.har.clone(),
        deadline,
        retries: config.retries,
    })?;
    let tenants = Graph::new(&http, config.microsoft365.clone());
    let portal = CloudRadial::new(&http, config.cloudradial.clone());
    let psa = psa::open(&http, &config.psa);
    let sources = Sources { tenants: &tenants, psa: psa.as_ref(), portal: &portal };
    let bars = Bars::new(io, !globals.quiet && !globals.verbose);
    let fetched = fetch::fetch(sources, &targets, fetch::wants_details(&targets), &bars);
    bars.finish();
    http.finish()?;
    let whole = fetched.companies.iter().all(fetch::is_whole);
    if !whole && deadline.is_some_and(|deadline| Instant::now() >= deadline) {
        return Err(Error::new(Kind::Deadline, "the deadline passed before everything was read")
            .hint("give the run more time with --deadline, or fewer companies with --company"));
    }
    let now = Timestamp::now();
    let outcome = reconcile(&Input {
        capabilities: config.capabilities,
        psa_shape: &fetched.psa_shape,
        portal_shape: &fetched.portal_shape,
        companies: &fetched.companies,
        decisions: &config.decisions,
        memory: &Memory::default(),
        guards: &config.guards,
        allowed,
        now,
    });
    let requests = http
        .counts()
        .into_iter()
        .map(|count| Requests { service: count.service, requests: count.requests, retries: count.retries })
        .collect();
    Ok(Planned { plan: Plan::new(outcome, now, config.capabilities.id, &config.digest), requests })
}

/// The companies that `--company` names: all enabled ones without it. A pattern finds enabled companies; one
/// that is switched off must be named in full.
fn chosen<'a>(companies: &'a [Company], names: &[String]) -> Result<Vec<&'a Company>> {
    if names.is_empty() {
        return Ok(companies.iter().filter(|company| company.enabled).collect());
    }
    let mut chosen = vec![false; companies.len()];
    for name in names {
        let pattern = Pattern::new(name).map_err(|error| {
            Error::new(Kind::Usage, format!("--company {name:?} is not a pattern: {error}"))
        })?;
        let mut found = false;
        for (company, chosen) in companies.iter().zip(&mut chosen) {
            let in_full = company.name.to_lowercase() == name.to_lowercase();
            if in_full || (company.enabled && pattern.matches(&company.name)) {
                *chosen = true;
                found = true;
            }
        }
        if !found {
            return Err(unknown(companies, name));
        }
    }
    Ok(companies.iter().zip(chosen).filter_map(|(company, chosen)| chosen.then_some(company)).collect())
}

fn unknown(companies: &[Company], name: &str) -> Error {
    let nearest = companies.iter().max_by(|a, b| {
        let near =
            |company: &Company| strsim::jaro_winkler(&company.name.to_lowercase(), &name.to_lowercase());
        near(a).total_cmp(&near(b))
    });
    let hint = nearest.map_or_else(String::new, |company| format!("did you mean {:?}?", company.name));
    Error::new(Kind::Usage, format!("no company of the configuration is called {name:?}")).hint(hint)
}

fn target(company: &Company) -> Target {
    let Company { name, enabled: _, portal_id, psa_id, tenant_id, domains, portal_writes, policy } =
        company.clone();
    Target { name, portal_id, psa_id, tenant_id, domains, portal_writes, policy }
}

/// Where a result goes: standard output, or the file of `--output`, which is private to its owner.
pub(super) fn results(globals: &Globals, io: &mut Io, text: &[u8]) -> Result<()> {
    match &globals.output {
        None => {
            let mut out = io.stdout();
            out.write_all(text).and_then(|()| out.flush()).map_err(super::exit::output_error)
        }
        Some(path) => private_file(path, text),
    }
}

fn private_file(path: &PathBuf, text: &[u8]) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).and_then(|mut file| file.write_all(text)).map_err(|error| {
        Error::new(Kind::State, format!("{} cannot be written", path.display())).source(error)
    })
}
