//! Records that contradict each other.

use std::collections::BTreeSet;

use crate::model::Side;
use crate::plan::{Conflict, Evidence};
use crate::reconcile::input::View;

/// The next step of every conflict.
pub(crate) const NEXT: &str = "run `crsync match --resolve` to decide, or correct the records";

/// Records that contradict each other.
#[derive(Debug)]
pub(crate) struct Clash {
    pub(crate) reason: String,
    pub(crate) records: BTreeSet<(Side, usize)>,
    pub(crate) evidence: Vec<Evidence>,
    pub(crate) next: String,
}

impl Clash {
    /// More records, and what they hold against the others.
    pub(crate) fn extend(&mut self, records: BTreeSet<(Side, usize)>, evidence: Vec<Evidence>) {
        self.records.extend(records);
        self.evidence.extend(evidence);
        self.evidence.sort();
        self.evidence.dedup();
    }
}

pub(crate) fn conflict(view: &View<'_>, clash: Clash) -> Conflict {
    let mut candidates: Vec<_> =
        clash.records.into_iter().map(|(side, index)| view.candidate(side, index)).collect();
    candidates.sort();
    Conflict { reason: clash.reason, candidates, evidence: clash.evidence, next: clash.next }
}
