//! What the steps of a plan cost in HaloPSA.

use std::collections::BTreeSet;

use super::session::Session;
use super::wire::PAGE;
use crate::model::{Id, RecordKind};
use crate::side::Step;

/// Returns how many requests the steps take.
pub(super) fn requests(session: &Session, steps: &[Step]) -> usize {
    let mut located = BTreeSet::new();
    steps.iter().map(|step| one(session, step, &mut located)).sum()
}

fn one<'s>(session: &Session, step: &'s Step, located: &mut BTreeSet<&'s Id>) -> usize {
    match step {
        // Each record by itself.
        Step::Reread { ids, new, .. } => ids.len() + new,
        // What rows do not say was asked for when they were read.
        Step::Find { kind: RecordKind::Contact, size, .. } => size.all().div_ceil(PAGE).max(1),
        Step::Find { .. } => 0,
        Step::Write { kind: RecordKind::Contact, company, ids, writes, .. } if ids.is_empty() => {
            // The client's main site, which a user cannot be made without.
            let is_known = company.number().is_some_and(|client| session.site(client).is_some());
            writes.len() + usize::from(!is_known && located.insert(company))
        }
        step => step.usual(),
    }
}
