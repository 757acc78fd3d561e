//! `crsync login` and `crsync logout`: secrets into the desktop's keyring, and out of it.

use std::io::{BufRead, Write};

use super::exit;
use super::io::Io;
use crate::config;
use crate::error::{Error, Kind, Result};
use crate::secret::{KeyringEntry, Secret, keyring_entry};

/// Flags of `login` and `logout`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The service, as the configuration calls it: microsoft365, cloudradial, autotask …
    service: String,
    /// The secret's name; all of the service's secrets without it
    name: Option<String>,
    /// Read one secret from standard input instead of asking
    #[arg(long, requires = "name")]
    stdin: bool,
}

/// Asks for secrets and stores them.
///
/// # Errors
/// A service that has none of that name, nobody to ask, or a keyring that refuses.
pub(super) fn login(args: &Args, io: &mut Io) -> Result<u8> {
    for name in chosen(args)? {
        let secret = if args.stdin { from_stdin()? } else { ask(&args.service, name, io)? };
        entry(&args.service, name)?.write(&secret)?;
        writeln!(io.stderr(), "{} {name} is in the keyring", args.service).map_err(exit::output_error)?;
    }
    Ok(exit::CLEAN)
}

/// Removes secrets.
///
/// # Errors
/// A service that has none of that name, or a keyring that refuses.
pub(super) fn logout(args: &Args, io: &mut Io) -> Result<u8> {
    for name in chosen(args)? {
        let said = if entry(&args.service, name)?.remove()? {
            "is out of the keyring"
        } else {
            "was not in the keyring"
        };
        writeln!(io.stderr(), "{} {name} {said}", args.service).map_err(exit::output_error)?;
    }
    Ok(exit::CLEAN)
}

fn chosen(args: &Args) -> Result<Vec<&'static str>> {
    let known = config::secrets();
    let (_, names) = known.iter().find(|(service, _)| *service == args.service).ok_or_else(|| {
        let services = known.iter().map(|(service, _)| *service).collect::<Vec<_>>().join(", ");
        Error::new(Kind::Usage, format!("\"{}\" is not a service with secrets", args.service))
            .hint(format!("there are {services}"))
    })?;
    match &args.name {
        None => Ok(names.to_vec()),
        Some(wanted) => match names.iter().find(|name| *name == wanted) {
            Some(name) => Ok(vec![*name]),
            None => Err(Error::new(Kind::Usage, format!("{} has no secret \"{wanted}\"", args.service))
                .hint(format!("it has {}", names.join(", ")))),
        },
    }
}

fn entry(service: &str, name: &str) -> Result<KeyringEntry> {
    keyring_entry(service, name).ok_or_else(|| {
        Error::new(Kind::State, "there is no keyring on this machine")
            .hint("use the environment, a file or a command instead; the README lists the names")
    })
}

fn ask(service: &str, name: &str, io: &Io) -> Result<Secret> {
    if !io.can_ask() {
        return Err(Error::new(Kind::Usage, "nobody can be asked: this is no terminal")
            .hint(format!("pipe the secret in: crsync login {service} {name} --stdin")));
    }
    let typed = dialoguer::Password::new()
        .with_prompt(format!("{service} {name}"))
        .interact()
        .map_err(|error| Error::new(Kind::Interrupted, "nothing was stored").source(error))?;
    Ok(Secret::new(typed.trim()))
}

fn from_stdin() -> Result<Secret> {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(exit::output_error)?;
    if line.trim().is_empty() {
        return Err(Error::new(Kind::Usage, "standard input held no secret"));
    }
    Ok(Secret::new(line.trim()))
}
