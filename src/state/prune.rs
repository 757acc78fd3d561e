//! Keeps the journal small: old runs are forgotten, what an older version wrote is brought to the newest form, and the
//! room that is no longer needed goes back to the disk.
//!
//! All of it happens in small steps, each of which is a transaction of its own, and a run makes only as many as fit into
//! half a second. The next run goes on. Between two steps the journal is whole, so a run may be killed anywhere.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, Transaction, params};

use super::broken::is_of_a_row;
use super::history::parsed;
use super::texts::{Writer, sweep};
use super::trouble::unusable;
use super::{Ages, State, Waiting, in_one_transaction};
use crate::error::Result;
use crate::plan::CompanyPlan;

/// How much longer a run that never ended is kept, in milliseconds: a week, longer than any run takes.
const KILLED: i64 = 7 * 24 * 60 * 60 * 1000;

/// How long a run makes steps.
const SHARE: Duration = Duration::from_millis(500);

/// How many rows a step forgets, and how many runs; one run at least.
const ROWS: usize = 2_000;
const RUNS: usize = 100;

/// The largest content, in bytes, that is rewritten as a whole, once, so that a file of an older version can shrink.
const REWRITABLE: i64 = 16 * 1024 * 1024;

/// The pages that one step gives back to the disk: a megabyte.
const PAGES: i64 = 256;

impl State {
    /// Forgets runs of this realm that are older than `keep` at `now`, as many as there is time for, and says how many;
    /// and with them the pictures that no run wants any more.
    ///
    /// Kept are those of which something is not settled, those that have not ended, because another process may be at
    /// work on one, and those that died and are not told yet. A run that was killed never ends, so it goes a week later
    /// than the others. How old a run is, the journal says as well as the clock; where the clock jumped, no picture goes.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn prune(&self, now: Timestamp, keep: Duration) -> Result<usize> {
        let end = Instant::now() + SHARE;
        let keep = i64::try_from(keep.as_millis()).unwrap_or(i64::MAX);
        let (clock, old) = self.read(|db| self.old(db, now, keep))?;
        let (mut left, mut pruned) = (old.as_slice(), 0);
        while !left.is_empty() {
            let (forgotten, rest) = self.change(|db| forget(db, left))?;
            pruned += forgotten;
            left = rest;
            if Instant::now() >= end {
                break;
            }
        }
        if !clock.is_doubtful() {
            self.prune_pictures(now.as_millisecond().saturating_sub(keep))?;
        }
        // What is left to do can wait for another run, and is no reason to end this one.
        if let Err(error) = self.tidy(end) {
            tracing::debug!("the journal is not tidied now: {error}");
        }
        Ok(pruned)
    }

    /// Returns the runs of this realm that are old enough to be forgotten, the oldest first.
    fn old(&self, db: &Connection, now: Timestamp, keep: i64) -> rusqlite::Result<(Ages, Vec<String>)> {
        let mut all = db.prepare(
            "SELECT id, started, realm, ended IS NOT NULL, id IN (SELECT run FROM begun) FROM runs ORDER BY rowid",
        )?;
        let all: Vec<(String, i64, String, bool, bool)> = all
            .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))?
            .collect::<rusqlite::Result<_>>()?;
        let clock = Ages::new(all.iter().map(|(_, started, ..)| *started).collect(), now);
        let (old, very_old) = (clock.are_older(keep), clock.are_older(keep.saturating_add(KILLED)));
        let is_old = |(index, (id, _, realm, ended, begun)): (usize, (String, i64, String, bool, bool))| {
            let is_of_age = if ended { old[index] } else { very_old[index] };
            (realm == self.realm && is_of_age && !begun).then_some(id)
        };
        let old = all.into_iter().enumerate().filter_map(is_old).collect();
        Ok((clock, old))
    }

    /// Does what else keeps the file small, until `end`.
    fn tidy(&self, end: Instant) -> Result<()> {
        while Instant::now() < end && self.step(|db| in_one_transaction(db, share_notes))? {}
        let unsummed: Vec<String> = self.read(|db| {
            // Those of an older version, those that died, and those that a later run settled.
            let mut runs = db.prepare("SELECT id FROM runs WHERE summary IS NULL ORDER BY rowid DESC")?;
            runs.query_map((), |row| row.get(0))?.collect()
        })?;
        for run in unsummed {
            if Instant::now() >= end {
                return Ok(());
            }
            self.step(|db| in_one_transaction(db, |db| self.sum_up(db, &run)))?;
        }
        while Instant::now() < end && self.step(give_back)? {}
        Ok(())
    }

    /// Makes a step that no other run is kept waiting for and that waits for none.
    pub(super) fn step<T>(&self, work: impl FnOnce(&mut Connection) -> rusqlite::Result<T>) -> Result<T> {
        let mut db = self.db();
        let done = db.busy_timeout(Duration::ZERO).and_then(|()| work(&mut db));
        let patient = db.busy_timeout(Waiting::default().patience());
        patient.and(done).map_err(|error| unusable(&self.path, error))
    }
}

/// Forgets the first of these runs, with the texts that no other run needs, and returns how many went and which are left
/// to look at.
pub(super) fn forget<'i>(db: &Transaction<'_>, ids: &'i [String]) -> rusqlite::Result<(usize, &'i [String])> {
    let mut count = db.prepare(
        "SELECT (SELECT count(*) FROM intents WHERE run = ?1) + (SELECT count(*) FROM companies WHERE run = ?1)",
    )?;
    let mut delete = db.prepare(
        "DELETE FROM runs WHERE id = ?1 AND NOT EXISTS (
            SELECT 1 FROM intents LEFT JOIN results USING (run, seq) WHERE run = ?1 AND settled IS NULL)",
    )?;
    let (mut seen, mut rows, mut forgotten) = (0, 0, 0);
    for id in ids.iter().take(RUNS) {
        rows += count.query_row([id], |row| row.get::<_, usize>(0))?;
        if seen > 0 && rows > ROWS {
            break;
        }
        forgotten += delete.execute([id])?;
        seen += 1;
    }
    if forgotten > 0 {
        sweep(db)?;
    }
    Ok((forgotten, &ids[seen..]))
}

/// Shares what an older version stored of one run by itself, and returns whether there was such a run. What cannot be
/// read stays as it is.
pub(super) fn share_notes(db: &Transaction<'_>) -> rusqlite::Result<bool> {
    const NEXT: &str = "SELECT id FROM runs WHERE notes IS NULL
        AND EXISTS (SELECT 1 FROM companies WHERE run = runs.id) ORDER BY rowid LIMIT 1";
    let run: Option<String> = db.query_row(NEXT, (), |row| row.get(0)).optional()?;
    let Some(run) = run else { return Ok(false) };
    let mut stored = db.prepare("SELECT plan, company FROM companies WHERE run = ?")?;
    let mut rows = stored.query([&run])?;
    let (mut plans, mut names): (Vec<CompanyPlan>, Vec<String>) = (Vec::new(), Vec::new());
    while let Some(row) = rows.next()? {
        match parsed(row, 0).and_then(|plan| Ok((plan, row.get(1)?))) {
            Ok((plan, name)) => {
                plans.push(plan);
                names.push(name);
            }
            Err(error) if is_of_a_row(&error) => {}
            Err(error) => return Err(error),
        }
    }
    let notes = Writer::new(db)?.keep_plans(&plans)?;
    db.execute("UPDATE runs SET notes = ? WHERE id = ?", params![notes, run])?;
    for name in names {
        db.execute("DELETE FROM companies WHERE run = ? AND company = ?", [&run, &name])?;
    }
    Ok(true)
}

/// Gives some of the room that is free in the file back to the disk, and returns whether there is more.
///
/// A file of an older version cannot do that before it was rewritten once, which waits until little is left in it.
pub(super) fn give_back(db: &mut Connection) -> rusqlite::Result<bool> {
    let number = |pragma: &str| db.query_row(&format!("PRAGMA {pragma}"), (), |row| row.get::<_, i64>(0));
    let free = number("freelist_count")?;
    if number("auto_vacuum")? == 0 {
        let content = (number("page_count")? - free) * number("page_size")?;
        if content <= REWRITABLE {
            db.execute_batch("PRAGMA auto_vacuum = INCREMENTAL; VACUUM")?;
        }
        return Ok(false);
    }
    let mut pages = db.prepare(&format!("PRAGMA incremental_vacuum({PAGES})"))?;
    let mut given = pages.query(())?;
    // Each row is a page.
    while given.next()?.is_some() {}
    Ok(free > PAGES)
}
