//! The user-defined fields that are needed in the PSA.

use std::io::{self, Write};

use anstyle::Style;

use super::lines::{BOLD, items, line};
use crate::plan::{FieldNote, FieldState};
use crate::report::fields as says;
use crate::report::look::Look;

/// Writes the state of every field, with the steps for what a person has to do.
///
/// # Errors
/// What `out` says.
pub fn fields(out: &mut dyn Write, fields: &[FieldState], look: Look<'_>) -> io::Result<()> {
    if fields.is_empty() {
        return line(out, Style::new(), 0, &says::none(look), look);
    }
    writeln!(out, "{BOLD}Fields in {}{BOLD:#}  {}", look.psa, says::states(fields))?;
    items(out, 2, fields.iter().map(says::state), look)
}

/// Writes what a run did about fields, and what it could not do: nothing of those that were there.
///
/// # Errors
/// What `out` says.
pub fn notes(out: &mut dyn Write, notes: &[FieldNote], look: Look<'_>) -> io::Result<()> {
    items(out, 2, says::notes(notes, look), look)
}
