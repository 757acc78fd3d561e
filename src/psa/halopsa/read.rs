//! What is asked of HaloPSA for a reading, and the proof that every listing was read to its end.

use std::collections::BTreeMap;

use super::errors;
use super::session::Session;
use super::wire::{Client, PAGE, Page, Record, Sort, User, spoiled};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id};
use crate::side::try_each;

/// Which users are wanted of a client, or of all.
const WHOLE: [(&str, &str); 3] =
    [("includeactive", "true"), ("includeinactive", "true"), ("exclude_generaluser", "true")];

/// No client's id.
const NO_CLIENT: i64 = -1;

fn pairs(of: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    of.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Returns the clients with these ids that exist, active or not. A client's custom fields are read of its own record
/// where its row does not show them.
pub(super) fn clients(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Client>> {
    let mut found = BTreeMap::new();
    all_clients(session)?
        .only(|client| ids.binary_search(&client.id).is_ok())
        .map(|client| found.insert(client.id, client));
    let bare: Vec<i64> = found.values().filter(|client| client.custom.is_none()).map(|one| one.id).collect();
    let asked = try_each(&bare, session.at_once(), |id| one::<Client>(session, Client::SORT, *id))?;
    for whole in asked.into_iter().flatten() {
        if let Some(row) = found.get_mut(&whole.id) {
            row.custom = whole.custom;
        }
    }
    for client in found.values() {
        session.learn_site(client);
    }
    Ok(found)
}

/// Returns every client as its row shows it, active or not.
///
/// # Errors
/// [`Kind::Incomplete`] where they are not known to be all, and whatever keeps them from being read.
pub(super) fn all_clients(session: &Session) -> Result<Complete<Client>> {
    let query =
        pairs(&[("includeactive", "true"), ("includeinactive", "true"), ("includeazuretenants", "true")]);
    let first = session.page::<Client>(&query, 1)?;
    rest(session, &query, first)
}

/// Returns the users of each of these clients. Where all users of the instance take no more pages than there are clients,
/// they are read together: every client alone takes a page at least.
pub(super) fn users(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Result<Complete<User>>>> {
    if ids.len() > 1 {
        let query = pairs(&WHOLE);
        let first = session.page::<User>(&query, 1)?;
        if first.total.div_ceil(PAGE) <= ids.len() {
            // A listing that is spoiled says nothing of the clients' own, which are shorter.
            match rest(session, &query, first).and_then(persons) {
                Ok(all) => {
                    let groups = all.group_by(ids, |user| user.client.unwrap_or(NO_CLIENT));
                    return Ok(groups.into_iter().map(|(id, users)| (id, Ok(users))).collect());
                }
                Err(error) if error.kind() != Kind::Incomplete => return Err(error),
                Err(_) => {}
            }
        }
    }
    let lists = try_each(ids, session.at_once(), |id| match of_client(session, *id) {
        // Says nothing of the other clients.
        Err(error) if error.kind() == Kind::Incomplete => Ok((*id, Err(error))),
        users => Ok((*id, Ok(users?))),
    })?;
    Ok(lists.into_iter().collect())
}

/// Returns all users of one client, active or not.
///
/// # Errors
/// [`Kind::Incomplete`] where they are not known to be all, and whatever keeps them from being read.
pub(super) fn of_client(session: &Session, client: i64) -> Result<Complete<User>> {
    let mut query = pairs(&WHOLE);
    query.push(("client_id", client.to_string()));
    let first = session.page::<User>(&query, 1)?;
    let all = persons(rest(session, &query, first)?)?;
    if all.items().iter().any(|user| user.client != Some(client)) {
        return Err(spoiled(User::SORT, "holds records that were not asked for"));
    }
    Ok(all)
}

/// Returns those users who are persons: every site has a general user, which an instance may list all the same.
fn persons(all: Complete<User>) -> Result<Complete<User>> {
    if all.items().iter().any(|user| user.client.is_none()) {
        return Err(spoiled(User::SORT, "holds a user without a client"));
    }
    Ok(all.only(|user| !user.is_general()))
}

/// Returns a page of records that show which custom fields there are.
pub(super) fn some<T: Record>(session: &Session) -> Result<Vec<T>> {
    session.page::<T>(&[], 1).map(|page| page.records)
}

/// Returns the whole listing that begins with the page `first`, which counts the records of all.
fn rest<T: Record + Sync>(
    session: &Session,
    query: &[(&str, String)],
    first: Page<T>,
) -> Result<Complete<T>> {
    let (sort, total) = (T::SORT, first.total);
    let mut listing = session.listing(sort);
    let size = first.records.len();
    if size == 0 && total > 0 {
        return Err(spoiled(sort, "ends before all records came that it counts"));
    }
    // The first page tells how many records come on one, which may be fewer than were asked for.
    let pages = total.div_ceil(size.max(1)).max(1);
    listing.announce(pages, total)?;
    let id = |record: &T| Id::from(record.id());
    listing.page(first.records, id)?;
    let read = |number: &usize| {
        let page = session.page::<T>(query, *number)?;
        // A record that goes while pages are read moves another one over to a page that was read already, so a count
        // that moves spoils the listing even where it agrees in the end.
        if page.total != total {
            return Err(spoiled(sort, "changed while it was read"));
        }
        if page.records.is_empty() {
            return Err(spoiled(sort, "ends before all records came that it counts"));
        }
        Ok(page.records)
    };
    let numbers: Vec<usize> = (2..=pages).collect();
    for records in try_each(&numbers, session.at_once(), read)? {
        listing.page(records, id)?;
    }
    listing.end_with_count(total)
}

/// Returns the record with this id as it is now; nothing if there is none.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn one<T: Record>(session: &Session, sort: Sort, id: i64) -> Result<Option<T>> {
    let reply = session.get(&format!("{}/{id}", sort.path), &[("includedetails", "true".to_owned())])?;
    if reply.status == 404 && !reply.is_html() {
        return Ok(None);
    }
    let what = format!("{} {id}", sort.one);
    errors::check(&reply, &what)?;
    let record: T = reply.json(&what).map_err(|error| error.attempts(reply.attempts))?;
    if record.id() == id {
        return Ok(Some(record));
    }
    Err(Error::new(Kind::Service, format!("HaloPSA answered with another record for {what}"))
        .attempts(reply.attempts))
}
