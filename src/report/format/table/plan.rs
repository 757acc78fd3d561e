//! A plan: company by company, or a line for each of them, then the sums and the guards.

use std::collections::BTreeSet;
use std::io::{self, Write};

use super::company::{company, conflict};
use super::findings::findings;
use super::lines::{BOLD, DIM, cell, item, items, line};
use crate::calls::Requests;
use crate::plan::Plan;
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
    for part in &plan.outcome.companies {
        company(out, part, look)?;
    }
    findings(out, &plan.outcome.findings, look)?;
    totals(out, plan, look)?;
    items(out, 2, plan.outcome.breaches.iter().map(guard), look)?;
    if look.verbose {
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
    for part in &plan.outcome.companies {
        writeln!(out, "{BOLD}{}{BOLD:#}  {}", clean(&part.name), sums::overview(part))?;
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

fn totals(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    let Sums { heading, actions, rest } = sums::sums(plan, look);
    line(out, BOLD, 0, &heading, look)?;
    for (action, records) in actions {
        let text = format!("{:<11} {records}", action.name());
        line(out, anstyle::Style::new(), 2, &text, look)?;
    }
    rest.iter().try_for_each(|text| cell(out, 2, text, look))
}
