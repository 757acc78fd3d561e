//! A change: the record on one line, then a line for each field.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::Table;
use unicode_width::UnicodeWidthStr as _;

use super::lines::{DIM, cell, clip, heading, lay_out, line, style};
use crate::plan::{Action, Change};
use crate::report::change::{beside, mark, record, why};
use crate::report::leaving;
use crate::report::look::Look;
use crate::report::words;

const CYAN: Style = AnsiColor::Cyan.on_default();

/// Columns that the fields of a change are indented by.
const INDENT: usize = 6;

/// Columns of a field's name.
const FIELD: usize = 17;

/// Writes a change; `reason` says why a person leaves.
pub(super) fn change(
    out: &mut dyn Write,
    change: &Change,
    reason: Option<&str>,
    look: Look<'_>,
) -> io::Result<()> {
    let style = if change.action == Action::Update { CYAN } else { style(mark(change.action)) };
    let aside = record(change, look);
    let room = look.width.saturating_sub(4 + change.action.name().len() + aside.width() + 4);
    let person = words::person(&change.who);
    // Beside the person if there is room, else below.
    let (cause, below) = match reason {
        Some(reason) if person.width() + 2 + reason.width() <= room => (format!("{reason}, "), None),
        other => (String::new(), other),
    };
    let who = clip(&person, room.max(20));
    writeln!(out, "  {style}{}{style:#}  {who}  {cause}{DIM}{aside}{DIM:#}", change.action)?;
    if let Some(reason) = below {
        line(out, Style::new(), INDENT, reason, look)?;
    }
    let mut table = Table::new();
    for field in &change.fields {
        let creating = change.action == Action::Create;
        table.add_row([field.field.name().to_owned(), words::transition(field, creating), why(field, look)]);
    }
    let room = look.width.saturating_sub(INDENT).clamp(40, 200);
    let wide = (room - FIELD) * 3 / 5;
    let lines = lay_out(&mut table, &[FIELD, wide, room - FIELD - wide]);
    lines.iter().try_for_each(|line| writeln!(out, "{:INDENT$}{}", "", line))?;
    let beside = change.namesakes.iter().flat_map(beside);
    beside.into_iter().try_for_each(|text| cell(out, INDENT, &text, look))
}

/// Writes changes under a heading that counts them; nothing where there are none.
pub(super) fn section(
    out: &mut dyn Write,
    title: &str,
    changes: &[Change],
    look: Look<'_>,
) -> io::Result<()> {
    heading(out, title, changes.len())?;
    changes.iter().try_for_each(|one| change(out, one, leaving::reason(one), look))
}
