//! A plan: company by company, or a line for each of them, then the sums and the guards.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::company::{company, conflict};
use super::findings::findings;
use super::lines::{BOLD, DIM, cell, item, items, line};
use crate::calls::Requests;
use crate::plan::{CompanyPlan, Plan};
use crate::report::company as says;
use crate::report::findings::guard;
use crate::report::look::Look;
use crate::report::plan::{self as sums, Sums};
use crate::report::words::clean;

/// Writes `plan` with the requests it took. Colours are always written: the owner of `out` removes them.
///
/// # Errors
/// What `out` says.
pub fn plan(out: &mut dyn Write, plan: &Plan, requests: &[Requests], look: Look<'_>) -> io::Result<()> {
    for part in blocks(&plan.outcome.companies) {
        match part {
            Block::One(part) => company(out, part, look)?,
            Block::Held(parts) => {
                held(out, &parts, look)?;
                writeln!(out)?;
            }
        }
    }
    findings(out, &plan.outcome.findings, look)?;
    totals(out, plan, look)?;
    items(out, 2, plan.outcome.breaches.iter().map(guard), look)?;
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
    for part in blocks(&plan.outcome.companies) {
        let part = match part {
            Block::One(part) => part,
            Block::Held(parts) => {
                held(out, &parts, look)?;
                continue;
            }
        };
        writeln!(out, "{BOLD}{}{BOLD:#}  {}", clean(&part.name), says::overview(part))?;
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
    items(out, 2, plan.outcome.breaches.iter().map(guard), look)
}

/// A part of the plan as it is shown.
pub(super) enum Block<'p> {
    /// One company.
    One(&'p CompanyPlan),
    /// Companies that the same fault holds back.
    Held(Vec<&'p CompanyPlan>),
}

/// From how many companies on those that the same fault holds back are shown as one.
const MANY: usize = 4;

/// How many of them are named.
const NAMED: usize = 3;

/// Returns the companies as they are shown: many that are held back for the same reasons, and of which nothing else is
/// said, together in the place of the first.
pub(super) fn blocks(companies: &[CompanyPlan]) -> Vec<Block<'_>> {
    let is_bare = |part: &CompanyPlan| {
        !part.unread.is_empty() && part.company_conflicts.is_empty() && part.inactive.is_empty()
    };
    let like = |part: &CompanyPlan| {
        let same = |other: &&CompanyPlan| is_bare(other) && other.unread == part.unread;
        companies.iter().filter(same).collect::<Vec<_>>()
    };
    let mut blocks: Vec<Block<'_>> = Vec::new();
    for part in companies {
        let known = |block: &Block<'_>| matches!(block, Block::Held(parts) if parts[0].unread == part.unread);
        match is_bare(part) {
            true if blocks.iter().any(known) => {}
            true => match like(part) {
                many if many.len() >= MANY => blocks.push(Block::Held(many)),
                _ => blocks.push(Block::One(part)),
            },
            false => blocks.push(Block::One(part)),
        }
    }
    blocks
}

/// Writes companies that the same fault holds back.
fn held(out: &mut dyn Write, parts: &[&CompanyPlan], look: Look<'_>) -> io::Result<()> {
    let names: Vec<String> = parts.iter().take(NAMED).map(|part| clean(&part.name)).collect();
    let more = match parts.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let heading = format!("{} companies are held back: {}{more}", parts.len(), names.join(", "));
    line(out, BOLD, 0, &heading, look)?;
    let unread = parts.first().map(|part| part.unread.as_slice()).unwrap_or_default();
    items(out, 2, unread.iter().map(|one| says::unread(one, look)), look)
}

/// Writes the sums.
pub(super) fn totals(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    let Sums { heading, actions, rest } = sums::sums(plan, look);
    line(out, BOLD, 0, &heading, look)?;
    for (action, records) in actions {
        let text = format!("{:<11} {records}", action.name());
        line(out, anstyle::Style::new(), 2, &text, look)?;
    }
    rest.iter().try_for_each(|text| cell(out, 2, text, look))
}
