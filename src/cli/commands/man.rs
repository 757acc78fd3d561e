//! `crsync man`: man pages, from the same arguments.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap_mangen::Man;

use crate::cli::exit;
use crate::cli::io::{Io, OUTPUT};
use crate::cli::say;
use crate::error::{Error, Kind};
use crate::files::{self, Safe};

/// Flags of `man`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The folder to write into; made if it is missing
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    folder: PathBuf,
}

/// Writes a page for `program` and one for each of its commands.
///
/// # Errors
/// A folder that cannot be written to.
pub(in crate::cli) fn run(args: &Args, program: clap::Command, io: &mut Io) -> Result<u8> {
    let pages = pages(program).context(OUTPUT)?;
    write(&args.folder, &pages).map_err(|error| {
        Error::new(Kind::Usage, format!("the man pages cannot be written to {}", args.folder.display()))
            .hint("name a folder that you may write to")
            .source(error)
    })?;
    say::tell(io, &format!("{} man pages are in {}", pages.len(), args.folder.display()))?;
    Ok(exit::CLEAN)
}

fn write(folder: &Path, pages: &[(String, Vec<u8>)]) -> std::io::Result<()> {
    files::make_folder(folder)?;
    pages.iter().try_for_each(|(name, page)| files::replace(&folder.join(name), page, Safe::Eventually))
}

/// Returns the pages with the names of their files.
fn pages(program: clap::Command) -> std::io::Result<Vec<(String, Vec<u8>)>> {
    // `crsync help sync` shows what the page of `crsync sync` does.
    let mut program = program.disable_help_subcommand(true);
    program.build();
    let commands: Vec<clap::Command> = program.get_subcommands().cloned().collect();
    let render = |command: clap::Command| {
        let man = Man::new(command);
        let mut page = Vec::new();
        man.render(&mut page)?;
        Ok((man.get_filename(), page))
    };
    std::iter::once(program).chain(commands).map(render).collect()
}
