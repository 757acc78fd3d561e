//! A change in words: the record, every field with before and after, and why.

use super::leaving;
use super::look::Look;
use super::page::{Cell, Mark, Table};
use super::words::{self, clean, join};
use crate::model::Row;
use crate::plan::{Action, Change, FieldChange, Namesakes};

/// Returns what an action means to the reader.
pub(super) fn mark(action: Action) -> Mark {
    match action {
        Action::Create => Mark::Good,
        Action::Update => Mark::Plain,
        Action::Reactivate => Mark::Care,
        Action::Deactivate => Mark::Bad,
    }
}

/// Returns the record of a change, and what proves whose it is: `contact 2001, same email`.
pub(super) fn record(change: &Change, look: Look<'_>) -> String {
    let id = change.record.id.as_ref().filter(|id| look.shows(id));
    let id = id.map(|id| format!(" {id}")).unwrap_or_default();
    let record = format!("{}{id}", change.record.kind.noun());
    join(std::iter::once(record).chain(proof(change).map(ToOwned::to_owned)), ", ")
}

/// Returns what proves whose the record is.
pub(super) fn proof(change: &Change) -> Option<&'static str> {
    change.evidence.iter().find(|evidence| evidence.decided).map(|evidence| evidence.kind.words())
}

/// Returns where a field's value comes from, and what was done to it.
pub(super) fn why(field: &FieldChange, look: Look<'_>) -> String {
    let source = match field.row {
        Row::SelfService => "asked for".to_owned(),
        _ => format!("from {}", look.side(field.source)),
    };
    let parts = [source, field.note.as_deref().map(clean).unwrap_or_default()];
    join(parts.into_iter().filter(|part| !part.is_empty()), "; ")
}

/// Returns the records of nearly the same name beside which a new one is made, and the next step.
pub(super) fn beside(Namesakes { records, next }: &Namesakes) -> Vec<Cell> {
    let record = |one: &crate::plan::Candidate| {
        let state = if one.active == Some(false) { " (inactive)" } else { "" };
        let (noun, id) = (words::noun(one.side), clean(one.id.as_str()));
        let text = format!("beside {noun} {id}{state} of nearly the same name: {}", words::person(&one.who));
        Cell::new(Mark::Care, text)
    };
    records.iter().map(record).chain([Cell::new(Mark::Quiet, format!("next: {}", clean(next)))]).collect()
}

/// The names of the columns of [`row`].
pub(super) const HEAD: [&str; 4] = ["action", "person", "record", "changes"];

/// Returns the changes as a table, one row each.
pub(super) fn table<'c>(changes: impl Iterator<Item = &'c Change>, look: Look<'_>) -> Table {
    let head = HEAD.map(ToOwned::to_owned).to_vec();
    Table { head, rows: changes.map(|change| row(change, look)).collect() }
}

/// Returns a change as a row of a table.
pub(super) fn row(change: &Change, look: Look<'_>) -> Vec<Cell> {
    let creating = change.action == Action::Create;
    let field = |one: &FieldChange| {
        format!("{}: {} ({})", one.field, words::transition(one, creating), why(one, look))
    };
    let beside = change.namesakes.iter().flat_map(beside).flat_map(|cell| cell.lines);
    let lines = change.fields.iter().map(field).chain(beside).collect();
    vec![
        Cell::new(mark(change.action), change.action.name()),
        Cell::plain(match leaving::reason(change) {
            Some(reason) => format!("{}, {reason}", words::person(&change.who)),
            None => words::person(&change.who),
        }),
        Cell::new(Mark::Quiet, record(change, look)),
        Cell { mark: Mark::Plain, lines },
    ]
}
