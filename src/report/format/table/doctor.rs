//! What a check-up found.

use std::io::{self, Write};

use super::lines::{BOLD, items, line};
use crate::plan::CheckUp;
use crate::report::doctor as says;
use crate::report::look::Look;

/// Writes a line for each fact, the worst last, and what they add up to.
pub(in crate::report) fn doctor(out: &mut dyn Write, found: &CheckUp, look: Look<'_>) -> io::Result<()> {
    items(out, 0, found.facts.iter().map(says::item), look)?;
    writeln!(out)?;
    line(out, BOLD, 0, &says::sums(found), look)
}
