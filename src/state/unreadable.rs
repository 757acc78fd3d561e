//! Changes of the journal that cannot be read. What each was to write is not known; its company and its time are.

use jiff::Timestamp;
use rusqlite::params;

use super::State;
use super::broken::{is_of_a_row, text};
use super::history::{OPEN, change_of, parsed};
use super::texts::json;
use crate::error::Result;
use crate::plan::{Change, Settled};

/// A change that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The run that announced it.
    pub run: String,
    /// Its place in the run.
    pub seq: u64,
    /// The company's name in the configuration of that run.
    pub company: String,
    /// When it was announced.
    pub at: Timestamp,
    /// Whether nothing is known of how it ended, and the run was of this realm.
    pub is_open: bool,
}

impl State {
    /// Returns the changes that cannot be read, of those that are not settled and those that were announced at
    /// `since` or later, by runs with this portal.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn unreadable(&self, since: Timestamp) -> Result<Vec<Unreadable>> {
        let portal = self.realm.split_once(' ').map_or(self.realm.as_str(), |(_, portal)| portal);
        self.read(|db| {
            let mut entries = db.prepare(&format!(
                "SELECT seq, run, changes.company, at, change, {OPEN} AND realm = ?1 FROM changes
                 JOIN runs ON runs.id = run LEFT JOIN results USING (run, seq)
                 WHERE (realm = ?1 OR substr(realm, instr(realm, ' ') + 1) = ?2) AND (at >= ?3 OR {OPEN})
                 ORDER BY runs.rowid, run, seq"
            ))?;
            let mut rows = entries.query(params![self.realm, portal, since.as_millisecond()])?;
            let mut found = Vec::new();
            while let Some(row) = rows.next()? {
                let at = Timestamp::from_millisecond(row.get(3)?);
                match parsed::<Change>(row, 4) {
                    Ok(_) if at.is_ok() => continue,
                    Err(error) if !is_of_a_row(&error) => return Err(error),
                    _ => {}
                }
                self.pass_over(change_of(&text(row, 0), &text(row, 1)));
                found.push(Unreadable {
                    run: row.get(1)?,
                    seq: row.get(0)?,
                    company: text(row, 2),
                    // A time that cannot be is taken for one that is to come.
                    at: at.unwrap_or(Timestamp::MAX),
                    is_open: row.get(5)?,
                });
            }
            Ok(found)
        })
    }

    /// Settles a change that cannot be read.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn give_up(&self, unreadable: &Unreadable, settled: &Settled) -> Result<()> {
        let Unreadable { run, seq, .. } = unreadable;
        self.change(|db| {
            db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", params![run, seq, json(settled)?])
                .map(drop)
        })
    }
}
