//! Secrets: a type that cannot be printed, the places secrets come from, and the one machine to which they may go without
//! HTTPS.

mod command;
mod file;
mod keyring;
mod this_machine;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

pub use keyring::{DesktopKeyring, Keyring, KeyringError, KeyringFailure, NoKeyring};
pub use this_machine::is_this_machine;

use crate::error::{Error, Kind, Result};
use crate::files::MARK;

/// A secret text.
///
/// It has no `Display` and no `Serialize`, its `Debug` shows nothing of it, and its memory is wiped when it is
/// dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// Returns the text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Environment variables by name.
pub type Variables = BTreeMap<String, String>;

/// What a run finds around itself when it looks for secrets.
pub trait Around {
    /// Returns the environment variables.
    fn variables(&self) -> &Variables;

    /// Returns the keyring.
    fn keyring(&self) -> Arc<dyn Keyring>;

    /// Returns when the run must be over.
    fn until(&self) -> Option<Instant>;
}

/// A machine with nothing but its environment.
impl Around for Variables {
    fn variables(&self) -> &Variables {
        self
    }

    fn keyring(&self) -> Arc<dyn Keyring> {
        Arc::new(NoKeyring)
    }

    fn until(&self) -> Option<Instant> {
        None
    }
}

/// A machine with its environment and a keyring, and the time that a run has there.
#[derive(Clone)]
#[allow(missing_debug_implementations)] // the variables hold secrets
pub struct Surroundings {
    /// Environment variables.
    pub variables: Variables,
    /// The keyring.
    pub keyring: Arc<dyn Keyring>,
    /// When the run must be over.
    pub until: Option<Instant>,
}

impl Around for Surroundings {
    fn variables(&self) -> &Variables {
        &self.variables
    }

    fn keyring(&self) -> Arc<dyn Keyring> {
        Arc::clone(&self.keyring)
    }

    fn until(&self) -> Option<Instant> {
        self.until
    }
}

/// Where one secret is looked for, in this order: environment, file, command, keyring.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    /// The service it belongs to, as the configuration calls it: `cloudradial`.
    pub service: &'a str,
    /// Its name there: `public-key`.
    pub name: &'a str,
    /// A file that holds it.
    pub file: Option<PathBuf>,
    /// A command that prints it, with its arguments.
    pub command: Vec<String>,
}

/// Where a secret comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// This environment variable.
    Variable(String),
    /// This file.
    File(PathBuf),
    /// This program.
    Command(String),
    /// The keyring.
    Keyring,
    /// It is nowhere.
    Nowhere,
    /// Nothing else names it, and the keyring, which may hold it, cannot be asked.
    Unknown(KeyringFailure),
}

impl Places<'_> {
    /// Returns the environment variable: `CRSYNC_CLOUDRADIAL_PUBLIC_KEY`.
    pub fn variable(&self) -> String {
        format!("CRSYNC_{}_{}", self.service, self.name).to_uppercase().replace('-', "_")
    }

    /// Returns where the secret comes from.
    ///
    /// No file is opened and no command is run for that.
    pub fn origin(&self, around: &dyn Around) -> Origin {
        let variable = self.variable();
        if self.value(around).is_some() {
            return Origin::Variable(variable);
        }
        if let Some(file) = &self.file {
            return Origin::File(file.clone());
        }
        if let Some(program) = self.command.first() {
            return Origin::Command(program.clone());
        }
        match keyring::read_within(around.keyring(), self.service, self.name, limit(around)) {
            Ok(Some(_)) => Origin::Keyring,
            Ok(None) | Err(KeyringError { failure: KeyringFailure::Missing, .. }) => Origin::Nowhere,
            Err(trouble) => Origin::Unknown(trouble.failure),
        }
    }

    /// Looks in all places.
    ///
    /// # Errors
    /// [`Kind::Config`] when it is nowhere, when the file is open to others, or when the command fails;
    /// [`Kind::State`] when only the keyring can hold it and does not answer.
    pub fn find(&self, around: &dyn Around) -> Result<Secret> {
        let Self { service, name, .. } = self;
        self.find_if_any(around)?.ok_or_else(|| {
            let variable = self.variable();
            Error::new(Kind::Config, format!("the secret `{name}` of {service} was not found")).hint(format!(
                "set {variable}, or `{name}-file` or `{name}-command` under [{service}], or run `crsync login {service} {name}`"
            ))
        })
    }

    /// Looks in all places; `None` where it is in none of them.
    ///
    /// # Errors
    /// [`Kind::Config`] when the file is missing or open to others, or when the command fails; [`Kind::State`] when only
    /// the keyring can hold it and does not answer.
    pub fn find_if_any(&self, around: &dyn Around) -> Result<Option<Secret>> {
        if let Some(value) = self.value(around) {
            return Ok(Some(Secret::new(value)));
        }
        if let Some(file) = &self.file {
            return file::read(file).map(Some);
        }
        if let Some((program, arguments)) = self.command.split_first() {
            return command::run(program, arguments, around.until(), command::LONGEST).map(Some);
        }
        let Self { service, name, .. } = self;
        match keyring::read_within(around.keyring(), service, name, limit(around)) {
            Ok(found) => Ok(found),
            Err(KeyringError { failure: KeyringFailure::Missing, .. }) => Ok(None),
            Err(trouble) => {
                Err(trouble.error().within(format!("the secret `{name}` of {service} cannot be looked up")))
            }
        }
    }

    /// Returns the text of the environment variable, where it is set and not blank.
    fn value<'e>(&self, around: &'e dyn Around) -> Option<&'e str> {
        let value = around.variables().get(&self.variable())?;
        let value = value.trim_start_matches(MARK).trim();
        (!value.is_empty()).then_some(value)
    }
}

/// Asks the keyring whether it answers; nothing is stored for that.
///
/// # Errors
/// What keeps the keyring from being asked.
pub fn ask_keyring(around: &dyn Around) -> Result<(), KeyringError> {
    keyring::read_within(around.keyring(), "crsync", "nothing", limit(around)).map(drop)
}

/// Returns how long a keyring may take.
fn limit(around: &dyn Around) -> Duration {
    let left = around.until().map(|until| until.saturating_duration_since(Instant::now()));
    left.map_or(command::LONGEST, |left| left.min(command::LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places<'a>() -> Places<'a> {
        Places { service: "cloudradial", name: "public-key", file: None, command: Vec::new() }
    }

    fn env() -> Variables {
        Variables::from([(
            "CRSYNC_CLOUDRADIAL_PUBLIC_KEY".to_owned(),
            "\u{feff}from the environment\n".to_owned(),
        )])
    }

    /// A keyring that is in trouble.
    struct Troubled(KeyringFailure);

    impl Keyring for Troubled {
        fn read(&self, _: &str, _: &str) -> Result<Option<Secret>, KeyringError> {
            Err(KeyringError::new(self.0))
        }

        fn write(&self, _: &str, _: &str, _: &Secret) -> Result<(), KeyringError> {
            Err(KeyringError::new(self.0))
        }

        fn remove(&self, _: &str, _: &str) -> Result<bool, KeyringError> {
            Err(KeyringError::new(self.0))
        }
    }

    fn with(failure: KeyringFailure) -> Surroundings {
        Surroundings { variables: Variables::new(), keyring: Arc::new(Troubled(failure)), until: None }
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn the_environment_comes_before_file_and_command() {
        let places = Places { file: Some("/nonexistent".into()), command: vec!["false".into()], ..places() };
        assert_eq!(places.find(&env()).expect("set").expose(), "from the environment");
        assert!(matches!(places.origin(&env()), Origin::Variable(_)));
        assert_eq!(places.origin(&Variables::new()), Origin::File("/nonexistent".into()));
    }

    #[test]
    fn a_secret_that_is_nowhere_names_every_place() {
        let error = places().find(&Variables::new()).expect_err("nowhere");
        let hint = error.next_step().unwrap_or_default();
        for place in
            ["CRSYNC_CLOUDRADIAL_PUBLIC_KEY", "public-key-file", "public-key-command", "crsync login"]
        {
            assert!(hint.contains(place), "{hint}");
        }
    }

    #[test]
    fn a_locked_keyring_is_not_a_missing_one() {
        let missing = places().find(&with(KeyringFailure::Missing)).expect_err("nowhere");
        assert_eq!(
            (missing.kind(), missing.message()),
            (Kind::Config, "the secret `public-key` of cloudradial was not found")
        );
        let locked = places().find(&with(KeyringFailure::Locked)).expect_err("locked");
        assert!(locked.message().ends_with("cannot be looked up: the keyring is locked"), "{locked}");
        assert!(locked.next_step().is_some_and(|next| next.starts_with("unlock it")), "{locked:?}");
        assert_eq!(places().origin(&with(KeyringFailure::Missing)), Origin::Nowhere);
        assert_eq!(places().origin(&with(KeyringFailure::Locked)), Origin::Unknown(KeyringFailure::Locked));
    }
}
