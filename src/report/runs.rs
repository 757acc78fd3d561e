//! The runs of the journal, with what each of them adds up to.

use super::page::{Cell, Mark, Page, Part, Sheet, Table};
use super::run::{SETTLEMENTS, by, mark, purpose, sums};
use super::words::{clean, time};
use crate::plan::{Halt, Listed};

/// What is said where there is none.
pub(super) const NONE: &str = "No such run yet: `crsync sync` adds one to the journal.";

/// Returns the runs for people, the oldest first.
pub(super) fn page(runs: &[Listed]) -> Page {
    let row = |Listed { header, ended: _, summary }: &Listed| {
        vec![
            Cell::new(Mark::Code, header.id.as_str()),
            Cell::plain(time(header.started)),
            Cell::plain(purpose(header)),
            Cell::plain(by(header)),
            Cell::new(mark(summary), sums(summary)),
        ]
    };
    let head = ["run", "began", "what", "by", "result"].map(ToOwned::to_owned).to_vec();
    let part = if runs.is_empty() {
        Part::Note(Cell::plain(NONE))
    } else {
        Part::Table(Table { head, rows: runs.iter().map(row).collect() })
    };
    Page { title: "Runs".to_owned(), is_titled: true, parts: vec![part] }
}

/// The names of the columns.
const HEAD: [&str; 20] = [
    "run",
    "began",
    "what",
    "psa",
    "operator",
    "host",
    "crsync",
    "part",
    "plan",
    "planned",
    "done",
    "stale",
    "failed",
    "not-tried",
    "unknown",
    "left",
    "conflicts",
    "company-conflicts",
    "held-back",
    "end",
];

/// Returns the runs as rows.
pub(super) fn sheet(runs: &[Listed]) -> Sheet {
    let row = |Listed { header, ended: _, summary }: &Listed| -> Vec<String> {
        let end = match summary.halt {
            Some(Halt::Refused) => "refused by a guard",
            Some(Halt::Deadline) => "stopped by the deadline",
            Some(Halt::Interrupted) => "interrupted",
            None if summary.over => "over",
            None => "did not end",
        };
        let shard = header.shard.as_deref().unwrap_or_default();
        let texts = [&header.psa, &header.operator, &header.host, &header.tool, shard, &header.plan];
        let first = [header.id.clone(), time(header.started), purpose(header)];
        let settled = SETTLEMENTS.map(|how| summary.of(how));
        let rest =
            [summary.open, summary.left(), summary.conflicts, summary.company_conflicts, summary.unread];
        let numbers = std::iter::once(summary.planned).chain(settled).chain(rest);
        let first = first.into_iter().chain(texts.map(clean));
        first.chain(numbers.map(|number| number.to_string())).chain([end.to_owned()]).collect()
    };
    Sheet { head: HEAD.to_vec(), rows: runs.iter().map(row).collect() }
}
