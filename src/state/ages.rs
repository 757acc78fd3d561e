//! How old the runs of the journal are, where the clock of the machine may be wrong.
//!
//! The order in which runs were begun is certain; the times that they state are only as right as the clock was. So an age is
//! the sum of the steps from each run to the next one, up to now, and a step that no run of crsync explains counts for
//! little or nothing: a clock that jumps forth makes no run old, and one that jumps back makes none young.

use jiff::Timestamp;

use super::State;
use crate::error::Result;

const MINUTE: i64 = 60 * 1000;
const DAY: i64 = 24 * 60 * MINUTE;

/// The longest step that is believed as it is, in milliseconds: a weekly run, and a day more.
const STEP: i64 = 8 * DAY;

/// The longest step that counts at all, as [`STEP`]: a run every other month.
///
/// A longer one is a jump of the clock.
const JUMP: i64 = 62 * DAY;

/// How far the clock may be behind the last run before that is reported: runs may go on at the same time.
const SLACK: i64 = 10 * MINUTE;

/// The times at which runs began, in the order in which they did, and the time that the clock tells now.
#[derive(Debug, Clone)]
pub struct Ages {
    started: Vec<i64>,
    now: i64,
}

/// The age of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Age {
    /// In milliseconds; below zero where the clock was set back since.
    sum: i64,
    /// Whether a step since the run was not believed as it is.
    doubted: bool,
}

impl Ages {
    pub(super) fn new(started: Vec<i64>, now: Timestamp) -> Self {
        Self { started, now: now.as_millisecond() }
    }

    /// Returns the steps from each run to the next one, and from the last one to now.
    fn steps(&self) -> Vec<i64> {
        let next = self.started.iter().skip(1).chain([&self.now]);
        self.started.iter().zip(next).map(|(from, to)| to.saturating_sub(*from)).collect()
    }

    fn ages(&self) -> Vec<Age> {
        let mut age = Age { sum: 0, doubted: false };
        let mut ages: Vec<Age> = self
            .steps()
            .into_iter()
            .rev()
            .map(|step| {
                age.sum = age.sum.saturating_add(believed(step));
                age.doubted |= believed(step) != step;
                age
            })
            .collect();
        ages.reverse();
        ages
    }

    /// Returns for every run, in their order, whether it is older than `keep` milliseconds beyond doubt.
    pub(super) fn are_older(&self, keep: i64) -> Vec<bool> {
        let doubt = |age: &Age| if age.doubted { STEP } else { 0 };
        self.ages().iter().map(|age| age.sum > keep.saturating_add(doubt(age))).collect()
    }

    /// Is true if the journal shows that the clock jumped in the last days: then nothing is thrown away by its age
    /// alone.
    pub fn is_doubtful(&self) -> bool {
        let mut sum = 0_i64;
        for step in self.steps().into_iter().rev() {
            if believed(step) != step || step < -SLACK {
                return true;
            }
            sum = sum.saturating_add(step);
            if sum > STEP {
                return false;
            }
        }
        false
    }

    /// Returns the time in milliseconds up to which windows of time reach: what the clock tells, unless it
    /// contradicts the journal.
    pub(super) fn now(&self) -> i64 {
        let last = self.started.last().filter(|_| self.contradiction().is_some());
        last.map_or(self.now, |last| self.now.min(*last))
    }

    /// Returns in one sentence how the clock contradicts the journal, if it does.
    pub fn contradiction(&self) -> Option<String> {
        let last = *self.started.last()?;
        let time = |at: i64| {
            Timestamp::from_millisecond(at).map_or_else(
                |_| "an impossible time".to_owned(),
                |at| at.strftime("%Y-%m-%d %H:%M UTC").to_string(),
            )
        };
        let step = self.now.saturating_sub(last);
        let (now, last) = (time(self.now), time(last));
        if step < -SLACK {
            return Some(format!(
                "the clock of this machine says {now}, but the last run of the journal began at {last}"
            ));
        }
        (step > JUMP).then(|| {
            format!(
                "the clock of this machine says {now}, {} days after the last run of the journal",
                step / DAY
            )
        })
    }
}

/// Returns the part of a step that counts.
fn believed(step: i64) -> i64 {
    match step.saturating_abs() {
        length if length > JUMP => 0,
        _ => step.clamp(-STEP, STEP),
    }
}

impl State {
    /// Returns what the journal and `now` say of the clock.
    ///
    /// # Errors
    /// `Kind::State` when the journal cannot be read.
    pub fn ages(&self, now: Timestamp) -> Result<Ages> {
        // All realms of a file share one clock. Rows are numbered as runs begin.
        let started = self.read(|db| {
            let mut runs = db.prepare("SELECT started FROM runs ORDER BY rowid")?;
            runs.query_map((), |row| row.get(0))?.collect()
        })?;
        Ok(Ages::new(started, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a clock over runs that began at these days, looked at on day `now`.
    fn ages_of(days: &[i64], now: i64) -> Ages {
        let at = |day: i64| Timestamp::from_millisecond(1_700_000_000_000 + day * DAY).expect("a time");
        Ages::new(days.iter().map(|day| at(*day).as_millisecond()).collect(), at(now))
    }

    fn older(days: &[i64], now: i64) -> Vec<i64> {
        let older = ages_of(days, now).are_older(90 * DAY);
        days.iter().zip(older).filter_map(|(day, older)| older.then_some(*day)).collect()
    }

    fn daily(from: i64, to: i64) -> Vec<i64> {
        (from..=to).collect()
    }

    #[test]
    fn where_the_clock_is_sane_age_is_what_it_says() {
        assert_eq!(older(&daily(0, 100), 100), daily(0, 9));
        let weekly: Vec<i64> = (0..20).map(|week| week * 7).collect();
        assert_eq!(older(&weekly, 134), [0, 7, 14, 21, 28, 35, 42]);
        assert_eq!(ages_of(&[], 0).are_older(0), [false; 0]);
    }

    #[test]
    fn a_clock_that_jumps_makes_no_run_older_than_a_sane_one_would() {
        for jump in [-20_000, -4000, -365, -90, -40, 40, 90, 365, 4000, 2_900_000] {
            // One run with the wrong clock, or a month of them; before, during and after.
            for wrong in [1, 30] {
                for back in [false, true] {
                    let mut days = daily(0, 60);
                    let mut real = days.clone();
                    for day in 61..61 + wrong {
                        days.push(day + jump);
                        real.push(day);
                    }
                    let last = 60 + wrong;
                    let (now, real_now) = if back { (last + 1, last + 1) } else { (last + jump, last) };
                    let older = ages_of(&days, now).are_older(90 * DAY);
                    for (index, older) in older.into_iter().enumerate() {
                        let age = real_now - real[index];
                        assert!(!older || age > 90, "jump {jump}, {wrong} runs, back {back}: {age} days old");
                    }
                }
            }
        }
    }

    #[test]
    fn times_that_cannot_be_do_no_harm() {
        let wild = Ages { started: vec![i64::MIN, i64::MAX, 0, i64::MIN], now: i64::MAX };
        assert_eq!(wild.are_older(0), [false; 4]);
        assert!(wild.is_doubtful());
        assert!(wild.contradiction().is_some());
        for now in [Timestamp::MAX, Timestamp::MIN, Timestamp::UNIX_EPOCH] {
            let ages = Ages::new(vec![1_700_000_000_000], now);
            assert_eq!((ages.are_older(0), ages.is_doubtful()), (vec![false], true));
        }
    }

    #[test]
    fn a_jump_is_said_and_doubted_until_days_have_passed() {
        assert_eq!(ages_of(&daily(0, 20), 21).contradiction(), None);
        assert!(!ages_of(&daily(0, 20), 21).is_doubtful());
        let back = ages_of(&daily(0, 20), 3);
        assert!(back.is_doubtful());
        assert_eq!(
            back.contradiction().expect("a contradiction"),
            "the clock of this machine says 2023-11-17 22:13 UTC, but the last run of the journal began at \
             2023-12-04 22:13 UTC"
        );
        let forth = ages_of(&daily(0, 20), 400);
        assert!(
            forth
                .contradiction()
                .expect("a contradiction")
                .ends_with(", 380 days after the last run of the journal")
        );
        let mut days = daily(0, 20);
        days.extend(daily(400, 405));
        assert!(ages_of(&days, 406).is_doubtful(), "it may be set right again");
        days.extend(daily(406, 410));
        assert!(!ages_of(&days, 411).is_doubtful());
    }
}
