//! Reading companies and users.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;

use super::companies::{self, Companies, missing};
use super::filter::{COMPANIES_PER_FILTER, of_companies};
use super::listing::{USERS, converted, count, pages};
use super::wire::User;
use super::{CloudRadial, convert, details};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, DetailsSide, Id, PortalSide, PortalUser, Reading};
use crate::side::{PortalReading, PortalRequest, try_each};

/// Reads all companies asked for.
pub(super) fn portal(portal: &CloudRadial, request: &PortalRequest) -> Result<PortalReading> {
    let ids = &request.companies;
    let (companies, details, users) = thread::scope(|scope| {
        let companies = scope.spawn(|| companies::companies(portal, request));
        let details = scope.spawn(|| self::details_of(portal, &request.user_details));
        let users = users(portal, ids);
        (companies.join(), details.join(), users)
    });
    let stopped = |_| {
        Err(Error::new(Kind::Incomplete, "reading portal companies stopped half way by a fault of crsync"))
    };
    let Companies { found, remembered } = companies.unwrap_or_else(stopped)?;
    let mut details = details.unwrap_or_default();
    let mut users = users?;
    let side = |(id, company): (Id, Result<_>)| {
        let reading = Reading::from(company.and_then(|company| {
            let users = users.remove(&id).ok_or_else(|| missing(&id))?;
            Ok(PortalSide { company, users, details: details.remove(&id) })
        }));
        (id, reading)
    };
    Ok(PortalReading { companies: found.into_iter().map(side).collect(), remembered })
}

/// The details records of these companies. That they cannot be read leaves everything else as it is.
fn details_of(portal: &CloudRadial, companies: &[Id]) -> BTreeMap<Id, Reading<DetailsSide>> {
    if companies.is_empty() {
        return BTreeMap::new();
    }
    match details::read(portal, companies) {
        Ok(sides) => sides.into_iter().map(|(id, side)| (id, Reading::Complete(side))).collect(),
        Err(error) => companies.iter().map(|id| (id.clone(), Reading::from(&error))).collect(),
    }
}

/// The users of each company that are not deleted.
type Users = BTreeMap<Id, Complete<PortalUser>>;

/// The users of the companies: by one listing of all users of the portal, or by one for as many companies as a filter
/// can name, whichever is fewer requests.
fn users(portal: &CloudRadial, companies: &[Id]) -> Result<Users> {
    let parts: Vec<&[Id]> = companies.chunks(COMPANIES_PER_FILTER).collect();
    let Some((first, others)) = parts.split_first() else { return Ok(Users::new()) };
    let own = of_companies(first)?;
    if others.is_empty() {
        return users_of(portal, companies, &own, count(portal, &USERS, &own)?);
    }
    let counts = try_each(&["", own.as_str()], 2, |filter| count(portal, &USERS, filter))?;
    let (all, of_first) = (counts[0], counts[1]);
    if all_is_less(all, of_first, first.len(), companies.len()) && fits(portal, all) {
        match users_of(portal, companies, "", all) {
            // What spoiled it may be of a company that was not asked for.
            Err(error) if matches!(error.kind(), Kind::Incomplete | Kind::Service) => {}
            users => return users,
        }
    }
    let part = |part: &&[Id]| {
        let filter = of_companies(part)?;
        let count = if *part == *first { of_first } else { count(portal, &USERS, &filter)? };
        users_of(portal, part, &filter, count)
    };
    let mut users = Users::new();
    let mut seen = BTreeSet::new();
    for some in try_each(&parts, portal.settings.concurrency, part)? {
        for user in some.values().flat_map(Complete::items) {
            if !seen.insert(user.id.clone()) {
                let message =
                    format!("portal user {} belongs to two companies, so that one was changed", user.id);
                return Err(Error::new(Kind::Incomplete, message)
                    .hint("run the command again; nothing is concluded from this reading"));
            }
        }
        users.extend(some);
    }
    Ok(users)
}

/// Whether listing all users of the portal takes no more requests than listing those of the companies part by part, if
/// the companies have as many as those that were counted have on the average. Both were counted once already.
fn all_is_less(all: usize, counted: usize, of_companies: usize, companies: usize) -> bool {
    let expected = counted.saturating_mul(companies) / of_companies.max(1);
    let parts = companies.div_ceil(COMPANIES_PER_FILTER);
    // Each part but the first is counted before, each is counted after, and none ends with a full page.
    pages(all) < pages(expected) + (parts - 1) + (parts - 1) + parts
}

/// Whether a listing may have so many records.
fn fits(portal: &CloudRadial, records: usize) -> bool {
    let (most_pages, most_records) = portal.service.longest_listing();
    records <= most_records && pages(records) <= most_pages
}

/// The users of `companies` that `filter` lets through, who were `count` just before with all that are deleted.
fn users_of(portal: &CloudRadial, companies: &[Id], filter: &str, count: usize) -> Result<Users> {
    let wanted: BTreeSet<&str> = companies.iter().map(Id::as_str).collect();
    let user = |row: User| {
        let is_other = row.company_id.as_deref().is_some_and(|company| !wanted.contains(company));
        if is_other || row.is_deleted { Ok(None) } else { convert::user(row).map(Some) }
    };
    Ok(converted(portal, &USERS, filter, count, user)?.grouped(companies))
}

#[cfg(test)]
mod tests {
    use super::all_is_less;

    #[test]
    fn all_users_are_listed_where_the_companies_have_most_of_them() {
        // All 200 companies of a portal, each with 100 users.
        assert!(all_is_less(20_000, 5_000, 50, 200));
        // A few companies more, of which nothing is wanted.
        assert!(all_is_less(21_000, 5_000, 50, 200));
        // Sixty companies of a thousand.
        assert!(!all_is_less(100_000, 5_000, 50, 60));
        assert!(all_is_less(0, 0, 50, 51));
    }
}
