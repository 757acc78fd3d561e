//! The rights of the PSA's account as a matrix, and its fields.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{ContentArrangement, Table, presets};

use super::fields::fields;
use super::lines::line;
use crate::plan::{FieldState, RightState};
use crate::report::look::Look;
use crate::report::page::Cell;
use crate::report::rights as says;

/// Writes the rights, and the state of every field.
pub(in crate::report) fn rights(
    out: &mut dyn Write,
    rights: &[RightState],
    states: &[FieldState],
    look: Look<'_>,
) -> io::Result<()> {
    if rights.is_empty() {
        line(out, Style::new(), 0, &says::none(look), look)?;
    } else {
        let of = says::matrix(rights);
        let mut table = Table::new();
        table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(u16::try_from(look.width).unwrap_or(u16::MAX));
        table.set_header(of.head);
        table.add_rows(of.rows.iter().map(|row| row.iter().map(Cell::text)));
        table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
    }
    writeln!(out)?;
    fields(out, states, look)
}
