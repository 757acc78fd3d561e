//! How long crsync takes to start, and how much memory: for its version, and for a list of no runs.
//!
//! `cargo bench --bench start` prints what was measured beside what is wanted: the median of the times, and the largest
//! peak of memory that was seen while the program ran. Where the system does not tell it, the table says so.

#![allow(missing_docs, clippy::expect_used, clippy::print_stdout)] // it prints what it measures

mod program;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const TIMES: usize = 21;

fn main() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    println!("{:<44} {:>16}   wanted", "what", "measured");
    for args in [&["--version"][..], &["log"]] {
        let what = format!("crsync {}", args.join(" "));
        let mut times: Vec<Duration> = (0..TIMES).map(|_| time(folder.path(), args)).collect();
        times.sort();
        say(&format!("{what}: time"), &format!("{:.1?}", times[TIMES / 2]), "at most 50 ms");
        let taken = (0..TIMES).map(|_| program::watch(&mut spawned(folder.path(), args))).max();
        say(&format!("{what}: memory"), &taken.unwrap_or_default().memory(), "at most 30 MB");
    }
}

fn say(what: &str, measured: &str, wanted: &str) {
    println!("{what:<44} {measured:>16}   {wanted}");
}

/// Starts the program in an empty folder, without a configuration.
fn spawned(folder: &Path, args: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_crsync"));
    command.args(args).env_clear().env("HOME", folder).env("CRSYNC_STATE", folder);
    command.stdout(Stdio::null()).spawn().expect("the program")
}

fn time(folder: &Path, args: &[&str]) -> Duration {
    let begun = Instant::now();
    let status = spawned(folder, args).wait().expect("an end");
    assert!(status.success(), "{args:?}");
    begun.elapsed()
}
