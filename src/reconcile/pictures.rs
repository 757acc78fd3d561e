//! Whose pictures are wanted, before anything is known of them.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::{Id, Row};

use super::scope;
use super::view::View;
use super::{CompanyInput, Input};

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

/// The users in scope of all companies that keep pictures, by their ids. A user in scope of several
/// companies, which share the tenant then, is listed once, with the shortest of their times.
pub fn pictures_wanted<'a>(input: &'a Input<'a>) -> Vec<PictureWanted<'a>> {
    let on = |company: &&CompanyInput| {
        let policy = &company.policy;
        policy.pictures
            && policy.rows.contains(&Row::UserDetails)
            && input.capabilities.serves(Row::UserDetails)
    };
    let mut wanted: BTreeMap<Id, PictureWanted<'a>> = BTreeMap::new();
    for want in input.companies.iter().filter(on).flat_map(|company| of_company(input, company)) {
        let known = wanted.entry(want.user.clone()).or_insert_with(|| want.clone());
        known.refresh = known.refresh.min(want.refresh);
    }
    wanted.into_values().collect()
}

fn of_company<'a>(input: &'a Input<'a>, company: &'a CompanyInput) -> Vec<PictureWanted<'a>> {
    let Some(view) = View::new(input, company) else { return Vec::new() };
    // A company whose settings cannot be understood is not planned either.
    let Ok(scope) = scope::scope(&view) else { return Vec::new() };
    let in_scope = view.users.iter().zip(&scope.users).filter(|(_, out)| out.is_none());
    let wanted = in_scope.map(|(user, _)| PictureWanted {
        tenant: &company.tenant_id,
        user: user.id.clone(),
        refresh: company.policy.picture_refresh,
    });
    wanted.collect()
}
