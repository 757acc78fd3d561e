//! How long a thousand writes to one company take, against the least that the services allow, with every answer of the
//! sandbox taking 100 ms.
//!
//! `cargo bench --bench writes` prints the ratio for every PSA, `cargo bench --bench writes -- autotask` for one. Half of
//! the writes go to the PSA, then half to the portal. Kaseya BMS allows 1,500 requests of a kind in an hour, so fewer
//! people change there; Syncro allows 170 requests a minute, so it takes some minutes. What is not waiting (planning,
//! the journal, starting) is in it too. The services are in another process than the program.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

mod served;

use std::time::{Duration, Instant};

use crsync_sandbox::{Options, System};
use serde_json::Value;
use served::{Served, clients};

const LATENCY: Duration = Duration::from_millis(100);

const MOST: f64 = 1.2;

/// What a service allows.
struct Limit {
    system: System,
    /// Requests at the same time.
    at_once: usize,
    /// Requests in a time.
    window: Option<(usize, Duration)>,
}

/// Of each PSA: its name, how many people change, and what it allows.
fn psas() -> [(&'static str, usize, Limit); 4] {
    let minute = Duration::from_secs(60);
    let limit = |system, at_once, window| Limit { system, at_once, window };
    [
        ("autotask", 500, limit(System::AUTOTASK, 3, None)),
        ("connectwise", 500, limit(System::CONNECTWISE, 4, Some((900, minute)))),
        ("bms", 250, limit(System::KASEYA_BMS, 4, None)),
        ("syncro", 500, limit(System::SYNCRO, 4, Some((170, minute)))),
    ]
}

fn main() {
    let chosen: Vec<String> = std::env::args().skip(1).filter(|arg| !arg.starts_with("--")).collect();
    for (psa, people, limit) in psas() {
        if chosen.is_empty() || chosen.iter().any(|name| name == psa) {
            measure(psa, people, &limit);
        }
    }
}

fn measure(psa: &str, people: usize, limit: &Limit) {
    let options = Options { latency: LATENCY, clients: clients(1, people), ..Options::default() };
    let served = Served::start(options);
    let sandbox = &served.sandbox;
    sandbox.edit_of(&[System::GRAPH], promote).expect("still a world");
    // In a process of its own, where it waits for the limits as it does everywhere.
    let mut sync =
        served.program(&["sync", "--psa", psa, "--yes", "--quiet", "--allow", "update=9999"], "state");
    let start = Instant::now();
    let status = sync.status().expect("the program");
    let wall = start.elapsed();
    assert!(status.success(), "{status}");
    let portal = Limit { system: System::CLOUDRADIAL, at_once: 4, window: None };
    let (floor, requests) =
        [limit, &portal].into_iter().fold((Duration::ZERO, 0), |(floor, requests), limit| {
            let own = sandbox.requests().iter().filter(|seen| seen.system == limit.system).count();
            (floor + least(own, limit), requests + own)
        });
    let ratio = wall.as_secs_f64() / floor.as_secs_f64();
    let verdict = if ratio <= MOST { "" } else { " TOO LONG" };
    println!(
        "{psa}: {} writes, {requests} requests, wall {wall:.1?}, floor {floor:.1?}, ratio {ratio:.2} (at most {MOST}){verdict}",
        2 * people
    );
}

/// The least time that so many requests take.
fn least(requests: usize, limit: &Limit) -> Duration {
    let rounds = |requests: usize| LATENCY * u32::try_from(requests.div_ceil(limit.at_once)).expect("few");
    let Some((most, span)) = limit.window else { return rounds(requests) };
    let full = requests.saturating_sub(1) / most;
    span * u32::try_from(full).expect("few") + rounds(requests - full * most)
}

/// Gives everybody another title in 365.
fn promote(state: &mut Value) {
    for tenant in state["graph"]["tenants"].as_object_mut().expect("tenants by id").values_mut() {
        for (place, user) in tenant["users"].as_array_mut().expect("users").iter_mut().enumerate() {
            user["jobTitle"] = format!("Chief {place}").into();
        }
    }
}
