//! What the account of the configured PSA can do with what is switched on: its rights as a matrix, and its fields.

use super::fields;
use super::look::Look;
use super::page::{Cell, Mark, Page, Part, Sheet, Table};
use super::words::{clean, join};
use crate::model::Held;
use crate::plan::{FieldState, RightState};

/// Returns what is said where the PSA tells no rights.
pub(super) fn none(look: Look<'_>) -> String {
    format!("{} does not tell the rights of its user.", look.psa)
}

fn mark(held: Held) -> Mark {
    match held {
        Held::Yes => Mark::Good,
        Held::Partly => Mark::Care,
        Held::Unknown => Mark::Quiet,
        Held::No => Mark::Bad,
    }
}

/// Returns the rights as a table: what each is for, and whether the account has it.
pub(super) fn matrix(rights: &[RightState]) -> Table {
    let row = |right: &RightState| {
        let RightState { right, rows, held, reason, next } = right;
        let rows = join(rows.iter().map(ToString::to_string), ", ");
        let said = join([reason, next].into_iter().flatten().cloned(), "; ");
        let cells =
            [Cell::new(mark(*held), held.name()), Cell::plain(clean(right)), Cell::new(Mark::Code, rows)];
        cells.into_iter().chain([Cell::plain(clean(&said))]).collect()
    };
    let head = ["held", "right", "for", "next"].map(ToOwned::to_owned).to_vec();
    Table { head, rows: rights.iter().map(row).collect() }
}

/// Returns rights and fields for people.
pub(super) fn page(rights: &[RightState], states: &[FieldState], look: Look<'_>) -> Page {
    let of_rights =
        if rights.is_empty() { Part::Note(Cell::plain(none(look))) } else { Part::Table(matrix(rights)) };
    let of_fields = fields::page(states, look).parts;
    let parts = std::iter::once(of_rights).chain(Part::section(1, "Fields", of_fields)).collect();
    Page { title: format!("Rights in {}", look.psa), is_titled: true, parts }
}

/// The names of the columns.
const HEAD: [&str; 6] = ["psa", "right", "rows", "held", "reason", "next"];

/// Returns the rights as rows.
pub(super) fn sheet(psa: &str, rights: &[RightState]) -> Sheet {
    let row = |one: &RightState| {
        let RightState { right, rows, held, reason, next } = one;
        let rows = join(rows.iter().map(ToString::to_string), ", ");
        let more = [reason, next].map(|text| clean(text.as_deref().unwrap_or_default()));
        [psa, right, &rows, held.name()].into_iter().map(clean).chain(more).collect()
    };
    Sheet { head: HEAD.to_vec(), rows: rights.iter().map(row).collect() }
}
