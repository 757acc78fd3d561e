//! Clients served by a sandbox, for benches that run the whole program.

#![allow(dead_code, clippy::expect_used)] // each of those who use it needs a part of it

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crsync_sandbox::{Options, Sandbox};
use tempfile::TempDir;

/// A sandbox, and a scratch folder with its configuration.
pub struct Served {
    pub sandbox: Sandbox,
    folder: TempDir,
}

impl Served {
    /// Starts a sandbox.
    pub fn start(options: Options) -> Self {
        let sandbox = Sandbox::start(options).expect("clients that can be read, and a free port");
        let folder = tempfile::tempdir().expect("a scratch folder");
        let served = Self { sandbox, folder };
        std::fs::write(served.config(), served.sandbox.config()).expect("a writable folder");
        served
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("crsync.toml")
    }

    /// The variables that a run needs: the secrets, and where its state is kept.
    pub fn env(&self, state: &str) -> BTreeMap<String, String> {
        let secrets = self.sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value));
        let state = self.folder.path().join(state).display().to_string();
        secrets.chain([("CRSYNC_STATE".to_owned(), state)]).collect()
    }

    /// The program with these words, ready to be started in a process of its own; it shows nothing but errors.
    pub fn program(&self, words: &[&str], state: &str) -> Command {
        let mut program = Command::new(env!("CARGO_BIN_EXE_crsync"));
        program.args(words).arg("--config").arg(self.config());
        program.env_clear().envs(self.env(state)).env("HOME", self.folder.path()).stdout(Stdio::null());
        program
    }
}

/// So many clients in the form of the sandbox's fixtures, whose people agree on all sides.
pub fn clients(clients: usize, people: usize) -> Vec<String> {
    let client = |number: usize| {
        let (portal, psa) = (20 + number, 1_000 + number);
        format!(
            "name = \"Client {number}\"\ntenant = \"a1de0001-0000-4000-8000-{number:012}\"\n\
             domains = [\"client{number}.example\"]\nskus = [\"SPB\", \"FLOW_FREE\"]\ncloudradial = {portal}\n\
             psa = {psa}\nowner = 1\nportal-account-manager = \"Robin Hale\"\ncrowd = {people}\n\
             [defaults]\nlicences = [\"SPB\"]\n"
        )
    };
    (0..clients).map(client).collect()
}
