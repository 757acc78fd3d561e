//! Listings, and the proof that each was read to its end.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::query::{self, PAGE, Query, is_one_of};
use super::session::{Page, Session};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id};
use crate::side::try_each;

/// Records that are listed.
pub(super) struct Source<T> {
    /// The records' name in messages.
    what: &'static str,
    path: String,
    /// What is asked of a record; everything where nothing is said.
    fields: Option<&'static str>,
    id: fn(&T) -> i64,
}

impl<T> Source<T> {
    /// The records at `path`, with everything that is sent of them.
    pub(super) fn new(what: &'static str, path: impl Into<String>, id: fn(&T) -> i64) -> Self {
        Self { what, path: path.into(), fields: None, id }
    }

    /// The same with these properties alone.
    pub(super) fn fields(self, fields: &'static str) -> Self {
        Self { fields: Some(fields), ..self }
    }
}

/// The records that have one of `ids` (in ascending order), which may be fewer than asked for.
pub(super) fn by_id<T: DeserializeOwned + Send>(
    session: &Session,
    source: &Source<T>,
    condition: &str,
    ids: &[i64],
) -> Result<BTreeMap<i64, T>> {
    let mut found = BTreeMap::new();
    for some in runs_by_id(session, source, condition, ids) {
        let condition = query::all(&[condition, &is_one_of("id", some)]);
        let asked = |record: &T| some.binary_search(&(source.id)(record)).is_ok();
        let all = list(session, source, &Query::default(), &condition, asked)?;
        all.map(|record| found.insert((source.id)(&record), record));
    }
    Ok(found)
}

/// How many listings that takes.
pub(super) fn lists_by_id<T>(session: &Session, source: &Source<T>, condition: &str, ids: &[i64]) -> usize {
    runs_by_id(session, source, condition, ids).len()
}

fn runs_by_id<'i, T>(
    session: &Session,
    source: &Source<T>,
    condition: &str,
    ids: &'i [i64],
) -> Vec<&'i [i64]> {
    query::runs_of_ids(ids, room(session, source, &query::all(&[condition, "id"])))
}

/// What is left of an address for a list of ids in `field`.
pub(super) fn room<T>(session: &Session, source: &Source<T>, field: &str) -> usize {
    let condition = is_one_of(field, &[]);
    session.room(&source.path, &of_page(source, &Query::default(), &condition, Place::default()))
}

/// Which page of a listing is asked for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Place {
    /// Its records have ids above this one.
    after: Option<i64>,
    /// Its records have ids below this one.
    before: Option<i64>,
    /// The number of the page among all of them.
    number: Option<usize>,
}

/// The parameters of one page: records that meet `condition`, at `place`.
fn of_page<T>(source: &Source<T>, query: &Query, condition: &str, place: Place) -> Query {
    let after = place.after.map(|id| format!("id > {id}")).unwrap_or_default();
    let before = place.before.map(|id| format!("id < {id}")).unwrap_or_default();
    let conditions = query::all(&[condition, &after, &before]);
    let mut page = query.clone().with("orderBy", "id asc").with("pageSize", PAGE.to_string());
    if let Some(number) = place.number {
        page = page.with("page", number.to_string());
    }
    if !conditions.is_empty() {
        page = page.with("conditions", conditions);
    }
    match source.fields {
        Some(fields) => page.with("fields", fields),
        None => page,
    }
}

/// All records of `source` that meet `query` and `condition`; `asked` tells whether one does.
///
/// Pages are asked for by "id greater than the last one": numbered pages skip and repeat records when the data
/// changes meanwhile. A long listing is read from several places at the same time. These are found by numbered pages,
/// but each is taken only for what it is, the records from its first id to its last one at one moment: whatever lies
/// between it and the next place is asked for by ids.
pub(super) fn list<T: DeserializeOwned + Send>(
    session: &Session,
    source: &Source<T>,
    query: &Query,
    condition: &str,
    asked: impl Fn(&T) -> bool + Sync,
) -> Result<Complete<T>> {
    converted(session, source, query, condition, asked, |record| record)
}

/// The same, each record converted as its page arrives, so that the service's form of it is not kept.
pub(super) fn converted<T: DeserializeOwned, U: Send>(
    session: &Session,
    source: &Source<T>,
    query: &Query,
    condition: &str,
    asked: impl Fn(&T) -> bool + Sync,
    convert: impl Fn(T) -> U + Sync,
) -> Result<Complete<U>> {
    let reader = Reader { session, source, query, condition, asked: &asked, convert: &convert };
    let mut listing = session.listing(source.what);
    let mut take = |page: Taken<U>| listing.converted(page.records);
    let first = reader.page(Place::default())?;
    let (more, is_full, pages, after) = (first.more(), first.records.len() >= PAGE, first.pages, first.last);
    take(first)?;
    if !more {
        return Ok(listing.end());
    }
    match pages.filter(|pages| is_full && *pages > LONG).zip(after) {
        None => reader.rest(Place { after, ..Place::default() }, None, take)?,
        Some((pages, after)) => {
            session
                .listing::<T>(source.what)
                .announce(pages, pages.saturating_mul(PAGE).saturating_sub(PAGE))?;
            reader.at_once(after, pages)?.into_iter().try_for_each(take)?;
        }
    }
    Ok(listing.end())
}

/// Places that a long listing is read from at the same time: as many requests as the service takes.
const PLACES: usize = 4;

/// So many pages are read one after the other.
const LONG: usize = 4;

/// Reads the pages of one listing.
struct Reader<'a, T, U> {
    session: &'a Session,
    source: &'a Source<T>,
    query: &'a Query,
    condition: &'a str,
    asked: &'a (dyn Fn(&T) -> bool + Sync),
    convert: &'a (dyn Fn(T) -> U + Sync),
}

/// A page, its records converted.
struct Taken<U> {
    records: Vec<(Id, Option<U>)>,
    /// The ids of its first and last record.
    first: Option<i64>,
    last: Option<i64>,
    announced: bool,
    pages: Option<usize>,
}

impl<T: DeserializeOwned, U: Send> Reader<'_, T, U> {
    /// One page, if it is what was asked for.
    fn page(&self, place: Place) -> Result<Taken<U>> {
        let query = of_page(self.source, self.query, self.condition, place);
        let page = self.session.page(&self.source.path, &query)?;
        accept(self.source, place, &page, self.asked)?;
        Ok(Taken::of(page, self.source.id, self.convert))
    }

    /// Gives every page from `place` to the listing's end, or to the end of the place, to `take`. Where `expected` records
    /// come with a page that announces no other one, the end is certain although that page is full.
    fn rest(
        &self,
        mut place: Place,
        expected: Option<usize>,
        mut take: impl FnMut(Taken<U>) -> Result<()>,
    ) -> Result<()> {
        let mut came = 0;
        loop {
            let page = self.page(place)?;
            came += page.records.len();
            place.after = page.last.or(place.after);
            let is_end = !page.more() || (!page.announced && expected == Some(came));
            take(page)?;
            if is_end {
                return Ok(());
            }
        }
    }

    /// The pages behind the first of `pages`, which ended with the id `after`, in their order.
    fn at_once(&self, after: i64, pages: usize) -> Result<Vec<Taken<U>>> {
        let behind = pages - 1;
        let places = PLACES.min(behind / 2);
        let starts: Vec<usize> = (0..=places).map(|place| 2 + place * behind / places).collect();
        let begin = |start: &usize| match *start {
            // Nothing may be missing between it and the first page.
            2 => self.page(Place { after: Some(after), ..Place::default() }),
            number => self.page(Place { number: Some(number), ..Place::default() }),
        };
        let firsts = try_each(&starts[..places], PLACES, begin)?;
        let parts = parts(self.source, &starts, &firsts)?;
        let rests = try_each(&parts, PLACES, |part| {
            let mut pages = Vec::new();
            let most = self.session.listing::<T>(self.source.what);
            self.rest(part.place, part.expected, |page| {
                most.announce(pages.len() + 1, 0)?;
                pages.push(page);
                Ok(())
            })?;
            Ok(pages)
        })?;
        let mut all: Vec<Vec<Taken<U>>> = firsts.into_iter().map(|page| vec![page]).collect();
        for (part, rest) in parts.iter().zip(rests) {
            all[part.index].extend(rest);
        }
        Ok(all.into_iter().flatten().collect())
    }
}

/// What is still to be read behind a page that a place begins with.
struct Part {
    /// Which of the places.
    index: usize,
    place: Place,
    /// How many records it has if the pages are where the first one said.
    expected: Option<usize>,
}

/// What is still to be read behind each of the pages `begun`, up to where the next one begins. A page that is empty, as
/// records went meanwhile, begins nothing.
fn parts<T, U>(source: &Source<T>, starts: &[usize], begun: &[Taken<U>]) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    let mut end = None;
    for (index, page) in begun.iter().enumerate() {
        let Some((first, last)) = page.first.zip(page.last) else {
            if let Some(part) = parts.last_mut() {
                part.expected = None;
            }
            continue;
        };
        if end.is_some_and(|end| first <= end) {
            return Err(spoiled(source, "is not in the order of the ids"));
        }
        if let Some(part) = parts.last_mut() {
            part.place.before = Some(first);
        }
        let expected = (starts[index + 1] - starts[index]) * PAGE;
        let expected = Some(expected.saturating_sub(page.records.len())).filter(|_| index + 1 < begun.len());
        let place = Place { after: Some(last), ..Place::default() };
        parts.push(Part { index, place, expected });
        end = Some(last);
    }
    // Behind the last one there may be nothing any more.
    if parts.last().is_some_and(|part| !begun[part.index].more()) {
        parts.pop();
    }
    Ok(parts)
}

impl<U> Taken<U> {
    fn of<T>(page: Page<T>, id: fn(&T) -> i64, convert: impl Fn(T) -> U) -> Self {
        let Page { records, announced, pages } = page;
        let (first, last) = (records.first().map(id), records.last().map(id));
        let one = |record: T| (Id::from(id(&record)), Some(convert(record)));
        Self { records: records.into_iter().map(one).collect(), first, last, announced, pages }
    }

    /// Whether another page follows. A short page is the end, unless the answer announces more: an installation may
    /// give fewer records than asked for.
    fn more(&self) -> bool {
        self.announced || self.records.len() >= PAGE
    }
}

/// Passes if `page` is what was asked for: records that were `asked` for, in ascending order, of that place.
fn accept<T>(source: &Source<T>, place: Place, page: &Page<T>, asked: impl Fn(&T) -> bool) -> Result<()> {
    if !page.records.iter().all(asked) {
        return Err(spoiled(source, "holds records that were not asked for"));
    }
    let found = page.records.iter().map(source.id);
    if !place.after.into_iter().chain(found).chain(place.before).is_sorted_by(|a, b| a < b) {
        return Err(spoiled(source, "is not in the order of the ids"));
    }
    if page.announced && page.records.is_empty() {
        return Err(spoiled(source, "announces more after an empty page"));
    }
    Ok(())
}

fn spoiled<T>(source: &Source<T>, why: &str) -> Error {
    let message = format!("the listing of {} {why}, so it is not known to be whole", source.what);
    Error::new(Kind::Incomplete, message)
        .hint("run the command again; nothing is concluded from this reading")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psa::connectwise::wire::{Contact, Member};
    use serde_json::json;

    fn contacts() -> Source<Contact> {
        Source::new("contacts", "company/contacts", |contact| contact.id)
    }

    fn members() -> Source<Member> {
        Source::new("members", "system/members", |member: &Member| member.id).fields(Member::FIELDS)
    }

    fn page(contacts: &[(i64, i64)], announced: bool) -> Page<Contact> {
        let page: Vec<_> =
            contacts.iter().map(|(id, company)| json!({"id": id, "company": {"id": company}})).collect();
        let records = serde_json::from_value(json!(page)).expect("a page");
        Page { records, announced, pages: None }
    }

    fn taken(contacts: &[(i64, i64)], announced: bool) -> Taken<Contact> {
        Taken::of(page(contacts, announced), |contact| contact.id, |contact| contact)
    }

    fn after(id: i64) -> Place {
        Place { after: Some(id), ..Place::default() }
    }

    fn of_250(contact: &Contact) -> bool {
        contact.company_id() == Some(250)
    }

    #[test]
    fn a_short_page_is_the_end_unless_more_is_announced() {
        let short = [(3, 250), (9, 250)];
        assert!(!taken(&short, false).more());
        assert!(taken(&short, true).more());
        assert!(!taken(&[], false).more());
        assert!(taken(&(1..=1000).map(|id| (id, 250)).collect::<Vec<_>>(), false).more());
    }

    #[test]
    fn a_page_that_cannot_be_right_spoils_the_listing() {
        let below = Place { before: Some(10), ..after(3) };
        let table = [
            ("not in the order", Place::default(), page(&[(9, 250), (3, 250)], false)),
            ("not in the order", after(9), page(&[(9, 250), (10, 250)], false)),
            ("not in the order", below, page(&[(9, 250), (10, 250)], false)),
            ("not asked for", Place::default(), page(&[(9, 251)], false)),
            ("after an empty page", after(9), page(&[], true)),
        ];
        for (why, place, page) in table {
            let error = accept(&contacts(), place, &page, of_250).expect_err(why);
            assert_eq!(error.kind(), Kind::Incomplete);
            assert!(error.message().contains(why), "{error}");
        }
        let homeless: Vec<Contact> = serde_json::from_value(json!([{"id": 3}])).expect("a page");
        let homeless = Page { records: homeless, announced: false, pages: None };
        assert!(accept(&contacts(), Place::default(), &homeless, of_250).is_err());
    }

    #[test]
    fn whatever_lies_between_two_places_is_asked_for_by_ids() {
        let begun = [taken(&[(3, 250), (9, 250)], true), taken(&[], false), taken(&[(21, 250)], false)];
        let parts = |begun: &[Taken<Contact>]| {
            let parts = parts(&contacts(), &[2, 4, 6, 8], begun)?;
            Ok::<_, Error>(
                parts.iter().map(|part| (part.index, part.place, part.expected)).collect::<Vec<_>>(),
            )
        };
        let between = Place { before: Some(21), ..after(9) };
        assert_eq!(parts(&begun).expect("in order"), [(0, between, None)], "nothing follows the last one");
        let more = [taken(&[(3, 250)], true), taken(&[(4, 250)], true), taken(&[(21, 250)], true)];
        let all = parts(&more).expect("in order");
        assert_eq!(all[1], (1, Place { before: Some(21), ..after(4) }, Some(1_999)));
        assert_eq!(all.last(), Some(&(2, after(21), None)), "where it ends, only the service says");
        assert!(parts(&[taken(&[(9, 250)], true), taken(&[(9, 250)], true)]).is_err(), "records came twice");
    }

    #[test]
    fn pages_are_asked_for_by_the_last_id() {
        let text = |place| of_page(&members(), &Query::default(), "id in (1,2)", place).text();
        assert_eq!(
            text(Place::default()),
            "orderBy=id%20asc&pageSize=1000&conditions=id%20in%20(1,2)&fields=id,firstName,lastName"
        );
        assert!(text(after(7)).contains("&conditions=id%20in%20(1,2)%20and%20id%20%3E%207&"));
        let below = Place { before: Some(9), ..after(7) };
        assert!(text(below).contains("%20and%20id%20%3E%207%20and%20id%20%3C%209&"));
        assert!(text(Place { number: Some(3), ..Place::default() }).contains("&page=3&"));
        assert_eq!(
            of_page(&contacts(), &Query::default(), "", Place::default()).text(),
            "orderBy=id%20asc&pageSize=1000"
        );
    }
}
