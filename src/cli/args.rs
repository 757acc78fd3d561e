//! The commands. Parsing checks the form only; doing is elsewhere.

use clap::{Parser, Subcommand};

use super::commands::{
    capabilities, completions, diff, doctor, explain, init, log, login, man, r#match, notify, push_udfs,
    sandbox, schedule, schema, self_service, show, sync, undo, version,
};
use super::flags::Globals;
use crate::psa::registry;

/// The program's name, version and commands.
#[derive(Debug, Parser)]
#[command(name = "crsync", version, about, long_about = None, propagate_version = true, max_term_width = 100)]
#[command(after_help = example())]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) globals: Globals,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// What the program can do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Set up the configuration: services, secrets, and companies proposed by evidence
    Init(init::Args),
    /// Read the three sides and show what a sync would change; writes nothing anywhere
    Diff(diff::Args),
    /// Show a saved plan for approval; contacts no service
    Show(show::Args),
    /// Read the three sides, show the changes that bring them into agreement and, once confirmed, apply them
    Sync(sync::Args),
    /// Show linked, conflicting and unmatched people, with the evidence
    Match(r#match::Args),
    /// Explain one person: every rule, every value with its source, what will be written and why not
    Explain(explain::Args),
    /// Check the PSA's user-defined fields, create missing ones where the PSA allows it, and fill them
    PushUdfs(push_udfs::Args),
    /// List the runs of the journal, or show one
    Log(log::Args),
    /// Make a plan that takes a run back, show it and, once confirmed, apply it
    Undo(undo::Args),
    /// Apply changes that people request to their own details: 365 first, then the PSA and the portal
    SelfService(self_service::Args),
    /// Check configuration, secrets, rights and fields, with the next step for each problem; writes nothing
    Doctor(doctor::Args),
    /// Show what each PSA can serve, row by row; --live: what the account may do
    Capabilities(capabilities::Args),
    /// Print the files that make a scheduler run the sync every night; installs nothing
    Schedule(schedule::Args),
    /// Send a test notice to every target of [notify], and say which arrived
    Notify(notify::Args),
    /// Serve the emulated systems on this machine, and print a ready configuration
    Sandbox(sandbox::Args),
    /// Print the JSON Schema of a configuration file or of a JSON output
    Schema(schema::Args),
    /// Put a secret into the desktop's keyring
    Login(login::Args),
    /// Remove a secret from the desktop's keyring
    Logout(login::Out),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Write man pages for every command into a folder
    Man(man::Args),
    /// Print what this crsync was built from; --check: whether there is a newer one
    Version(version::Args),
}

/// Returns what a person can try first: the built-in MSP needs no account.
fn example() -> String {
    format!("Try: crsync diff --psa {} --sandbox", registry()[0].id())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_hold_together() {
        Cli::command().debug_assert();
    }
}
