//! Addresses that move: two records of one side must not end with the same one.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

/// The address a record has, and the one it would get.
#[derive(Debug, Clone, Default)]
pub(crate) struct Move<'a> {
    pub(crate) from: Option<Cow<'a, str>>,
    pub(crate) to: Option<String>,
}

/// Returns for every record, whether its move has to wait for a person: the address is held by a record that keeps it,
/// or wanted by another record as well. An address whose holder moves away is free.
pub(crate) fn blocked(moves: &[Move<'_>]) -> Vec<bool> {
    let mut blocked = vec![false; moves.len()];
    let mut wanted: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (record, each) in moves.iter().enumerate() {
        if let Some(to) = &each.to {
            wanted.entry(to).or_default().push(record);
        }
    }
    // In most runs no address moves.
    if wanted.is_empty() {
        return blocked;
    }
    let stays = moves.iter().filter(|each| each.to.is_none()).filter_map(|each| each.from.as_deref());
    let kept: BTreeSet<&str> = stays.filter(|address| wanted.contains_key(address)).collect();
    let mut queue: Vec<usize> = Vec::new();
    for (address, records) in &wanted {
        if kept.contains(address) || records.len() > 1 {
            queue.extend(records);
        }
    }
    while let Some(record) = queue.pop() {
        if !std::mem::replace(&mut blocked[record], true) {
            let kept = moves[record].from.as_deref();
            queue.extend(kept.and_then(|address| wanted.get(address)).into_iter().flatten());
        }
    }
    blocked
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moves<'a>(pairs: &[(&'a str, &str)]) -> Vec<Move<'a>> {
        let from = |text: &'a str| (!text.is_empty()).then_some(Cow::Borrowed(text));
        let to = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        pairs.iter().map(|(own, wanted)| Move { from: from(own), to: to(wanted) }).collect()
    }

    #[test]
    fn an_address_is_free_when_its_holder_moves_away() {
        assert_eq!(blocked(&moves(&[("a", "b"), ("b", "c")])), [false, false]);
        assert_eq!(blocked(&moves(&[("a", "b"), ("b", "a")])), [false, false]);
    }

    #[test]
    fn whoever_waits_for_a_record_that_stays_waits_too() {
        assert_eq!(blocked(&moves(&[("a", "b"), ("b", "c"), ("c", "")])), [true, true, false]);
    }

    #[test]
    fn an_address_that_two_want_goes_to_neither() {
        assert_eq!(blocked(&moves(&[("a", "c"), ("b", "c"), ("x", "y")])), [true, true, false]);
    }
}
