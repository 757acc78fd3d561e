//! What a check-up finds: facts with a status and a next step, and the rights of an account.

use serde::Serialize;

use crate::model::{Held, Row};

/// What a check-up found.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct CheckUp {
    /// The facts, the worst last.
    pub facts: Vec<Fact>,
}

/// Something that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct Fact {
    /// Whether it is well.
    pub status: Status,
    /// What it is about.
    pub subject: Subject,
    /// What was found, in one sentence.
    pub says: String,
    /// The next step; `None` where there is nothing to do.
    pub next: Option<String>,
    /// The companies that it is about; empty where it is about none in particular.
    pub companies: Vec<String>,
}

/// Whether something is well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// It is.
    Ok,
    /// A person should look at it.
    Warn,
    /// It keeps crsync from its work.
    Fail,
}

/// What a fact is about, in the order in which facts are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// The configuration and the decisions beside it.
    Configuration,
    /// Where each secret comes from.
    Secrets,
    /// The desktop's keyring.
    Keyring,
    /// The folder of the journal.
    State,
    /// The clock of this machine.
    Clock,
    /// Signing in to the tenants, and what they consented to.
    #[serde(rename = "365")]
    Tenants,
    /// The portal.
    Portal,
    /// The PSA.
    Psa,
    /// The rights of the PSA's user.
    Rights,
    /// The user-defined fields.
    Fields,
    /// A company on all sides.
    Company,
    /// Settings that match nothing.
    Settings,
    /// The portal's own user sync.
    PortalSync,
    /// How many requests are used.
    Quota,
    /// Who is told what became of a run.
    Notices,
}

/// A right that the account of a service needs, and whether it has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct RightState {
    /// The right, as the service calls it.
    pub right: String,
    /// The rows that need it.
    pub rows: Vec<Row>,
    /// Whether the account has it.
    pub held: Held,
    /// Why that is not known, or what is missing, in one sentence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The next step.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Status {
    /// Returns the word that a line begins with.
    pub fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Fail => "FAIL",
        }
    }
}

impl Subject {
    /// Returns the word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Secrets => "secrets",
            Self::Keyring => "keyring",
            Self::State => "state",
            Self::Clock => "clock",
            Self::Tenants => "365",
            Self::Portal => "portal",
            Self::Psa => "PSA",
            Self::Rights => "rights",
            Self::Fields => "fields",
            Self::Company => "company",
            Self::Settings => "settings",
            Self::PortalSync => "portal sync",
            Self::Quota => "quota",
            Self::Notices => "notices",
        }
    }
}

impl Fact {
    /// Returns a fact that is well.
    pub fn ok(subject: Subject, says: impl Into<String>) -> Self {
        Self { status: Status::Ok, subject, says: says.into(), next: None, companies: Vec::new() }
    }

    /// Returns a fact that a person should look at.
    pub fn warn(subject: Subject, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { status: Status::Warn, next: Some(next.into()), ..Self::ok(subject, says) }
    }

    /// Returns a fact that keeps crsync from its work.
    pub fn fail(subject: Subject, says: impl Into<String>, next: impl Into<String>) -> Self {
        Self { status: Status::Fail, next: Some(next.into()), ..Self::ok(subject, says) }
    }

    /// Returns the same about these companies.
    #[must_use]
    pub fn about<'c>(self, companies: impl IntoIterator<Item = &'c str>) -> Self {
        Self { companies: companies.into_iter().map(ToOwned::to_owned).collect(), ..self }
    }
}

impl CheckUp {
    /// Returns the facts in order: the worst last.
    pub fn of(mut facts: Vec<Fact>) -> Self {
        facts.sort_by_key(|fact| (fact.status, fact.subject));
        Self { facts }
    }

    /// Returns how many facts have this status.
    pub fn count(&self, status: Status) -> usize {
        self.facts.iter().filter(|fact| fact.status == status).count()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_facts_come_last_and_others_stay_in_their_order() {
        let all = CheckUp::of(vec![
            Fact::fail(Subject::Clock, "late", "set it"),
            Fact::ok(Subject::Psa, "answers"),
            Fact::warn(Subject::State, "open", "close it"),
            Fact::ok(Subject::Configuration, "read"),
        ]);
        let words: Vec<_> = all.facts.iter().map(|fact| (fact.status.word(), fact.subject.name())).collect();
        assert_eq!(words, [("ok", "configuration"), ("ok", "PSA"), ("warn", "state"), ("FAIL", "clock")]);
        assert_eq!(all.count(Status::Ok), 2);
    }
}
