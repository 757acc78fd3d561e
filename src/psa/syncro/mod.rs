//! Syncro, API v1.
//!
//! Owns everything that is particular to Syncro: its token and address, listings by pages, the one field for a
//! person's name, the map of `properties` that holds title and custom fields, and three forms of refusal. `wire`
//! holds the vendor's shapes, `session` the connection, `read` and `lookup` what is asked, `convert` the way to
//! the [model](crate::model), `write` the way back.

mod capabilities;
mod convert;
mod cost;
mod definitions;
mod errors;
mod found;
mod lookup;
mod read;
mod rights;
mod session;
mod settings;
#[cfg(test)]
mod tests;
mod udf;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

pub(super) use settings::ENTRY;
use settings::Settings;

use crate::error::Result;
use crate::http::Http;
use crate::model::{Fields, Id, PsaCompany, RecordKind, Udf};
use crate::side::{
    Current, Defined, Definitions, Fix, Keys, ListCompanies, LookUp, PsaReading, PsaRequest, ReadPsa, Right,
    Rights, RightsRequest, Step, Write, WriteRecords, Written,
};
use session::Session;

/// One Syncro account.
#[derive(Debug)]
struct Syncro {
    session: Session,
}

impl Syncro {
    /// The account of `settings`; nothing is asked yet.
    fn new(http: &Http, settings: Settings) -> Self {
        Self { session: Session::new(http, settings) }
    }
}

impl ReadPsa for Syncro {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        let found = read::fetch(&self.session, request)?;
        Ok(convert::reading(request, self.session.settings(), found))
    }

    fn rights(&self) -> &dyn Rights {
        self
    }
}

impl Rights for Syncro {
    fn rights(&self, request: &RightsRequest) -> Result<Vec<Right>> {
        rights::rights(&self.session, request)
    }
}

impl ListCompanies for Syncro {
    fn companies(&self) -> Result<Vec<PsaCompany>> {
        let customers = read::all_customers(&self.session)?;
        let udfs = udf::defined(self.session.settings(), true, &udf::keys(customers.items()));
        Ok(customers.items().iter().map(|customer| convert::company(customer, &udfs)).collect())
    }
}

/// Contacts and customers. [`find`](LookUp::find) sees every contact of the company by its one address and by its
/// custom field for the 365 id; customers hold neither, so none is ever found.
impl LookUp for Syncro {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        lookup::again(&self.session, kind, company, ids)
    }

    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
        lookup::find(&self.session, kind, company, keys)
    }
}

impl WriteRecords for Syncro {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        write::write(&self.session, write)
    }

    fn in_flight(&self) -> Duration {
        self.session.in_flight()
    }

    fn at_once(&self, _: RecordKind) -> usize {
        self.session.at_once()
    }

    /// Answers to writes show the whole record.
    fn shows(&self, _: RecordKind, _: bool, _: &Fields) -> bool {
        true
    }

    fn cost(&self, steps: &[Step]) -> usize {
        steps.iter().map(|step| cost::requests(&self.session, step)).sum()
    }
}

impl Definitions for Syncro {
    fn defined(&self, wanted: &[Udf], companies: &[Id]) -> Result<Vec<Defined>> {
        definitions::defined(&self.session, wanted, companies)
    }

    fn define(&self, role: Udf) -> Result<()> {
        Err(definitions::cannot(self.session.settings().udf_name(role)))
    }

    fn steps(&self, role: Udf, fix: Fix) -> Vec<String> {
        definitions::steps(self.session.settings().udf_name(role), role, fix)
    }
}
