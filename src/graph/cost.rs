//! What the steps of a plan cost in Microsoft Graph.

use super::lookup::BATCH;
use crate::side::Step;

/// Returns how many requests the step takes.
pub(super) fn requests(step: &Step) -> usize {
    match step {
        Step::Reread { ids, new, .. } => (ids.len() + new).div_ceil(BATCH),
        Step::Look { users } => users.div_ceil(BATCH),
        Step::Write { .. } => 1,
        step => step.usual(),
    }
}
