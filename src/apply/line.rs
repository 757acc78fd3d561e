//! What lets changes go side by side: a line, in which they come one after the other where order counts, and a gate,
//! which lets so many through at the same time as a service takes.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Turns, numbered from 0, that share something of which each has its use when its turn comes.
pub(super) struct Line<T> {
    place: Mutex<Place<T>>,
    moved: Condvar,
}

struct Place<T> {
    /// The number of turns that were taken.
    taken: usize,
    /// Whether a turn was dropped that was not taken: no later one comes then.
    broken: bool,
    shared: T,
}

impl<T> Line<T> {
    pub(super) fn new(shared: T) -> Self {
        Self { place: Mutex::new(Place { taken: 0, broken: false, shared }), moved: Condvar::new() }
    }

    /// Returns the turn of this number. Whatever takes long and needs no order is done before it is taken.
    pub(super) fn turn(&self, number: usize) -> Turn<'_, T> {
        Turn { line: self, number, is_taken: false }
    }

    fn place(&self) -> MutexGuard<'_, Place<T>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One turn. Dropped without having been taken, by an error or a panic, it ends the line, so that none waits for it.
pub(super) struct Turn<'a, T> {
    line: &'a Line<T>,
    number: usize,
    is_taken: bool,
}

impl<T> Turn<'_, T> {
    /// Waits until all earlier turns were taken, then does `work` with what the turns share. Returns `None` if the line
    /// ended before.
    pub(super) fn take<R>(mut self, work: impl FnOnce(&mut T) -> R) -> Option<R> {
        let mut place = self.line.place();
        while place.taken < self.number && !place.broken {
            place = self.line.moved.wait(place).unwrap_or_else(PoisonError::into_inner);
        }
        if place.broken {
            return None;
        }
        let done = work(&mut place.shared);
        place.taken += 1;
        self.is_taken = true;
        drop(place);
        self.line.moved.notify_all();
        Some(done)
    }
}

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        if !self.is_taken {
            self.line.place().broken = true;
            self.line.moved.notify_all();
        }
    }
}

/// Lets so many through at the same time.
pub(super) struct Gate {
    free: Mutex<usize>,
    freed: Condvar,
}

impl Gate {
    /// Returns a gate for `places`, one at least.
    pub(super) fn new(places: usize) -> Self {
        Self { free: Mutex::new(places.max(1)), freed: Condvar::new() }
    }

    /// Waits for a free place, and keeps it until the pass is dropped.
    pub(super) fn enter(&self) -> Pass<'_> {
        let mut free = self.free();
        while *free == 0 {
            free = self.freed.wait(free).unwrap_or_else(PoisonError::into_inner);
        }
        *free -= 1;
        Pass(self)
    }

    fn free(&self) -> MutexGuard<'_, usize> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A place behind a gate.
pub(super) struct Pass<'a>(&'a Gate);

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        *self.0.free() += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;

    #[test]
    fn turns_are_taken_in_their_order_whichever_comes_first() {
        let line = Line::new(Vec::new());
        thread::scope(|scope| {
            for number in (0..20).rev() {
                let turn = line.turn(number);
                scope.spawn(move || turn.take(|taken| taken.push(number)));
            }
        });
        assert_eq!(line.place().shared, (0..20).collect::<Vec<_>>());
    }

    #[test]
    fn no_turn_waits_for_one_that_does_not_come() {
        let line = Line::new(0);
        assert_eq!(line.turn(0).take(|taken| *taken += 1), Some(()));
        let later = line.turn(2);
        thread::scope(|scope| {
            let waits = scope.spawn(|| later.take(|taken| *taken += 1));
            drop(line.turn(1));
            assert_eq!(waits.join().expect("no panic"), None);
        });
        let line = Line::new(0);
        let panics = || line.turn(0).take(|_| panic!("a fault"));
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert_eq!(line.turn(1).take(|taken| *taken += 1), None);
    }

    #[test]
    fn a_gate_lets_no_more_through_than_it_has_places() {
        let (gate, inside) = (Gate::new(3), Mutex::new((0, 0)));
        thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    let _pass = gate.enter();
                    let count = |by: i32| {
                        let mut inside = inside.lock().expect("no panic");
                        inside.0 += by;
                        inside.1 = inside.1.max(inside.0);
                    };
                    count(1);
                    (0..100).for_each(|_| thread::yield_now());
                    count(-1);
                });
            }
        });
        assert!((1..=3).contains(&inside.into_inner().expect("no panic").1));
        assert_eq!(*gate.free(), 3, "every place is free again");
    }
}
