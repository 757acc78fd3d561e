//! Staying inside what a service allows: requests at the same time, and requests in a window of time.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::AtomicU32;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::Limits;

/// One service's way out, shared by everything that talks to it.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) limits: Limits,
    pub(super) requests: AtomicU32,
    pub(super) retries: AtomicU32,
    state: Mutex<State>,
    freed: Condvar,
    /// By how many seconds this machine's clock is ahead of the service's, in the answer where they differ least.
    ahead: Mutex<Option<i64>>,
}

#[derive(Debug, Default)]
struct State {
    in_flight: usize,
    per_endpoint: BTreeMap<String, usize>,
    /// When requests were or will be made, by endpoint where each has its own window, else all under one name.
    recent: BTreeMap<String, VecDeque<Instant>>,
    /// Until when no request is made, as the service asked for.
    held: Option<Instant>,
    /// Requests of others in the same window, as the service counted them, and when it said so.
    foreign: Option<(u32, Instant)>,
    /// Requests that took a place in a window and [`Lane::unreported`] did not return yet, by window and second.
    unreported: BTreeMap<(String, i64), u32>,
    /// For when places were taken by writes that were held back, by window: other writes take them.
    kept: BTreeMap<String, Vec<Instant>>,
}

/// How much of what a service allows in some time is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The service's name.
    pub service: &'static str,
    /// Requests that count now.
    pub used: usize,
    /// The most requests.
    pub most: usize,
    /// The time in which they count.
    pub span: Duration,
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
            state: Mutex::default(),
            freed: Condvar::new(),
            ahead: Mutex::default(),
        }
    }

    /// Takes note of what an answer says the time is, as it was `now` here.
    pub(super) fn told_time(&self, told: Timestamp, now: Timestamp) {
        let ahead = now.as_second() - told.as_second();
        let mut known = self.ahead.lock().unwrap_or_else(PoisonError::into_inner);
        *known = Some(known.map_or(ahead, |known| if ahead.abs() < known.abs() { ahead } else { known }));
    }

    /// Returns by how many seconds this machine's clock is ahead of the service's, if an answer said what time it is.
    pub(super) fn ahead(&self) -> Option<i64> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how many requests are used of the window that is used most, by all who share it; `None` where there is
    /// no window.
    pub(super) fn most_used(&self) -> Option<Window> {
        let (most, span) = self.limits.window?;
        let now = Instant::now();
        let fresh = |at: &Instant| now.saturating_duration_since(*at) < span;
        let state = self.state();
        let own = state.recent.values().map(|recent| recent.iter().filter(|at| fresh(at)).count()).max();
        let others = state.foreign.filter(|(_, counted)| fresh(counted)).map_or(0, |(others, _)| others);
        let used = own.unwrap_or_default() + others as usize;
        Some(Window { service: self.limits.service, used, most: most as usize, span })
    }

    /// Waits for a free place, then says how long the window, or the service, asks to wait: nothing, if there is room.
    ///
    /// The request has its place in the window from then on, unless the wait is longer than `longest`: the caller
    /// does not wait so long. A write takes a place that was kept, if there is one.
    pub(super) fn enter(&self, endpoint: &str, longest: Duration, is_write: bool) -> (Permit<'_>, Duration) {
        let mut state = self.state();
        while state.in_flight >= self.limits.concurrent.max(1)
            || state.per_endpoint.get(endpoint).copied().unwrap_or(0)
                >= self.limits.concurrent_per_endpoint.max(1)
        {
            state = self.freed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        state.in_flight += 1;
        *state.per_endpoint.entry(endpoint.to_owned()).or_default() += 1;
        let now = Instant::now();
        if is_write && self.take_kept(&mut state, endpoint, now) {
            let held = state.held.map_or(Duration::ZERO, |until| until.saturating_duration_since(now));
            return (Permit { lane: self, endpoint: endpoint.to_owned() }, held);
        }
        let wait = self.window_wait(&mut state, endpoint, now, longest);
        if let (true, Some(at)) = (self.limits.window.is_some() && wait <= longest, second(wait)) {
            *state.unreported.entry((self.window(endpoint).to_owned(), at)).or_default() += 1;
        }
        (Permit { lane: self, endpoint: endpoint.to_owned() }, wait)
    }

    /// Keeps the place that a write took for `at` and does not use yet: what it rests on is read again first, and would be
    /// old once more if the write had to wait for another place then.
    pub(super) fn keep(&self, endpoint: &str, at: Instant) {
        if self.limits.window.is_some() {
            self.state().kept.entry(self.window(endpoint).to_owned()).or_default().push(at);
        }
    }

    /// Takes a place that was kept; it counts from now on.
    fn take_kept(&self, state: &mut State, endpoint: &str, now: Instant) -> bool {
        let window = self.window(endpoint);
        let Some(kept) = state.kept.get_mut(window).and_then(Vec::pop) else { return false };
        let recent = state.recent.entry(window.to_owned()).or_default();
        if let Some(own) = recent.partition_point(|other| *other <= kept).checked_sub(1) {
            recent.remove(own);
        }
        let place = recent.partition_point(|other| *other <= now);
        recent.insert(place, now);
        true
    }

    /// Lets all further requests wait for so long.
    pub(super) fn hold(&self, wait: Duration) {
        let until = Instant::now() + wait;
        let mut state = self.state();
        state.held = Some(state.held.map_or(until, |held| held.max(until)));
    }

    /// Takes the service's own count of requests in the window, which includes those of others.
    pub(super) fn server_count(&self, used: u32) {
        let mut state = self.state();
        let own = state.recent.values().map(VecDeque::len).sum::<usize>();
        let own = u32::try_from(own).unwrap_or(u32::MAX);
        state.foreign = Some((used.saturating_sub(own), Instant::now()));
    }

    fn window_wait(&self, state: &mut State, endpoint: &str, now: Instant, longest: Duration) -> Duration {
        let held = state.held.map_or(now, |until| until.max(now));
        let Some((most, span)) = self.limits.window else { return held.saturating_duration_since(now) };
        let most = (most as usize).max(1);
        let fresh = |at: &Instant| now.saturating_duration_since(*at) < span;
        let recent = state.recent.entry(self.window(endpoint).to_owned()).or_default();
        while recent.front().is_some_and(|at| !fresh(at)) {
            recent.pop_front();
        }
        // When fewer than `room` of our own requests, those that still wait included, are left in the window.
        let free = |room: usize| {
            let last = recent.len().checked_sub(room).and_then(|index| recent.get(index));
            last.map_or(now, |at| (*at + span).max(now))
        };
        let at = match state.foreign.filter(|(_, counted)| fresh(counted)) {
            None => free(most),
            Some((others, counted)) => {
                let without_them = (counted + span).max(free(most));
                let beside_them = most.checked_sub(others as usize).filter(|room| *room > 0).map(free);
                beside_them.map_or(without_them, |beside| beside.min(without_them))
            }
        };
        let at = at.max(held);
        let wait = at.saturating_duration_since(now);
        if wait <= longest {
            let place = recent.partition_point(|other| *other <= at);
            recent.insert(place, at);
        }
        wait
    }

    /// Returns the name of the window that requests of `endpoint` count in.
    fn window<'e>(&self, endpoint: &'e str) -> &'e str {
        if self.limits.window_per_endpoint { endpoint } else { "" }
    }

    /// Counts requests that an earlier run made so long ago.
    pub(super) fn recall(&self, window: &str, ago: Duration, requests: u32) {
        if self.limits.window.is_some_and(|(_, span)| ago >= span) {
            return;
        }
        let now = Instant::now();
        // A clock that does not reach back that far makes them count for longer than they do.
        let at = now.checked_sub(ago).unwrap_or(now);
        let mut state = self.state();
        let recent = state.recent.entry(window.to_owned()).or_default();
        let place = recent.partition_point(|other| *other <= at);
        for _ in 0..requests {
            recent.insert(place, at);
        }
    }

    /// Returns the requests of this run by window and second of the clock, without those that were reported before.
    pub(super) fn unreported(&self) -> BTreeMap<(String, i64), u32> {
        std::mem::take(&mut self.state().unreported)
    }

    /// Returns how many requests of `endpoint` the window has room for now.
    pub(super) fn room(&self, endpoint: &str) -> usize {
        let Some((most, _)) = self.limits.window else { return usize::MAX };
        (most as usize).saturating_sub(self.used(endpoint).len())
    }

    /// Returns how long it takes until the window has room for so many requests of `endpoint`, or for all it ever
    /// has.
    pub(super) fn time_to(&self, endpoint: &str, requests: usize) -> Duration {
        let Some((most, span)) = self.limits.window else { return Duration::ZERO };
        let (most, used) = (most as usize, self.used(endpoint));
        let last = (used.len() + requests.min(most)).checked_sub(most + 1).and_then(|index| used.get(index));
        last.map_or(Duration::ZERO, |at| (*at + span).saturating_duration_since(Instant::now()))
    }

    /// Returns when the requests in the window were or will be made, the earliest first.
    fn used(&self, endpoint: &str) -> Vec<Instant> {
        let Some((_, span)) = self.limits.window else { return Vec::new() };
        let now = Instant::now();
        let fresh = |at: &&Instant| now.saturating_duration_since(**at) < span;
        let state = self.state();
        state.recent.get(self.window(endpoint)).into_iter().flatten().filter(fresh).copied().collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the second of the clock after this wait.
fn second(wait: Duration) -> Option<i64> {
    Timestamp::now().checked_add(wait).ok().map(Timestamp::as_second)
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

    const MINUTE: Duration = Duration::from_secs(60);

    fn after(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_full_window_asks_to_wait_until_its_oldest_request_leaves_it() {
        let lane = Lane::new(limits(Some((2, MINUTE))));
        let (now, mut state) = (Instant::now(), State::default());
        let mut wait = |later| lane.window_wait(&mut state, "", now + after(later), Duration::MAX);
        assert_eq!((wait(0), wait(0)), (Duration::ZERO, Duration::ZERO));
        assert_eq!(wait(20), after(40));
        assert_eq!(wait(90), Duration::ZERO);
    }

    #[test]
    fn those_who_wait_for_the_window_are_let_in_window_by_window() {
        let lane = Lane::new(limits(Some((2, MINUTE))));
        let (now, mut state) = (Instant::now(), State::default());
        let waits: Vec<u64> =
            (0..7).map(|_| lane.window_wait(&mut state, "", now, Duration::MAX).as_secs()).collect();
        assert_eq!(waits, [0, 0, 60, 60, 120, 120, 180]);
    }

    #[test]
    fn a_wait_that_nobody_waits_takes_no_place() {
        let lane = Lane::new(limits(Some((1, MINUTE))));
        let (now, mut state) = (Instant::now(), State::default());
        let mut wait = |longest| lane.window_wait(&mut state, "", now, longest);
        assert_eq!(wait(Duration::ZERO), Duration::ZERO);
        assert_eq!((wait(after(5)), wait(after(5))), (MINUTE, MINUTE));
    }

    #[test]
    fn endpoints_with_windows_of_their_own_do_not_wait_for_each_other() {
        let lane = Lane::new(Limits { window_per_endpoint: true, ..limits(Some((1, MINUTE))) });
        let (now, mut state) = (Instant::now(), State::default());
        let mut wait = |endpoint| lane.window_wait(&mut state, endpoint, now, Duration::MAX);
        assert_eq!((wait("Contacts"), wait("Companies")), (Duration::ZERO, Duration::ZERO));
        assert_eq!((wait("Contacts"), wait("Companies")), (MINUTE, MINUTE));
    }

    #[test]
    fn requests_of_others_fill_the_window_too() {
        let lane = Lane::new(limits(Some((10, MINUTE))));
        lane.server_count(9);
        let told = Instant::now();
        let mut state = lane.state();
        assert_eq!(lane.window_wait(&mut state, "", told, Duration::MAX), Duration::ZERO);
        let wait = lane.window_wait(&mut state, "", told, Duration::MAX);
        assert!(wait > after(50) && wait <= MINUTE, "{wait:?}");
    }

    #[test]
    fn our_own_requests_are_not_taken_for_those_of_others() {
        let lane = Lane::new(limits(Some((3, MINUTE))));
        let (first, _) = lane.enter("any", Duration::MAX, false);
        lane.server_count(1);
        drop(first);
        assert_eq!(lane.state().foreign.map(|(others, _)| others), Some(0));
    }

    #[test]
    fn requests_of_earlier_runs_count_until_they_leave_the_window() {
        let hour = Duration::from_secs(3600);
        if Instant::now().checked_sub(hour).is_none() {
            // Windows counts from its start, and that was a moment ago.
            return;
        }
        let lane = Lane::new(Limits { window_per_endpoint: true, ..limits(Some((5, hour))) });
        lane.recall("values", after(600), 2);
        lane.recall("values", after(1800), 1);
        lane.recall("values", hour, 40);
        lane.recall("others", after(60), 5);
        assert_eq!((lane.room("values"), lane.room("others"), lane.room("none")), (2, 0, 5));
        let minutes = |requests| lane.time_to("values", requests).as_secs().div_ceil(60);
        assert_eq!([2, 3, 4, 5, 99].map(minutes), [0, 30, 50, 50, 50]);
        drop(lane.enter("values", Duration::ZERO, false));
        assert_eq!(lane.room("values"), 1);
    }

    #[test]
    fn what_this_run_asked_for_is_told_once_and_nothing_else() {
        let lane = Lane::new(Limits { window_per_endpoint: true, ..limits(Some((2, MINUTE))) });
        lane.recall("values", after(10), 1);
        drop(lane.enter("values", Duration::ZERO, false));
        drop(lane.enter("values", Duration::ZERO, false));
        let told = lane.unreported();
        assert_eq!(told.values().sum::<u32>(), 1, "the second found no room and was not made");
        assert!(told.keys().all(|(window, _)| window == "values"));
        assert!(lane.unreported().is_empty());
    }

    #[test]
    fn a_service_that_asks_to_slow_down_lets_every_request_wait() {
        for window in [None, Some((10, MINUTE))] {
            let lane = Lane::new(limits(window));
            lane.hold(after(20));
            lane.hold(after(5));
            let waits = [lane.enter("any", MINUTE, false).1, lane.enter("other", MINUTE, false).1];
            assert!(waits.iter().all(|wait| (after(15)..=after(20)).contains(wait)), "{waits:?}");
        }
    }

    #[test]
    fn a_permit_frees_its_place_when_it_is_dropped() {
        let lane = Lane::new(Limits { concurrent_per_endpoint: 1, ..limits(None) });
        drop(lane.enter("Contacts", Duration::ZERO, false));
        let (_first, _) = lane.enter("Contacts", Duration::ZERO, false);
        let (_other, _) = lane.enter("Companies", Duration::ZERO, false);
        assert_eq!(lane.state().in_flight, 2);
    }
}
