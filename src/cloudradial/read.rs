//! Reading companies and users.
//!
//! A listing is asked for its count first; its pages can then be read side by side, which a service without
//! next-page links allows. The count after the pages is the proof that nothing is missing.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::wire::{Company, Media, Page, USER_PROPERTIES, User, unwrap};
use super::{CloudRadial, PortalRequest, company_number, convert, details, encoded, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::{Complete, DetailsSide, Id, Listing, PortalCompany, PortalSide, PortalUser, Reading};

/// The most rows a page holds; more is cut silently (seen live by clients).
pub(super) const PAGE: usize = 200;

/// Companies named in one filter: keeps the address far below the lengths that proxies cut.
pub(super) const COMPANIES_PER_FILTER: usize = 50;

/// Reads all companies asked for.
pub(super) fn portal(
    portal: &CloudRadial,
    request: &PortalRequest,
) -> Result<BTreeMap<Id, Reading<PortalSide>>> {
    let ids = &request.companies;
    let (companies, details, users) = thread::scope(|scope| {
        let companies = scope.spawn(|| self::companies(portal, request));
        let details = scope.spawn(|| self::details_of(portal, &request.user_details));
        let users = users(portal, ids);
        (companies.join(), details.join(), users)
    });
    let stopped = |_| {
        Err(Error::new(Kind::Incomplete, "reading portal companies stopped half way by a fault of crsync"))
    };
    let companies = companies.unwrap_or_else(stopped)?;
    let mut details = details.unwrap_or_default();
    let mut users = users?.group_by(ids, |(company, _)| company.clone());
    Ok(companies
        .into_iter()
        .map(|(id, company)| {
            let reading = Reading::from(company.and_then(|company| {
                let users = users.remove(&id).ok_or_else(|| missing(&id))?;
                let users = users.map(|(_, user)| user);
                Ok(PortalSide { company, users, details: details.remove(&id) })
            }));
            (id, reading)
        })
        .collect())
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

type Companies = BTreeMap<Id, Result<PortalCompany>>;

/// The companies: one by one where territory and account manager are wanted, since no listing has them.
fn companies(portal: &CloudRadial, request: &PortalRequest) -> Result<Companies> {
    let ids = &request.companies;
    if request.company_details {
        let read = |index: usize| Ok(company_details(portal, &ids[index]));
        return Ok(ids.iter().cloned().zip(side_by_side(portal, ids.len(), &read)?).collect());
    }
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(COMPANIES_PER_FILTER) {
        let rows = listing(portal, &COMPANIES, &filter(chunk)?)?;
        for row in rows.items() {
            let company = convert::company(row.clone())?;
            found.insert(company.id.clone(), company);
        }
    }
    Ok(ids.iter().map(|id| (id.clone(), found.remove(id).ok_or_else(|| missing(id)))).collect())
}

/// One company by itself.
pub(super) fn company_details(portal: &CloudRadial, id: &Id) -> Result<PortalCompany> {
    let reply = portal.send(
        Request::get(portal.url(&format!("/v2/company/{}", company_number(id)?))?).endpoint("company"),
    )?;
    told(&reply, id).map_err(|error| error.attempts(reply.attempts))
}

fn told(reply: &Reply, id: &Id) -> Result<PortalCompany> {
    if reply.status == 404 {
        return Err(missing(id));
    }
    if !reply.ok() {
        return Err(errors::explain(reply, &format!("company {id}")));
    }
    let value = unwrap(reply.json::<Value>("a company")?);
    let company: Company = serde_json::from_value(value).map_err(|error| {
        Error::new(Kind::Service, format!("CloudRadial: company {id} has an unknown form")).source(error)
    })?;
    let company = convert::company(company)?;
    if company.id == *id {
        return Ok(company);
    }
    Err(Error::new(Kind::Service, format!("CloudRadial answered with company {} for {id}", company.id)))
}

fn missing(id: &Id) -> Error {
    Error::new(Kind::NotFound, format!("company {id} does not exist in CloudRadial"))
        .hint("check the company's `cloudradial` id, and base-url under [cloudradial] (another region knows other ids)")
}

/// The users of all the companies that are not deleted, with the company each belongs to.
fn users(portal: &CloudRadial, companies: &[Id]) -> Result<Complete<(Id, PortalUser)>> {
    let mut all = Listing::new("portal users");
    for chunk in companies.chunks(COMPANIES_PER_FILTER) {
        let rows =
            listing(portal, &USERS, &filter(chunk)?)?.only(|row| !row.is_deleted).try_map(convert::user)?;
        all.page(rows.items().iter().cloned(), |(_, user)| user.id.clone())?;
    }
    Ok(all.end())
}

/// A listing of the service.
pub(super) struct Source<T> {
    /// Its name in addresses.
    pub(super) entity: &'static str,
    /// The rows' name in messages.
    pub(super) what: &'static str,
    /// The properties asked for.
    pub(super) select: &'static str,
    /// The property that the rows are ordered by, by name and in the row.
    pub(super) id: (&'static str, fn(&T) -> Option<&str>),
}

const COMPANIES: Source<Company> = Source {
    entity: "company",
    what: "companies",
    select: "companyId,name,psaKey",
    id: ("companyId", |row| row.company_id.as_deref()),
};

pub(super) const USERS: Source<User> = Source {
    entity: "user",
    what: "portal users",
    select: USER_PROPERTIES,
    id: ("userId", |row| row.user_id.as_deref()),
};

pub(super) const MEDIA: Source<Media> = Source {
    entity: "media",
    what: "media",
    select: "partnerMediaId,hash,viewToken,isDeleted",
    id: ("partnerMediaId", |row| row.partner_media_id.as_deref()),
};

/// Every row of `source` that `filter` lets through, all of them where it is blank. Its end is proven by the
/// service's own count, and by a last page that is not full.
///
/// A row added while several pages are read moves the others along: one of them can pass from a page that is
/// still to be read to one that was read already, and the number of rows is the same as before. Only a count
/// taken afterwards tells. One page by itself shows one moment, so it needs a second count only where the first
/// differs.
pub(super) fn listing<T: DeserializeOwned + Send>(
    portal: &CloudRadial,
    source: &Source<T>,
    filter: &str,
) -> Result<Complete<T>> {
    let count = count(portal, source, filter)?;
    // One page more than the count fills tells whether rows were added since.
    let pages = count / PAGE + 1;
    let (most_pages, most_records) = portal.service.longest_listing();
    let mut listing = Listing::within(source.what, most_pages, most_records);
    listing.announce(pages, count)?;
    for rows in side_by_side(portal, pages, &|page| self::page(portal, source, filter, page))? {
        listing.page(rows, |row| Id::new((source.id.1)(row).unwrap_or_default()))?;
    }
    let settled = pages == 1 && listing.len() == count;
    let count = if settled { count } else { self::count(portal, source, filter)? };
    listing.end_with_count(count)
}

/// One page of a listing, counted from 0.
pub(super) fn page<T: DeserializeOwned>(
    portal: &CloudRadial,
    source: &Source<T>,
    filter: &str,
    page: usize,
) -> Result<Vec<T>> {
    let Source { entity, what, select, id: (by, _) } = source;
    let (filter, skip) = (condition(filter), page * PAGE);
    let url = portal.url(&format!(
        "/v2/odata/{entity}?{filter}$select={select}&$orderby={by}&$top={PAGE}&$skip={skip}"
    ))?;
    let reply = portal.send(Request::get(url).endpoint(*entity))?;
    if !reply.ok() {
        return Err(errors::explain(&reply, what));
    }
    let page = reply.json::<Page<T>>(&format!("a page of {what}"));
    Ok(page.map_err(|error| error.attempts(reply.attempts))?.value)
}

fn count<T>(portal: &CloudRadial, source: &Source<T>, filter: &str) -> Result<usize> {
    let Source { entity, what, .. } = source;
    let condition = condition(filter);
    let query = condition.trim_end_matches('&');
    let url = portal.url(&format!("/v2/odata/{entity}/$count?{query}"))?;
    let reply: Reply = portal.send(Request::get(url).endpoint(*entity))?;
    if !reply.ok() {
        return Err(errors::explain(&reply, &format!("the number of {what}")));
    }
    counted(&reply.body).ok_or_else(|| {
        Error::new(Kind::Service, format!("CloudRadial: the number of {what} is not a number"))
            .hint("check base-url under [cloudradial] and that no proxy stands in between")
    })
}

/// The number that is all of a text; a byte order mark may stand before it, and blanks around it.
fn counted(body: &[u8]) -> Option<usize> {
    let text = str::from_utf8(body).ok()?;
    let digits = text.trim_start_matches('\u{feff}').trim();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A filter as an address has it, with what separates it from the rest.
fn condition(filter: &str) -> String {
    if filter.is_empty() { String::new() } else { format!("$filter={}&", encoded(filter)) }
}

fn filter(companies: &[Id]) -> Result<String> {
    let each = companies.iter().map(|id| Ok(format!("companyId eq {}", company_number(id)?)));
    Ok(each.collect::<Result<Vec<_>>>()?.join(" or "))
}

/// Runs `read` for `0..count` on as many threads as the service allows, and gives the results in order.
///
/// # Errors
/// The first failure; nothing more is begun after it.
fn side_by_side<T: Send>(
    portal: &CloudRadial,
    count: usize,
    read: &(dyn Fn(usize) -> Result<T> + Sync),
) -> Result<Vec<T>> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let found = Mutex::new(BTreeMap::new());
    thread::scope(|scope| {
        for _ in 0..count.min(portal.settings.concurrency.max(1)) {
            scope.spawn(|| {
                while !failed.load(Ordering::Relaxed) {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    if index >= count {
                        return;
                    }
                    let result = read(index);
                    failed.fetch_or(result.is_err(), Ordering::Relaxed);
                    found.lock().unwrap_or_else(PoisonError::into_inner).insert(index, result);
                }
            });
        }
    });
    found.into_inner().unwrap_or_else(PoisonError::into_inner).into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn only_a_number_alone_is_a_count() {
        for (body, count) in [
            (&b"12"[..], Some(12)),
            (b"\xef\xbb\xbf 12\r\n", Some(12)),
            (b"0", Some(0)),
            (b"-12", None),
            (b"12 of 500", None),
            (b"<b>12</b>", None),
            (b"1e3", None),
            (b"12.0", None),
            (b"\"12\"", None),
            (b"99999999999999999999", None),
            (b"", None),
            (b"\xff12", None),
        ] {
            assert_eq!(counted(body), count, "{}", String::from_utf8_lossy(body));
        }
    }
}
