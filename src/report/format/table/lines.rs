//! Lines on a terminal: wrapped, indented and coloured.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use crate::report::look::Look;
use crate::report::page::{Cell, Item, Mark};
use crate::text::wrap::pieces;

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
const RED: Style = AnsiColor::Red.on_default();
const GREEN: Style = AnsiColor::Green.on_default();
const YELLOW: Style = AnsiColor::Yellow.on_default();

/// Returns the style of a meaning.
pub(super) fn style(mark: Mark) -> Style {
    match mark {
        Mark::Plain | Mark::Code => Style::new(),
        Mark::Strong => BOLD,
        Mark::Good => GREEN,
        Mark::Care => YELLOW,
        Mark::Bad => RED,
        Mark::Quiet => DIM,
    }
}

/// Writes `text` in `style`, wrapped to the width at white space, every line indented by `indent`.
pub(super) fn line(
    out: &mut dyn Write,
    style: Style,
    indent: usize,
    text: &str,
    look: Look<'_>,
) -> io::Result<()> {
    let room = look.width.saturating_sub(indent).max(20);
    let mut current = String::new();
    let mut lines = Vec::new();
    // A hanging line still fits.
    let most = room.saturating_sub(2);
    for word in text.split(' ').flat_map(|word| pieces(word, most)) {
        // All lines but the first hang.
        let room = if lines.is_empty() { room } else { room - 2 };
        if !current.is_empty() && current.width() + 1 + word.width() > room {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    lines.push(current);
    for (number, line) in lines.iter().enumerate() {
        let hang = if number == 0 { indent } else { indent + 2 };
        writeln!(out, "{:hang$}{style}{line}{style:#}", "")?;
    }
    Ok(())
}

/// Writes a text in the style of its meaning.
pub(super) fn cell(out: &mut dyn Write, indent: usize, cell: &Cell, look: Look<'_>) -> io::Result<()> {
    line(out, style(cell.mark), indent, &cell.text(), look)
}

/// Writes an entry, and below it what belongs to it, indented more.
pub(super) fn item(out: &mut dyn Write, indent: usize, item: &Item, look: Look<'_>) -> io::Result<()> {
    cell(out, indent, &item.what, look)?;
    item.under.iter().try_for_each(|under| cell(out, indent + 2, under, look))
}

/// Writes entries.
pub(super) fn items(
    out: &mut dyn Write,
    indent: usize,
    items: impl IntoIterator<Item = Item>,
    look: Look<'_>,
) -> io::Result<()> {
    items.into_iter().try_for_each(|one| item(out, indent, &one, look))
}

/// Writes a heading with the number of entries, and the entries; nothing where there are none.
pub(super) fn section(
    out: &mut dyn Write,
    title: &str,
    entries: impl IntoIterator<Item = Item>,
    look: Look<'_>,
) -> io::Result<()> {
    let entries: Vec<Item> = entries.into_iter().collect();
    heading(out, title, entries.len())?;
    items(out, 4, entries, look)
}

/// Writes the heading of a section with the number of its entries; nothing where there are none.
pub(super) fn heading(out: &mut dyn Write, title: &str, entries: usize) -> io::Result<()> {
    if entries == 0 {
        return Ok(());
    }
    writeln!(out, "\n  {BOLD}{title}{BOLD:#}  {entries}")
}

/// Gives the columns of a table widths that depend on the terminal alone, so that all tables line up. Returns its lines.
pub(super) fn lay_out(table: &mut Table, columns: &[usize]) -> Vec<String> {
    let columns = columns.iter().map(|width| u16::try_from(*width).unwrap_or(u16::MAX));
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(columns.clone().sum());
    table.set_constraints(columns.map(|width| ColumnConstraint::Absolute(Width::Fixed(width))));
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// Returns `text` cut to `room` columns, with a sign where something is missing.
pub(super) fn clip(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut filled = 1;
    for c in text.chars() {
        filled += c.width().unwrap_or(0);
        if filled > room {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}
