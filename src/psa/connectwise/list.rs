//! Listings, and the proof that each was read to its end.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;

use super::query::{self, PAGE, Query, is_one_of};
use super::session::Session;
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id};

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
pub(super) fn by_id<T: DeserializeOwned>(
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
    session.room(&source.path, &of_page(source, &Query::default(), &condition, None))
}

/// The parameters of one page: records that meet `condition`, after the one with the id `last`.
fn of_page<T>(source: &Source<T>, query: &Query, condition: &str, last: Option<i64>) -> Query {
    let next = last.map(|last| format!("id > {last}")).unwrap_or_default();
    let conditions = query::all(&[condition, &next]);
    let mut page = query.clone().with("orderBy", "id asc").with("pageSize", PAGE.to_string());
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
/// changes meanwhile.
pub(super) fn list<T: DeserializeOwned>(
    session: &Session,
    source: &Source<T>,
    query: &Query,
    condition: &str,
    asked: impl Fn(&T) -> bool,
) -> Result<Complete<T>> {
    let mut listing = session.listing(source.what);
    let mut last = None;
    loop {
        let (page, announced) = session.page(&source.path, &of_page(source, query, condition, last))?;
        let more = accept(source, last, &page, announced, &asked)?;
        last = page.last().map(source.id).or(last);
        listing.page(page, |record| Id::from((source.id)(record)))?;
        if !more {
            return Ok(listing.end());
        }
    }
}

/// Whether another page follows, if `page` is what was asked for: records that were `asked` for, in ascending
/// order after `last`.
///
/// A short page is the end, unless the answer announces more: an installation may give fewer records than
/// asked for.
fn accept<T>(
    source: &Source<T>,
    last: Option<i64>,
    page: &[T],
    announced: bool,
    asked: impl Fn(&T) -> bool,
) -> Result<bool> {
    let spoiled = |why: &str| {
        Error::new(
            Kind::Incomplete,
            format!("the listing of {} {why}, so it is not known to be whole", source.what),
        )
        .hint("run the command again; nothing is concluded from this reading")
    };
    if !page.iter().all(asked) {
        return Err(spoiled("holds records that were not asked for"));
    }
    let found = page.iter().map(source.id);
    if !last.into_iter().chain(found).is_sorted_by(|a, b| a < b) {
        return Err(spoiled("is not in the order of the ids"));
    }
    if announced && page.is_empty() {
        return Err(spoiled("announces more after an empty page"));
    }
    Ok(announced || page.len() >= PAGE)
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

    fn page(contacts: &[(i64, i64)]) -> Vec<Contact> {
        let page: Vec<_> =
            contacts.iter().map(|(id, company)| json!({"id": id, "company": {"id": company}})).collect();
        serde_json::from_value(json!(page)).expect("a page")
    }

    fn of_250(contact: &Contact) -> bool {
        contact.company_id() == Some(250)
    }

    #[test]
    fn a_short_page_is_the_end_unless_more_is_announced() {
        let source = contacts();
        let short = page(&[(3, 250), (9, 250)]);
        assert!(!accept(&source, None, &short, false, of_250).expect("the last page"));
        assert!(accept(&source, None, &short, true, of_250).expect("a page"));
        assert!(!accept(&source, Some(9), &[], false, of_250).expect("an empty end"));
        let full = page(&(1..=1000).map(|id| (id, 250)).collect::<Vec<_>>());
        assert!(accept(&source, None, &full, false, of_250).expect("a full page"));
    }

    #[test]
    fn a_page_that_cannot_be_right_spoils_the_listing() {
        let table = [
            ("not in the order", None, page(&[(9, 250), (3, 250)]), false),
            ("not in the order", Some(9), page(&[(9, 250), (10, 250)]), false),
            ("not asked for", None, page(&[(9, 251)]), false),
            ("after an empty page", Some(9), page(&[]), true),
        ];
        for (why, last, page, announced) in table {
            let error = accept(&contacts(), last, &page, announced, of_250).expect_err(why);
            assert_eq!(error.kind(), Kind::Incomplete);
            assert!(error.message().contains(why), "{error}");
        }
        let homeless: Vec<Contact> = serde_json::from_value(json!([{"id": 3}])).expect("a page");
        assert!(accept(&contacts(), None, &homeless, false, of_250).is_err());
    }

    #[test]
    fn pages_are_asked_for_by_the_last_id() {
        let text = |last| of_page(&members(), &Query::default(), "id in (1,2)", last).text();
        assert_eq!(
            text(None),
            "orderBy=id%20asc&pageSize=1000&conditions=id%20in%20(1,2)&fields=id,firstName,lastName"
        );
        assert!(text(Some(7)).contains("&conditions=id%20in%20(1,2)%20and%20id%20%3E%207&"));
        assert_eq!(
            of_page(&contacts(), &Query::default(), "", None).text(),
            "orderBy=id%20asc&pageSize=1000"
        );
    }
}
