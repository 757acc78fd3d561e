//! The one HTTP client: every request to every service leaves through here.
//!
//! A service declares its limits and how it asks to slow down; a request declares whether it is safe to repeat.
//! This module then does the waiting, repeating, counting and tracing, so that no adapter does. Redirects are
//! never followed: no service documents one, and a redirect could carry credentials to another host.

mod attempt;
mod body;
mod cause;
mod client;
mod failure;
mod har;
mod mask;
mod pacing;
mod reply;
mod request;
mod retry;
mod rows;
mod sent;
mod service;
mod size;

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use url::Url;

pub use body::Body;
pub use pacing::Window;
pub use reply::Reply;
pub use request::{Method, Request, Safety};
pub use service::Service;

use crate::calls::{Requests, Spent};
use crate::error::Result;
use crate::files::Target;
use body::Spare;
use client::Clients;
use har::Trace;
use pacing::Lane;

/// How often one request is tried again at most.
const RETRIES: u32 = 4;

/// How much longer than the client waits the service may work on a request.
const MARGIN: Duration = Duration::from_secs(20);

/// How often one run may try again in all, so that a service that is down does not cost hours.
const RETRY_BUDGET: u32 = 100;

/// How the client is built; the same for the whole run.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A PEM file with further certification authorities.
    pub ca_file: Option<PathBuf>,
    /// Where to write an HTTP trace (HAR 1.2), secrets masked.
    pub har: Option<Arc<Target>>,
    /// When the run must be over.
    pub deadline: Option<Instant>,
    /// How often one request is repeated at most; 4 by default.
    pub retries: Option<u32>,
    /// How long one request may take in all; 100 s by default.
    pub timeout: Option<Duration>,
    /// How much one answer and one listing may hold.
    pub caps: Caps,
    /// Another way to wait, for tests that must not really wait.
    pub sleep: Option<fn(Duration)>,
}

/// How much a service may answer before it is given up.
///
/// The defaults are far above what is seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Caps {
    /// Pages of one listing.
    pub pages: usize,
    /// Records of one listing.
    pub records: usize,
    /// Mebibytes of one answer, decompressed.
    pub answer: u32,
}

impl Default for Caps {
    fn default() -> Self {
        Self { pages: 20_000, records: 1_000_000, answer: 32 }
    }
}

/// How long after the deadline whatever has begun may take to end well.
const GRACE: Duration = Duration::from_secs(60);

/// The shortest wait before a request that is worth a word.
const LONG: Duration = Duration::from_secs(1);

/// What a service allows, as its documents or its operators say.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The service's name in counts and traces: `entra`, `graph`, `cloudradial` …
    pub service: &'static str,
    /// Requests at the same time on one endpoint (see [`Request::endpoint`]).
    pub concurrent_per_endpoint: usize,
    /// Requests at the same time on the whole service.
    pub concurrent: usize,
    /// At most so many requests in such a time, if the service says so.
    pub window: Option<(u32, Duration)>,
    /// Whether the window is counted for every endpoint by itself (see [`Request::endpoint`]).
    pub window_per_endpoint: bool,
    /// Further statuses that ask to try again later, besides 429, 502, 503 and 504.
    pub retry_statuses: &'static [u16],
    /// Texts in an error body, lower-case, that say, whatever the status, that the service wants the request later.
    /// What must not happen twice is not repeated all the same. Bodies of 2xx are not looked at.
    pub retry_texts: &'static [&'static str],
    /// What to wait after a 429, or one of these texts, that does not say it; `None` for a short wait that grows.
    pub throttled_wait: Option<Duration>,
    /// Whether a 2xx without a body is a failure that passes, where something was to be read.
    pub empty_read_passes: bool,
    /// How long the service may work on one request, if that is longer than the client waits for an answer.
    pub at_work: Duration,
    /// The longest `Retry-After` that is waited for; beyond it the request fails as throttled.
    pub longest_wait: Duration,
    /// Names (of headers, JSON keys, user-defined fields) whose values are masked in traces beside the general
    /// list; lower-case, without separators.
    pub masked: &'static [&'static str],
}

impl Limits {
    /// Returns a service that states no limits: as many requests at the same time as are asked for, and waits of up
    /// to two minutes.
    pub const fn new(service: &'static str) -> Self {
        Self {
            service,
            concurrent_per_endpoint: usize::MAX,
            concurrent: usize::MAX,
            window: None,
            window_per_endpoint: false,
            retry_statuses: &[],
            retry_texts: &[],
            throttled_wait: None,
            empty_read_passes: false,
            at_work: Duration::ZERO,
            longest_wait: Duration::from_secs(120),
            masked: &[],
        }
    }
}

/// The client, built once; cheap to clone.
#[derive(Debug, Clone)]
pub struct Http(Arc<Shared>);

/// Is called just before a request is sent that must not happen twice.
struct Herald(Box<dyn Fn() -> Result<()> + Send + Sync>);

impl fmt::Debug for Herald {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Herald")
    }
}

impl Shared {
    /// Waits before a request of this service.
    fn pause(&self, service: &'static str, wait: Duration) {
        if wait < LONG {
            return (self.sleep)(wait);
        }
        let waits = || self.waits.lock().unwrap_or_else(PoisonError::into_inner);
        let own = (service, Instant::now() + wait);
        waits().push(own);
        (self.sleep)(wait);
        let mut waits = waits();
        if let Some(place) = waits.iter().position(|other| *other == own) {
            waits.swap_remove(place);
        }
    }
}

/// What all services of a run share.
#[derive(Debug)]
struct Shared {
    clients: Clients,
    trace: Option<Trace>,
    deadline: Option<Instant>,
    late: AtomicBool,
    retries: u32,
    timeout: Duration,
    caps: Caps,
    budget: AtomicU32,
    herald: OnceLock<Herald>,
    lanes: Mutex<BTreeMap<&'static str, Arc<Lane>>>,
    /// Until when requests wait, each with its service.
    waits: Mutex<Vec<(&'static str, Instant)>>,
    sleep: fn(Duration),
    spare: Arc<Spare>,
}

impl Http {
    /// Makes ready; connects nowhere.
    ///
    /// # Errors
    /// `Kind::Config` when the CA file cannot be used, `Kind::State` when the trace cannot be created.
    pub fn new(options: Options) -> Result<Self> {
        let Options { ca_file, har, deadline, retries, timeout, caps, sleep } = options;
        Ok(Self(Arc::new(Shared {
            clients: Clients::new(ca_file.as_deref())?,
            trace: har.map(Trace::create).transpose()?,
            deadline,
            late: AtomicBool::new(false),
            retries: retries.unwrap_or(RETRIES),
            timeout: timeout.unwrap_or(client::REQUEST),
            caps,
            budget: AtomicU32::new(RETRY_BUDGET),
            herald: OnceLock::new(),
            lanes: Mutex::default(),
            waits: Mutex::default(),
            sleep: sleep.unwrap_or(std::thread::sleep),
            spare: Arc::default(),
        })))
    }

    /// Allows requests until a minute after the deadline from now on, so that what has begun ends well.
    ///
    /// The caller must begin nothing new.
    pub fn end_what_has_begun(&self) {
        self.0.late.store(true, Ordering::Relaxed);
    }

    /// Calls `herald` just before every attempt at a request that must not happen twice: it may have waited since it
    /// was asked for.
    ///
    /// Where `herald` fails, nothing is sent. The first one given stays.
    pub fn before_what_must_not_happen_twice(&self, herald: impl Fn() -> Result<()> + Send + Sync + 'static) {
        // A run has one journal, so there is no second one.
        let _ = self.0.herald.set(Herald(Box::new(herald)));
    }

    /// Returns the service with these limits.
    ///
    /// The same name gives the same service: the limits that were given first hold, and its counts are shared. A run
    /// talks to one instance of each service, so the host does not matter.
    pub fn service(&self, limits: Limits) -> Service {
        let mut lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let lane = lanes.entry(limits.service).or_insert_with(|| Arc::new(Lane::new(limits)));
        Service::new(Arc::clone(&self.0), Arc::clone(lane))
    }

    /// Returns the requests made so far, by service name.
    pub fn counts(&self) -> Vec<Requests> {
        let lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes
            .values()
            .map(|lane| Requests {
                service: lane.limits.service.to_owned(),
                requests: lane.requests.load(Ordering::Relaxed),
                retries: lane.retries.load(Ordering::Relaxed),
            })
            .collect()
    }

    /// Returns the requests of this run that count in a window, without those that it returned before.
    ///
    /// The caller remembers them until the next run.
    pub fn spent(&self) -> Vec<Spent> {
        let lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = lanes.values().flat_map(|lane| {
            lane.unreported().into_iter().filter_map(|((endpoint, second), requests)| {
                let service = lane.limits.service.to_owned();
                Some(Spent { service, endpoint, at: Timestamp::from_second(second).ok()?, requests })
            })
        });
        spent.collect()
    }

    /// Counts requests of earlier runs in the windows of the services that are in use by now.
    pub fn recall(&self, spent: &[Spent]) {
        let lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Timestamp::now();
        for Spent { service, endpoint, at, requests } in spent {
            if let Some(lane) = lanes.get(service.as_str()) {
                let ago = Duration::try_from(now.duration_since(*at)).unwrap_or_default();
                lane.recall(endpoint, ago, *requests);
            }
        }
    }

    /// Returns by how many seconds this machine's clock is ahead of that of each service whose answers say what time it
    /// is there.
    pub fn clocks(&self) -> Vec<(&'static str, i64)> {
        let lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.values().filter_map(|lane| Some((lane.limits.service, lane.ahead()?))).collect()
    }

    /// Returns how much is used of what each service allows in some time.
    pub fn windows(&self) -> Vec<Window> {
        let lanes = self.0.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        lanes.values().filter_map(|lane| lane.most_used()).collect()
    }

    /// Returns until when requests of each service wait that wait for long, as it is now.
    pub fn waits(&self) -> Vec<(&'static str, Instant)> {
        self.0.waits.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns whether this address may be asked at all: HTTPS, or this machine, and no credentials before its host.
    pub fn may_ask(url: &Url) -> bool {
        client::way(url).is_ok()
    }

    /// Says whether the whole trace was written.
    ///
    /// # Errors
    /// `Kind::State` when it was not.
    pub fn finish(&self) -> Result<()> {
        self.0.trace.as_ref().map_or(Ok(()), Trace::finish)
    }
}
