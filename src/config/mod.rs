//! `crsync.toml`: what it may say, and validation that points at the line.
//!
//! `doc` reads any table and knows where everything stands; `services`, `policy` and `companies` each read their
//! part of the file; `decisions` reads the file beside it, and `decision_file` adds to that. `glance` takes from a file
//! what needs no secret, whatever else is wrong with it.

mod bms;
mod companies;
mod connectwise;
mod decision_file;
mod decisions;
mod doc;
mod glance;
mod login;
mod policy;
mod services;
#[cfg(test)]
mod tests;
mod types;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::files;
use crate::model::{Capabilities, Id, Row};
use crate::reconcile::{Configured, Decisions, GuardLimits, Policy};
use crate::secret::{Around, Variables};
use crate::{cloudradial, graph, psa};
use doc::Source;

pub use decision_file::DecisionFile;
pub use decisions::{Decided, Entry};
pub use glance::{Glance, glance};
pub use login::{Alone, alone, origins};
pub use services::{Reach, secrets};

/// A configuration that was read, checked, and completed with its secrets.
#[derive(Debug, Clone)]
pub struct Config {
    /// The file it came from.
    pub path: PathBuf,
    /// Hexadecimal SHA-256 of the file's text and the decisions': which configuration a plan was made with.
    pub digest: String,
    /// The chosen PSA.
    pub capabilities: &'static Capabilities,
    /// How to reach it.
    pub psa: psa::Settings,
    /// How to reach Microsoft 365.
    pub microsoft365: graph::Settings,
    /// How to reach CloudRadial.
    pub cloudradial: cloudradial::Settings,
    /// Further certification authorities.
    pub ca_file: Option<PathBuf>,
    /// How often a request is repeated at most; `None` for the usual number.
    pub retries: Option<u32>,
    /// How long one request may take; `None` for the usual time.
    pub timeout: Option<Duration>,
    /// How much a service may answer.
    pub most: Most,
    /// How long the journal of a run is kept.
    pub keep_journal: Duration,
    /// The companies, in the file's order, enabled or not.
    pub companies: Vec<Company>,
    /// The companies that are enabled, with their settings, in the file's order.
    pub served: Vec<(String, Arc<Policy>)>,
    /// The limits that refuse a plan.
    pub guards: GuardLimits,
    /// The decisions file beside the configuration; empty where there is none.
    pub decisions: Decisions,
    /// Rows that the file switches on and the chosen PSA cannot serve, each once; `--strict` makes them errors.
    pub unserved: Vec<Row>,
}

/// How much a service may answer before it is given up; `None` for the usual number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Most {
    /// Pages of one listing.
    pub pages: Option<usize>,
    /// Records of one listing.
    pub records: Option<usize>,
    /// Mebibytes of one answer.
    pub answer: Option<usize>,
}

/// One company of the configuration.
#[derive(Debug, Clone)]
pub struct Company {
    /// Its name, unique in the file.
    pub name: String,
    /// Whether it is served without being named by `--company`.
    pub enabled: bool,
    /// The portal's id.
    pub portal_id: Id,
    /// The chosen PSA's id.
    pub psa_id: Id,
    /// Its ids in other PSAs, with their names.
    pub elsewhere: Vec<(&'static str, Id)>,
    /// The tenant's id or one of its domains, lower-case.
    pub tenant_id: String,
    /// Its email domains, lower-case, where the tenant is shared.
    pub domains: Vec<String>,
    /// Whether the portal's records of it may be written (`portal = "read-only"` says no).
    pub portal_writes: bool,
    /// How it is served.
    pub policy: Arc<Policy>,
}

/// How long the journal of a run is kept where nothing is said.
const KEEP_JOURNAL: Duration = Duration::from_secs(90 * 86_400);

/// Where secrets are looked for.
pub type Env = dyn Around;

/// The configuration file: what `--config` names, else `CRSYNC_CONFIG`, else `crsync/crsync.toml` in the folder
/// for configurations.
///
/// # Errors
/// [`Kind::Config`] when there is none at that place.
pub fn find(flag: Option<&Path>, env: &Variables) -> Result<PathBuf> {
    let named = flag.map(Path::to_owned).or_else(|| env.get("CRSYNC_CONFIG").map(PathBuf::from));
    let path = match named {
        Some(path) => path,
        None => folder(env)?.join("crsync").join("crsync.toml"),
    };
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::new(Kind::Config, format!("there is no configuration at {}", path.display()))
        .hint("write one as the README shows, name it with --config, or add --sandbox to try without any"))
}

/// The folder for configurations: `XDG_CONFIG_HOME`, or the system's own.
fn folder(env: &Variables) -> Result<PathBuf> {
    use etcetera::BaseStrategy;
    if let Some(folder) = env.get("XDG_CONFIG_HOME").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    let strategy = etcetera::choose_base_strategy().map_err(|error| {
        Error::new(Kind::Config, "this machine names no home folder")
            .hint("name the configuration with --config")
            .source(error)
    })?;
    Ok(strategy.config_dir())
}

/// Reads the file at `path`, with the decisions beside it.
///
/// # Errors
/// [`Kind::Config`] with file, line and what to write instead.
pub fn read(path: &Path, psa: Option<&str>, env: &Env) -> Result<Config> {
    let text = files::read_text(path, Kind::Config, &path.display().to_string())?.text;
    may_name_commands(path, &text)?;
    load(path, &text, psa, env)?.decided(&text, &beside(path))
}

/// Passes unless the file names a command and others could have written it: it would run in this account.
fn may_name_commands(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    // What is no TOML names nothing, and is refused with its line later.
    let names = text
        .parse::<toml::Table>()
        .is_ok_and(|table| table.iter().any(|(key, value)| is_command(key, value)));
    if !names {
        return Ok(());
    }
    let open = files::may_others_write(path)
        .map_err(|error| Error::new(Kind::Config, format!("{shown} cannot be looked at")).source(error))?;
    if !open {
        return Ok(());
    }
    Err(Error::new(
        Kind::Config,
        format!("{shown} names a command to run, and other accounts can change the file or put another in its place"),
    )
    .hint(format!("run `chmod go-w {shown}`; its folder must not be writable by all accounts either")))
}

/// Whether this key, or one in the table that it holds, names a command.
fn is_command(key: &str, value: &toml::Value) -> bool {
    match value {
        toml::Value::Table(table) => table.iter().any(|(key, value)| is_command(key, value)),
        toml::Value::Array(values) if values.iter().any(toml::Value::is_table) => {
            values.iter().any(|value| is_command(key, value))
        }
        _ => key == "command" || key.ends_with("-command"),
    }
}

/// The decisions file of the configuration at `path`.
pub fn beside(path: &Path) -> PathBuf {
    path.with_file_name("decisions.toml")
}

impl Config {
    /// All companies, as far as others are compared with them.
    pub fn configured(&self) -> Vec<Configured> {
        let configured = |company: &Company| Configured {
            name: company.name.clone(),
            psa_id: company.psa_id.clone(),
            elsewhere: company.elsewhere.clone(),
            tenant: company.tenant_id.clone(),
            tenant_id: None,
            domains: company.domains.clone(),
        };
        self.companies.iter().map(configured).collect()
    }

    /// The same, which was read from `text`, with the decisions file at `path` if there is one.
    ///
    /// # Errors
    /// [`Kind::Config`] with file, line and what to write instead.
    pub fn decided(mut self, text: &str, path: &Path) -> Result<Self> {
        let file = DecisionFile::open(path)?;
        self.decisions = file.decisions();
        self.digest = match file.text() {
            Some(decisions) => digest(&format!("{text}\n{decisions}")),
            None => digest(text),
        };
        Ok(self)
    }
}

/// Reads `text` as the file at `path`; `psa` is the PSA that the command line chose.
///
/// # Errors
/// [`Kind::Config`] with file, line and what to write instead.
pub fn load(path: &Path, text: &str, psa: Option<&str>, env: &Env) -> Result<Config> {
    let source = Source::new(path, text);
    let mut file = source.document()?;
    let capabilities = chosen_psa(&mut file, psa)?;
    let services = services::read(&mut file, capabilities.id, env)?;
    let capabilities = services.psa.capabilities().unwrap_or(capabilities);
    let ca_file = file.path("ca-file", env)?;
    let retries = file.number("retries")?.map(|number| {
        u32::try_from(number.value)
            .map_err(|_| file.wrong_type("retries", &number.span, "a number from 0 up"))
    });
    let timeout = span(&mut file, "timeout")?;
    let most = most(&mut file)?;
    let keep_journal = span(&mut file, "keep-journal")?.unwrap_or(KEEP_JOURNAL);
    let general = policy::general(&mut file)?;
    let guards = policy::guards(&mut file)?;
    let companies = companies::read(&mut file, capabilities, &general)?;
    file.finish()?;
    Ok(Config {
        path: path.to_owned(),
        digest: digest(text),
        capabilities,
        psa: services.psa,
        microsoft365: services.microsoft365,
        cloudradial: services.cloudradial,
        ca_file,
        retries: retries.transpose()?,
        timeout,
        most,
        keep_journal,
        served: companies
            .iter()
            .filter(|company| company.enabled)
            .map(|company| (company.name.clone(), Arc::clone(&company.policy)))
            .collect(),
        unserved: general.switched_on.iter().copied().filter(|row| !capabilities.serves(*row)).collect(),
        companies,
        guards,
        decisions: Decisions::default(),
    })
}

/// How much a service may answer, where the file says so.
fn most(file: &mut doc::Table<'_>) -> Result<Most> {
    let mut number = |key, most: i64| match file.number(key)? {
        None => Ok(None),
        Some(stated) if (1..=most).contains(&stated.value) => Ok(usize::try_from(stated.value).ok()),
        Some(stated) => Err(file.wrong_type(key, &stated.span, &format!("a number from 1 to {most}"))),
    };
    Ok(Most {
        pages: number("max-pages", 10_000_000)?,
        records: number("max-records", 100_000_000)?,
        answer: number("max-answer", 1024)?,
    })
}

/// A span of time, such as `90s` or `30d`.
fn span(file: &mut doc::Table<'_>, key: &'static str) -> Result<Option<Duration>> {
    let Some(stated) = file.text(key)? else { return Ok(None) };
    let span = crate::text::span::parse(&stated.value);
    span.map(Some)
        .ok_or_else(|| file.wrong_type(key, &stated.span, "a time such as \"90s\", \"30m\" or \"7d\""))
}

/// The PSA that the flag, else the file, chooses.
fn chosen_psa(file: &mut doc::Table<'_>, flag: Option<&str>) -> Result<&'static Capabilities> {
    let stated = file.text("psa")?;
    match (flag, &stated) {
        (Some(id), _) => psa::find(id),
        (None, Some(id)) => psa::find(&id.value).map_err(|error| {
            let hint = error.next_step().unwrap_or_default().to_owned();
            file.error(&id.span, error.message()).hint(hint)
        }),
        (None, None) => Err(Error::new(Kind::Usage, "no PSA is chosen")
            .hint("add --psa autotask, or psa = \"autotask\" at the top of the configuration")),
    }
}

/// Hexadecimal SHA-256 of a configuration's text.
pub fn digest(text: &str) -> String {
    let hash = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    hash.as_ref().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}"); // writing to a String cannot fail
        text
    })
}
