//! Staying inside what a service allows: requests at the same time, and requests in a window of time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU32, AtomicU64};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Limits;

/// One service's way out, shared by everything that talks to it.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) limits: Limits,
    pub(super) requests: AtomicU32,
    pub(super) retries: AtomicU32,
    pub(super) bytes: AtomicU64,
    state: Mutex<State>,
    freed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    per_endpoint: BTreeMap<String, usize>,
    recent: VecDeque<Instant>,
    /// Requests of others in the same window, as the service counted them, and when it said so.
    foreign: Option<(u32, Instant)>,
}

/// Leave to make one request; given back when dropped.
#[derive(Debug)]
pub(super) struct Permit<'a> {
    lane: &'a Lane,
    endpoint: String,
}

impl Lane {
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            requests: AtomicU32::new(0),
            retries: AtomicU32::new(0),
            bytes: AtomicU64::new(0),
            state: Mutex::default(),
            freed: Condvar::new(),
        }
    }

    /// Waits for a free place, then says how long the window asks to wait: nothing, if there is room in it.
    pub(super) fn enter(&self, endpoint: &str) -> (Permit<'_>, Duration) {
        let mut state = self.state();
        while state.in_flight >= self.limits.concurrent.max(1)
            || state.per_endpoint.get(endpoint).copied().unwrap_or(0)
                >= self.limits.concurrent_per_endpoint.max(1)
        {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.in_flight += 1;
        *state.per_endpoint.entry(endpoint.to_owned()).or_default() += 1;
        let wait = self.window_wait(&mut state, Instant::now());
        (Permit { lane: self, endpoint: endpoint.to_owned() }, wait)
    }

    /// Takes the service's own count of requests in the window, which includes those of others.
    pub(super) fn server_count(&self, used: u32) {
        let mut state = self.state();
        let own = u32::try_from(state.recent.len()).unwrap_or(u32::MAX);
        state.foreign = Some((used.saturating_sub(own), Instant::now()));
    }

    fn window_wait(&self, state: &mut State, now: Instant) -> Duration {
        let Some((most, span)) = self.limits.window else { return Duration::ZERO };
        let fresh = |at: &Instant| now.saturating_duration_since(*at) < span;
        while state.recent.front().is_some_and(|at| !fresh(at)) {
            state.recent.pop_front();
        }
        let foreign = state.foreign.filter(|(_, at)| fresh(at));
        let others = foreign.map_or(0, |(count, _)| count as usize);
        let wait = if state.recent.len() + others < most as usize {
            Duration::ZERO
        } else {
            let oldest = state.recent.front().copied().or(foreign.map(|(_, at)| at)).unwrap_or(now);
            span.saturating_sub(now.saturating_duration_since(oldest))
        };
        state.recent.push_back(now + wait);
        wait
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        state.in_flight = state.in_flight.saturating_sub(1);
        if let Some(count) = state.per_endpoint.get_mut(&self.endpoint) {
            *count = count.saturating_sub(1);
        }
        drop(state);
        self.lane.freed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(window: Option<(u32, Duration)>) -> Limits {
        Limits { window, ..Limits::new("test") }
    }

    #[test]
    fn a_full_window_asks_to_wait_until_its_oldest_request_leaves_it() {
        let lane = Lane::new(limits(Some((2, Duration::from_secs(60)))));
        let now = Instant::now();
        let mut state = State::default();
        assert_eq!(lane.window_wait(&mut state, now), Duration::ZERO);
        assert_eq!(lane.window_wait(&mut state, now), Duration::ZERO);
        assert_eq!(lane.window_wait(&mut state, now + Duration::from_secs(20)), Duration::from_secs(40));
        assert_eq!(lane.window_wait(&mut state, now + Duration::from_secs(90)), Duration::ZERO);
    }

    #[test]
    fn requests_of_others_fill_the_window_too() {
        let lane = Lane::new(limits(Some((10, Duration::from_secs(60)))));
        lane.server_count(10);
        let (_permit, wait) = lane.enter("any");
        assert!(wait > Duration::from_secs(50));
    }

    #[test]
    fn a_permit_frees_its_place_when_it_is_dropped() {
        let lane = Lane::new(Limits { concurrent_per_endpoint: 1, ..limits(None) });
        drop(lane.enter("Contacts"));
        let (_first, _) = lane.enter("Contacts");
        let (_other, _) = lane.enter("Companies");
        assert_eq!(lane.state().in_flight, 2);
    }
}
