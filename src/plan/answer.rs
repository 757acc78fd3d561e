//! What became of the requests of a self-service run, by its journal.

use serde::{Deserialize, Serialize};

use super::{Answer, Asked, ChangeKey, Entry, Halt, Purpose, Report, Request, Settlement};
use crate::model::Field;

/// What became of a request, by the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Told {
    /// In one word.
    pub result: Fate,
    /// Why, or what else there is to say, in one sentence.
    pub reason: Option<String>,
    /// The next step.
    pub next: Option<String>,
}

/// What became of a request, in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// 365 holds it, and the other sides follow.
    Done,
    /// It was done before.
    AlreadyDone,
    /// 365 took some of it, or another side did not follow.
    DoneInPart,
    /// It may not be done.
    Refused,
    /// 365 did not take it.
    Failed,
    /// It is not known yet.
    Unknown,
    /// It was not begun.
    NotTried,
}

impl Fate {
    /// The words in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::AlreadyDone => "already done",
            Self::DoneInPart => "done in part",
            Self::Refused => "refused",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::NotTried => "not tried",
        }
    }

    /// Whether the person has what they asked for.
    pub fn is_well(self) -> bool {
        matches!(self, Self::Done | Self::AlreadyDone)
    }
}

impl Report {
    /// The requests that the run was made for.
    pub fn asked(&self) -> &[Asked] {
        match &self.header.purpose {
            Purpose::SelfService(asked) => asked,
            Purpose::Sync | Purpose::PushUdfs | Purpose::Undo(_) => &[],
        }
    }

    /// What became of a request of this run.
    pub fn told(&self, asked: &Asked) -> Told {
        let place = self.asked().iter().position(|one| one == asked);
        if let Some(told) = place.and_then(|place| self.answers.get(place)) {
            return told.clone();
        }
        let told = |result, reason: Option<String>, next: Option<&str>| Told {
            result,
            reason,
            next: next.map(ToOwned::to_owned),
        };
        match &asked.plan {
            Answer::Refused { reason, next } => {
                Told { result: Fate::Refused, reason: Some(reason.clone()), next: next.clone() }
            }
            Answer::Repeated { run } => told(Fate::AlreadyDone, Some(format!("run {run} did it")), None),
            Answer::Held => told(Fate::AlreadyDone, Some("365 holds it already".to_owned()), None),
            Answer::Overtaken => {
                told(Fate::AlreadyDone, Some("a later request replaces it".to_owned()), None)
            }
            Answer::Change(key) => self.became(key, &asked.request),
        }
    }

    fn became(&self, key: &ChangeKey, request: &Request) -> Told {
        let next = |text: &str| Some(text.to_owned());
        let own = self.writing(key, request);
        let missing: Vec<&str> = self.missing(key, request).into_iter().map(Field::name).collect();
        let worst = own.iter().find(|entry| !is_done(entry));
        let settled = worst.and_then(|entry| entry.settled.as_ref());
        let reason = settled.and_then(|settled| settled.detail.as_deref()).unwrap_or_default();
        let step = settled.and_then(|settled| settled.next.clone());
        if own.is_empty() {
            let reason = match self.ended.and_then(|ended| ended.halt) {
                Some(Halt::Refused) => "a guard refuses the plan",
                Some(Halt::Deadline) => "the deadline passed before its turn",
                Some(Halt::Interrupted) => "the run was interrupted before its turn",
                None => "the run did not come to it",
            };
            return Told {
                result: Fate::NotTried,
                reason: Some(reason.to_owned()),
                next: next("run the command again"),
            };
        }
        if own.iter().any(|entry| entry.settled.is_none()) {
            let reason = Some("the answer of 365 was lost".to_owned());
            return Told {
                result: Fate::Unknown,
                reason,
                next: next("run the command again: it looks first"),
            };
        }
        if !own.iter().any(|entry| is_done(entry)) {
            let result = match worst.and_then(|entry| how(entry)) {
                Some(Settlement::NotTried) => Fate::NotTried,
                _ => Fate::Failed,
            };
            return Told {
                result,
                reason: Some(reason.to_owned()),
                next: step.or(next("run the command again")),
            };
        }
        if !missing.is_empty() {
            let reason = format!("without {}: {reason}", missing.join(" and "));
            return Told { result: Fate::DoneInPart, reason: Some(reason), next: step };
        }
        let behind = self.behind(key);
        if behind.is_empty() {
            return Told { result: Fate::Done, reason: None, next: None };
        }
        let records = if behind.len() == 1 { "1 record" } else { "some records" };
        let reason = format!("365 holds it, {records} of the other sides not yet");
        Told { result: Fate::DoneInPart, reason: Some(reason), next: next("crsync sync") }
    }

    /// The entries of `key` that write anything of `request`: others were for other requests of the same person.
    fn writing(&self, key: &ChangeKey, request: &Request) -> Vec<&Entry> {
        let own = self.entries.iter().filter(|entry| entry.change.key == *key);
        own.filter(|entry| entry.change.fields.iter().any(|one| request.set.contains_key(&one.field)))
            .collect()
    }

    /// The fields of `request` that `key` was to write and 365 did not take. A field that is in no entry was as it
    /// should be before.
    pub fn missing(&self, key: &ChangeKey, request: &Request) -> Vec<Field> {
        let own = self.writing(key, request);
        let writes = |entry: &Entry, field: Field| entry.change.fields.iter().any(|one| one.field == field);
        let fields = request.set.keys().copied();
        fields
            .filter(|field| own.iter().any(|entry| writes(entry, *field)))
            .filter(|field| !own.iter().filter(|entry| is_done(entry)).any(|entry| writes(entry, *field)))
            .collect()
    }

    /// Reports whether the other sides may lack what 365 held already of a request of this run: a change of that person
    /// was not made, or the run did not get to its end.
    pub fn owes(&self, asked: &Asked) -> bool {
        let is_theirs = |entry: &&Entry| {
            let of = &entry.change.who;
            asked.company.as_deref() == Some(&entry.company)
                && asked
                    .who
                    .as_ref()
                    .is_some_and(|who| who.name == of.name && (who.email.is_none() || who.email == of.email))
        };
        self.ended.is_none_or(|ended| ended.halt.is_some())
            || self.entries.iter().filter(is_theirs).any(|entry| !is_done(entry))
    }

    /// The changes that wait for `key` and were not made, according to the run.
    pub fn behind(&self, key: &ChangeKey) -> Vec<&ChangeKey> {
        let waiting = self.companies.iter().flat_map(|part| &part.waits).filter(|(_, first)| *first == key);
        let is_made = |key: &ChangeKey| {
            let of = |entry: &&Entry| entry.change.key == *key;
            self.entries.iter().filter(of).any(|entry| how(entry) == Some(Settlement::Done))
        };
        waiting.map(|(waiter, _)| waiter).filter(|waiter| !is_made(waiter)).collect()
    }
}

fn how(entry: &Entry) -> Option<Settlement> {
    entry.settled.as_ref().map(|settled| settled.how)
}

fn is_done(entry: &Entry) -> bool {
    how(entry) == Some(Settlement::Done)
}
