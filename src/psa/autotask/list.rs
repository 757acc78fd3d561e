//! Listings, and the proof that each was read to its end.

use serde::de::DeserializeOwned;

use super::session::{AT_ONCE, Session};
use super::split::{self, Part};
use super::wire::{Condition, PAGE, Page, Query};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id};
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

/// The same, each record converted as its page arrives, so that Autotask's form of it is not kept.
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
    let reader = Reader { session, source, ids, also };
    let one = |record: T| Ok((Id::from((source.id)(&record)), Some(convert(record)?)));
    let converted = |records: Vec<T>| records.into_iter().map(one).collect::<Result<Vec<_>>>();
    let mut listing = session.listing(source.what);
    let (mut part, mut first, mut came) = (Part::default(), None, 0);
    // A listing of a few pages is read one page after the other: a count would cost as much as a page.
    for _ in 0..split::LONG {
        let page = reader.page(&part)?;
        let more = page.more();
        first = first.or(page.items.first().map(source.id));
        part.after = page.items.last().map(source.id).or(part.after);
        came += page.items.len();
        listing.converted(converted(page.items)?)?;
        if !more {
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
        reader.read(part, |records| listing.converted(converted(records)?))?;
        return Ok(listing.end());
    }
    let read = try_each(&parts, AT_ONCE, |part| {
        let (mut pages, most) = (Vec::new(), session.listing::<T>(source.what));
        reader.read(*part, |records| {
            most.announce(pages.len() + 1, 0)?;
            pages.push(converted(records)?);
            Ok(())
        })?;
        Ok(pages)
    })?;
    read.into_iter().flatten().try_for_each(|page| listing.converted(page))?;
    Ok(listing.end())
}

/// All records of `source` there are, one page after the other, in the same way.
pub(super) fn all<T: DeserializeOwned>(session: &Session, source: &Source<T>) -> Result<Complete<T>> {
    let mut listing = session.listing(source.what);
    // Autotask's own record of the MSP has the id 0.
    let mut part = Part { after: Some(-1), ..Part::default() };
    loop {
        let query = Query::above(source.fields, part.after.unwrap_or(-1));
        let page: Page<T> = session.query(source.entity, &query)?;
        accept(source, None, &part, &page)?;
        let more = page.more();
        part.after = page.items.last().map(source.id).or(part.after);
        listing.page(page.items, |record| Id::from((source.id)(record)))?;
        if !more {
            return Ok(listing.end());
        }
    }
}

/// Reads the pages of one listing.
struct Reader<'a, T> {
    session: &'a Session,
    source: &'a Source<T>,
    ids: &'a [i64],
    also: Option<&'a Condition<'a>>,
}

impl<T: DeserializeOwned> Reader<'_, T> {
    /// The first page of a part, if it is what was asked for.
    fn page(&self, part: &Part) -> Result<Page<T>> {
        let Source { entity, fields, by: (by, _), .. } = self.source;
        let query = Query::new(fields, by, self.ids, part.after).up_to(part.until).and(self.also);
        let page = self.session.query(entity, &query)?;
        accept(self.source, Some(self.ids), part, &page)?;
        Ok(page)
    }

    /// How many records have ids above this one.
    fn count_after(&self, id: i64) -> Result<usize> {
        let Source { entity, by: (by, _), .. } = self.source;
        let query = Query::new(&["id"], by, self.ids, Some(id)).and(self.also);
        self.session.count(entity, &query)
    }

    /// Gives every page of a part to `take`.
    ///
    /// A page that is full without naming a successor is not taken for the last one: asking once more costs one
    /// request, and missing contacts would be created a second time. Only where as many came as were counted is the
    /// end certain.
    fn read(&self, mut part: Part, mut take: impl FnMut(Vec<T>) -> Result<()>) -> Result<()> {
        let mut came = 0;
        loop {
            let page = self.page(&part)?;
            came += page.items.len();
            part.after = page.items.last().map(self.source.id).or(part.after);
            let is_end = !page.more() || (!page.announced() && part.expected == Some(came));
            take(page.items)?;
            if is_end {
                return Ok(());
            }
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

/// Passes if `page` is what was asked for: records of `ids`, or any, in ascending order, of that part.
fn accept<T>(source: &Source<T>, ids: Option<&[i64]>, part: &Part, page: &Page<T>) -> Result<()> {
    let spoiled = |why: &str| {
        Error::new(
            Kind::Incomplete,
            format!("the listing of {} {why}, so it is not known to be whole", source.what),
        )
        .hint("run the command again; nothing is concluded from this reading")
    };
    if page.page_details.is_none() {
        return Err(spoiled("does not say where it ends"));
    }
    let other =
        |ids: &[i64]| page.items.iter().any(|record| ids.binary_search(&(source.by.1)(record)).is_err());
    if ids.is_some_and(other) {
        return Err(spoiled("holds records that were not asked for"));
    }
    let found = page.items.iter().map(source.id);
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
    use super::super::read::CONTACTS;
    use super::super::wire::Contact;
    use super::*;
    use serde_json::{Value, json};

    fn page(contacts: &[(i64, i64)], details: &Value) -> Page<Contact> {
        let items: Vec<_> =
            contacts.iter().map(|(id, company)| {
                json!({"id": id, "companyID": company, "emailAddress": null, "emailAddress2": null, "emailAddress3": null})
            }).collect();
        serde_json::from_value(json!({"items": items, "pageDetails": details})).expect("a page")
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
        assert!(accept(&CONTACTS, Some(&ids), &Part::default(), &last).is_ok() && !last.more());
        assert!(page(&[(3, 0), (9, 174)], &more()).more());
        let empty = page(&[], &end());
        assert!(accept(&CONTACTS, Some(&ids), &after(9), &empty).is_ok() && !empty.more());
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
            let error = accept(&CONTACTS, Some(&ids), &part, &page).expect_err(why);
            assert_eq!(error.kind(), Kind::Incomplete);
            assert!(error.message().contains(why), "{error}");
        }
        assert!(accept(&CONTACTS, Some(&ids), &below, &page(&[(4, 0), (9, 0)], &end())).is_ok());
    }
}
