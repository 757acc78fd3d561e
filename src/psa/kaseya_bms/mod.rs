//! Kaseya BMS, REST API v2. Vorex and Pulseway PSA are the same product under other addresses.
//!
//! Owns everything that is particular to Kaseya BMS: tokens of some minutes, answers that fail under status 200,
//! pages, modules of custom fields and their values, lists of addresses and numbers. `wire` holds the vendor's
//! shapes, `session` the connection, `fetch`, `read` and `values` what is asked for a reading, `lookup` single records,
//! `write` what is changed, `convert` the way to the [model](crate::model).

mod budget;
mod capabilities;
mod connection;
mod convert;
mod cost;
mod definitions;
mod errors;
mod fetch;
mod found;
mod lists;
mod lookup;
mod modules;
mod proof;
mod read;
mod rights;
mod sent;
mod session;
mod settings;
mod sign_in;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod totp;
mod types;
mod udf;
mod values;
mod wire;
mod write;
mod write_udf;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(super) use settings::ENTRY;
use settings::Settings;

use crate::error::Result;
use crate::http::Http;
use crate::model::{Complete, Field, Fields, Id, PsaCompany, RecordKind, Udf};
use crate::side::{
    Current, Defined, Definitions, FieldCache, Fix, Keys, ListCompanies, LookUp, PsaReading, PsaRequest,
    ReadPsa, Right, Rights, RightsRequest, Step, Write, WriteRecords, Written,
};
use session::Session;

/// Reads and writes one Kaseya BMS tenant.
struct KaseyaBms {
    session: Session,
    cache: Arc<dyn FieldCache>,
}

impl fmt::Debug for KaseyaBms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KaseyaBms").field("session", &self.session).finish_non_exhaustive()
    }
}

impl KaseyaBms {
    /// The tenant of `settings`; nothing is asked yet. Values of custom fields are kept in `cache`.
    fn new(http: &Http, settings: Settings, cache: Arc<dyn FieldCache>) -> Self {
        Self { session: Session::new(http, settings), cache }
    }
}

impl ReadPsa for KaseyaBms {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        Ok(convert::reading(request, fetch::fetch(self, request)?))
    }

    fn rights(&self) -> &dyn Rights {
        self
    }
}

impl Rights for KaseyaBms {
    fn rights(&self, request: &RightsRequest) -> Result<Vec<Right>> {
        rights::rights(&self.session, request)
    }
}

impl ListCompanies for KaseyaBms {
    /// Custom fields cost a request for each company, so that none is read here.
    fn companies(&self) -> Result<Vec<PsaCompany>> {
        self.session.begin()?;
        let accounts = read::all_accounts(&self.session)?;
        Ok(accounts.iter().map(|account| convert::company(account, Fields::new())).collect())
    }

    /// Nor is one of contacts.
    fn addresses(&self, companies: &[Id]) -> Result<BTreeMap<Id, Vec<String>>> {
        let ids: Vec<i64> = companies.iter().filter_map(Id::number).collect();
        let address = |contact: wire::Contact| {
            let primary = convert::primary(&contact.emails).filter(|_| contact.is_active != Some(false));
            primary.and_then(|email| email.address.clone())
        };
        let read = read::contacts(&self.session, &ids, address)?;
        let of = |(id, addresses): (i64, Result<Complete<Option<String>>>)| {
            Some((Id::from(id), addresses.ok()?.items().iter().flatten().cloned().collect()))
        };
        Ok(read.into_iter().filter_map(of).collect())
    }
}

impl LookUp for KaseyaBms {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        lookup::again(self, kind, company, ids)
    }

    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
        lookup::find(self, kind, company, keys)
    }
}

impl WriteRecords for KaseyaBms {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        write::write(self, write)
    }

    fn in_flight(&self) -> Duration {
        self.session.in_flight()
    }

    fn at_once(&self, _: RecordKind) -> usize {
        session::CONCURRENT
    }

    /// Few, since the values of custom fields take a request for every record: the last of many would be old.
    fn together(&self, _: RecordKind) -> usize {
        6 * session::CONCURRENT
    }

    fn cost(&self, steps: &[Step]) -> usize {
        cost::requests(self, steps)
    }

    /// Addresses and numbers are entries of lists.
    fn adds(&self, kind: RecordKind, field: Field) -> bool {
        kind == RecordKind::Contact && matches!(field, Field::Email | Field::Phone | Field::Mobile)
    }
}

impl Definitions for KaseyaBms {
    fn defined(&self, wanted: &[Udf], _: &[Id]) -> Result<Vec<Defined>> {
        definitions::defined(self, wanted)
    }

    fn define(&self, role: Udf) -> Result<()> {
        Err(definitions::cannot(self.session.udf_name(role)))
    }

    fn steps(&self, role: Udf, fix: Fix) -> Vec<String> {
        definitions::steps(&self.session, role, fix)
    }
}
