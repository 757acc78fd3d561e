//! Single records: as they are now, and those that hold an address or an id.

use std::collections::{BTreeMap, BTreeSet};

use super::modules::{self, Module};
use super::values::{self, Wanted};
use super::wire::Contact;
use super::{KaseyaBms, convert, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Current, Field, Fields, Id, Keys, Raw, RecordKind, Udf};
use crate::text::email;

/// From how many contacts on a company's contacts are listed rather than read one by one: a hundred come on a
/// page.
const LIST_FROM: usize = 8;

/// The records with these ids, as they are now: each with its custom fields, which cost a request more.
pub(super) fn again(
    bms: &KaseyaBms,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    let known = modules::known(&bms.session)?;
    let module = known.of(kind);
    match kind {
        RecordKind::PsaCompany => {
            let found = read::each(ids, |id| Ok((id.clone(), account(bms, module, id)?)))?;
            Ok(found.into_iter().filter_map(|(id, current)| Some((id, current?))).collect())
        }
        RecordKind::Contact => {
            let found = contacts(bms, convert::number(company)?, ids)?;
            let found = read::each(&found, |record| contact(bms, module, record))?;
            Ok(found.into_iter().map(|current| (current.id.clone(), current)).collect())
        }
        _ => Err(foreign(kind)),
    }
}

/// The contacts of `company` that hold any of `keys`.
///
/// All the company's contacts are listed, since what a search by address compares is not documented: this way no
/// address is missed, default or not, active contact or not. Custom fields cannot be searched: to find an id, the
/// values of every contact of the company are needed, from memory where they were read before in this run and
/// the contact has not changed since, else by one request each. An id that somebody puts into the custom field of
/// such a contact meanwhile, without Kaseya BMS counting it as a change of the contact, is not seen. Where the
/// hour's calls do not suffice, the search fails rather than miss one. Where no module of contacts with that
/// field is known, no contact holds an id.
pub(super) fn find(bms: &KaseyaBms, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    match kind {
        // Companies hold neither ids of users nor addresses of people.
        RecordKind::PsaCompany => return Ok(Vec::new()),
        RecordKind::Contact => {}
        _ => return Err(foreign(kind)),
    }
    let known = modules::known(&bms.session)?;
    let module = known.of(kind);
    let by_id = module.filter(|module| {
        let holds_it = module.fields.iter().any(|each| each.field.role == Udf::Office365Id);
        holds_it && !keys.user_ids.is_empty()
    });
    let all = read::of_account(&bms.session, convert::number(company)?)?;
    let found = read::each(all.items(), |record| {
        if holds_address(record, &keys.emails) {
            return Ok(Some(record));
        }
        let Some(module) = by_id else { return Ok(None) };
        let fields = kept_or_asked(bms, module, read::wanted_of(record))?;
        Ok(holds_id(&fields, &keys.user_ids).then_some(record))
    })?;
    let found: Vec<&Contact> = found.into_iter().flatten().collect();
    read::each(&found, |record| contact(bms, module, record))
}

fn kept_or_asked(bms: &KaseyaBms, module: &Module, wanted: Wanted<'_>) -> Result<Fields> {
    values::kept(bms, module, wanted).map_or_else(|| values::ask(bms, module, wanted), Ok)
}

fn holds_address(record: &Contact, emails: &[String]) -> bool {
    let own = record.emails.iter().filter_map(|email| email.address.as_deref());
    own.into_iter().any(|address| emails.iter().any(|email| email::same(email, address)))
}

fn holds_id(fields: &Fields, ids: &[Id]) -> bool {
    let field = Field::Udf(Udf::Office365Id);
    fields.text(field).is_some_and(|held| ids.iter().any(|id| field.same(held, id.as_str())))
}

/// The company's contacts among `ids`.
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

/// The contact with its custom fields as they are now.
fn contact(bms: &KaseyaBms, module: Option<&Module>, record: &Contact) -> Result<Current> {
    let udfs = module.map(|module| values::ask(bms, module, read::wanted_of(record))).transpose()?;
    // The record goes into the answer whole, and is read from what it came as.
    Ok(convert::current(Contact::read(record.raw.clone())?, &udfs.unwrap_or_default()))
}

fn account(bms: &KaseyaBms, module: Option<&Module>, id: &Id) -> Result<Option<Current>> {
    let number = convert::number(id)?;
    let Some((account, raw)) = read::account(&bms.session, number)? else { return Ok(None) };
    let wanted = Wanted { kind: RecordKind::PsaCompany, id: number, stamp: None };
    let udfs = module.map(|module| values::ask(bms, module, wanted)).transpose()?;
    let company = convert::company(&account, udfs.unwrap_or_default());
    Ok(Some(Current {
        id: company.id,
        active: Some(company.active),
        fields: company.fields,
        alternates: Vec::new(),
        raw: Raw(raw),
    }))
}

/// A kind of records that stands on another side.
pub(super) fn foreign(kind: RecordKind) -> Error {
    Error::new(Kind::Service, format!("Kaseya BMS keeps no {}", kind.noun()))
}
