//! One person explained.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::Table;

use super::change;
use super::company::conflicts;
use super::lines::{BOLD, DIM, cell, heading, item, lay_out, line, section};
use crate::plan::{Explanation, HeldDetail, Person};
use crate::report::company::{COMPANY_CONFLICTS, SKIPPED, conflict, skip};
use crate::report::look::Look;
use crate::report::page;
use crate::report::person as says;
use crate::report::verdict::verdict;
use crate::report::words::clean;

/// Columns of a field's name.
const FIELD: usize = 15;

/// Columns of the name of a field of a details record.
const DETAIL: usize = 16;

/// Columns that tables are indented by.
const INDENT: usize = 4;

/// Writes several people who have the same address or id, a line each.
pub(in crate::report) fn hits(
    out: &mut dyn Write,
    hits: &[(String, Person)],
    look: Look<'_>,
) -> io::Result<()> {
    hits.iter().try_for_each(|one| line(out, Style::new(), 0, &says::hit(one, look), look))?;
    line(out, BOLD, 0, says::NARROW, look)
}

/// Writes one person.
pub(in crate::report) fn person(out: &mut dyn Write, of: &Explanation, look: Look<'_>) -> io::Result<()> {
    line(out, BOLD, 0, &says::heading(of), look)?;
    cell(out, 2, &verdict(of, look), look)?;
    line(out, DIM, 2, &of.standing, look)?;
    conflicts(out, COMPANY_CONFLICTS, &of.company_conflicts, look)?;
    section(out, says::RECORDS, of.person.records.iter().map(|one| says::member(one, look)), look)?;
    writeln!(out, "\n  {BOLD}{}{BOLD:#}", says::LINK)?;
    says::link(of, look).iter().try_for_each(|text| cell(out, INDENT, text, look))?;
    if let Some(clash) = &of.conflict {
        writeln!(out, "\n  {BOLD}{}{BOLD:#}", says::CONFLICT)?;
        item(out, INDENT, &conflict(clash), look)?;
    }
    if let Some(values) = says::values(&of.fields, look) {
        table(out, &values, look)?;
    }
    if let Some((rules, notes)) = says::rules(&of.fields, look) {
        table(out, &rules, look)?;
        notes.iter().try_for_each(|note| cell(out, INDENT, note, look))?;
    }
    heading(out, says::DETAILS, of.details.len())?;
    of.details.iter().try_for_each(|one| detail(out, one, look))?;
    change::section(out, says::CHANGES, &of.changes, look)?;
    if of.changes.is_empty() {
        writeln!(out, "\n  {BOLD}{}{BOLD:#}", says::NO_CHANGES)?;
    }
    section(out, SKIPPED, of.skipped.iter().map(skip), look)?;
    writeln!(out, "\n  {BOLD}{}{BOLD:#}", says::ROWS)?;
    says::applying(of).iter().try_for_each(|text| line(out, DIM, INDENT, text, look))
}

fn detail(out: &mut dyn Write, HeldDetail { field, value }: &HeldDetail, look: Look<'_>) -> io::Result<()> {
    line(out, Style::new(), INDENT, &format!("{field:<DETAIL$} {}", clean(value)), look)
}

/// Writes a table: the first column is narrow, the others are alike.
fn table(out: &mut dyn Write, of: &page::Table, look: Look<'_>) -> io::Result<()> {
    let mut table = Table::new();
    table.set_header(&of.head);
    for row in &of.rows {
        table.add_row(row.iter().map(page::Cell::text));
    }
    let room = look.width.saturating_sub(INDENT).clamp(40, 200);
    let columns = of.head.len() - 1;
    let widths: Vec<usize> =
        std::iter::once(FIELD).chain((0..columns).map(|_| (room - FIELD) / columns)).collect();
    writeln!(out)?;
    for (number, text) in lay_out(&mut table, &widths).iter().enumerate() {
        let style = if number == 0 { BOLD } else { Style::new() };
        writeln!(out, "{:INDENT$}{style}{text}{style:#}", "")?;
    }
    Ok(())
}
