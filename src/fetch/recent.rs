//! Readings of 365 that lag behind what crsync wrote there itself. Taken as they are, the older values would go back
//! to the other sides, to be replaced again by the next run.

use std::collections::BTreeMap;
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
    let mut done: BTreeMap<String, Reading<Arc<TenantSide>>> = BTreeMap::new();
    for company in companies {
        // Companies that share a tenant go on sharing it.
        let tenant = done.entry(company.tenant_id.clone()).or_insert_with(|| mended(&company.tenant, recent));
        company.tenant = tenant.clone();
    }
}

fn mended(tenant: &Reading<Arc<TenantSide>>, recent: &[RecentWrite]) -> Reading<Arc<TenantSide>> {
    let Reading::Complete(side) = tenant else { return tenant.clone() };
    let mut by_user: BTreeMap<&Id, Vec<&RecentWrite>> = BTreeMap::new();
    for write in recent {
        by_user.entry(&write.user).or_default().push(write);
    }
    if !side.users.items().iter().any(|user| by_user.contains_key(&user.id)) {
        return tenant.clone();
    }
    let users = side.users.clone().map(|mut user| {
        for write in by_user.get(&user.id).into_iter().flatten() {
            write.make_up_for(&mut user.fields);
        }
        user
    });
    Reading::Complete(Arc::new(TenantSide { tenant: side.tenant.clone(), users }))
}
