//! How many requests reading takes, and how many of them wait for each other: 200 companies of 100 people each, planned
//! for the first time and for the second.
//!
//! `cargo bench --bench requests` prints both for every PSA, with the number that the second time should not exceed;
//! `cargo bench --bench requests -- autotask` for one. A request waits for another one if that one was answered before
//! it was sent: that is told by the time, so that every answer takes long beside what the sandbox does for it.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

mod served;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crsync::cli::{self, Io};
use crsync_sandbox::{Flow, Moment, Options, Seen};
use served::{Served, clients};

const COMPANIES: usize = 200;
const PEOPLE: usize = 100;

/// How long every answer takes.
const LATENCY: Duration = Duration::from_millis(400);

/// The PSAs, and the requests that planning takes for the second time, where that is known.
const WANTED: [(&str, Option<usize>); 5] = [
    ("autotask", Some(547)),
    ("connectwise", Some(529)),
    ("syncro", Some(509)),
    // The values of custom fields take a request for every contact, as many as the hour allows.
    ("bms", None),
    // So does what a row does not show.
    ("halopsa", None),
];

/// The requests of a run, each with the time of its answer and its place in the longest chain that leads to it.
#[derive(Default)]
struct Chains(Mutex<BTreeMap<&'static str, Vec<(Instant, usize)>>>);

impl Chains {
    fn note(&self, seen: &Seen, moment: Moment) {
        if moment == Moment::Before {
            let mut chains = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (now, chain) = (Instant::now(), chains.entry(seen.system.name()).or_default());
            let before = chain.iter().filter(|(answered, _)| *answered <= now).map(|(_, place)| *place);
            let place = 1 + before.max().unwrap_or_default();
            chain.push((now + LATENCY, place));
        }
    }

    /// Requests and the longest chain by system, which are forgotten.
    fn taken(&self) -> Vec<(&'static str, usize, usize)> {
        let chains = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let longest = |chain: &[(Instant, usize)]| chain.iter().map(|(_, place)| *place).max();
        chains
            .into_iter()
            .map(|(system, chain)| (system, chain.len(), longest(&chain).unwrap_or_default()))
            .collect()
    }
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    for (psa, wanted) in WANTED {
        if !chosen.is_empty() && chosen.iter().all(|name| name != psa) {
            continue;
        }
        let served = Served::start(Options {
            latency: LATENCY,
            clients: clients(COMPANIES, PEOPLE),
            ..Options::default()
        });
        let chains = Arc::new(Chains::default());
        let noted = Arc::clone(&chains);
        served.sandbox.watch(move |seen, moment| {
            noted.note(seen, moment);
            Flow::On
        });
        for (run, wanted) in [("first", None), ("second", wanted)] {
            let args = ["crsync", "diff", "--psa", psa, "--config"].map(OsString::from);
            let (mut io, buffers) = Io::buffered(None, served.env("state"));
            let started = Instant::now();
            let code = cli::run(args.into_iter().chain([served.config().into()]), &mut io);
            assert_eq!(code, 0, "{}", buffers.err());
            let systems = chains.taken();
            let all: usize = systems.iter().map(|(_, requests, _)| requests).sum();
            let longest = systems.iter().map(|(.., chain)| *chain).max().unwrap_or_default();
            let wanted = wanted.map_or_else(String::new, |wanted| format!(" of {wanted} wanted"));
            let each = systems.iter().fold(String::new(), |mut text, (system, requests, chain)| {
                let _ = write!(text, " {system} {requests} ({chain})"); // writing to a String cannot fail
                text
            });
            println!(
                "{psa}, {run} diff: {all} requests{wanted}, longest chain {longest}, {:.1?};{each}",
                started.elapsed()
            );
        }
    }
}
