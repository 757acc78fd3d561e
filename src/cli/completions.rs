//! `crsync completions`: completions for a shell, from the same arguments.

use clap::CommandFactory;
use clap_complete::Shell;

use super::args::Cli;
use super::exit;
use super::io::Io;
use crate::error::Result;

/// Flags of `completions`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints the completions.
///
/// # Errors
/// When they cannot be written.
pub(super) fn run(args: &Args, io: &mut Io) -> Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "crsync", &mut text);
    io.results(&text)?;
    Ok(exit::CLEAN)
}
