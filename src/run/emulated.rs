//! The sandbox, for builds that have it: what `--sandbox` works on and `crsync sandbox` serves.

use std::io;
use std::path::Path;

use crate::error::{Error, Kind, Result};

/// The emulated services, which answer as long as this lives.
#[cfg(feature = "sandbox")]
#[allow(missing_debug_implementations)] // a server has none
pub struct Emulated(crsync_sandbox::Sandbox);

#[cfg(feature = "sandbox")]
impl Emulated {
    /// Serves the services on this port of 127.0.0.1 (0 takes a free one), with their state in `folder`.
    ///
    /// # Errors
    /// A port or a folder that cannot be used.
    pub fn start(folder: &Path, port: u16) -> Result<Self> {
        use crsync_sandbox::{Options, Sandbox};

        let options = Options { state: Some(folder.to_owned()), port, ..Options::default() };
        Sandbox::start(options).map(Self).map_err(|error| {
            let hint = if port == 0 {
                "run `crsync sandbox --reset` to start over with a fresh one"
            } else {
                "choose another --port, or start over with `crsync sandbox --reset`"
            };
            Error::new(Kind::State, "the sandbox cannot start").hint(hint).source(error)
        })
    }

    /// Returns where they answer.
    pub fn url(&self) -> &str {
        self.0.url()
    }

    /// Returns a complete configuration for them.
    pub fn config(&self) -> String {
        self.0.config()
    }

    /// Returns their secrets by the environment variables that hold them.
    pub fn secrets(&self) -> Vec<(&'static str, String)> {
        self.0.secrets()
    }
}

/// Forgets the state of the sandbox in `folder`.
///
/// # Errors
/// Files that cannot be removed.
#[cfg(feature = "sandbox")]
pub fn reset(folder: &Path) -> io::Result<()> {
    crsync_sandbox::reset(folder)
}

/// A build without the sandbox has none of these.
#[cfg(not(feature = "sandbox"))]
#[allow(missing_debug_implementations)] // as the build with a sandbox
pub enum Emulated {}

#[cfg(not(feature = "sandbox"))]
impl Emulated {
    /// Refuses.
    ///
    /// # Errors
    /// Always.
    pub fn start(_: &Path, _: u16) -> Result<Self> {
        Err(Error::new(Kind::Usage, "this crsync was built without the sandbox")
            .hint("build it with `--features sandbox`, or work on a configuration of your own"))
    }

    pub fn url(&self) -> &str {
        match *self {}
    }

    pub fn config(&self) -> String {
        match *self {}
    }

    pub fn secrets(&self) -> Vec<(&'static str, String)> {
        match *self {}
    }
}

/// Has nothing to forget.
///
/// # Errors
/// None.
#[cfg(not(feature = "sandbox"))]
#[allow(clippy::unnecessary_wraps)] // as the build with a sandbox
pub fn reset(_: &Path) -> io::Result<()> {
    Ok(())
}
