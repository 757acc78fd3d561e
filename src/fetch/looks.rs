//! Looks at the 365 users who seem to have left, by their ids: nothing where none does.

use std::collections::BTreeMap;

use super::TENANTS_AT_ONCE;
use crate::model::{Id, Looks};
use crate::reconcile::{Linked, LookWanted};
use crate::side::{LookUp, each};

/// Returns what looks at all users showed that planning has to be sure of. A user who cannot be looked at is no failure:
/// the look says so in its place.
pub fn looks(tenants: &dyn LookUp, linked: &Linked<'_>) -> Looks {
    let mut wanted: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for LookWanted { tenant, user } in linked.looks_wanted() {
        wanted.entry(tenant).or_default().push(user);
    }
    let wanted: Vec<(&str, Vec<Id>)> = wanted.into_iter().collect();
    let seen = each(&wanted, TENANTS_AT_ONCE, |(tenant, users)| tenants.look(tenant, users));
    let mut looks = Looks::default();
    for ((tenant, _), seen) in wanted.into_iter().zip(seen) {
        looks.add(tenant, seen);
    }
    looks
}
