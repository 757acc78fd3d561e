//! What users' own records said, as it is kept from run to run.
//!
//! It is kept under a stamp of the user's row, since HaloPSA does not show in a listing when a record was last changed: a
//! row that says something else makes the answer void. So does a custom field that was not there then, or is read under
//! another name or as another type by now.

use std::time::Duration;

use jiff::Timestamp;

use super::session::{Search, Session};
use super::udf::{self, Udfs};
use super::wire::User;
use super::{HaloPsa, convert};
use crate::model::{Field, Fields, Id, RecordKind, Udf};

/// How old an answer may be that the search before a new contact believes. What is added to `email2` or to HaloPSA's own
/// id of the 365 user shows in no row, and a person who is missed because of that gets a second contact. It is the time
/// between two nightly runs and a run's own length, so that what one night asked still counts in the next.
const YOUNG: Duration = Duration::from_secs(26 * 3600);

/// What is kept of a user.
pub(super) struct Kept {
    pub(super) fields: Fields,
    /// When it was asked for; unknown where the cache does not say.
    pub(super) asked: Option<Timestamp>,
}

impl Kept {
    /// Reports whether it is young enough to make sure that a person has no contact.
    pub(super) fn is_young(&self, now: Timestamp) -> bool {
        let age = self.asked.and_then(|asked| Duration::try_from(now.duration_since(asked)).ok());
        age.is_some_and(|age| age < YOUNG)
    }

    /// Reports whether HaloPSA's own id of the 365 user counts in the place of a blank field.
    pub(super) fn lends_an_id(&self) -> bool {
        self.fields.text(Field::Udf(Udf::Office365Id)).is_none()
            && self.fields.text(Field::LinkedId).is_some()
    }
}

/// Returns what is kept of the user, if its row says what it said then.
pub(super) fn of(halo: &HaloPsa, udfs: &Udfs, row: &User) -> Option<Kept> {
    let id = Id::from(row.id);
    let fields = halo.cache.get(RecordKind::Contact, &id, &stamp(&halo.session, udfs, row))?;
    Some(Kept { fields, asked: asked(halo, row) })
}

/// Returns when the user's own record was asked for last, whatever its row says now.
pub(super) fn asked(halo: &HaloPsa, row: &User) -> Option<Timestamp> {
    halo.cache.read_at(RecordKind::Contact, &Id::from(row.id))
}

/// Keeps what the user's `own` record says beside its `row`, and returns it.
pub(super) fn keep(halo: &HaloPsa, udfs: &Udfs, row: &User, own: &User) -> Fields {
    // A field that no row shows may be on the record.
    let defined = udf::defined(halo.session.settings(), false, own.custom.iter().flatten());
    let fields = convert::beside_row(&defined, own);
    halo.cache.put(RecordKind::Contact, &Id::from(own.id), &stamp(&halo.session, udfs, row), &fields);
    fields
}

/// Returns what a search will ask where a client has these users.
pub(super) fn search<'u>(halo: &HaloPsa, udfs: &Udfs, users: impl Iterator<Item = &'u User>) -> Search {
    let mut search = Search::default();
    let now = Timestamp::now();
    for row in users {
        match of(halo, udfs, row).filter(|kept| kept.is_young(now)) {
            Some(kept) => search.asks_ids |= kept.asked.is_some_and(|asked| asked < halo.session.begun()),
            None => drop(search.unasked.insert(row.id)),
        }
    }
    search
}

/// Keeps the user's `own` record, as HaloPSA `answered` it by itself: under the row that a listing would show of it, going
/// by what its rows show.
pub(super) fn keep_answer(halo: &HaloPsa, answered: &User, own: &User) {
    if let Some(udfs) = halo.session.udfs() {
        let mut row = answered.clone();
        row.hide(udfs.texts);
        keep(halo, &udfs, &row, own);
    }
}

/// Returns a hash of everything that a user's row says, and of the fields that are looked for. Secrets are left out: they
/// are not to be guessed from it.
fn stamp(session: &Session, udfs: &Udfs, row: &User) -> String {
    let mut fields = Fields::new();
    udf::set(&mut fields, &udfs.listed, row.custom.as_deref());
    let texts = [&row.name, &row.first, &row.last, &row.title, &row.email, &row.phone, &row.mobile];
    let texts = texts.map(Option::as_deref);
    let settings = session.settings();
    let wanted = Udf::ALL.map(|role| settings.udf_name(role));
    let types = [settings.checkbox_type, settings.selection_type];
    let fields: Vec<_> = fields.iter().collect();
    let said = format!("{texts:?} {:?} {fields:?} {wanted:?} {types:?} {:?}", row.inactive, udfs.basis);
    let hash = ring::digest::digest(&ring::digest::SHA256, said.as_bytes());
    let hash = hash.as_ref().iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    format!("{hash:016x}")
}
