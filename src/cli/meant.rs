//! What is meant by words that crsync does not take and that people know from other programs.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use crate::error::{Error, Kind};

/// A word, why it is not taken, and the command that is meant.
type Meant = (&'static str, &'static str, &'static str);

/// Flags that no command takes.
const FLAGS: [Meant; 11] = [
    ("--dry-run", "no run needs it: `diff` writes nothing to any service", PREVIEW),
    ("-n", "no run needs it: `diff` writes nothing to any service", PREVIEW),
    ("--preview", "`diff` is the preview", PREVIEW),
    ("--force", "nothing lifts every guard at once", FORCED),
    ("-f", "nothing lifts every guard at once", FORCED),
    ("--json", "every document has several formats", "crsync diff --format json"),
    ("--csv", "every document has several formats", "crsync diff --format csv"),
    ("--html", "every document has several formats", "crsync diff --format html"),
    ("--tenant", "companies are chosen by their names", "crsync diff --company NAME"),
    ("--client", "companies are chosen by their names", "crsync diff --company NAME"),
    ("--no-color", "colours have three settings", "crsync diff --color never; NO_COLOR=1 does the same"),
];

const PREVIEW: &str = "crsync diff";

const FORCED: &str =
    "crsync sync --yes applies without asking; --allow deactivate=37 lifts the guard that a plan names";

/// Commands that do not exist.
const COMMANDS: [Meant; 15] = [
    ("plan", "the command that plans is `diff`", PREVIEW),
    ("preview", "the command that previews is `diff`", PREVIEW),
    ("compare", "the command that compares is `diff`", PREVIEW),
    ("check", "the command that compares is `diff`", "crsync diff --exit-code"),
    ("apply", "the command that applies is `sync`", "crsync sync; crsync sync --plan FILE for a saved plan"),
    ("run", "the command that applies is `sync`", "crsync sync"),
    ("push", "the command that applies is `sync`", "crsync sync; crsync push-udfs makes missing fields"),
    ("status", "the journal says what runs did, and a diff what is pending", "crsync log, or crsync diff"),
    ("history", "the command that lists runs is `log`", "crsync log"),
    ("runs", "the command that lists runs is `log`", "crsync log"),
    (
        "list",
        "runs, people and fields have a command each",
        "crsync log, crsync match or crsync capabilities",
    ),
    ("revert", "the command that takes a run back is `undo`", "crsync undo last"),
    ("rollback", "the command that takes a run back is `undo`", "crsync undo last"),
    ("why", "the command that gives reasons is `explain`", "crsync explain EMAIL"),
    ("version", "the version is a flag", "crsync --version"),
];

/// Returns the error to show in place of clap's own, where it is known what is meant by a word that it refused.
pub(super) fn meant(error: &clap::Error) -> Option<Error> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let flag = context(ContextKind::InvalidArg)?;
            misplaced(flag).or_else(|| known(&FLAGS, flag, "is not a flag of crsync"))
        }
        ErrorKind::InvalidSubcommand => {
            known(&COMMANDS, context(ContextKind::InvalidSubcommand)?, "is not a command of crsync")
        }
        _ => None,
    }
}

fn known(table: &[Meant], word: &str, refused: &str) -> Option<Error> {
    let (_, why, next) = table.iter().find(|(known, ..)| *known == word)?;
    Some(Error::new(Kind::Usage, format!("{word} {refused}: {why}")).hint(*next))
}

/// Returns what is said of a flag that the command does not take and that others do.
fn misplaced(flag: &str) -> Option<Error> {
    let program = Cli::command();
    let is_it = |arg: &clap::Arg| arg.get_long().is_some_and(|long| flag.strip_prefix("--") == Some(long));
    let takes = |command: &&clap::Command| command.get_arguments().any(is_it);
    let commands: Vec<&str> = program.get_subcommands().filter(takes).map(clap::Command::get_name).collect();
    if commands.is_empty() {
        return None;
    }
    let next = format!("leave it out, or put it after a command that takes it: {}", commands.join(", "));
    Some(Error::new(Kind::Usage, format!("{flag} is not a flag of this command")).hint(next))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(words: &[&str]) -> Option<Error> {
        let args = std::iter::once("crsync").chain(words.iter().copied());
        meant(&Cli::command().try_get_matches_from(args).expect_err("it is not taken"))
    }

    #[test]
    fn every_word_of_the_tables_is_answered_and_none_is_taken() {
        for (flag, ..) in FLAGS {
            let error = told(&["diff", flag]).unwrap_or_else(|| panic!("{flag}"));
            assert!(error.message().starts_with(&format!("{flag} is not a flag of crsync: ")), "{error}");
            assert!(error.next_step().is_some_and(|next| next.starts_with("crsync ")));
        }
        for (command, ..) in COMMANDS {
            let error = told(&[command]).unwrap_or_else(|| panic!("{command}"));
            assert!(
                error.message().starts_with(&format!("{command} is not a command of crsync: ")),
                "{error}"
            );
        }
    }

    #[test]
    fn a_flag_of_other_commands_is_told_with_them() {
        let error = told(&["sync", "--check"]).expect("an answer");
        assert!(error.next_step().is_some_and(|next| next.contains("push-udfs")), "{error}");
        assert!(told(&["diff", "--frobnicate"]).is_none());
    }
}
