//! What only a user's own record says: further addresses, HaloPSA's own id of the 365 user, and custom fields that a
//! listing does not show.
//!
//! That costs a request for every user, so it is asked for only where it decides something: of users whose row stores no
//! 365 id, or does not show all custom fields. It is kept, and asked for again when the row says something else, or when
//! it is too old. HaloPSA does not show in a listing when a record was last changed.

use std::sync::{Mutex, PoisonError};

use super::found::Known;
use super::session::Session;
use super::udf::{self, Defined, Udfs};
use super::wire::{USERS, User};
use super::{HaloPsa, convert, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, RecordKind, Udf, Unasked};
use crate::side;

/// How many of the five minutes' requests a reading leaves for looking at records and writing them.
const RESERVED: usize = 60;

const STORED: Field = Field::Udf(Udf::Office365Id);

/// Reports whether the user's own record may say something that decides: the row stores no 365 id, or shows too little.
pub(super) fn decides(defined: &[Defined], row: &User) -> bool {
    let mut fields = Fields::new();
    udf::set(&mut fields, defined, row.custom.as_deref());
    fields.text(STORED).is_none() || !udf::shows_all(defined, row.custom.as_deref())
}

/// Returns what is kept of the user, if its row says what it said then.
pub(super) fn kept(halo: &HaloPsa, udfs: &Udfs, row: &User) -> Option<Fields> {
    halo.cache.get(RecordKind::Contact, &Id::from(row.id), &stamp(&udfs.listed, row))
}

/// Keeps what a user's own record says, and returns it.
pub(super) fn keep(halo: &HaloPsa, udfs: &Udfs, user: &User) -> Fields {
    // A field that no row shows may be on the record.
    let own = udf::defined(halo.session.settings(), false, user.custom.iter().flatten());
    let fields = convert::beside_row(&own, user);
    halo.cache.put(RecordKind::Contact, &Id::from(user.id), &stamp(&udfs.listed, user), &fields);
    fields
}

/// Returns the user's own record as it is now; nothing where there is none.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn ask(session: &Session, id: i64) -> Result<Option<User>> {
    let user: Option<User> = read::one(session, USERS, id)?;
    match user {
        Some(user) if !user.is_whole() => Err(Error::new(
            Kind::Service,
            format!("HaloPSA does not show the whole record of user {id}, so nothing is concluded from it"),
        )
        .hint("run the command again; if it stays, run it with --har FILE and look at the answer")),
        user => Ok(user),
    }
}

/// Returns what is known beside the rows of `users`, asked for in this order where it decides and is not kept, but with
/// no more requests than the five minutes have left.
///
/// # Errors
/// What keeps the instance from being asked at all. That the requests are used up, or a right is lacking, ends the
/// asking and is the reason in the result.
pub(super) fn many(halo: &HaloPsa, udfs: &Udfs, users: &[&User]) -> Result<Known> {
    let mut known = Known::default();
    let mut open = Vec::new();
    for row in users {
        match kept(halo, udfs, row) {
            Some(fields) => drop(known.users.insert(row.id, fields)),
            None if decides(&udfs.contacts, row) => open.push(row.id),
            None => {}
        }
    }
    let most = halo.session.room().saturating_sub(RESERVED);
    let left = open.len().saturating_sub(most);
    let over = Mutex::new(false);
    let is_over = || over.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = side::try_each(&open[..open.len() - left], halo.session.at_once(), |id| {
        if *is_over() {
            return Ok(None);
        }
        match ask(&halo.session, *id) {
            Ok(Some(user)) => Ok(Some(Ok(user))),
            // One that went since the listing is not missed.
            Ok(None) => Ok(None),
            Err(error) => match error.kind() {
                Kind::Service => Ok(Some(Err(error))),
                Kind::Throttled | Kind::Permission => {
                    *is_over() = true;
                    Ok(Some(Err(error)))
                }
                _ => Err(error),
            },
        }
    })?;
    let mut refused = Vec::new();
    for answer in asked.into_iter().flatten() {
        match answer {
            Ok(user) => {
                known.users.insert(user.id, keep(halo, udfs, &user));
                known.custom.extend(user.custom.into_iter().flatten());
            }
            Err(error) => refused.push(error),
        }
    }
    known.missing = open.into_iter().filter(|id| !known.users.contains_key(id)).collect();
    known.why = why(&halo.session, known.missing.len(), left, &refused);
    Ok(known)
}

/// Returns why something is missing: `left` users were not asked for, and some were `refused`.
fn why(session: &Session, missing: usize, left: usize, refused: &[Error]) -> Option<Unasked> {
    let of = |kind: Kind| refused.iter().find(|error| error.kind() == kind);
    if missing == 0 {
        return None;
    }
    let telling = of(Kind::Permission).or(refused.first().filter(|_| left == 0));
    match telling.filter(|_| of(Kind::Throttled).is_none()) {
        Some(error) => Some(Unasked::Refused {
            reason: error.message().to_owned(),
            hint: error.next_step().map(ToOwned::to_owned),
        }),
        None => Some(Unasked::Until(session.time_of(left.max(1) + RESERVED))),
    }
}

/// Returns what stands for everything that a user's row says, secrets excepted: they are not to be guessed from a hash.
/// `listed` are the custom fields that rows show.
fn stamp(listed: &[Defined], row: &User) -> String {
    let mut fields = Fields::new();
    udf::set(&mut fields, listed, row.custom.as_deref());
    let texts = [&row.name, &row.first, &row.last, &row.title, &row.email, &row.phone, &row.mobile];
    let texts = texts.map(|text| text.as_deref().unwrap_or_default());
    let said = format!("{texts:?} {:?} {:?}", row.inactive, fields.iter().collect::<Vec<_>>());
    let hash = ring::digest::digest(&ring::digest::SHA256, said.as_bytes());
    let hash = hash.as_ref().iter().take(8).fold(0_u64, |hash, byte| hash << 8 | u64::from(*byte));
    format!("{hash:016x}")
}
