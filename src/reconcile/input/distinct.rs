//! Texts that are each kept once and go by a number from then on: comparing numbers costs nothing.

use std::borrow::Cow;
use std::hash::{BuildHasher, RandomState};
use std::num::NonZeroU32;

/// A text of a [`Distinct`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Number(NonZeroU32);

impl Number {
    /// Returns the place of the text among all: 0 for the first.
    pub(crate) fn place(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Texts, each once, by numbers in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Distinct<'a> {
    texts: Vec<Cow<'a, str>>,
    /// The numbers, each at a place that follows from its text, or at the next free one. Most places are free.
    slots: Vec<Option<Number>>,
    hasher: RandomState,
}

impl<'a> Distinct<'a> {
    /// Returns no text yet, with room for so many.
    pub(crate) fn with_room(size: usize) -> Self {
        let slots = vec![None; (size * 2).max(16).next_power_of_two()];
        Self { texts: Vec::with_capacity(size), slots, hasher: RandomState::new() }
    }

    /// Returns the number of a text, which gets one if it is new.
    pub(crate) fn add(&mut self, text: Cow<'a, str>) -> Number {
        if self.texts.len() * 4 >= self.slots.len() * 3 {
            self.grow();
        }
        let slot = self.slot(&text);
        if let Some(known) = self.slots[slot] {
            return known;
        }
        self.texts.push(text);
        // There are never more of them: a service's listing ends long before.
        let number = u32::try_from(self.texts.len()).ok().and_then(NonZeroU32::new);
        let number = Number(number.unwrap_or(NonZeroU32::MAX));
        self.slots[slot] = Some(number);
        number
    }

    /// Returns the number of a text, if it has one.
    pub(crate) fn find(&self, text: &str) -> Option<Number> {
        if self.texts.is_empty() { None } else { self.slots[self.slot(text)] }
    }

    /// Returns the text with a number.
    pub(crate) fn text(&self, number: Number) -> &str {
        &self.texts[number.place()]
    }

    /// Returns how many texts there are.
    pub(crate) fn len(&self) -> usize {
        self.texts.len()
    }

    /// Returns the place of a text's number, or the free place where it belongs.
    fn slot(&self, text: &str) -> usize {
        // The number of places is a power of two, and only the lower bits of the hash count.
        let mask = self.slots.len() - 1;
        let hash = self.hasher.hash_one(text);
        let mut slot = usize::try_from(hash & u64::from(u32::MAX)).unwrap_or_default() & mask;
        while self.slots[slot].is_some_and(|number| self.text(number) != text) {
            slot = (slot + 1) & mask;
        }
        slot
    }

    fn grow(&mut self) {
        let size = (self.slots.len() * 2).max(16);
        self.slots.clear();
        self.slots.resize(size, None);
        for place in 0..self.texts.len() {
            let slot = self.slot(&self.texts[place]);
            self.slots[slot] = u32::try_from(place + 1).ok().and_then(NonZeroU32::new).map(Number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_one_number_however_often_it_comes() {
        let mut distinct = Distinct::default();
        let texts: Vec<String> = (0..500).map(|n| format!("text {}", n % 200)).collect();
        let numbers: Vec<Number> = texts.iter().map(|text| distinct.add(Cow::Borrowed(text))).collect();
        assert_eq!((distinct.len(), numbers[0].place(), numbers[499].place()), (200, 0, 99));
        for (text, number) in texts.iter().zip(&numbers) {
            assert_eq!((distinct.text(*number), distinct.find(text)), (text.as_str(), Some(*number)));
        }
        assert_eq!(distinct.find("another"), None);
        assert_eq!(Distinct::default().find("any"), None);
    }
}
