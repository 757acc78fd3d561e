//! What a check-up found: a line for each fact, with its next step.

use super::page::{Cell, Item, Mark, Page, Part, Sheet};
use super::words::{clean, count, join};
use crate::plan::{CheckUp, Fact, Status};

/// Returns a fact; its line begins with its status.
pub(super) fn item(fact: &Fact) -> Item {
    let Fact { status, subject, says, next, companies: _ } = fact;
    let text = format!("{:<4}  {}: {}", status.word(), subject.name(), clean(says));
    Item::new(mark(*status), text).next(Mark::Plain, next.as_deref())
}

fn mark(status: Status) -> Mark {
    match status {
        Status::Ok => Mark::Good,
        Status::Warn => Mark::Care,
        Status::Fail => Mark::Bad,
    }
}

/// Returns what the facts add up to.
pub(super) fn sums(found: &CheckUp) -> String {
    let [failures, warnings] = [Status::Fail, Status::Warn].map(|status| found.count(status));
    let parts = [
        (failures, count(failures, "failure", "failures")),
        (warnings, count(warnings, "warning", "warnings")),
    ];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0).map(|(_, text)| text);
    let ok = format!("{} ok", found.count(Status::Ok));
    join(parts.chain([ok]), ", ")
}

/// Returns the facts for people.
pub(super) fn page(found: &CheckUp) -> Page {
    let items = found.facts.iter().map(item).collect();
    let parts = vec![Part::Items(items), Part::Note(Cell::new(Mark::Strong, sums(found)))];
    Page { title: "Check-up".to_owned(), is_titled: true, parts }
}

/// The names of the columns.
const HEAD: [&str; 5] = ["status", "subject", "fact", "next", "companies"];

/// Returns the facts as rows.
pub(super) fn sheet(found: &CheckUp) -> Sheet {
    let row = |fact: &Fact| {
        let Fact { status, subject, says, next, companies } = fact;
        let texts = [status.word(), subject.name(), says, next.as_deref().unwrap_or_default()];
        texts.into_iter().map(clean).chain([clean(&companies.join(", "))]).collect()
    };
    Sheet { head: HEAD.to_vec(), rows: found.facts.iter().map(row).collect() }
}
