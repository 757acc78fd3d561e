//! Reading single records: again just before they are written and just after, and by what their people are known by.

use std::collections::BTreeMap;
use std::fmt;

use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, Look, RecordKind};
use crate::secret::Secret;

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

impl Current {
    /// Returns these records by their ids.
    pub fn by_id(records: impl IntoIterator<Item = Self>) -> BTreeMap<Id, Self> {
        // A map is made by code of its own for everything that it is made of: of a list there is one.
        let records: Vec<(Id, Self)> =
            records.into_iter().map(|record| (record.id.clone(), record)).collect();
        records.into_iter().collect()
    }
}

/// Returns what a service without 365 users knows of them.
fn unseen(users: &[Id]) -> BTreeMap<Id, Look> {
    let why = || Look::Unknown("the service has no 365 users".to_owned());
    users.iter().map(|user| (user.clone(), why())).collect()
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

/// Reads single records of one service.
pub trait LookUp: Send + Sync {
    /// Reads the records of `company` with these `ids` as they are now, in as few requests as the service allows.
    /// Records that do not exist (any more) are missing from the answer.
    ///
    /// # Errors
    /// What prevented reading them; nothing may be concluded about any of them then.
    fn reread(&self, kind: RecordKind, company: &Id, ids: &[Id]) -> Result<BTreeMap<Id, Current>>;

    /// Finds the records of `company`, active or not, that hold any of `keys`. More than asked for does no harm.
    ///
    /// # Errors
    /// What prevented a complete search.
    fn find(&self, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>>;

    /// Looks at single users of a tenant, in as few requests as the service allows. A user about which nothing certain was
    /// answered is not known; one that is missing from the answer is not known either.
    fn look(&self, tenant: &str, users: &[Id]) -> BTreeMap<Id, Look> {
        let _ = tenant;
        unseen(users)
    }

    /// Reads the value of a secret field that no listing shows: the support PIN of a portal user. `None` where the
    /// record has none. It goes from this answer to a write, and is shown nowhere.
    ///
    /// # Errors
    /// What prevented reading it; `Kind::Usage` from a service that keeps no such field, as most do.
    fn secret(&self, kind: RecordKind, company: &Id, id: &Id, field: Field) -> Result<Option<Secret>> {
        let _ = company;
        Err(Error::new(Kind::Usage, format!("no {field} is read of {} {id}", kind.noun())))
    }
}
