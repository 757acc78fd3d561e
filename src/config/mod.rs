//! `crsync.toml`: what it may say, and validation that points at the line.
//!
//! `services`, `policy` (with `fields`, `exclude` and `types`) and `companies` each read their part of the file, with
//! tables that know the place of every key; the services read their own. `decisions` reads the file beside it, and `decision_file` adds to that. `glance`
//! takes from a file what needs no secret, whatever else is wrong with it.

mod additions;
mod companies;
mod decision_file;
mod decisions;
mod exclude;
mod fields;
mod glance;
mod homes;
mod login;
mod notices;
mod policy;
mod removed;
mod schema;
mod services;
mod types;

use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::files;
use crate::model::{Capabilities, Row, Side};
use crate::plan::Record;
use crate::reconcile::{Company, Decisions, GuardLimits, Rule, Stated};
use crate::secret::{Around, Variables};
use crate::table::{Source, Table, unread};
use crate::text::hex;
use crate::{cloudradial, graph, notify, psa};

pub use additions::{NewCompany, has_key, with_companies, with_psa, with_table};
pub use companies::OWN_PORTAL;
pub use decision_file::{DecisionFile, Kept};
pub use decisions::{Decided, Entry};
pub use glance::{Glance, glance};
pub use login::{Alone, Reached, alone, origins, reached, standing};
pub use notices::{Notices, notices};
pub use schema::{SCHEMAS, schema};
pub use services::{Reach, asks, is_optional, secrets};

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
    pub psa: Arc<dyn psa::PsaSettings>,
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
    /// Who is told what became of a run; `None` where the file does not say it.
    pub notify: Option<notify::Settings>,
    /// The companies, in the file's order, enabled or not.
    pub companies: Vec<Arc<Company>>,
    /// The limits that refuse a plan.
    pub guards: GuardLimits,
    /// The decisions file beside the configuration; empty where there is none.
    pub decisions: Decisions,
    /// Rows that the file switches on, for all companies or for one, and the chosen PSA cannot serve, each once.
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
    let path = place(flag, env)?;
    if path.is_file() {
        return Ok(path);
    }
    Err(Error::new(Kind::Config, format!("there is no configuration at {}", path.display()))
        .hint("`crsync init` writes one; name one with --config, or add --sandbox to try without any"))
}

/// The place of the configuration file, whether or not there is one.
///
/// # Errors
/// [`Kind::Config`] on a machine that names no folder for configurations.
pub fn place(flag: Option<&Path>, env: &Variables) -> Result<PathBuf> {
    let named = flag.map(Path::to_owned).or_else(|| env.get("CRSYNC_CONFIG").map(PathBuf::from));
    match named {
        Some(path) => Ok(path),
        None => Ok(folder(env)?.join("crsync").join("crsync.toml")),
    }
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
    let text = read_text(path)?;
    load(path, &text, psa, env)?.decided(&text, &beside(path))
}

/// Reads the text of the file at `path`, whose secrets are going to be looked for.
///
/// # Errors
/// [`Kind::Config`] when it cannot be read, or names a command and others could have written it.
pub fn read_text(path: &Path) -> Result<String> {
    let text = files::read_text(path, Kind::Config, &path.display().to_string())?.text;
    may_name_commands(path, &text)?;
    Ok(text)
}

/// Passes unless the file names a command and others could have written it: it would run in this account.
///
/// # Errors
/// [`Kind::Config`] with what closes the file.
pub fn may_name_commands(path: &Path, text: &str) -> Result<()> {
    let shown = path.display();
    let text = text.trim_start_matches(files::MARK);
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

    /// Returns the company whose record it is in the PSA or the portal, whatever it was called when that was written.
    pub fn company_of(&self, record: &Record) -> Option<&Arc<Company>> {
        self.companies.iter().find(|company| match record.kind.side() {
            Side::Psa => company.psa_id == record.company,
            Side::Portal => company.portal_id == record.company,
            // Several companies may share a tenant.
            Side::Tenant => false,
        })
    }
}

/// Reads `text` as the file at `path`; `psa` is the PSA that the command line chose.
///
/// # Errors
/// [`Kind::Config`] with file, line and what to write instead.
pub fn load(path: &Path, text: &str, psa: Option<&str>, env: &Env) -> Result<Config> {
    Source::new(path, text).knowing(homes::of).read(|file| {
        let chosen = chosen_psa(file, psa)?;
        let services = services::read(file, chosen, env);
        // The capabilities may depend on the settings; where these are wrong, the usual ones help to read on.
        let services = file.keep(services);
        let capabilities =
            services.as_ref().map_or(chosen.capabilities, |services| services.psa.capabilities());
        let Requests { ca_file, retries, timeout, most } = requests(file, env);
        let keep_journal = keep_journal(file);
        let general = policy::general(file);
        let guards = policy::guards(file);
        let notify = notices::read(file, env);
        let companies = companies::read(file, capabilities, &general);
        file.finish();
        let ((companies, switched_on), services) = (companies?, services.ok_or_else(unread)?);
        Ok(Config {
            path: path.to_owned(),
            digest: digest(text),
            capabilities,
            psa: services.psa,
            microsoft365: services.microsoft365,
            cloudradial: services.cloudradial,
            ca_file,
            retries,
            timeout,
            most,
            keep_journal,
            notify,
            unserved: switched_on.into_iter().filter(|row| !capabilities.serves(*row)).collect(),
            companies,
            guards,
            decisions: Decisions::default(),
        })
    })
}

/// Reads how long the journal of a run is kept.
fn keep_journal(file: &mut Table<'_>) -> Duration {
    file.duration("keep-journal").unwrap_or(KEEP_JOURNAL)
}

/// How requests are made, whatever the service.
struct Requests {
    ca_file: Option<PathBuf>,
    retries: Option<u32>,
    timeout: Option<Duration>,
    most: Most,
}

fn requests(file: &mut Table<'_>, env: &Env) -> Requests {
    let ca_file = file.path("ca-file", env);
    let retries = file.number("retries").and_then(|number| {
        let wrong = |_| file.wrong_type("retries", &number.span, "a number from 0 up");
        file.keep(u32::try_from(number.value).map_err(wrong))
    });
    Requests { ca_file, retries, timeout: timeout(file), most: most(file) }
}

/// Reads how long one request may take. No answer comes in no time at all.
fn timeout(file: &mut Table<'_>) -> Option<Duration> {
    let place = file.place("timeout").unwrap_or_default();
    let timeout = file.duration("timeout")?;
    if timeout.is_zero() {
        file.kept(file.wrong_type("timeout", &place, "a time in which a request can end, such as \"60s\""));
    }
    Some(timeout)
}

/// How much a service may answer, where the file says so.
fn most(file: &mut Table<'_>) -> Most {
    let mut number = |key, most: i64| {
        let stated = file.number(key)?;
        let number = usize::try_from(stated.value).ok().filter(|_| (1..=most).contains(&stated.value));
        let wrong = || file.wrong_type(key, &stated.span, &format!("a number from 1 to {most}"));
        file.keep(number.ok_or_else(wrong))
    };
    Most {
        pages: number("max-pages", 10_000_000),
        records: number("max-records", 100_000_000),
        answer: number("max-answer", 1024),
    }
}

/// Returns `rule` with the place in the file where `span` begins.
fn stated(table: &Table<'_>, span: &Range<usize>, rule: Rule) -> Stated {
    let (file, line) = table.place_of(span);
    Stated { file, line, rule }
}

/// The PSA that the flag, else the file, chooses.
fn chosen_psa(file: &mut Table<'_>, flag: Option<&str>) -> Result<&'static psa::Entry> {
    let stated = file.text("psa");
    match (flag, &stated) {
        (Some(id), _) => psa::find(id),
        (None, Some(id)) => psa::find(&id.value).map_err(|error| {
            let hint = error.next_step().unwrap_or_default().to_owned();
            file.error(&id.span, error.message()).hint(hint)
        }),
        (None, None) => {
            let example = psa::registry().first().map_or("NAME", |entry| entry.id());
            Err(Error::new(Kind::Usage, "no PSA is chosen")
                .hint(format!("add --psa {example}, or psa = \"{example}\" at the top of the configuration")))
        }
    }
}

/// Hexadecimal SHA-256 of a configuration's text.
pub fn digest(text: &str) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, text.as_bytes()).as_ref())
}
