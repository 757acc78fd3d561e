//! Secrets: a type that cannot be printed, and the places secrets come from.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use zeroize::Zeroizing;

use crate::error::{Error, Kind, Result};
use crate::files::{Encoding, MARK, decode, read_text};

/// A secret text. It has no `Display` and no `Serialize`, its `Debug` shows nothing of it, and its memory is
/// wiped when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes `text` in.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// Where one secret is looked for, in this order: environment, file, command, keyring.
#[derive(Debug, Clone)]
pub struct Places<'a> {
    /// The service it belongs to, as the configuration calls it: `autotask`.
    pub service: &'a str,
    /// Its name there: `integration-code`.
    pub name: &'a str,
    /// A file that holds it.
    pub file: Option<PathBuf>,
    /// A command that prints it, with its arguments.
    pub command: Vec<String>,
}

impl Places<'_> {
    /// The environment variable: `CRSYNC_AUTOTASK_INTEGRATION_CODE`.
    pub fn variable(&self) -> String {
        format!("CRSYNC_{}_{}", self.service, self.name).to_uppercase().replace('-', "_")
    }

    /// Looks in all places.
    ///
    /// # Errors
    /// [`Kind::Config`] when it is nowhere, when the file is open to others, or when the command fails.
    pub fn find(&self, env: &BTreeMap<String, String>) -> Result<Secret> {
        let variable = self.variable();
        if let Some(value) = env.get(&variable).filter(|value| !value.trim().is_empty()) {
            return Ok(Secret::new(value.trim_start_matches(MARK).trim()));
        }
        if let Some(file) = &self.file {
            return read_file(file);
        }
        if let Some((program, arguments)) = self.command.split_first() {
            return run(program, arguments);
        }
        let found = keyring_entry(self.service, self.name).and_then(|entry| entry.read());
        found.ok_or_else(|| {
            let Self { service, name, .. } = self;
            Error::new(Kind::Config, format!("the secret `{name}` of {service} was not found")).hint(format!(
                "set {variable}, or `{name}-file` or `{name}-command` under [{service}], or run `crsync login {service} {name}`"
            ))
        })
    }
}

/// Reads a secret from a file that only its owner can read.
fn read_file(path: &Path) -> Result<Secret> {
    let shown = path.display();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let unreadable = |error: std::io::Error| {
            Error::new(Kind::Config, format!("the secret file {shown} cannot be read")).source(error)
        };
        let mode = std::fs::metadata(path).map_err(unreadable)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(Error::new(
                Kind::Config,
                format!("the secret file {shown} is open to others than its owner"),
            )
            .hint(format!("run `chmod 600 {shown}`")));
        }
    }
    let text = read_text(path, Kind::Config, &format!("the secret file {shown}"))?;
    let text = Zeroizing::new(text.text);
    if text.trim().is_empty() {
        return Err(Error::new(Kind::Config, format!("the secret file {shown} is empty")));
    }
    Ok(Secret::new(text.trim()))
}

/// Runs a command that prints a secret. What it prints is never shown, not even when it fails.
fn run(program: &str, arguments: &[String]) -> Result<Secret> {
    let failed = |what: String| {
        Error::new(Kind::Config, format!("the secret command `{program}` {what}"))
            .hint("run it by hand; it must print the secret and nothing else")
    };
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    let text = decode(output.stdout).map_err(|encoding| match encoding {
        Encoding::Wide(name) => failed(format!("printed {name}, not UTF-8")),
        Encoding::Other(_) => failed("printed no text".to_owned()),
    })?;
    let text = Zeroizing::new(text.text);
    if text.trim().is_empty() {
        return Err(failed("printed nothing".to_owned()));
    }
    Ok(Secret::new(text.trim()))
}

/// A place in the desktop's keyring.
#[allow(missing_debug_implementations)] // it must not show what it may hold
pub struct KeyringEntry {
    #[cfg(feature = "keyring")]
    entry: keyring::Entry,
}

/// The keyring's place for a secret; `None` where there is no keyring to ask.
pub fn keyring_entry(service: &str, name: &str) -> Option<KeyringEntry> {
    #[cfg(feature = "keyring")]
    {
        keyring::Entry::new("crsync", &format!("{service}/{name}")).ok().map(|entry| KeyringEntry { entry })
    }
    #[cfg(not(feature = "keyring"))]
    {
        let _ = (service, name);
        None
    }
}

#[cfg(feature = "keyring")]
impl KeyringEntry {
    /// The secret, if it is there.
    pub fn read(&self) -> Option<Secret> {
        self.entry.get_password().ok().map(Secret::new)
    }

    /// Stores the secret.
    ///
    /// # Errors
    /// [`Kind::State`] when the keyring does not take it.
    pub fn write(&self, secret: &Secret) -> Result<()> {
        self.entry.set_password(secret.expose()).map_err(|error| refused("does not take the secret", error))
    }

    /// Removes the secret; says whether there was one.
    ///
    /// # Errors
    /// [`Kind::State`] when the keyring does not remove it.
    pub fn remove(&self) -> Result<bool> {
        match self.entry.delete_credential() {
            Ok(()) => Ok(true),
            Err(keyring::Error::NoEntry) => Ok(false),
            Err(error) => Err(refused("does not remove the secret", error)),
        }
    }
}

#[cfg(not(feature = "keyring"))]
impl KeyringEntry {
    /// Nothing: this build has no keyring.
    pub fn read(&self) -> Option<Secret> {
        None
    }

    /// Refuses: this build has no keyring.
    ///
    /// # Errors
    /// Always.
    pub fn write(&self, _: &Secret) -> Result<()> {
        Err(Error::new(Kind::State, "this build has no keyring"))
    }

    /// Refuses: this build has no keyring.
    ///
    /// # Errors
    /// Always.
    pub fn remove(&self) -> Result<bool> {
        Err(Error::new(Kind::State, "this build has no keyring"))
    }
}

#[cfg(feature = "keyring")]
fn refused(what: &str, error: keyring::Error) -> Error {
    Error::new(Kind::State, format!("the keyring {what}"))
        .hint("use the environment, a file or a command instead; the README lists the names")
        .source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places<'a>() -> Places<'a> {
        Places { service: "autotask", name: "integration-code", file: None, command: Vec::new() }
    }

    fn env() -> BTreeMap<String, String> {
        BTreeMap::from([("CRSYNC_AUTOTASK_INTEGRATION_CODE".to_owned(), "from the environment\n".to_owned())])
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert_eq!(format!("{:?}", Secret::new("hunter2")), "[secret]");
    }

    #[test]
    fn the_environment_comes_before_file_and_command() {
        let places = Places { file: Some("/nonexistent".into()), command: vec!["false".into()], ..places() };
        assert_eq!(places.find(&env()).expect("set").expose(), "from the environment");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_open_to_others_is_refused_with_the_command_that_closes_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("secret");
        std::fs::write(&file, "hunter2\n").expect("a writable folder");
        let places = Places { file: Some(file.clone()), ..places() };
        let set = |mode| {
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).expect("our own file");
        };
        set(0o644);
        let error = places.find(&BTreeMap::new()).expect_err("open to others");
        assert!(error.next_step().is_some_and(|next| next.starts_with("run `chmod 600 ")), "{error}");
        set(0o600);
        assert_eq!(places.find(&BTreeMap::new()).expect("private").expose(), "hunter2");
    }

    #[cfg(unix)]
    #[test]
    fn a_command_prints_the_secret_and_its_failure_shows_nothing_of_it() {
        let command =
            |script: &str| Places { command: vec!["sh".into(), "-c".into(), script.into()], ..places() };
        assert_eq!(command("echo hunter2").find(&BTreeMap::new()).expect("printed").expose(), "hunter2");
        let error = command("echo hunter2; exit 3").find(&BTreeMap::new()).expect_err("failed");
        assert!(!error.to_string().contains("hunter2") && error.to_string().contains('3'), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_byte_order_mark_is_no_part_of_a_secret() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("a scratch folder");
        let file = folder.path().join("secret");
        let find = |bytes: &[u8]| {
            std::fs::write(&file, bytes).expect("a writable folder");
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).expect("our own file");
            Places { file: Some(file.clone()), ..places() }.find(&BTreeMap::new())
        };
        assert_eq!(find("\u{feff}hunter2\r\n".as_bytes()).expect("a secret").expose(), "hunter2");
        let error = find(b"\xff\xfeh\0u\0n\0").expect_err("UTF-16");
        assert!(error.message().contains("UTF-16") && !error.to_string().contains("hun"), "{error}");
        let command = vec!["printf".to_owned(), "\\357\\273\\277hunter2\\r\\n".to_owned()];
        let printed = Places { command, ..places() }.find(&BTreeMap::new()).expect("printed");
        assert_eq!(printed.expose(), "hunter2");
    }

    #[test]
    fn a_secret_that_is_nowhere_names_every_place() {
        let error = places().find(&BTreeMap::new()).expect_err("nowhere");
        let hint = error.next_step().unwrap_or_default();
        for place in [
            "CRSYNC_AUTOTASK_INTEGRATION_CODE",
            "integration-code-file",
            "integration-code-command",
            "crsync login",
        ] {
            assert!(hint.contains(place), "{hint}");
        }
    }
}
