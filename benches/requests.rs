//! How many requests reading takes, and how many of them wait for each other: 200 companies of 100 people each, planned
//! for the first time and for the second.
//!
//! `cargo bench --bench requests` prints both for every PSA, with the number that the second time should not exceed;
//! `cargo bench --bench requests -- autotask` for one.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

mod chains;
mod served;

use std::ffi::OsString;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use chains::Chains;
use crsync::cli::{self, Io};
use crsync_sandbox::Options;
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
        let chains = Chains::watch(&served.sandbox, LATENCY);
        for (run, wanted) in [("first", None), ("second", wanted)] {
            let args = ["crsync", "diff", "--psa", psa, "--config"].map(OsString::from);
            let (mut io, buffers) = Io::buffered(None, served.env("state"));
            let started = Instant::now();
            let code = cli::run(args.into_iter().chain([served.config().into()]), &mut io);
            assert_eq!(code, 0, "{}", buffers.err());
            let taken = chains.taken();
            let all: usize = taken.systems.values().map(|(requests, _)| requests).sum();
            let longest = taken.longest;
            let wanted = wanted.map_or_else(String::new, |wanted| format!(" of {wanted} wanted"));
            let each = taken.systems.iter().fold(String::new(), |mut text, (system, (requests, chain))| {
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
