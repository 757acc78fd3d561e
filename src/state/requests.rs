//! Requests of people that were carried out, so that none of them is carried out again.
//!
//! A request is kept here from the moment in which the run that does it begins, and counts as done from the very
//! transaction that settles its change of the 365 user: no crash lies between the two. It outlives its run in the
//! journal.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::State;
use super::broken::is_of_a_row;
use super::history::parsed;
use crate::error::Result;
use crate::plan::{Answer, Change, ChangeKey, Header, Purpose};

/// A request that a run was begun for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// What was asked, as [`Request::digest`](crate::plan::Request::digest) says it; `None` where the row cannot be read.
    pub digest: Option<String>,
    /// The last run that was begun for it.
    pub run: String,
    /// The change of the 365 user that does it; `None` where 365 held all of it already.
    pub change: Option<ChangeKey>,
    /// Whether 365 took it, or some of it.
    pub done: bool,
}

impl State {
    /// Returns the request with this id, if a run was ever begun for it.
    ///
    /// # Errors
    /// `Kind::State` when the state cannot be read.
    pub fn request(&self, id: &str) -> Result<Option<StoredRequest>> {
        self.read(|db| {
            let found = db.query_row(
                "SELECT digest, run, change, done FROM requests WHERE realm = ? AND id = ?",
                [&self.realm, id],
                |row| {
                    Ok(StoredRequest {
                        digest: row.get(0)?,
                        run: row.get(1)?,
                        change: row.get::<_, Option<String>>(2)?.map(ChangeKey),
                        done: row.get::<_, Option<i64>>(3)?.is_some(),
                    })
                },
            );
            match found.optional() {
                Err(error) if is_of_a_row(&error) => {
                    self.pass_over(format!("what became of the request {id:?}"));
                    let run = String::new();
                    Ok(Some(StoredRequest { digest: None, run, change: None, done: true }))
                }
                found => found,
            }
        })
    }

    /// Keeps the requests of a run that begins.
    ///
    /// One that is done stays as it is.
    pub(super) fn keep_requests(&self, db: &Transaction<'_>, header: &Header) -> rusqlite::Result<()> {
        let Purpose::SelfService(all) = &header.purpose else { return Ok(()) };
        let is_refused = !header.breaches.is_empty();
        for asked in all {
            let (change, done) = match &asked.plan {
                Answer::Change(key) => (Some(&key.0), None),
                Answer::Held | Answer::Overtaken if !is_refused => {
                    (None, Some(header.started.as_millisecond()))
                }
                _ => continue,
            };
            let Some(id) = &asked.request.id else { continue };
            db.execute(
                "INSERT INTO requests VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                 ON CONFLICT DO UPDATE SET digest = ?3, run = ?4, change = ?5, done = ?6 WHERE done IS NULL",
                params![self.realm, id, asked.request.digest(), header.id, change, done],
            )?;
        }
        Ok(())
    }

    /// Notes that the change of a 365 user was carried out, and with it the requests of which it wrote anything:
    /// where 365 takes only a part of what several people's requests made one change, the others may come again.
    ///
    /// One that was done in part does not, as it would overwrite what was changed since.
    pub(super) fn requests_are_done(
        &self,
        db: &Transaction<'_>,
        run: &str,
        change: &Change,
        at: Timestamp,
    ) -> rusqlite::Result<()> {
        let header =
            db.query_row("SELECT header FROM runs WHERE id = ?", [run], |row| parsed::<Header>(row, 0));
        let header = match header {
            // Better done once than twice, where it is not known what each of them asked.
            Err(error) if is_of_a_row(&error) => {
                self.pass_over(format!("run {run}"));
                return db
                    .execute(
                        "UPDATE requests SET done = ? WHERE realm = ? AND run = ? AND change = ? AND done IS NULL",
                        params![at.as_millisecond(), self.realm, run, change.key.0],
                    )
                    .map(drop);
            }
            header => header?,
        };
        let Purpose::SelfService(all) = header.purpose else { return Ok(()) };
        let is_its = Answer::Change(change.key.clone());
        for asked in all.iter().filter(|asked| asked.plan == is_its) {
            let writes = change.fields.iter().any(|field| asked.request.set.contains_key(&field.field));
            let Some(id) = asked.request.id.as_ref().filter(|_| writes) else { continue };
            db.execute(
                "UPDATE requests SET done = ? WHERE realm = ? AND id = ? AND run = ? AND done IS NULL",
                params![at.as_millisecond(), self.realm, id, run],
            )?;
        }
        Ok(())
    }

    /// Returns the run that took back this change of `run`, if one did and was not taken back itself.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn taken_back(&self, run: &str, change: &ChangeKey) -> Result<Option<String>> {
        let by: Option<String> = self.read(|db| {
            let found = db.query_row(
                "SELECT runs.id FROM runs JOIN changes ON changes.run = runs.id
                 JOIN results ON results.run = runs.id AND results.seq = changes.seq
                 WHERE realm = ?
                 AND CASE WHEN json_valid(header) THEN header ->> '$.purpose.undo' END = ?
                 AND CASE WHEN json_valid(change) THEN change ->> '$.key' END = ?
                 AND CASE WHEN json_valid(settled) THEN settled ->> '$.how' END = 'done' ORDER BY runs.rowid DESC LIMIT 1",
                [&self.realm, run, &change.0],
                |row| row.get(0),
            );
            found.optional()
        })?;
        match by {
            Some(by) if self.taken_back(&by, change)?.is_none() => Ok(Some(by)),
            _ => Ok(None),
        }
    }
}
