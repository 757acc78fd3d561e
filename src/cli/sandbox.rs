//! `crsync sandbox`: the emulated systems on a port, to try crsync against.

use std::io::Write;

use super::emulated::{self, Emulated};
use super::exit;
use super::io::Io;
use super::pipeline;
use crate::error::{Error, Kind, Result};
use crate::state;

/// Flags of `sandbox`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The port on 127.0.0.1; a free one without it
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Forget everything that was changed and decided in the sandbox, and exit
    #[arg(long)]
    reset: bool,
    /// Do not ask before a reset
    #[arg(long, short = 'y', requires = "reset")]
    yes: bool,
}

/// Serves until the process ends, or resets.
///
/// # Errors
/// A port or a state folder that cannot be used.
pub(super) fn run(args: &Args, io: &mut Io) -> Result<u8> {
    let folder = state::own_folder(io.env())?;
    if args.reset {
        return reset(args, &folder, io);
    }
    let sandbox = Emulated::start(&folder, args.port)?;
    let mut text = sandbox.config();
    text += "\n# Its secrets, for the shell that runs crsync:\n";
    let lines: Vec<String> =
        sandbox.secrets().iter().map(|(name, value)| format!("# export {name}={value}\n")).collect();
    text += &lines.concat();
    io.results(text.as_bytes())?;
    writeln!(io.stderr(), "The sandbox answers at {} until you press Ctrl-C.", sandbox.url())
        .map_err(exit::output_error)?;
    loop {
        std::thread::park();
    }
}

fn reset(args: &Args, folder: &std::path::Path, io: &mut Io) -> Result<u8> {
    if !args.yes {
        if !io.can_ask() {
            return Err(Error::new(Kind::Usage, "a reset must be confirmed, but there is no terminal")
                .hint("add --yes: crsync sandbox --reset --yes"));
        }
        let sure = dialoguer::Confirm::new()
            .with_prompt("Forget every change made in the sandbox?")
            .default(false)
            .interact()
            .map_err(|error| Error::new(Kind::Interrupted, "nothing was reset").source(error))?;
        if !sure {
            return Ok(exit::CLEAN);
        }
    }
    let forgotten = emulated::reset(folder)
        .and_then(|()| state::forget(&folder.join(pipeline::SANDBOX_STATE)))
        .and_then(|()| state::forget(&folder.join(pipeline::SANDBOX_DECISIONS)));
    forgotten.map_err(|error| {
        Error::new(Kind::State, format!("the sandbox's state in {} cannot be removed", folder.display()))
            .source(error)
    })?;
    writeln!(io.stderr(), "The sandbox starts over with its built-in companies.")
        .map_err(exit::output_error)?;
    Ok(exit::CLEAN)
}
