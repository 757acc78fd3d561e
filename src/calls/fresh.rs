//! How long the reading that a write rests on is fresh: told where records are compared, heeded where requests are sent.
//!
//! A write may have to wait where it is sent, for room in a service's window or since the service asks to slow down.
//! What its record held before the wait says little afterwards, so it is not sent then, but compared once more. A write
//! of several requests is compared before the first of them: what follows that one belongs to it.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// How old a reading may be when its record is written: if it took longer until the turn of a record, that record is
/// read again.
pub const FRESH: Duration = Duration::from_secs(2);

/// A write that this thread is about to make.
#[derive(Clone, Copy)]
struct Write {
    /// Until when its reading is fresh; `None` once a request of it got through.
    until: Option<Instant>,
    /// Whether it was not sent, or not once more, since its reading would have been old.
    held_back: bool,
}

thread_local! {
    static WRITE: Cell<Option<Write>> = const { Cell::new(None) };
}

/// Does `write`, whose reading is fresh for so long. Returns also whether something of it was held back since the
/// reading would have been old.
pub fn write<R>(fresh: Duration, write: impl FnOnce() -> R) -> (R, bool) {
    /// What was before is there again, also after a panic.
    struct Before(Option<Write>);
    impl Drop for Before {
        fn drop(&mut self) {
            WRITE.set(self.0);
        }
    }
    let _before = Before(WRITE.replace(Some(Write { until: until(fresh), held_back: false })));
    let done = write();
    (done, WRITE.get().is_some_and(|write| write.held_back))
}

/// Returns whether the reading that this thread's write rests on is old after such a wait, and takes note that the write
/// is held back then. Of what rests on no reading, none is old.
pub fn is_old_after(wait: Duration) -> bool {
    let Some(write) = WRITE.get() else { return false };
    let is_old = write.until.is_some_and(|until| Instant::now() + wait > until);
    WRITE.set(Some(Write { held_back: write.held_back || is_old, ..write }));
    is_old
}

/// Takes note that a request of this thread's write got through.
pub fn begun() {
    WRITE.set(WRITE.get().map(|write| Write { until: None, ..write }));
}

/// Makes a request that holds several writes: what of it is refused is held back as if none had got through.
pub fn of_several<R>(request: impl FnOnce() -> R) -> R {
    let before = WRITE.get().and_then(|write| write.until);
    let answer = request();
    WRITE.set(WRITE.get().map(|write| Write { until: before, ..write }));
    answer
}

/// Takes note that what this thread writes next was read just now.
pub fn read_again() {
    WRITE.set(WRITE.get().map(|write| Write { until: until(FRESH), ..write }));
}

fn until(fresh: Duration) -> Option<Instant> {
    Instant::now().checked_add(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    #[test]
    fn a_write_is_held_back_that_would_rest_on_an_old_reading() {
        assert_eq!(write(MINUTE, || is_old_after(Duration::ZERO)), (false, false));
        assert_eq!(write(MINUTE, || is_old_after(2 * MINUTE)), (true, true));
        assert!(!is_old_after(2 * MINUTE), "it rests on no reading");
    }

    #[test]
    fn what_follows_the_first_request_of_a_write_is_not_held_back() {
        let follows = || {
            begun();
            is_old_after(2 * MINUTE)
        };
        assert_eq!(write(MINUTE, follows), (false, false));
        let again = || {
            begun();
            read_again();
            is_old_after(2 * MINUTE)
        };
        assert_eq!(write(MINUTE, again), (true, true), "unless it was compared once more");
        let several = || {
            of_several(begun);
            is_old_after(2 * MINUTE)
        };
        assert_eq!(write(MINUTE, several), (true, true), "or is another write in the same request");
    }
}
