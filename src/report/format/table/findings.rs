//! Settings and decisions that match nothing.

use std::io::{self, Write};

use super::lines::{BOLD, items};
use crate::plan::Finding;
use crate::report::findings::{TITLE, finding};
use crate::report::look::Look;

/// Writes the settings and decisions that match nothing.
pub(super) fn findings(out: &mut dyn Write, findings: &[Finding], look: Look<'_>) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "{BOLD}{TITLE}{BOLD:#}  {}", findings.len())?;
    items(out, 2, findings.iter().map(finding), look)?;
    writeln!(out)
}
