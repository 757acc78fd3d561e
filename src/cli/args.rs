//! The commands. Parsing checks the form only; doing is elsewhere.

use clap::{Parser, Subcommand};

use super::commands::{
    capabilities, completions, diff, doctor, explain, init, log, login, man, r#match, notify, push_udfs,
    sandbox, schedule, schema, self_service, show, sync, undo, version,
};
use super::flags::Globals;

/// The program's name, version and commands.
#[derive(Debug, Parser)]
#[command(name = "crsync", version, about, long_about = None, propagate_version = true, max_term_width = 100)]
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
    /// Show a saved plan, for a person who has to approve it; asks no service
    Show(show::Args),
    /// Read, show and, once confirmed, apply what brings the three sides into agreement
    Sync(sync::Args),
    /// Show linked, conflicting and unmatched people, with the evidence
    Match(r#match::Args),
    /// Explain one person: every rule, every value with its source, what will be written and why not
    Explain(explain::Args),
    /// Check the PSA's user-defined fields, make those that are missing, and write nothing but their values
    PushUdfs(push_udfs::Args),
    /// List the runs of the journal, or show one
    Log(log::Args),
    /// Plan, show and, once confirmed, apply what takes a run back
    Undo(undo::Args),
    /// Bring what people ask of their own details to 365, and from there to the PSA and the portal
    SelfService(self_service::Args),
    /// Check everything that a run can trip over, each thing with its next step; writes nothing anywhere
    Doctor(doctor::Args),
    /// Show what each PSA can serve, row by row; --live: what its account may do
    Capabilities(capabilities::Args),
    /// Print what makes a scheduler run the sync every night; installs nothing
    Schedule(schedule::Args),
    /// Send a test notice to every target of [notify], and say which arrived
    Notify(notify::Args),
    /// Serve the emulated systems on this machine, and print a ready configuration
    Sandbox(sandbox::Args),
    /// Print the JSON Schema of the configuration or of the decisions file, for editors
    Schema(schema::Args),
    /// Put a secret into the desktop's keyring
    Login(login::Args),
    /// Take a secret out of the desktop's keyring
    Logout(login::Out),
    /// Print completions for a shell
    Completions(completions::Args),
    /// Write man pages for every command into a folder
    Man(man::Args),
    /// Print what this crsync was built from; --check: whether there is a newer one
    Version(version::Args),
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
