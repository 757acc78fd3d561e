//! One suite for every PSA of the registry: whatever the PSA, crsync does the same, and where a PSA cannot, it
//! says so.
//!
//! What is known of one PSA alone is in `psas`. Everything else here speaks of contacts, companies and rows,
//! and runs for each of them: most of it on one sync of the small clients ([`story::Story`]) that every theme puts
//! its own situations into before, and looks at afterwards.

mod contacts;
mod echoes;
mod faults;
mod habits;
mod matrix;
mod paging;
mod people;
mod psas;
mod requests;
mod rows;
mod story;
mod texts;
mod unread;
mod writes;

use std::panic::{self, AssertUnwindSafe};

pub(crate) use psas::{Flag, KITS, Kit, LARGE};

use crate::harness::World;

/// Runs `theme` for every PSA, and names those it fails for; the output above says what failed.
#[track_caller]
pub(crate) fn each(theme: impl Fn(&'static Kit)) {
    let fails = |kit: &&'static Kit| panic::catch_unwind(AssertUnwindSafe(|| theme(kit))).is_err();
    let failed: Vec<&str> = KITS.iter().filter(fails).map(|kit| kit.id).collect();
    assert!(failed.is_empty(), "fails for {}", failed.join(", "));
}

/// Returns the flags that choose Contoso on every PSA, that of the configuration first.
pub(crate) fn contoso() -> impl Iterator<Item = Vec<&'static str>> {
    let flags = |kit: &'static Kit| {
        let psa = if kit.is_default() { &[][..] } else { &["--psa", kit.id] };
        [psa, &["--company", "Contoso"]].concat()
    };
    KITS.iter().map(flags)
}

/// The configuration with `line` in its table `table`.
pub(crate) fn with_line(text: &str, table: &str, line: &str) -> String {
    let head = format!("[{table}]\n");
    assert!(text.contains(&head), "there is no [{table}]");
    text.replacen(&head, &format!("{head}{line}\n"), 1)
}

/// Lets the configuration of `world` be the sandbox's own with `lines` in `[sync]`, and no repetitions.
pub(crate) fn switch(world: &World, lines: &str) {
    world.configure(|text| format!("retries = 0\n{}", with_line(&text, "sync", lines)));
}

#[test]
fn every_psa_of_the_registry_has_its_kit() {
    let known: Vec<&str> = crsync::psa::registry().iter().map(|known| known.id()).collect();
    let kits: Vec<&str> = KITS.iter().map(|kit| kit.id).collect();
    assert_eq!(kits, known);
}
