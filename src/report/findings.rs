//! Settings and decisions that match nothing, and limits that a plan runs into.

use super::page::{Item, Mark, Part};
use super::words::{clean, join};
use crate::plan::{Breach, Finding, Outcome};

/// How many companies a command line names.
const NAMED: usize = 3;

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

/// Returns the limits that a plan runs into, and what that means for the companies that run into none.
pub(super) fn guards(outcome: &Outcome) -> Vec<Item> {
    outcome.breaches.iter().map(guard).chain(stopped(outcome)).collect()
}

/// Returns that the others are not written either, and the ways on; nothing where there are no others.
fn stopped(outcome: &Outcome) -> Option<Item> {
    let is_held = |name: &str| outcome.breaches.iter().any(|one| one.company.as_deref() == Some(name));
    let parts = outcome.companies.iter().filter(|part| !part.changes.is_empty());
    let others: Vec<&str> = parts.map(|part| part.name.as_str()).filter(|name| !is_held(name)).collect();
    // A limit of the whole run is not passed by leaving one company out.
    let is_of_all = outcome.breaches.iter().any(|one| one.company.is_none());
    if outcome.breaches.is_empty() || others.is_empty() || is_of_all {
        return None;
    }
    let number = outcome.companies.len();
    let text =
        format!("one guard stops all: a sync of these {number} companies would write nothing to any of them");
    let flags = match others.as_slice() {
        few if few.len() <= NAMED => {
            let quoted = |name: &&str| {
                let is_plain = name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
                if is_plain { format!("--company {name}") } else { format!("--company \"{}\"", clean(name)) }
            };
            join(few.iter().map(quoted), " ")
        }
        _ => "--company NAME".to_owned(),
    };
    let next = format!("allow what is meant, as above, or sync the others alone: crsync sync {flags}");
    Some(Item::new(Mark::Bad, text).next(Mark::Plain, Some(&next)))
}
