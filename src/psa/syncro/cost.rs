//! What the steps of a plan cost in Syncro.

use super::session::Session;
use crate::model::RecordKind;
use crate::side::{Size, Step};

/// Returns how many requests the step takes.
pub(super) fn requests(session: &Session, step: &Step) -> usize {
    match step {
        Step::Reread { kind, ids, new, size, .. } => reread(session, *kind, ids.len() + new, *size),
        Step::Find { kind: RecordKind::Contact, size, .. } => pages(session, *size),
        Step::Find { .. } => 0,
        step => step.usual(),
    }
}

/// Returns how many requests it takes to read records again: several contacts come from the company's listing, where
/// its first page says that it is short enough.
fn reread(session: &Session, kind: RecordKind, records: usize, size: Size) -> usize {
    let pages = pages(session, size);
    match () {
        () if kind != RecordKind::Contact || records < 2 => records,
        () if pages > records => 1 + records,
        () => pages,
    }
}

/// Returns how many pages a company's contacts take; how many are on one is the service's to say.
fn pages(session: &Session, size: Size) -> usize {
    session.contacts_on_a_page().map_or(1, |on_a_page| size.all().div_ceil(on_a_page).max(1))
}
