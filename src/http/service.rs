//! Sending one request: leave to go, attempts, waits, and what the outcome means.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::{Host, Url};

use super::pacing::Lane;
use super::{REQUEST, Reply, Request, Safety, Shared, har, retry};
use crate::error::{Error, Kind, Result};

/// The most a body may hold. The largest page known is a few megabytes.
const BODY_CAP: u64 = 64 * 1024 * 1024;

/// A service, as its adapter uses it; cheap to clone.
#[derive(Debug, Clone)]
pub struct Service {
    shared: Arc<Shared>,
    lane: Arc<Lane>,
}

/// How an attempt that brought no usable answer went wrong.
#[derive(Debug)]
struct Failure {
    error: Error,
    /// Whether the service cannot have seen the request.
    never_sent: bool,
}

/// What an attempt's outcome asks for.
enum Verdict {
    /// It is final.
    Final,
    /// Again, if the request's safety allows; after the wait the service asked for, if it did.
    Again { refused: bool, asked: Option<Duration> },
}

impl Service {
    pub(super) fn new(shared: Arc<Shared>, lane: Arc<Lane>) -> Self {
        Self { shared, lane }
    }

    /// Sends `request`, waiting for the service's limits and repeating as its safety allows.
    ///
    /// # Errors
    /// [`Kind::Network`], [`Kind::Throttled`], [`Kind::Deadline`], or [`Kind::Config`] for an address that is
    /// not allowed. Every answer that is final is a [`Reply`], whatever its status: the adapter knows what it
    /// means.
    #[allow(clippy::needless_pass_by_value)] // a request is sent once by its maker, however often from here
    pub fn send(&self, request: Request) -> Result<Reply> {
        let secure = check_address(&request.url)?;
        let headers = headers(&request)?;
        let mut attempt = 0;
        loop {
            attempt += 1;
            let outcome = self.paced(&request, &headers, secure, attempt)?;
            let (refused, asked) = match self.judge(&outcome) {
                Verdict::Final => return outcome.map_err(|failure| failure.error),
                Verdict::Again { refused, asked } => (refused, asked),
            };
            let may = request.safety != Safety::Once || refused;
            if !may || attempt > self.shared.retries || !self.take_budget() {
                return self.give_up(outcome, refused, attempt);
            }
            let wait = asked.unwrap_or_else(|| retry::backoff(attempt, fastrand::f64()));
            if wait > self.lane.limits.longest_wait {
                return Err(self.throttled(&format!("asks to wait {} s", wait.as_secs())));
            }
            self.wait(wait)?;
        }
    }

    /// Takes the service's own count of requests in its window: others may share it.
    pub fn server_count(&self, used: u32) {
        self.lane.server_count(used);
    }

    /// The address `link` that an answer from `from` named as its next page, if it stays on the host it came
    /// from.
    ///
    /// # Errors
    /// [`Kind::Service`] when it does not.
    pub fn next_link(&self, from: &Url, link: &str) -> Result<Url> {
        let next = from.join(link).ok().filter(|next| next.origin() == from.origin());
        next.ok_or_else(|| {
            Error::new(
                Kind::Service,
                format!("{} named a next page that is not on {}", self.lane.limits.service, host(from)),
            )
            .hint("credentials are not sent there; check the address in the configuration, and report it if it is right")
        })
    }

    /// One attempt, once there is room for it.
    fn paced(
        &self,
        request: &Request,
        headers: &HeaderMap,
        secure: bool,
        attempt: u32,
    ) -> Result<std::result::Result<Reply, Failure>> {
        let (_permit, wait) = self.lane.enter(&request.endpoint);
        if wait > self.lane.limits.longest_wait {
            return Err(
                self.throttled(&format!("has no room for {} s in its window of requests", wait.as_secs()))
            );
        }
        self.wait(wait)?;
        let room = self.room()?;
        self.lane.requests.fetch_add(1, Ordering::Relaxed);
        self.lane.retries.fetch_add(u32::from(attempt > 1), Ordering::Relaxed);
        let (started, clock) = (Timestamp::now(), Instant::now());
        let outcome = self.attempt(request, headers, secure, room)?;
        let took = clock.elapsed();
        let status = outcome.as_ref().map_or(0, |reply| reply.status);
        tracing::debug!(
            service = self.lane.limits.service,
            method = request.method.name(),
            path = request.url.path(),
            status,
            attempt,
            ms = took.as_millis(),
        );
        if let Some(trace) = &self.shared.trace {
            trace.add(&har::entry(request, outcome.as_ref().ok(), started, took, &self.lane.limits));
        }
        Ok(outcome)
    }

    fn attempt(
        &self,
        request: &Request,
        headers: &HeaderMap,
        secure: bool,
        room: Duration,
    ) -> Result<std::result::Result<Reply, Failure>> {
        // The names of `Method` are HTTP's own, so they always parse.
        let method = reqwest::Method::from_bytes(request.method.name().as_bytes()).unwrap_or_default();
        let client = self.shared.client(secure)?;
        let mut builder = client.request(method, request.url.clone()).headers(headers.clone()).timeout(room);
        if let Some((_, body)) = &request.body {
            builder = builder.body(body.expose().to_owned());
        }
        let mut response = match builder.send() {
            Ok(response) => response,
            Err(error) => {
                let never_sent = error.is_connect();
                return Ok(Err(Failure { error: self.unreachable(&request.url, error), never_sent }));
            }
        };
        let mut body = Vec::new();
        let status = response.status().as_u16();
        let headers = response
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let read = response.by_ref().take(BODY_CAP + 1).read_to_end(&mut body);
        self.lane.bytes.fetch_add(body.len() as u64, Ordering::Relaxed);
        if body.len() as u64 > BODY_CAP {
            return Err(Error::new(
                Kind::Service,
                format!("{} sent more than 64 MiB in one answer", self.name()),
            )
            .hint("report it; pages of this size are not known"));
        }
        if let Err(error) = read {
            let broken = Error::new(Kind::Network, format!("the answer of {} broke off", self.name()))
                .hint("check the network and run the command again")
                .source(error);
            return Ok(Err(Failure { error: broken, never_sent: false }));
        }
        Ok(Ok(Reply::from_parts(self.name(), status, headers, body)))
    }

    fn judge(&self, outcome: &std::result::Result<Reply, Failure>) -> Verdict {
        let limits = &self.lane.limits;
        let reply = match outcome {
            Err(failure) => return Verdict::Again { refused: failure.never_sent, asked: None },
            Ok(reply) if reply.ok() => return Verdict::Final,
            Ok(reply) => reply,
        };
        let asked = reply.header("retry-after").and_then(|text| retry::retry_after(text, Timestamp::now()));
        let slow_down = reply.status == 429
            || (!limits.retry_texts.is_empty() && says_any(&reply.body, limits.retry_texts));
        match reply.status {
            _ if slow_down => Verdict::Again { refused: true, asked },
            502..=504 => Verdict::Again { refused: false, asked },
            status if limits.retry_statuses.contains(&status) => Verdict::Again { refused: false, asked },
            _ => Verdict::Final,
        }
    }

    /// What an outcome is worth when it is not tried again.
    fn give_up(
        &self,
        outcome: std::result::Result<Reply, Failure>,
        refused: bool,
        attempts: u32,
    ) -> Result<Reply> {
        match outcome {
            Ok(_) if refused => {
                Err(self.throttled(&format!("still asks to slow down after {attempts} attempts")))
            }
            Ok(reply) => Ok(reply),
            Err(failure) => Err(failure.error),
        }
    }

    fn throttled(&self, what: &str) -> Error {
        Error::new(Kind::Throttled, format!("{} {what}", self.name()))
            .hint("run the command again later; other programs may be using up the same limit")
    }

    fn unreachable(&self, url: &Url, error: reqwest::Error) -> Error {
        let what = match () {
            () if error.is_timeout() => "did not answer in time",
            () if error.is_connect() => "cannot be reached",
            () => "closed the connection without an answer",
        };
        Error::new(Kind::Network, format!("{} at {} {what}", self.name(), host(url)))
            .hint("check the network, the proxy and the address in the configuration, then run the command again")
            .source(error.without_url())
    }

    fn take_budget(&self) -> bool {
        self.shared
            .budget
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1))
            .is_ok()
    }

    /// Waits, if the deadline leaves the time for it.
    fn wait(&self, wait: Duration) -> Result<()> {
        if wait > self.room()? {
            return Err(self.too_late());
        }
        if !wait.is_zero() {
            (self.shared.sleep)(wait);
        }
        Ok(())
    }

    /// How long a request may take: its own limit, or what the deadline leaves.
    fn room(&self) -> Result<Duration> {
        match self.shared.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now())) {
            Some(Duration::ZERO) => Err(self.too_late()),
            Some(left) => Ok(left.min(REQUEST)),
            None => Ok(REQUEST),
        }
    }

    fn too_late(&self) -> Error {
        Error::new(Kind::Deadline, format!("the deadline passed before {} was asked", self.name()))
            .hint("give the run more time with --deadline, or fewer companies with --company")
    }

    fn name(&self) -> &'static str {
        self.lane.limits.service
    }
}

/// Whether the address is HTTPS (`true`) or plain HTTP on this machine (`false`).
///
/// # Errors
/// [`Kind::Config`] for anything else.
fn check_address(url: &Url) -> Result<bool> {
    let local = match url.host() {
        Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    };
    match url.scheme() {
        "https" => Ok(true),
        "http" if local => Ok(false),
        _ => Err(Error::new(Kind::Config, format!("{} is not an HTTPS address", host(url)))
            .hint("write https:// in the configuration; plain HTTP is for this machine alone")),
    }
}

fn host(url: &Url) -> String {
    url.host_str().unwrap_or("an address without a host").to_owned()
}

fn headers(request: &Request) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(reqwest::header::ACCEPT, HeaderValue::from_static("application/json"));
    if let Some((kind, _)) = &request.body {
        headers.insert(reqwest::header::CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &request.headers {
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| {
            Error::new(
                Kind::Config,
                format!("the value for the header {name} holds characters that cannot be sent"),
            )
            .hint("store the secret again without line breaks or blanks around it")
        })?;
        value.set_sensitive(true);
        let name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| Error::new(Kind::Config, format!("{name} cannot be the name of a header")))?;
        headers.insert(name, value);
    }
    Ok(headers)
}

fn says_any(body: &[u8], texts: &[&str]) -> bool {
    let body = String::from_utf8_lossy(body).to_lowercase();
    texts.iter().any(|text| body.contains(text))
}
