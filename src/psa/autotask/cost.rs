//! What the steps of a plan cost in Autotask.

use super::lookup::searches;
use super::session::Session;
use super::wire::IDS;
use crate::side::Step;

/// Returns how many requests the step takes.
pub(super) fn requests(session: &Session, step: &Step) -> usize {
    match step {
        Step::Reread { ids, new, .. } => (ids.len() + new).div_ceil(IDS),
        Step::Find { keys, .. } => searches(session, keys),
        step => step.usual(),
    }
}
