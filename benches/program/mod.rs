//! What a program takes, as the system tells while it runs.

#![allow(dead_code, clippy::expect_used)] // each of those who use it needs a part of it

use std::fs;
use std::process::Child;
use std::time::Duration;

/// Hundredths of a second: what Linux counts processor time in, for programs.
const TICK: Duration = Duration::from_millis(10);

/// What a program took when it was last seen before it ended; nothing where the system does not tell.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Taken {
    /// The peak of its memory, in KiB.
    pub peak: Option<u64>,
    /// Its processor time, of all threads.
    pub processor: Option<Duration>,
}

impl Taken {
    /// Returns the peak of memory as the tables show it.
    pub fn memory(self) -> String {
        self.peak
            .map_or_else(|| "not known here".to_owned(), |peak| format!("{} MB", peak * 1024 / 1_000_000))
    }
}

/// Looks at `child` until it has ended.
///
/// # Panics
/// If it ends with a failure.
pub fn watch(child: &mut Child) -> Taken {
    let (mut taken, own) = (Taken::default(), format!("/proc/{}", child.id()));
    loop {
        if let Some(status) = child.try_wait().expect("an end") {
            assert!(status.success(), "{status}");
            return taken;
        }
        let status = fs::read_to_string(format!("{own}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        taken.peak = taken.peak.max(line.and_then(|line| line.split_whitespace().next()?.parse().ok()));
        taken.processor = taken.processor.max(processor(&own));
    }
}

/// Returns the processor time that the program in this folder of `/proc` has taken.
fn processor(own: &str) -> Option<Duration> {
    let text = fs::read_to_string(format!("{own}/stat")).ok()?;
    // The name, which may hold spaces, stands in brackets; user and system time are the 12th and 13th words behind it.
    let (_, behind) = text.rsplit_once(')')?;
    let mut words = behind.split_whitespace().skip(11);
    let mut ticks = || words.next()?.parse::<u32>().ok();
    Some(TICK * (ticks()? + ticks()?))
}
