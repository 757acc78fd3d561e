//! `crsync capabilities`: what each PSA can serve.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, Shape};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::screen::Screen;
use crate::model::Capabilities;
use crate::psa;
use crate::report::{Content, Document};

/// Flags of `capabilities`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    of: OfPsa,
    #[command(flatten)]
    shape: Shape,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.shape.paths()
    }
}

/// Shows the matrix, or with `--psa` one PSA's rows with the facts behind them.
///
/// # Errors
/// A PSA that does not exist, or output that cannot be written.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let format = args.shape.of(Document::Capabilities)?;
    let tables: Vec<&'static Capabilities> = match &args.of.psa {
        Some(id) => vec![psa::find(id)?.capabilities],
        None => psa::registry().iter().map(|entry| entry.capabilities).collect(),
    };
    Screen::new(io, globals, format, false).document(&Content::Capabilities(&tables), "PSA")?;
    Ok(exit::CLEAN)
}
