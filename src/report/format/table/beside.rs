//! The records of a question side by side: the fields that differ, when each was last changed, whether it is active.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::Style;

use super::lines::{BOLD, DIM, clip, line};
use crate::model::Field;
use crate::plan::{Beside, Candidate};
use crate::report::look::Look;
use crate::report::words::{noun, shown};

/// Columns of the name of a field.
const NAME: usize = 13;

/// Columns that the table is indented by.
const INDENT: usize = 5;

/// The fewest columns of a record.
const LEAST: usize = 15;

/// Writes what differs between the records; `held` is what the sides hold of them, in the same order.
pub(super) fn beside(
    out: &mut dyn Write,
    records: &[&Candidate],
    held: &[Beside],
    look: Look<'_>,
) -> io::Result<()> {
    let room = look.width.saturating_sub(INDENT + NAME);
    let fitting = (room / (LEAST + 2)).max(1);
    let pairs: Vec<(&Candidate, &Beside)> = records.iter().copied().zip(held).take(fitting).collect();
    if pairs.len() < 2 {
        return Ok(());
    }
    let width = (room / pairs.len()).saturating_sub(2).max(LEAST);
    let mut row = |style: Style, name: &str, cells: Vec<String>| {
        let cells = cells.iter().map(|cell| padded(&clip(cell, width), width)).collect::<Vec<_>>().join("  ");
        let text = format!("{}{cells}", padded(name, NAME));
        writeln!(out, "{:INDENT$}{style}{}{style:#}", "", text.trim_end())
    };
    let heads = (1..).zip(&pairs).map(|(number, (one, _))| format!("{number}  {}", noun(one.side)));
    row(BOLD, "", heads.collect())?;
    for field in differing(&pairs) {
        let cells = pairs.iter().map(|(_, of)| of.fields.get(&field).map_or_else(absent, |text| shown(text)));
        row(Style::new(), field.name(), cells.collect())?;
    }
    let modified = pairs.iter().map(|(_, of)| of.modified.as_deref().map_or_else(absent, changed));
    if pairs.iter().any(|(_, of)| of.modified.is_some()) {
        row(Style::new(), "last change", modified.collect())?;
    }
    let active = pairs.iter().map(|(one, _)| match one.active {
        Some(true) => "yes".to_owned(),
        Some(false) => "no".to_owned(),
        None => absent(),
    });
    row(Style::new(), "active", active.collect())?;
    match records.len().saturating_sub(pairs.len()) {
        0 => Ok(()),
        more => line(
            out,
            DIM,
            INDENT,
            &format!("and {more} more; a wider terminal shows more beside each other"),
            look,
        ),
    }
}

/// Returns the fields that not all records hold alike; one that a side does not have says nothing.
fn differing(pairs: &[(&Candidate, &Beside)]) -> Vec<Field> {
    let fields: BTreeSet<Field> = pairs.iter().flat_map(|(_, of)| of.fields.keys().copied()).collect();
    let differs = |field: &Field| {
        let mut held = pairs.iter().filter_map(|(_, of)| of.fields.get(field));
        let first = held.next();
        first.is_some_and(|first| held.any(|other| !field.same(first, other)))
    };
    fields
        .into_iter()
        .filter(|field| *field != Field::Active && !field.is_secret() && differs(field))
        .collect()
}

fn absent() -> String {
    "-".to_owned()
}

/// Returns a point in time as a service spells it, to the minute. The first year of all means none.
fn changed(text: &str) -> String {
    if text.starts_with("0001-") {
        return absent();
    }
    let text = shown(text).replacen('T', " ", 1);
    text.get(..16).map_or(text.clone(), ToOwned::to_owned)
}

/// Returns the text with spaces up to so many columns.
fn padded(text: &str, width: usize) -> String {
    use unicode_width::UnicodeWidthStr as _;
    format!("{text}{:1$}", "", width.saturating_sub(text.width()))
}
