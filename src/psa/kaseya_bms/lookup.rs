//! Single records: as they are now, and those that hold an address or an id.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::PoisonError;

use super::udf::Module;
use super::wire::Contact;
use super::{KaseyaBms, convert, modules, read, values};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, RecordKind, Udf};
use crate::side::{Current, Keys, Raw};
use crate::text::{email, show};

/// From how many contacts on a company's contacts are listed rather than read one by one: a hundred come on a
/// page.
pub(super) const LIST_FROM: usize = 8;

/// Returns the records with these ids, as they are now: each with its custom fields, which cost a request more.
///
/// Kept values would not do. Every change of a contact rests on the 365 id that the contact stores, also where no
/// custom field is written, and whether writing a custom field counts as a change of the contact is not
/// documented: under the same time of its last change the id may be another one by now.
pub(super) fn again(
    bms: &KaseyaBms,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    let known = modules::known(bms)?;
    let module = known.of(kind);
    match kind {
        RecordKind::PsaCompany => {
            let found = read::each(ids, |id| account(bms, module, id))?;
            Ok(Current::by_id(found.into_iter().flatten()))
        }
        RecordKind::Contact => {
            let found = contacts(bms, convert::number(company)?, ids)?;
            let found = read::each(&found, |record| contact(bms, module, record))?;
            Ok(Current::by_id(found))
        }
        _ => Err(foreign(kind)),
    }
}

/// Returns the contacts of `company` that hold any of `keys`.
///
/// All the company's contacts are listed, since what a search by address compares is not documented: this way no
/// address is missed, default or not, active contact or not. Custom fields cannot be searched: to find an id, the
/// values of every contact of the company are needed, those that are kept where the contact has not changed
/// since, else by one request each. An id that a user puts into the custom field of such a contact meanwhile,
/// without Kaseya BMS counting it as a change of the contact, is not seen. Where the hour's calls do not suffice,
/// none is made for it, and the search fails rather than miss one. Where no module of contacts with that field is
/// known, no contact holds an id.
pub(super) fn find(bms: &KaseyaBms, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    match kind {
        // Companies hold neither ids of users nor addresses of people.
        RecordKind::PsaCompany => return Ok(Vec::new()),
        RecordKind::Contact => {}
        _ => return Err(foreign(kind)),
    }
    let known = modules::known(bms)?;
    let module = known.of(kind);
    let by_id = module.filter(|module| {
        let holds_it = module.fields.iter().any(|each| each.field.role == Udf::Office365Id);
        holds_it && !keys.user_ids.is_empty()
    });
    let all = read::of_account(&bms.session, convert::number(company)?)?;
    let all = all.items();
    let (mut found, others): (Vec<&Contact>, Vec<&Contact>) =
        all.iter().partition(|record| holds_address(record, &keys.emails));
    if let Some(module) = by_id {
        let whole = (company, all.len());
        found.extend(holders(bms, module, whole, others, &keys.user_ids)?);
    }
    read::each(&found, |record| contact(bms, module, record))
}

/// Returns those among a company's `contacts` that hold one of these ids; it has so many in all.
///
/// # Errors
/// `Kind::Incomplete` where the hour has fewer calls left than that takes; none is made then.
fn holders<'c>(
    bms: &KaseyaBms,
    module: &Module,
    (company, all): (&Id, usize),
    contacts: Vec<&'c Contact>,
    ids: &[Id],
) -> Result<Vec<&'c Contact>> {
    let _searching = bms.session.searching.lock().unwrap_or_else(PoisonError::into_inner);
    let mut found = Vec::new();
    let mut open = Vec::new();
    for record in contacts {
        match values::kept(bms, module, values::wanted_of(record)) {
            Some(fields) if holds_id(&fields, ids) => found.push(record),
            Some(_) => {}
            None => open.push(record),
        }
    }
    let room = bms.session.room(values::TEMPLATE);
    if open.len() > room {
        let [unknown, all, room] = [open.len(), all, room].map(show::count);
        let after = show::minute(values::time_for(&bms.session, open.len()));
        let message = format!(
            "the custom fields of {unknown} of {all} contacts of company {company} are not known, which takes more \
             calls than the {room} that are left in this hour: run the command again after {after}"
        );
        return Err(Error::new(Kind::Incomplete, message));
    }
    let asked = read::each(&open, |record| {
        let fields = values::ask(bms, module, values::wanted_of(record))?;
        Ok(holds_id(&fields, ids).then_some(*record))
    })?;
    found.extend(asked.into_iter().flatten());
    Ok(found)
}

fn holds_address(record: &Contact, emails: &[String]) -> bool {
    let own = record.emails.iter().filter_map(|email| email.address.as_deref());
    own.into_iter().any(|address| emails.iter().any(|email| email::same(email, address)))
}

fn holds_id(fields: &Fields, ids: &[Id]) -> bool {
    let field = Field::Udf(Udf::Office365Id);
    fields.text(field).is_some_and(|held| ids.iter().any(|id| field.same(held, id.as_str())))
}

/// Returns the company's contacts among `ids`.
fn contacts(bms: &KaseyaBms, company: i64, ids: &[Id]) -> Result<Vec<Contact>> {
    let numbers: BTreeSet<i64> = ids.iter().filter_map(Id::number).collect();
    if numbers.len() >= LIST_FROM {
        let mut found = Vec::new();
        read::of_account(&bms.session, company)?
            .only(|contact| numbers.contains(&contact.id))
            .map(|contact| found.push(contact));
        return Ok(found);
    }
    let numbers: Vec<i64> = numbers.into_iter().collect();
    let found = read::each(&numbers, |id| read::contact(&bms.session, *id))?;
    Ok(found.into_iter().flatten().filter(|contact| contact.account == company).collect())
}

/// Returns the contact with its custom fields as they are now.
fn contact(bms: &KaseyaBms, module: Option<&Module>, record: &Contact) -> Result<Current> {
    let udfs = module.map(|module| values::ask(bms, module, values::wanted_of(record))).transpose()?;
    // The record goes into the answer whole, and is read from what it came as.
    Ok(convert::current(Contact::read(record.raw.clone())?, &udfs.unwrap_or_default()))
}

fn account(bms: &KaseyaBms, module: Option<&Module>, id: &Id) -> Result<Option<Current>> {
    let number = convert::number(id)?;
    let Some((account, raw)) = read::account(&bms.session, number)? else { return Ok(None) };
    let wanted = values::wanted_of_account(number);
    let udfs = module.map(|module| values::ask(bms, module, wanted)).transpose()?;
    let company = convert::company(&account, udfs.unwrap_or_default());
    Ok(Some(Current {
        id: company.id,
        active: company.active,
        fields: company.fields,
        alternates: Vec::new(),
        stamp: None,
        raw: Raw(raw),
    }))
}

/// Returns the error for a kind of records that another side keeps.
pub(super) fn foreign(kind: RecordKind) -> Error {
    Error::new(Kind::Service, format!("Kaseya BMS keeps no {}", kind.noun()))
}
