//! What a scheduler has to know of the runs that it starts, and what a person has to know of that.

use std::time::Duration;

use super::times::{Times, told};
use crate::run::options::Shard;
use crate::secret::Origin;

/// How long a run may take beyond its deadline, to end the calls in flight and to close the journal.
const TO_END: Duration = Duration::from_secs(600);

/// Everything that a unit says.
#[derive(Debug, Clone)]
pub(super) struct Facts {
    /// The path of the program.
    pub(super) program: String,
    /// The account that the runs work as.
    pub(super) account: String,
    /// The path of the configuration.
    pub(super) config: String,
    /// Whether there is one.
    pub(super) is_configured: bool,
    /// The folder of what survives a run.
    pub(super) state: String,
    /// Where each secret comes from.
    pub(super) secrets: Vec<SecretPlace>,
    /// The file of the environment variables of secrets.
    pub(super) variables: String,
    /// Where output goes that nothing else keeps.
    pub(super) log: String,
    /// The PSA, where it is not that of the configuration.
    pub(super) psa: Option<String>,
    /// When the runs begin.
    pub(super) times: Times,
    /// How long each may take.
    pub(super) deadline: Duration,
    /// Which companies the runs are of.
    pub(super) part: Part,
}

/// Which companies runs are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of them, each night in one run.
    Whole,
    /// One part of them.
    One(Shard),
    /// All of them, each night in so many runs at the same time.
    Each(u64),
}

/// The variable with the number of a run among those of one night, from 0.
pub(super) const INDEX: &str = "PART";

/// Where one secret comes from; never what it is.
#[derive(Debug, Clone)]
pub(super) struct SecretPlace {
    /// The service and the secret's name.
    pub(super) name: String,
    /// The environment variable that may hold it, whatever else does.
    pub(super) variable: String,
    /// Where it comes from.
    pub(super) origin: Origin,
    /// Whether the service can do without it.
    pub(super) is_optional: bool,
}

impl SecretPlace {
    /// Returns whether the secret needs the environment: a service opens no desktop's keyring.
    pub(super) fn needs_variable(&self) -> bool {
        match self.origin {
            Origin::File(_) | Origin::Command(_) => false,
            // One that is nowhere may be in the file of variables, which crsync itself never reads.
            Origin::Nowhere | Origin::Variable(_) | Origin::Keyring | Origin::Unknown(_) => true,
        }
    }

    /// Returns whether a secret is known to be there at all: some services take one of several.
    pub(super) fn is_there(&self) -> bool {
        self.origin != Origin::Nowhere
    }
}

impl Facts {
    /// Returns the arguments of a run with the configuration at `config`.
    pub(super) fn arguments(&self, config: &str) -> Vec<String> {
        let fixed = ["sync", "--yes", "--quiet", "--config", config].map(ToOwned::to_owned);
        let shard = match self.part {
            Part::Whole => None,
            Part::One(shard) => Some(shard.to_string()),
            Part::Each(of) => Some(format!("$({INDEX})+1/{of}")),
        };
        let more =
            [("--psa", self.psa.clone()), ("--deadline", Some(told(self.deadline))), ("--shard", shard)];
        let more = more.into_iter().filter_map(|(flag, value)| Some([flag.to_owned(), value?]));
        fixed.into_iter().chain(more.flatten()).collect()
    }

    /// Returns the seconds after which a scheduler ends a run that did not end by itself.
    pub(super) fn limit(&self) -> u64 {
        (self.deadline + TO_END).as_secs()
    }

    /// Returns whether a secret comes from the environment.
    pub(super) fn has_variables(&self) -> bool {
        self.secrets.iter().any(SecretPlace::needs_variable)
    }

    /// Returns what is said of the configuration, the account and the state.
    pub(super) fn about(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if !self.is_configured {
            lines.push(format!(
                "There is no configuration at {}, the default place, yet: crsync init writes one.",
                self.config
            ));
        }
        lines.push(format!(
            "Runs work as {}, who must own {} and be able to read {}.",
            self.account, self.state, self.config
        ));
        lines
    }

    /// Returns what is said of the secrets on a machine whose schedules read variables from a file.
    pub(super) fn secrets_by_file(&self) -> Vec<String> {
        let file = format!("set {{}} in {}", self.variables);
        let mut lines = self.secrets_told(&file, &format!("{file}, or leave it out: it is optional"));
        if !self.has_variables() {
            return lines;
        }
        lines.push(format!(
            "{} holds lines such as NAME='value'; it belongs to the account that reads it, mode 0600.",
            self.variables
        ));
        lines
    }

    /// Returns a line for each secret; `by_variable` says how its variable, `{}`, gets there, and `if_wanted` the same of
    /// one that is not set and that the service can do without.
    pub(super) fn secrets_told(&self, by_variable: &str, if_wanted: &str) -> Vec<String> {
        let line = |secret: &SecretPlace| {
            let set = by_variable.replace("{}", &secret.variable);
            let place = match &secret.origin {
                Origin::Variable(_) => set,
                Origin::File(path) => format!("from the file {}", path.display()),
                Origin::Command(program) => format!("from the command {program}"),
                Origin::Keyring | Origin::Unknown(_) => {
                    format!("{set}, since a schedule cannot open the keyring of a desktop")
                }
                Origin::Nowhere if secret.is_optional => if_wanted.replace("{}", &secret.variable),
                Origin::Nowhere => format!("{set}, or leave it out if the service needs another one"),
            };
            format!("  {}: {place}", secret.name)
        };
        if self.secrets.is_empty() {
            return Vec::new();
        }
        let title = "Secrets (their values are nowhere in this file):".to_owned();
        std::iter::once(title).chain(self.secrets.iter().map(line)).collect()
    }
}

/// Writes lines as comments that begin with `#`.
pub(super) fn hashed(lines: impl IntoIterator<Item = String>) -> String {
    lines.into_iter().map(|line| format!("# {line}\n")).collect::<Vec<_>>().concat()
}
