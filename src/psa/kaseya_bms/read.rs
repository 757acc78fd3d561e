//! What is asked of Kaseya BMS for a reading, and the proof that every list was read to its end.

use std::collections::BTreeMap;
use std::thread;

use super::session::{CONCURRENT, Call, Session};
use super::wire::{self, Account, Contact, PAGE};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id};
use crate::side;

/// The call for a page of contacts, and the path that makes one.
pub(super) const LIST: &str = "crm/contacts/summary";

/// The call for one contact.
pub(super) const ONE: &str = "crm/contacts/summary/{id}";

/// One page of contacts.
struct Page {
    contacts: Vec<Contact>,
    total: Option<i64>,
}

/// Returns what a thread made, or goes on with its panic.
pub(super) fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> T {
    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

/// Does `work` for each of `items`, as many at the same time as the service takes; gives the results in the items' order.
///
/// # Errors
/// The first failure; nothing more is begun after it.
pub(super) fn each<'a, T: Sync, R: Send>(
    items: &'a [T],
    work: impl Fn(&'a T) -> Result<R> + Sync,
) -> Result<Vec<R>> {
    side::try_each(items, CONCURRENT, work)
}

/// Returns the companies with these ids that exist, active or not.
pub(super) fn accounts(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Account>> {
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

/// Returns all companies, active or not: what comes without that filter is not documented, and lookups carry no count.
pub(super) fn all_accounts(session: &Session) -> Result<Vec<Account>> {
    let mut accounts = Vec::new();
    for active in [true, false] {
        let mut listing = session.listing("Kaseya BMS accounts");
        let mut count = None;
        for number in 1.. {
            let call = Call::get("crm/accounts/summary", &[]).query("Filter.IsActive", &active);
            let answer = session.call(&call.query("PageSize", &PAGE).query("PageNumber", &number))?;
            let total = answer.total.and_then(|total| usize::try_from(total).ok());
            let Some(total) = total.filter(|total| count.is_none_or(|count| count == *total)) else {
                return Err(spoiled_list("accounts", "does not count them, or changed while it was read"));
            };
            count = Some(total);
            let page: Option<Vec<Account>> = wire::decode(answer.result, "a list of accounts")?;
            let page = page.unwrap_or_default();
            let is_last = page.is_empty();
            listing.page(page, |account| Id::from(account.id))?;
            if is_last || listing.len() >= total {
                break;
            }
        }
        listing.end_with_count(count.unwrap_or_default())?.map(|account| accounts.push(account));
    }
    Ok(accounts)
}

/// Returns the contacts of each of these companies, each converted as its page arrives, so that Kaseya BMS's form of it is
/// not kept. Where all the tenant's contacts take no more pages than there are
/// companies, they are read together: every company alone takes two pages at least.
pub(super) fn contacts<U: Send>(
    session: &Session,
    ids: &[i64],
    convert: impl Fn(Contact) -> U + Sync,
) -> Result<BTreeMap<i64, Result<Complete<U>>>> {
    let of_its_company = |contact: Contact| (contact.account, convert(contact));
    // A list that is spoiled says nothing of the companies' own, which are shorter.
    let all = if ids.len() > 1 { list(session, None, ids.len(), of_its_company) } else { Ok(None) };
    match all {
        Ok(Some(all)) => {
            let groups = all.grouped(ids);
            return Ok(groups.into_iter().map(|(id, contacts)| (id, Ok(contacts))).collect());
        }
        Err(error) if error.kind() != Kind::Incomplete => return Err(error),
        Ok(None) | Err(_) => {}
    }
    let lists = each(ids, |id| match all_of_account(session, *id, &convert) {
        // Says nothing of the other companies.
        Err(error) if error.kind() == Kind::Incomplete => Ok((*id, Err(error))),
        contacts => Ok((*id, Ok(contacts?))),
    })?;
    Ok(lists.into_iter().collect())
}

/// Returns all contacts of one company, active or not.
///
/// # Errors
/// `Kind::Incomplete` where they are not known to be all, and whatever keeps them from being read.
pub(super) fn of_account(session: &Session, account: i64) -> Result<Complete<Contact>> {
    all_of_account(session, account, |contact| contact)
}

fn all_of_account<U: Send>(
    session: &Session,
    account: i64,
    convert: impl Fn(Contact) -> U + Sync,
) -> Result<Complete<U>> {
    let contacts = list(session, Some(account), usize::MAX, convert)?;
    contacts.ok_or_else(|| spoiled("has more pages than can be counted"))
}

/// Returns all contacts, of one company or of all; nothing where the active ones alone take more than `most` pages.
///
/// Active and inactive ones are asked for apart: what comes without that filter is not documented.
fn list<U: Send>(
    session: &Session,
    account: Option<i64>,
    most: usize,
    convert: impl Fn(Contact) -> U + Sync,
) -> Result<Option<Complete<U>>> {
    let one = |contact: Contact| (Id::from(contact.id), Some(convert(contact)));
    let converted = |contacts: Vec<Contact>| contacts.into_iter().map(one).collect::<Vec<_>>();
    let mut listing = session.listing("Kaseya BMS contacts");
    let mut sum: usize = 0;
    for active in [true, false] {
        let first = page(session, account, active, 1)?;
        let count = accept(&first, account, active, None)?;
        if active && count.div_ceil(PAGE) > most {
            return Ok(None);
        }
        let size = first.contacts.len();
        if size == 0 && count > 0 {
            return Err(spoiled("ends before all records came that it counts"));
        }
        // The first page tells how many records come on one, which may be fewer than were asked for.
        let pages = count.div_ceil(size.max(1));
        listing.announce(pages, count)?;
        let before = listing.len();
        listing.converted(converted(first.contacts))?;
        let read = |number: &usize| {
            let page = page(session, account, active, *number)?;
            accept(&page, account, active, Some(count))?;
            if page.contacts.is_empty() {
                return Err(spoiled("ends before all records came that it counts"));
            }
            Ok(converted(page.contacts))
        };
        let numbers: Vec<usize> = (2..=pages).collect();
        each(&numbers, read)?.into_iter().try_for_each(|page| listing.converted(page))?;
        // Another page may have been shorter than the first.
        let mut number = pages;
        while listing.len() - before < count {
            number += 1;
            listing.converted(read(&number)?)?;
        }
        sum = count.saturating_add(sum);
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

/// Returns how many records there are in all, if `page` is what was asked for: of `account`, all active or all not,
/// and of a list that did not change since the page before, which counted `before`.
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
    spoiled_list("contacts", why)
}

fn spoiled_list(what: &str, why: &str) -> Error {
    let message = format!("the listing of Kaseya BMS {what} {why}, so it is not known to be whole");
    Error::new(Kind::Incomplete, message)
        .hint("run the command again; nothing is concluded from this reading")
}

/// Reads some contacts, of one company or of any.
pub(super) fn some(session: &Session, account: Option<i64>) -> Result<Vec<Contact>> {
    page(session, account, true, 1).map(|page| page.contacts)
}

/// Learns the types of addresses and numbers from a page of anybody's contacts.
pub(super) fn learn_types(session: &Session) -> Result<()> {
    page(session, None, true, 1).map(drop)
}

/// Returns one contact, as it is now; nothing where it does not exist.
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

/// Returns one company, as it is now; nothing where it does not exist.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn account(session: &Session, id: i64) -> Result<Option<(Account, serde_json::Value)>> {
    let record = record(session, "crm/accounts/summary/{id}", id)?;
    record.map(|raw| Ok((wire::decode(raw.clone(), "an account")?, raw))).transpose()
}

/// Returns the record with this id. What comes for one that does not exist is not documented: a refusal that says so,
/// or nothing.
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
