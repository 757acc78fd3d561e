//! `crsync capabilities`: what each PSA can serve.

use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde::Serialize;

use super::args::{Format, Globals};
use super::exit;
use super::io::Io;
use crate::error::Result;
use crate::model::{Capabilities, Row, Support};
use crate::psa;

/// Flags of `capabilities`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {}

/// One PSA as a program reads it.
#[derive(Serialize)]
struct PsaRows<'a> {
    psa: &'a str,
    name: &'a str,
    rows: Vec<RowOf<'a>>,
}

#[derive(Serialize)]
struct RowOf<'a> {
    number: usize,
    row: Row,
    support: Support,
    fact: &'a str,
}

/// Shows the matrix, or with `--psa` one PSA's rows with the facts behind them.
///
/// # Errors
/// A PSA that is not known, or output that cannot be written.
pub(super) fn run(_: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    let tables: Vec<&'static Capabilities> = match &globals.psa {
        Some(id) => vec![psa::find(id)?],
        None => psa::registry().to_vec(),
    };
    let text = match (globals.format, tables.as_slice()) {
        (Format::Json, _) => json(&tables).map_err(|error| exit::output_error(error.into()))?,
        (Format::Markdown, _) => markdown(&tables),
        (Format::Table, [one]) => facts(one, io.width()),
        (Format::Table, _) => matrix(&tables),
    };
    io.results(text.as_bytes())?;
    Ok(exit::CLEAN)
}

fn sign(support: Support) -> &'static str {
    match support {
        Support::Supported => "✓",
        Support::Unsupported => "-",
        Support::Unverified => "?",
    }
}

fn matrix(tables: &[&Capabilities]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let head = ["#", "row"].into_iter().chain(tables.iter().map(|table| table.name));
    table.set_header(head);
    for row in Row::ALL {
        let signs = tables.iter().map(|table| sign(table.of(row).0).to_owned());
        table.add_row([row.number().to_string(), row.to_string()].into_iter().chain(signs));
    }
    trimmed(&table)
        + "\n✓ served   - not offered by the PSA   ? believed to work, checked at run time\nThe facts behind a column: crsync capabilities --psa autotask\n"
}

fn facts(one: &Capabilities, width: usize) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table.set_header(["row", "", one.name]);
    for row in Row::ALL {
        let (support, fact) = one.of(row);
        table.add_row([row.id(), sign(support), fact]);
    }
    table.set_constraints([
        ColumnConstraint::ContentWidth,
        ColumnConstraint::ContentWidth,
        ColumnConstraint::UpperBoundary(Width::Fixed(
            u16::try_from(width.saturating_sub(30)).unwrap_or(u16::MAX),
        )),
    ]);
    trimmed(&table)
}

/// The table's lines without blanks at their ends.
fn trimmed(table: &Table) -> String {
    table.lines().fold(String::new(), |text, line| text + line.trim_end() + "\n")
}

fn markdown(tables: &[&Capabilities]) -> String {
    let names: Vec<&str> = tables.iter().map(|table| table.name).collect();
    let mut lines =
        vec![format!("| # | row | {} |\n|--|--|{}\n", names.join(" | "), "--|".repeat(names.len()))];
    for row in Row::ALL {
        let signs: Vec<&str> = tables.iter().map(|table| sign(table.of(row).0)).collect();
        lines.push(format!("| {} | `{row}` | {} |\n", row.number(), signs.join(" | ")));
    }
    lines.concat()
}

fn json(tables: &[&'static Capabilities]) -> serde_json::Result<String> {
    let rows = |table: &'static Capabilities| {
        Row::ALL
            .into_iter()
            .map(|row| {
                let (support, fact) = table.of(row);
                RowOf { number: row.number(), row, support, fact }
            })
            .collect()
    };
    let psas: Vec<PsaRows<'_>> =
        tables.iter().map(|table| PsaRows { psa: table.id, name: table.name, rows: rows(table) }).collect();
    let document = serde_json::json!({"schema": "crsync.capabilities/1", "psas": psas});
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}
