//! `crsync completions`: completions for a shell, from the same arguments.

use anyhow::Result;
use clap_complete::Shell;

use crate::cli::exit;
use crate::cli::flags::ResultFile;
use crate::cli::io::Io;

/// Flags of `completions`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    #[command(flatten)]
    pub(in crate::cli) file: ResultFile,
}

/// Prints the completions of `program`.
///
/// # Errors
/// When they cannot be written.
pub(in crate::cli) fn run(args: &Args, mut program: clap::Command, io: &mut Io) -> Result<u8> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut program, "crsync", &mut text);
    io.results(&text)?;
    Ok(exit::CLEAN)
}
