//! `crsync sandbox`: the emulated systems on a port, to try crsync against.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::ResultFile;
use crate::cli::io::Io;
use crate::cli::say;
use crate::cli::terminal;
use crate::error::{Error, Kind};
use crate::run::{self, Emulated, SANDBOX_DECISIONS, SANDBOX_STATE};
use crate::state;

/// Flags of `sandbox`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The port on 127.0.0.1 [default: a free one]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Forget everything that was changed and decided in the sandbox, and exit
    #[arg(long, conflicts_with_all = ["output", "port"])]
    reset: bool,
    /// Do not ask before a reset
    #[arg(long, short = 'y', requires = "reset")]
    yes: bool,
    #[command(flatten)]
    pub(in crate::cli) file: ResultFile,
}

/// Serves until the process ends, or resets.
///
/// # Errors
/// A port or a state folder that cannot be used.
pub(in crate::cli) fn run(args: &Args, io: &mut Io) -> Result<u8> {
    let folder = state::own_folder(io.env())?;
    if args.reset {
        return reset(args, &folder, io);
    }
    let sandbox = Emulated::start(&folder, args.port)?;
    let mut text = sandbox.config();
    text += "\n# Its secrets, for the shell that runs crsync:\n";
    let secrets = sandbox.secrets();
    let lines = secrets.iter().map(|(name, value)| setting(cfg!(windows), name, value));
    text += &lines.collect::<String>();
    io.results(text.as_bytes())?;
    say::tell(io, &format!("The sandbox answers at {} until you press Ctrl-C.", sandbox.url()))?;
    loop {
        std::thread::park();
    }
}

/// Returns the comment that sets a variable of the shell: PowerShell's on Windows.
fn setting(is_windows: bool, name: &str, value: &str) -> String {
    if is_windows { format!("# $env:{name} = '{value}'\n") } else { format!("# export {name}={value}\n") }
}

fn reset(args: &Args, folder: &std::path::Path, io: &mut Io) -> Result<u8> {
    if !args.yes {
        if !io.can_ask() {
            return Err(Error::new(Kind::Usage, "a reset must be confirmed, but there is no terminal")
                .hint("add --yes: crsync sandbox --reset --yes")
                .into());
        }
        io.heed_signals();
        terminal::forget_typed();
        let sure = dialoguer::Confirm::new()
            .with_prompt("Forget every change made in the sandbox?")
            .default(false)
            .interact()
            .map_err(|error| Error::new(Kind::Interrupted, "nothing was reset").source(error))?;
        if !sure {
            return Ok(exit::CLEAN);
        }
    }
    let forgotten = run::reset(folder)
        .and_then(|()| state::forget(&folder.join(SANDBOX_STATE)))
        .and_then(|()| state::forget(&folder.join(SANDBOX_DECISIONS)));
    forgotten.map_err(|error| {
        Error::new(Kind::State, format!("the sandbox's state in {} cannot be removed", folder.display()))
            .source(error)
    })?;
    say::tell(io, "The sandbox starts over with its built-in companies.")?;
    Ok(exit::CLEAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_set_as_the_shell_of_the_system_sets_them() {
        assert_eq!(setting(false, "CRSYNC_A", "b+c"), "# export CRSYNC_A=b+c\n");
        assert_eq!(setting(true, "CRSYNC_A", "b+c"), "# $env:CRSYNC_A = 'b+c'\n");
    }
}
