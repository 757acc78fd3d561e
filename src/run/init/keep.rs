//! Where secrets are kept: the keyring, private files, the environment, or what a command prints.

use std::path::{Path, PathBuf};

use super::{Wizard, stopped};
use crate::error::{Error, Kind, Result};
use crate::files::{self, Safe};
use crate::secret::{Keyring, KeyringError, Places, Secret};
pub(super) use crate::text::shell::words;

/// Where the secrets of a service are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Keyring,
    Files,
    Environment,
    Command,
}

/// A secret that is kept once the configuration is written.
pub(super) struct Keep {
    pub(super) service: &'static str,
    pub(super) name: &'static str,
    pub(super) secret: Secret,
    pub(super) place: Place,
}

/// Asks where the secrets of a service are to be. Where its table is there already, nothing in it is changed, so that only
/// the places that need no key are offered.
pub(super) fn place(
    service: &'static str,
    names: &[&'static str],
    has_table: bool,
    keyring: &dyn Keyring,
    wizard: &mut dyn Wizard,
) -> Result<Place> {
    let has_keyring = names.first().is_some_and(|name| keyring.read(service, name).is_ok());
    let all = [
        (Place::Keyring, "in this desktop's keyring", has_keyring),
        (Place::Files, "in private files beside the configuration, for a server", !has_table),
        (Place::Environment, "in environment variables, which you set yourself", true),
        (Place::Command, "in a password manager, whose command prints them", !has_table),
    ];
    let offered: Vec<(Place, &str)> =
        all.into_iter().filter(|(.., offered)| *offered).map(|(place, words, _)| (place, words)).collect();
    let items: Vec<String> = offered.iter().map(|(_, words)| (*words).to_owned()).collect();
    let chosen = wizard.choose(&format!("Where the secrets of {service} are kept"), &items)?;
    chosen.and_then(|at| offered.get(at)).map(|(place, _)| *place).ok_or_else(stopped)
}

/// Returns the path of a secret's file, as the configuration names it.
pub(super) fn file_of(service: &str, name: &str) -> String {
    format!("secrets/{service}-{name}")
}

impl Keep {
    /// Puts the secret where it is to be; `config` is the configuration's path.
    pub(super) fn keep(&self, config: &Path, keyring: &dyn Keyring, wizard: &mut dyn Wizard) -> Result<()> {
        let Self { service, name, secret, place } = self;
        match place {
            Place::Keyring => {
                keyring.write(service, name, secret).map_err(KeyringError::error)?;
                wizard.tell(&format!("{service} {name} is in the keyring"))
            }
            Place::Files => {
                let path = beside(config, &file_of(service, name));
                if path.is_symlink() || path.exists() {
                    return Err(Error::new(
                        Kind::State,
                        format!("{} is there already, and is not replaced", path.display()),
                    )
                    .hint("move it away, or keep the secret in another place"));
                }
                let folder = path.parent().unwrap_or(config);
                files::make_folder(folder)
                    .and_then(|()| files::replace(&path, secret.expose().as_bytes(), Safe::OnDisk))
                    .map_err(|error| {
                        Error::new(Kind::State, format!("{} cannot be written", path.display()))
                            .hint("keep the secret in another place")
                            .source(error)
                    })?;
                wizard.tell(&format!("{service} {name} is in {}", path.display()))
            }
            Place::Environment => {
                let variable = Places { service, name, file: None, command: Vec::new() }.variable();
                wizard.warn(
                    &format!("{service} {name} is kept nowhere"),
                    Some(&format!("set {variable} for every run of crsync")),
                )
            }
            Place::Command => Ok(()),
        }
    }
}

fn beside(config: &Path, name: &str) -> PathBuf {
    config.parent().unwrap_or(Path::new("")).join(name)
}
