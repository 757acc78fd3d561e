//! `crsync schema`: the JSON Schemas of the files that people write, and of what programs read.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::ResultFile;
use crate::cli::io::Io;
use crate::cli::parsers::Offered;
use crate::config;
use crate::error::{Error, Kind};
use crate::report;

/// Flags of `schema`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The configuration file, or the JSON output, that the schema describes
    #[arg(value_parser = Offered(names))]
    name: String,
    #[command(flatten)]
    pub(in crate::cli) file: ResultFile,
}

fn names() -> Vec<&'static str> {
    config::SCHEMAS.into_iter().chain(report::SCHEMAS.map(|(name, _)| name)).collect()
}

/// Prints a schema.
///
/// # Errors
/// A name that no schema has, or an output that cannot be written.
pub(in crate::cli) fn run(args: &Args, io: &mut Io) -> Result<u8> {
    let of_output =
        report::SCHEMAS.into_iter().find(|(name, _)| *name == args.name).map(|(_, packed)| packed.text());
    let schema = of_output.or_else(|| Some(format!("{:#}\n", config::schema(&args.name)?)));
    let schema = schema.ok_or_else(|| {
        Error::new(Kind::Usage, format!("nothing named \"{}\" has a schema", args.name))
            .hint(format!("there are {}", names().join(", ")))
    })?;
    io.results(schema.as_bytes())?;
    Ok(exit::CLEAN)
}
