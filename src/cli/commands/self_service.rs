//! `crsync self-service`: what people ask of their own details, brought to 365 first and then, in the same plan, to
//! the PSA and the portal.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::requests;
use crate::cli::exit;
use crate::cli::flags::{Agreed, Globals, OfCompanies, Usual};
use crate::cli::io::Io;
use crate::cli::noticed::noticed;
use crate::cli::outputs::Paths;
use crate::cli::say;
use crate::cli::screen::Screen;
use crate::error::{Error, Kind};
use crate::files;
use crate::plan::{Purpose, Request};
use crate::report::Document;
use crate::run::{self, Session};

/// Flags of `self-service`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Who asks: an address, user name or 365 object id
    #[arg(
        long,
        value_name = "WHO",
        required_unless_present = "from",
        conflicts_with = "from",
        requires = "set"
    )]
    user: Option<String>,
    /// A field and its new text, such as mobile="+1 555 0100"; without a text it becomes blank (repeatable)
    #[arg(long, value_name = "FIELD=TEXT", requires = "user")]
    set: Vec<String>,
    /// An id for the request: if it comes again, it is not carried out twice
    #[arg(long, value_name = "ID", requires = "user")]
    id: Option<String>,
    /// Read requests from FILE, one JSON object a line: {"id": …, "user": …, "set": {…}}; - is standard input
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    #[command(flatten)]
    agreed: Agreed,
    #[command(flatten)]
    usual: Usual<OfCompanies>,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        Paths { input: self.from.as_deref(), ..self.usual.paths() }
    }
}

/// Runs `self-service` and returns how to exit.
///
/// # Errors
/// A request that is not understood, and what keeps a plan from being made or applied at all.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let format = args.usual.results.shape.format;
    let options = args.usual.options(globals);
    let mut screen = Screen::new(io, globals, format, args.usual.results.redact);
    noticed("self-service", &options, args.agreed.yes, &mut screen, |screen| {
        args.usual.results.shape.of(Document::Run)?;
        screen.can_agree(args.agreed.yes, "on a terminal it shows the changes and asks")?;
        let requests = read(args, screen.io)?;
        if requests.is_empty() {
            // A queue is empty most of the time.
            if !globals.quiet {
                say::tell(screen.io, "no request: nothing is to be done")?;
            }
            return Ok(exit::CLEAN);
        }
        screen.io.heed_signals();
        let machine = screen.io.machine();
        let session = Session::open(&options, &machine, screen)?;
        let (run, plan, asked) = run::self_service(&session, requests, screen)?;
        let (allowed, purpose) = (args.agreed.allowances(), Purpose::SelfService(asked));
        let ended = run.carry_out(plan, purpose, &allowed, !args.agreed.yes, screen)?;
        screen.end(&run.id, session.config.capabilities.name, ended)
    })
}

/// Reads the requests from flags, a file or standard input; a file may hold none.
fn read(args: &Args, io: &mut Io) -> Result<Vec<Request>> {
    if let Some(user) = &args.user {
        return Ok(vec![requests::typed(user, &args.set, args.id.as_deref())?]);
    }
    let path = args.from.as_deref().unwrap_or(Path::new("-"));
    let is_stdin = path == Path::new("-");
    let name = if is_stdin { "standard input".to_owned() } else { path.display().to_string() };
    let bytes = if is_stdin { io.input() } else { std::fs::read(path) };
    let bytes = bytes.map_err(|error| {
        Error::new(Kind::Usage, format!("{name} cannot be read"))
            .hint("name a text file with one JSON object a line, or - for standard input")
            .source(error)
    })?;
    let text = files::decode(bytes).map_err(|encoding| {
        Error::new(Kind::Usage, format!("{name} cannot be read: {encoding}")).hint(files::Encoding::HINT)
    })?;
    requests::lines(&name, &text.text).map_err(Into::into)
}
