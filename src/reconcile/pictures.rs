//! Whose pictures are wanted, before anything is known of them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::linked::LinkedCompany;
use crate::model::{Id, Row};

/// A user whose picture is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureWanted<'a> {
    /// The user's tenant, by its id in the configuration.
    pub tenant: &'a str,
    /// The user.
    pub user: Id,
    /// How long a reading of the picture counts.
    pub refresh: Duration,
}

/// Returns the users in scope of the companies that keep pictures, by their ids. A user in scope of several companies,
/// which share the tenant then, is listed once, with the shortest of their times.
pub(crate) fn wanted<'a: 'b, 'b>(
    companies: impl Iterator<Item = &'b LinkedCompany<'a>>,
) -> Vec<PictureWanted<'a>> {
    let mut wanted: BTreeMap<&Id, PictureWanted<'a>> = BTreeMap::new();
    for LinkedCompany { view, scope, .. } in companies {
        if !view.policy.pictures || !view.on(Row::UserDetails) {
            continue;
        }
        let refresh = view.policy.picture_refresh;
        let in_scope = view.users.iter().zip(&scope.users).filter(|(_, out)| out.is_none());
        for (user, _) in in_scope {
            let tenant = &view.own.tenant_id;
            let want = PictureWanted { tenant, user: user.id.clone(), refresh };
            let known = wanted.entry(&user.id).or_insert(want);
            known.refresh = known.refresh.min(refresh);
        }
    }
    wanted.into_values().collect()
}
