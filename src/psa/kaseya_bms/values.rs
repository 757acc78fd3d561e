//! The values of custom fields: no list holds them, so they cost one request for every record (vendor documents),
//! out of 1,500 an hour. They are kept, and asked for again when the record's last change is another one, when
//! the fields are defined otherwise, or when they are too old.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::KaseyaBms;
use super::found::Listed;
use super::read::each;
use super::session::{Call, Session};
use super::udf::{self, Module};
use super::wire::{self, Contact};
use crate::error::{Error, Kind, Result};
use crate::model::{Fields, Id, RecordKind, Unasked};

/// The call for the values of one record, whatever its kind.
pub(super) const TEMPLATE: &str = "system/customFields/{moduleId}/{objectId}";

/// How many calls of an hour a reading leaves for records that are looked at again before they are written.
pub(super) const RESERVED: usize = 300;

/// How many calls a reading makes in an hour at most.
const MOST: usize = 1_200;

/// How long to wait where others use up the calls: until none of theirs can count any more.
const HOUR: Duration = Duration::from_secs(3600);

/// A record whose values are wanted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) kind: RecordKind,
    pub(super) id: i64,
    /// When the record was last changed, as Kaseya BMS says it; whether a custom field counts is not documented.
    /// Nothing where that is not known and the values are not to be kept.
    pub(super) stamp: Option<&'a str>,
}

/// The values that are known, and why those of other records are not.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) values: BTreeMap<i64, Fields>,
    /// There is a reason if and only if a record is missing.
    pub(super) missing: Option<Unasked>,
}

/// Returns the company's values, as they are wanted.
pub(super) fn wanted_of_account(id: i64) -> Wanted<'static> {
    Wanted { kind: RecordKind::PsaCompany, id, stamp: Some("") }
}

/// Returns the contact's values, as they are wanted.
pub(super) fn wanted_of(contact: &Contact) -> Wanted<'_> {
    Wanted { kind: RecordKind::Contact, id: contact.id, stamp: contact.modified_on.as_deref() }
}

/// Returns the values of a contact of a listing, as they are wanted.
pub(super) fn wanted_of_listed(contact: &Listed) -> Wanted<'_> {
    Wanted { kind: RecordKind::Contact, id: contact.id, stamp: contact.modified_on.as_deref() }
}

/// Returns the values of one record, as they are now.
///
/// # Errors
/// Whatever keeps them from being read.
pub(super) fn ask(bms: &KaseyaBms, module: &Module, wanted: Wanted<'_>) -> Result<Fields> {
    if module.fields.is_empty() {
        return Ok(Fields::new());
    }
    let call = Call::get(TEMPLATE, &[module.number, wanted.id]);
    let result = bms.session.call(&call)?.told(&call)?;
    let values: Option<Vec<wire::FieldValue>> = wire::decode(result, "values of custom fields")?;
    let values = values.unwrap_or_default();
    // What does not say whose value it is may be that of any field, so none is known to be blank.
    if values.iter().any(|value| value.field.is_none() && value.name.is_none()) {
        let message =
            format!("Kaseya BMS does not say of which custom fields of {} the values are", wanted.id);
        return Err(Error::new(Kind::Service, message));
    }
    let fields = udf::fields(&module.fields, &values);
    if let Some(stamp) = wanted.stamp {
        bms.cache.put(wanted.kind, &Id::from(wanted.id), &module.stamp(stamp), &fields);
    }
    Ok(fields)
}

/// Returns the values of one record that are kept, if they are of its last change and of the fields that are defined
/// now.
pub(super) fn kept(bms: &KaseyaBms, module: &Module, wanted: Wanted<'_>) -> Option<Fields> {
    bms.cache.get(wanted.kind, &Id::from(wanted.id), &module.stamp(wanted.stamp?))
}

/// Returns the values of the `wanted` records, in their order: from memory, or asked for, but not of more
/// than `most` records. Of a record that is missing nothing may be concluded.
///
/// # Errors
/// What keeps the tenant from being asked at all. That the hour's calls are used up, or a right is lacking, ends
/// the asking and is the reason in the result.
pub(super) fn many(bms: &KaseyaBms, module: &Module, wanted: &[Wanted<'_>], most: usize) -> Result<Known> {
    let mut values = BTreeMap::new();
    let mut open = Vec::new();
    for record in wanted {
        match kept(bms, module, *record) {
            Some(fields) => drop(values.insert(record.id, fields)),
            None => open.push(*record),
        }
    }
    let left = open.len().saturating_sub(most);
    open.truncate(most);
    let over = Mutex::new(false);
    let is_over = || over.lock().unwrap_or_else(PoisonError::into_inner);
    let asked = each(&open, |record| {
        if *is_over() {
            return Ok(None);
        }
        match ask(bms, module, *record) {
            Ok(fields) => Ok(Some(Ok((record.id, fields)))),
            Err(error) => match error.kind() {
                Kind::NotFound | Kind::Service => Ok(Some(Err(error))),
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
            Ok((id, fields)) => drop(values.insert(id, fields)),
            Err(error) => refused.push(error),
        }
    }
    Ok(Known { values, missing: why(&bms.session, left, &refused) })
}

/// Returns why values are missing: `left` records were not asked for, and some were `refused`.
fn why(session: &Session, left: usize, refused: &[Error]) -> Option<Unasked> {
    if refused.iter().any(|error| error.kind() == Kind::Throttled) {
        let now = Timestamp::now();
        return Some(Unasked::Until(now.checked_add(HOUR).unwrap_or(now)));
    }
    // What ended the asking says more than what became of single records.
    let telling = refused.iter().find(|error| error.kind() == Kind::Permission);
    let telling = telling.or(refused.first().filter(|_| left == 0));
    if let Some(error) = telling {
        let hint = error.next_step().map(ToOwned::to_owned);
        return Some(Unasked::Refused { reason: error.message().to_owned(), hint });
    }
    (left > 0).then(|| Unasked::Until(time_for(session, left)))
}

/// Returns how many records a reading may ask for now.
pub(super) fn room(session: &Session) -> usize {
    session.room(TEMPLATE).saturating_sub(RESERVED)
}

/// Returns when a reading can ask for so many records, or for as many as it ever can.
pub(super) fn time_for(session: &Session, records: usize) -> Timestamp {
    session.time_of(TEMPLATE, records.min(MOST) + RESERVED)
}
