//! What is asked of Autotask for a reading.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::thread::{self, ScopedJoinHandle};

use serde::de::DeserializeOwned;

use super::convert;
use super::found::{Details, Found};
use super::list::{Source, converted, list};
use super::session::{Info, Session};
use super::wire::{Company, Contact, IDS, Resource};
use crate::error::Result;
use crate::model::Id;
use crate::side::PsaRequest;

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
    let udfs = OnceLock::new();
    let udfs = || match udfs.get() {
        Some(known) => Ok(known),
        None => session.contact_udfs().map(|told| udfs.get_or_init(|| told)),
    };
    let contact = |record: Contact| Ok((record.company, convert::contact(record, udfs()?)));
    let contacts_of = |some| Ok(converted(session, &CONTACTS, some, None, contact)?.grouped(some));
    thread::scope(|scope| {
        let contacts_of = &contacts_of;
        let contacts: Vec<_> = ids.chunks(IDS).map(|some| scope.spawn(move || contacts_of(some))).collect();
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
pub(super) fn by_id<T: DeserializeOwned + Send>(
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_companies_are_asked_for_in_queries_that_autotask_accepts() {
        let ids: Vec<i64> = (0..1200).collect();
        let sizes: Vec<_> = ids.chunks(IDS).map(<[i64]>::len).collect();
        assert_eq!(sizes, [497, 497, 206]);
        // The list, and the two ends of a part of it.
        assert!(sizes.iter().all(|conditions| conditions + 2 < 500));
    }
}
