//! A few threads that take one item after the other: how everything is done that goes side by side.

use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::error::Result;

/// Does `work` for each of `items` on `threads` threads at most, and returns the results in the order of the items.
/// Items are begun in their order. If `work` panics, no further item is begun, and the panic goes on in the caller.
pub fn each<'a, T: Sync, R: Send>(
    items: &'a [T],
    threads: usize,
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    each_until(items, threads, |item| ControlFlow::Continue(work(item)))
}

/// Does the same with `work` that can fail.
///
/// # Errors
/// The first failure in the order of the items; no further item is begun after one.
pub fn try_each<'a, T: Sync, R: Send>(
    items: &'a [T],
    threads: usize,
    work: impl Fn(&'a T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let done = each_until(items, threads, |item| match work(item) {
        Ok(result) => ControlFlow::Continue(Ok(result)),
        Err(error) => ControlFlow::Break(Err(error)),
    });
    done.into_iter().collect()
}

/// Does the same with `work` that says when to stop: no further item is begun after a break. Returns the results of all
/// items that were begun, which are the first ones.
pub fn each_until<'a, T: Sync, R: Send>(
    items: &'a [T],
    threads: usize,
    work: impl Fn(&'a T) -> ControlFlow<R, R> + Sync,
) -> Vec<R> {
    let results: Vec<Mutex<Option<R>>> = items.iter().map(|_| Mutex::new(None)).collect();
    let turn = |place: usize| {
        let (result, goes_on) = match work(&items[place]) {
            ControlFlow::Continue(result) => (result, true),
            ControlFlow::Break(result) => (result, false),
        };
        *results[place].lock().unwrap_or_else(PoisonError::into_inner) = Some(result);
        goes_on
    };
    take_turns(items.len(), threads, &turn);
    let result = |result: Mutex<Option<R>>| result.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.into_iter().filter_map(result).collect()
}

/// Calls `turn` with each place below `count` on `threads` threads at most, in order, until a call says that it does not
/// go on. It knows no types of items and results, so that the program holds it once.
fn take_turns(count: usize, threads: usize, turn: &(dyn Fn(usize) -> bool + Sync)) {
    let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
    let work = || {
        let _guard = StopOnPanic(&stopped);
        while !stopped.load(Ordering::Relaxed) {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                break;
            }
            if !turn(place) {
                stopped.store(true, Ordering::Relaxed);
            }
        }
    };
    thread::scope(|scope| {
        let workers: Vec<_> = (0..count.min(threads.max(1))).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        }
    });
}

/// Keeps the other threads from beginning anything while a panic is on its way to the caller.
struct StopOnPanic<'a>(&'a AtomicBool);

impl Drop for StopOnPanic<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.store(true, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Condvar;
    use std::time::Duration;

    use super::*;
    use crate::error::{Error, Kind};

    #[test]
    fn results_stand_in_the_order_of_the_items_whichever_ends_first() {
        let items: Vec<u64> = (0..40).collect();
        let done = each(&items, 8, |item| {
            (0..100 * (item % 7)).for_each(|_| thread::yield_now());
            item * 2
        });
        assert_eq!(done, items.iter().map(|item| item * 2).collect::<Vec<_>>());
        assert!(each(&[] as &[u64], 8, |item| *item).is_empty());
        assert_eq!(each(&items, 0, |item| *item).len(), 40, "one thread there is always");
    }

    #[test]
    fn several_items_are_worked_on_at_the_same_time() {
        // Each waits until all three have begun.
        let (begun, all) = (Mutex::new(0), Condvar::new());
        let done = each(&[1, 2, 3], 3, |_| {
            let mut count = begun.lock().expect("no panic");
            *count += 1;
            all.notify_all();
            let waited = all.wait_timeout_while(count, Duration::from_secs(10), |count| *count < 3);
            !waited.expect("no panic").1.timed_out()
        });
        assert_eq!(done, [true; 3]);
    }

    #[test]
    fn the_first_failure_in_the_order_of_the_items_is_told_and_ends_the_work() {
        let items: Vec<usize> = (0..1000).collect();
        let begun = AtomicUsize::new(0);
        let error = try_each(&items, 4, |item| {
            begun.fetch_add(1, Ordering::Relaxed);
            if *item < 10 { Ok(*item) } else { Err(Error::new(Kind::Network, format!("item {item}"))) }
        });
        assert_eq!(error.expect_err("it fails").message(), "item 10");
        assert!(begun.load(Ordering::Relaxed) < 100, "{begun:?}");
        assert_eq!(try_each(&items, 4, |item| Ok(*item)).expect("no failure"), items);
    }

    #[test]
    fn what_was_begun_before_a_stop_is_given_back() {
        let items: Vec<usize> = (0..1000).collect();
        let stop = |item: &usize| {
            if *item == 20 { ControlFlow::Break(*item) } else { ControlFlow::Continue(*item) }
        };
        assert_eq!(each_until(&items, 1, stop), (0..21).collect::<Vec<_>>());
        let done = each_until(&items, 4, stop);
        assert_eq!(done, (0..done.len()).collect::<Vec<_>>(), "the first ones, without a gap");
        assert!((21..1000).contains(&done.len()));
    }

    #[test]
    fn a_panic_goes_on_in_the_caller_and_ends_the_work() {
        let items: Vec<usize> = (0..100_000).collect();
        let (begun, fails) = (AtomicUsize::new(0), AtomicBool::new(false));
        let caught = std::panic::catch_unwind(|| {
            each(&items, 2, |item| {
                begun.fetch_add(1, Ordering::Relaxed);
                if *item == 3 {
                    let _told = StopOnPanic(&fails);
                    panic!("a fault");
                }
                // What comes after it waits until the panic is on its way.
                while *item > 3 && !fails.load(Ordering::Relaxed) {
                    thread::yield_now();
                }
            })
        });
        assert!(caught.is_err());
        assert!(begun.load(Ordering::Relaxed) < items.len());
    }
}
