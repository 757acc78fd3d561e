//! Reading the journal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row};
use serde::de::DeserializeOwned;

use super::{Client, State};
use crate::error::{Error, Kind, Result};
use crate::model::{Id, RecordKind};
use crate::plan::{Action, Change, CompanyPlan, Entry, Header, Past, Purpose, Report, Settled, Settlement};

impl State {
    /// The runs of this realm that began at `since` or later, in the order in which they began: a clock that was wrong
    /// does not change it.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn runs(&self, since: Option<Timestamp>) -> Result<Vec<Report>> {
        let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
        let ids: Vec<String> = self.read(|db| {
            let mut runs =
                db.prepare("SELECT id FROM runs WHERE realm = ? AND started >= ? ORDER BY rowid")?;
            runs.query_map((&self.realm, since), |row| row.get(0))?.collect()
        })?;
        ids.iter().map(|id| self.report(id)).collect()
    }

    /// The run whose id begins with `prefix`; `last` is the one that was begun last, whatever the clock said.
    ///
    /// # Errors
    /// `Kind::Usage` when there is none, or more than one.
    pub fn run(&self, prefix: &str) -> Result<Report> {
        let ids: Vec<String> = self.read(|db| {
            let mut runs = db.prepare("SELECT id FROM runs WHERE realm = ? ORDER BY rowid DESC")?;
            runs.query_map([&self.realm], |row| row.get(0))?.collect()
        })?;
        let mut found = ids.iter().filter(|id| prefix == "last" || id.starts_with(prefix));
        let hint = "`crsync log` lists all runs";
        match (found.next(), found.next()) {
            (Some(id), other) if other.is_none() || prefix == "last" => self.report(id),
            (None, _) => {
                Err(Error::new(Kind::Usage, format!("the journal knows no run {prefix:?}")).hint(hint))
            }
            _ => Err(Error::new(Kind::Usage, format!("several runs begin with {prefix:?}"))
                .hint(format!("write more of the id; {hint}"))),
        }
    }

    /// The id of the run that applied the plan with this digest, if one did.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn run_of_plan(&self, digest: &str) -> Result<Option<String>> {
        self.read(|db| {
            let found = db.query_row(
                "SELECT id FROM runs WHERE plan = ? AND coalesce(ended, '') NOT LIKE '%\"refused\"%'",
                [digest],
                |row| row.get(0),
            );
            found.optional()
        })
    }

    /// Every change of these companies that was announced and of which nobody knows what became, with its run,
    /// in the order in which they were announced.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn unsettled(&self, companies: &[&str]) -> Result<Vec<(String, Entry)>> {
        let mut found = self.all_unsettled()?;
        found.retain(|(_, entry)| companies.contains(&entry.company.as_str()));
        Ok(found)
    }

    /// Returns the names under which the journal knows these clients in changes that are not settled, besides their own:
    /// another configuration may have called them differently.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn other_names(&self, clients: &[Client]) -> Result<BTreeSet<String>> {
        let found = self.all_unsettled()?.into_iter().map(|(_, entry)| entry);
        let others = found.filter(|entry| clients.iter().all(|client| client.name != entry.company));
        let known = others.filter(|entry| {
            let record = &entry.change.record;
            clients.iter().any(|client| client.has(record.kind.side(), record.company.as_str()))
        });
        Ok(known.map(|entry| entry.company).collect())
    }

    fn all_unsettled(&self) -> Result<Vec<(String, Entry)>> {
        self.read(|db| {
            let mut entries = db.prepare(
                "SELECT seq, intents.company, at, change, NULL, run FROM intents
                 JOIN runs ON runs.id = run LEFT JOIN results USING (run, seq)
                 WHERE realm = ? AND settled IS NULL ORDER BY runs.rowid, run, seq",
            )?;
            entries.query_map([&self.realm], |row| Ok((row.get(5)?, entry(row)?)))?.collect()
        })
    }

    /// Returns every new record of the portal that a run with another PSA announced and did not settle.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn unsettled_elsewhere(&self) -> Result<Vec<(String, Entry)>> {
        let Some((_, portal)) = self.realm.split_once(' ') else { return Ok(Vec::new()) };
        let mut found: Vec<(String, Entry)> = self.read(|db| {
            let mut entries = db.prepare(
                "SELECT seq, intents.company, at, change, NULL, run FROM intents
                 JOIN runs ON runs.id = run LEFT JOIN results USING (run, seq)
                 WHERE realm <> ?1 AND substr(realm, instr(realm, ' ') + 1) = ?2 AND settled IS NULL
                 ORDER BY runs.started, run, seq",
            )?;
            entries.query_map([&self.realm, portal], |row| Ok((row.get(5)?, entry(row)?)))?.collect()
        })?;
        found.retain(|(_, Entry { change, .. })| {
            change.action == Action::Create
                && matches!(change.record.kind, RecordKind::PortalUser | RecordKind::Details)
        });
        Ok(found)
    }

    /// Returns the ids of the records of `kind` that were made in `company` (by that side's id) for any of these 365 users, as
    /// far as the journal goes back.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn made(&self, kind: RecordKind, company: &Id, users: &[Id]) -> Result<Vec<Id>> {
        let entries: Vec<(Change, Settled)> = self.read(|db| {
            let mut entries = db.prepare(
                "SELECT change, settled FROM intents JOIN results USING (run, seq) JOIN runs ON runs.id = run
                 WHERE realm = ? AND change LIKE '%\"action\":\"create\"%'",
            )?;
            entries.query_map([&self.realm], |row| Ok((parsed(row, 0)?, parsed(row, 1)?)))?.collect()
        })?;
        let is_for = |change: &Change| {
            let user = change.seek.as_ref().and_then(|seek| seek.user.as_ref());
            (change.record.kind, &change.record.company) == (kind, company)
                && user.is_some_and(|user| users.contains(user))
        };
        let made = entries.into_iter().filter(|(change, _)| is_for(change));
        let mut ids: Vec<Id> = made.filter_map(|(_, settled)| settled.id).collect();
        ids.sort();
        ids.dedup();
        Ok(ids)
    }

    /// Returns what runs of this realm did, or may have done, in the `window` before `now`, in the order in which it was
    /// announced. Where the clock contradicts the journal, the window is that before the last run.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn past(&self, now: Timestamp, window: Duration) -> Result<Vec<Past>> {
        let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        let since = self.ages(now)?.now().saturating_sub(window);
        self.read(|db| {
            let mut runs = db.prepare("SELECT id, header FROM runs WHERE realm = ?")?;
            let runs: BTreeMap<String, Header> = runs
                .query_map([&self.realm], |row| Ok((row.get(0)?, parsed(row, 1)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let mut entries = db.prepare(
                "SELECT seq, company, at, change, settled, run FROM intents LEFT JOIN results USING (run, seq)
                 WHERE at >= ? ORDER BY at, run, seq",
            )?;
            let mut past = Vec::new();
            let mut rows = entries.query([since])?;
            while let Some(row) = rows.next()? {
                let Some(header) = runs.get(&row.get::<_, String>(5)?) else { continue };
                let entry = entry(row)?;
                // One of which nothing is known may have been made.
                if entry.settled.as_ref().is_none_or(|settled| settled.how == Settlement::Done) {
                    past.push(Past {
                        company: entry.company,
                        change: entry.change,
                        lifted: header.allowed.keys().copied().collect(),
                        undo: matches!(header.purpose, Purpose::Undo(_)),
                    });
                }
            }
            Ok(past)
        })
    }

    fn report(&self, id: &str) -> Result<Report> {
        self.read(|db| {
            let (header, ended): (Header, _) =
                db.query_row("SELECT header, ended FROM runs WHERE id = ?", [id], |row| {
                    Ok((parsed(row, 0)?, maybe(row, 1)?))
                })?;
            let mut entries = db.prepare(
                "SELECT seq, company, at, change, settled FROM intents LEFT JOIN results USING (run, seq)
                 WHERE run = ? ORDER BY seq",
            )?;
            let entries = entries.query_map([id], entry)?.collect::<rusqlite::Result<_>>()?;
            let mut companies = db.prepare("SELECT plan FROM companies WHERE run = ? ORDER BY company")?;
            let companies: Vec<CompanyPlan> =
                companies.query_map([id], |row| parsed(row, 0))?.collect::<rusqlite::Result<_>>()?;
            Ok(Report { header, ended, entries, companies })
        })
    }
}

/// An entry from the columns seq, company, at, change, settled.
fn entry(row: &Row<'_>) -> rusqlite::Result<Entry> {
    let at = Timestamp::from_millisecond(row.get(2)?)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Integer, error.into()))?;
    Ok(Entry { seq: row.get(0)?, company: row.get(1)?, at, change: parsed(row, 3)?, settled: maybe(row, 4)? })
}

pub(super) fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

fn maybe<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|_| parsed(row, column)).transpose()
}
