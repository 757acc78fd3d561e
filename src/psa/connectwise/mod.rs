//! ConnectWise PSA, REST API 3.0.
//!
//! Owns everything that is particular to ConnectWise PSA: its hosts and codebases, conditions and pages, custom
//! fields, and the communication items that hold a contact's addresses and numbers. `wire` holds the vendor's
//! shapes, `session` the connection, `read` and `convert` lead to the [model](crate::model), `write` from it;
//! `definitions` makes custom fields.

#![allow(clippy::doc_markdown)] // the product's name is no code

mod address;
mod capabilities;
mod convert;
mod cost;
mod definitions;
mod errors;
mod found;
mod items;
mod list;
mod lookup;
mod notes;
mod query;
mod read;
mod rights;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod types;
mod udf;
mod wire;
mod write;

pub(super) use settings::ENTRY;
use settings::Settings;

use std::collections::BTreeMap;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::http::Http;
use crate::model::{Field, Fields, Id, PsaCompany, RecordKind, Udf};
use crate::psa::Cache;
use crate::side::{
    Current, Defined, Definitions, Fix, Keys, ListCompanies, LookUp, PsaReading, PsaRequest, ReadPsa, Right,
    Rights, RightsRequest, Step, Write, WriteRecords, Written,
};
use convert::Book;
use session::Session;
use types::Types;
use udf::Definition;

/// One ConnectWise PSA.
#[derive(Debug)]
struct ConnectWise {
    session: Session,
    /// The types of communication items, once they were asked for.
    types: OnceLock<Types>,
    /// The custom fields of contacts, once they are known.
    contact_udfs: OnceLock<Vec<Definition>>,
    /// Held while one of these is asked for: writes that go side by side need the same.
    asking: Mutex<()>,
    /// The account managers of companies, who cost a request for each.
    managers: Cache,
}

impl ConnectWise {
    /// The ConnectWise PSA of `settings`; nothing is asked yet. Account managers are kept in `cache`.
    fn new(http: &Http, settings: Settings, cache: Cache) -> Self {
        Self {
            session: Session::new(http, settings),
            types: OnceLock::new(),
            contact_udfs: OnceLock::new(),
            asking: Mutex::default(),
            managers: cache,
        }
    }

    /// What turns records into the model's; costs a request the first time.
    fn book(&self) -> Result<Book<'_>> {
        let names = self.session.udf_names();
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(types) = self.types.get() {
            return Ok(Book { types, names });
        }
        let types = read::types(&self.session)?;
        Ok(Book { types: self.types.get_or_init(|| types), names })
    }

    /// What can be searched for of `keys`.
    fn searched(&self, keys: &Keys) -> Keys {
        let mut keys = keys.clone();
        let stored = |udfs: &Vec<Definition>| udfs.iter().any(|udf| udf.field.role == Udf::Office365Id);
        if !self.contact_udfs.get().is_none_or(stored) {
            // No contact can hold an id, and the service may refuse the name of a field that does not exist.
            keys.user_ids.clear();
        }
        keys
    }

    /// The custom fields of contacts: as a listing showed them, else as they are defined.
    fn contact_udfs(&self) -> Result<&[Definition]> {
        let _asking = self.asking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(udfs) = self.contact_udfs.get() {
            return Ok(udfs);
        }
        let udfs = read::contact_definitions(&self.session)?;
        Ok(self.contact_udfs.get_or_init(|| udfs))
    }
}

impl ReadPsa for ConnectWise {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        let book = self.book()?;
        let found = read::fetch(&self.session, self.managers.as_ref(), book, request)?;
        self.contact_udfs.get_or_init(|| found.contact_udfs.clone());
        Ok(convert::reading(request, book, found))
    }

    fn company_details(&self, companies: &[Id]) -> BTreeMap<Id, Result<Fields>> {
        let found = self
            .book()
            .and_then(|book| Ok((book, read::details(&self.session, self.managers.as_ref(), companies)?)));
        let of = |id: &Id| match &found {
            Ok((book, found)) => convert::details(id, found, *book),
            Err(error) => Err(error.without_cause()),
        };
        companies.iter().map(|id| (id.clone(), of(id))).collect()
    }

    fn rights(&self) -> &dyn Rights {
        self
    }
}

impl Rights for ConnectWise {
    fn rights(&self, request: &RightsRequest) -> Result<Vec<Right>> {
        rights::rights(&self.session, request)
    }
}

impl ListCompanies for ConnectWise {
    fn companies(&self) -> Result<Vec<PsaCompany>> {
        let book = self.book()?;
        let companies = read::all_companies(&self.session)?;
        Ok(companies.values().map(|company| convert::company(company, None, book)).collect())
    }
}

impl LookUp for ConnectWise {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        let mut numbers: Vec<i64> = ids.iter().filter_map(Id::number).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let book = self.book()?;
        match kind {
            RecordKind::Contact => {
                let found = lookup::contacts_again(&self.session, convert::number(company)?, &numbers)?;
                let found = found.into_values().map(|contact| convert::current_contact(contact, book));
                Ok(Current::by_id(found))
            }
            RecordKind::PsaCompany => {
                let found = lookup::companies_again(&self.session, &numbers)?;
                let found = found.into_values().map(|company| convert::current_company(company, book));
                Ok(Current::by_id(found))
            }
            _ => Err(no_such_record(kind)),
        }
    }

    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
        if kind != RecordKind::Contact {
            return Err(no_such_record(kind));
        }
        let (book, keys) = (self.book()?, self.searched(keys));
        let found = lookup::contacts_with(&self.session, book.types, convert::number(company)?, &keys)?;
        Ok(found.into_values().map(|contact| convert::current_contact(contact, book)).collect())
    }
}

impl WriteRecords for ConnectWise {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        // What is read before the first request that writes changes nothing, however often it was asked for.
        let unsent = |error: Error| error.attempts(0);
        let book = self.book().map_err(unsent)?;
        match (write.kind, write.current) {
            (RecordKind::Contact, Some(current)) => write::update(&self.session, book, current, write),
            (RecordKind::Contact, None) => {
                let needed = write.fields.exposed().any(|(field, _)| matches!(field, Field::Udf(_)));
                let udfs = if needed { self.contact_udfs().map_err(unsent)? } else { &[] };
                write::create(&self.session, book, udfs, write)
            }
            (RecordKind::PsaCompany, Some(current)) => {
                write::update_company(&self.session, book, current, write)
            }
            (RecordKind::PsaCompany, None) => {
                Err(Error::new(Kind::Usage, "crsync makes no companies in ConnectWise PSA"))
            }
            (kind, _) => Err(no_such_record(kind)),
        }
    }

    fn in_flight(&self) -> Duration {
        self.session.in_flight()
    }

    fn at_once(&self, _: RecordKind) -> usize {
        self.session.at_once()
    }

    fn shows(&self, _: RecordKind, new: bool, fields: &Fields) -> bool {
        cost::shows(new, fields)
    }

    fn cost(&self, steps: &[Step]) -> usize {
        steps.iter().map(|step| cost::requests(self, step)).sum()
    }

    /// Addresses and numbers are entries of a list, and a support PIN is in a note as well.
    fn adds(&self, kind: RecordKind, field: Field) -> bool {
        let pin = Field::Udf(Udf::SupportPin);
        kind == RecordKind::Contact && (items::FIELDS.contains(&field) || field == pin)
    }
}

impl Definitions for ConnectWise {
    fn defined(&self, wanted: &[Udf], _: &[Id]) -> Result<Vec<Defined>> {
        definitions::defined(&self.session, wanted)
    }

    fn define(&self, role: Udf) -> Result<()> {
        definitions::define(&self.session, role)
    }

    fn steps(&self, role: Udf, fix: Fix) -> Vec<String> {
        definitions::steps(udf::caption(self.session.udf_names(), role), role, fix)
    }
}

fn no_such_record(kind: RecordKind) -> Error {
    Error::new(
        Kind::Usage,
        format!("ConnectWise PSA has no {} that crsync can look for or write", kind.noun()),
    )
}
