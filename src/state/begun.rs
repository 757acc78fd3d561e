//! Which runs have begun and not said that they are over: how a run that died is known to have been there, whatever it
//! had put into the journal by then.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Transaction, params};

use super::texts::json;
use super::{Client, State};
use crate::error::Result;

/// How long a run that died is worth a word.
const KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A run that did not live to say that it is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dead {
    /// Its id.
    pub run: String,
    /// Its command.
    pub command: String,
}

impl State {
    /// Notes that the run of this id has begun, and which runs of its `clients` died before: it holds their locks, so
    /// none of them is at work.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn note_begun(&self, run: &str, command: &str, clients: &[Client], now: Timestamp) -> Result<()> {
        let keys: BTreeSet<String> = clients.iter().flat_map(Client::own_keys).collect();
        let old = now.saturating_sub(KEPT).map_or(i64::MIN, Timestamp::as_millisecond);
        let is_doubtful = self.ages(now)?.is_doubtful();
        self.change(|db| {
            for other in others(db, &self.realm, &keys)? {
                db.execute("UPDATE begun SET found = ? WHERE run = ?", params![run, other])?;
            }
            // Where the clock jumped, nothing is known to be old; and what was found just now is told.
            if !is_doubtful {
                db.execute("DELETE FROM begun WHERE started < ? AND found IS NOT ?", params![old, run])?;
            }
            let row = params![run, self.realm, command, now.as_millisecond(), json(&keys)?];
            db.execute("INSERT INTO begun (run, realm, command, started, keys) VALUES (?, ?, ?, ?, ?)", row)
                .map(drop)
        })
    }

    /// Notes that the run of this id is over.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn note_over(&self, run: &str) -> Result<()> {
        self.change(|db| db.execute("DELETE FROM begun WHERE run = ?", [run]).map(drop))
    }

    /// Returns the runs of which the run of this id found that they died.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be read.
    pub fn dead(&self, run: &str) -> Result<Vec<Dead>> {
        self.read(|db| {
            // An id begins with the time.
            let mut found = db.prepare("SELECT run, command FROM begun WHERE found = ? ORDER BY run")?;
            let dead = found.query_map([run], |row| Ok(Dead { run: row.get(0)?, command: row.get(1)? }))?;
            dead.collect()
        })
    }

    /// Forgets the runs of which the run of this id found that they died: they were told.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written.
    pub fn forget_dead(&self, run: &str) -> Result<()> {
        self.change(|db| db.execute("DELETE FROM begun WHERE found = ?", [run]).map(drop))
    }
}

/// Returns the runs of the realm that have one of these keys.
fn others(db: &Transaction<'_>, realm: &str, keys: &BTreeSet<String>) -> rusqlite::Result<Vec<String>> {
    let mut rows = db.prepare("SELECT run, keys FROM begun WHERE realm = ?")?;
    let rows = rows.query_map([realm], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
    let mut others = Vec::new();
    for row in rows {
        let (run, theirs) = row?;
        // What cannot be read is of no run that can be told.
        let theirs: BTreeSet<String> = serde_json::from_str(&theirs).unwrap_or_default();
        if !theirs.is_disjoint(keys) {
            others.push(run);
        }
    }
    Ok(others)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(name: &str, psa: i64, domains: &[&str]) -> Client {
        Client {
            name: name.to_owned(),
            psa: vec![("desk".to_owned(), psa.to_string())],
            portal: Vec::new(),
            tenant: Some(("t1".to_owned(), domains.iter().map(|domain| (*domain).to_owned()).collect())),
        }
    }

    #[test]
    fn a_run_that_died_is_found_by_the_next_of_its_clients_and_told_once() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = State::open(&folder.path().join("state.db"), "desk portal").expect("a new state");
        let (toys, games) = (client("Toys", 1, &["toys.example"]), client("Games", 2, &["games.example"]));
        let now: Timestamp = "2026-11-30T02:00:00Z".parse().expect("a time");
        let begin = |run: &str, client: &Client| {
            state.note_begun(run, "sync", std::slice::from_ref(client), now).expect("written");
        };
        begin("a", &toys);
        // Of the same tenant, and beside it.
        begin("b", &games);
        assert_eq!(state.dead("b").expect("read"), []);
        state.note_over("b").expect("written");
        begin("c", &toys);
        // It died as well, before it told anything.
        begin("d", &toys);
        let dead = state.dead("d").expect("read");
        assert_eq!(dead.iter().map(|dead| dead.run.as_str()).collect::<Vec<_>>(), ["a", "c"]);
        assert_eq!(state.dead("d").expect("read"), dead, "as long as they were not told");
        state.forget_dead("d").expect("written");
        assert_eq!(state.dead("d").expect("read"), []);
        state.note_over("d").expect("written");
        begin("e", &toys);
        assert_eq!(state.dead("e").expect("read"), []);
    }
}
