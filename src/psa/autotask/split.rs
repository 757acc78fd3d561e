//! Where a long listing is split, so that its parts are read at the same time.
//!
//! Only counts tell how the ids of its records lie. What is split where changes nothing of what is read: the parts are
//! ranges of ids that lie side by side.

use std::collections::BTreeMap;

use super::session::AT_ONCE;
use super::wire::PAGE;
use crate::error::Result;
use crate::side::try_each;

/// So many pages are read one after the other: counting would take as long.
pub(super) const LONG: usize = 6;

/// How often better places are looked for.
const TRIES: usize = 3;

/// A part of a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Part {
    /// Its ids are above this one.
    pub(super) after: Option<i64>,
    /// Its ids are this one at most.
    pub(super) until: Option<i64>,
    /// How many records it has, as they were counted.
    pub(super) expected: Option<usize>,
}

/// Returns the parts of what follows `read` records with these first and last ids; `count_after` counts the records above
/// an id. None where it is not worth it.
///
/// # Errors
/// What kept a count from being told.
pub(super) fn parts(
    (first, last): (i64, i64),
    read: usize,
    count_after: impl Fn(i64) -> Result<usize> + Sync,
) -> Result<Vec<Part>> {
    let all = count_after(last)?;
    if all <= LONG * PAGE {
        return Ok(Vec::new());
    }
    // Counts of records above ids, of which what was read tells one too.
    let mut counts = BTreeMap::from([(first.saturating_sub(1), all + read), (last, all)]);
    for _ in 0..TRIES {
        let wanted = (1..AT_ONCE).map(|part| place(&counts, all - all * part / AT_ONCE));
        let wanted: Vec<i64> = wanted.filter(|id| *id > last && !counts.contains_key(id)).collect();
        let counted = try_each(&wanted, AT_ONCE, |id| count_after(*id))?;
        let is_over = wanted.is_empty();
        counts.extend(wanted.into_iter().zip(counted));
        let longest = best(&counts, last, all).into_iter().filter_map(|part| part.expected).max();
        // A fifth more than its share is good enough.
        if is_over
            || longest.is_some_and(|longest| longest.saturating_mul(5 * AT_ONCE) <= all.saturating_mul(6))
        {
            break;
        }
    }
    Ok(best(&counts, last, all))
}

/// The id above which about `wanted` records are, by what was counted: between two ids, or above the last two as between
/// them.
fn place(counts: &BTreeMap<i64, usize>, wanted: usize) -> i64 {
    let points: Vec<(i128, i128)> = counts
        .iter()
        .map(|(id, count)| (i128::from(*id), i128::try_from(*count).unwrap_or(i128::MAX)))
        .collect();
    let wanted = i128::try_from(wanted).unwrap_or(i128::MAX);
    let around = points.windows(2).find(|pair| pair[1].1 <= wanted).or_else(|| points.windows(2).next_back());
    let Some([lower, upper]) = around else { return i64::MAX };
    let (ids, records) = (upper.0 - lower.0, (lower.1 - upper.1).max(1));
    let id = lower.0.saturating_add(ids.saturating_mul(lower.1 - wanted) / records);
    i64::try_from(id).unwrap_or(i64::MAX)
}

/// The parts whose longest is the shortest that the counted ids allow.
fn best(counts: &BTreeMap<i64, usize>, last: i64, all: usize) -> Vec<Part> {
    let points: Vec<(i64, usize)> = counts.range(last..).map(|(id, count)| (*id, *count)).collect();
    let mut cuts = vec![(last, all)];
    for part in 1..AT_ONCE {
        let share = all - all * part / AT_ONCE;
        let nearest = points.iter().min_by_key(|(_, count)| count.abs_diff(share));
        cuts.extend(nearest.filter(|point| cuts.last().is_some_and(|cut| cut.0 < point.0)));
    }
    let ends = cuts.iter().skip(1).map(|(id, count)| (Some(*id), *count)).chain([(None, 0)]);
    let part = |((after, above), (until, below)): (&(i64, usize), (Option<i64>, usize))| Part {
        after: Some(*after),
        until,
        // Records may have come or gone between two counts.
        expected: above.checked_sub(below),
    };
    cuts.iter().zip(ends).map(part).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// How a listing of these ids is split: the lengths of its parts, and how often was counted.
    fn split(ids: &[i64]) -> (Vec<usize>, usize) {
        let asked = AtomicUsize::new(0);
        let count = |after: i64| {
            asked.fetch_add(1, Ordering::Relaxed);
            Ok(ids.iter().filter(|id| **id > after).count())
        };
        let parts = parts((ids[0], ids[PAGE - 1]), PAGE, count).expect("counted");
        let within = |part: &Part| {
            let is_in = |id: &&i64| {
                part.after.is_none_or(|after| **id > after) && part.until.is_none_or(|until| **id <= until)
            };
            let length = ids.iter().filter(is_in).count();
            assert_eq!(part.expected, Some(length), "{part:?}");
            length
        };
        let lengths: Vec<usize> = parts.iter().map(within).collect();
        if !lengths.is_empty() {
            assert_eq!(lengths.iter().sum::<usize>(), ids.len() - PAGE, "every record is in one part");
        }
        (lengths, asked.into_inner())
    }

    #[test]
    fn ids_without_gaps_are_split_into_equal_parts_at_once() {
        let ids: Vec<i64> = (1_000_001..=1_020_000).collect();
        let (lengths, counts) = split(&ids);
        assert_eq!((lengths, counts), (vec![6_500; 3], 3));
    }

    #[test]
    fn ids_in_heaps_are_split_all_the_same() {
        // Two hundred companies of a hundred contacts each, far from each other.
        let heaps: Vec<i64> = (0..200).flat_map(|of| (1..=100).map(move |id| of * 20_000 + id)).collect();
        let (lengths, counts) = split(&heaps);
        assert!(lengths.len() == 3 && lengths.iter().all(|length| *length <= 7_800), "{lengths:?}");
        assert!(counts <= 7, "{counts}");
        // The oldest lie close together, the others thousands of ids apart.
        let thin: Vec<i64> = (1..=2_000).chain((1..=18_000).map(|id| 2_000 + id * 5_000)).collect();
        let (lengths, counts) = split(&thin);
        assert!(lengths.iter().all(|length| *length <= 10_000), "{lengths:?}");
        assert!(counts <= 7, "{counts}");
    }

    #[test]
    fn a_short_listing_is_not_split_and_costs_one_count() {
        let ids: Vec<i64> = (1..=3_500).collect();
        assert_eq!(split(&ids), (Vec::new(), 1));
    }

    #[test]
    fn counts_that_make_no_sense_make_no_endless_work() {
        for count in [usize::MAX / 8, 100_000] {
            let parts = parts((i64::MAX - 500, i64::MAX - 1), PAGE, |_| Ok(count)).expect("counted");
            assert!(parts.len() <= AT_ONCE, "{parts:?}");
        }
    }
}
