//! What is asked of Syncro for a reading, and the proof that every listing was read to its end.
//!
//! Contacts can be had in three ways, and which costs least depends on the account: all customers, inside which
//! their contacts come along; all contacts; or the contacts of one chosen customer after the other. The first
//! pages of customers and contacts are read in any case, and the counts they carry decide.
//!
//! Every page tells how many records there are. A listing is whole if no record came twice, if there are as many
//! as the last page says, and if the first page said the same. Contacts that came inside customers are believed
//! only if there are as many as the contacts' own listing counts before and after; otherwise, as where contacts
//! without a customer exist, they are read once more in another way.

use std::collections::{BTreeMap, BTreeSet};

use super::convert::listed;
use super::found::{Found, Listed};
use super::session::Session;
use super::udf::{self, Seen};
use super::wire::{CONTACTS, CUSTOMER_ID, CUSTOMERS, List, Page, Record};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id, Listing};
use crate::side::{PsaRequest, try_each};

/// Customers named in one address: keeps it far below the lengths that proxies cut.
const IDS: usize = 100;

/// Pages that are asked for at the same time: as many requests as the account is sent.
const PAGES_AT_ONCE: usize = 4;

/// No customer's id.
const NO_CUSTOMER: i64 = i64::MIN;

/// A way to have the contacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// All contacts.
    Contacts,
    /// The contacts of one chosen customer after the other.
    EachCustomer,
    /// All customers, with the contacts inside.
    Customers,
}

/// What the first pages tell about an account.
#[derive(Debug, Clone, Copy)]
struct Counts {
    /// Chosen customers.
    chosen: usize,
    /// Those that are not on the first page of customers.
    elsewhere: usize,
    customers: usize,
    customer_pages: usize,
    contact_pages: usize,
}

impl Counts {
    /// The ways by the requests that each still needs, the cheapest first; of two that cost the same, the one
    /// that needs no further proof.
    fn ways(self) -> [Way; 3] {
        let customers_left = self.customer_pages.saturating_sub(1);
        let names = customers_left.min(self.elsewhere.div_ceil(IDS));
        // At least one page each, and the customers' share of all pages.
        let each = self.contact_pages.saturating_mul(self.chosen) / self.customers.max(1);
        let each = each.saturating_add(self.chosen);
        let mut ways = [
            (self.contact_pages.saturating_sub(1).saturating_add(names), Way::Contacts),
            (each.saturating_add(names), Way::EachCustomer),
            (customers_left.saturating_add(1), Way::Customers),
        ];
        ways.sort_by_key(|(requests, _)| *requests);
        ways.map(|(_, way)| way)
    }
}

/// Asks for all that `request` wants.
///
/// # Errors
/// The first failure.
pub(super) fn fetch(session: &Session, request: &PsaRequest) -> Result<Found> {
    let mut chosen: Vec<i64> = request.companies.iter().filter_map(Id::number).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let customers = session.page(CUSTOMERS, &everybody(), 1)?;
    let contacts = session.page(CONTACTS, &[], 1)?;
    let mut contact_keys = udf::keys(&contacts.records);
    let ways = counts(&chosen, &customers, &contacts).ways();
    let seen = Seen::default();
    let contact = |record: Record| {
        seen.on(&record);
        (record.customer().unwrap_or(NO_CUSTOMER), listed(session.settings(), &record))
    };

    let (customers, inside) = if ways[0] == Way::Customers {
        let inside = Inside { session, chosen: &chosen, seen: Seen::default() };
        let all = rest(session, CUSTOMERS, &everybody(), customers, |record| inside.of(record))?;
        let (mut found, mut lists) = (BTreeMap::new(), Vec::new());
        all.map(|Customer { record, contacts }| {
            found.extend(record.map(|record| (record.id(), record)));
            lists.push(contacts);
        });
        let all = self::inside(session, lists, contacts.meta.total)?;
        if all.is_some() {
            contact_keys.append(&mut inside.seen.keys());
        }
        (found, all)
    } else {
        (these(session, &chosen, customers)?, None)
    };
    let each = ways.into_iter().find(|way| *way != Way::Customers) == Some(Way::EachCustomer);
    let mut grouped = BTreeMap::new();
    match inside {
        Some(inside) => grouped = inside.grouped(&chosen),
        None if each => {
            for id in customers.keys() {
                let first = session.page(CONTACTS, &of(*id), 1)?;
                let contacts = whole_of_customer(session, *id, first, contact)?;
                grouped.insert(*id, contacts.map(|(_, contact)| contact));
            }
        }
        None => grouped = rest(session, CONTACTS, &[], contacts, contact)?.grouped(&chosen),
    }
    contact_keys.append(&mut seen.keys());
    session.learn(&contact_keys);
    Ok(Found { customers, contacts: grouped, contact_keys })
}

/// All customers, disabled ones too.
pub(super) fn all_customers(session: &Session) -> Result<Complete<Record>> {
    let first = session.page(CUSTOMERS, &everybody(), 1)?;
    rest(session, CUSTOMERS, &everybody(), first, |record| record)
}

fn counts(chosen: &[i64], customers: &Page, contacts: &Page) -> Counts {
    let here: BTreeSet<i64> = customers.records.iter().map(Record::id).collect();
    Counts {
        chosen: chosen.len(),
        elsewhere: chosen.iter().filter(|id| !here.contains(id)).count(),
        customers: customers.meta.total,
        customer_pages: customers.meta.pages,
        contact_pages: contacts.meta.pages,
    }
}

/// The contacts of one customer, all of them.
pub(super) fn of_customer(session: &Session, customer: i64) -> Result<Complete<Record>> {
    let first = session.page(CONTACTS, &of(customer), 1)?;
    of_customer_from(session, customer, first)
}

/// The same where the first page was read.
pub(super) fn of_customer_from(session: &Session, customer: i64, first: Page) -> Result<Complete<Record>> {
    let record = |record: Record| (record.customer().unwrap_or(NO_CUSTOMER), record);
    Ok(whole_of_customer(session, customer, first, record)?.map(|(_, record)| record))
}

/// The same, each contact converted as its page arrives, with its customer.
fn whole_of_customer<U: Send>(
    session: &Session,
    customer: i64,
    first: Page,
    convert: impl Fn(Record) -> (i64, U) + Sync,
) -> Result<Complete<(i64, U)>> {
    let all = rest(session, CONTACTS, &of(customer), first, convert)?;
    if all.items().iter().any(|(own, _)| *own != customer) {
        return Err(spoiled(CONTACTS, "holds records that were not asked for"));
    }
    Ok(all)
}

/// The contacts of this customer.
fn of(customer: i64) -> [(&'static str, String); 1] {
    [(CUSTOMER_ID, customer.to_string())]
}

/// Disabled customers too: without being asked for they are left out (vendor documents).
fn everybody() -> Vec<(&'static str, String)> {
    vec![("include_disabled", "true".to_owned())]
}

/// The chosen customers: from all pages, or asked for by their ids, whichever is less.
fn these(session: &Session, chosen: &[i64], first: Page) -> Result<BTreeMap<i64, Record>> {
    let here: BTreeSet<i64> = first.records.iter().map(Record::id).collect();
    let elsewhere: Vec<i64> = chosen.iter().copied().filter(|id| !here.contains(id)).collect();
    if first.meta.pages <= 1 + elsewhere.len().div_ceil(first.records.len().clamp(1, IDS)) {
        return by_id(session, &everybody(), first, chosen);
    }
    let mut found: BTreeMap<i64, Record> =
        first.records.into_iter().map(|record| (record.id(), record)).collect();
    for some in elsewhere.chunks(IDS) {
        let mut query = everybody();
        query.extend(some.iter().map(|id| ("id[]", id.to_string())));
        let first = session.page(CUSTOMERS, &query, 1)?;
        found.extend(by_id(session, &query, first, some)?);
    }
    found.retain(|id, _| chosen.binary_search(id).is_ok());
    Ok(found)
}

/// The chosen customers of a listing that begins with the page `first`.
fn by_id(
    session: &Session,
    query: &[(&str, String)],
    first: Page,
    chosen: &[i64],
) -> Result<BTreeMap<i64, Record>> {
    let of = |record: Record| chosen.binary_search(&record.id()).is_ok().then_some(record);
    let mut found = BTreeMap::new();
    rest(session, CUSTOMERS, query, first, of)?
        .map(|record| found.extend(record.map(|record| (record.id(), record))));
    Ok(found)
}

/// Takes customers apart that come with their contacts inside.
struct Inside<'a> {
    session: &'a Session,
    chosen: &'a [i64],
    seen: Seen,
}

/// A customer: the record if it is chosen, and the contacts inside by their ids, which are kept if it is chosen. `None` if
/// they are not whole: each with its customer and its properties.
struct Customer {
    record: Option<Record>,
    contacts: Option<Vec<Read>>,
}

type Read = (Id, Option<(i64, Listed)>);

impl Inside<'_> {
    fn of(&self, mut record: Record) -> Customer {
        let own = record.id();
        let is_chosen = self.chosen.binary_search(&own).is_ok();
        let whole = |contact: &Record| contact.customer() == Some(own) && contact.properties().is_some();
        let contacts = record.take_contacts().filter(|contacts| contacts.iter().all(whole));
        let read = |contact: Record| {
            self.seen.on(&contact);
            let kept = || (own, listed(self.session.settings(), &contact));
            (id(&contact), is_chosen.then(kept))
        };
        let contacts = contacts.map(|contacts| contacts.into_iter().map(read).collect());
        Customer { record: is_chosen.then_some(record), contacts }
    }
}

/// The contacts that came inside all the customers, if they are all there are: `before` and now as many as the
/// listing of contacts counts, each once and whole.
fn inside(
    session: &Session,
    customers: Vec<Option<Vec<Read>>>,
    before: usize,
) -> Result<Option<Complete<(i64, Listed)>>> {
    let mut listing = Listing::new(CONTACTS.what);
    for contacts in customers {
        let Some(contacts) = contacts else { return Ok(None) };
        if listing.converted(contacts).is_err() {
            return Ok(None);
        }
    }
    if listing.len() != before || session.page(CONTACTS, &[], 1)?.meta.total != before {
        return Ok(None);
    }
    listing.end_with_count(before).map(Some)
}

/// The whole listing that begins with the page `first`, which tells how many follow; each record converted as its page
/// arrives, so that Syncro's form of it is not kept.
fn rest<U: Send>(
    session: &Session,
    list: List,
    query: &[(&str, String)],
    first: Page,
    convert: impl Fn(Record) -> U + Sync,
) -> Result<Complete<U>> {
    let one = |record: Record| (id(&record), Some(convert(record)));
    let converted = |page: Page| page.records.into_iter().map(one).collect::<Vec<_>>();
    let total = first.meta.total;
    let mut listing = session.listing(list.what);
    listing.announce(first.meta.pages, total)?;
    let pages = first.meta.pages;
    accept(list, &first, 1, pages, total)?;
    listing.converted(converted(first))?;
    let numbers: Vec<usize> = (2..=pages).collect();
    let read = |number: &usize| {
        let page = session.page(list, query, *number)?;
        accept(list, &page, *number, pages, total)?;
        Ok(converted(page))
    };
    for page in try_each(&numbers, PAGES_AT_ONCE, read)? {
        listing.converted(page)?;
    }
    listing.end_with_count(total)
}

/// Passes if `page` is the one of that number, of a listing of so many pages that did not change: it counts as many
/// records as the first one did.
fn accept(list: List, page: &Page, number: usize, pages: usize, total: usize) -> Result<()> {
    let meta = page.meta;
    if meta.page.is_some_and(|own| own != number) {
        return Err(spoiled(list, "answered with another page than was asked for"));
    }
    if meta.total != total {
        return Err(spoiled(list, "changed while it was read"));
    }
    if number < pages && page.records.is_empty() {
        return Err(spoiled(list, "announces more after an empty page"));
    }
    Ok(())
}

fn id(record: &Record) -> Id {
    Id::from(record.id())
}

fn spoiled(list: List, why: &str) -> Error {
    let message = format!("the listing of {} {why}, so it is not known to be whole", list.what);
    Error::new(Kind::Incomplete, message)
        .hint("run the command again; nothing is concluded from this reading")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(chosen: usize, elsewhere: usize, customer_pages: usize, contact_pages: usize) -> Way {
        let customers = customer_pages * 100;
        Counts { chosen, elsewhere, customers, customer_pages, contact_pages }.ways()[0]
    }

    #[test]
    fn counts_without_sense_choose_a_way_all_the_same() {
        let most = usize::MAX;
        let counts =
            Counts { chosen: 3, elsewhere: 3, customers: 0, customer_pages: most, contact_pages: most };
        assert_eq!(counts.ways().len(), 3);
    }

    #[test]
    fn the_way_with_the_fewest_requests_is_taken() {
        assert_eq!(first(150, 60, 2, 120), Way::Customers, "a typical account, all of it served");
        assert_eq!(first(1, 1, 8, 120), Way::EachCustomer, "one company of many");
        assert_eq!(first(30, 0, 1, 1), Way::Contacts, "a small account, read already");
        assert_eq!(first(30, 30, 90, 4), Way::Contacts, "many customers who are people");
        assert_eq!(first(1, 0, 1, 2), Way::Contacts, "of the same cost, what needs no further proof");
    }
}
