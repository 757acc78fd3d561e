//! What is meant by words that crsync does not take and that people know from other programs.

use std::path::Path;

use clap::CommandFactory as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::args::Cli;
use crate::error::{Error, Kind};
use crate::run::schedulers;
use crate::text::shell::quoted;

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
            let found = if is_flag { misplaced(flag) } else { unplaced(flag, words) };
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

/// Returns what is said of one word too many behind a command that chooses companies by a flag. The words that the
/// command takes are kept.
fn unplaced(word: &str, words: &[&str]) -> Option<Error> {
    let mut program = Cli::command();
    // Every command knows the flags of all commands only then.
    program.build();
    let place = words.iter().position(|word| program.find_subcommand(word).is_some())?;
    let command = program.find_subcommand(words[place])?;
    if !command.get_arguments().any(|arg| arg.get_long() == Some("company")) {
        return None;
    }
    let given = given(command, &words[place + 1..]);
    let first = given.first().copied().unwrap_or_default();
    let (name, kept) = (command.get_name(), kept(words));
    let (why, next) = match name {
        // An address is whole: what follows it is no part of a name.
        "explain" if !first.contains('@') => (
            "a name of several words is one argument, in quotes",
            format!("crsync {name} {}{kept}", quoted(&given.join(" "))),
        ),
        "show" if is_path(word) => {
            ("one plan is shown at a time", format!("crsync {name} {}{kept}", quoted(first)))
        }
        _ => {
            let own = given.iter().take(command.get_positionals().count());
            let own: Vec<String> =
                std::iter::once(name.to_owned()).chain(own.map(|word| quoted(word))).collect();
            let next = format!("crsync {}{kept} --company {}", own.join(" "), quoted(word));
            ("companies are chosen by a flag", next)
        }
    };
    Some(Error::new(Kind::Usage, format!("{word:?} is not expected here: {why}")).hint(next))
}

/// Returns those of the words behind a command that are neither flags nor values of flags.
fn given<'w>(command: &clap::Command, words: &[&'w str]) -> Vec<&'w str> {
    let mut given = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if *word == "-" || !word.starts_with('-') {
            given.push(*word);
            continue;
        }
        let long = word.strip_prefix("--");
        let is_it = |arg: &clap::Arg| long.is_some() && arg.get_long() == long;
        if command.get_arguments().any(|arg| is_it(arg) && arg.get_action().takes_values()) {
            words.next();
        }
    }
    given
}

/// Reports whether a word names a file rather than a company.
fn is_path(word: &str) -> bool {
    let is_json = |ending: &std::ffi::OsStr| ending.eq_ignore_ascii_case("json");
    word.contains(['/', '\\']) || Path::new(word).extension().is_some_and(is_json)
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
    fn what_a_command_takes_is_kept_before_the_company() {
        assert_eq!(next(&["log", "last", "Contoso"]), "crsync log last --company Contoso");
        assert_eq!(
            next(&["log", "--failed", "last", "--format", "json", "Contoso", "--sandbox"]),
            "crsync log last --sandbox --company Contoso"
        );
        assert_eq!(next(&["show", "plan.json", "Big Co"]), "crsync show plan.json --company \"Big Co\"");
        assert_eq!(
            next(&["explain", "ann@contoso.example", "Contoso"]),
            "crsync explain ann@contoso.example --company Contoso"
        );
    }

    #[test]
    fn a_name_of_several_words_is_put_in_quotes() {
        assert_eq!(next(&["explain", "Ann", "Lee"]), "crsync explain \"Ann Lee\"");
        assert_eq!(
            next(&["explain", "Ann", "--company", "Contoso", "van", "Lee"]),
            "crsync explain \"Ann van Lee\" --company Contoso"
        );
        let error = told(&["explain", "Ann", "Lee"]).expect("an answer");
        assert!(error.message().contains("in quotes") && !error.message().contains("compan"), "{error}");
    }

    #[test]
    fn a_second_plan_is_no_company() {
        for second in ["b.json", "B.JSON", "plans/b"] {
            let error = told(&["show", "a.json", second, "--sandbox"]).expect("an answer");
            assert!(error.message().ends_with("one plan is shown at a time"), "{error}");
            assert_eq!(error.next_step(), Some("crsync show a.json --sandbox"));
        }
    }

    #[test]
    fn a_word_that_a_shell_would_act_on_is_quoted() {
        assert_eq!(next(&["diff", ""]), "crsync diff --company \"\"");
        assert_eq!(next(&["diff", "$Co"]), "crsync diff --company '$Co'");
        assert_eq!(next(&["diff", "--config", "a\"b", "x"]), "crsync diff --config 'a\"b' --company x");
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
