//! The desktop's keyring: where it is, whether it answers, and what it holds.

use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use super::Secret;
use crate::error::{Error, Kind};

/// A store of secrets by service and name.
pub trait Keyring: Send + Sync {
    /// Reads a secret; `None` where the keyring is open and has none of that name.
    ///
    /// # Errors
    /// What keeps the keyring from being asked.
    fn read(&self, service: &str, name: &str) -> Result<Option<Secret>, KeyringError>;

    /// Stores a secret in the place of an earlier one.
    ///
    /// # Errors
    /// What keeps it from being stored.
    fn write(&self, service: &str, name: &str, secret: &Secret) -> Result<(), KeyringError>;

    /// Removes a secret; says whether there was one.
    ///
    /// # Errors
    /// What keeps it from being removed.
    fn remove(&self, service: &str, name: &str) -> Result<bool, KeyringError>;
}

/// What keeps a keyring from doing its work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyringFailure {
    /// There is none.
    Missing,
    /// It is there, and locked.
    Locked,
    /// It is there, and does not do what it is asked.
    Broken,
}

/// Why a keyring did not do what it was asked.
#[derive(Debug)]
pub struct KeyringError {
    /// What kind of trouble it is.
    pub failure: KeyringFailure,
    /// What the system says of it.
    pub cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl KeyringError {
    /// Returns a trouble of this kind without a cause.
    pub fn new(failure: KeyringFailure) -> Self {
        Self { failure, cause: None }
    }

    /// Returns the same as an error, with the next step.
    pub fn error(self) -> Error {
        let hint = match self.failure {
            KeyringFailure::Missing => {
                "use the environment, a file or a command instead, as the documentation of secrets shows"
            }
            KeyringFailure::Locked => {
                "unlock it, which signing in to the desktop does, and run the command again; on a server use the \
                 environment, a file or a command instead"
            }
            KeyringFailure::Broken => {
                "run the command again, or use the environment, a file or a command instead"
            }
        };
        let error = Error::new(Kind::State, self.to_string()).hint(hint);
        match self.cause {
            Some(cause) => error.source(cause),
            None => error,
        }
    }
}

impl fmt::Display for KeyringError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.failure {
            KeyringFailure::Missing => "there is no keyring on this machine",
            KeyringFailure::Locked => "the keyring is locked",
            KeyringFailure::Broken => "the keyring does not work",
        })
    }
}

/// A machine without a keyring.
#[derive(Debug, Clone, Copy)]
pub struct NoKeyring;

impl Keyring for NoKeyring {
    fn read(&self, _: &str, _: &str) -> Result<Option<Secret>, KeyringError> {
        Err(KeyringError::new(KeyringFailure::Missing))
    }

    fn write(&self, _: &str, _: &str, _: &Secret) -> Result<(), KeyringError> {
        Err(KeyringError::new(KeyringFailure::Missing))
    }

    fn remove(&self, _: &str, _: &str) -> Result<bool, KeyringError> {
        Err(KeyringError::new(KeyringFailure::Missing))
    }
}

/// Reads a secret, for `limit` at most: a locked keyring waits for a person to unlock it.
pub(super) fn read_within(
    keyring: Arc<dyn Keyring>,
    service: &str,
    name: &str,
    limit: Duration,
) -> Result<Option<Secret>, KeyringError> {
    let (send, receive) = mpsc::channel();
    let (service, name) = (service.to_owned(), name.to_owned());
    thread::spawn(move || {
        // Too late, nothing hears it any more.
        let _ = send.send(keyring.read(&service, &name));
    });
    receive.recv_timeout(limit).unwrap_or_else(|_| {
        let cause = format!("it did not answer within {} s", limit.as_secs());
        Err(KeyringError { failure: KeyringFailure::Locked, cause: Some(cause.into()) })
    })
}

/// The keyring of the desktop that crsync runs on.
#[derive(Debug, Clone, Copy)]
pub struct DesktopKeyring;

#[cfg(feature = "keyring")]
mod desktop {
    use super::{DesktopKeyring, Keyring, KeyringError, KeyringFailure, Secret};

    fn entry(service: &str, name: &str) -> Result<keyring::Entry, KeyringError> {
        keyring::Entry::new("crsync", &format!("{service}/{name}")).map_err(trouble)
    }

    fn trouble(error: keyring::Error) -> KeyringError {
        use keyring::Error::{BadDataFormat, BadEncoding, NoDefaultStore, NoStorageAccess};
        match error {
            NoDefaultStore => {
                let cause =
                    keyring::Entry::store_status().as_ref().err().map(|error| error.to_string().into());
                KeyringError { failure: KeyringFailure::Missing, cause }
            }
            NoStorageAccess(cause) => KeyringError { failure: KeyringFailure::Locked, cause: Some(cause) },
            // They hold what was stored.
            BadEncoding(_) | BadDataFormat(..) => KeyringError {
                failure: KeyringFailure::Broken,
                cause: Some("what it holds is no text; store the secret again".into()),
            },
            error => KeyringError { failure: KeyringFailure::Broken, cause: Some(error.into()) },
        }
    }

    impl Keyring for DesktopKeyring {
        fn read(&self, service: &str, name: &str) -> Result<Option<Secret>, KeyringError> {
            match entry(service, name)?.get_password() {
                Ok(text) => Ok(Some(Secret::new(text))),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(trouble(error)),
            }
        }

        fn write(&self, service: &str, name: &str, secret: &Secret) -> Result<(), KeyringError> {
            entry(service, name)?.set_password(secret.expose()).map_err(trouble)
        }

        fn remove(&self, service: &str, name: &str) -> Result<bool, KeyringError> {
            match entry(service, name)?.delete_credential() {
                Ok(()) => Ok(true),
                Err(keyring::Error::NoEntry) => Ok(false),
                Err(error) => Err(trouble(error)),
            }
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_locked_keyring_and_a_missing_one_are_told_apart_and_nothing_stored_is_quoted() {
            let failure = |error| trouble(error).failure;
            assert_eq!(failure(keyring::Error::NoDefaultStore), KeyringFailure::Missing);
            assert_eq!(failure(keyring::Error::NoStorageAccess("locked".into())), KeyringFailure::Locked);
            assert_eq!(failure(keyring::Error::PlatformFailure("gone".into())), KeyringFailure::Broken);
            let shown = format!("{:?}", trouble(keyring::Error::BadEncoding(b"hunter2".to_vec())).error());
            assert!(shown.contains("is no text") && !shown.contains("104, 117"), "{shown}");
        }
    }
}

#[cfg(not(feature = "keyring"))]
impl Keyring for DesktopKeyring {
    fn read(&self, service: &str, name: &str) -> Result<Option<Secret>, KeyringError> {
        NoKeyring.read(service, name)
    }

    fn write(&self, service: &str, name: &str, secret: &Secret) -> Result<(), KeyringError> {
        NoKeyring.write(service, name, secret)
    }

    fn remove(&self, service: &str, name: &str) -> Result<bool, KeyringError> {
        NoKeyring.remove(service, name)
    }
}
