//! Which requests wait for each other, told by the time: a request waits for another one if that one was answered before
//! it was sent. So every answer has to take long beside what the sandbox does for it.

#![allow(dead_code)] // each of those who use it needs a part of it

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crsync_sandbox::{Flow, Moment, Sandbox};

/// The requests of a run.
#[derive(Default)]
pub struct Chains(Mutex<Vec<Asked>>);

struct Asked {
    system: &'static str,
    answered: Instant,
    /// Its place in the longest chain that leads to it, of requests to the same system.
    place: usize,
    /// The same, whatever system the requests go to.
    overall: usize,
}

/// What a run asked.
pub struct Taken {
    /// The requests, and the longest chain of them, by system.
    pub systems: BTreeMap<&'static str, (usize, usize)>,
    /// The longest chain of requests, whatever system they go to.
    pub longest: usize,
}

impl Chains {
    /// Notes what a sandbox is asked, where every answer takes `latency`.
    pub fn watch(sandbox: &Sandbox, latency: Duration) -> Arc<Self> {
        let chains = Arc::new(Self::default());
        let noted = Arc::clone(&chains);
        sandbox.watch(move |seen, moment| {
            if moment == Moment::Before {
                noted.note(seen.system.name(), latency);
            }
            Flow::On
        });
        chains
    }

    fn note(&self, system: &'static str, latency: Duration) {
        let mut asked = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        let before = || asked.iter().filter(|one| one.answered <= now);
        let own = before().filter(|one| one.system == system).map(|one| one.place).max();
        let overall = before().map(|one| one.overall).max();
        let next = |before: Option<usize>| 1 + before.unwrap_or_default();
        let one = Asked { system, answered: now + latency, place: next(own), overall: next(overall) };
        asked.push(one);
    }

    /// Returns what was asked, and forgets it.
    pub fn taken(&self) -> Taken {
        let asked = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut systems: BTreeMap<&'static str, (usize, usize)> = BTreeMap::new();
        for one in &asked {
            let (requests, chain) = systems.entry(one.system).or_default();
            (*requests, *chain) = (*requests + 1, one.place.max(*chain));
        }
        Taken { systems, longest: asked.iter().map(|one| one.overall).max().unwrap_or_default() }
    }
}
