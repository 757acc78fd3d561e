//! Writing the journal. Every call is one transaction that is on disk when it returns.

use std::collections::BTreeSet;
use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;
use rusqlite::params;

use super::State;
use super::memory::DETAILS;
use super::texts::{Writer, json};
use crate::error::Result;
use crate::plan::{
    Action, Change, CompanyPlan, Ended, Header, NewValue, Record, RecordKind, Settled, Settlement,
};

/// What a secret value is replaced by.
const SECRET: &str = "(secret)";

impl State {
    /// Begins a run, with what its plan says of every company besides the changes: only what no run said before takes
    /// room.
    ///
    /// A run that was begun before it had a plan is begun anew.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn begin(&self, header: &Header, companies: &[CompanyPlan]) -> Result<()> {
        self.change(|db| {
            let mut texts = Writer::new(db)?;
            let notes = texts.keep_plans(companies)?;
            let breaches = match header.breaches.as_slice() {
                [] => None,
                breaches => Some(texts.keep(&json(&breaches)?)?),
            };
            let rest = json(&Header { breaches: Vec::new(), ..header.clone() })?;
            db.execute(
                "INSERT INTO runs (id, realm, started, plan, header, breaches, notes) VALUES (?, ?, ?, ?, ?, ?, ?)
                 ON CONFLICT (id) DO UPDATE SET plan = excluded.plan, header = excluded.header,
                 breaches = excluded.breaches, notes = excluded.notes, ended = NULL",
                params![
                    header.id,
                    self.realm,
                    header.started.as_millisecond(),
                    header.plan,
                    rest,
                    breaches,
                    notes
                ],
            )?;
            self.keep_requests(db, header)
        })
    }

    /// Announces a change that is about to be made; gives its place in the run.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: the change must not be made then.
    pub fn announce(&self, run: &str, company: &str, change: &Change, at: Timestamp) -> Result<u64> {
        let seq = self.change(|db| {
            let text = Writer::new(db)?.keep(&json(&without_secrets(change))?)?;
            db.query_row(
                "INSERT INTO intents (run, seq, company, at, change, text)
                 SELECT ?1, coalesce(max(seq), 0) + 1, ?2, ?3, '', ?4 FROM intents WHERE run = ?1 RETURNING seq",
                params![run, company, at.as_millisecond(), text],
                |row| row.get(0),
            )
        })?;
        self.announced_here().insert((run.to_owned(), seq));
        Ok(seq)
    }

    /// Notes that what `run` announced here and did not settle may be sent only now: a request may have waited since it was
    /// announced.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: nothing must be sent then.
    pub fn sending(&self, run: &str, now: Timestamp) -> Result<()> {
        let open: Vec<u64> =
            self.announced_here().iter().filter(|(of, _)| of == run).map(|(_, seq)| *seq).collect();
        self.change(|db| {
            let mut later = db.prepare("UPDATE intents SET at = max(at, ?3) WHERE run = ?1 AND seq = ?2")?;
            open.iter().try_for_each(|seq| later.execute(params![run, seq, now.as_millisecond()]).map(drop))
        })
    }

    fn announced_here(&self) -> MutexGuard<'_, BTreeSet<(String, u64)>> {
        self.announced_here.lock().unwrap_or_else(PoisonError::into_inner)
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
            let user = change.seek.as_ref().and_then(|seek| seek.user.as_ref());
            if let (Action::Create, Some(user), Some(id)) = (change.action, user, &settled.id) {
                let Record { kind, company, .. } = &change.record;
                db.execute(
                    "INSERT OR IGNORE INTO made SELECT realm, ?2, ?3, ?4, ?5, id FROM runs WHERE id = ?1",
                    params![run, kind.name(), company.as_str(), user.as_str(), id.as_str()],
                )?;
            }
            let id = settled.id.as_ref().or(change.record.id.as_ref());
            match (settled.how, change.record.kind, id) {
                (Settlement::Done, RecordKind::PortalUser, Some(id)) => self.keep(db, id, &change.fields),
                (Settlement::Done, RecordKind::Contact, Some(id)) => self.hold(db, id, &change.fields),
                (Settlement::Done, RecordKind::TenantUser, _) => {
                    self.requests_are_done(db, run, change, settled.at)
                }
                (Settlement::Done, RecordKind::Details, _) if change.action == Action::Deactivate => {
                    // What is archived may not be listed any more: that is no loss. A run that counts them itself
                    // replaces the number at its end.
                    db.execute(
                        "UPDATE counts SET records = records - 1 WHERE side = ?3 AND records > 0 AND (realm, company)
                         IN (SELECT realm, company FROM intents JOIN runs ON id = run WHERE run = ?1 AND seq = ?2)",
                        params![run, seq, DETAILS],
                    )
                    .map(drop)
                }
                _ => Ok(()),
            }
        })?;
        self.announced_here().remove(&(run.to_owned(), seq));
        Ok(())
    }

    /// Ends a run, and notes what it adds up to.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn end(&self, run: &str, ended: Ended) -> Result<()> {
        self.change(|db| {
            db.execute("UPDATE runs SET ended = ? WHERE id = ?", params![json(&ended)?, run])?;
            self.sum_up(db, run)
        })
    }
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
