//! What this machine alone tells: the configuration, secrets, the keyring, the state folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::shown;
use crate::config;
use crate::error::{Error, Kind};
use crate::files::{self, read_text};
use crate::model::Capabilities;
use crate::plan::{Fact, Subject};
use crate::psa;
use crate::run::machine::Machine;
use crate::run::options::Options;
use crate::run::session::Session;
use crate::secret::{self, KeyringError, KeyringFailure, Origin};
use crate::state::State;

/// Where each secret comes from: service, name and origin.
pub(in crate::run) type Origins = Vec<(&'static str, &'static str, Origin)>;

/// Returns a fact for every mistake that keeps the configuration from being read.
pub(super) fn mistakes(error: &anyhow::Error) -> Vec<Fact> {
    let Some(own) = error.downcast_ref::<Error>() else {
        return vec![Fact::fail(
            Subject::Configuration,
            error.to_string(),
            "correct it and run the command again",
        )];
    };
    let next = |error: &Error| error.next_step().unwrap_or("correct it and run the command again").to_owned();
    let fact = |error: &Error| Fact::fail(Subject::Configuration, error.message(), next(error));
    std::iter::once(own).chain(own.further()).map(fact).collect()
}

/// Returns where the secrets come from of a configuration that cannot be read as a whole; nothing where that is not known
/// either.
pub(super) fn configured(options: &Options, machine: &Machine) -> crate::error::Result<Origins> {
    let path = config::find(options.config.as_deref(), &machine.variables)?;
    let text = read_text(&path, Kind::Config, &shown(&path))?.text;
    config::origins(&path, &text, &machine.surroundings(options.end()))
}

/// Returns that the configuration was read, and of what it tells.
pub(super) fn configuration(session: &Session) -> Fact {
    let config = &session.config;
    let off: Vec<&str> =
        config.companies.iter().filter(|one| !one.enabled).map(|one| one.name.as_str()).collect();
    let count = config.companies.len() - off.len();
    let served = if count == 1 { "1 company".to_owned() } else { format!("{count} companies") };
    let off = if off.is_empty() { String::new() } else { format!("; switched off: {}", off.join(", ")) };
    let says = format!("{}: {}, {served}{off}", shown(&config.path), config.capabilities.name);
    Fact::ok(Subject::Configuration, says)
}

/// Returns the rows that the file switches on and the PSA cannot serve.
pub(super) fn unserved(session: &Session) -> Option<Fact> {
    let config = &session.config;
    if config.unserved.is_empty() {
        return None;
    }
    let rows = config.unserved.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let says = format!("{} cannot serve {rows}, which the file switches on", config.capabilities.name);
    Some(Fact::warn(
        Subject::Configuration,
        says,
        "switch it off under [sync], or read in the plan what is left unchanged because of it",
    ))
}

/// Returns where the secrets come from, a line for each service: of the PSAs only the chosen one, where that is known. One
/// that is missing is a mistake of the configuration, and is told there.
pub(super) fn secrets(origins: crate::error::Result<Origins>, psa: Option<&Capabilities>) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut services = BTreeMap::<&str, Vec<String>>::new();
    // What the configuration has wrong is told by itself.
    let is_used = |service: &str| {
        let is_psa = psa::registry().iter().any(|entry| entry.id() == service);
        psa.is_none_or(|chosen| !is_psa || chosen.id == service)
    };
    let all = origins.unwrap_or_default().into_iter();
    for (service, name, origin) in all.filter(|(service, ..)| is_used(service)) {
        let from = match origin {
            Origin::Variable(name) => name,
            Origin::File(path) => format!("the file {}", shown(&path)),
            Origin::Command(program) => format!("the command {program}"),
            Origin::Keyring => "the keyring".to_owned(),
            Origin::Nowhere => continue,
            Origin::Unknown(failure) => {
                let says =
                    format!("whether {service} {name} is set is not known: {}", KeyringError::new(failure));
                let next = KeyringError::new(failure).error().next_step().unwrap_or_default().to_owned();
                facts.push(Fact::warn(Subject::Secrets, says, next));
                continue;
            }
        };
        services.entry(service).or_default().push(format!("{name} from {from}"));
    }
    let told = services.into_iter().map(|(service, names)| format!("{service}: {}", names.join(", ")));
    facts.extend(told.map(|says| Fact::ok(Subject::Secrets, says)));
    facts
}

/// Returns whether there is a keyring, and whether it answers.
pub(super) fn keyring(machine: &Machine) -> Vec<Fact> {
    let fact = match secret::ask_keyring(&machine.surroundings(None)) {
        Ok(()) => Fact::ok(Subject::Keyring, "the keyring answers"),
        Err(KeyringError { failure: KeyringFailure::Missing, .. }) => {
            let says = "there is no keyring on this machine: secrets come from variables, files or commands";
            Fact::ok(Subject::Keyring, says)
        }
        Err(trouble) => {
            let error = trouble.error();
            let next = error.next_step().unwrap_or("run the command again").to_owned();
            Fact::warn(Subject::Keyring, error.message(), next)
        }
    };
    vec![fact]
}

/// Returns what the folder of the journal holds, and whether a run can write there. Nothing is made for that.
pub(super) fn state(session: &Session) -> Vec<Fact> {
    let folder = shown(&session.folder);
    let state = match State::look(&session.state_file(), &session.realm()) {
        Err(error) => {
            let next =
                error.next_step().unwrap_or("put back a copy of state.db that was made before").to_owned();
            return vec![Fact::fail(Subject::State, error.message(), next)];
        }
        Ok(state) => state,
    };
    let mut facts = Vec::new();
    match state {
        None => facts.push(Fact::ok(Subject::State, format!("no run yet; the journal will be in {folder}"))),
        Some(state) => match state.runs(None) {
            Err(error) => {
                let next = error.next_step().unwrap_or("put back a copy of state.db").to_owned();
                facts.push(Fact::fail(Subject::State, error.message(), next));
            }
            Ok(runs) => {
                let last =
                    runs.last().map(|run| run.header.started.strftime("%Y-%m-%d %H:%M UTC").to_string());
                let last = last.map_or("no run yet".to_owned(), |last| format!("last run: {last}"));
                facts.push(Fact::ok(Subject::State, format!("the journal is in {folder}; {last}")));
                let broken = state.broken().len();
                if broken > 0 {
                    facts.push(Fact::warn(
                        Subject::State,
                        format!("{broken} rows of the state cannot be read and are passed over"),
                        "nothing at the services is lost with them; if there are more, put back a copy of state.db",
                    ));
                }
            }
        },
    }
    if !can_hold(&session.folder) {
        facts.push(Fact::fail(
            Subject::State,
            format!("no run can keep its journal in {folder}, which this account may not write"),
            "run crsync as the account that owns it, or set CRSYNC_STATE to a folder of its own",
        ));
    }
    facts
}

/// Reports whether this account may make files in the folder, or in the nearest one above it that is there.
fn can_hold(folder: &Path) -> bool {
    let there = folder.ancestors().find(|one| std::fs::metadata(one).is_ok());
    there.is_none_or(files::may_make_in)
}
