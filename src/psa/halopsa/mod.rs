//! HaloPSA, Halo API v2, hosted and on premises.
//!
//! Owns everything that is particular to HaloPSA: client credentials, listings that count their records, list rows that
//! say less than the record itself, custom fields with a prefix, POST of lists for every write, and refusals in many
//! forms. `wire` holds the vendor's shapes, `session` the connection, `read` and `details` what is asked for a reading,
//! `kept` what is kept of it, `lookup` single records, `write` what is changed, `convert` the way to the [model](crate::model).
//!
//! What the vendor does not document has one place each: the number of a custom field's type (`udf`), the number of the
//! sort of records that definitions are about (`definitions`), what counts as territory (`settings`).

mod capabilities;
mod convert;
mod cost;
mod dates;
mod definitions;
mod details;
mod errors;
mod fetch;
mod found;
mod kept;
mod lookup;
mod read;
mod rights;
mod session;
mod settings;
mod sign_in;
#[cfg(test)]
mod tests;
mod udf;
mod wire;
mod write;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub(super) use settings::ENTRY;
use settings::Settings;

use crate::error::Result;
use crate::http::Http;
use crate::model::{Fields, Id, PsaCompany, RecordKind, Udf};
use crate::side::{
    Current, Defined, Definitions, FieldCache, Fix, Keys, ListCompanies, LookUp, PsaReading, PsaRequest,
    ReadPsa, Right, Rights, RightsRequest, Step, Write, WriteRecords, Written,
};
use session::Session;

/// Reads and writes one HaloPSA instance.
struct HaloPsa {
    session: Session,
    /// What users' own records say, from run to run.
    cache: Arc<dyn FieldCache>,
}

impl fmt::Debug for HaloPsa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HaloPsa").field("session", &self.session).finish_non_exhaustive()
    }
}

impl HaloPsa {
    /// Returns the instance of `settings`; nothing is asked yet. What only a user's own record says is kept in `cache`.
    fn new(http: &Http, settings: Settings, cache: Arc<dyn FieldCache>) -> Self {
        Self { session: Session::new(http, settings), cache }
    }
}

impl ReadPsa for HaloPsa {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        Ok(convert::reading(&self.session, request, fetch::fetch(self, request)?))
    }

    fn rights(&self) -> &dyn Rights {
        self
    }
}

impl Rights for HaloPsa {
    fn rights(&self, request: &RightsRequest) -> Result<Vec<Right>> {
        rights::rights(&self.session, request)
    }
}

impl ListCompanies for HaloPsa {
    fn companies(&self) -> Result<Vec<PsaCompany>> {
        self.session.begin()?;
        let clients = read::all_clients(&self.session)?;
        Ok(convert::listed(self.session.settings(), clients.items()))
    }
}

impl LookUp for HaloPsa {
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>> {
        lookup::again(self, kind, company, ids)
    }

    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
        lookup::find(self, kind, company, keys)
    }
}

impl WriteRecords for HaloPsa {
    fn write(&self, write: &Write<'_>) -> Result<Written> {
        write::write(self, write)
    }

    fn in_flight(&self) -> Duration {
        self.session.in_flight()
    }

    /// A body may hold several records. What becomes of the others where one of them is refused is not documented, so
    /// each has a request of its own, and several of these go side by side.
    fn at_once(&self, _: RecordKind) -> usize {
        self.session.at_once()
    }

    /// Few, since every record is read by itself: the last of many would be old.
    fn together(&self, _: RecordKind) -> usize {
        6 * self.session.at_once()
    }

    /// Answers to writes show the whole record.
    fn shows(&self, _: RecordKind, _: bool, _: &Fields) -> bool {
        true
    }

    fn cost(&self, steps: &[Step]) -> usize {
        cost::requests(&self.session, steps)
    }
}

impl Definitions for HaloPsa {
    fn defined(&self, wanted: &[Udf], _: &[Id]) -> Result<Vec<Defined>> {
        definitions::defined(&self.session, wanted)
    }

    fn define(&self, role: Udf) -> Result<()> {
        Err(definitions::cannot(self.session.udf_name(role)))
    }

    fn steps(&self, role: Udf, fix: Fix) -> Vec<String> {
        definitions::steps(self.session.udf_name(role), role, fix)
    }
}
