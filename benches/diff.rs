//! How long a diff of the five small clients takes, against the longest chain of requests that wait for each
//! other, with every answer of the sandbox taking 50 ms.
//!
//! `cargo bench --bench diff` prints the ratio. What is not waiting (planning, printing, starting) is in it too.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::time::{Duration, Instant};

use crsync::cli::{self, Io};
use crsync_sandbox::{Options, Sandbox};

const LATENCY: Duration = Duration::from_millis(50);

/// Requests that wait for each other: Autotask's zone, its counter, then its companies, then their owners. Entra
/// and Graph (a token, a batch) and CloudRadial (a count, a page, a count) are shorter.
const CHAIN: u32 = 4;

const COMPANIES: [&str; 5] = ["Contoso", "Fabrikam", "Northwind", "Tailspin Toys", "Wingtip Toys"];

const RUNS: usize = 7;

fn main() {
    let sandbox = Sandbox::start(Options { latency: LATENCY, ..Options::default() }).expect("a free port");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let config = folder.path().join("crsync.toml");
    std::fs::write(&config, sandbox.config()).expect("a writable folder");
    let env: BTreeMap<String, String> =
        sandbox.secrets().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut args = vec![OsString::from("crsync"), "diff".into(), "--config".into(), config.into()];
    args.extend(COMPANIES.iter().flat_map(|name| ["--company".into(), OsString::from(name)]));
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let (mut io, _) = Io::buffered(None, env.clone());
            let start = Instant::now();
            assert_eq!(cli::run(args.clone(), &mut io), 0);
            start.elapsed()
        })
        .collect();
    times.sort();
    let median = times[RUNS / 2];
    let chain = LATENCY * CHAIN;
    let ratio = median.as_secs_f64() / chain.as_secs_f64();
    println!("diff of {} companies: median {median:?} of {RUNS} runs", COMPANIES.len());
    println!("longest chain: {CHAIN} requests of {LATENCY:?} = {chain:?}; ratio {ratio:.2} (at most 1.5)");
}
