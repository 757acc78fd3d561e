//! `crsync explain`: one person, and why everything about them is as it is. Writes nothing to any service.

use jiff::Timestamp;

use super::args::{Format, Globals};
use super::diff::warn_of;
use super::exit;
use super::io::Io;
use super::pipeline;
use crate::error::{Error, Kind, Result};
use crate::model::{Pictures, Pins};
use crate::plan::Unread;
use crate::reconcile::{self, Found, Input};
use crate::report::{self, Look};

/// Flags of `explain`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// An address, user name, 365 object id, contact id or portal user id
    #[arg(value_name = "EMAIL")]
    who: String,
}

/// Runs `explain` and says how to exit.
///
/// # Errors
/// A person who is not found, and what keeps the answer from being found or shown.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    if globals.format == Format::Markdown {
        return Err(Error::new(Kind::Usage, "a person is not explained as markdown yet")
            .hint("use --format table or --format json"));
    }
    if args.who.trim().is_empty() {
        return Err(Error::new(Kind::Usage, "no one is named").hint("crsync explain ann@contoso.example"));
    }
    let setting = pipeline::setting(globals, io)?;
    let targets = setting.targets(globals)?;
    let state = setting.state(io)?;
    let connected = setting.connect(io, state.as_ref())?;
    let memory = pipeline::memory_to_show(&setting.config, state.as_deref(), &targets, &connected)?;
    let fetched = pipeline::read(&targets, &connected, state.as_deref(), globals, io);
    // The trace ends whole, whatever went wrong.
    let fetched = fetched.or_else(|error| connected.finish().and(Err(error)))?;
    let (pins, pictures) = (Pins::default(), Pictures::default());
    let input = pipeline::input(&setting.config, &fetched, &memory, &pins, &pictures, Timestamp::now());
    let looks = connected.looks(&input);
    connected.finish()?;
    pipeline::warn_of_broken(state.as_deref(), globals, io)?;
    let input = Input { looks: &looks, ..input };
    let unread: Vec<(&str, Vec<Unread>)> = fetched
        .companies
        .iter()
        .map(|company| (company.name.as_str(), reconcile::unread(&input, company)))
        .filter(|(_, unread)| !unread.is_empty())
        .collect();
    let psa = setting.config.capabilities.name;
    warn_of(unread.iter().map(|(name, unread)| (*name, unread.as_slice())), psa, globals, io)?;
    let look = Look { width: io.width(), verbose: globals.verbose, psa };
    let (is_json, requests) = (globals.format == Format::Json, connected.requests());
    let mut text = Vec::new();
    match reconcile::explain(&input, &args.who) {
        Found::One(person) => {
            let person = if globals.redact { report::redact_explanation(&person) } else { *person };
            if is_json {
                report::explain_json(&mut text, &person, &requests)
            } else {
                report::explain(&mut text, &person, look)
            }
        }
        Found::Several(hits) => {
            let hits = if globals.redact { report::redact_hits(&hits) } else { hits };
            if is_json {
                report::hits_json(&mut text, &hits, &requests)
            } else {
                report::hits(&mut text, &hits, look)
            }
        }
        Found::NoPerson(nearest) => return Err(missing(&args.who, &nearest, !unread.is_empty(), globals)),
    }
    .map_err(exit::output_error)?;
    io.results(&text)?;
    let kinds = unread.iter().flat_map(|(_, unread)| unread).map(|unread| unread.kind);
    Ok(if unread.is_empty() { exit::CLEAN } else { exit::unread(kinds) })
}

fn missing(who: &str, nearest: &[String], unread: bool, globals: &Globals) -> Error {
    let (kind, place) = if unread {
        (Kind::Incomplete, "in what could be read")
    } else {
        (Kind::Usage, "in the companies that were read")
    };
    let error = Error::new(kind, format!("no person has the address or id {who:?} {place}"));
    if nearest.is_empty() || globals.redact {
        return error.hint("a company that is not enabled must be named with --company");
    }
    error.hint(format!("did you mean {}?", nearest.join(" or ")))
}
