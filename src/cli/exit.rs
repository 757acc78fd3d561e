//! Exit codes: what each means, and which one an error, an incomplete reading and a run lead to.

use crate::error::Kind;
use crate::plan::{Became, Halt, Settlement, Summary};

/// Clean: nothing to say.
pub(super) const CLEAN: u8 = 0;
/// Something went wrong.
pub(super) const FAILURE: u8 = 1;
/// The command line or the configuration is wrong.
pub(super) const USAGE: u8 = 2;
/// Changes are pending (`diff --exit-code`).
pub(super) const PENDING: u8 = 3;
/// Nothing is pending, but conflicts need a decision (`diff --exit-code`).
pub(super) const CONFLICTS: u8 = 4;
/// A guard refuses the plan (`diff --exit-code`).
pub(super) const REFUSED: u8 = 5;
/// The plan, or a part of it, is stale: records had moved since it was made, or since the run that is taken back.
pub(super) const STALE: u8 = 6;
/// Some changes failed.
pub(super) const FAILED: u8 = 7;
/// A side could not be read completely.
pub(super) const INCOMPLETE: u8 = 8;
/// Another run is at work on the same company.
pub(super) const LOCKED: u8 = 9;
/// The deadline passed.
pub(super) const DEADLINE: u8 = 10;
/// A person interrupted the run.
pub(super) const INTERRUPTED: u8 = 130;

/// Returns what an exit code means, in a few words.
pub(super) fn meaning(code: u8) -> &'static str {
    match code {
        CLEAN => "clean",
        USAGE => "wrong usage or configuration",
        PENDING => "changes pending",
        CONFLICTS => "conflicts need a decision",
        REFUSED => "a guard refuses the plan",
        STALE => "plan or records changed meanwhile",
        FAILED => "some changes failed",
        INCOMPLETE => "a side could not be read completely",
        LOCKED => "another run serves the same client",
        DEADLINE => "deadline reached",
        INTERRUPTED => "interrupted",
        _ => "error",
    }
}

/// Returns the exit code of an error that ends the command.
pub(super) fn of_kind(kind: Kind) -> u8 {
    match kind {
        Kind::Usage | Kind::Config => USAGE,
        Kind::Incomplete => INCOMPLETE,
        Kind::Stale => STALE,
        Kind::Locked => LOCKED,
        Kind::Deadline => DEADLINE,
        Kind::Interrupted => INTERRUPTED,
        Kind::Auth
        | Kind::Permission
        | Kind::Network
        | Kind::Throttled
        | Kind::Service
        | Kind::NotFound
        | Kind::State => FAILURE,
    }
}

/// Returns the exit code where sides could not be read, for these reasons. What a person has to correct (a setting, a
/// credential, a right) keeps its own code; everything else may be read completely by the next run.
pub(super) fn unread(kinds: impl IntoIterator<Item = Kind>) -> u8 {
    kinds.into_iter().filter(|kind| kind.needs_a_person()).min().map_or(INCOMPLETE, of_kind)
}

/// Returns the exit code of a run, by what the journal holds of it.
pub(super) fn of_run(summary: &Summary) -> u8 {
    let failed = summary.of(Settlement::Failed)
        + summary.of(Settlement::NotTried)
        + summary.open
        + summary.fields(Became::Failed);
    match summary.halt {
        Some(Halt::Refused) => REFUSED,
        Some(Halt::Interrupted) => INTERRUPTED,
        Some(Halt::Deadline) => DEADLINE,
        None if failed > 0 || !summary.over => FAILED,
        // What was stale is gone with the next run; what could not be read is to be looked at at once.
        None if summary.unread > 0 => unread(summary.correctable),
        None if summary.of(Settlement::Stale) + summary.moved > 0 => STALE,
        // Nothing went wrong, and yet a user does not get what they asked for.
        None if summary.unmet > 0 => FAILED,
        None if summary.fields(Became::Late) > 0 => PENDING,
        None if summary.conflicts + summary.company_conflicts + summary.fields(Became::ByHand) > 0 => {
            CONFLICTS
        }
        None => CLEAN,
    }
}
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_has_to_correct_is_no_incomplete_reading() {
        for (kinds, expected) in [
            (vec![Kind::Network, Kind::Incomplete], INCOMPLETE),
            (vec![Kind::Network, Kind::Permission], FAILURE),
            (vec![Kind::Auth], FAILURE),
            (vec![Kind::Auth, Kind::Config], USAGE),
        ] {
            assert_eq!(unread(kinds.clone()), expected, "{kinds:?}");
        }
    }
}
