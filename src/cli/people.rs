//! `crsync match`: which people are linked, and why. Writes nothing to any service.

use jiff::Timestamp;

use super::args::{Format, Globals};
use super::diff::warn_of;
use super::exit;
use super::io::Io;
use super::pipeline;
use super::resolve::{self, Resolved};
use crate::error::{Error, Kind, Result};
use crate::files::Target;
use crate::model::{Pictures, Pins};
use crate::plan::{CompanyPeople, PeopleTotals};
use crate::reconcile;
use crate::report::{self, Look};

/// Flags of `match`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// Only who stayed alone or is in a conflict
    #[arg(long)]
    unmatched: bool,
    /// Ask about every conflict and every suggestion, and write the answers into decisions.toml beside the
    /// configuration (with --sandbox: sandbox-decisions.toml in the state folder)
    #[arg(long, conflicts_with = "unmatched")]
    resolve: bool,
}

/// Runs `match` and says how to exit.
///
/// # Errors
/// What keeps the table from being made or shown at all.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    if args.resolve {
        resolve::check(globals, io)?;
    }
    if globals.format == Format::Markdown {
        return Err(Error::new(Kind::Usage, "the people table is not shown as markdown yet")
            .hint("use --format table or --format json"));
    }
    let setting = pipeline::setting(globals, io)?;
    if args.resolve {
        Target::open(&setting.decisions, "--resolve")?;
    }
    let targets = setting.targets(globals)?;
    let state = setting.state(io)?;
    let connected = setting.connect(io, state.as_ref())?;
    let memory = pipeline::memory_to_show(&setting.config, state.as_deref(), &targets, &connected)?;
    let fetched = pipeline::read(&targets, &connected, state.as_deref(), globals, io);
    connected.finish()?;
    pipeline::warn_of_broken(state.as_deref(), globals, io)?;
    let (fetched, now) = (fetched?, Timestamp::now());
    let (pins, pictures) = (Pins::default(), Pictures::default());
    let capabilities = setting.config.capabilities;
    let look = Look { width: io.width(), verbose: globals.verbose, psa: capabilities.name };
    let input = pipeline::input(&setting.config, &fetched, &memory, &pins, &pictures, now);
    let mut companies = reconcile::people(&input);
    let mut findings = reconcile::findings(&input);
    if args.resolve {
        warn(&companies, capabilities.name, globals, io)?;
        let Resolved { people, late } =
            resolve::resolve(&setting, input, companies, || connected.is_late(), look, io)?;
        return Ok(if late { exit::DEADLINE } else { code(&people, PeopleTotals::of(&people)) });
    }
    let totals = PeopleTotals::of(&companies);
    if args.unmatched {
        for company in &mut companies {
            company.linked.clear();
            company.excluded.clear();
        }
    }
    if globals.redact {
        companies = report::redact_people(&companies);
        findings = report::redact_findings(&findings);
    }
    let mut text = Vec::new();
    if globals.format == Format::Json {
        let requests = connected.requests();
        report::people_json(&mut text, (&companies, &findings), totals, &requests, now, capabilities.id)
    } else {
        report::people(&mut text, (&companies, &findings), totals, look)
    }
    .map_err(exit::output_error)?;
    io.results(&text)?;
    warn(&companies, capabilities.name, globals, io)?;
    let refused = globals.strict && !findings.is_empty();
    Ok(if refused && totals.unread == 0 { exit::FAILURE } else { code(&companies, totals) })
}

fn warn(companies: &[CompanyPeople], psa: &str, globals: &Globals, io: &mut Io) -> Result<()> {
    let unread = companies.iter().map(|company| (company.name.as_str(), company.unread.as_slice()));
    warn_of(unread, psa, globals, io)
}

fn code(companies: &[CompanyPeople], totals: PeopleTotals) -> u8 {
    let refused = companies.iter().any(|company| company.refused.is_some());
    match () {
        () if totals.unread > 0 => {
            exit::unread(companies.iter().flat_map(|company| &company.unread).map(|unread| unread.kind))
        }
        () if refused => exit::FAILURE,
        () => exit::CLEAN,
    }
}
