//! What the steps of a plan cost in HaloPSA.

use std::collections::BTreeSet;

use super::session::Session;
use super::wire::PAGE;
use crate::model::{Id, RecordKind};
use crate::side::Step;

/// Returns how many requests the steps take.
pub(super) fn requests(session: &Session, steps: &[Step]) -> usize {
    let mut so_far = SoFar::default();
    steps.iter().map(|step| one(session, step, &mut so_far)).sum()
}

/// What earlier steps make known.
#[derive(Default)]
struct SoFar<'s> {
    /// The clients whose main site was asked for.
    located: BTreeSet<&'s Id>,
    /// The users whose own records came as the answer to a write, or were asked for by a search.
    whole: BTreeSet<i64>,
}

fn one<'s>(session: &Session, step: &'s Step, so_far: &mut SoFar<'s>) -> usize {
    match step {
        // Each record by itself.
        Step::Reread { ids, new, .. } => ids.len() + new,
        // A search asks for the own records that nothing before it did, and for each id where it rests on older ones.
        Step::Find { kind: RecordKind::Contact, company, keys, size } => {
            let search = company.number().map(|client| session.search(client)).unwrap_or_default();
            let further = search.unasked.difference(&so_far.whole).count();
            so_far.whole.extend(search.unasked);
            let ids = if search.asks_ids && session.searches_ids() { keys.user_ids.len() } else { 0 };
            size.all().div_ceil(PAGE).max(1) + further + ids
        }
        Step::Find { .. } => 0,
        Step::Write { kind: RecordKind::Contact, company, ids, writes, .. } if ids.is_empty() => {
            // The client's main site, which a user cannot be made without, and whose it is.
            let is_first = so_far.located.insert(company);
            let of = |knows: fn(&Session, i64) -> bool| {
                usize::from(is_first && !company.number().is_some_and(|client| knows(session, client)))
            };
            let located = of(|session, client| session.site(client).is_some());
            writes.len() + located + of(Session::owns_site)
        }
        Step::Write { kind: RecordKind::Contact, ids, .. } => {
            so_far.whole.extend(ids.iter().filter_map(Id::number));
            step.usual()
        }
        step => step.usual(),
    }
}
