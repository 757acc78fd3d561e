//! Listings of the service.
//!
//! A listing is asked for its count first; its pages can then be read side by side, which a service without
//! next-page links allows. The count after the pages is the proof that nothing is missing.

use serde::de::{DeserializeOwned, IgnoredAny};

use super::filter::encoded;
use super::wire::{Media, USER_PROPERTIES, User};
use super::{CloudRadial, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::{Complete, Gathered, Id, Listing};
use crate::side::try_each;

/// The most rows a page holds; more is cut silently (seen live by clients).
pub(super) const PAGE: usize = 200;

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

/// Every row of `source` that `filter` lets through, all of them where it is blank.
pub(super) fn listing<T: DeserializeOwned + Send>(
    portal: &CloudRadial,
    source: &Source<T>,
    filter: &str,
) -> Result<Complete<T>> {
    converted(portal, source, filter, count(portal, source, filter)?, |row| Ok(Some(row)))
}

/// The same, each row converted as its page arrives, so that the service's form of it is not kept; of a row that becomes
/// nothing, nothing is kept but its id. The service counted `count` rows just before.
///
/// The end is proven by a last page that is not full, or by a count after the pages. A row added while several pages
/// are read moves the others along: one of them can pass from a page that is still to be read to one that was read
/// already, and the number of rows is the same as before. Only a count taken afterwards tells. One page by itself
/// shows one moment, so it needs a second count only where it is full or the first count differs.
pub(super) fn converted<T: DeserializeOwned + Send, U: Send>(
    portal: &CloudRadial,
    source: &Source<T>,
    filter: &str,
    count: usize,
    convert: impl Fn(T) -> Result<Option<U>> + Sync,
) -> Result<Complete<U>> {
    let pages = pages(count);
    let (most_pages, most_records) = portal.service.longest_listing();
    let mut listing = Listing::within(source.what, most_pages, most_records);
    listing.announce(pages, count)?;
    let numbers: Vec<usize> = (0..pages).collect();
    let rows = Gathered::with_room(count);
    let read = |number: &usize| {
        let (mut place, mut failed) = (0, None);
        page_of(portal, source, filter, *number, |row: T| {
            let id = Id::new((source.id.1)(&row).unwrap_or_default());
            match convert(row) {
                Ok(kept) => rows.add(*number, place, id, kept),
                Err(error) => drop(failed.get_or_insert(error)),
            }
            place += 1;
        })?;
        failed.map_or(Ok(()), Err)
    };
    try_each(&numbers, portal.settings.concurrency, read)?;
    // That there are not too many pages was told by the count.
    listing.converted(rows.in_order())?;
    let settled = pages == 1 && listing.len() == count && count < PAGE;
    let count = if settled { count } else { self::count(portal, source, filter)? };
    listing.end_with_count(count)
}

/// How many pages so many rows fill; a listing has one at least.
pub(super) fn pages(rows: usize) -> usize {
    rows.div_ceil(PAGE).max(1)
}

/// How many requests it takes to list so many rows.
pub(super) fn requests(rows: usize) -> usize {
    1 + pages(rows) + usize::from(rows >= PAGE)
}

/// One page of a listing, counted from 0.
pub(super) fn page<T: DeserializeOwned>(
    portal: &CloudRadial,
    source: &Source<T>,
    filter: &str,
    page: usize,
) -> Result<Vec<T>> {
    let mut rows = Vec::new();
    page_of(portal, source, filter, page, |row| rows.push(row))?;
    Ok(rows)
}

/// The same, each row given to `take` as it is read. A page has no link to the next one (seen live by clients).
fn page_of<T: DeserializeOwned>(
    portal: &CloudRadial,
    source: &Source<T>,
    filter: &str,
    page: usize,
    take: impl FnMut(T),
) -> Result<()> {
    let Source { entity, what, select, id: (by, _) } = source;
    let (filter, skip) = (condition(filter), page * PAGE);
    let url = portal.url(&format!(
        "/v2/odata/{entity}?{filter}$select={select}&$orderby={by}&$top={PAGE}&$skip={skip}"
    ))?;
    let reply = portal.send(Request::get(url).endpoint(*entity))?;
    if !reply.ok() {
        return Err(errors::explain(&reply, what));
    }
    let IgnoredAny = reply.rows(&format!("a page of {what}"), "value", take)?;
    Ok(())
}

/// How many rows `filter` lets through.
pub(super) fn count<T>(portal: &CloudRadial, source: &Source<T>, filter: &str) -> Result<usize> {
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

/// The number that is all of a text; a byte order mark may come before it, and blanks around it.
fn counted(body: &[u8]) -> Option<usize> {
    let text = str::from_utf8(body).ok()?;
    let digits = text.trim_start_matches('\u{feff}').trim();
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// Returns a filter encoded for an address, with what separates it from the rest.
fn condition(filter: &str) -> String {
    if filter.is_empty() { String::new() } else { format!("$filter={}&", encoded(filter)) }
}

#[cfg(test)]
mod tests {
    use super::{counted, requests};

    #[test]
    fn a_listing_of_one_page_that_is_not_full_takes_no_second_count() {
        for (rows, needed) in [(0, 2), (199, 2), (200, 3), (201, 4), (400, 4), (20_000, 102)] {
            assert_eq!(requests(rows), needed, "{rows}");
        }
    }

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
