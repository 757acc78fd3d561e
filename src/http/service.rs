//! Sends one request: its turn, its attempts, the waits between them, and what the outcome means.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::blocking::Client;
use reqwest::header::HeaderMap;
use url::Url;

use super::attempt;
use super::failure::{Failure, Stage};
use super::mask::Mask;
use super::pacing::Lane;
use super::sent::Sent;
use super::size::Size;
use super::{GRACE, Herald, MARGIN, Reply, Request, Safety, Shared, client, har, retry};
use crate::calls::fresh;
use crate::error::{Error, Kind, Result};

/// The statuses of a service, or something before it, that is down for the moment.
const DOWN: std::ops::RangeInclusive<u16> = 502..=504;

/// A wait that is none.
const INSTANT: Duration = Duration::from_millis(100);

/// The statuses that send somewhere else.
///
/// Not 304, which answers a conditional request.
const REDIRECTS: &[u16] = &[301, 302, 303, 307, 308];

/// A service, as its adapter uses it; cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    shared: Arc<Shared>,
    lane: Arc<Lane>,
}

/// A request made ready to be sent any number of times.
struct Prepared<'a> {
    request: &'a Request,
    headers: HeaderMap,
    client: &'a Client,
    /// The values it carries, which no answer may repeat.
    sent: Arc<Sent>,
}

/// How to repeat a request after a failure that may pass.
struct Retry {
    /// Whether the service certainly did not see the request.
    unsent: bool,
    /// Whether the service asks to slow down.
    slow: bool,
    /// The wait the service asks for, if it does.
    asked: Option<Duration>,
}

impl Service {
    pub(super) fn new(shared: Arc<Shared>, lane: Arc<Lane>) -> Self {
        Self { shared, lane }
    }

    /// Sends `request`. Waits for the service's limits, and repeats as the request's safety allows. A write whose reading
    /// would be old after a wait is held back when the wait is over: see [`fresh`].
    ///
    /// # Errors
    /// [`Kind::Network`] when no answer came, [`Kind::Throttled`] when the service asks for a longer wait than
    /// its limits grant, [`Kind::Stale`] when the write was held back, [`Kind::Deadline`], [`Kind::Config`] for an address that is not allowed, and
    /// [`Kind::Service`] for a redirect or an answer without end. Every other answer is a [`Reply`] when it
    /// is final, whatever its status, 429 and 503 included: the adapter knows what it means.
    pub fn send(&self, request: Request) -> Result<Reply> {
        let client = self.shared.clients.get(client::way(&request.url)?)?;
        let request = Arc::new(request);
        let sent = Arc::new(Sent::of(&request, Mask::new(&self.lane.limits)));
        let ready = Prepared { request: &request, headers: attempt::headers(&request)?, client, sent };
        let (mut attempt, mut is_seen) = (1, false);
        loop {
            let mut outcome = self.paced(&ready, attempt);
            let sent = if matches!(outcome, Err(Failure { stage: Stage::Withheld, .. })) {
                attempt - 1
            } else {
                attempt
            };
            let Some(Retry { unsent, slow, asked }) = self.judge(&outcome, request.safety) else {
                return conclude(&request, outcome, sent);
            };
            is_seen |= !unsent;
            if let Err(failure) = outcome {
                // Where no connection was made, nothing was done.
                outcome = Err(Failure { error: failure.error.refused(!is_seen), ..failure });
            }
            if request.safety == Safety::Once && !unsent {
                if slow {
                    self.slow_down(attempt, asked);
                }
                return conclude(&request, outcome, sent);
            }
            let again = self.may_repeat(attempt, asked, request.is_write());
            if !again.map_err(|error| error.attempts(sent))? {
                return conclude(&request, outcome, sent);
            }
            attempt += 1;
        }
    }

    /// Returns how long after it was sent the service may still carry out a request whose answer was lost: at least
    /// as long as the client waits for an answer, and as long as the service is known to be at work.
    pub fn in_flight(&self) -> Duration {
        self.shared.timeout.max(client::REQUEST).max(self.lane.limits.at_work) + MARGIN
    }

    /// Returns how many requests of one endpoint the service takes at the same time.
    pub fn at_once(&self) -> usize {
        self.lane.limits.concurrent_per_endpoint.min(self.lane.limits.concurrent).max(1)
    }

    /// Waits as before repeating a request, and says whether to: not when it was repeated often enough, by itself or
    /// in the run.
    ///
    /// For answers within an answer, as a batch has them: only its caller sees that they are refused. `attempt`
    /// counts from 1; `asked` are their `Retry-After` headers, of which the longest wait counts. A write is held back as by
    /// [`send`](Self::send).
    ///
    /// # Errors
    /// [`Kind::Throttled`] when the wait is longer than the limits grant, [`Kind::Deadline`] when it is longer than
    /// there is time.
    pub fn pause<'a>(
        &self,
        attempt: u32,
        asked: impl IntoIterator<Item = &'a str>,
        is_write: bool,
    ) -> Result<bool> {
        let waits = asked.into_iter().filter_map(|header| retry::retry_after(header, Timestamp::now()));
        self.may_repeat(attempt, waits.max().filter(|wait| !wait.is_zero()), is_write)
    }

    /// Returns how many pages and how many records one listing may have.
    pub fn longest_listing(&self) -> (usize, usize) {
        (self.shared.caps.pages, self.shared.caps.records)
    }

    /// Returns how many requests of `endpoint` its window has room for now, those of earlier runs counted if they are
    /// remembered.
    pub fn room(&self, endpoint: &str) -> usize {
        self.lane.room(endpoint)
    }

    /// Returns how long it takes until the window has room for so many requests of `endpoint`, or for all it ever
    /// has.
    pub fn time_to(&self, endpoint: &str, requests: usize) -> Duration {
        self.lane.time_to(endpoint, requests)
    }

    /// Takes the service's own count of requests in its window: others may share it.
    pub fn server_count(&self, used: u32) {
        self.lane.server_count(used);
    }

    /// Returns the address `link` that an answer from `from` named as its next page, if it stays on the host it came
    /// from.
    ///
    /// # Errors
    /// [`Kind::Service`] when it does not.
    pub fn next_link(&self, from: &Url, link: &str) -> Result<Url> {
        let same = |next: &Url| next.origin() == from.origin() && client::way(next).is_ok();
        from.join(link).ok().filter(same).ok_or_else(|| {
            let message = format!("{} named a next page that is not on {}", self.name(), client::host(from));
            Error::new(Kind::Service, message)
                .hint("no credentials were sent there; check the service's address in the configuration")
        })
    }

    /// Makes one attempt, once there is room for it: counted, logged and traced.
    fn paced(&self, ready: &Prepared<'_>, attempt: u32) -> Result<Reply, Failure> {
        let (longest, endpoint) = (self.lane.limits.longest_wait, &ready.request.endpoint);
        let (is_write, entered) = (ready.request.is_write(), Instant::now());
        let (_permit, wait) =
            self.lane.enter(endpoint, longest.min(self.left().unwrap_or(longest)), is_write);
        if wait > longest {
            let what = format!("has no room for another request for {} s", wait.as_secs());
            return Err(self.throttled(&what).into());
        }
        // What an adapter asks before its write is no wait, and would be asked again after it.
        let has_waited = entered.elapsed() + wait > INSTANT;
        let (is_old, turn) = (is_write && has_waited && fresh::is_old_after(wait), Instant::now() + wait);
        self.wait(wait)?;
        if is_old {
            self.lane.keep(endpoint, turn);
            let what = format!("{} had no room for a write before its reading was old", self.name());
            return Err(Error::new(Kind::Stale, what).hint("run `crsync sync` again").into());
        }
        let left = self.left().unwrap_or(Duration::MAX);
        // A write that has begun is not cut off: its outcome would be unknown.
        let room = match ready.request.safety {
            Safety::Read => left.min(self.shared.timeout),
            Safety::Repeatable | Safety::Once => self.shared.timeout,
        };
        if left.is_zero() {
            return Err(self.too_late().into());
        }
        if let Some(Herald(herald)) =
            self.shared.herald.get().filter(|_| ready.request.safety == Safety::Once)
        {
            herald()?;
        }
        self.lane.requests.fetch_add(1, Ordering::Relaxed);
        self.lane.retries.fetch_add(u32::from(attempt > 1), Ordering::Relaxed);
        let (at, clock) = (Timestamp::now(), Instant::now());
        let mut outcome = attempt::exchange(
            ready.client,
            self.name(),
            ready.request,
            &ready.headers,
            room,
            Size::of(self.shared.caps.answer),
            &self.shared.spare,
        );
        let took = clock.elapsed();
        if let Ok(reply) = &mut outcome {
            if let Some(told) = reply.header("date").and_then(retry::date) {
                // The answer was written somewhere between the two ends of the wait.
                self.lane.told_time(told, at.saturating_add(took / 2).unwrap_or(at));
            }
            reply.sent = Arc::clone(&ready.sent);
            reply.silence(&ready.sent);
            if is_write && reply.ok() {
                fresh::begun();
            }
        }
        tracing::debug!(
            service = self.name(),
            method = ready.request.method.name(),
            path = ready.request.path(),
            status = outcome.as_ref().map_or(0, |reply| reply.status),
            attempt,
            ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        );
        if let Some(trace) = &self.shared.trace {
            let exchange = har::Exchange {
                request: ready.request,
                headers: &ready.headers,
                sent: &ready.sent,
                at,
                took,
            };
            let answer = outcome.as_ref().map_err(|failure| &failure.error);
            trace.add(&har::entry(&exchange, answer, &self.lane.limits));
        }
        outcome
    }

    /// Waits as the service asks although the request is not repeated: other requests come after it, and those of other
    /// threads wait as well.
    fn slow_down(&self, attempt: u32, asked: Option<Duration>) {
        let wait = asked.unwrap_or_else(|| retry::backoff(attempt, fastrand::f64()));
        if self.shared.retries > 0 && wait <= self.lane.limits.longest_wait {
            self.lane.hold(wait);
            // Where there is no time for it, the next request says so.
            let _ = self.wait(wait);
        }
    }

    /// Waits before the attempt after `attempt`, if there is to be one.
    fn may_repeat(&self, attempt: u32, asked: Option<Duration>, is_write: bool) -> Result<bool> {
        if attempt > self.shared.retries {
            return Ok(false);
        }
        let wait = asked.unwrap_or_else(|| retry::backoff(attempt, fastrand::f64()));
        if wait > self.lane.limits.longest_wait {
            return Err(self.throttled(&format!("asks to wait {} s", wait.as_secs())));
        }
        if !self.take_budget() {
            return Ok(false);
        }
        let is_old = is_write && fresh::is_old_after(wait);
        self.wait(wait)?;
        Ok(!is_old)
    }

    /// Returns how to repeat the request, if its outcome is a failure that may pass.
    fn judge(&self, outcome: &Result<Reply, Failure>, safety: Safety) -> Option<Retry> {
        let limits = &self.lane.limits;
        let reply = match outcome {
            Err(Failure { stage: Stage::Withheld | Stage::Final, .. }) => return None,
            Err(Failure { stage, .. }) => {
                return Some(Retry { unsent: *stage == Stage::Unsent, slow: false, asked: None });
            }
            Ok(reply) if reply.ok() => {
                let lost = limits.empty_read_passes && safety == Safety::Read;
                let lost = lost && reply.body.trim_ascii().is_empty();
                return lost.then_some(Retry { unsent: false, slow: false, asked: None });
            }
            Ok(reply) => reply,
        };
        let slow = reply.status == 429 || says_any(&reply.body, limits.retry_texts);
        let passing = slow || DOWN.contains(&reply.status) || limits.retry_statuses.contains(&reply.status);
        let header = reply.header("retry-after");
        // "Retry at once" does not relieve the service, so our own longer wait applies.
        let asked = header.and_then(|text| retry::retry_after(text, Timestamp::now()));
        let asked = asked.filter(|wait| !wait.is_zero());
        let asked = asked.or(limits.throttled_wait.filter(|_| slow));
        passing.then_some(Retry { unsent: false, slow, asked })
    }

    fn throttled(&self, what: &str) -> Error {
        Error::new(Kind::Throttled, format!("{} {what}", self.name()))
            .hint("run the command again later; other programs may be using up the same limit")
    }

    fn take_budget(&self) -> bool {
        let less = |left: u32| left.checked_sub(1);
        self.shared.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// Waits, if the deadline leaves the time for it.
    fn wait(&self, wait: Duration) -> Result<()> {
        if self.left().is_some_and(|left| wait >= left) {
            return Err(self.too_late());
        }
        if !wait.is_zero() {
            self.shared.pause(self.name(), wait);
        }
        Ok(())
    }

    /// Returns what is left until the deadline, if there is one.
    fn left(&self) -> Option<Duration> {
        let grace = if self.shared.late.load(Ordering::Relaxed) { GRACE } else { Duration::ZERO };
        self.shared.deadline.map(|deadline| (deadline + grace).saturating_duration_since(Instant::now()))
    }

    fn too_late(&self) -> Error {
        Error::new(Kind::Deadline, format!("the deadline comes before {} can be asked", self.name()))
            .hint("give the run more time with --deadline, or fewer companies with --company")
    }

    fn name(&self) -> &'static str {
        self.lane.limits.service
    }
}

/// Returns the last outcome, as the caller gets it.
fn conclude(request: &Request, outcome: Result<Reply, Failure>, attempts: u32) -> Result<Reply> {
    let mut reply = outcome.map_err(|failure| failure.error.attempts(attempts))?;
    reply.attempts = attempts;
    if !REDIRECTS.contains(&reply.status) {
        return Ok(reply);
    }
    let target = reply.header("location").and_then(|link| request.url.join(link).ok());
    let target = match &target {
        Some(_) if request.has_secret_address() => "another address",
        target => target.as_ref().map_or("an address that cannot be read", client::host),
    };
    let message =
        format!("{} redirects to {target} (HTTP {}), which is not followed", reply.place(), reply.status);
    let check = "set the service's address in the configuration to where it is now";
    Err(Error::new(Kind::Service, message).attempts(attempts).hint(match request.safety {
        Safety::Read => check.to_owned(),
        Safety::Repeatable | Safety::Once => {
            format!("{check}; the change may have been made all the same, so look at the record first")
        }
    }))
}

fn says_any(body: &[u8], texts: &[&str]) -> bool {
    if texts.is_empty() {
        return false;
    }
    let body = String::from_utf8_lossy(body).to_lowercase();
    texts.iter().any(|text| body.contains(text))
}
