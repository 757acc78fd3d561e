//! Reads the journal. A row that cannot be read is passed over; results that depend on all rows say how many were.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row};
use serde::de::DeserializeOwned;

use super::broken::{is_of_a_row, text};
use super::texts::Reader;
use super::{Client, State};
use crate::error::Result;
use crate::model::{Id, RecordKind};
use crate::plan::{Action, CompanyPlan, Entry, Header, Past, Purpose, Report, Settled, Settlement};

/// What earlier runs did.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EarlierChanges {
    /// The changes, in the order in which they were announced.
    pub past: Vec<Past>,
    /// How many more there were in each company that cannot be read.
    pub unreadable: BTreeMap<String, usize>,
}

/// The condition on `results` that nothing is known of how a change ended.
pub(super) const OPEN: &str = "coalesce(CASE WHEN json_valid(settled) THEN settled ->> '$.how' END, '')
    NOT IN ('done', 'stale', 'failed', 'not-tried')";

impl State {
    /// Returns the id of the run that applied the plan with this digest, if one did.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn run_of_plan(&self, digest: &str) -> Result<Option<String>> {
        self.read(|db| {
            let found = db.query_row(
                "SELECT id FROM runs WHERE plan = ?1 AND coalesce(ended, '') NOT LIKE '%\"refused\"%'
                 UNION ALL SELECT run FROM applied WHERE plan = ?1",
                [digest],
                |row| row.get(0),
            );
            found.optional()
        })
    }

    /// Returns every change of these companies that was announced and whose outcome is not known, with its run, in
    /// the order in which they were announced.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn unsettled(&self, companies: &[&str]) -> Result<Vec<(String, Entry)>> {
        let mut found = self.all_unsettled()?;
        found.retain(|(_, entry)| companies.contains(&entry.company.as_str()));
        Ok(found)
    }

    /// Returns the names under which the journal knows these clients in changes that are not settled, besides their
    /// own: another configuration may have called them differently.
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
            self.rows(
                db,
                &format!(
                    "SELECT seq, changes.company, at, change, NULL, run FROM changes
                     JOIN runs ON runs.id = run LEFT JOIN results USING (run, seq)
                     WHERE realm = ? AND {OPEN} ORDER BY runs.rowid, run, seq"
                ),
                [&self.realm],
                |row| change_of(&text(row, 0), &text(row, 5)),
                |row| Ok((row.get(5)?, self.entry(row)?)),
            )
        })
    }

    /// Returns every new record of the portal that a run with another PSA announced and did not settle.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn unsettled_elsewhere(&self) -> Result<Vec<(String, Entry)>> {
        let Some((_, portal)) = self.realm.split_once(' ') else { return Ok(Vec::new()) };
        let mut found: Vec<(String, Entry)> = self.read(|db| {
            self.rows(
                db,
                &format!(
                    "SELECT seq, changes.company, at, change, NULL, run FROM changes
                     JOIN runs ON runs.id = run LEFT JOIN results USING (run, seq)
                     WHERE realm <> ?1 AND substr(realm, instr(realm, ' ') + 1) = ?2 AND {OPEN}
                     ORDER BY runs.started, run, seq"
                ),
                [self.realm.as_str(), portal],
                |row| change_of(&text(row, 0), &text(row, 5)),
                |row| Ok((row.get(5)?, self.entry(row)?)),
            )
        })?;
        found.retain(|(_, Entry { change, .. })| {
            change.action == Action::Create
                && matches!(change.record.kind, RecordKind::PortalUser | RecordKind::Details)
        });
        Ok(found)
    }

    /// Returns the ids of the records of `kind` that were made in `company` (by that side's id) for any of these 365
    /// users, according to the journal.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn made(&self, kind: RecordKind, company: &Id, users: &[Id]) -> Result<Vec<Id>> {
        let ids: BTreeSet<String> = self.read(|db| {
            let mut made =
                db.prepare("SELECT id FROM made WHERE realm = ? AND kind = ? AND company = ? AND user = ?")?;
            let mut ids = BTreeSet::new();
            for user in users {
                let keys = [&self.realm, kind.name(), company.as_str(), user.as_str()];
                for id in made.query_map(keys, |row| row.get(0))? {
                    ids.insert(id?);
                }
            }
            Ok(ids)
        })?;
        Ok(ids.into_iter().map(Id::new).collect())
    }

    /// Returns what runs of this realm did, or may have done, in the `window` before `now`.
    ///
    /// Where the clock contradicts the journal, the window is that before the last run.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn past(&self, now: Timestamp, window: Duration) -> Result<EarlierChanges> {
        let window = i64::try_from(window.as_millis()).unwrap_or(i64::MAX);
        let since = self.ages(now)?.now().saturating_sub(window);
        self.read(|db| {
            let mut runs = db.prepare("SELECT id, header FROM runs WHERE realm = ?")?;
            let mut rows = runs.query([&self.realm])?;
            let mut runs: BTreeMap<String, Option<Header>> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                let header = self.readable(parsed(row, 1), || format!("run {id}"))?;
                runs.insert(id, header);
            }
            let mut entries = db.prepare(
                "SELECT seq, company, at, change, settled, run FROM changes LEFT JOIN results USING (run, seq)
                 WHERE at >= ? ORDER BY at, run, seq",
            )?;
            let mut happened = EarlierChanges::default();
            let mut rows = entries.query([since])?;
            while let Some(row) = rows.next()? {
                let run: String = row.get(5)?;
                let Some(header) = runs.get(&run) else { continue };
                let settled = self.settled(row)?;
                // One of which nothing is known may have been made; a record with an id is there, in part or whole.
                let is_none = |settled: &Settled| settled.how != Settlement::Done && settled.id.is_none();
                if settled.as_ref().is_some_and(is_none) {
                    continue;
                }
                let Some(entry) = self.readable(self.entry(row), || change_of(&text(row, 0), &run))? else {
                    *happened.unreadable.entry(text(row, 1)).or_default() += 1;
                    continue;
                };
                // What a header that cannot be read allowed counts like everything else.
                let lifted = header.iter().flat_map(|header| header.allowed.keys().copied());
                happened.past.push(Past {
                    company: entry.company,
                    change: entry.change,
                    lifted: lifted.collect(),
                    undo: header.as_ref().is_some_and(|header| matches!(header.purpose, Purpose::Undo(_))),
                });
            }
            Ok(happened)
        })
    }

    /// Returns the run of this id, if the journal knows it and what it says of it can be read.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn report(&self, id: &str) -> Result<Option<Report>> {
        self.read(|db| self.whole(db, id, None))
    }

    /// Reports whether the journal has a run of this id, whatever can be read of it.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn knows(&self, id: &str) -> Result<bool> {
        self.read(|db| {
            db.query_row("SELECT EXISTS (SELECT 1 FROM runs WHERE id = ?)", [id], |row| row.get(0))
        })
    }

    /// Returns the run of this id, with what it says and did of these companies or of all.
    pub(super) fn whole(
        &self,
        db: &Connection,
        id: &str,
        companies: Option<&BTreeSet<String>>,
    ) -> rusqlite::Result<Option<Report>> {
        let run = db.query_row("SELECT id, header, breaches, ended FROM runs WHERE id = ?", [id], |row| {
            let header = self.header(db, row, id)?;
            let ended = self.readable(maybe(row, 3), || format!("how run {id} ended"))?;
            Ok((header, ended.flatten()))
        });
        let Some((Some(header), ended)) = run.optional()? else { return Ok(None) };
        let is_wanted = |company: &str| companies.is_none_or(|companies| companies.contains(company));
        let entries = self.rows(
            db,
            "SELECT seq, company, at, change, settled, run FROM changes LEFT JOIN results USING (run, seq)
             WHERE run = ? ORDER BY seq",
            [id],
            |row| change_of(&text(row, 0), id),
            |row| if is_wanted(&text(row, 1)) { self.entry(row).map(Some) } else { Ok(None) },
        )?;
        let entries = entries.into_iter().flatten().collect();
        let companies = self.notes(db, id, is_wanted)?;
        let notified = self.notices(db, id)?;
        Ok(Some(Report { header, ended, entries, companies, notified, answers: Vec::new() }))
    }

    /// Returns what a run said of the companies that are wanted besides its changes, by name.
    fn notes(
        &self,
        db: &Connection,
        id: &str,
        is_wanted: impl Fn(&str) -> bool,
    ) -> rusqlite::Result<Vec<CompanyPlan>> {
        let (mut texts, mut notes) = (Reader::new(db)?, Vec::new());
        for (company, plan) in self.plans(db, id)? {
            if is_wanted(&company) {
                let plan = self.readable(texts.plan(plan), || said(id, &company))?;
                notes.extend(plan);
            }
        }
        // What an older version wrote is in its own row until it is shared.
        let apart = self.rows(
            db,
            "SELECT plan, company FROM companies WHERE run = ?",
            [id],
            |row| said(id, &text(row, 1)),
            |row| if is_wanted(&text(row, 1)) { parsed(row, 0).map(Some) } else { Ok(None) },
        )?;
        notes.extend(apart.into_iter().flatten());
        notes.sort_by(|a: &CompanyPlan, b| a.name.cmp(&b.name));
        Ok(notes)
    }

    /// Returns an entry from the columns seq, company, at, change, settled, run.
    pub(super) fn entry(&self, row: &Row<'_>) -> rusqlite::Result<Entry> {
        let settled = self.settled(row)?;
        let at = Timestamp::from_millisecond(row.get(2)?)
            .map_err(|error| rusqlite::Error::FromSqlConversionFailure(2, Type::Integer, error.into()))?;
        Ok(Entry { seq: row.get(0)?, company: row.get(1)?, at, change: parsed(row, 3)?, settled })
    }

    /// Returns what became of a change, from the same columns; `None` where nothing is known of it.
    fn settled(&self, row: &Row<'_>) -> rusqlite::Result<Option<Settled>> {
        let what = || format!("what became of {}", change_of(&text(row, 0), &text(row, 5)));
        self.readable(maybe(row, 4), what).map(Option::flatten)
    }

    /// Passes over what cannot be read.
    pub(super) fn readable<T>(
        &self,
        read: rusqlite::Result<T>,
        what: impl FnOnce() -> String,
    ) -> rusqlite::Result<Option<T>> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(error) if is_of_a_row(&error) => {
                self.pass_over(what());
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

/// Returns the words for a change that cannot be read.
pub(super) fn change_of(seq: &str, run: &str) -> String {
    format!("change {seq} of run {run}")
}

/// Returns the words for what a run said of a company.
fn said(run: &str, company: &str) -> String {
    format!("what run {run} said of {company}")
}

pub(super) fn parsed<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| rusqlite::Error::FromSqlConversionFailure(column, Type::Text, error.into()))
}

pub(super) fn maybe<T: DeserializeOwned>(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<T>> {
    let text: Option<String> = row.get(column)?;
    text.map(|_| parsed(row, column)).transpose()
}
