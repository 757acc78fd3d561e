//! What the server asks for answers: the emulated systems, the faults, and the log of requests.

use std::collections::BTreeSet;
use std::time::Duration;

use super::emulated::System;
use super::fault::{Fault, Faults, Withheld};
use super::watch::{Seen, Watcher};
use super::wire::{Request, Response};
use super::world::{Store, World};

/// Everything that the server's one lock guards.
#[derive(Debug)]
pub(super) struct Core {
    /// The emulated systems.
    pub(super) world: World,
    /// Where they are kept; `None` in memory only.
    pub(super) store: Option<Store>,
    /// Address of the server.
    pub(super) url: String,
    /// How long every answer takes.
    pub(super) latency: Duration,
    /// The requests so far, in the order they arrived.
    pub(super) seen: Vec<Seen>,
    /// The same requests by their place among these, in the order they came and went: twice each, when they arrived and
    /// just before they were answered.
    pub(super) flights: Vec<usize>,
    /// What is called before and after every request.
    pub(super) watcher: Option<Watcher>,
    faults: Faults,
    /// Requests that are carried out later.
    late: Vec<(System, Request)>,
}

/// What the connection is to do.
#[derive(Debug)]
pub(super) struct Reply {
    /// The answer; `None` closes the connection without one.
    pub(super) response: Option<Response>,
    /// Whether the body stops half way.
    pub(super) truncated: bool,
    /// How long the answer waits.
    pub(super) delay: Duration,
}

impl Core {
    /// Returns systems in the state of `world`, without faults and without latency.
    pub(super) fn new(world: World, store: Option<Store>, url: String) -> Self {
        Self {
            world,
            store,
            url,
            latency: Duration::ZERO,
            seen: Vec::new(),
            flights: Vec::new(),
            watcher: None,
            faults: Faults::default(),
            late: Vec::new(),
        }
    }

    /// Replaces the faults and begins to count, and to keep answers, anew.
    pub(super) fn set_faults(&mut self, faults: Vec<Fault>) {
        self.faults = Faults::new(faults);
    }

    /// Enters a request into the log, and returns its place there.
    pub(super) fn arrived(&mut self, system: System, request: &Request) -> (Seen, usize) {
        let (seen, place) = (Seen::of(system, request), self.seen.len());
        self.seen.push(seen.clone());
        self.flights.push(place);
        (seen, place)
    }

    /// Returns the most of the requests that `counts` accepts that were there at the same time.
    pub(super) fn most_at_once(&self, counts: impl Fn(&Seen) -> bool) -> usize {
        let (mut here, mut most) = (BTreeSet::new(), 0);
        for place in self.flights.iter().filter(|place| self.seen.get(**place).is_some_and(&counts)) {
            if !here.remove(place) {
                here.insert(place);
            }
            most = most.max(here.len());
        }
        most
    }

    /// Answers one request, and saves the state before the answer if it changed.
    pub(super) fn reply(&mut self, system: System, mut request: Request) -> Reply {
        request.base = self.base(system);
        let seen = Seen::of(system, &request);
        let mut struck = self.faults.strike(&seen, &request);
        let mut reply =
            Reply { response: None, truncated: struck.truncated, delay: self.latency + struck.delay };
        match struck.withheld {
            Some(Withheld::Lost) => return reply,
            Some(Withheld::Later) => {
                self.late.push((system, request));
                return reply;
            }
            None => {}
        }
        let response = struck.instead.take().unwrap_or_else(|| self.handle(system, &request));
        let response = struck.changed(&seen, response);
        self.faults.answered(&seen, &request, &response);
        reply.response = Some(response).filter(|_| !struck.reset_after);
        reply
    }

    /// Keeps a request that is carried out later.
    pub(super) fn keep(&mut self, system: System, mut request: Request) {
        request.base = self.base(system);
        self.late.push((system, request));
    }

    /// Carries out the requests that were kept for later, and returns their number.
    pub(super) fn carry_out(&mut self) -> usize {
        let late = std::mem::take(&mut self.late);
        for (system, request) in &late {
            self.handle(*system, request);
        }
        late.len()
    }

    fn base(&self, system: System) -> String {
        format!("{}/{}", self.url, system.name())
    }

    fn handle(&mut self, system: System, request: &Request) -> Response {
        let Some(part) = self.world.part_mut(system) else { return Response::no_system() };
        let response = part.handle(request);
        if !response.changed {
            return response;
        }
        match self.store.as_mut().map_or(Ok(()), |store| store.save(&self.world, Some(system))) {
            Ok(()) => response,
            Err(error) => {
                Response::text(500, "text/plain", format!("The sandbox could not be saved: {error}"))
            }
        }
    }
}
