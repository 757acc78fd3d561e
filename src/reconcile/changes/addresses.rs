//! Addresses that move: two records of one side must not end with the same one.

use std::collections::BTreeMap;

/// The address a record has, and the one it would get.
#[derive(Debug, Clone, Default)]
pub(crate) struct Move {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
}

/// Returns for every record, whether its move has to wait for a person: the address is held by a record that keeps it,
/// or wanted by another record as well. An address whose holder moves away is free.
pub(crate) fn blocked(moves: &[Move]) -> Vec<bool> {
    let mut holders: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut wanted: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (record, each) in moves.iter().enumerate() {
        if let Some(from) = &each.from {
            holders.entry(from).or_default().push(record);
        }
        if let Some(to) = &each.to {
            wanted.entry(to).or_default().push(record);
        }
    }
    let mut blocked = vec![false; moves.len()];
    let mut queue: Vec<usize> = Vec::new();
    for (address, records) in &wanted {
        let kept = holders.get(address).into_iter().flatten().any(|holder| moves[*holder].to.is_none());
        if kept || records.len() > 1 {
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

    fn moves(pairs: &[(&str, &str)]) -> Vec<Move> {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        pairs.iter().map(|(from, to)| Move { from: text(from), to: text(to) }).collect()
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
