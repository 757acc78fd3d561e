//! What is asked of Kaseya BMS for a reading, and the proof that every list was read to its end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use super::KaseyaBms;
use super::budget;
use super::modules::{self, Modules};
use super::session::{CONCURRENT, Call, Session};
use super::values::{self, Known, Wanted};
use super::wire::{self, Account, Contact, PAGE};
use crate::error::{Error, Kind, Result};
use crate::model::{Budget, Complete, Fields, Id, Pending, RecordKind};
use crate::psa::PsaRequest;

/// The call for a page of contacts, and the path that makes one.
pub(super) const LIST: &str = "crm/contacts/summary";

/// The call for one contact.
pub(super) const ONE: &str = "crm/contacts/summary/{id}";

/// Everything a reading needs, as Kaseya BMS tells it.
pub(super) struct Found {
    /// The companies that exist, by id.
    pub(super) accounts: BTreeMap<i64, Account>,
    /// The contacts of every company asked for, by its id, or why they are not known to be all.
    pub(super) contacts: BTreeMap<i64, Result<Complete<Contact>>>,
    /// The custom fields.
    pub(super) modules: Arc<Modules>,
    /// Their values by company id, of the companies they were read of.
    pub(super) account_fields: BTreeMap<i64, Fields>,
    /// Their values by contact id, of the contacts they were read of.
    pub(super) contact_fields: BTreeMap<i64, Fields>,
    /// What is not known of them, by company id.
    pub(super) pending: BTreeMap<i64, Pending>,
    /// How much of writing the hour still takes.
    pub(super) budget: Budget,
    /// Whether it is known how a mobile number is told from another.
    pub(super) mobile: bool,
}

/// One page of contacts.
struct Page {
    contacts: Vec<Contact>,
    total: Option<i64>,
}

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
        let modules = scope.spawn(|| modules::known(session));
        let accounts = scope.spawn(|| accounts(session, &ids));
        let contacts = contacts(session, &ids);
        (joined(modules), joined(accounts), contacts)
    });
    let (modules, accounts, contacts) = (modules?, accounts?, contacts?);
    let (account_fields, contact_fields) = fields(bms, &modules, &accounts, &contacts)?;
    let pending = pending(&contacts, &account_fields, &contact_fields);
    if session.types.mobile().is_none() {
        learn_types(session)?;
    }
    let mobile = session.types.mobile().is_some();
    let (account_fields, contact_fields) = (account_fields.values, contact_fields.values);
    let budget = budget::left(session, &modules);
    Ok(Found { accounts, contacts, modules, account_fields, contact_fields, pending, budget, mobile })
}

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Does `work` for each of `items`, a few at the same time; the results in the items' order.
///
/// # Errors
/// The first failure; nothing more is begun after it.
pub(super) fn each<'a, T: Sync, R: Send>(
    items: &'a [T],
    work: impl Fn(&'a T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let turn = || {
        let mut done = Vec::new();
        while !failed.load(Ordering::Relaxed) {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(index) else { break };
            let result = work(item);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            done.push((index, result));
        }
        done
    };
    let mut done: Vec<(usize, Result<R>)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..CONCURRENT.min(items.len())).map(|_| scope.spawn(turn)).collect();
        workers.into_iter().flat_map(joined).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

/// The companies with these ids that exist, active or not.
fn accounts(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Account>> {
    let chunks: Vec<&[i64]> = ids.chunks(PAGE).collect();
    let found = each(&chunks, |ids| {
        let call = Call::get("crm/accounts/lookup", &[]);
        let call = ids.iter().fold(call, |call, id| call.query("Filter.Ids", id));
        let call = call.query("Filter.WithInactiveAccounts", &true);
        let call = call.query("PageSize", &PAGE).query("PageNumber", &1);
        let accounts: Option<Vec<Account>> = wire::decode(session.call(&call)?.result, "a list of accounts")?;
        Ok(accounts.unwrap_or_default())
    })?;
    let asked_for = |account: &Account| ids.binary_search(&account.id).is_ok();
    Ok(found.into_iter().flatten().filter(asked_for).map(|account| (account.id, account)).collect())
}

/// The contacts of each of these companies. Where all the tenant's contacts take no more pages than there are
/// companies, they are read together: every company alone takes two pages at least.
fn contacts(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Result<Complete<Contact>>>> {
    // A list that is spoiled says nothing of the companies' own, which are shorter.
    let all = if ids.len() > 1 { list(session, None, ids.len()) } else { Ok(None) };
    match all {
        Ok(Some(all)) => {
            let groups = all.group_by(ids, |contact| contact.account);
            return Ok(groups.into_iter().map(|(id, contacts)| (id, Ok(contacts))).collect());
        }
        Err(error) if error.kind() != Kind::Incomplete => return Err(error),
        Ok(None) | Err(_) => {}
    }
    let lists = each(ids, |id| match of_account(session, *id) {
        // Says nothing of the other companies.
        Err(error) if error.kind() == Kind::Incomplete => Ok((*id, Err(error))),
        contacts => Ok((*id, Ok(contacts?))),
    })?;
    Ok(lists.into_iter().collect())
}

/// All contacts of one company, active or not.
///
/// # Errors
/// `Kind::Incomplete` where they are not known to be all, and whatever keeps them from being read.
pub(super) fn of_account(session: &Session, account: i64) -> Result<Complete<Contact>> {
    let contacts = list(session, Some(account), usize::MAX)?;
    contacts.ok_or_else(|| spoiled("has more pages than can be counted"))
}

/// All contacts, of one company or of all; nothing where the active ones alone take more than `most` pages.
///
/// Active and inactive ones are asked for apart: what comes without that filter is not documented.
fn list(session: &Session, account: Option<i64>, most: usize) -> Result<Option<Complete<Contact>>> {
    let mut listing = session.listing("Kaseya BMS contacts");
    let mut sum = 0;
    for active in [true, false] {
        let (before, mut total, mut number) = (listing.len(), None, 1);
        loop {
            let page = page(session, account, active, number)?;
            let count = accept(&page, account, active, total)?;
            if active && count.div_ceil(PAGE) > most {
                return Ok(None);
            }
            listing.announce(count.div_ceil(PAGE), count)?;
            let empty = page.contacts.is_empty();
            listing.page(page.contacts, |contact| Id::from(contact.id))?;
            (total, number) = (Some(count), number + 1);
            // A short page is not taken for the last one: fewer records may come on a page than asked for.
            if listing.len() - before >= count {
                break;
            }
            if empty {
                return Err(spoiled("ends before all records came that it counts"));
            }
        }
        sum = total.unwrap_or_default().saturating_add(sum);
    }
    listing.end_with_count(sum).map(Some)
}

fn page(session: &Session, account: Option<i64>, active: bool, number: usize) -> Result<Page> {
    let call = Call::get(LIST, &[]);
    let call = account.iter().fold(call, |call, id| call.query("Filter.AccountId", id));
    let call = call.query("Filter.IsActive", &active).query("PageSize", &PAGE).query("PageNumber", &number);
    let answer = session.call(&call)?;
    let records: Option<Vec<serde_json::Value>> = wire::decode(answer.result, "a list of contacts")?;
    let contacts: Vec<Contact> =
        records.unwrap_or_default().into_iter().map(Contact::read).collect::<Result<_>>()?;
    for contact in &contacts {
        session.types.learn(contact);
    }
    Ok(Page { contacts, total: answer.total })
}

/// How many records there are in all, if `page` is what was asked for: of `account`, all active or all not, and
/// of a list that did not change since the page before, which counted `before`.
///
/// A record that goes while pages are read moves another one over to a page that was read already, so a count
/// that moves spoils the list even where it agrees in the end.
fn accept(page: &Page, account: Option<i64>, active: bool, before: Option<usize>) -> Result<usize> {
    let Some(total) = page.total.and_then(|total| usize::try_from(total).ok()) else {
        return Err(spoiled("does not say how many there are"));
    };
    let other = |contact: &Contact| {
        account.is_some_and(|account| contact.account != account)
            || contact.is_active.is_some_and(|found| found != active)
    };
    if page.contacts.iter().any(other) {
        return Err(spoiled("holds records that were not asked for"));
    }
    if before.is_some_and(|before| before != total) {
        return Err(spoiled("changed while it was read"));
    }
    Ok(total)
}

fn spoiled(why: &str) -> Error {
    let message = format!("the listing of Kaseya BMS contacts {why}, so it is not known to be whole");
    Error::new(Kind::Incomplete, message)
        .hint("run the command again; nothing is concluded from this reading")
}

/// The values of custom fields, as far as the hour allows: of companies first, of which there are few, then of the
/// contacts of one company after the other, those with the fewest first, so that as many as possible are known
/// whole; of each the active ones first.
///
/// When a company was last changed is not in its list, so its values are kept by their age alone.
fn fields(
    bms: &KaseyaBms,
    modules: &Modules,
    accounts: &BTreeMap<i64, Account>,
    contacts: &BTreeMap<i64, Result<Complete<Contact>>>,
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
    let mut lists: Vec<&[Contact]> =
        known.filter_map(|(_, contacts)| contacts.as_ref().ok()).map(Complete::items).collect();
    lists.sort_by_key(|contacts| contacts.len());
    let mut wanted = Vec::new();
    for list in lists {
        let mut list: Vec<&Contact> = list.iter().collect();
        list.sort_by_key(|contact| (contact.is_active == Some(false), contact.id));
        wanted.extend(list.into_iter().map(wanted_of));
    }
    Ok((account_fields, many(RecordKind::Contact, &wanted)?))
}

/// What is not known of every company whose contacts were read.
fn pending(
    contacts: &BTreeMap<i64, Result<Complete<Contact>>>,
    account_fields: &Known,
    contact_fields: &Known,
) -> BTreeMap<i64, Pending> {
    let of = |(id, contacts): (&i64, &Result<Complete<Contact>>)| {
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

/// The company's values, as they are wanted.
pub(super) fn wanted_of_account(id: i64) -> Wanted<'static> {
    Wanted { kind: RecordKind::PsaCompany, id, stamp: Some("") }
}

/// The contact's values, as they are wanted.
pub(super) fn wanted_of(contact: &Contact) -> Wanted<'_> {
    Wanted { kind: RecordKind::Contact, id: contact.id, stamp: contact.modified_on.as_deref() }
}

/// Some contacts, of any company.
pub(super) fn some(session: &Session) -> Result<Vec<Contact>> {
    page(session, None, true, 1).map(|page| page.contacts)
}

/// Learns the types of addresses and numbers from a page of anybody's contacts.
pub(super) fn learn_types(session: &Session) -> Result<()> {
    page(session, None, true, 1).map(drop)
}

/// One contact, as it is now; nothing where it does not exist.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn contact(session: &Session, id: i64) -> Result<Option<Contact>> {
    let record = record(session, ONE, id)?;
    let contact = record.map(Contact::read).transpose()?;
    if let Some(contact) = &contact {
        session.types.learn(contact);
    }
    Ok(contact)
}

/// One company, as it is now; nothing where it does not exist.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn account(session: &Session, id: i64) -> Result<Option<(Account, serde_json::Value)>> {
    let record = record(session, "crm/accounts/summary/{id}", id)?;
    record.map(|raw| Ok((wire::decode(raw.clone(), "an account")?, raw))).transpose()
}

/// The record with this id. What comes for one that does not exist is not documented: a refusal that says so, or
/// nothing.
fn record(session: &Session, template: &'static str, id: i64) -> Result<Option<serde_json::Value>> {
    match session.call(&Call::get(template, &[id])) {
        Ok(answer) => Ok(Some(answer.result).filter(|record| !record.is_null())),
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page_of(contacts: &[(i64, i64, bool)], total: Option<i64>) -> Page {
        let contact = |(id, account, active): &(i64, i64, bool)| {
            Contact::read(json!({"id": id, "accountid": account, "isactive": active})).expect("a contact")
        };
        Page { contacts: contacts.iter().map(contact).collect(), total }
    }

    #[test]
    fn a_page_that_cannot_be_right_spoils_the_listing() {
        let table = [
            ("how many there are", page_of(&[(1, 7, true)], None)),
            ("how many there are", page_of(&[(1, 7, true)], Some(-1))),
            ("not asked for", page_of(&[(1, 8, true)], Some(1))),
            ("not asked for", page_of(&[(1, 7, false)], Some(1))),
            ("changed while", page_of(&[(1, 7, true)], Some(2))),
        ];
        for (why, page) in table {
            let error = accept(&page, Some(7), true, Some(1)).expect_err(why);
            assert_eq!(error.kind(), Kind::Incomplete);
            assert!(error.message().contains(why), "{error}");
        }
        assert_eq!(accept(&page_of(&[(1, 7, true)], Some(1)), Some(7), true, Some(1)).ok(), Some(1));
        assert_eq!(accept(&page_of(&[(1, 8, true)], Some(3)), None, true, None).ok(), Some(3));
    }

    #[test]
    fn work_on_many_keeps_their_order_and_ends_with_the_first_failure() {
        let items: Vec<i64> = (0..50).collect();
        assert_eq!(each(&items, |item| Ok(item * 2)).expect("no failure")[49], 98);
        assert!(each(&[] as &[i64], |_| Ok(())).expect("nothing to do").is_empty());
        let error = each(&items, |item| match item {
            0 => Err(Error::new(Kind::Network, "gone")),
            _ => Ok(()),
        });
        assert_eq!(error.expect_err("the first failed").kind(), Kind::Network);
    }
}
