//! A plan that is longer than a screen: a line for every company, then lists over all of them, then the sums.

use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::held::{Block, blocks};
use super::lines::{BOLD, DIM, cell, clip, items, line, style};
use super::plan::{bare, counts, totals};
use crate::plan::Plan;
use crate::report::digest::{Topic, entries, ids_filled};
use crate::report::findings::guards;
use crate::report::look::Look;
use crate::report::page::Item;
use crate::report::words::count;

/// Writes the plan in few lines, and `more`, which says how to see more of it.
///
/// # Errors
/// What `out` says.
pub fn digest(out: &mut dyn Write, plan: &Plan, more: &str, look: Look<'_>) -> io::Result<()> {
    for block in blocks(&plan.outcome.companies, bare) {
        match block {
            Block::One(part) => counts(out, part, look)?,
            Block::Held(names, _) => {
                let text = format!("{} are held back", count(names.len(), "company", "companies"));
                line(out, BOLD, 0, &text, look)?;
            }
        }
    }
    writeln!(out)?;
    lists(out, plan, &Topic::SHORT, look)?;
    line(out, DIM, 0, more, look)
}

/// Writes a line for each thing of these topics, over all companies, then the sums and the guards.
///
/// # Errors
/// What `out` says.
pub fn lists(out: &mut dyn Write, plan: &Plan, topics: &[Topic], look: Look<'_>) -> io::Result<()> {
    for topic in Topic::ALL.into_iter().filter(|topic| topics.contains(topic)) {
        let entries = entries(&plan.outcome, topic, look);
        if entries.is_empty() {
            continue;
        }
        writeln!(out, "{BOLD}{}{BOLD:#}  {}", topic.title(), entries.len())?;
        for entry in &entries {
            if topic == Topic::Deactivate {
                leaver(out, entry, look)?;
                continue;
            }
            let style = style(entry.what.mark);
            writeln!(out, "  {style}{}{style:#}", clip(&entry.what.text(), look.width.saturating_sub(2)))?;
            // What holds a company back is for a person to do.
            let under = entry.under.iter().filter(|_| topic == Topic::Company);
            under.into_iter().try_for_each(|one| cell(out, 4, one, look))?;
        }
        if topic == Topic::Conflict {
            line(out, Style::new(), 2, "next: `crsync match --resolve` asks about each of them", look)?;
        }
        writeln!(out)?;
    }
    totals(out, plan, look)?;
    if let Some(text) = ids_filled(&plan.outcome) {
        line(out, Style::new(), 2, &text, look)?;
    }
    items(out, 2, guards(&plan.outcome), look)
}

/// Writes who leaves and why on one line. Where not all of it fits, the records are left out, and the reason is not.
fn leaver(out: &mut dyn Write, entry: &Item, look: Look<'_>) -> io::Result<()> {
    let style = style(entry.what.mark);
    let why = entry.under.iter().fold(String::new(), |all, one| all + "  " + &one.text());
    let why = clip(&why, look.width / 2);
    let room = look.width.saturating_sub(2 + why.width());
    let mut what = entry.what.text();
    if what.width() > room
        && let Some((person, _)) = what.rsplit_once("  ")
    {
        what = person.to_owned();
    }
    writeln!(out, "  {style}{}{style:#}{why}", clip(&what, room))
}
