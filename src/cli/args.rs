//! Commands and flags. Parsing checks the form only; doing is elsewhere.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{PossibleValue, StringValueParser, TypedValueParser};
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

use crate::plan::Measure;
use crate::psa;
use crate::text::span;

/// The program's name, version and commands.
#[derive(Debug, Parser)]
#[command(name = "crsync", version, about, long_about = None, propagate_version = true, max_term_width = 100)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What the program can be told to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Read the three sides and show what a sync would change; writes nothing anywhere
    Diff(super::diff::Args),
    /// Read, show and, once confirmed, apply what brings the three sides into agreement
    Sync(super::sync::Args),
    /// Show linked, conflicting and unmatched people, with the evidence
    Match(super::people::Args),
    /// Explain one person: every rule, every value with its source, what will be written and why not
    Explain(super::explain::Args),
    /// See to the PSA's user-defined fields, make what is missing, and write nothing but their values
    PushUdfs(super::push_udfs::Args),
    /// List the runs of the journal, or show one
    Log(super::log::Args),
    /// Plan, show and, once confirmed, apply what takes a run back
    Undo(super::undo::Args),
    /// Bring what people ask of their own details to 365, and from there to the PSA and the portal
    SelfService(super::self_service::Args),
    /// Show what each PSA can serve, row by row
    Capabilities(super::capabilities::Args),
    /// Serve the emulated systems on this machine, and print a ready configuration
    Sandbox(super::sandbox::Args),
    /// Put a secret into the desktop's keyring
    Login(super::login::Args),
    /// Take a secret out of the desktop's keyring
    Logout(super::login::Out),
    /// Print completions for a shell
    Completions(super::completions::Args),
}

/// Flags of every command.
#[derive(Debug, Args)]
#[allow(clippy::struct_excessive_bools)] // flags are what they are
pub(super) struct Globals {
    /// The configuration [default: crsync/crsync.toml in the XDG configuration folder]
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
    /// The PSA to work with [default: `psa` of the configuration]
    #[arg(long, global = true, value_name = "PSA", value_parser = Offered(psas))]
    pub(super) psa: Option<String>,
    /// Only this company; repeatable, * and ? stand for any text and any character
    #[arg(long, global = true, value_name = "NAME", value_hint = ValueHint::Other)]
    pub(super) company: Vec<String>,
    /// How results are printed
    #[arg(long, global = true, value_enum, default_value_t = Format::Table)]
    pub(super) format: Format,
    /// Write results to FILE, readable by its owner alone
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub(super) color: Color,
    /// No progress, no warnings beyond errors
    #[arg(long, short, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Name everybody who is left alone, and count the requests
    #[arg(long, short, global = true)]
    pub(super) verbose: bool,
    /// How log lines are written to standard error
    #[arg(long, global = true, value_enum, default_value_t = LogFormat::Text)]
    pub(super) log_format: LogFormat,
    /// Write an HTTP trace (HAR 1.2) to FILE, secrets and PINs masked
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) har: Option<PathBuf>,
    /// Stop cleanly after this time, such as 90s, 30m or 2h
    #[arg(long, global = true, value_name = "TIME", value_parser = duration, value_hint = ValueHint::Other)]
    pub(super) deadline: Option<Duration>,
    /// Only the I-th of N parts of the companies, such as 1/4, to share them among several runs
    #[arg(long, global = true, value_name = "I/N", value_parser = shard, value_hint = ValueHint::Other)]
    pub(super) shard: Option<Shard>,
    /// Mask names, addresses and phone numbers in what is printed
    #[arg(long, global = true)]
    pub(super) redact: bool,
    /// Make it an error when a setting cannot be served
    #[arg(long, global = true)]
    pub(super) strict: bool,
    /// Work on the built-in MSP, without any account, file or environment
    #[arg(long, global = true)]
    pub(super) sandbox: bool,
}

/// How results are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Table,
    /// For programs
    Json,
    /// For documents; capabilities only
    Markdown,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless `NO_COLOR` says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Text,
    /// One JSON object a line
    Json,
}

/// Offers names in completions and help, and takes any text: what reads the name says which ones there are, and which
/// one may be meant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offered(pub(super) fn() -> Vec<&'static str>);

impl TypedValueParser for Offered {
    type Value = String;

    fn parse_ref(
        &self,
        command: &clap::Command,
        arg: Option<&clap::Arg>,
        value: &std::ffi::OsStr,
    ) -> Result<String, clap::Error> {
        StringValueParser::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new((self.0)().into_iter().map(PossibleValue::new)))
    }
}

/// The names of the PSAs.
fn psas() -> Vec<&'static str> {
    psa::registry().iter().map(|known| known.id).collect()
}

/// `90s`, `30m`, `2h`; a bare number is refused, since its unit is unclear.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    span::parse(text).ok_or_else(|| format!("\"{text}\" is not a time; write 90s, 30m or 2h"))
}

/// `deactivate=37`.
pub(super) fn allowance(text: &str) -> Result<(Measure, usize), String> {
    let names = || Measure::ALL.map(Measure::name).join(", ");
    let (name, number) =
        text.split_once('=').ok_or_else(|| "write MEASURE=N, such as deactivate=37".to_owned())?;
    let measure = Measure::ALL
        .into_iter()
        .find(|measure| measure.name() == name)
        .ok_or_else(|| format!("{name:?} is not counted; what is: {}", names()))?;
    let number = number.parse().map_err(|_| format!("{number:?} is not a whole number"))?;
    Ok((measure, number))
}

/// One part of the companies, of several that together are all of them: each is in exactly one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shard {
    index: u64,
    of: u64,
}

impl Shard {
    /// Whether the company of this name is in the part. Only the name decides, so that every run and every
    /// version shares the companies out alike.
    pub(super) fn has(self, company: &str) -> bool {
        // FNV-1a, which is written down and stays what it is.
        let hash = company.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        hash % self.of == self.index - 1
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

/// `2/5`: the second of five parts.
fn shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(index, of)| Some((index.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((index, of)) if (1..=of).contains(&index) => Ok(Shard { index, of }),
        _ => Err(format!("\"{text}\" is no part; write 1/4 for the first of four")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_hold_together() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_parts_of_all_companies_hold_each_of_them_once() {
        let names: Vec<String> = (0..200).map(|n| format!("Company {n}")).collect();
        for of in 1..7 {
            let parts: Vec<Shard> = (1..=of).map(|n| shard(&format!("{n}/{of}")).expect("a part")).collect();
            for name in &names {
                assert_eq!(parts.iter().filter(|part| part.has(name)).count(), 1, "{name} of {of}");
            }
        }
        assert!(shard("1/2").is_ok_and(|part| part.has("Contoso") != shard("2/2").is_ok_and(|other| other.has("Contoso"))));
    }

    #[test]
    fn a_part_must_be_one_of_all() {
        for text in ["0/3", "4/3", "1", "a/b", "1/0", ""] {
            assert!(shard(text).is_err(), "{text}");
        }
    }
}
