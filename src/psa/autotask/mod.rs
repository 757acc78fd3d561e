//! Autotask PSA, REST API v1.0.
//!
//! Owns everything that is particular to Autotask: zones, the envelope and its errors, queries and their pages,
//! user-defined fields. `wire` holds the vendor's shapes, `session` the connection, `read` the conversion
//! to the [model](crate::model).

mod capabilities;
mod convert;
mod errors;
mod read;
mod session;
mod settings;
mod udf;
mod wire;

pub use capabilities::CAPABILITIES;
pub use settings::Settings;

use super::{PsaReading, PsaRequest, ReadPsa};
use crate::error::Result;
use crate::http::Http;
use session::Session;

/// Reads one Autotask database.
#[derive(Debug)]
pub struct Autotask {
    session: Session,
}

impl Autotask {
    /// The database of `settings`; nothing is asked yet.
    pub fn new(http: &Http, settings: Settings) -> Self {
        Self { session: Session::new(http, settings) }
    }
}

impl ReadPsa for Autotask {
    fn read(&self, request: &PsaRequest) -> Result<PsaReading> {
        let found = read::fetch(&self.session, request)?;
        Ok(convert::reading(request, self.session.udf_names(), found))
    }
}
