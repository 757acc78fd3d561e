//! A run of the journal: what became of every change, and what that adds up to.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::change::change;
use super::company::conflicts;
use super::fields::notes;
use super::lines::{BOLD, DIM, cell, items, line, section, style};
use crate::plan::{Asked, CompanyPlan, Entry, Plan, Purpose, Report, Summary};
use crate::report::company::{conflict, skip, to_do};
use crate::report::findings::guard;
use crate::report::leaving;
use crate::report::look::Look;
use crate::report::page::Mark;
use crate::report::run as says;
use crate::report::words::{clean, time};

/// Writes one run with the changes that `report` holds, which may be some of them only; `summary` is what all of
/// them add up to.
pub(in crate::report) fn run(
    out: &mut dyn Write,
    report: &Report,
    summary: &Summary,
    look: Look<'_>,
) -> io::Result<()> {
    let header = &report.header;
    let part = header.shard.as_ref().map(|shard| format!(", part {shard}")).unwrap_or_default();
    let what = format!("{}, {}{part}", says::purpose(header), time(header.started));
    if "Run ".len() + header.id.len() + 2 + what.width() <= look.width {
        writeln!(out, "{BOLD}Run {}{BOLD:#}  {DIM}{what}{DIM:#}", header.id)?;
    } else {
        writeln!(out, "{BOLD}Run {}{BOLD:#}", header.id)?;
        line(out, DIM, 2, &what, look)?;
    }
    let by = format!("by {}, crsync {}, plan {}", says::by(header), header.tool, says::digest(report));
    line(out, DIM, 2, &by, look)?;
    if let Some(allowed) = says::allowed(report) {
        line(out, style(Mark::Care), 2, &format!("allowed: {allowed}"), look)?;
    }
    notes(out, &header.fields, look)?;
    items(out, 2, header.breaches.iter().map(guard), look)?;
    for company in says::companies(report) {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", clean(company))?;
        let mut entries = report.entries.iter().filter(|entry| entry.company == company);
        entries.try_for_each(|entry| step(out, entry, look))?;
    }
    let title = |part: &CompanyPlan, what: &str| format!("{}: {what}", clean(&part.name));
    for part in &report.companies {
        conflicts(out, &title(part, says::COMPANY_CONFLICTS), &part.company_conflicts, look)?;
    }
    for part in &report.companies {
        section(out, &title(part, says::CONFLICTS), part.conflicts.iter().map(conflict), look)?;
    }
    for part in &report.companies {
        section(out, &title(part, says::TO_DO), part.todo.iter().map(to_do), look)?;
    }
    if matches!(header.purpose, Purpose::Undo(_)) {
        left(out, &report.companies, look)?;
    }
    writeln!(out)?;
    ending(out, report, summary, look)
}

/// Writes what a run adds up to, with everything that did not end well.
///
/// # Errors
/// What `out` says.
pub fn outcome(out: &mut dyn Write, report: &Report, look: Look<'_>) -> io::Result<()> {
    ending(out, report, &report.summary(), look)
}

fn ending(out: &mut dyn Write, report: &Report, summary: &Summary, look: Look<'_>) -> io::Result<()> {
    items(out, 2, says::unwell(report), look)?;
    items(out, 2, report.asked().iter().map(|asked| says::answer(report, asked)), look)?;
    items(out, 2, report.notified.iter().map(says::notice), look)?;
    let text = format!("Run {}: {}", report.header.id, says::sums_of(report, summary));
    line(out, style(says::mark(summary)), 0, &text, look)?;
    match says::next(report, summary) {
        Some(step) => next(out, step, look),
        None => Ok(()),
    }
}

/// Writes a next step below what became of a run.
///
/// # Errors
/// What `out` says.
pub fn next(out: &mut dyn Write, next: &str, look: Look<'_>) -> io::Result<()> {
    line(out, Style::new(), 2, &format!("next: {next}"), look)
}

/// Writes what becomes of records that the run had made, for a plan that takes a run back.
///
/// # Errors
/// What `out` says.
pub fn taken_back(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    match says::made_inactive(&plan.outcome) {
        Some(text) => line(out, Style::new(), 2, text, look),
        None => Ok(()),
    }
}

/// Writes the requests that a plan refuses, or that an earlier run did.
///
/// # Errors
/// What `out` says.
pub fn not_planned(out: &mut dyn Write, asked: &[Asked], look: Look<'_>) -> io::Result<()> {
    items(out, 2, asked.iter().filter_map(says::not_planned), look)
}

/// Writes what an undo leaves as it is: it was changed again, or what it was before is unknown.
///
/// # Errors
/// What `out` says.
pub fn left(out: &mut dyn Write, companies: &[CompanyPlan], look: Look<'_>) -> io::Result<()> {
    companies.iter().try_for_each(|part| {
        let title = format!("{}: {}", clean(&part.name), says::LEFT);
        section(out, &title, part.skipped.iter().map(skip), look)
    })
}

fn step(out: &mut dyn Write, entry: &Entry, look: Look<'_>) -> io::Result<()> {
    cell(out, 2, &says::became(entry), look)?;
    change(out, &entry.change, leaving::reason(&entry.change), look)
}

#[cfg(test)]
mod tests;
