//! Readings of 365 that lag behind what crsync wrote there itself. Taken as they are, the older values would go back
//! to the other sides, to be replaced again by the next run.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::model::{Id, Reading, TenantSide};
use crate::reconcile::CompanyInput;
use crate::state::RecentWrite;

/// Puts what was written in the place of what was there before it, for users that a reading shows as they were.
/// Any other value is newer than the write, and stays.
pub(super) fn make_up_for(companies: &mut [CompanyInput], recent: &[RecentWrite]) {
    if recent.is_empty() {
        return;
    }
    let mut done: HashMap<*const TenantSide, Arc<TenantSide>> = HashMap::new();
    for company in companies {
        let Reading::Complete(side) = &mut company.tenant else { continue };
        // Companies that share one reading go on sharing it. Of one tenant there can be several: each company sees it
        // by its own settings, and can name it by its id or by a domain.
        *side = Arc::clone(done.entry(Arc::as_ptr(side)).or_insert_with(|| mended(side, recent)));
    }
}

fn mended(side: &Arc<TenantSide>, recent: &[RecentWrite]) -> Arc<TenantSide> {
    let mut by_user: BTreeMap<&Id, Vec<&RecentWrite>> = BTreeMap::new();
    for write in recent {
        by_user.entry(&write.user).or_default().push(write);
    }
    if !side.users.items().iter().any(|user| by_user.contains_key(&user.id)) {
        return Arc::clone(side);
    }
    let users = side.users.clone().map(|mut user| {
        for write in by_user.get(&user.id).into_iter().flatten() {
            write.make_up_for(&mut user.fields);
        }
        user
    });
    Arc::new(TenantSide { tenant: side.tenant.clone(), users })
}
