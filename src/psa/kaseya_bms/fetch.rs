//! A reading of chosen companies: companies, contacts and custom fields, asked for side by side.

use std::collections::BTreeMap;
use std::thread;

use super::convert::listed;
use super::found::{Found, Listed};
use super::read::{accounts, contacts, joined, learn_types};
use super::udf::Modules;
use super::values::{self, Known, Wanted, wanted_of_account, wanted_of_listed};
use super::wire::Account;
use super::{KaseyaBms, budget, modules};
use crate::error::Result;
use crate::model::{Complete, Id, Pending, RecordKind};
use crate::side::PsaRequest;

/// Asks for all that `request` wants.
///
/// # Errors
/// What prevents reading anything at all.
pub(super) fn fetch(bms: &KaseyaBms, request: &PsaRequest) -> Result<Found> {
    let session = &bms.session;
    session.begin()?;
    let mut ids: Vec<i64> = request.companies.iter().filter_map(Id::number).collect();
    ids.sort_unstable();
    ids.dedup();
    let (modules, accounts, contacts) = thread::scope(|scope| {
        let modules = scope.spawn(|| modules::known(bms));
        let accounts = scope.spawn(|| accounts(session, &ids));
        let contacts = contacts(session, &ids, listed);
        (joined(modules), joined(accounts), contacts)
    });
    let (modules, accounts, contacts) = (modules?, accounts?, contacts?);
    let (account_fields, contact_fields) = fields(bms, &modules, &accounts, &contacts)?;
    let pending = pending(&contacts, &account_fields, &contact_fields);
    if !session.types.untyped().is_empty() {
        learn_types(session)?;
    }
    let untyped = session.types.untyped();
    let (account_fields, contact_fields) = (account_fields.values, contact_fields.values);
    let budget = budget::left(session, &modules);
    Ok(Found { accounts, contacts, modules, account_fields, contact_fields, pending, budget, untyped })
}

/// Reads as many values of custom fields as the hour allows: of companies first, of which there are few, then of the
/// contacts of one company after the other, those with the fewest first, so that as many as possible are known
/// whole; of each the active ones first.
///
/// When a company was last changed is not in its list, so its values are kept by their age alone.
fn fields(
    bms: &KaseyaBms,
    modules: &Modules,
    accounts: &BTreeMap<i64, Account>,
    contacts: &BTreeMap<i64, Result<Complete<Listed>>>,
) -> Result<(Known, Known)> {
    let many = |kind, wanted: &[Wanted<'_>]| {
        let Some(module) = modules.of(kind).filter(|module| !module.fields.is_empty()) else {
            return Ok(Known { values: BTreeMap::new(), missing: None });
        };
        values::many(bms, module, wanted, values::room(&bms.session))
    };
    let wanted: Vec<Wanted<'_>> = accounts.keys().map(|id| wanted_of_account(*id)).collect();
    let account_fields = many(RecordKind::PsaCompany, &wanted)?;
    let known = contacts.iter().filter(|(id, _)| accounts.contains_key(id));
    let mut lists: Vec<&[Listed]> =
        known.filter_map(|(_, contacts)| contacts.as_ref().ok()).map(Complete::items).collect();
    lists.sort_by_key(|contacts| contacts.len());
    let mut wanted = Vec::new();
    for list in lists {
        let mut list: Vec<&Listed> = list.iter().collect();
        list.sort_by_key(|listed| (listed.contact.active == Some(false), listed.id));
        wanted.extend(list.into_iter().map(wanted_of_listed));
    }
    Ok((account_fields, many(RecordKind::Contact, &wanted)?))
}

/// Returns what is not known of every company whose contacts were read.
fn pending(
    contacts: &BTreeMap<i64, Result<Complete<Listed>>>,
    account_fields: &Known,
    contact_fields: &Known,
) -> BTreeMap<i64, Pending> {
    let of = |(id, contacts): (&i64, &Result<Complete<Listed>>)| {
        let contacts = contacts.as_ref().ok()?.items();
        let lacks = |known: &Known, id: &i64| known.missing.is_some() && !known.values.contains_key(id);
        let company = lacks(account_fields, id);
        let unknown = contacts.iter().filter(|contact| lacks(contact_fields, &contact.id)).count();
        let why = if unknown > 0 { &contact_fields.missing } else { &account_fields.missing };
        let why = why.clone().filter(|_| company || unknown > 0)?;
        Some((*id, Pending { company, unknown, contacts: contacts.len(), why }))
    };
    contacts.iter().filter_map(of).collect()
}
