//! `crsync schema`: the JSON Schemas of the files that people write.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::ResultFile;
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::parsers::Offered;
use crate::config;
use crate::error::{Error, Kind};

/// Flags of `schema`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The file whose schema is wanted
    #[arg(value_parser = Offered(names))]
    name: String,
    #[command(flatten)]
    file: ResultFile,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.file.paths()
    }
}

fn names() -> Vec<&'static str> {
    config::SCHEMAS.to_vec()
}

/// Prints a schema.
///
/// # Errors
/// A name that no schema has, or an output that cannot be written.
pub(in crate::cli) fn run(args: &Args, io: &mut Io) -> Result<u8> {
    let schema = config::schema(&args.name).ok_or_else(|| {
        Error::new(Kind::Usage, format!("\"{}\" is not a file with a schema", args.name))
            .hint(format!("there are {}", names().join(" and ")))
    })?;
    io.results(format!("{schema:#}\n").as_bytes())?;
    Ok(exit::CLEAN)
}
