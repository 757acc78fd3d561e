//! `crsync capabilities`: what each PSA can serve, and with `--live` what the configured one lets its account do.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Globals, OfPsa, Scope as _, Shape};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::screen::Screen;
use crate::model::{Capabilities, Held};
use crate::plan::Need;
use crate::psa;
use crate::report::{Content, Document};
use crate::run::{self, Live, Session};

/// Flags of `capabilities`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Ask the configured PSA what the account may do and which fields there are; exit with 4 if something is missing
    #[arg(long)]
    live: bool,
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
/// A PSA that does not exist or cannot be asked, or output that cannot be written.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    if args.live {
        return live(args, globals, io);
    }
    let format = args.shape.of(Document::Capabilities)?;
    let tables: Vec<&'static Capabilities> = match &args.of.psa {
        Some(id) => vec![psa::find(id)?.capabilities],
        None => psa::registry().iter().map(|entry| entry.capabilities).collect(),
    };
    Screen::new(io, globals, format, false).document(&Content::Capabilities(&tables), "PSA")?;
    Ok(exit::CLEAN)
}

/// Shows what the configured PSA lets its account do.
fn live(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let format = args.shape.of(Document::Rights)?;
    let options = args.of.add_to(globals.options());
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, false);
    let session = Session::open(&options, &machine, &mut screen)?;
    let Live { rights, fields } = run::live(&session, &screen)?;
    let capabilities = session.config.capabilities;
    screen.document(&Content::Rights(capabilities.id, &rights, &fields), capabilities.name)?;
    let lacks = rights.iter().any(|right| matches!(right.held, Held::No | Held::Partly))
        || fields.iter().any(|field| field.need != Need::Nothing);
    Ok(if lacks { exit::CONFLICTS } else { exit::CLEAN })
}
