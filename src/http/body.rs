//! The body of an answer, in room that is used again.
//!
//! A page takes hundreds of kilobytes for a moment. Asked for anew each time, such pieces leave holes between the records
//! that stay, in the memory of every thread that reads.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, Mutex, PoisonError};

/// How many pieces of room are kept: about as many answers as are read at the same time.
const KEPT: usize = 4;

/// Larger pieces are given back at once.
const LARGEST: usize = 1 << 20;

/// Answers that announce no more than this take room of their own.
const SMALL: usize = 16 << 10;

/// Room that no answer needs at the moment.
#[derive(Default)]
pub(super) struct Spare(Mutex<Vec<Vec<u8>>>);

impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spare")
    }
}

impl Spare {
    /// Returns room for an answer that announces so many bytes, or does not say how many.
    pub(super) fn room(self: &Arc<Self>, announced: Option<u64>) -> Body {
        let announced = announced.map(|length| usize::try_from(length).unwrap_or(usize::MAX));
        if let Some(length) = announced.filter(|length| *length <= SMALL) {
            return Vec::with_capacity(length).into();
        }
        let mut bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default();
        // What announces more than it sends takes no more room than it may.
        bytes.reserve(announced.unwrap_or_default().min(LARGEST));
        Body { bytes, spare: Some(Arc::clone(self)) }
    }
}

/// The whole body of an answer.
pub struct Body {
    bytes: Vec<u8>,
    /// Where its room goes.
    spare: Option<Arc<Spare>>,
}

impl Body {
    /// Returns the bytes for good, in no more room than they need: the room of an answer is as large as the largest
    /// before it.
    pub fn into_bytes(mut self) -> Vec<u8> {
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.shrink_to_fit();
        bytes
    }

    /// Returns the room, to be filled.
    pub(super) fn bytes(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        let Some(spare) = &self.spare else { return };
        if !(SMALL..=LARGEST).contains(&self.bytes.capacity()) {
            return;
        }
        let mut bytes = std::mem::take(&mut self.bytes);
        bytes.clear();
        let mut kept = spare.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT {
            kept.push(bytes);
        }
    }
}

impl Deref for Body {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self { bytes, spare: None }
    }
}

impl Clone for Body {
    fn clone(&self) -> Self {
        self.bytes.clone().into()
    }
}

/// Shows nothing of it: answers hold tokens and personal data.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_used_again_and_nothing_of_the_answer_before_is_in_it() {
        let spare = Arc::new(Spare::default());
        let mut body = spare.room(Some(100_000));
        body.bytes().extend(vec![7; 100_000]);
        let place = body.as_ptr();
        drop(body);
        let again = spare.room(None);
        assert_eq!((again.as_ptr(), again.len()), (place, 0));
        assert!(again.bytes.capacity() >= 100_000);
    }

    #[test]
    fn what_is_kept_for_good_takes_no_more_room_than_it_needs() {
        let spare = Arc::new(Spare::default());
        drop(spare.room(Some(500_000)));
        let mut small = spare.room(None);
        small.bytes().extend([7; 100]);
        assert!(small.into_bytes().capacity() < 1_000);
    }

    #[test]
    fn only_so_much_room_is_kept() {
        let spare = Arc::new(Spare::default());
        let many: Vec<Body> = (0..20).map(|_| spare.room(Some(u64::MAX))).collect();
        assert!(many.iter().all(|body| body.bytes.capacity() <= LARGEST));
        drop(many);
        assert_eq!(spare.0.lock().expect("no panic").len(), KEPT);
        drop(spare.room(Some(10)));
        assert_eq!(spare.0.lock().expect("no panic").len(), KEPT, "small ones have their own");
    }
}
