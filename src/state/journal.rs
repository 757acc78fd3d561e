//! Writing the journal. Every call is one transaction that is on disk when it returns.

use std::time::Duration;

use jiff::Timestamp;
use rusqlite::params;
use serde::Serialize;

use super::{Ages, State};
use crate::error::Result;
use crate::plan::{Change, CompanyPlan, Ended, Header, NewValue, RecordKind, Settled, Settlement};

/// What a secret value is replaced by.
const SECRET: &str = "(secret)";

/// How much longer a run that never ended is kept, in milliseconds: a week, longer than any run takes.
const KILLED: i64 = 7 * 24 * 60 * 60 * 1000;

impl State {
    /// Begins a run, with what its plan says of every company besides the changes.
    ///
    /// A run that was begun before it had a plan is begun anew.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn begin(&self, header: &Header, companies: &[CompanyPlan]) -> Result<()> {
        self.change(|db| {
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, ?, NULL)
                 ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, header = excluded.header, ended = NULL",
                params![header.id, self.realm, header.started.as_millisecond(), header.plan, json(header)?],
            )?;
            self.keep_requests(db, header)?;
            for company in companies {
                let notes = CompanyPlan { changes: Vec::new(), ..company.clone() };
                db.execute(
                    "INSERT INTO companies VALUES (?, ?, ?)",
                    params![header.id, company.name, json(&notes)?],
                )?;
            }
            Ok(())
        })
    }

    /// Announces a change that is about to be made; gives its place in the run.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: the change must not be made then.
    pub fn announce(&self, run: &str, company: &str, change: &Change, at: Timestamp) -> Result<u64> {
        self.change(|db| {
            db.query_row(
                "INSERT INTO intents SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, ?4 FROM intents WHERE run = ?1
                 RETURNING seq",
                params![run, company, at.as_millisecond(), json(&without_secrets(change))?],
                |row| row.get(0),
            )
        })
    }

    /// Notes that what `run` announced and did not settle may be sent only now: a request may have waited since it was
    /// announced.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: nothing must be sent then.
    pub fn sending(&self, run: &str, now: Timestamp) -> Result<()> {
        self.change(|db| {
            db.execute(
                "UPDATE intents SET at = max(at, ?2) WHERE run = ?1
                 AND NOT EXISTS (SELECT 1 FROM results WHERE results.run = intents.run AND results.seq = intents.seq)",
                params![run, now.as_millisecond()],
            )
            .map(drop)
        })
    }

    /// Dates an announcement anew.
    ///
    /// One from a time that is still to come does not say how long ago it was made.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn redate(&self, run: &str, seq: u64, now: Timestamp) -> Result<()> {
        self.change(|db| {
            let row = params![run, seq, now.as_millisecond()];
            db.execute("UPDATE intents SET at = ?3 WHERE run = ?1 AND seq = ?2", row).map(drop)
        })
    }

    /// Records what became of a change.
    ///
    /// The same transaction remembers what the change wrote to fields that cannot be read back, and that people's
    /// requests are done.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: the next run finds out again.
    pub fn settle(&self, run: &str, seq: u64, change: &Change, settled: &Settled) -> Result<()> {
        self.change(|db| {
            db.execute("INSERT OR REPLACE INTO results VALUES (?, ?, ?)", params![run, seq, json(settled)?])?;
            let id = settled.id.as_ref().or(change.record.id.as_ref());
            match (settled.how, change.record.kind, id) {
                (Settlement::Done, RecordKind::PortalUser, Some(id)) => self.keep(db, id, &change.fields),
                (Settlement::Done, RecordKind::Contact, Some(id)) => self.hold(db, id, &change.fields),
                (Settlement::Done, RecordKind::TenantUser, _) => {
                    self.requests_are_done(db, run, change, settled.at)
                }
                _ => Ok(()),
            }
        })
    }

    /// Ends a run.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn end(&self, run: &str, ended: Ended) -> Result<()> {
        self.change(|db| {
            db.execute("UPDATE runs SET ended = ? WHERE id = ?", params![json(&ended)?, run]).map(drop)
        })
    }

    /// Forgets the runs of this realm that are older than `keep` at `now`, and says how many; and with them the
    /// pictures that no run wants any more.
    ///
    /// Kept are those of which something is not settled, and those that have not ended: another process may be at
    /// work on one. A run that was killed never ends, so it goes a week later than the others. How old a run is, the
    /// journal says as well as the clock; where the clock jumped, no picture goes.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn prune(&self, now: Timestamp, keep: Duration) -> Result<usize> {
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let (clock, runs) = self.change(|db| {
            let mut all = db.prepare("SELECT rowid, started, realm, ended IS NOT NULL FROM runs ORDER BY rowid")?;
            let all: Vec<(i64, i64, String, bool)> = all
                .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
                .collect::<rusqlite::Result<_>>()?;
            let clock = Ages::new(all.iter().map(|(_, started, ..)| *started).collect(), now);
            let (old, very_old) = (clock.are_older(keep), clock.are_older(keep.saturating_add(KILLED)));
            let mut pruned = 0;
            for (index, (row, _, realm, ended)) in all.iter().enumerate() {
                if *realm == self.realm && if *ended { old[index] } else { very_old[index] } {
                    pruned += db.execute(
                        "DELETE FROM runs WHERE rowid = ?1 AND id NOT IN (
                            SELECT run FROM intents LEFT JOIN results USING (run, seq) WHERE settled IS NULL)",
                        [row],
                    )?;
                }
            }
            Ok((clock, pruned))
        })?;
        if !clock.is_doubtful() {
            self.prune_pictures(now.as_millisecond().saturating_sub(keep))?;
        }
        Ok(runs)
    }
}

pub(super) fn json(value: &impl Serialize) -> rusqlite::Result<String> {
    serde_json::to_string(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))
}

/// Returns the change with secrets taken out.
///
/// The journal may know only that one was set or cleared.
fn without_secrets(change: &Change) -> Change {
    let mut change = change.clone();
    for field in change.fields.iter_mut().filter(|field| field.field.is_secret()) {
        field.before =
            field.before.as_deref().map(|text| if text.is_empty() { "" } else { SECRET }.to_owned());
        if let NewValue::Text(text) = &mut field.after {
            SECRET.clone_into(text);
        }
    }
    for unmoved in change.unmoved.iter_mut().filter(|unmoved| unmoved.field.is_secret()) {
        SECRET.clone_into(&mut unmoved.value);
    }
    change
}
