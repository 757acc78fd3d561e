//! `crsync log`: the runs of the journal, or one of them.

use std::collections::BTreeSet;

use anyhow::Result;
use jiff::{Timestamp, civil, tz::TimeZone};

use crate::cli::exit;
use crate::cli::flags::{Globals, OfCompanies, Results, Scope as _};
use crate::cli::io::Io;
use crate::cli::outputs::Paths;
use crate::cli::parsers::{duration, named};
use crate::cli::reports::Reports;
use crate::cli::screen::Screen;
use crate::error::{Error, Kind};
use crate::plan::{Asked, Conflict, Entry, Listed, Purpose, Report, Settlement, Told, Who};
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
    #[arg(long, value_name = "TEXT", value_parser = named)]
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

    /// Returns whether `--person` asks for what is about this one, or about no one in particular.
    fn ask_about_any(&self, who: Option<&Who>) -> bool {
        who.is_none_or(|who| self.ask_about(who))
    }

    /// Returns whether the flags ask for this request, which became so; `companies` are the chosen ones.
    fn ask_for_request(&self, asked: &Asked, told: &Told, companies: Option<&BTreeSet<String>>) -> bool {
        let is_of = |companies: &BTreeSet<String>| {
            asked.company.as_ref().is_some_and(|company| companies.contains(company))
        };
        let names = |text: &String| email::mentions(&asked.request.user, text);
        let is_about = asked.who.as_ref().map_or_else(
            || self.person.as_ref().is_none_or(names),
            |who| self.ask_about(who) || self.person.as_ref().is_some_and(names),
        );
        is_about && companies.is_none_or(is_of) && (!self.failed || !told.result.is_well())
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
            let report = narrowed(report, args, companies.as_ref());
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
        if is_about && is_asked_for(state, args, &run, companies.as_ref())? {
            found.push(run);
        }
    }
    Ok(found)
}

/// Returns whether `--person` and `--failed` ask for a run, which is of the chosen companies.
fn is_asked_for(
    state: &State,
    args: &Args,
    run: &Listed,
    companies: Option<&BTreeSet<String>>,
) -> Result<bool> {
    let (id, summary) = (&run.header.id, &run.summary);
    let is_unmet = summary.unmet > 0;
    if args.failed {
        let has_stopped = summary.halt.is_some() || !summary.over || summary.unread > 0 || is_unmet;
        if has_stopped && args.person.is_none() {
            return Ok(true);
        }
        if summary.is_all_done() && !is_unmet {
            return Ok(false);
        }
    } else if args.person.is_none() {
        return Ok(true);
    }
    if state.has_entry(id, companies, |entry| args.ask_for(entry))? {
        return Ok(true);
    }
    // What a run says beside its changes is read only where it may be about the person.
    if is_unmet || (!args.failed && summary.conflicts > 0) {
        let part = narrowed(state.run_of(id, companies)?, args, companies);
        let has_conflict = part.companies.iter().any(|part| !part.conflicts.is_empty());
        return Ok(!part.asked().is_empty() || (has_conflict && !args.failed));
    }
    Ok(false)
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

/// Returns what the flags ask for of a run that was read with these companies: `None` is all.
fn narrowed(mut report: Report, args: &Args, companies: Option<&BTreeSet<String>>) -> Report {
    let told: Vec<Told> = report.asked().iter().map(|asked| report.told(asked)).collect();
    if let Purpose::SelfService(asked) = &mut report.header.purpose {
        let all = std::mem::take(asked).into_iter().zip(told);
        let wanted = all.filter(|(asked, told)| args.ask_for_request(asked, told, companies));
        (*asked, report.answers) = wanted.unzip();
    }
    report.entries.retain(|entry| args.ask_for(entry));
    for part in &mut report.companies {
        let is_about = |conflict: &Conflict| conflict.candidates.iter().any(|one| args.ask_about(&one.who));
        part.conflicts.retain(is_about);
        part.todo.retain(|todo| args.ask_about(&todo.who));
        part.excluded.retain(|excluded| args.ask_about(&excluded.who));
        part.skipped.retain(|skip| args.ask_about_any(skip.who.as_ref()));
    }
    report
}

/// A date, or a time ago.
fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(ago) = duration(text) {
        return Timestamp::now()
            .checked_sub(ago)
            .map_err(|_| format!("\"{text}\" is longer ago than any date; write less, such as 7d"));
    }
    let date: Result<civil::Date, _> = text.parse();
    date.and_then(|date| date.to_zoned(TimeZone::system()))
        .map(|time| time.timestamp())
        .map_err(|_| format!("\"{text}\" is neither a date such as 2026-11-20 nor a time such as 7d"))
}
