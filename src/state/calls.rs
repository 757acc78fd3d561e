//! Requests of earlier runs that still count where a service allows only so many in some time.

use jiff::{SignedDuration, Timestamp};
use rusqlite::params;

use super::State;
use super::broken::text;
use crate::calls::Spent;
use crate::error::Result;

/// How long requests are remembered.
///
/// No service counts them for longer.
const WINDOW: SignedDuration = SignedDuration::from_hours(1);

impl State {
    /// Returns the requests of earlier runs in the hour before `now`, the earliest first.
    ///
    /// Requests of the future were made before the clock was set back. They count as made now, and as no later from
    /// then on.
    ///
    /// # Errors
    /// `Kind::State` when the database cannot be read.
    pub fn calls(&self, now: Timestamp) -> Result<Vec<Spent>> {
        let ahead = params![self.realm, now.as_second()];
        let is_ahead: bool = self.read(|db| {
            db.query_row("SELECT EXISTS (SELECT 1 FROM calls WHERE realm = ?1 AND at > ?2)", ahead, |row| {
                row.get(0)
            })
        })?;
        if is_ahead {
            self.keep_reading(|db| {
                db.execute(
                    "INSERT INTO calls SELECT realm, service, endpoint, ?2, sum(count) FROM calls
                     WHERE realm = ?1 AND at > ?2 GROUP BY service, endpoint
                     ON CONFLICT DO UPDATE SET count = count + excluded.count",
                    ahead,
                )?;
                db.execute("DELETE FROM calls WHERE realm = ?1 AND at > ?2", ahead)
            })?;
        }
        self.read(|db| {
            self.rows(
                db,
                "SELECT service, endpoint, min(at, ?2), sum(count) FROM calls WHERE realm = ?1 AND at > ?3
                 GROUP BY 1, 2, 3 ORDER BY 3, 1, 2",
                params![self.realm, now.as_second(), since(now)],
                |row| format!("how often {} was asked in the last hour", text(row, 0)),
                |row| {
                    let at = Timestamp::from_second(row.get(2)?).unwrap_or(now);
                    Ok(Spent { service: row.get(0)?, endpoint: row.get(1)?, at, requests: row.get(3)? })
                },
            )
        })
    }

    /// Adds the requests of a run, and forgets those that no longer count.
    ///
    /// # Errors
    /// `Kind::State` when they cannot be written: the next run may then be refused some of its own.
    pub fn add_calls(&self, calls: &[Spent], now: Timestamp) -> Result<()> {
        if calls.is_empty() {
            return Ok(());
        }
        // A clock that jumped forth makes requests of a moment ago look old.
        let doubtful = self.ages(now)?.is_doubtful();
        self.keep_reading(|db| {
            if !doubtful {
                db.execute("DELETE FROM calls WHERE realm = ? AND at <= ?", (&self.realm, since(now)))?;
            }
            for Spent { service, endpoint, at, requests } in calls {
                db.execute(
                    "INSERT INTO calls VALUES (?, ?, ?, ?, ?)
                     ON CONFLICT DO UPDATE SET count = count + excluded.count",
                    params![self.realm, service, endpoint, at.as_second(), requests],
                )?;
            }
            Ok(())
        })
        .map(drop)
    }
}

fn since(now: Timestamp) -> i64 {
    now.as_second().saturating_sub(WINDOW.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    fn state(folder: &Path, realm: &str) -> State {
        State::open(&folder.join("state.db"), realm).expect("a state")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    fn calls(second: i64, requests: u32) -> Spent {
        Spent { service: "desk".into(), endpoint: "values".into(), at: at(second), requests }
    }

    #[test]
    fn runs_add_up_and_an_hour_later_are_forgotten() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let (first, second) = (state(folder.path(), "r"), state(folder.path(), "r"));
        first.add_calls(&[calls(0, 7), calls(5, 2)], at(5)).expect("written");
        second.add_calls(&[calls(5, 3)], at(5)).expect("written");
        assert_eq!(first.calls(at(10)).expect("readable"), [calls(0, 7), calls(5, 5)]);
        assert_eq!(first.calls(at(3600)).expect("readable"), [calls(5, 5)]);
        assert!(state(folder.path(), "other").calls(at(10)).expect("readable").is_empty());
        second.add_calls(&[calls(3700, 1)], at(3700)).expect("written");
        assert_eq!(first.calls(at(3700)).expect("readable"), [calls(3700, 1)], "the earlier ones are gone");
    }

    #[test]
    fn requests_of_the_future_count_for_an_hour_and_no_longer() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let state = state(folder.path(), "r");
        let year = 365 * 86_400;
        state.add_calls(&[calls(year, 7), calls(year + 9, 2)], at(year + 9)).expect("written");
        assert_eq!(state.calls(at(0)).expect("readable"), [calls(0, 9)], "the clock was set back");
        assert_eq!(state.calls(at(10)).expect("readable"), [calls(0, 9)]);
        assert_eq!(state.calls(at(3600)).expect("readable"), []);
        for now in [Timestamp::MAX, Timestamp::MIN] {
            state.calls(now).expect("readable");
            state.add_calls(&[calls(0, 1)], now).expect("written");
        }
    }
}
