//! Autotask PSA, REST API v1.0.
//!
//! Owns everything that is particular to Autotask: zones, the envelope and its errors, queries and their pages,
//! user-defined fields. `wire` holds the vendor's shapes, `session` the connection, `convert` the way to the
//! [model](crate::model), `read` and `lookup` what is asked for, `write` the way back; `definitions` makes
//! user-defined fields.

mod capabilities;
mod convert;
mod cost;
mod definitions;
mod errors;
mod found;
mod list;
mod lookup;
mod read;
mod rights;
mod session;
mod settings;
mod split;
mod udf;
mod wire;
mod write;

pub(super) use settings::ENTRY;
use settings::Settings;

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::Result;
use crate::http::Http;
use crate::model::{Id, PsaCompany, RecordKind, Udf};
use crate::side::{
    Current, Defined, Definitions, Fix, Keys, ListCompanies, LookUp, PsaReading, PsaRequest, ReadPsa, Right,
    Rights, RightsRequest, Step, Write, WriteRecords, Written,
};
use session::Session;

/// Reads and writes one Autotask database.
#[derive(Debug)]
struct Autotask {
    session: Session,
}

impl Autotask {
    /// Returns the database of `settings`; nothing is asked yet.
    fn new(http: &Http, settings: Settings) -> Self {
        Self { session: Session::new(http, settings) }
    }
}

impl ReadPsa for Autotask {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        let found = read::fetch(&self.session, request)?;
        Ok(convert::reading(request, self.session.udf_names(), found))
    }

    fn rights(&self) -> &dyn Rights {
        self
    }
}

impl Rights for Autotask {
    fn rights(&self, request: &RightsRequest) -> Result<Vec<Right>> {
        rights::rights(&self.session, request)
    }
}

impl ListCompanies for Autotask {
    fn companies(&self) -> Result<Vec<PsaCompany>> {
        self.session.begin()?;
        let udfs = self.session.company_udfs()?;
        let all = list::all(&self.session, &read::COMPANIES)?;
        let mut companies = Vec::new();
        all.map(|record| companies.push(convert::company(record, None, &udfs)));
        Ok(companies)
    }
}

impl LookUp for Autotask {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        lookup::again(&self.session, kind, company, ids)
    }

    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
        lookup::find(&self.session, kind, company, keys)
    }
}

impl WriteRecords for Autotask {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        write::write(&self.session, write)
    }

    fn in_flight(&self) -> Duration {
        self.session.in_flight()
    }

    fn at_once(&self, _: RecordKind) -> usize {
        self.session.at_once()
    }

    fn cost(&self, steps: &[Step]) -> usize {
        steps.iter().map(|step| cost::requests(&self.session, step)).sum()
    }
}

impl Definitions for Autotask {
    fn defined(&self, wanted: &[Udf], _: &[Id]) -> Result<Vec<Defined>> {
        definitions::defined(&self.session, wanted)
    }

    fn define(&self, role: Udf) -> Result<()> {
        definitions::define(&self.session, role)
    }

    fn steps(&self, role: Udf, fix: Fix) -> Vec<String> {
        definitions::steps(self.session.udf_name(role), role, fix)
    }
}
