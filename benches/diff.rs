//! How long a diff of the five small clients takes, against the longest chain of requests that wait for each
//! other, with every answer of the sandbox taking 50 ms; and what the program takes for 200 companies of 150 people,
//! for the first time and for the second.
//!
//! `cargo bench --bench diff` prints the ratio, then a table with what was measured beside what is wanted. What is not
//! waiting (planning, printing, starting) is in the ratio too. The services are in another process than the program.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

mod chains;
mod program;
mod served;

use std::ffi::OsString;
use std::process::Stdio;
use std::time::{Duration, Instant};

use chains::Chains;
use crsync::cli::{self, Io};
use crsync_sandbox::Options;
use program::Taken;
use served::{Served, clients};

const LATENCY: Duration = Duration::from_millis(50);

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
    let chains = Chains::watch(&served.sandbox, LATENCY);
    args.extend(COMPANIES.iter().flat_map(|name| ["--company".into(), OsString::from(name)]));
    let run = |_| {
        let (mut io, _) = Io::buffered(None, served.env("state"));
        let start = Instant::now();
        assert_eq!(cli::run(args.clone(), &mut io), 0);
        (start.elapsed(), chains.taken().longest)
    };
    let (mut times, longest): (Vec<Duration>, Vec<usize>) = (0..RUNS).map(run).unzip();
    times.sort();
    let median = times[RUNS / 2];
    let longest = u32::try_from(longest[RUNS / 2]).expect("few");
    let chain = LATENCY * longest;
    let ratio = median.as_secs_f64() / chain.as_secs_f64();
    println!("diff of {} companies: median {median:?} of {RUNS} runs", COMPANIES.len());
    println!("longest chain: {longest} requests of {LATENCY:?} = {chain:?}; ratio {ratio:.2} (at most 1.5)");
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
    program::watch(&mut served.program(&["diff"], state).stderr(Stdio::null()).spawn().expect("the program"))
}
