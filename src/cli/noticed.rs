//! Runs a command that may write, and tells what became of it to those who did not start it.

use anyhow::Result;

use super::exit;
use super::say;
use super::screen::Screen;
use crate::error::Error;
use crate::run::{Ending, Notifier, Options};

/// Runs `work`, which is `command`, and sends the notices of it once everything is written down. `yes` says that no person
/// is there to see how it ends.
///
/// # Errors
/// What keeps a notice that did not arrive from being told. An error of `work` is shown here.
pub(super) fn noticed<'a>(
    command: &'static str,
    options: &Options,
    yes: bool,
    screen: &mut Screen<'a>,
    work: impl FnOnce(&mut Screen<'a>) -> Result<u8>,
) -> Result<u8> {
    // A monitor expects the runs of a schedule, and those are syncs that ask for no consent.
    let notifier = Notifier::begin(options, &screen.io.machine(), yes && command == "sync");
    let worked = screen.io.opened().and_then(|()| work(screen));
    let (code, error) = match worked {
        Ok(code) => (code, None),
        Err(error) => (say::failed(&error, screen.io), Some(error)),
    };
    let begun = screen.begun.take();
    // A person who mistypes a command sees it.
    let is_seen = begun.is_none() && !yes;
    // The signal that comes with an interrupt ends the process at any moment: what there is to tell of runs that died is
    // left to the next one.
    let is_left = code == exit::INTERRUPTED && error.is_some() && screen.io.can_ask();
    if is_seen || is_left {
        return Ok(code);
    }
    let run = begun.as_ref().map(|begun| begun.run.as_str());
    // Without the flag, another PSA would be asked.
    let psa = options.psa.as_ref().map(|psa| format!(" --psa {psa}")).unwrap_or_default();
    let own_step = error.as_ref().and_then(|error| error.downcast_ref::<Error>()?.next_step());
    let next = match own_step {
        // The journal has nothing of a run that did not come to its plan in time.
        Some(step) if code == exit::DEADLINE => step.to_owned(),
        _ => next(code, run.filter(|_| error.is_none())) + &psa,
    };
    let (meaning, error) = (exit::meaning(code), error.as_ref());
    notifier.end(&Ending { command, code, meaning, next, psa: &psa, error, begun }, screen)?;
    Ok(code)
}

/// Returns the command that helps on; `run` is the run that the journal holds.
fn next(code: u8, run: Option<&str>) -> String {
    let log = run.map_or_else(|| "crsync log".to_owned(), |run| format!("crsync log {run}"));
    match code {
        exit::FAILURE | exit::USAGE | exit::INCOMPLETE => "crsync doctor".to_owned(),
        exit::PENDING | exit::REFUSED => "crsync diff".to_owned(),
        exit::CONFLICTS => "crsync match --resolve".to_owned(),
        exit::STALE | exit::FAILED if run.is_some() => format!("{log} --failed"),
        _ => log,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_has_a_meaning_of_its_own_and_a_command_that_helps_on() {
        let codes = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 130];
        let meanings: std::collections::BTreeSet<&str> = codes.map(exit::meaning).into_iter().collect();
        assert_eq!(meanings.len(), codes.len());
        for code in codes {
            let words = next(code, Some("20261130"));
            let args = words.split(' ').map(std::ffi::OsString::from);
            crate::cli::check(args).unwrap_or_else(|error| panic!("{words}: {error}"));
        }
        assert_eq!(next(exit::FAILED, Some("20261130")), "crsync log 20261130 --failed");
    }
}
