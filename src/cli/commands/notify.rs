//! `crsync notify --test`: a test notice to every target, and which of them it reached.

use std::fmt::Write as _;

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::Globals;
use crate::cli::io::Io;
use crate::cli::say;
use crate::config;
use crate::error::{Error, Kind};
use crate::notify::Delivery;
use crate::run::{self, Machine};

/// Flags of `notify`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Send a test notice; notices of runs are sent by the runs themselves
    #[arg(long, required = true)]
    test: bool,
}

/// Sends the test notices and returns how to exit.
///
/// # Errors
/// A configuration that cannot be read or names no target, or output that cannot be written.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    // clap does not let the command through without it.
    debug_assert!(args.test);
    if globals.sandbox {
        return Err(Error::new(Kind::Usage, "runs against the sandbox send no notices")
            .hint("leave out --sandbox")
            .into());
    }
    let machine = io.machine();
    is_configured(globals, &machine)?;
    let deliveries = run::test_notices(&globals.options(), &machine)?;
    let mut text = String::new();
    for Delivery { target, fault, .. } in &deliveries {
        let word = if fault.is_some() { "did not arrive" } else { "arrived" };
        let _ = writeln!(text, "{:<8} {word}", target.name()); // writing to a String cannot fail
    }
    io.results(text.as_bytes())?;
    let faults = deliveries.iter().filter_map(|delivery| Some((delivery.target, delivery.fault.as_ref()?)));
    let mut code = exit::CLEAN;
    for (target, fault) in faults {
        code = exit::FAILURE;
        let message = format!("the notice to {} did not arrive: {}", target.name(), fault.message);
        say::complain(io, &message, Some(&fault.next))?;
    }
    Ok(code)
}

/// Passes if there is a configuration.
///
/// # Errors
/// [`Kind::Config`] where there is none. The next step leaves out the sandbox, which the command does not take.
pub(super) fn is_configured(globals: &Globals, machine: &Machine) -> Result<()> {
    let place = config::place(globals.config.as_deref(), &machine.variables)?;
    if place.is_file() {
        return Ok(());
    }
    let message = format!("there is no configuration at {}", place.display());
    let next = "`crsync init` writes one; or name another one with --config";
    Err(Error::new(Kind::Config, message).hint(next).into())
}
