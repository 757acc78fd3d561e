//! What is meant by words that crsync does not take and that people know from other programs.

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use crate::error::{Error, Kind};
use crate::run::schedulers;

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
const COMMANDS: [Meant; 14] = [
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
];

/// Flags with a value that choose what a command is about, and are kept in the command that is meant.
const KEPT: [&str; 4] = ["--config", "--psa", "--company", "--shard"];

/// Returns the error to show in place of clap's own, where it is known what is meant by a word that it refused. `words`
/// are those of the command line behind the program's name.
pub(super) fn meant(error: &clap::Error, words: &[&str]) -> Option<Error> {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::UnknownArgument => {
            let flag = context(ContextKind::InvalidArg)?;
            let is_flag = flag.starts_with('-');
            let found = if is_flag { misplaced(flag) } else { company(flag, words) };
            found.or_else(|| known(&FLAGS, flag, "is not a flag of crsync", words))
        }
        ErrorKind::InvalidSubcommand => {
            known(&COMMANDS, context(ContextKind::InvalidSubcommand)?, "is not a command of crsync", words)
        }
        ErrorKind::MissingRequiredArgument => match error.get(ContextKind::InvalidArg) {
            Some(ContextValue::Strings(missing)) => scheduler(missing),
            _ => None,
        },
        _ => None,
    }
}

fn known(table: &[Meant], word: &str, refused: &str, words: &[&str]) -> Option<Error> {
    let (_, why, next) = table.iter().find(|(known, ..)| *known == word)?;
    let next = if *next == PREVIEW { format!("{next}{}", kept(words)) } else { (*next).to_owned() };
    Some(Error::new(Kind::Usage, format!("{word} {refused}: {why}")).hint(next))
}

/// Returns the flags of a command line that choose what it is about, each behind a space.
fn kept(words: &[&str]) -> String {
    let mut kept = String::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let is_whole = *word == "--sandbox"
            || KEPT.iter().any(|flag| word.strip_prefix(flag).is_some_and(|rest| rest.starts_with('=')));
        if is_whole {
            kept = kept + " " + &quoted(word);
        } else if KEPT.contains(word)
            && let Some(value) = words.next()
        {
            kept = kept + " " + word + " " + &quoted(value);
        }
    }
    kept
}

/// Returns a word as a shell takes it for one.
fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "-_./=:@".contains(c);
    if word.chars().all(is_plain) { word.to_owned() } else { format!("\"{word}\"") }
}

/// Returns what is said of a word behind a command that chooses companies by a flag.
fn company(word: &str, words: &[&str]) -> Option<Error> {
    let program = Cli::command();
    let name = words.iter().find(|word| program.get_subcommands().any(|one| one.get_name() == **word))?;
    let command = program.find_subcommand(name)?;
    let chooses = command.get_arguments().any(|arg| arg.get_long() == Some("company"));
    chooses.then(|| {
        Error::new(Kind::Usage, format!("{word:?} is not expected here: companies are chosen by a flag"))
            .hint(format!("crsync {name}{} --company {}", kept(words), quoted(word)))
    })
}

/// Returns which schedulers there are, where none is named.
fn scheduler(missing: &[String]) -> Option<Error> {
    missing.iter().find(|arg| arg.starts_with("--print <SCHEDULER>"))?;
    let names = schedulers().join(", ");
    let first = schedulers().first().copied().unwrap_or_default();
    Some(
        Error::new(Kind::Usage, format!("no scheduler is named; --print takes one of {names}"))
            .hint(format!("crsync schedule --print {first}")),
    )
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
        meant(&Cli::command().try_get_matches_from(args).expect_err("it is not taken"), words)
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

    fn next(words: &[&str]) -> String {
        told(words).and_then(|error| error.next_step().map(ToOwned::to_owned)).expect("a next step")
    }

    #[test]
    fn a_company_that_was_named_without_a_flag_is_chosen_beside_what_was_chosen_before() {
        assert_eq!(next(&["diff", "Big Co"]), "crsync diff --company \"Big Co\"");
        assert_eq!(
            next(&["diff", "--company", "Contoso", "Adatum", "--sandbox"]),
            "crsync diff --company Contoso --sandbox --company Adatum"
        );
    }

    #[test]
    fn the_preview_of_a_sync_keeps_what_it_is_about() {
        let psa = format!("--psa={}", crate::psa::registry()[0].id());
        let line = ["sync", "--yes", "--company", "Big Co", &psa, "--dry-run", "--sandbox"];
        assert_eq!(next(&line), format!("crsync diff --company \"Big Co\" {psa} --sandbox"));
        assert_eq!(next(&["sync", "--dry-run"]), "crsync diff");
    }

    #[test]
    fn a_company_without_its_flag_is_told_with_it() {
        assert_eq!(next(&["diff", "Contoso"]), "crsync diff --company Contoso");
        assert_eq!(next(&["match", "Big Co"]), "crsync match --company \"Big Co\"");
        assert!(told(&["schema", "diff", "Contoso"]).is_none());
    }

    #[test]
    fn a_schedule_without_a_scheduler_lists_them() {
        let error = told(&["schedule"]).expect("an answer");
        for name in schedulers() {
            assert!(error.message().contains(name), "{error}");
        }
        assert!(error.next_step().is_some_and(|next| next.starts_with("crsync schedule --print ")));
    }
}
