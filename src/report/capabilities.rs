//! What each PSA can serve.

use super::page::{Cell, Mark, Page, Part, Sheet, Table};
use crate::model::{Capabilities, Row, Support};

/// What the signs of the matrix mean.
pub(super) const SIGNS: &str =
    "✓ served   - not offered by the PSA   ? believed to work, checked at run time";

/// Returns where the facts are.
pub(super) fn where_facts_are(tables: &[&Capabilities]) -> String {
    let first = tables.first().map_or("PSA", |table| table.id);
    format!("The facts behind a column: crsync capabilities --psa {first}")
}

/// Returns the sign of the matrix.
pub(super) fn sign(support: Support) -> &'static str {
    match support {
        Support::Supported => "✓",
        Support::Unsupported => "-",
        Support::Unverified => "?",
    }
}

/// Returns the matrix, or one PSA's rows with the facts behind them.
pub(super) fn page(tables: &[&Capabilities]) -> Page {
    let (head, rows) = if let [one] = tables {
        (vec!["row", "", one.name], facts(one))
    } else {
        let head = ["#", "row"].into_iter().chain(tables.iter().map(|table| table.name));
        (head.collect(), matrix(tables))
    };
    let table = Table { head: head.into_iter().map(ToOwned::to_owned).collect(), rows };
    // A page of the documentation holds this as Markdown, and explains the signs itself.
    let signs = Part::Aside("The signs".to_owned(), vec![Part::Note(Cell::plain(SIGNS))]);
    let parts = vec![Part::Table(table), signs];
    Page { title: "What each PSA can serve".to_owned(), is_titled: false, parts }
}

fn mark(support: Support) -> Mark {
    match support {
        Support::Supported => Mark::Good,
        Support::Unsupported => Mark::Quiet,
        Support::Unverified => Mark::Care,
    }
}

fn matrix(tables: &[&Capabilities]) -> Vec<Vec<Cell>> {
    let row = |row: Row| {
        let signs = tables.iter().map(|table| table.of(row).0);
        let signs = signs.map(|support| Cell::new(mark(support), sign(support)));
        let first = [Cell::plain(row.number().to_string()), Cell::new(Mark::Code, row.id())];
        first.into_iter().chain(signs).collect()
    };
    Row::ALL.into_iter().map(row).collect()
}

fn facts(one: &Capabilities) -> Vec<Vec<Cell>> {
    let row = |row: Row| {
        let (support, fact) = one.of(row);
        vec![Cell::new(Mark::Code, row.id()), Cell::new(mark(support), sign(support)), Cell::plain(fact)]
    };
    Row::ALL.into_iter().map(row).collect()
}

/// The names of the columns.
const HEAD: [&str; 6] = ["psa", "name", "number", "row", "support", "fact"];

/// Returns every PSA's rows.
pub(super) fn sheet(tables: &[&Capabilities]) -> Sheet {
    let of = |table: &&Capabilities| {
        let row = |row: Row| {
            let (support, fact) = table.of(row);
            let support = match support {
                Support::Supported => "supported",
                Support::Unsupported => "unsupported",
                Support::Unverified => "unverified",
            };
            let number = row.number().to_string();
            [table.id, table.name, &number, row.id(), support, fact].map(ToOwned::to_owned).to_vec()
        };
        Row::ALL.map(row)
    };
    Sheet { head: HEAD.to_vec(), rows: tables.iter().flat_map(of).collect() }
}
