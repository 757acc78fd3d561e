//! Listings, and the proof that each was read to its end.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde::de::DeserializeOwned;

use super::session::{AT_ONCE, Session};
use super::split::{self, Part};
use super::wire::{Condition, PAGE, Page, Query};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Gathered, Id, Listing};
use crate::side::try_each;

/// An entity that is listed by the ids in one of its fields.
pub(super) struct Source<T> {
    pub(super) entity: &'static str,
    /// The records' name in messages.
    pub(super) what: &'static str,
    /// What is asked of a record.
    pub(super) fields: &'static [&'static str],
    /// The field that holds one of the ids asked for, by name and in the record.
    pub(super) by: (&'static str, fn(&T) -> i64),
    pub(super) id: fn(&T) -> i64,
}

/// What tells whether a record of a page was asked for: its id, and the id that it is listed by.
struct Row {
    id: i64,
    by: i64,
}

/// All records of `source` whose field is one of `ids`, at most [`IDS`](super::wire::IDS) of them, in ascending order, and
/// that meet the condition `also`, if there is one.
pub(super) fn list<T: DeserializeOwned + Send>(
    session: &Session,
    source: &Source<T>,
    ids: &[i64],
    also: Option<&Condition<'_>>,
) -> Result<Complete<T>> {
    converted(session, source, ids, also, Ok)
}

/// The same, each record converted as its page is read, so that Autotask's form of it is not kept.
///
/// Pages are asked for by "id greater than the last one". Autotask's own next-page addresses serve only the 50
/// most recent pages (vendor documents), and only say here whether there is more. A long listing is read in several
/// parts at the same time, each of them a range of ids and read like this.
pub(super) fn converted<T: DeserializeOwned, U: Send>(
    session: &Session,
    source: &Source<T>,
    ids: &[i64],
    also: Option<&Condition<'_>>,
    convert: impl Fn(T) -> Result<U> + Sync,
) -> Result<Complete<U>> {
    let reader = Reader { session, source, ids: Some(ids), also, convert: &convert };
    let mut listing = session.listing(source.what);
    let (mut part, mut first, mut came) = (Part::default(), None, 0);
    // A listing of a few pages is read one page after the other: a count would cost as much as a page.
    for _ in 0..split::LONG {
        let page = reader.page_into(&part, &mut listing)?;
        first = first.or(page.items.first().map(|row| row.id));
        part.after = page.items.last().map(|row| row.id).or(part.after);
        came += page.items.len();
        if !page.more() {
            return Ok(listing.end());
        }
    }
    let parts = match first.zip(part.after).filter(|_| came == split::LONG * PAGE) {
        None => Vec::new(),
        Some(ends) => match split::parts(ends, came, |id| reader.count_after(id)) {
            // Without counts it is read in one part.
            Err(error) if error.kind() == Kind::Service => Vec::new(),
            parts => parts?,
        },
    };
    if parts.is_empty() {
        read(part, |part| reader.page_into(part, &mut listing))?;
        return Ok(listing.end());
    }
    let records = Gathered::with_room(parts.iter().filter_map(|part| part.expected).sum());
    let pages = AtomicUsize::new(split::LONG);
    let numbered: Vec<(usize, Part)> = parts.into_iter().enumerate().collect();
    try_each(&numbered, AT_ONCE, |(number, part)| {
        let (mut place, most) = (0, session.listing::<T>(source.what));
        read(*part, |part| {
            most.announce(pages.fetch_add(1, Ordering::Relaxed) + 1, 0)?;
            reader.page(part, |id, record| {
                records.add(*number, place, Id::from(id), Some(record));
                place += 1;
                Ok(())
            })
        })
    })?;
    listing.converted(records.in_order())?;
    Ok(listing.end())
}

/// All records of `source` there are, one page after the other, in the same way.
pub(super) fn all<T: DeserializeOwned>(session: &Session, source: &Source<T>) -> Result<Complete<T>> {
    let reader = Reader { session, source, ids: None, also: None, convert: &Ok };
    let mut listing = session.listing(source.what);
    // Autotask's own record of the MSP has the id 0.
    let mut part = Part { after: Some(-1), ..Part::default() };
    loop {
        let page = reader.page_into(&part, &mut listing)?;
        part.after = page.items.last().map(|row| row.id).or(part.after);
        if !page.more() {
            return Ok(listing.end());
        }
    }
}

/// Reads the pages of one listing.
struct Reader<'a, T, F> {
    session: &'a Session,
    source: &'a Source<T>,
    /// Whose records are listed; those of all without it.
    ids: Option<&'a [i64]>,
    also: Option<&'a Condition<'a>>,
    convert: &'a F,
}

impl<T: DeserializeOwned, U, F: Fn(T) -> Result<U>> Reader<'_, T, F> {
    /// Gives the records of the first page of a part to `take`, with their ids, and returns the page if it is what was
    /// asked for.
    fn page(&self, part: &Part, mut take: impl FnMut(i64, U) -> Result<()>) -> Result<Page<Row>> {
        let (mut items, mut failed) = (Vec::new(), None);
        let each = |record: T| {
            let row = Row { id: (self.source.id)(&record), by: (self.source.by.1)(&record) };
            if failed.is_none() {
                failed = (self.convert)(record).and_then(|kept| take(row.id, kept)).err();
            }
            items.push(row);
        };
        let query = self.query(self.source.fields, part);
        let page_details = self.session.query(self.source.entity, &query, each)?.page_details;
        let page = Page { items, page_details };
        accept(self.source.what, self.ids, part, &page)?;
        failed.map_or(Ok(page), Err)
    }

    /// The same, with `listing` to take the records.
    fn page_into(&self, part: &Part, listing: &mut Listing<U>) -> Result<Page<Row>> {
        listing.begin_page()?;
        self.page(part, |id, record| listing.row(Id::from(id), Some(record)))
    }

    fn query<'q>(&'q self, fields: &'q [&'static str], part: &Part) -> Query<'q> {
        let query = match self.ids {
            Some(ids) => Query::new(fields, self.source.by.0, ids, part.after),
            None => Query::above(fields, part.after.unwrap_or(-1)),
        };
        query.up_to(part.until).and(self.also)
    }

    /// How many records have ids above this one.
    fn count_after(&self, id: i64) -> Result<usize> {
        let part = Part { after: Some(id), ..Part::default() };
        self.session.count(self.source.entity, &self.query(&["id"], &part))
    }
}

/// Reads every page of a part by `page`.
///
/// A page that is full without naming a successor is not taken for the last one: asking once more costs one
/// request, and missing contacts would be created a second time. Only where as many came as were counted is the
/// end certain.
fn read(mut part: Part, mut page: impl FnMut(&Part) -> Result<Page<Row>>) -> Result<()> {
    let mut came = 0;
    loop {
        let page = page(&part)?;
        came += page.items.len();
        part.after = page.items.last().map(|row| row.id).or(part.after);
        if !page.more() || (!page.announced() && part.expected == Some(came)) {
            return Ok(());
        }
    }
}

impl<T> Page<T> {
    /// Whether the page names a successor.
    fn announced(&self) -> bool {
        let next = self.page_details.as_ref().and_then(|details| details.next_page_url.as_deref());
        next.is_some_and(|url| !url.is_empty())
    }

    /// Whether another page may follow.
    fn more(&self) -> bool {
        self.announced() || self.items.len() >= PAGE
    }
}

/// Passes if `page`, of a listing of `what`, is what was asked for: records of `ids`, or any, in ascending order, of that part.
fn accept(what: &str, ids: Option<&[i64]>, part: &Part, page: &Page<Row>) -> Result<()> {
    let spoiled = |why: &str| {
        Error::new(Kind::Incomplete, format!("the listing of {what} {why}, so it is not known to be whole"))
            .hint("run the command again; nothing is concluded from this reading")
    };
    if page.page_details.is_none() {
        return Err(spoiled("does not say where it ends"));
    }
    let other = |ids: &[i64]| page.items.iter().any(|row| ids.binary_search(&row.by).is_err());
    if ids.is_some_and(other) {
        return Err(spoiled("holds records that were not asked for"));
    }
    let found = page.items.iter().map(|row| row.id);
    let is_below = part.until.is_none_or(|until| found.clone().all(|id| id <= until));
    if !is_below || !part.after.into_iter().chain(found).is_sorted_by(|a, b| a < b) {
        return Err(spoiled("is not in the order of the ids"));
    }
    if page.announced() && page.items.is_empty() {
        return Err(spoiled("announces more after an empty page"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const WHAT: &str = "Autotask contacts";

    fn page(contacts: &[(i64, i64)], details: &Value) -> Page<Row> {
        let items = contacts.iter().map(|(id, company)| Row { id: *id, by: *company }).collect();
        Page { items, page_details: serde_json::from_value(details.clone()).expect("details, or none") }
    }

    fn end() -> Value {
        json!({"count": 2, "requestCount": 500, "prevPageUrl": null, "nextPageUrl": null})
    }

    fn more() -> Value {
        json!({"nextPageUrl": "https://webservices3.autotask.example/next"})
    }

    fn after(id: i64) -> Part {
        Part { after: Some(id), ..Part::default() }
    }

    #[test]
    fn the_end_is_where_autotask_says() {
        let ids = [0, 174];
        let last = page(&[(3, 0), (9, 174)], &end());
        assert!(accept(WHAT, Some(&ids), &Part::default(), &last).is_ok() && !last.more());
        assert!(page(&[(3, 0), (9, 174)], &more()).more());
        let empty = page(&[], &end());
        assert!(accept(WHAT, Some(&ids), &after(9), &empty).is_ok() && !empty.more());
    }

    #[test]
    fn a_full_page_without_a_successor_is_not_the_end() {
        let contacts: Vec<_> = (1..=500).map(|id| (id, 0)).collect();
        assert!(page(&contacts, &end()).more());
    }

    #[test]
    fn a_page_that_cannot_be_right_spoils_the_listing() {
        let ids = [0, 174];
        let below = Part { until: Some(9), ..after(3) };
        let table = [
            ("not in the order", Part::default(), page(&[(9, 0), (3, 0)], &end())),
            ("not in the order", after(9), page(&[(9, 0), (10, 0)], &end())),
            ("not in the order", below, page(&[(9, 0), (10, 0)], &end())),
            ("not asked for", Part::default(), page(&[(9, 175)], &end())),
            ("where it ends", Part::default(), page(&[(9, 0)], &Value::Null)),
            ("after an empty page", Part::default(), page(&[], &more())),
        ];
        for (why, part, page) in table {
            let error = accept(WHAT, Some(&ids), &part, &page).expect_err(why);
            assert_eq!(error.kind(), Kind::Incomplete);
            assert!(error.message().contains(why), "{error}");
        }
        assert!(accept(WHAT, Some(&ids), &below, &page(&[(4, 0), (9, 0)], &end())).is_ok());
    }
}
