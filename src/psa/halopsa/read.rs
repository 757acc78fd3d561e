//! What is asked of HaloPSA for a reading, and the proof that every listing was read to its end.

use std::collections::BTreeMap;

use serde_json::json;

use super::convert::AZURE_ID;
use super::errors;
use super::session::{Session, TRIES};
use super::udf;
use super::wire::{Client, Custom, PAGE, Page, Record, Sort, User, spoiled};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id, Udf};
use crate::side::try_each;

/// Which users are wanted of a client, or of all.
///
/// What the two flags for service accounts do where they are not sent is not documented, as with the two for inactive
/// users. A service account that is not listed would get a second contact.
const WHOLE: [(&str, &str); 5] = [
    ("includeactive", "true"),
    ("includeinactive", "true"),
    ("includeserviceaccount", "true"),
    ("includenonserviceaccount", "true"),
    ("exclude_generaluser", "true"),
];

/// No client's id.
const NO_CLIENT: i64 = -1;

fn pairs(of: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    of.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

/// Clients by id, and why some of them do not tell their custom fields.
pub(super) type Clients = (BTreeMap<i64, Client>, BTreeMap<i64, Error>);

/// Returns the clients with these ids that exist, active or not. A client's custom fields are read of its own record
/// where its row does not show them, or shows a list without any: a tenant may be stored all the same.
pub(super) fn clients(session: &Session, ids: &[i64]) -> Result<Clients> {
    let mut found = BTreeMap::new();
    all_clients(session)?
        .only(|client| ids.binary_search(&client.id).is_ok())
        .map(|client| found.insert(client.id, client));
    for client in found.values() {
        session.learn_site(client);
    }
    let ids = |which: &dyn Fn(&[Custom]) -> bool| -> Vec<i64> {
        let is_one = |client: &&Client| client.custom.as_deref().is_some_and(which);
        found.values().filter(is_one).map(|client| client.id).collect()
    };
    let empty = ids(&<[Custom]>::is_empty);
    let bare: Vec<i64> =
        found.values().filter(|client| client.custom.is_none()).map(|client| client.id).collect();
    let tenant = session.settings().udf_name(Udf::Tenant365Id);
    let is_tenant =
        |custom: &Custom| custom.name.as_deref().is_some_and(|name| udf::rank(name, tenant).is_some());
    let in_part = ids(&|custom| custom.iter().any(|custom| is_tenant(custom) && custom.value().is_none()));
    let mut refused = BTreeMap::new();
    take_own(session, &in_part, &mut found, &mut refused)?;
    // Some tell whether own records show more than rows do, and one where all rows show an empty list.
    take_after_some(session, &bare, &mut found, &mut refused, TRIES)?;
    take_after_some(session, &empty, &mut found, &mut refused, 1)?;
    Ok((found, refused))
}

/// Does the same as [`take_own`] for one of these clients after the other until one has custom fields, and then for the
/// others together. Where as many as `examples` have none, the others are taken to have none either.
fn take_after_some(
    session: &Session,
    ids: &[i64],
    rows: &mut BTreeMap<i64, Client>,
    refused: &mut BTreeMap<i64, Error>,
    examples: usize,
) -> Result<()> {
    let (mut left, mut without) = (ids, 0);
    while let Some((first, others)) = left.split_first() {
        let shows = take_own(session, std::slice::from_ref(first), rows, refused)?;
        left = others;
        match shows {
            Some(true) => return take_own(session, others, rows, refused).map(drop),
            Some(false) => without += 1,
            None => {}
        }
        if without >= examples {
            return Ok(());
        }
        // A right that is lacking is lacking for all, and is not asked for with every client.
        if refused.len() >= TRIES {
            let why = refused.values().next().map(Error::without_cause);
            refused.extend(left.iter().filter_map(|id| Some((*id, why.as_ref()?.without_cause()))));
            return Ok(());
        }
    }
    Ok(())
}

/// Puts the custom fields of these clients' own records into their rows, and the refusals to tell single ones into
/// `refused`. Returns whether any of them has custom fields; nothing where none could be read.
fn take_own(
    session: &Session,
    ids: &[i64],
    rows: &mut BTreeMap<i64, Client>,
    refused: &mut BTreeMap<i64, Error>,
) -> Result<Option<bool>> {
    let asked = try_each(ids, session.at_once(), |id| match client(session, *id) {
        Err(error) if !errors::is_of_record(&error) => Err(error),
        answer => Ok((*id, answer)),
    })?;
    let mut shows = None;
    for (id, answer) in asked {
        match answer {
            Ok(Some(own)) => {
                *shows.get_or_insert(false) |= own.custom.as_ref().is_some_and(|all| !all.is_empty());
                rows.entry(id).and_modify(|row| row.custom = own.custom);
            }
            Ok(None) => {}
            Err(error) => drop(refused.insert(id, error)),
        }
    }
    Ok(shows)
}

/// Returns a client's own record; nothing if there is none.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn client(session: &Session, id: i64) -> Result<Option<Client>> {
    Ok(one::<Client>(session, Client::SORT, id)?.map(Client::own))
}

/// Returns every client as its row shows it, active or not.
///
/// # Errors
/// [`Kind::Incomplete`] where they are not known to be all, and whatever keeps them from being read.
pub(super) fn all_clients(session: &Session) -> Result<Complete<Client>> {
    let query =
        pairs(&[("includeactive", "true"), ("includeinactive", "true"), ("includeazuretenants", "true")]);
    let first = session.page::<Client>(&query, 1)?;
    let all = rest(session, &query, first)?;
    session.learn_links(all.items());
    Ok(all)
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

/// Returns the ids of the users of a client that HaloPSA links to this 365 user by its own id; nothing where it does not
/// search by that.
///
/// The form of the search is seen with clients. A service that does not know it refuses, or lists everybody: more users
/// than one person can have contacts are no answer to it.
pub(super) fn linked_to(session: &Session, client: i64, user: &Id) -> Result<Vec<i64>> {
    const MOST: usize = 5;
    if !session.searches_ids() {
        return Ok(Vec::new());
    }
    let filter = json!([{"filter_name": AZURE_ID, "filter_type": 2, "filter_value": user.as_str()}]);
    let mut query = pairs(&WHOLE);
    query.extend([("client_id", client.to_string()), ("advanced_search", filter.to_string())]);
    match session.page::<User>(&query, 1) {
        Ok(page) if page.total <= MOST => {
            let own = page.records.iter().filter(|user| user.client == Some(client) && !user.is_general());
            Ok(own.map(|user| user.id).collect())
        }
        // A refusal says that it is not searched by that; any other failure is no answer.
        Err(error) if error.kind() != Kind::Service || error.may_be_done() => Err(error),
        // Own records tell the same, only not as of now.
        Ok(_) | Err(_) => {
            session.cannot_search_ids();
            Ok(Vec::new())
        }
    }
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

/// Returns a client as it is now, with the tenants that HaloPSA links to it: they come with a listing alone, which is read
/// where none was.
///
/// # Errors
/// Whatever keeps it from being read.
pub(super) fn client_now(session: &Session, id: i64) -> Result<Option<Client>> {
    let Some(mut own) = client(session, id)? else { return Ok(None) };
    if own.tenants.is_none() {
        if session.links(id).is_none() {
            all_clients(session)?;
        }
        own.tenants = session.links(id);
    }
    Ok(Some(own))
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
