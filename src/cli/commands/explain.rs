//! `crsync explain`: one person, and why everything about them is as it is. Writes nothing to any service.

use anyhow::Result;

use crate::cli::exit;
use crate::cli::flags::{Globals, OfParts, Usual};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::screen::Screen;
use crate::error::{Error, Kind};
use crate::reconcile::{self, Explained, FollowUp};
use crate::report::{self, Content, Document};
use crate::run::{Preview, Session};

/// How many companies that are switched off are named.
const NAMED: usize = 3;

/// Flags of `explain`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// An address, user name, 365 object id, contact id or portal user id; or a name, or its beginning
    #[arg(value_name = "EMAIL")]
    who: String,
    #[command(flatten)]
    usual: Usual<OfParts>,
}

impl Args {
    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.usual.paths()
    }
}

/// Runs `explain` and returns how to exit.
///
/// # Errors
/// A person who is not found, and what keeps the answer from being found or shown.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let (format, redact) = (args.usual.results.shape.of(Document::Person)?, args.usual.results.redact);
    if args.who.trim().is_empty() {
        return Err(Error::new(Kind::Usage, "no one is named")
            .hint("crsync explain ann@contoso.example")
            .into());
    }
    let options = args.usual.options(globals);
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, redact);
    let session = Session::open(&options, &machine, &mut screen)?;
    let preview = Preview::open(&session, session.chosen()?)?;
    screen.show_pictures(preview.pictures());
    let seen = preview.read(&screen)?;
    let input = preview.input(&seen);
    let linked = reconcile::link(&input);
    let follow_up = FollowUp { looks: preview.looks(&linked), ..FollowUp::default() };
    preview.finish(&mut screen)?;
    let unread: Vec<_> = linked.unread().collect();
    preview.tell_unread(unread.iter().copied(), &mut screen)?;
    let (psa, requests) = (session.config.capabilities.name, preview.requests());
    match linked.explain(&args.who, &follow_up) {
        Explained::One(person) => {
            let person = if redact { report::redact_explanation(&person) } else { *person };
            screen.document(&Content::Person(&person, &requests), psa)?;
        }
        Explained::Several(hits) => {
            let hits = if redact { report::redact_hits(&hits) } else { hits };
            screen.document(&Content::Hits(&hits, &requests), psa)?;
        }
        Explained::NoPerson(nearest) => {
            let off: Vec<&str> = if options.companies.is_empty() { session.off() } else { Vec::new() };
            return Err(missing(&args.who, &nearest, !unread.is_empty(), redact, &off).into());
        }
    }
    let kinds = unread.iter().flat_map(|(_, unread)| *unread).map(|unread| unread.kind);
    Ok(if unread.is_empty() { exit::CLEAN } else { exit::unread(kinds) })
}

fn missing(who: &str, nearest: &[String], unread: bool, redact: bool, off: &[&str]) -> Error {
    let (kind, place) = if unread {
        (Kind::Incomplete, "in what could be read")
    } else {
        (Kind::Usage, "in the companies that were read")
    };
    let error = Error::new(kind, format!("no person has the address, id or name {who:?} {place}"));
    let near = (!nearest.is_empty() && !redact).then(|| format!("did you mean {}?", nearest.join(" or ")));
    let switched_off = off.first().map(|first| {
        let names: Vec<String> = off.iter().take(NAMED).map(|name| format!("{name:?}")).collect();
        let more = if off.len() > NAMED { " and others" } else { "" };
        format!(
            "not read, since switched off (enabled = false): {}{more}; --company {first:?} reads it",
            names.join(", ")
        )
    });
    let otherwise = || "--company chooses other companies".to_owned();
    error.hint(near.or(switched_off).unwrap_or_else(otherwise))
}
