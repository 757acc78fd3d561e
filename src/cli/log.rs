//! `crsync log`: the runs of the journal, or one of them.

use std::collections::BTreeSet;

use jiff::{Timestamp, civil, tz::TimeZone};

use super::args::{Format, Globals, duration};
use super::chosen::{self, Named};
use super::exit;
use super::io::Io;
use super::{job, pipeline};
use crate::error::{Error, Kind, Result};
use crate::plan::{Entry, Report, Settlement, Summary};
use crate::psa;
use crate::report::{self, Look};
use crate::state::State;
use crate::text::email;

/// Flags of `log`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// The run to show, by the beginning of its id; `last` is the latest one
    run: Option<String>,
    /// Only what is about this person: a part of the name or the address
    #[arg(long, value_name = "TEXT")]
    person: Option<String>,
    /// Only what did not end well
    #[arg(long)]
    failed: bool,
    /// Only runs since then: a date such as 2026-11-20, or a time ago such as 7d
    #[arg(long, value_name = "WHEN", value_parser = since, conflicts_with = "run")]
    since: Option<Timestamp>,
}

/// Runs `log` and says how to exit.
///
/// # Errors
/// A journal that cannot be read, or a run that it does not know.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    job::check_format(globals)?;
    let journal = pipeline::journal(globals, io)?;
    let state = State::look(&journal.file, "")?.map(|state| state.showing(journal.realms));
    let state = state.as_ref();
    let width = io.width();
    let look = |psa: &str| Look {
        width,
        verbose: globals.verbose,
        psa: psa::find(psa).map_or("PSA", |psa| psa.name),
    };
    let configured: Vec<&str> = journal.companies.iter().map(String::as_str).collect();
    // What a run adds up to is said of all of it, whichever changes are shown.
    let shown = |report: Report, companies: Option<&BTreeSet<String>>| {
        let summary = report.summary();
        let report = narrowed(report, args, companies);
        (if globals.redact { report::redact_run(&report) } else { report }, summary)
    };
    let mut text = Vec::new();
    match (&args.run, state) {
        (Some(id), Some(state)) => {
            let report = state.run(id)?;
            let companies = companies(&configured, std::slice::from_ref(&report), &globals.company)?;
            let (report, summary) = shown(report, companies.as_ref());
            match globals.format {
                Format::Json => report::run_json(&mut text, &report, &summary, &[]),
                Format::Table | Format::Markdown => {
                    report::run(&mut text, &report, &summary, look(&report.header.psa))
                }
            }
        }
        (Some(_), None) => {
            return Err(Error::new(Kind::Usage, "the journal is empty")
                .hint("`crsync sync` writes it; another configuration or PSA has its own"));
        }
        (None, state) => {
            let runs = state.map(|state| state.runs(args.since)).transpose()?.unwrap_or_default();
            let companies = companies(&configured, &runs, &globals.company)?;
            let filtered = args.failed || args.person.is_some();
            let runs: Vec<(Report, Summary)> = runs
                .into_iter()
                .map(|run| shown(run, companies.as_ref()))
                .filter(|(report, _)| !filtered || !report.entries.is_empty())
                .filter(|(report, _)| companies.is_none() || !report.companies.is_empty())
                .collect();
            match globals.format {
                Format::Json => report::runs_json(&mut text, &runs),
                Format::Table | Format::Markdown => report::runs(&mut text, &runs, look("")),
            }
        }
    }
    .map_err(exit::output_error)?;
    io.results(&text)?;
    pipeline::warn_of_broken(state, globals, io)?;
    Ok(exit::CLEAN)
}

/// Returns the names of the companies that `--company` chooses among those of the configuration and of `runs`: the
/// journal outlives a configuration. `None` chooses all.
fn companies(configured: &[&str], runs: &[Report], wanted: &[String]) -> Result<Option<BTreeSet<String>>> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let of_runs = runs.iter().flat_map(|run| run.companies.iter().map(|company| company.name.as_str()));
    let names: BTreeSet<&str> = configured.iter().copied().chain(of_runs).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut companies = BTreeSet::new();
    for wanted in wanted {
        let (Named::Exactly(found) | Named::Alike(found)) = chosen::named(wanted, &names);
        if found.is_empty() {
            return Err(chosen::unknown(&names, wanted));
        }
        companies.extend(found.into_iter().map(|place| names[place].to_owned()));
    }
    Ok(Some(companies))
}

/// The run with those of its changes that the flags ask for.
fn narrowed(mut report: Report, args: &Args, companies: Option<&BTreeSet<String>>) -> Report {
    if let Some(companies) = companies {
        report.entries.retain(|entry| companies.contains(&entry.company));
        report.companies.retain(|company| companies.contains(&company.name));
    }
    let person = args.person.as_ref();
    let is_wanted = |entry: &Entry| {
        let who = &entry.change.who;
        let about = |text: &String| {
            who.name.to_lowercase().contains(&text.to_lowercase())
                || who.email.as_ref().is_some_and(|address| email::mentions(address, text))
        };
        let failed = entry.settled.as_ref().is_none_or(|settled| settled.how != Settlement::Done);
        person.is_none_or(about) && (!args.failed || failed)
    };
    report.entries.retain(is_wanted);
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
