//! What planning costs: processor time and memory, for companies of 10,000 to 1,000,000 people and for 1,000 companies.
//!
//! `cargo bench --bench plan` prints a table with what was measured beside what is wanted; names of cases after `--`
//! choose some of them. Nothing is read over a network: the sides are made up here, and only linking, looking and
//! planning count. Every case runs in a process of its own, because a peak never falls.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout, clippy::cast_precision_loss)] // it prints what it measures

mod world;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::Instant;

use crsync::model::Look;
use crsync::plan::CompanyMemory;
use crsync::reconcile::{FollowUp, InTurn, Input, Reconciled, link};
use world::{People, Size, World};

/// What is measured, and what is wanted of it.
struct Case {
    name: &'static str,
    companies: usize,
    /// People of each company.
    people: usize,
    /// Whether the portal is a side: without it, nothing is written there.
    portal: bool,
    /// Whether what the first plan leaves is planned with once more, as the next night does.
    again: bool,
    /// Seconds of processor time, at most.
    seconds: f64,
    /// MiB above a run without people, at most.
    memory: u64,
}

const CASES: [Case; 6] = [
    Case { name: "10k", companies: 1, people: 10_000, portal: true, again: false, seconds: 0.1, memory: 40 },
    Case {
        name: "100k",
        companies: 1,
        people: 100_000,
        portal: true,
        again: false,
        seconds: 0.9,
        memory: 250,
    },
    Case {
        name: "100k-again",
        companies: 1,
        people: 100_000,
        portal: true,
        again: true,
        seconds: 0.9,
        memory: 330,
    },
    Case {
        name: "1000x100",
        companies: 1_000,
        people: 100,
        portal: true,
        again: false,
        seconds: 0.9,
        memory: 250,
    },
    Case {
        name: "200x150",
        companies: 200,
        people: 150,
        portal: true,
        again: false,
        seconds: 0.3,
        memory: 75,
    },
    Case {
        name: "1m",
        companies: 1,
        people: 1_000_000,
        portal: false,
        again: false,
        seconds: 11.0,
        memory: 1_700,
    },
];

/// Links, looks at those who seem to have left, and plans.
fn plan(input: &Input<'_>) -> Reconciled {
    let linked = link(input);
    let mut follow_up = FollowUp::default();
    for wanted in linked.looks_wanted() {
        let look = Look::Here { enabled: Some(false), licences: None };
        follow_up.looks.add(wanted.tenant, BTreeMap::from([(wanted.user, look)]));
    }
    linked.into_plan(&follow_up, &InTurn)
}

/// Seconds of processor time that this process has used, where the system says.
fn used() -> Option<f64> {
    let text = fs::read_to_string("/proc/self/schedstat").ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// The peak of this process in KiB, where the system says.
fn peak() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Returns what `work` returns, with the seconds that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let (start, clock) = (used(), Instant::now());
    let done = work();
    let seconds = used().zip(start).map_or_else(|| clock.elapsed().as_secs_f64(), |(end, start)| end - start);
    (done, seconds)
}

/// Measures a case in this process, and prints the seconds of the plan, of the one after it, and the peak.
fn one(case: &Case) {
    let Case { companies, people, portal, .. } = *case;
    let mut world = World::new(Size { companies, people, portal, are: People::Agreeing });
    let (first, seconds) = timed(|| plan(&world.input()));
    let changed: BTreeSet<&str> = first
        .outcome
        .companies
        .iter()
        .flat_map(|own| &own.changes)
        .map(|change| change.who.name.as_str())
        .collect();
    assert!(case.people == 0 || !changed.is_empty(), "nothing would be changed");
    let conflicts: usize =
        first.outcome.companies.iter().map(|own| own.conflicts.len() + own.company_conflicts.len()).sum();
    assert_eq!(conflicts, 0, "nobody contradicts anybody");
    let mut later = 0.0;
    if case.again {
        for CompanyMemory { company, links, counts, licences, .. } in first.known {
            world
                .memory
                .counts
                .extend(counts.into_iter().map(|(side, count)| ((company.clone(), side), count)));
            world.memory.licences.extend(licences.map(|rule| (company.clone(), rule)));
            world.memory.links.insert(company, links);
        }
        drop(first.outcome);
        later = timed(|| plan(&world.input())).1;
    }
    println!("{seconds} {later} {}", peak().unwrap_or_default());
}

/// The numbers that a child prints.
fn measured(name: &str) -> [f64; 3] {
    let this = std::env::current_exe().expect("this program");
    let output = Command::new(this).args(["--one", name]).output().expect("this program again");
    assert!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let numbers: Vec<f64> = text.split_whitespace().map(|word| word.parse().expect("a number")).collect();
    numbers.try_into().expect("three numbers")
}

fn main() {
    let empty = Case { name: "empty", people: 0, again: false, ..CASES[0] };
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let Some(at) = args.iter().position(|arg| arg == "--one") {
        let case = CASES.iter().find(|case| case.name == args[at + 1]);
        return one(case.unwrap_or(&empty));
    }
    let chosen: Vec<&str> = args.iter().map(String::as_str).filter(|arg| !arg.starts_with('-')).collect();
    let [.., base] = measured("empty");
    println!(
        "{:<11} {:>9} {:>7} {:>8} {:>10} {:>8} {:>9} {:>11}",
        "case", "people", "CPU s", "wanted", "µs/person", "MiB", "wanted", "bytes/person"
    );
    for case in CASES.iter().filter(|case| chosen.is_empty() || chosen.contains(&case.name)) {
        let [seconds, later, peak] = measured(case.name);
        let people = (case.companies * case.people) as f64;
        let (mib, bytes) = if peak > 0.0 {
            let above = (peak - base).max(0.0);
            (format!("{:.0}", above / 1024.0), format!("{:.0}", above * 1024.0 / people))
        } else {
            ("not known here".to_owned(), String::new())
        };
        let each = seconds / people * 1e6;
        println!(
            "{:<11} {people:>9} {seconds:>7.3} {:>8.3} {each:>10.1} {mib:>8} {:>9} {bytes:>11}",
            case.name, case.seconds, case.memory
        );
        if case.again {
            println!(
                "{:<11} with the memory of the first {later:.3} s: {:.2} times as long, 1.10 wanted",
                "",
                later / seconds
            );
        }
    }
}
