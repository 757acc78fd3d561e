//! The clock of this machine, and how much of what the services allow is used.

use std::time::Duration;

use super::seen::Seen;
use crate::plan::{Fact, Subject};

/// From how many seconds on a clock that is wrong is said.
const NOTED: i64 = 30;

/// From how many seconds on signing in fails: proofs of identity and one-time codes are good for a few minutes.
const FATAL: i64 = 300;

/// From how many percent on little is left of what a service allows.
const MUCH: usize = 80;

/// Returns how the clock of this machine is, and how many requests are used.
pub(super) fn clock_and_quota(seen: &Seen<'_>) -> Vec<Fact> {
    clock(&seen.connection.clocks()).into_iter().chain(quota(seen)).collect()
}

/// Judges the clock by the service it agrees with best: one whose own clock is wrong says nothing of this one.
fn clock(ahead: &[(&'static str, i64)]) -> Option<Fact> {
    let (service, ahead) = ahead.iter().min_by_key(|(_, ahead)| ahead.abs())?;
    let word = if *ahead > 0 { "ahead of" } else { "behind" };
    let says = format!("the clock of this machine is {} s {word} that of {service}", ahead.abs());
    let next = "let the machine take its time from the network (NTP), then run the command again";
    Some(match ahead.abs() {
        0..NOTED => Fact::ok(Subject::Clock, "the clock of this machine is right"),
        NOTED..FATAL => Fact::warn(Subject::Clock, says, next),
        _ => Fact::fail(Subject::Clock, says, next),
    })
}

fn quota(seen: &Seen<'_>) -> Vec<Fact> {
    let fact = |window: crate::http::Window| {
        let crate::http::Window { service, used, most, span } = window;
        let span = minutes(span);
        let says = format!("{service}: {used} of the {most} requests of {span} are used");
        if used * 100 < most * MUCH {
            return Fact::ok(Subject::Quota, says);
        }
        let next = format!("run again when {span} have passed; other programs may use up the same requests");
        Fact::warn(Subject::Quota, says, next)
    };
    seen.connection.windows().into_iter().map(fact).collect()
}

fn minutes(span: Duration) -> String {
    match span.as_secs() / 60 {
        0 | 1 => "60 seconds".to_owned(),
        minutes => format!("{minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Status;

    #[test]
    fn a_clock_is_judged_by_the_service_that_it_agrees_with_best() {
        let status = |ahead: &[(&'static str, i64)]| clock(ahead).map(|fact| fact.status);
        assert_eq!(status(&[]), None);
        assert_eq!(status(&[("graph", 2), ("desk", -4000)]), Some(Status::Ok));
        assert_eq!(status(&[("graph", 90), ("desk", 100)]), Some(Status::Warn));
        assert_eq!(status(&[("graph", -900), ("desk", -901)]), Some(Status::Fail));
        let says = clock(&[("graph", -900)]).map(|fact| fact.says).unwrap_or_default();
        assert_eq!(says, "the clock of this machine is 900 s behind that of graph");
    }
}
