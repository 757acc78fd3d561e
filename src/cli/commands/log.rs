//! `crsync log`: the runs of the journal, or one of them.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::{Timestamp, civil, tz::TimeZone};

use crate::cli::exit;
use crate::cli::flags::{Globals, OfCompanies, Results, Scope as _};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::parsers::duration;
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::error::{Error, Kind};
use crate::plan::{Conflict, Entry, Listed, Report, Settlement, Who};
use crate::psa;
use crate::report::{self, Content, Document};
use crate::run::{self, Named, Notice, Progress as _};
use crate::state::State;
use crate::text::email;

/// Flags of `log`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The run to show, by the beginning of its id; `last` is the latest one
    run: Option<String>,
    /// Only what is about this person: a part of the name or the address
    #[arg(long, value_name = "TEXT")]
    person: Option<String>,
    /// Only what did not end well
    #[arg(long)]
    failed: bool,
    /// Only runs that changed something, or may have
    #[arg(long, conflicts_with = "run")]
    changes: bool,
    /// Only runs since then: a date such as 2026-11-20, or a time ago such as 7d
    #[arg(long, value_name = "WHEN", value_parser = since, conflicts_with = "run")]
    since: Option<Timestamp>,
    #[command(flatten)]
    of: OfCompanies,
    #[command(flatten)]
    results: Results,
    #[command(flatten)]
    reports: Reports,
}

impl Args {
    /// Returns whether `--person` asks for this one.
    fn ask_about(&self, who: &Who) -> bool {
        let is_about = |text: &String| {
            who.name.to_lowercase().contains(&text.to_lowercase())
                || who.email.as_ref().is_some_and(|address| email::mentions(address, text))
        };
        self.person.as_ref().is_none_or(is_about)
    }

    /// Returns whether `--person` and `--failed` ask for this change.
    fn ask_for(&self, entry: &Entry) -> bool {
        let failed = entry.settled.as_ref().is_none_or(|settled| settled.how != Settlement::Done);
        self.ask_about(&entry.change.who) && (!self.failed || failed)
    }

    /// Returns whether a list is narrowed, so that it may be empty though there are runs.
    fn narrows(&self) -> bool {
        let Self { run: _, person, failed, changes, since, of, results: _, reports: _ } = self;
        person.is_some() || *failed || *changes || since.is_some() || !of.company.is_empty()
    }

    /// Returns the files to write.
    pub(in crate::cli) fn paths(&self) -> Paths<'_> {
        self.reports.paths(self.results.paths())
    }
}

/// Runs `log` and returns how to exit.
///
/// # Errors
/// A journal that cannot be read, or a run that it does not hold.
pub(in crate::cli) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let document = if args.run.is_some() { Document::Run } else { Document::Runs };
    let (format, redact) = (args.results.shape.of(document)?, args.results.redact);
    args.reports.check(document)?;
    let options = args.results.add_to(args.of.add_to(globals.options()));
    let machine = io.machine();
    let mut screen = Screen::new(io, globals, format, redact);
    let journal = run::journal(&options, &machine, &mut screen)?;
    let state = journal.state.as_ref();
    let name = |psa: &str| psa::find(psa).map_or("PSA", |psa| psa.capabilities.name);
    let configured: Vec<&str> = journal.companies.iter().map(String::as_str).collect();
    match (&args.run, state) {
        (Some(id), Some(state)) => {
            let id = run::find(state, id, "log")?;
            let companies = companies(&configured, || state.companies(&id), &options.companies)?;
            let report = state.run_of(&id, companies.as_ref())?;
            // What a run adds up to is about all of it, whichever changes are shown.
            let summary = if companies.is_some() { state.summary(&id)? } else { None };
            let summary = summary.unwrap_or_else(|| report.summary());
            let report = narrowed(report, args);
            let report = if redact { report::redact_run(&report) } else { report };
            screen.document(&Content::Run(&report, &summary, &[]), name(&report.header.psa))?;
        }
        (Some(_), None) => {
            return Err(Error::new(Kind::Usage, "the journal is empty")
                .hint("`crsync sync` writes it; another configuration or PSA has its own")
                .into());
        }
        (None, state) => {
            let runs = match state {
                Some(state) => listed(state, args, &configured, &options.companies)?,
                None => {
                    companies(&configured, || Ok(BTreeSet::new()), &options.companies).map(|_| Vec::new())?
                }
            };
            let runs = if redact { report::redact_runs(runs) } else { runs };
            let zone = screen.io.zone();
            let ids = state.map(State::ids).transpose()?.unwrap_or_default();
            screen.document(&Content::Runs(&runs, &ids, &zone), name(""))?;
            if let (true, Some(psa)) = (runs.is_empty() && !args.narrows(), elsewhere(state)?) {
                let message = format!("there are runs of another PSA: {}", name(&psa));
                let next = Some(format!("crsync log --psa {psa}"));
                screen.notice(Notice::warning(message, next))?;
            }
        }
    }
    run::broken_rows(state, &mut screen)?;
    Ok(exit::CLEAN)
}

/// Returns the runs that the flags ask for. What a run did is read only where a flag asks for it.
fn listed(state: &State, args: &Args, configured: &[&str], wanted: &[String]) -> Result<Vec<Listed>> {
    let runs = state.runs(args.since)?;
    let known = || {
        let mut names = BTreeSet::new();
        for run in &runs {
            names.extend(state.companies(&run.header.id)?);
        }
        Ok(names)
    };
    let companies = companies(configured, known, wanted)?;
    let mut found = Vec::new();
    for run in runs {
        let id = &run.header.id;
        let is_about = match &companies {
            Some(companies) => !state.companies(id)?.is_disjoint(companies),
            None => true,
        };
        if args.changes && !run.summary.has_changed() {
            continue;
        }
        let may_have = !args.failed || !run.summary.is_all_done();
        let asks = args.failed || args.person.is_some();
        let is_asked = |entry: &Entry| args.ask_for(entry);
        if is_about && (!asks || may_have && state.has_entry(id, companies.as_ref(), is_asked)?) {
            found.push(run);
        }
    }
    Ok(found)
}

/// Returns the PSA that has runs where the shown one has none.
fn elsewhere(state: Option<&State>) -> Result<Option<String>> {
    Ok(state.map(|state| state.elsewhere("last")).transpose()?.flatten())
}

/// Returns the names of the companies that `--company` chooses among those of the configuration and those that are
/// `known` to the journal, which outlives a configuration. `None` chooses all.
fn companies(
    configured: &[&str],
    known: impl FnOnce() -> crate::error::Result<BTreeSet<String>>,
    wanted: &[String],
) -> Result<Option<BTreeSet<String>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut names = known()?;
    names.extend(configured.iter().map(|name| (*name).to_owned()));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut companies = BTreeSet::new();
    for wanted in wanted {
        let (Named::Exactly(found) | Named::Alike(found)) = run::named(wanted, &names);
        if found.is_empty() {
            return Err(run::unknown(&names, wanted).into());
        }
        companies.extend(found.into_iter().map(|place| names[place].to_owned()));
    }
    Ok(Some(companies))
}

/// The run with those of its changes and conflicts that the flags ask for.
fn narrowed(mut report: Report, args: &Args) -> Report {
    report.entries.retain(|entry| args.ask_for(entry));
    for part in &mut report.companies {
        let is_about = |conflict: &Conflict| conflict.candidates.iter().any(|one| args.ask_about(&one.who));
        part.conflicts.retain(is_about);
        part.todo.retain(|todo| args.ask_about(&todo.who));
    }
    report
}

/// A date, or a time ago.
fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = duration(text) {
        return Timestamp::now().checked_sub(ago).map_err(|error| error.to_string());
    }
    let date: Result<civil::Date, _> = text.parse();
    date.and_then(|date| date.to_zoned(TimeZone::system()))
        .map(|time| time.timestamp())
        .map_err(|_| format!("\"{text}\" is neither a date such as 2026-11-20 nor a time such as 7d"))
}
