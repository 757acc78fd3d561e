//! Schedules: what starts the sync every night, printed for a person to install. Nothing is installed, and no secret
//! is read further than to see where it comes from.

mod cron;
mod escape;
mod facts;
mod kubernetes;
mod launchd;
mod systemd;
mod task_scheduler;
#[cfg(test)]
mod tests;
mod times;

use std::path::{Path, PathBuf};
use std::time::Duration;

use facts::{Facts, Part, SecretPlace};
pub use times::{Interval, TimeOfDay};
use times::{Times, told};

use super::machine::Machine;
use super::options::Shard;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::files::read_text;
use crate::notify;
use crate::psa;
use crate::secret::{Origin, Places};
use crate::state;

/// The name of the scheduler that starts several runs at the same time.
const KUBERNETES: &str = "kubernetes";

/// The name of the scheduler that knows accounts of several domains.
const TASK_SCHEDULER: &str = "task-scheduler";

/// Prints the files of a scheduler.
type Printer = fn(&Facts) -> String;

/// The schedulers, and what prints for each.
const KINDS: [(&str, Printer); 5] = [
    ("systemd", systemd::print),
    ("cron", cron::print),
    (TASK_SCHEDULER, task_scheduler::print),
    ("launchd", launchd::print),
    (KUBERNETES, kubernetes::print),
];

/// The deadline of a run that nothing else limits.
const DEADLINE: Duration = Duration::from_secs(2 * 3600);
/// How long before the next run the deadline is, where runs follow each other closely.
const PAUSE: Duration = Duration::from_secs(300);

/// What a person asks of a schedule.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The scheduler's name.
    pub kind: String,
    /// When a run begins.
    pub at: Option<TimeOfDay>,
    /// How long it is from one run to the next.
    pub every: Option<Interval>,
    /// How long a run may take.
    pub deadline: Option<Duration>,
    /// Into how many parts the companies are shared.
    pub shards: Option<u64>,
    /// The part of the companies that the runs are of.
    pub shard: Option<Shard>,
    /// The program that the runs are of.
    pub program: PathBuf,
    /// The configuration; `None` for its default place.
    pub config: Option<PathBuf>,
    /// The PSA's id; `None` for that of the configuration.
    pub psa: Option<String>,
}

/// Returns the names of the schedulers.
pub fn kinds() -> Vec<&'static str> {
    KINDS.iter().map(|(name, _)| *name).collect()
}

/// Returns the files that make a scheduler run the sync as this account, as one text.
///
/// # Errors
/// [`Kind::Usage`] for what a schedule cannot be, [`Kind::Config`] for a configuration that cannot be read.
pub fn schedule(asked: &Asked, machine: &Machine) -> Result<String> {
    let (_, print) = KINDS.iter().find(|(name, _)| *name == asked.kind).ok_or_else(|| {
        Error::new(Kind::Usage, format!("\"{}\" is not a scheduler that crsync prints for", asked.kind))
            .hint(format!("there are {}", kinds().join(", ")))
    })?;
    Ok(print(&facts(asked, machine)?))
}

fn facts(asked: &Asked, machine: &Machine) -> Result<Facts> {
    let times = Times::new(asked.at, asked.every);
    let deadline = deadline(asked.deadline, times)?;
    let part = part(asked)?;
    if let Some(psa) = &asked.psa {
        psa::find(psa)?;
    }
    let config = absolute(&config::place(asked.config.as_deref(), &machine.variables)?)?;
    let is_configured = config.is_file();
    let named = asked.config.is_some() || machine.variables.contains_key("CRSYNC_CONFIG");
    if named && !is_configured {
        config::find(asked.config.as_deref(), &machine.variables)?;
    }
    let mut secrets = if is_configured { configured(&config, machine)? } else { usual(asked.psa.as_deref()) };
    if is_configured && asked.kind == KUBERNETES {
        of_any_notice(&mut secrets, &config, machine)?;
    }
    let folder = config.parent().unwrap_or(Path::new("/"));
    let account = if asked.kind == TASK_SCHEDULER { machine.account() } else { machine.operator() };
    let account = match account {
        // What no environment names is the account that the documentation makes.
        account if account == "unknown" => "crsync".to_owned(),
        account => account,
    };
    let home = machine.variables.get("HOME").cloned().unwrap_or_else(|| format!("/Users/{account}"));
    let facts = Facts {
        program: text(&absolute(&asked.program)?)?,
        account: word(account)?,
        state: text(&absolute(&state::folder(&machine.variables)?)?)?,
        variables: text(&folder.join("secrets.env"))?,
        log: text(&Path::new(&home).join("Library/Logs/crsync.log"))?,
        config: text(&config)?,
        is_configured,
        secrets,
        psa: asked.psa.clone(),
        times,
        deadline,
        part,
    };
    Ok(facts)
}

/// Returns how long a run may take, so that it is over before the next one begins.
fn deadline(asked: Option<Duration>, times: Times) -> Result<Duration> {
    let every = times.every().length();
    let deadline = asked.unwrap_or_else(|| DEADLINE.min(every.saturating_sub(PAUSE)));
    if deadline.as_secs() > 0 && deadline < every {
        return Ok(deadline);
    }
    let message =
        format!("a deadline of {} is not within the {} between two runs", told(deadline), told(every));
    Err(Error::new(Kind::Usage, message).hint("give a shorter --deadline, or leave it out"))
}

fn part(asked: &Asked) -> Result<Part> {
    match asked.shards {
        None => Ok(asked.shard.map_or(Part::Whole, Part::One)),
        Some(_) if asked.kind != KUBERNETES => {
            Err(Error::new(Kind::Usage, format!("--shards is for --print {KUBERNETES} alone")).hint(
                "on one machine leave it out: companies are served side by side anyway; on the second of \
                     four machines write --shard 2/4",
            ))
        }
        Some(1) => Ok(Part::Whole),
        Some(shards @ 2..=99) => Ok(Part::Each(shards)),
        Some(shards) => Err(Error::new(Kind::Usage, format!("--shards {shards} is not from 1 to 99"))
            .hint("write how many jobs share the companies, such as --shards 4")),
    }
}

/// Returns where the secrets of a configuration come from.
fn configured(config: &Path, machine: &Machine) -> Result<Vec<SecretPlace>> {
    let text = read_text(config, Kind::Config, &config.display().to_string())?.text;
    let origins = config::origins(config, &text, &machine.surroundings(None))?;
    let folder = config.parent().unwrap_or(Path::new("/"));
    let place = |(service, name, origin): (&str, &str, Origin)| {
        let origin = match origin {
            Origin::File(path) => Origin::File(folder.join(path)),
            other => other,
        };
        secret(service, name, origin)
    };
    Ok(origins.into_iter().map(place).collect())
}

/// Lets the addresses of all notices be there, or not, where there are notices: the environment of a pod is not the one
/// that says here which are used.
fn of_any_notice(secrets: &mut Vec<SecretPlace>, config: &Path, machine: &Machine) -> Result<()> {
    if config::notices(config, &machine.surroundings(None))?.is_some() {
        let all = notify::SECRETS.iter().map(|name| secret(notify::TABLE, name, Origin::Nowhere));
        let all: Vec<SecretPlace> = all.collect();
        secrets.retain(|known| all.iter().all(|of| of.variable != known.variable));
        secrets.extend(all);
    }
    Ok(())
}

/// Returns the secrets that a configuration is going to need: those of the portal, of 365, and of the PSA if it is
/// known.
fn usual(psa: Option<&str>) -> Vec<SecretPlace> {
    let is_psa = |service: &str| psa::registry().iter().any(|entry| entry.id() == service);
    let is_needed = |service: &str| service != notify::TABLE && (!is_psa(service) || psa == Some(service));
    let services = config::secrets().iter().filter(|(service, _)| is_needed(service));
    let secrets = services.flat_map(|(service, names)| names.iter().map(move |name| (*service, *name)));
    secrets.map(|(service, name)| secret(service, name, Origin::Nowhere)).collect()
}

fn secret(service: &str, name: &str, origin: Origin) -> SecretPlace {
    let places = Places { service, name, file: None, command: Vec::new() };
    let is_optional = config::is_optional(service, name);
    SecretPlace { name: format!("{service} {name}"), variable: places.variable(), origin, is_optional }
}

/// Returns a path that means the same in every folder.
fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|error| {
        Error::new(Kind::Usage, format!("{} is no path", path.display()))
            .hint("write the path from the root on")
            .source(error)
    })
}

/// Returns a path as text that fits on a line of a file.
fn text(path: &Path) -> Result<String> {
    let text = path.to_str().filter(|text| !text.chars().any(char::is_control));
    text.map(ToOwned::to_owned).ok_or_else(|| {
        Error::new(Kind::Usage, format!("a schedule cannot hold the path {:?}", path.display().to_string()))
            .hint("use a path without line breaks and other characters that are not text")
    })
}

/// Returns the name of an account, which files of schedulers hold without quotes.
fn word(account: String) -> Result<String> {
    let is_word = |c: char| !c.is_control() && !c.is_whitespace() && !"\"'#%&<>=;:".contains(c);
    // Windows accounts have blanks; there the file is XML.
    let fits = cfg!(windows) || account.chars().all(is_word);
    if fits && !account.is_empty() {
        return Ok(account);
    }
    Err(Error::new(Kind::Usage, format!("{account:?} is no account that a schedule can name"))
        .hint("run this as the account that the sync is to work as"))
}
