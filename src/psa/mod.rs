//! The MSP's PSA: what every adapter offers, and which adapters there are.

pub mod autotask;
pub mod connectwise;
pub mod kaseya_bms;
mod lenient;
mod registry;
pub mod syncro;

pub use registry::{find, open, registry};

use std::collections::BTreeMap;
use std::time::Duration;

use crate::error::{Error, Result};
use crate::model::{
    Budget, Capabilities, Definitions, Id, Pending, PsaSide, Reading, Shape, Udf, WriteRecords,
};

/// The next step after a refusal that explains nothing.
const UNEXPLAINED: &str =
    "run the command again later; if it is refused again, --har FILE shows what was asked and answered";

/// Whether an error says more of a refusal than that it is one.
fn explains(error: &Error) -> bool {
    error.next_step().is_some_and(|step| step != UNEXPLAINED)
}

/// Reads a PSA. Writing is another trait, so that what plans cannot write.
pub trait ReadPsa: Send + Sync {
    /// Reads the companies of `request` with all their contacts, active or not, in as few requests as the
    /// PSA's pages allow.
    ///
    /// # Errors
    /// What prevents reading anything at all: credentials, network, a listing that does not end. A company
    /// that does not exist makes only its own reading incomplete.
    fn read(&self, request: &PsaRequest) -> Result<PsaReading>;
}

/// A PSA that can be read and written. Code that only plans is handed it as a `&dyn ReadPsa`, and code that
/// applies a plan as a `&dyn WriteRecords`; only code that was asked for just that defines fields.
pub trait Psa: ReadPsa + WriteRecords + Definitions {}

impl<T: ReadPsa + WriteRecords + Definitions> Psa for T {}

/// What is wanted from the PSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsaRequest {
    /// The chosen companies, by the PSA's ids, each once.
    pub companies: Vec<Id>,
    /// Whether territory and account manager are wanted.
    pub company_details: bool,
}

/// What a PSA answered.
#[derive(Debug)]
pub struct PsaReading {
    /// What the contact fields take, and the user-defined fields of contacts and companies.
    pub shape: Shape,
    /// One reading for every company asked for.
    pub companies: BTreeMap<Id, Reading<PsaSide>>,
    /// What is not known yet of the companies that were read, where field values cost a request for every record.
    pub pending: BTreeMap<Id, Pending>,
    /// How much of writing the PSA still takes; `None` where no limit of it is that narrow.
    pub budget: Option<Budget>,
}

/// The settings of the chosen PSA.
#[derive(Debug, Clone)]
pub enum Settings {
    /// Autotask.
    Autotask(autotask::Settings),
    /// ConnectWise PSA.
    ConnectWise(connectwise::Settings),
    /// Kaseya BMS.
    KaseyaBms(kaseya_bms::Settings),
    /// Syncro.
    Syncro(syncro::Settings),
}

impl Settings {
    /// What the PSA can serve with these settings; `None` where settings do not matter.
    pub fn capabilities(&self) -> Option<&'static Capabilities> {
        match self {
            Self::Autotask(_) | Self::ConnectWise(_) | Self::KaseyaBms(_) => None,
            Self::Syncro(settings) => Some(settings.capabilities()),
        }
    }

    /// Returns the names that the configuration gives to user-defined fields.
    pub fn udf_names(&self) -> &BTreeMap<Udf, String> {
        match self {
            Self::Autotask(settings) => &settings.udf_names,
            Self::ConnectWise(settings) => &settings.udf_names,
            Self::KaseyaBms(settings) => &settings.udf_names,
            Self::Syncro(settings) => &settings.udf_names,
        }
    }

    /// How long field values may be believed that cost the PSA a request for every record, so that they are kept
    /// between runs; `None` where no field does.
    pub fn keeps_fields(&self) -> Option<Duration> {
        match self {
            Self::KaseyaBms(settings) => Some(settings.custom_field_refresh),
            Self::Autotask(_) | Self::ConnectWise(_) | Self::Syncro(_) => None,
        }
    }
}
