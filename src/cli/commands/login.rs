//! `crsync login` and `crsync logout`: secrets into the desktop's keyring, out of it, and where each comes from.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cli::exit;
use crate::cli::flags::{Format, Globals, OfPsa, Scope as _, can_be};
use crate::cli::io::{Io, OUTPUT};
use crate::cli::parsers::{Offered, duration};
use crate::cli::progress::Asking;
use crate::cli::say;
use crate::config;
use crate::error::{Error, Kind};
use crate::files::{MARK, read_text};
use crate::notify;
use crate::report::{Document, SecretOf, SecretsDocument, clean};
use crate::run::{self, Options, Verdict};
use crate::secret::{Keyring, KeyringError, KeyringFailure, Origin, Secret};

/// Name and version of the form of the list in JSON.
const SCHEMA: &str = "crsync.secrets/1";

/// Flags of `login`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The service, as the configuration calls it
    #[arg(required_unless_present = "list", value_parser = Offered(services))]
    service: Option<String>,
    /// The secret's name; all of the service's secrets without it
    #[arg(value_parser = Offered(names))]
    name: Option<String>,
    /// Read one secret from standard input instead of asking
    #[arg(long, requires = "name")]
    stdin: bool,
    /// Do not ask the service whether it accepts the secret
    #[arg(long)]
    no_verify: bool,
    /// Show where each secret of the configuration comes from, never the secret
    #[arg(long, conflicts_with_all = ["service", "name", "stdin", "no_verify", "psa", "deadline"])]
    list: bool,
    /// How the list is printed
    #[arg(long, value_enum, default_value_t = Format::Table, conflicts_with = "service")]
    format: Format,
    #[command(flatten)]
    of: OfPsa,
    /// Stop asking the service after this time, such as 90s
    #[arg(
        long,
        value_name = "TIME",
        value_parser = duration,
        value_hint = clap::ValueHint::Other,
        conflicts_with = "no_verify"
    )]
    deadline: Option<Duration>,
}

/// Flags of `logout`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Out {
    /// The service, as the configuration calls it
    #[arg(value_parser = Offered(services))]
    service: String,
    /// The secret's name; all of the service's secrets without it
    #[arg(value_parser = Offered(names))]
    name: Option<String>,
}

/// Returns the services that have secrets.
fn services() -> Vec<&'static str> {
    config::secrets().iter().map(|(service, _)| *service).collect()
}

/// Returns the names of all secrets, each once.
fn names() -> Vec<&'static str> {
    let mut names: Vec<&str> = config::secrets().iter().flat_map(|(_, names)| *names).copied().collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// Asks for secrets, verifies and stores them.
///
/// # Errors
/// A service that has none of that name, a keyring that refuses, no person to ask, or a secret that the service
/// refuses.
pub(in crate::cli) fn login(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    refuse_sandbox(globals)?;
    let Some(service) = args.service.as_deref() else { return list(args, globals, io) };
    let (service, names) = chosen(service, args.name.as_deref())?;
    let keyring = io.keyring();
    // A person types nothing for a keyring that cannot take it, or for a service that may not be asked.
    for name in &names {
        keyring.read(service, name).map_err(KeyringError::error)?;
    }
    let options = Options { deadline: args.deadline, ..args.of.add_to(globals.options()) };
    if !args.no_verify {
        run::may_verify(service, &options, &io.machine())?;
    }
    // A secret is not shown while it is typed: the terminal is put right again.
    io.heed_signals();
    let mut secrets = Vec::new();
    let are_all = names.len() > 1;
    for name in names {
        let can_be_left_out = are_all && (service == notify::TABLE || config::is_optional(service, name));
        let secret =
            if args.stdin { Some(from_stdin(io)?) } else { ask(service, name, can_be_left_out, io)? };
        secrets.extend(secret.map(|secret| (name, secret)));
    }
    if secrets.is_empty() {
        return Err(Error::new(Kind::Usage, "all secrets were left out, so nothing was stored").into());
    }
    let verdict = (!args.no_verify).then(|| {
        let _shown = Asking::new(io.shows_bars(globals.quiet), io.clock());
        run::verify(service, &secrets, &options, &io.machine())
    });
    if let Some(Verdict::Refused(error)) = verdict {
        return Err(error.within("nothing was stored").into());
    }
    store(keyring.as_ref(), service, &secrets)?;
    for (name, _) in &secrets {
        say::tell(io, &format!("{service} {name} is in the keyring"))?;
        warn_of_others(service, name, globals, io)?;
    }
    match verdict {
        Some(Verdict::Unknown(error)) => {
            let message = format!("{service} was not asked whether it accepts this: {}", error.message());
            say::warn(io, &message, error.next_step())?;
        }
        Some(Verdict::Accepted) => {
            say::tell(io, &format!("{service} accepts it"))?;
        }
        Some(Verdict::Refused(_)) | None => {}
    }
    Ok(exit::CLEAN)
}

/// Removes secrets.
///
/// # Errors
/// A service that has none of that name, or a keyring that refuses.
pub(in crate::cli) fn logout(args: &Out, globals: &Globals, io: &mut Io) -> Result<u8> {
    refuse_sandbox(globals)?;
    let (service, names) = chosen(&args.service, args.name.as_deref())?;
    let keyring = io.keyring();
    for name in names {
        let removed = keyring.remove(service, name).map_err(KeyringError::error)?;
        let said = if removed { "is out of the keyring" } else { "was not in the keyring" };
        say::tell(io, &format!("{service} {name} {said}"))?;
    }
    Ok(exit::CLEAN)
}

fn refuse_sandbox(globals: &Globals) -> Result<()> {
    if !globals.sandbox {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, "the sandbox takes no secrets from a keyring")
        .hint("leave out --sandbox")
        .into())
}

/// Returns the service with this name, and the secrets of it that are meant.
fn chosen(service: &str, name: Option<&str>) -> Result<(&'static str, Vec<&'static str>)> {
    let known = config::secrets();
    let (service, names) = known.iter().find(|(known, _)| *known == service).ok_or_else(|| {
        Error::new(Kind::Usage, format!("\"{service}\" is not a service with secrets"))
            .hint(format!("there are {}", services().join(", ")))
    })?;
    match name {
        None => Ok((service, names.to_vec())),
        Some(wanted) => match names.iter().find(|name| *name == &wanted) {
            Some(name) => Ok((service, vec![*name])),
            None => Err(Error::new(Kind::Usage, format!("{service} has no secret \"{wanted}\""))
                .hint(format!("it has {}", names.join(", ")))
                .into()),
        },
    }
}

/// Stores all secrets, or none: where one is not taken, those before it are put back as they were.
fn store(keyring: &dyn Keyring, service: &str, secrets: &[(&'static str, Secret)]) -> Result<()> {
    let mut earlier: Vec<(&str, Option<Secret>)> = Vec::new();
    for (name, secret) in secrets {
        let stored = keyring
            .read(service, name)
            .and_then(|before| keyring.write(service, name, secret).map(|()| before));
        match stored {
            Ok(before) => earlier.push((name, before)),
            Err(trouble) => {
                let back = earlier.into_iter().rev().filter_map(|(name, before)| {
                    let put = match &before {
                        Some(before) => keyring.write(service, name, before),
                        None => keyring.remove(service, name).map(drop),
                    };
                    put.err().map(|_| name)
                });
                let changed: Vec<&str> = back.collect();
                return Err(trouble
                    .error()
                    .within(match &changed[..] {
                        [] => format!("{service} {name} was not stored, and nothing else"),
                        changed => format!("{service} {name} was not stored, but {} was", changed.join(", ")),
                    })
                    .into());
            }
        }
    }
    Ok(())
}

/// Says where a secret comes from that was stored in vain: the keyring is looked at last.
fn warn_of_others(service: &str, name: &str, globals: &Globals, io: &mut Io) -> Result<()> {
    let around = io.machine().surroundings(None);
    let Ok(origins) = config::find(globals.config.as_deref(), io.env()).and_then(|path| {
        let text = read_text(&path, Kind::Config, &path.display().to_string())?.text;
        config::origins(&path, &text, &around)
    }) else {
        return Ok(());
    };
    let origin = origins.into_iter().find(|(of, known, _)| *of == service && *known == name);
    match origin {
        Some((.., origin @ (Origin::Variable(_) | Origin::File(_) | Origin::Command(_)))) => {
            let message = format!("{service} {name} still comes from {}, before the keyring", shown(&origin));
            say::warn(io, &message, Some("take that away to use what is in the keyring"))
        }
        _ => Ok(()),
    }
}

/// Shows where each secret of the configuration comes from.
fn list(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    can_be(Document::Secrets, args.format)?;
    let path = config::find(globals.config.as_deref(), io.env())?;
    let text = read_text(&path, Kind::Config, &path.display().to_string())?.text;
    let origins = config::origins(&path, &text, &io.machine().surroundings(None))?;
    let text = match args.format {
        Format::Json => {
            let secret = |(service, name, origin)| {
                let (source, place) = source(&origin);
                SecretOf { service, secret: name, source, place }
            };
            let document =
                SecretsDocument { schema: SCHEMA, secrets: origins.into_iter().map(secret).collect() };
            format!("{}\n", serde_json::to_string_pretty(&document)?)
        }
        Format::Table | Format::Markdown | Format::Html | Format::Csv => {
            let line = |(service, name, origin): &(&str, &str, Origin)| {
                format!("{service:<13} {name:<17} {}\n", clean(&shown(origin)))
            };
            origins.iter().map(line).collect()
        }
    };
    io.results(text.as_bytes())?;
    Ok(exit::CLEAN)
}

/// Returns what programs read of an origin: its kind, and which one of that kind.
fn source(origin: &Origin) -> (&'static str, Option<String>) {
    match origin {
        Origin::Variable(name) => ("environment", Some(name.clone())),
        Origin::File(path) => ("file", Some(path.display().to_string())),
        Origin::Command(program) => ("command", Some(program.clone())),
        Origin::Keyring => ("keyring", None),
        Origin::Nowhere => ("not-set", None),
        Origin::Unknown(KeyringFailure::Locked) => ("keyring-locked", None),
        Origin::Unknown(KeyringFailure::Missing | KeyringFailure::Broken) => ("keyring-broken", None),
    }
}

fn shown(origin: &Origin) -> String {
    match (origin, source(origin)) {
        (Origin::Nowhere, _) => "not set".to_owned(),
        (Origin::Unknown(lack), _) => format!("not known: {}", KeyringError::new(*lack)),
        (_, (kind, Some(place))) => format!("{kind} {place}"),
        (_, (kind, None)) => kind.to_owned(),
    }
}

/// How often a secret is asked for until one is typed.
const TIMES: usize = 3;

/// Asks for a secret; `None` where it is left out.
fn ask(service: &str, name: &str, can_be_left_out: bool, io: &mut Io) -> Result<Option<Secret>> {
    if !io.can_ask() {
        return Err(Error::new(Kind::Usage, "a secret is asked for, and this is not a terminal")
            .hint(format!("pipe the secret in: crsync login {service} {name} --stdin"))
            .into());
    }
    let how = if can_be_left_out { " (Enter leaves it out)" } else { "" };
    for _ in 0..TIMES {
        let typed = Secret::new(io.hidden_line(&format!("{service} {name}{how}"))?);
        match typed.expose().trim_start_matches(MARK).trim() {
            "" if can_be_left_out => return Ok(None),
            "" => say::warn(io, "a blank is no secret", None)?,
            text => return Ok(Some(Secret::new(text))),
        }
    }
    Err(Error::new(Kind::Usage, "no secret was typed, so nothing was stored").into())
}

/// Reads the first line of standard input.
fn from_stdin(io: &mut Io) -> Result<Secret> {
    let bytes = io.input().context(OUTPUT)?;
    let text =
        String::from_utf8(bytes).map_err(|_| Error::new(Kind::Usage, "standard input is not UTF-8"))?;
    let line = text.trim_start_matches(MARK).trim().lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        return Err(Error::new(Kind::Usage, "standard input held no secret").into());
    }
    Ok(Secret::new(line))
}
