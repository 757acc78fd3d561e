//! Single records: reading them again just before they are written, finding them, and writing them.
//!
//! Every system that crsync writes offers the same two traits. [`LookUp`] only reads; [`WriteRecords`] is the
//! only thing in the program that changes anything at a service, and only the code that applies a plan is
//! handed one.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{Field, Fields, Id, Look, Side};
use crate::error::{Error, Kind, Result};
use crate::secret::Secret;

/// The kinds of records that crsync writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordKind {
    /// A company of the PSA.
    PsaCompany,
    /// A contact of the PSA.
    Contact,
    /// A company of the portal.
    PortalCompany,
    /// A user of the portal.
    PortalUser,
    /// A user of the tenant.
    TenantUser,
    /// What the portal keeps of a 365 user beside the portal user.
    Details,
}

impl RecordKind {
    /// The side that the record is on.
    pub fn side(self) -> Side {
        match self {
            Self::PsaCompany | Self::Contact => Side::Psa,
            Self::PortalCompany | Self::PortalUser | Self::Details => Side::Portal,
            Self::TenantUser => Side::Tenant,
        }
    }

    /// The name in the journal and in the names of changes.
    pub fn name(self) -> &'static str {
        match self {
            Self::PsaCompany => "psa-company",
            Self::Contact => "contact",
            Self::PortalCompany => "portal-company",
            Self::PortalUser => "portal-user",
            Self::TenantUser => "365-user",
            Self::Details => "user-details",
        }
    }

    /// Whether a reading may for a while show the record as it was before a write that was carried out: 365 answers
    /// from copies that lag by seconds to minutes (vendor documents).
    pub fn reads_lag(self) -> bool {
        self == Self::TenantUser
    }

    /// The word for the record in sentences.
    pub fn noun(self) -> &'static str {
        match self {
            Self::PsaCompany | Self::PortalCompany => "company",
            Self::Contact => "contact",
            Self::PortalUser => "portal user",
            Self::TenantUser => "365 user",
            Self::Details => "details record",
        }
    }
}

/// A record as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Current {
    /// Its id.
    pub id: Id,
    /// Whether it is active; `None` where the service has no such flag, or does not show it.
    pub active: Option<bool>,
    /// Every field the service shows, spelled as in a listing of the same side.
    pub fields: Fields,
    /// Further addresses that the service keeps for the person.
    pub alternates: Vec<String>,
    /// When it was last changed, as the service spells it, where the service says so.
    pub stamp: Option<String>,
    /// The record in the service's own form.
    pub raw: Raw,
}

/// A record in the service's own form, for adapters that have to send parts of it back unchanged. It may hold
/// anything, PINs included, so it cannot be printed and never leaves memory.
#[derive(Clone, PartialEq, Default)]
pub struct Raw(pub serde_json::Value);

impl fmt::Debug for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[record]")
    }
}

/// What people are searched by: records that hold any of these are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Keys {
    /// 365 object ids, as contacts store them.
    pub user_ids: Vec<Id>,
    /// Addresses, lower-case, wherever the service keeps addresses of a person.
    pub emails: Vec<String>,
}

/// One write to one record.
#[derive(Debug, Clone, Copy)]
pub struct Write<'a> {
    /// What kind of record.
    pub kind: RecordKind,
    /// The company it belongs to, by that side's id.
    pub company: &'a Id,
    /// The record as it was read just now; `None` makes a new one.
    pub current: Option<&'a Current>,
    /// What to write, fitted to the fields; an empty text makes a field blank. `Field::Active` says `true` or
    /// `false`. Secrets among them are met by [`Fields::exposed`] alone.
    pub fields: &'a Fields,
}

impl Write<'_> {
    /// The secrets among what is written, which no error may repeat.
    pub fn secrets(&self) -> impl Iterator<Item = &str> {
        self.fields.exposed().filter(|(field, _)| field.is_secret()).map(|(_, text)| text)
    }
}

/// What a service answered to a write.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    /// The record's id.
    pub id: Id,
    /// The record as the answer shows it after the write, where the answer shows all of it.
    pub shown: Option<Current>,
    /// The service's own name for the request, where it gives one.
    pub request_id: Option<String>,
    /// How often the request was sent.
    pub attempts: u32,
}

/// Reads single records of one service.
pub trait LookUp: Send + Sync {
    /// The records of `company` with these `ids` as they are now, in as few requests as the service allows.
    /// Those that do not exist (any more) are missing from the answer.
    ///
    /// # Errors
    /// Whatever kept them from being read; nothing may be concluded about any of them then.
    fn again(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>>;

    /// The records of `company`, active or not, that hold any of `keys`. More than asked for does no harm.
    ///
    /// # Errors
    /// Whatever kept the search from being complete.
    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>>;

    /// Looks at single users of a tenant, in as few requests as the service allows. A user about which nothing certain was
    /// answered is not known; one that is missing from the answer is not known either.
    fn look(&self, tenant: &str, users: &[Id]) -> BTreeMap<Id, Look> {
        let _ = tenant;
        let why = || Look::Unknown("the service has no 365 users".to_owned());
        users.iter().map(|user| (user.clone(), why())).collect()
    }

    /// The value of a secret field that no listing shows, read by itself: the support PIN of a portal user. `None`
    /// where the record has none. It goes from this answer to a write, and is told nowhere.
    ///
    /// # Errors
    /// Whatever kept it from being read; `Kind::Usage` from a service that keeps no such field, as most do.
    fn secret(&self, kind: RecordKind, company: &Id, id: &Id, field: Field) -> Result<Option<Secret>> {
        let _ = company;
        Err(Error::new(Kind::Usage, format!("no {field} is read of {} {id}", kind.noun())))
    }
}

/// Writes single records of one service.
pub trait WriteRecords: LookUp {
    /// Carries out one write in as few requests as the service allows, and never twice.
    ///
    /// # Errors
    /// A refusal, or a failure after which it is unknown whether the service acted: the caller reads the
    /// record again before it concludes anything.
    fn write(&self, write: &Write<'_>) -> Result<Written>;

    /// How long after a request was sent the service may still carry it out, although its answer was lost. As long as
    /// that a search that finds nothing proves nothing.
    fn in_flight(&self) -> Duration;

    /// Whether writing `field` to an existing record of this kind adds something that would be there twice if it were
    /// carried out twice: an entry of a list, a note.
    fn adds(&self, kind: RecordKind, field: Field) -> bool {
        let _ = (kind, field);
        false
    }

    /// How many records of this kind the service takes in one request.
    fn at_once(&self, kind: RecordKind) -> usize {
        let _ = kind;
        1
    }

    /// Carries out several writes of one kind and company, all of new records or all of existing ones, at most
    /// [`at_once`](Self::at_once), each never twice. The answers stand in the order of the writes, and each
    /// stands for itself.
    fn write_all(&self, writes: &[Write<'_>]) -> Vec<Result<Written>> {
        writes.iter().map(|write| self.write(write)).collect()
    }

    /// What of a write that was refused as a whole is worth sending by itself: the fields that the refusal cannot
    /// be about. `None` where nothing is.
    fn rest(&self, write: &Write<'_>, refusal: &Error) -> Option<Fields> {
        let _ = (write, refusal);
        None
    }
}
