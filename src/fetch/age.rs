//! When something that was read is to be read again.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::Id;

/// A part of `span` that follows from the id alone, from nothing to all of it: it spreads what was read on one day.
pub(super) fn part(span: Duration, id: &Id) -> Duration {
    let hash = ring::digest::digest(&ring::digest::SHA256, id.as_str().as_bytes());
    let share = hash.as_ref().first().copied().unwrap_or_default();
    span * u32::from(share) / u32::from(u8::MAX)
}

/// Whether a reading that counts for so long is over at `now`. One of the future counts for nothing.
pub(super) fn is_over(read: Timestamp, counts: Duration, now: Timestamp) -> bool {
    let age = now.duration_since(read);
    age.is_negative() || age.unsigned_abs() >= counts
}
