//! Lists of runs, and which run is meant: from what the rows of the runs themselves say. What a run did is read only
//! where its row does not say what that adds up to, or where a list is about a person.

use std::collections::BTreeSet;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Row, Transaction, params};

use super::State;
use super::broken::{is_of_a_row, text};
use super::history::{change_of, maybe, parsed};
use super::texts::{Plans, Reader, json};
use crate::error::{Error, Kind, Result};
use crate::plan::{Entry, Header, Listed, Report, Summary};

/// The realms whose runs are shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Realms {
    /// The one of this name.
    Exactly(String),
    /// All of this PSA and this portal; of any where it is not named.
    Of {
        /// The PSA's id in the registry.
        psa: Option<String>,
        /// The portal's host.
        portal: Option<String>,
    },
}

/// The condition on `runs` that [`Realms::parts`] fills.
const SHOWN: &str = "(?1 IS NULL OR realm = ?1)
    AND (?2 IS NULL OR substr(realm, 1, instr(realm, ' ') - 1) = ?2)
    AND (?3 IS NULL OR substr(realm, instr(realm, ' ') + 1) = ?3)";

impl Realms {
    fn parts(&self) -> [Option<&str>; 3] {
        match self {
            Self::Exactly(realm) => [Some(realm), None, None],
            Self::Of { psa, portal } => [None, psa.as_deref(), portal.as_deref()],
        }
    }
}

impl State {
    /// Returns the runs of the shown realms that began at `since` or later, in the order in which they began: a clock
    /// that was wrong does not change it.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn runs(&self, since: Option<Timestamp>) -> Result<Vec<Listed>> {
        let since = since.map_or(i64::MIN, Timestamp::as_millisecond);
        self.read(|db| {
            let mut runs = db.prepare(&format!(
                "SELECT id, header, breaches, ended, summary FROM runs WHERE {SHOWN} AND started >= ?4 ORDER BY rowid"
            ))?;
            let [realm, psa, portal] = self.realms.parts();
            let mut rows = runs.query(params![realm, psa, portal, since])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let id: String = row.get(0)?;
                let Some(header) = self.header(db, row, &id)? else { continue };
                let ended = self.readable(maybe(row, 3), || format!("how run {id} ended"))?.flatten();
                let Some(summary) = self.sum(db, row, &id)? else { continue };
                found.push(Listed { header, ended, summary });
            }
            Ok(found)
        })
    }

    /// Returns what a run adds up to, from the columns id, header, breaches, ended, summary; `None` where the run cannot
    /// be read.
    fn sum(&self, db: &Connection, row: &Row<'_>, id: &str) -> rusqlite::Result<Option<Summary>> {
        let noted: rusqlite::Result<Option<Summary>> = maybe(row, 4);
        match noted {
            Ok(Some(summary)) if summary.companies.is_some() => Ok(Some(summary)),
            Ok(Some(summary)) => Ok(Some(Summary { companies: Some(self.names(db, id)?.len()), ..summary })),
            Err(error) if !is_of_a_row(&error) => Err(error),
            _ => Ok(self.whole(db, id, None)?.as_ref().map(Report::summary)),
        }
    }

    /// Returns the header of a run, from the columns id, header, breaches; `None` where it cannot be read.
    pub(super) fn header(
        &self,
        db: &Connection,
        row: &Row<'_>,
        id: &str,
    ) -> rusqlite::Result<Option<Header>> {
        let header: Option<Header> = self.readable(parsed(row, 1), || format!("run {id}"))?;
        let Some(mut header) = header else { return Ok(None) };
        if let Some(breaches) = row.get(2)? {
            let breaches = Reader::new(db)?.value(breaches);
            let what = || format!("which limits run {id} ran into");
            header.breaches = self.readable(breaches, what)?.unwrap_or_default();
        }
        Ok(Some(header))
    }

    /// Notes in the row of a run what it adds up to. Whatever changes that later takes the note away.
    pub(super) fn sum_up(&self, db: &Transaction<'_>, run: &str) -> rusqlite::Result<()> {
        let Some(report) = self.whole(db, run, None)? else { return Ok(()) };
        db.execute("UPDATE runs SET summary = ? WHERE id = ?", params![json(&report.summary())?, run])
            .map(drop)
    }

    /// Returns the ids of all runs of the shown realms.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn ids(&self) -> Result<Vec<String>> {
        self.read(|db| {
            let mut runs = db.prepare(&format!("SELECT id FROM runs WHERE {SHOWN}"))?;
            let [realm, psa, portal] = self.realms.parts();
            runs.query_map(params![realm, psa, portal], |row| row.get(0))?.collect()
        })
    }

    /// Returns the id of the run that begins with `prefix`; `last` is the one that was begun last, whatever the clock
    /// said.
    ///
    /// # Errors
    /// `Kind::Usage` when there is none, or more than one; `Kind::State` when it cannot be read.
    pub fn find(&self, prefix: &str) -> Result<String> {
        let ids = self.beginning(prefix)?;
        let hint = "`crsync log` lists all runs";
        let mut ids = ids.into_iter();
        match (ids.next(), ids.next()) {
            (Some(id), other) if other.is_none() || prefix == "last" => Ok(id),
            (None, _) => {
                Err(Error::new(Kind::Usage, format!("the journal knows no run {prefix:?}")).hint(hint))
            }
            _ => Err(Error::new(Kind::Usage, format!("several runs begin with {prefix:?}"))
                .hint(format!("write more of the id; {hint}"))),
        }
    }

    /// Returns the ids of runs that begin with `prefix`, the latest first, two at most.
    fn beginning(&self, prefix: &str) -> Result<Vec<String>> {
        self.read(|db| {
            let mut runs = db.prepare(&format!(
                "SELECT id FROM runs WHERE {SHOWN} AND (?4 = 'last' OR substr(id, 1, length(?4)) = ?4)
                 ORDER BY rowid DESC LIMIT 2"
            ))?;
            let [realm, psa, portal] = self.realms.parts();
            runs.query_map(params![realm, psa, portal, prefix], |row| row.get(0))?.collect()
        })
    }

    /// Returns the id of the PSA that has the latest run whose id begins with `prefix`, where none of the shown realms
    /// has one and another realm of the same portal has.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn elsewhere(&self, prefix: &str) -> Result<Option<String>> {
        if !self.beginning(prefix)?.is_empty() {
            return Ok(None);
        }
        let [realm, _, portal] = self.realms.parts();
        let portal = portal.or_else(|| Some(realm?.split_once(' ')?.1));
        self.read(|db| {
            let psa = db.query_row(
                "SELECT substr(realm, 1, instr(realm, ' ') - 1) FROM runs
                 WHERE (?1 IS NULL OR substr(realm, instr(realm, ' ') + 1) = ?1)
                 AND (?2 = 'last' OR substr(id, 1, length(?2)) = ?2) ORDER BY rowid DESC LIMIT 1",
                params![portal, prefix],
                |row| row.get(0),
            );
            psa.optional()
        })
    }

    /// Returns the run whose id begins with `prefix`, as [`find`](Self::find) finds it.
    ///
    /// # Errors
    /// The same as [`find`](Self::find).
    pub fn run(&self, prefix: &str) -> Result<Report> {
        self.run_of(&self.find(prefix)?, None)
    }

    /// Returns the run of this id, of all companies or with what it says and did of some of them alone.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be read.
    pub fn run_of(&self, id: &str, companies: Option<&BTreeSet<String>>) -> Result<Report> {
        self.read(|db| self.whole(db, id, companies))?.ok_or_else(|| {
            Error::new(Kind::State, format!("what the journal says of run {id} cannot be read"))
                .hint("name another run; `crsync log` lists all runs")
        })
    }

    /// Returns what the run of this id adds up to, if the journal knows it and it can be read.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn summary(&self, id: &str) -> Result<Option<Summary>> {
        const SELECT: &str = "SELECT id, header, breaches, ended, summary FROM runs WHERE id = ?";
        self.read(|db| {
            let sum = db.query_row(SELECT, [id], |row| self.sum(db, row, id));
            Ok(sum.optional()?.flatten())
        })
    }

    /// Returns the names of the companies that the run of this id is about.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn companies(&self, id: &str) -> Result<BTreeSet<String>> {
        self.read(|db| self.names(db, id))
    }

    fn names(&self, db: &Connection, id: &str) -> rusqlite::Result<BTreeSet<String>> {
        let plans = self.plans(db, id)?.into_keys();
        let mut apart = db.prepare("SELECT company FROM companies WHERE run = ?")?;
        let apart: Vec<String> = apart.query_map([id], |row| row.get(0))?.collect::<rusqlite::Result<_>>()?;
        Ok(plans.chain(apart).collect())
    }

    /// Returns the plans of a run's companies.
    pub(super) fn plans(&self, db: &Connection, id: &str) -> rusqlite::Result<Plans> {
        let mut notes = db.prepare("SELECT notes FROM runs WHERE id = ?")?;
        let notes: Option<i64> = notes.query_row([id], |row| row.get(0)).optional()?.flatten();
        let Some(notes) = notes else { return Ok(Plans::new()) };
        let what = || format!("what run {id} said of its companies");
        Ok(self.readable(Reader::new(db)?.value(notes), what)?.unwrap_or_default())
    }

    /// Reports whether the run of this id has a change, of these companies or of any, that is wanted.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn has_entry(
        &self,
        id: &str,
        companies: Option<&BTreeSet<String>>,
        is_wanted: impl Fn(&Entry) -> bool,
    ) -> Result<bool> {
        self.read(|db| {
            let mut entries = db.prepare(
                "SELECT seq, company, at, change, settled, run FROM changes LEFT JOIN results USING (run, seq)
                 WHERE run = ? ORDER BY seq",
            )?;
            let mut rows = entries.query([id])?;
            while let Some(row) = rows.next()? {
                if companies.is_some_and(|companies| !companies.contains(&text(row, 1))) {
                    continue;
                }
                let entry = self.readable(self.entry(row), || change_of(&text(row, 0), id))?;
                if entry.is_some_and(|entry| is_wanted(&entry)) {
                    return Ok(true);
                }
            }
            Ok(false)
        })
    }
}
