//! Single records read again, and people found.
//!
//! Contacts can be listed by their customer and by nothing else (vendor documents), so a search reads all contacts
//! of the company and looks at them here: it sees each one by its address and by its custom field for the 365 id.
//! The search that Syncro offers for customers would find customers.

use std::collections::BTreeMap;

use super::session::Session;
use super::wire::{CONTACTS, CUSTOMER_ID, CUSTOMERS, List, Record};
use super::{convert, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Id, RecordKind, Udf};
use crate::side::{Current, Keys};
use crate::text::email;

/// Returns the list that holds records of this kind.
///
/// # Errors
/// [`Kind::Usage`] for a kind of another side.
pub(super) fn list(kind: RecordKind) -> Result<List> {
    match kind {
        RecordKind::Contact => Ok(CONTACTS),
        RecordKind::PsaCompany => Ok(CUSTOMERS),
        other => Err(Error::new(Kind::Usage, format!("Syncro has no record of the kind {}", other.noun()))),
    }
}

/// Returns the records as they are now. Several contacts come from the company's listing where that is no more
/// requests than one for each.
pub(super) fn again(
    session: &Session,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    let list = list(kind)?;
    let customer = convert::number(company)?;
    let numbers: Vec<i64> = ids.iter().filter_map(Id::number).collect();
    let records = match listed(session, list, customer, &numbers)? {
        Some(records) => records,
        None => one_by_one(session, list, &numbers)?,
    };
    // A contact that moved to another customer is not there any more.
    let own = |record: &Record| kind == RecordKind::PsaCompany || record.customer() == Some(customer);
    let records = records.into_iter().filter(own);
    Ok(Current::by_id(records.map(|record| convert::current(session.settings(), kind, record))))
}

/// Returns the contacts with these ids from the customer's listing, if it is short enough.
fn listed(session: &Session, list: List, customer: i64, ids: &[i64]) -> Result<Option<Vec<Record>>> {
    if list != CONTACTS || ids.len() < 2 {
        return Ok(None);
    }
    let first = session.page(list, &[(CUSTOMER_ID, customer.to_string())], 1)?;
    if first.meta.pages > ids.len() {
        return Ok(None);
    }
    let all = read::of_customer_from(session, customer, first)?;
    Ok(Some(all.items().iter().filter(|record| ids.contains(&record.id())).cloned().collect()))
}

fn one_by_one(session: &Session, list: List, ids: &[i64]) -> Result<Vec<Record>> {
    let found: Result<Vec<Option<Record>>> = ids.iter().map(|id| session.one(list, *id)).collect();
    Ok(found?.into_iter().flatten().collect())
}

/// Returns the contacts of the company that hold any of the keys.
pub(super) fn find(session: &Session, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    if list(kind)? == CUSTOMERS {
        return Ok(Vec::new());
    }
    let all = read::of_customer(session, convert::number(company)?)?;
    let all = all.items().iter().map(|record| convert::current(session.settings(), kind, record.clone()));
    Ok(all.filter(|contact| holds(contact, keys)).collect())
}

fn holds(contact: &Current, keys: &Keys) -> bool {
    let address = contact.fields.text(Field::Email);
    let id = contact.fields.text(Field::Udf(Udf::Office365Id)).map(|id| id.trim_matches(['{', '}']));
    address.is_some_and(|own| keys.emails.iter().any(|wanted| email::same(own, wanted)))
        || id.is_some_and(|own| keys.user_ids.iter().any(|wanted| own.eq_ignore_ascii_case(wanted.as_str())))
}
