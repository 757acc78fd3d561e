//! Details of 365 users: flexible assets of one type, an asset for each user.
//!
//! The portal's user has no place for them (vendor documents). The type is made with the first record. The
//! portal's administrator may rename it, add fields to it, or take fields away: nothing of that is undone,
//! and values of other fields are sent back as they are, since it is unknown whether an update keeps what it
//! does not name.

mod batch;
mod kind;
mod lookup;
mod wire;
mod write;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) use kind::{DISCOVERED, MADE};
pub(super) use lookup::{find, has_id, read, reread};
pub(super) use write::{AT_ONCE, write, write_all};

use kind::AssetType;

use super::CloudRadial;
use crate::error::{Error, Kind, Result};
use crate::model::{Detail, Field, Udf};

/// Whose record it is: the 365 object id.
const USER: Field = Field::Udf(Udf::Office365Id);

/// Flexible assets and media are one thing among many that a key pair may be for: refused there, it may still be good
/// elsewhere.
fn denied(error: &Error) -> Error {
    Error::new(Kind::Permission, error.message()).refused(true).attempts(error.sent()).hint(
        "give the key pair the right to flexible assets and media, or set user-details = false under [sync]",
    )
}

/// The fields of a record: what each holds, its name in the portal, the kind of field it is made as, and whether
/// lists of records show it. The first gives the record its title.
const FIELDS: [(Field, &str, &str, bool); 11] = [
    (Field::DisplayName, "Display name", TEXT, true),
    (Field::UserName, "User name", TEXT, true),
    (USER, "Office 365 Id", TEXT, false),
    (Field::Detail(Detail::AlternateEmails), "Alternate emails", TEXTBOX, false),
    (Field::Detail(Detail::Products), "Assigned products", TEXTBOX, true),
    (Field::Detail(Detail::AccountState), "Account state", TEXT, true),
    (Field::Detail(Detail::Manager), "Manager", TEXT, false),
    (Field::Detail(Detail::Office), "Office", TEXT, false),
    (Field::Detail(Detail::PortalRole), "Portal role", TEXT, false),
    (Field::Detail(Detail::PortalGroups), "Portal groups", TEXTBOX, false),
    (Field::Detail(Detail::Picture), "Picture", TEXT, false),
];

const TEXT: &str = "Text";
const TEXTBOX: &str = "Textbox";

/// The name by which records spell a field: hyphenated lower case (vendor documents).
fn name_key(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

/// What a run has learnt of the type, once for all its companies.
#[derive(Debug, Default)]
pub(super) struct Learnt(Mutex<Knowledge>);

#[derive(Debug, Default)]
struct Knowledge {
    kind: Option<Arc<AssetType>>,
    /// Why the type could not be made, where it may be there all the same: it is not made a second time.
    lost: Option<Error>,
}

/// What is known of the type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Nothing was asked yet.
    Unknown,
    /// It is made with the first record.
    Missing,
    /// It is there.
    Made,
}

impl Learnt {
    /// What is known so far.
    pub(super) fn stage(&self) -> Stage {
        match self.lock().kind.as_ref().map(|kind| kind.id) {
            None => Stage::Unknown,
            Some(None) => Stage::Missing,
            Some(Some(_)) => Stage::Made,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Knowledge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The type as it is, read once.
fn asset_type(portal: &CloudRadial) -> Result<Arc<AssetType>> {
    let mut learnt = portal.details.lock();
    if let Some(known) = &learnt.kind {
        return Ok(Arc::clone(known));
    }
    let found = Arc::new(kind::discover(portal).map_err(Error::unsent)?);
    learnt.kind = Some(Arc::clone(&found));
    Ok(found)
}

/// The type, made if it is not there. Companies are worked on side by side: the first makes it, the others wait.
fn made_type(portal: &CloudRadial) -> Result<Arc<AssetType>> {
    let mut learnt = portal.details.lock();
    if let Some(known) = learnt.kind.as_ref().filter(|known| known.id.is_some()) {
        return Ok(Arc::clone(known));
    }
    // As long as the type is only looked for, nothing was made.
    let mut found = kind::discover(portal).map_err(Error::unsent)?;
    if found.id.is_none() {
        if let Some(lost) = &learnt.lost {
            return Err(lost.without_cause());
        }
        found = kind::make(portal).inspect_err(|error| {
            learnt.lost = error.may_be_done().then(|| error.without_cause());
        })?;
    }
    let found = Arc::new(found);
    learnt.kind = Some(Arc::clone(&found));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_detail_has_a_field_and_every_field_its_own_name() {
        let has = |field| FIELDS.iter().any(|(known, ..)| *known == field);
        assert!(Detail::ALL.into_iter().all(|detail| has(Field::Detail(detail))));
        let keys: std::collections::BTreeSet<String> = FIELDS.iter().map(|field| name_key(field.1)).collect();
        assert_eq!(keys.len(), FIELDS.len());
        assert!(keys.contains("office-365-id"));
    }
}
