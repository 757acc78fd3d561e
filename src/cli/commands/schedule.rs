//! `crsync schedule`: what makes a scheduler run the sync, printed and not installed.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, ResultFile};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
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
    file: ResultFile,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.file.paths()
    }
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
    io.results(run::schedule(&asked, &io.machine())?.as_bytes())?;
    Ok(exit::CLEAN)
}
