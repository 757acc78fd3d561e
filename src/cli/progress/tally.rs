//! What was counted of a side, and how that is said.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::fetch::Counted;
use crate::model::Side;
use crate::run::AskedSoFar;
use crate::text::show::count;

/// From when on it is said how much time is left.
const SETTLED: Duration = Duration::from_secs(3);

/// What was counted: how many of each there will be, and how many there are.
#[derive(Debug, Default)]
pub(super) struct Tally(BTreeMap<Counted, (usize, usize)>);

impl Tally {
    pub(super) fn expect(&mut self, what: Counted, number: usize) {
        self.0.entry(what).or_default().0 += number;
    }

    pub(super) fn done(&mut self, what: Counted, number: usize) {
        self.0.entry(what).or_default().1 += number;
    }

    /// Returns what there is to say of a side, or of a stage without sides, after so much time.
    pub(super) fn said(&self, side: Option<Side>, asked: &AskedSoFar, elapsed: Duration) -> String {
        let word = |what: &Counted| match (what, side) {
            (Counted::Readings, Some(Side::Tenant)) => " tenants",
            (Counted::Readings, None) => " changes",
            (Counted::Readings, _) => "",
            (Counted::People, _) => " people",
            (Counted::Pins, _) => " PINs",
            (Counted::Pictures, _) => " pictures",
        };
        let counted = self.0.iter().filter(|(what, (_, done))| **what != Counted::People || *done > 0);
        let mut parts: Vec<String> = counted
            .map(|(what, (expected, done))| match what {
                Counted::People => format!("{}{}", count(*done), word(what)),
                _ => format!("{}/{}{}", count(*done), count(*expected), word(what)),
            })
            .collect();
        let own = asked.requests.iter().filter(|(of, _)| side.is_none_or(|side| side == *of));
        match own.map(|(_, number)| *number as usize).sum::<usize>() {
            0 => {}
            1 => parts.push("1 request".to_owned()),
            number => parts.push(format!("{} requests", count(number))),
        }
        // Who waits shortest goes on first.
        let waits = asked.waits.iter().filter(|(of, _)| side.is_none_or(|side| side == *of));
        if let Some(wait) = waits.map(|(_, wait)| *wait).min().filter(|_| self.is_open()) {
            parts.push(format!("goes on in {} s", wait.as_secs() + 1));
        }
        parts.extend(self.left(elapsed).map(|left| format!("about {} left", span(left))));
        parts.join(", ")
    }

    /// Returns whether something is still to come.
    fn is_open(&self) -> bool {
        self.0.iter().any(|(what, (expected, done))| *what != Counted::People && done < expected)
    }

    /// Returns how much time is left, if the rest takes as long as what is done. One step says nothing of another.
    fn left(&self, elapsed: Duration) -> Option<Duration> {
        let steps = self.0.iter().filter(|(what, _)| **what != Counted::People);
        let (expected, done) =
            steps.fold((0, 0), |sum, (_, (expected, done))| (sum.0 + expected, sum.1 + done));
        let is_known = elapsed >= SETTLED && done > 0 && done < expected;
        let [expected, done] = [expected, done].map(|number| u32::try_from(number).unwrap_or(u32::MAX));
        is_known.then(|| elapsed / done * (expected - done))
    }
}

fn span(time: Duration) -> String {
    match time.as_secs() {
        seconds @ 0..=90 => format!("{} s", seconds.max(1)),
        seconds => format!("{} min", seconds.div_ceil(60)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(requests: &[(Side, u32)]) -> AskedSoFar {
        AskedSoFar { requests: requests.to_vec(), ..AskedSoFar::default() }
    }

    fn after(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_was_counted_is_said_with_the_time_that_is_left() {
        let mut tally = Tally::default();
        tally.expect(Counted::Readings, 60);
        let of = [(Side::Tenant, 41), (Side::Psa, 7)];
        assert_eq!(tally.said(Some(Side::Tenant), &asked(&of), after(9)), "0/60 tenants, 41 requests");
        tally.done(Counted::People, 1_204);
        tally.done(Counted::Readings, 12);
        let said = |seconds| tally.said(Some(Side::Tenant), &asked(&of), after(seconds));
        assert_eq!(said(2), "12/60 tenants, 1,204 people, 41 requests");
        assert_eq!(said(3), "12/60 tenants, 1,204 people, 41 requests, about 12 s left");
        assert_eq!(said(60), "12/60 tenants, 1,204 people, 41 requests, about 4 min left");
        tally.done(Counted::Readings, 48);
        assert_eq!(tally.said(Some(Side::Tenant), &asked(&[]), after(60)), "60/60 tenants, 1,204 people");
    }

    #[test]
    fn a_side_that_waits_says_when_it_goes_on_and_no_other_side_does() {
        let mut tally = Tally::default();
        tally.expect(Counted::Pins, 4_000);
        tally.done(Counted::Pins, 120);
        let waits = vec![(Side::Tenant, after(7)), (Side::Portal, after(60)), (Side::Portal, after(41))];
        let asked = AskedSoFar { waits, ..asked(&[(Side::Portal, 1)]) };
        assert_eq!(
            tally.said(Some(Side::Portal), &asked, after(1)),
            "120/4,000 PINs, 1 request, goes on in 42 s"
        );
        assert_eq!(tally.said(Some(Side::Psa), &asked, after(1)), "120/4,000 PINs");
        tally.done(Counted::Pins, 3_880);
        assert_eq!(tally.said(Some(Side::Portal), &asked, after(1)), "4,000/4,000 PINs, 1 request");
    }
}
