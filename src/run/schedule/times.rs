//! When the runs of a schedule begin: the same times every day.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::text::span;

/// The minutes of a day.
const DAY: u16 = 24 * 60;

/// The intervals that divide a day, or an hour, into equal parts: every scheduler can say them.
const INTERVALS: [(&str, u16); 12] = [
    ("10m", 10),
    ("15m", 15),
    ("20m", 20),
    ("30m", 30),
    ("1h", 60),
    ("2h", 120),
    ("3h", 180),
    ("4h", 240),
    ("6h", 360),
    ("8h", 480),
    ("12h", 720),
    ("24h", DAY),
];

/// A time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeOfDay {
    hour: u16,
    minute: u16,
}

/// How long it is from the beginning of one run to the beginning of the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interval {
    minutes: u16,
}

/// The times at which runs begin: each of the minutes in each of the hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Times {
    at: TimeOfDay,
    every: Interval,
}

impl FromStr for TimeOfDay {
    type Err = String;

    /// Reads `02:00`.
    fn from_str(text: &str) -> Result<Self, String> {
        let number = |part: &str, most: u16| {
            let has_form = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            part.parse().ok().filter(|number| has_form && *number <= most)
        };
        let parts = text.split_once(':');
        parts
            .and_then(|(hour, minute)| Some(Self { hour: number(hour, 23)?, minute: number(minute, 59)? }))
            .ok_or_else(|| format!("\"{text}\" is not a time of day; write 00:00 to 23:59"))
    }
}

impl FromStr for Interval {
    type Err = String;

    /// Reads `4h` or `30m`.
    fn from_str(text: &str) -> Result<Self, String> {
        let wanted = span::parse(text);
        let found = INTERVALS.iter().find(|(_, minutes)| wanted == Some(length(*minutes)));
        found.map(|(_, minutes)| Self { minutes: *minutes }).ok_or_else(|| {
            let names = INTERVALS.map(|(name, _)| name).join(", ");
            format!("\"{text}\" does not divide a day into equal parts; write one of {names}")
        })
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.hour, self.minute)
    }
}

impl Interval {
    /// Returns its length.
    pub(super) fn length(self) -> Duration {
        length(self.minutes)
    }
}

impl Times {
    /// Returns a run a day at `at`, or one for each interval, of which one begins at `at`.
    pub(super) fn new(at: Option<TimeOfDay>, every: Option<Interval>) -> Self {
        let at = at.unwrap_or(TimeOfDay { hour: 2, minute: 0 });
        Self { at, every: every.unwrap_or(Interval { minutes: DAY }) }
    }

    /// Returns the interval.
    pub(super) fn every(self) -> Interval {
        self.every
    }

    /// Returns whether there is more than one run a day.
    pub(super) fn repeats(self) -> bool {
        self.every.minutes < DAY
    }

    /// Returns the first time of the day.
    pub(super) fn first(self) -> TimeOfDay {
        TimeOfDay {
            hour: self.hours().first().copied().unwrap_or_default(),
            minute: self.minutes().first().copied().unwrap_or_default(),
        }
    }

    /// Returns the hours in which runs begin; none for every hour.
    pub(super) fn hours(self) -> Vec<u16> {
        match self.every.minutes / 60 {
            0 | 1 => Vec::new(),
            hours => (self.at.hour % hours..24).step_by(hours.into()).collect(),
        }
    }

    /// Returns the minutes of these hours at which runs begin.
    pub(super) fn minutes(self) -> Vec<u16> {
        let step = self.every.minutes.min(60);
        (self.at.minute % step..60).step_by(step.into()).collect()
    }

    /// Returns the minutes and the hours as cron writes them: `0 2,14`.
    pub(super) fn cron(self) -> String {
        let list = |numbers: &[u16]| numbers.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        let hours = self.hours();
        let hours = if hours.is_empty() { "*".to_owned() } else { list(&hours) };
        format!("{} {hours}", list(&self.minutes()))
    }
}

fn length(minutes: u16) -> Duration {
    Duration::from_secs(u64::from(minutes) * 60)
}

/// Writes a span of time as [`span::parse`] reads it, parts of a second left out.
pub(super) fn told(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds % 3600 == 0 => format!("{}h", seconds / 3600),
        seconds if seconds % 60 == 0 => format!("{}m", seconds / 60),
        seconds => format!("{seconds}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cron(at: Option<&str>, every: Option<&str>) -> String {
        let at = at.map(|text| text.parse().expect("a time of day"));
        Times::new(at, every.map(|text| text.parse().expect("an interval"))).cron()
    }

    #[test]
    fn one_of_the_runs_begins_at_the_time_that_is_given() {
        for (at, every, expected) in [
            (None, None, "0 2"),
            (Some("23:45"), None, "45 23"),
            (None, Some("4h"), "0 2,6,10,14,18,22"),
            (Some("13:30"), Some("12h"), "30 1,13"),
            (Some("2:15"), Some("1h"), "15 *"),
            (Some("02:15"), Some("30m"), "15,45 *"),
            (Some("02:50"), Some("20m"), "10,30,50 *"),
        ] {
            assert_eq!(cron(at, every), expected, "{at:?} {every:?}");
        }
    }

    #[test]
    fn what_is_no_time_of_day_is_refused() {
        for text in ["25:00", "24:00", "02:60", "2", "", "002:00", "-1:00", "+2:00", "02:00:00", "2am"] {
            let error = text.parse::<TimeOfDay>().expect_err(text);
            assert_eq!(error, format!("\"{text}\" is not a time of day; write 00:00 to 23:59"));
        }
    }

    #[test]
    fn an_interval_that_does_not_divide_the_day_is_refused() {
        for text in ["0h", "5h", "90m", "25h", "1m", "4", "often", "-4h"] {
            assert!(text.parse::<Interval>().expect_err(text).contains("write one of 10m"), "{text}");
        }
        for (text, same) in [("60m", "1h"), ("1d", "24h"), ("7200s", "2h")] {
            assert_eq!(text.parse::<Interval>(), same.parse(), "{text}");
        }
    }

    #[test]
    fn a_span_that_is_told_is_read_again() {
        for text in ["2h", "55m", "90s", "24h"] {
            assert_eq!(told(span::parse(text).expect("a span")), text);
        }
    }
}
