//! One company's part of a plan: by side, by record, one line per field.

use std::io::{self, Write};

use super::change::change;
use super::lines::{BOLD, DIM, heading, item, items, section};
use crate::plan::{CompanyConflict, CompanyPlan, Excluded};
use crate::report::company::{self as says, COMPANY_CONFLICTS, CONFLICTS, OUT_OF_SCOPE, SKIPPED, TO_DO};
use crate::report::leaving;
use crate::report::look::Look;
use crate::report::words::{clean, count};

/// Writes one company's part of a plan.
///
/// # Errors
/// What `out` says.
pub fn company(out: &mut dyn Write, part: &CompanyPlan, look: Look<'_>) -> io::Result<()> {
    writeln!(out, "{BOLD}{}{BOLD:#}  {DIM}{}{DIM:#}", clean(&part.name), says::summary(part))?;
    items(out, 2, part.unread.iter().map(|one| says::unread(one, look)), look)?;
    items(out, 2, part.inactive.iter().map(says::inactive), look)?;
    conflicts(out, COMPANY_CONFLICTS, &part.company_conflicts, look)?;
    for (side, changes) in says::by_side(&part.changes) {
        let number = count(changes.len(), "change", "changes");
        writeln!(out, "\n  {BOLD}{}{BOLD:#}  {number}", look.side(side))?;
        changes.into_iter().try_for_each(|one| {
            let reason = leaving::reason_in(part, one);
            change(out, one, reason.as_deref(), look)
        })?;
    }
    section(out, CONFLICTS, part.conflicts.iter().map(says::conflict), look)?;
    section(out, SKIPPED, part.skipped.iter().map(says::skip), look)?;
    section(out, TO_DO, part.todo.iter().map(says::to_do), look)?;
    out_of_scope(out, &part.excluded, look)?;
    writeln!(out)
}

/// Writes what shows that a company's records belong to another one under a heading.
pub(super) fn conflicts(
    out: &mut dyn Write,
    title: &str,
    conflicts: &[CompanyConflict],
    look: Look<'_>,
) -> io::Result<()> {
    heading(out, title, conflicts.len())?;
    conflicts.iter().try_for_each(|one| conflict(out, one, look))
}

/// Writes what shows that a company's records belong to another one, and what to do.
pub(super) fn conflict(out: &mut dyn Write, conflict: &CompanyConflict, look: Look<'_>) -> io::Result<()> {
    item(out, 4, &says::company_conflict(conflict), look)?;
    // To be copied as they are, so that they are never wrapped.
    says::decision(conflict).iter().try_for_each(|text| writeln!(out, "{:8}{text}", ""))
}

/// Writes who is out of scope.
pub(super) fn out_of_scope(out: &mut dyn Write, excluded: &[Excluded], look: Look<'_>) -> io::Result<()> {
    heading(out, OUT_OF_SCOPE, excluded.len())?;
    items(out, 4, says::out_of_scope(excluded, look), look)
}
