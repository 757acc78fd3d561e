//! What is asked of Autotask for a reading, and the proof that every list was read to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::{self, ScopedJoinHandle};

use serde::de::DeserializeOwned;

use super::session::{Info, Session};
use super::wire::{Company, Condition, Contact, FieldInfo, IDS, PAGE, Page, Query, Resource};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id};
use crate::side::PsaRequest;

/// Everything a reading needs, as Autotask tells it.
pub(super) struct Found {
    /// The companies that exist, by id.
    pub(super) companies: BTreeMap<i64, Company>,
    /// The contacts of every company asked for, by its id.
    pub(super) contacts: BTreeMap<i64, Complete<Contact>>,
    /// What the contact's own fields take.
    pub(super) contact_fields: Arc<Vec<FieldInfo>>,
    /// The user-defined fields of contacts.
    pub(super) contact_udfs: Arc<Vec<FieldInfo>>,
    /// The user-defined fields of companies.
    pub(super) company_udfs: Arc<Vec<FieldInfo>>,
    /// The names of territories and account managers, if they are wanted.
    pub(super) details: Option<Details>,
}

/// What turns a company's ids of territory and owner into names.
pub(super) struct Details {
    /// The company's own fields, with the territories' labels.
    pub(super) company_fields: Arc<Vec<FieldInfo>>,
    /// The owners of the companies, by id; an owner that the API user may not see is missing.
    pub(super) owners: BTreeMap<i64, Resource>,
}

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

pub(super) const COMPANIES: Source<Company> = Source {
    entity: "Companies",
    what: "Autotask companies",
    fields: Company::FIELDS,
    by: ("id", |company| company.id),
    id: |company| company.id,
};

pub(super) const CONTACTS: Source<Contact> = Source {
    entity: "Contacts",
    what: "Autotask contacts",
    fields: Contact::FIELDS,
    by: ("companyID", |contact| contact.company),
    id: |contact| contact.id,
};

pub(super) const CONTACTS_BY_ID: Source<Contact> = Source { by: ("id", |contact| contact.id), ..CONTACTS };

const RESOURCES: Source<Resource> = Source {
    entity: "Resources",
    what: "Autotask resources",
    fields: Resource::FIELDS,
    by: ("id", |resource| resource.id),
    id: |resource| resource.id,
};

/// Asks for all that `request` wants. Lists and field descriptions are asked for at the same time; how many of
/// them go out together is the connection's business.
///
/// # Errors
/// The first failure, whatever failed after it.
pub(super) fn fetch(session: &Session, request: &PsaRequest) -> Result<Found> {
    session.begin()?;
    let mut ids: Vec<i64> = request.companies.iter().filter_map(Id::number).collect();
    ids.sort_unstable();
    ids.dedup();
    thread::scope(|scope| {
        let contacts: Vec<_> = ids
            .chunks(IDS)
            .map(|some| {
                scope.spawn(move || Ok(list(session, &CONTACTS, some, None)?.group_by(some, CONTACTS.by.1)))
            })
            .collect();
        let info = |info| scope.spawn(move || session.info(info));
        let contact_fields = info(Info::ContactFields);
        let contact_udfs = info(Info::ContactUdfs);
        let company_fields = request.company_details.then(|| info(Info::CompanyFields));
        let company_udfs = info(Info::CompanyUdfs);

        let companies = by_id(session, &COMPANIES, &ids)?;
        let details = match company_fields {
            None => None,
            Some(company_fields) => {
                let mut owners: Vec<i64> = companies.values().filter_map(|company| company.owner).collect();
                owners.sort_unstable();
                owners.dedup();
                let owners = by_id(session, &RESOURCES, &owners)?;
                Some(Details { company_fields: joined(company_fields)?, owners })
            }
        };
        Ok(Found {
            companies,
            contacts: contacts
                .into_iter()
                .map(joined)
                .collect::<Result<Vec<_>>>()?
                .into_iter()
                .flatten()
                .collect(),
            contact_fields: joined(contact_fields)?,
            contact_udfs: joined(contact_udfs)?,
            company_udfs: joined(company_udfs)?,
            details,
        })
    })
}

fn joined<T>(thread: ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// The records that have one of `ids`, which may be fewer than asked for.
pub(super) fn by_id<T: DeserializeOwned>(
    session: &Session,
    source: &Source<T>,
    ids: &[i64],
) -> Result<BTreeMap<i64, T>> {
    let mut found = BTreeMap::new();
    for some in ids.chunks(IDS) {
        list(session, source, some, None)?.map(|record| found.insert((source.id)(&record), record));
    }
    Ok(found)
}

/// All records of `source` whose field is one of `ids`, at most [`IDS`] of them, in ascending order, and that
/// meet the condition `also`, if there is one.
///
/// Pages are asked for by "id greater than the last one". Autotask's own next-page addresses serve only the 50
/// most recent pages (vendor documents), and only say here whether there is more.
pub(super) fn list<T: DeserializeOwned>(
    session: &Session,
    source: &Source<T>,
    ids: &[i64],
    also: Option<&Condition<'_>>,
) -> Result<Complete<T>> {
    let mut listing = session.listing(source.what);
    let mut last = None;
    loop {
        let query = Query::new(source.fields, source.by.0, ids, last).and(also);
        let page = session.query(source.entity, &query)?;
        let more = accept(source, ids, last, &page)?;
        last = page.items.last().map(source.id).or(last);
        listing.page(page.items, |record| Id::from((source.id)(record)))?;
        if !more {
            return Ok(listing.end());
        }
    }
}

/// Whether another page follows, if `page` is what was asked for: records of `ids`, in ascending order after
/// `last`.
///
/// A page that is full without naming a successor is not taken for the last one: asking once more costs one
/// request, and missing contacts would be created a second time.
fn accept<T>(source: &Source<T>, ids: &[i64], last: Option<i64>, page: &Page<T>) -> Result<bool> {
    let spoiled = |why: &str| {
        Error::new(
            Kind::Incomplete,
            format!("the listing of {} {why}, so it is not known to be whole", source.what),
        )
        .hint("run the command again; nothing is concluded from this reading")
    };
    let Some(details) = &page.page_details else {
        return Err(spoiled("does not say where it ends"));
    };
    if page.items.iter().any(|record| ids.binary_search(&(source.by.1)(record)).is_err()) {
        return Err(spoiled("holds records that were not asked for"));
    }
    let found = page.items.iter().map(source.id);
    if !last.into_iter().chain(found).is_sorted_by(|a, b| a < b) {
        return Err(spoiled("is not in the order of the ids"));
    }
    let announced = details.next_page_url.as_deref().is_some_and(|url| !url.is_empty());
    if announced && page.items.is_empty() {
        return Err(spoiled("announces more after an empty page"));
    }
    Ok(announced || page.items.len() >= PAGE)
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn the_end_is_where_autotask_says() {
        let ids = [0, 174];
        assert!(!accept(&CONTACTS, &ids, None, &page(&[(3, 0), (9, 174)], &end())).expect("a last page"));
        assert!(accept(&CONTACTS, &ids, None, &page(&[(3, 0), (9, 174)], &more())).expect("a page"));
        assert!(!accept(&CONTACTS, &ids, Some(9), &page(&[], &end())).expect("an empty end"));
    }

    #[test]
    fn a_full_page_without_a_successor_is_not_the_end() {
        let contacts: Vec<_> = (1..=500).map(|id| (id, 0)).collect();
        assert!(accept(&CONTACTS, &[0], None, &page(&contacts, &end())).expect("a full page"));
    }

    #[test]
    fn a_page_that_cannot_be_right_spoils_the_listing() {
        let ids = [0, 174];
        let table = [
            ("not in the order", None, page(&[(9, 0), (3, 0)], &end())),
            ("not in the order", Some(9), page(&[(9, 0), (10, 0)], &end())),
            ("not asked for", None, page(&[(9, 175)], &end())),
            ("where it ends", None, page(&[(9, 0)], &Value::Null)),
            ("after an empty page", None, page(&[], &more())),
        ];
        for (why, last, page) in table {
            let error = accept(&CONTACTS, &ids, last, &page).expect_err(why);
            assert_eq!(error.kind(), Kind::Incomplete);
            assert!(error.message().contains(why), "{error}");
        }
    }

    #[test]
    fn many_companies_are_asked_for_in_queries_that_autotask_accepts() {
        let ids: Vec<i64> = (0..1200).collect();
        let sizes: Vec<_> = ids.chunks(IDS).map(<[i64]>::len).collect();
        assert_eq!(sizes, [498, 498, 204]);
        assert!(sizes.iter().all(|conditions| conditions + 1 < 500));
    }
}
