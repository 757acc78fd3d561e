//! How long a diff of the five small clients takes, against the longest chain of requests that wait for each
//! other, with every answer of the sandbox taking 50 ms; and what the program takes for 200 companies of 150 people,
//! for the first time and for the second.
//!
//! `cargo bench --bench diff` prints the ratio, then a table with what was measured beside what is wanted. What is not
//! waiting (planning, printing, starting) is in the ratio too. The services are in another process than the program.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

mod program;
mod served;

use std::ffi::OsString;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crsync::cli::{self, Io};
use crsync_sandbox::Options;
use program::Taken;
use served::{Served, clients};

const LATENCY: Duration = Duration::from_millis(50);

/// Requests that wait for each other: Autotask's zone, its counter, then its companies, then their owners. Entra
/// and Graph (a token, a batch) and CloudRadial (a count, a page, a count) are shorter.
const CHAIN: u32 = 4;

const COMPANIES: [&str; 5] = ["Contoso", "Fabrikam", "Northwind", "Tailspin Toys", "Wingtip Toys"];

const RUNS: usize = 7;

/// Companies, and the people of each.
const MANY: (usize, usize) = (200, 150);

fn main() {
    chain();
    many();
}

fn chain() {
    let served = Served::start(Options { latency: LATENCY, ..Options::default() });
    let mut args = vec![OsString::from("crsync"), "diff".into(), "--config".into(), served.config().into()];
    args.extend(COMPANIES.iter().flat_map(|name| ["--company".into(), OsString::from(name)]));
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let (mut io, _) = Io::buffered(None, served.env("state"));
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

fn many() {
    let (companies, people) = MANY;
    let served = Served::start(Options { clients: clients(companies, people), ..Options::default() });
    println!(
        "{:<44} {:>16}   wanted",
        format!("diff of {companies} companies of {people} people"),
        "measured"
    );
    for what in ["the first", "the second"] {
        let mut taken: Vec<Taken> = (0..RUNS).map(|run| taken(&served, &format!("state-{run}"))).collect();
        taken.sort_by_key(|taken| taken.processor);
        let processor = taken[RUNS / 2].processor;
        let processor = processor.map_or_else(|| "not known here".to_owned(), |time| format!("{time:?}"));
        let peak = taken.iter().max_by_key(|taken| taken.peak).map_or_else(String::new, |most| most.memory());
        println!("{:<44} {processor:>16}   at most 500ms", format!("{what}: processor time"));
        println!("{:<44} {peak:>16}   at most 80 MB", format!("{what}: memory"));
    }
}

/// What the program takes with a state of that name.
fn taken(served: &Served, state: &str) -> Taken {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.args(["diff", "--config"]).arg(served.config());
    command.env_clear().envs(served.env(state)).env("HOME", served.folder());
    program::watch(&mut command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program"))
}
