//! Settings and decisions that match nothing, and limits that a plan runs into.

use super::page::{Item, Mark, Part};
use super::words::clean;
use crate::plan::{Breach, Finding};

/// The heading of settings that match nothing.
pub(super) const TITLE: &str = "Settings that match nothing";

/// Returns a setting that matches nothing, and what may have been meant.
pub(super) fn finding(finding: &Finding) -> Item {
    let Finding { file, line, setting, reason, next } = finding;
    let text = format!("{}:{line}: {}: {}", clean(file), clean(setting), clean(reason));
    Item::new(Mark::Care, text).next(Mark::Quiet, next.as_deref())
}

/// Returns all of them under their heading.
pub(super) fn parts(findings: &[Finding]) -> Vec<Part> {
    Part::list(1, format!("{TITLE}: {}", findings.len()), findings.iter().map(finding).collect())
}

/// Returns a limit that a plan runs into, and the next step.
pub(super) fn guard(breach: &Breach) -> Item {
    let Breach { company, measure, count: _, limit: _, reason, allow: _ } = breach;
    let place = company.as_deref().map_or_else(|| "the whole run".to_owned(), clean);
    let text = format!("guard {}: {place}: {}", measure.name(), clean(reason));
    Item::new(Mark::Bad, text).next(Mark::Plain, Some(&breach.next_step()))
}
