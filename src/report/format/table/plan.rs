//! A plan: company by company, or a line for each of them, then the sums and the guards.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::company::{company, conflict};
use super::findings::findings;
use super::held::{Block, blocks, held};
use super::lines::{BOLD, DIM, cell, item, items, line};
use crate::calls::Requests;
use crate::plan::{CompanyPlan, Plan, Unread};
use crate::report::company as says;
use crate::report::findings::guards;
use crate::report::look::Look;
use crate::report::plan::{self as sums, Sums};
use crate::report::words::clean;

/// Writes `plan` with the requests it took. Colours are always written: the owner of `out` removes them.
///
/// # Errors
/// What `out` says.
pub fn plan(out: &mut dyn Write, plan: &Plan, requests: &[Requests], look: Look<'_>) -> io::Result<()> {
    for part in blocks(&plan.outcome.companies, bare) {
        match part {
            Block::One(part) => company(out, part, look)?,
            Block::Held(names, unread) => {
                held(out, &names, unread, look)?;
                writeln!(out)?;
            }
        }
    }
    findings(out, &plan.outcome.findings, look)?;
    totals(out, plan, look)?;
    items(out, 2, guards(&plan.outcome), look)?;
    if look.verbose && !requests.is_empty() {
        line(out, DIM, 0, &format!("Requests: {}", sums::requests(requests)), look)?;
    }
    Ok(())
}

/// Writes one line for every company, then the sums and the guards.
///
/// # Errors
/// What `out` says.
pub fn overview(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    let mut told = BTreeSet::new();
    for part in blocks(&plan.outcome.companies, bare) {
        let part = match part {
            Block::One(part) => part,
            Block::Held(names, unread) => {
                held(out, &names, unread, look)?;
                continue;
            }
        };
        counts(out, part, look)?;
        // What holds all companies back is shown once.
        for one in part.unread.iter().filter(|one| told.insert((one.side, &one.reason))) {
            item(out, 2, &says::unread(one, look), look)?;
        }
        items(out, 2, part.inactive.iter().map(says::inactive), look)?;
        part.company_conflicts.iter().try_for_each(|one| conflict(out, one, look))?;
    }
    writeln!(out)?;
    findings(out, &plan.outcome.findings, look)?;
    totals(out, plan, look)?;
    items(out, 2, guards(&plan.outcome), look)
}

/// Writes the name of a company and what is counted of it. What does not fit on one line is wrapped, in one style.
pub(super) fn counts(out: &mut dyn Write, part: &CompanyPlan, look: Look<'_>) -> io::Result<()> {
    let (name, text) = (clean(&part.name), says::overview(part));
    if name.width() + 2 + text.width() > look.width {
        return line(out, Style::new(), 0, &format!("{name}  {text}"), look);
    }
    writeln!(out, "{BOLD}{name}{BOLD:#}  {text}")
}

/// Returns the name of a company of which nothing is said but what holds it back, and that.
pub(super) fn bare(part: &CompanyPlan) -> Option<(&str, &[Unread])> {
    let is_bare = !part.unread.is_empty() && part.company_conflicts.is_empty() && part.inactive.is_empty();
    is_bare.then_some((part.name.as_str(), part.unread.as_slice()))
}

/// Writes the sums.
pub(super) fn totals(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    let Sums { heading, actions, rest } = sums::sums(plan, look);
    line(out, BOLD, 0, &heading, look)?;
    for (action, records) in actions {
        let text = format!("{:<11} {records}", action.name());
        line(out, Style::new(), 2, &text, look)?;
    }
    rest.iter().try_for_each(|text| cell(out, 2, text, look))
}
