//! Commands and flags. Parsing checks the form only; doing is elsewhere.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

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
    /// Show what each PSA can serve, row by row
    Capabilities(super::capabilities::Args),
    /// Serve the emulated systems on this machine, and print a ready configuration
    Sandbox(super::sandbox::Args),
    /// Put a secret into the desktop's keyring
    Login(super::keyring::Args),
    /// Take a secret out of the desktop's keyring
    Logout(super::keyring::Args),
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
    /// The PSA to work with: autotask [default: `psa` of the configuration]
    #[arg(long, global = true, value_name = "PSA")]
    pub(super) psa: Option<String>,
    /// Only this company; repeatable, * and ? stand for any text and any character
    #[arg(long, global = true, value_name = "NAME")]
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
    #[arg(long, global = true, value_name = "TIME", value_parser = duration)]
    pub(super) deadline: Option<Duration>,
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

/// `90s`, `30m`, `2h`; a bare number is refused, since nobody can tell its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is not a time; write 90s, 30m or 2h");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let factor = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        _ => return Err(wrong()),
    };
    let number: u64 = text.trim_end_matches(unit).trim().parse().map_err(|_| wrong())?;
    Ok(Duration::from_secs(number.saturating_mul(factor)))
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
    fn times_carry_their_unit() {
        assert_eq!(duration("30m"), Ok(Duration::from_secs(1800)));
        assert_eq!(duration("90s"), Ok(Duration::from_secs(90)));
        assert!(duration("30").is_err() && duration("").is_err() && duration("xm").is_err());
    }
}
