//! Reading whole sides: what planning starts from.

use std::collections::{BTreeMap, BTreeSet};

use super::rights::{CannotTell, Rights};
use crate::error::{Error, Result};
use crate::model::{Budget, Fields, Id, Pending, PortalSide, PsaSide, Reading, Rereads, Shape, TenantSide};

/// Reads 365 tenants.
pub trait ReadTenant: Send + Sync {
    /// Reads the tenant `id` (a GUID, or a verified domain) with its licences and all its users.
    ///
    /// # Errors
    /// What prevented reading the tenant to its end, with the next step.
    fn read(&self, id: &str) -> Result<TenantSide>;
}

/// Reads pictures of 365 users.
pub trait ReadPhotos: Send + Sync {
    /// Reads the pictures of these users of `tenant`, each asked for once.
    fn photos(&self, tenant: &str, users: &[Id]) -> Photos;
}

/// Pictures that were asked for.
#[derive(Debug, Default)]
pub struct Photos {
    /// By user: the bytes of an image that [`Image::sniff`](crate::model::Image::sniff) knows, `None` where the user
    /// has no picture, or why it could not be read.
    pub read: BTreeMap<Id, Result<Option<Vec<u8>>>>,
    /// Why not all users are in `read`: what kept some from being read would keep all others from it.
    pub stopped: Option<Error>,
}

/// Reads the portal.
pub trait ReadPortal: Send + Sync {
    /// Reads the companies of `request` with all their users that are not deleted.
    ///
    /// # Errors
    /// What prevents reading anything at all. A company that does not exist makes only its own reading
    /// incomplete.
    fn read(&self, request: &PortalRequest) -> Result<PortalReading>;

    /// Reads territory and account manager of these companies as they are now: those that a reading may give as an
    /// earlier run read them. One that is missing from the answer was not asked for.
    fn company_details(&self, companies: &[Id]) -> BTreeMap<Id, Result<Fields>>;

    /// Returns what the portal's user fields take.
    fn shape(&self) -> Shape;
}

/// What is wanted from the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalRequest {
    /// The chosen companies, by the portal's ids, each once.
    pub companies: Vec<Id>,
    /// Those of the companies whose territory and account manager are wanted, which cost one request per company.
    pub company_details: Vec<Id>,
    /// Those of the companies whose users' details records are wanted.
    pub user_details: Vec<Id>,
}

/// What the portal answered.
#[derive(Debug, Default)]
pub struct PortalReading {
    /// One reading for every company asked for.
    pub companies: BTreeMap<Id, Reading<PortalSide>>,
    /// The companies whose territory and account manager are those that an earlier run read.
    pub remembered: BTreeSet<Id>,
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

    /// Reads what territory and account manager of these companies are now, where a reading may give them as an
    /// earlier run read them. One that is missing from the answer was not asked for.
    fn company_details(&self, companies: &[Id]) -> BTreeMap<Id, Result<Fields>> {
        let _ = companies;
        BTreeMap::new()
    }

    /// Returns what tells of the account's rights, where the PSA tells anything.
    fn rights(&self) -> &dyn Rights {
        &CannotTell
    }
}

/// What is wanted from the PSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsaRequest {
    /// The chosen companies, by the PSA's ids, each once.
    pub companies: Vec<Id>,
    /// Whether territory and account manager are wanted.
    pub company_details: bool,
}

impl PsaRequest {
    /// Returns what `read` makes of each company, by its id.
    pub fn each(&self, mut read: impl FnMut(&Id) -> Result<PsaSide>) -> BTreeMap<Id, Reading<PsaSide>> {
        // A map is made by code of its own for everything that it is made of: of a list there is one.
        let read: Vec<(Id, Reading<PsaSide>)> =
            self.companies.iter().map(|id| (id.clone(), Reading::from(read(id)))).collect();
        read.into_iter().collect()
    }
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
    /// How many contacts it can still show by themselves, where the reading lacks values that are never kept; `None` where
    /// it lacks none.
    pub rereads: Option<Rereads>,
    /// The companies whose territory or account manager is the one that an earlier run read.
    pub remembered: BTreeSet<Id>,
}
