//! What the steps of a plan cost in ConnectWise PSA.

use super::{ConnectWise, convert, items, lookup};
use crate::model::{Field, Fields, Id, RecordKind, Udf};
use crate::side::Step;

const PIN: Field = Field::Udf(Udf::SupportPin);

/// A note is looked for, and written.
const NOTE: usize = 2;

/// Returns how many requests the step takes.
pub(super) fn requests(connectwise: &ConnectWise, step: &Step) -> usize {
    match step {
        Step::Reread { kind, company, ids, .. } => {
            // A new record is shown by the answer to the request that makes it.
            let ids: Vec<i64> = ids.iter().filter_map(Id::number).collect();
            lookup::lists(&connectwise.session, *kind, convert::number(company).unwrap_or_default(), &ids)
        }
        Step::Find { company, keys, .. } => {
            let company = convert::number(company).unwrap_or_default();
            lookup::searches_of(&connectwise.session, company, &connectwise.searched(keys))
        }
        Step::Write { kind: RecordKind::Contact, ids, writes, .. } => {
            writes.iter().map(|fields| if ids.is_empty() { create(fields) } else { update(fields) }).sum()
        }
        step => step.usual(),
    }
}

/// Returns the requests that make a contact: one, and those for its PIN, which is written after it.
fn create(fields: &Fields) -> usize {
    let pin = fields.secret(PIN).is_some_and(|pin| !pin.expose().is_empty());
    1 + if pin { NOTE + 1 } else { 0 }
}

/// Returns the requests that change a contact: a patch, one for each address and number, and those for the note.
fn update(fields: &Fields) -> usize {
    let items = items_of(fields);
    let patch = usize::from(fields.exposed().count() > items);
    let note = if fields.secret(PIN).is_some() { NOTE } else { 0 };
    patch + items + note
}

/// Returns whether the last answer to a write shows the whole record: that to the request for an address or a number
/// shows nothing else.
pub(super) fn shows(new: bool, fields: &Fields) -> bool {
    new || items_of(fields) == 0
}

fn items_of(fields: &Fields) -> usize {
    fields.iter().filter(|(field, _)| items::FIELDS.contains(field)).count()
}
