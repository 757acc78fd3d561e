//! `crsync match`: which people are linked, and why. Writes nothing to any service.

use anyhow::Result;

use super::resolve::{self, Resolved};
use crate::cli::exit;
use crate::cli::flags::{Globals, OfParts, Usual, can_be};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::files::Target;
use crate::plan::{CompanyPeople, PeopleTotals};
use crate::reconcile;
use crate::report::{self, Content, Document, People};
use crate::run::{Preview, Session, Strict};

/// Flags of `match`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only people without a counterpart or in a conflict
    #[arg(long)]
    unmatched: bool,
    /// Ask about every conflict and every suggestion, and write the answers into decisions.toml beside the
    /// configuration (with --sandbox: sandbox-decisions.toml in the state folder)
    #[arg(long, conflicts_with = "unmatched")]
    resolve: bool,
    #[command(flatten)]
    usual: Usual<OfParts>,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns whether the command only shows something.
    pub(in crate::cli) fn asks_nothing(&self) -> bool {
        !self.resolve
    }

    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.reports.paths(self.usual.paths())
    }
}

/// Runs `match` and returns how to exit.
///
/// # Errors
/// What keeps the table from being made or shown at all.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let (format, redact) = (args.usual.results.shape.format, args.usual.results.redact);
    if args.resolve {
        resolve::check(&args.usual.results, io)?;
        args.reports.check(Document::Questions)?;
    }
    can_be(Document::People, format)?;
    args.reports.check(Document::People)?;
    let options = args.usual.options(globals);
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, redact);
    let session = Session::open(&options, &machine, &mut screen)?;
    if args.resolve {
        Target::open(&session.decisions, "--resolve")?;
    }
    let preview = Preview::open(&session, session.chosen()?)?;
    let seen = preview.read(&screen)?;
    preview.finish(&mut screen)?;
    let input = preview.input(&seen);
    let linked = reconcile::link(&input);
    let capabilities = session.config.capabilities;
    let look = screen.look(capabilities.name);
    let (mut companies, mut findings) = (linked.people(), linked.findings());
    if args.resolve {
        tell_unread(&preview, &companies, &mut screen)?;
        let Resolved { people, late } =
            resolve::resolve(&session, input, companies, || preview.is_late(), look, screen.io)?;
        return Ok(if late { exit::DEADLINE } else { code(&people, PeopleTotals::of(&people)) });
    }
    let totals = PeopleTotals::of(&companies);
    if args.unmatched {
        for company in &mut companies {
            company.linked.clear();
            company.excluded.clear();
        }
    }
    if redact {
        companies = report::redact_people(&companies);
        findings = report::redact_findings(&findings);
    }
    let content = Content::People(People {
        companies: &companies,
        findings: &findings,
        totals,
        requests: &preview.requests(),
        created: seen.now,
        psa: capabilities.id,
    });
    // What could not be read comes before the totals, which are the last lines.
    tell_unread(&preview, &companies, &mut screen)?;
    screen.document(&content, capabilities.name)?;
    let strict = Strict::of_findings(&findings).filter(|_| options.strict);
    if let Some(strict) = &strict {
        screen.refuse(strict)?;
    }
    let refused = strict.is_some();
    Ok(if refused && totals.unread == 0 { exit::FAILURE } else { code(&companies, totals) })
}

fn tell_unread(preview: &Preview<'_>, companies: &[CompanyPeople], screen: &mut Screen<'_>) -> Result<()> {
    let unread = companies.iter().map(|company| (company.name.as_str(), company.unread.as_slice()));
    preview.tell_unread(unread, screen)
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
