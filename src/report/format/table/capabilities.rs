//! What each PSA can serve: the matrix, or one PSA's rows with the facts.

use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};

use crate::model::Capabilities;
use crate::report::capabilities::{SIGNS, page, where_facts_are};
use crate::report::look::Look;
use crate::report::page::{Cell, Part};

/// Writes the matrix, or one PSA's rows with the facts behind them.
pub(in crate::report) fn capabilities(
    out: &mut dyn Write,
    tables: &[&Capabilities],
    look: Look<'_>,
) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    for part in page(tables).parts {
        if let Part::Table(of) = part {
            table.set_header(of.head);
            table.add_rows(of.rows.iter().map(|row| row.iter().map(Cell::text)));
        }
    }
    if tables.len() == 1 {
        wrap(&mut table, look);
    } else {
        // Every column counts: there is one for each PSA.
        for column in table.column_iter_mut() {
            column.set_padding((0, 2));
        }
    }
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
    if tables.len() == 1 { Ok(()) } else { writeln!(out, "\n{SIGNS}\n{}", where_facts_are(tables)) }
}

/// Makes the facts fit the terminal.
fn wrap(table: &mut Table, look: Look<'_>) {
    let columns = |width: usize| u16::try_from(width).unwrap_or(u16::MAX);
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(columns(look.width));
    table.set_constraints([
        ColumnConstraint::ContentWidth,
        ColumnConstraint::ContentWidth,
        ColumnConstraint::UpperBoundary(Width::Fixed(columns(look.width.saturating_sub(30)))),
    ]);
}
