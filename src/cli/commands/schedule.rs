//! `crsync schedule`: what makes a scheduler run the sync, printed and not installed.

use std::time::Duration;

use anyhow::{Context as _, Result};

use super::notify::is_configured;
use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, ResultFile};
use crate::cli::io::Io;
use crate::cli::parsers::{Offered, duration};
use crate::error::{Error, Kind};
use crate::run::{self, Interval, ScheduleAsked, Shard, TimeOfDay, schedulers};

/// Flags of `schedule`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The scheduler whose files are printed
    #[arg(long, value_name = "SCHEDULER", value_parser = Offered(schedulers))]
    print: String,
    /// When a run begins [default: 02:00]
    #[arg(long, value_name = "HH:MM", value_hint = clap::ValueHint::Other)]
    at: Option<TimeOfDay>,
    /// Run more than once a day, such as 4h or 30m; one of the runs begins at --at
    #[arg(long, value_name = "TIME", value_hint = clap::ValueHint::Other)]
    every: Option<Interval>,
    /// Share the companies out among N pods of one job, each with a folder of its own (kubernetes)
    #[arg(long, value_name = "N", value_hint = clap::ValueHint::Other)]
    shards: Option<u64>,
    /// Serve only the I-th of N parts of the companies, such as 2/4 on the second of four machines
    #[arg(long, value_name = "I/N", value_hint = clap::ValueHint::Other, conflicts_with = "shards")]
    shard: Option<Shard>,
    /// How long a run may take [default: 2h, or less if the next one begins sooner]
    #[arg(long, value_name = "TIME", value_parser = duration, value_hint = clap::ValueHint::Other)]
    deadline: Option<Duration>,
    #[command(flatten)]
    of: OfPsa,
    #[command(flatten)]
    pub(in crate::cli) file: ResultFile,
}

/// Prints the files of a scheduler.
///
/// # Errors
/// What a schedule cannot be, a configuration that cannot be read, or output that cannot be written.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    if globals.sandbox {
        return Err(Error::new(Kind::Usage, "a schedule is for your own services, not for the sandbox")
            .hint("leave out --sandbox")
            .into());
    }
    can_be_scheduled(args.deadline)?;
    let machine = io.machine();
    // The default place may still be empty, another one is a mistake.
    if globals.config.is_some() || machine.variables.contains_key("CRSYNC_CONFIG") {
        is_configured(globals, &machine)?;
    }
    let asked = ScheduleAsked {
        kind: args.print.clone(),
        at: args.at,
        every: args.every,
        deadline: args.deadline,
        shards: args.shards,
        shard: args.shard,
        program: std::env::current_exe().context("the path of this program is unknown")?,
        config: globals.config.clone(),
        psa: args.of.psa.clone(),
    };
    io.results(run::schedule(&asked, &machine)?.as_bytes())?;
    Ok(exit::CLEAN)
}

/// Passes if schedulers can hold the deadline.
///
/// # Errors
/// [`Kind::Usage`] for parts of a second, which they do not count, and for no time at all.
fn can_be_scheduled(deadline: Option<Duration>) -> Result<()> {
    let Some(time) = deadline.filter(|time| time.is_zero() || time.subsec_nanos() > 0) else { return Ok(()) };
    let millis = time.as_millis();
    let message = format!("a schedule takes a --deadline of whole seconds, from one on, and not {millis} ms");
    Err(Error::new(Kind::Usage, message).hint("write it as 90s, 30m or 2h, or leave it out").into())
}
