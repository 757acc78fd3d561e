//! What became of the notices of a run.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use super::State;
use crate::error::Result;
use crate::plan::Notified;

impl State {
    /// Adds to a run what became of its notices; of a run that the journal does not know, nothing is kept.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn note_notices(&self, run: &str, notices: &[Notified]) -> Result<()> {
        self.change(|db| {
            let mut add = db.prepare(
                "INSERT OR REPLACE INTO notices (run, target, at, fault)
                 SELECT id, ?2, ?3, ?4 FROM runs WHERE id = ?1",
            )?;
            for Notified { target, at, fault } in notices {
                add.execute(params![run, target, at.as_millisecond(), fault])?;
            }
            Ok(())
        })
    }

    /// Returns what became of the notices of a run, by target.
    pub(super) fn notices(&self, db: &Connection, run: &str) -> rusqlite::Result<Vec<Notified>> {
        self.rows(
            db,
            "SELECT target, at, fault FROM notices WHERE run = ? ORDER BY target",
            [run],
            |_| format!("a notice of run {run}"),
            |row| {
                let at = Timestamp::from_millisecond(row.get(1)?).unwrap_or_default();
                Ok(Notified { target: row.get(0)?, at, fault: row.get(2)? })
            },
        )
    }
}
