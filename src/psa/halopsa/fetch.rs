//! A reading of chosen companies: clients and users asked for side by side, then what only users' own records say.

use std::collections::BTreeMap;
use std::thread;

use super::details::{self, Wanted};
use super::found::{Found, Known};
use super::session::Session;
use super::udf::{self, Udfs};
use super::wire::{Client, Definition, User};
use super::{HaloPsa, errors, kept, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Id, Pending, Rereads, UdfKind};
use crate::side::PsaRequest;

/// Asks for all that `request` wants.
///
/// # Errors
/// What prevents reading anything at all.
pub(super) fn fetch(halo: &HaloPsa, request: &PsaRequest) -> Result<Found> {
    let session = &halo.session;
    session.begin()?;
    let mut ids: Vec<i64> = request.companies.iter().filter_map(Id::number).collect();
    ids.sort_unstable();
    ids.dedup();
    let (clients, users) = thread::scope(|scope| {
        let clients = scope.spawn(|| read::clients(session, &ids));
        let users = read::users(session, &ids);
        (clients.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)), users)
    });
    let ((clients, refused), mut users) = (clients?, users?);
    // What went wrong without a refusal may go well the next time: such a client is not read, and that is told.
    let (failed, refused): (BTreeMap<_, _>, BTreeMap<_, _>) =
        refused.into_iter().partition(|(_, error)| error.kind() == Kind::Service);
    users.extend(failed.into_iter().map(|(id, error)| (id, Err(error))));
    let settings = session.settings();
    let mut udfs = Udfs::of_rows(settings, rows(&users));
    let of_clients = clients.values().flat_map(|client| client.custom.iter().flatten());
    udfs.companies = udf::defined(settings, true, of_clients);
    // Without the fields, no one would wait for an id that is stored in one of them.
    let example = details::learn(halo, &mut udfs, rows(&users))?;
    let mut known = details::many(halo, &mut udfs, &ordered(&users, &clients), Wanted::Deciding)?;
    for users in users.values_mut() {
        let items = users.as_ref().map_or(&[][..], Complete::items);
        if let Some(error) = items.iter().find_map(|user| known.failed.remove(&user.id)) {
            *users = Err(error);
        }
    }
    match example {
        Ok(custom) => known.custom.extend(custom),
        // Any other record tells the same.
        Err(_) if !known.custom.is_empty() => {}
        Err(_) if !udfs.listed.is_empty() && known.missing.is_empty() => {}
        Err(error) => {
            let have_any = |users: &&mut Result<Complete<User>>| {
                users.as_ref().is_ok_and(|users| !users.items().is_empty())
            };
            users.values_mut().filter(have_any).for_each(|users| *users = Err(error.without_cause()));
        }
    }
    let shown = rows(&users).flat_map(custom).chain(&known.custom);
    udfs.contacts = udf::defined(settings, false, shown);
    entries(session, &mut udfs)?;
    let udfs = session.learn(udfs);
    for (id, users) in &users {
        session.learn_search(*id, kept::search(halo, &udfs, users.iter().flat_map(Complete::items)));
    }
    let pending = pending(&users, &known, &refused);
    let rereads = Rereads {
        records: session.room().saturating_sub(session.reserved()),
        until: session.time_of(usize::MAX),
    };
    Ok(Found { clients, users, known, pending, rereads })
}

fn rows(users: &BTreeMap<i64, Result<Complete<User>>>) -> impl Iterator<Item = &User> + Clone {
    users.values().filter_map(|users| users.as_ref().ok()).flat_map(Complete::items)
}

fn custom(user: &User) -> impl Iterator<Item = &super::wire::Custom> {
    user.custom.iter().flatten()
}

/// Returns the users in the order in which more is asked of them: of the clients with the fewest first, so that as many
/// clients as possible are known whole; of each the active ones first.
fn ordered<'u>(
    users: &'u BTreeMap<i64, Result<Complete<User>>>,
    clients: &BTreeMap<i64, Client>,
) -> Vec<&'u User> {
    let known = users.iter().filter(|(id, _)| clients.contains_key(id));
    let mut lists: Vec<&[User]> =
        known.filter_map(|(_, users)| users.as_ref().ok()).map(Complete::items).collect();
    lists.sort_by_key(|users| users.len());
    let mut ordered = Vec::new();
    for list in lists {
        let mut list: Vec<&User> = list.iter().collect();
        list.sort_by_key(|user| (user.inactive == Some(true), user.id));
        ordered.extend(list);
    }
    ordered
}

/// Completes the entries of single selections, which records show only where one was chosen. One whose definition cannot
/// be read keeps those that are seen.
fn entries(session: &Session, udfs: &mut Udfs) -> Result<()> {
    for each in udfs.contacts.iter_mut().chain(&mut udfs.companies) {
        let (Some(id), Some(UdfKind::List(seen))) = (each.id, &mut each.kind) else { continue };
        let definition = match definition(session, id, &each.name) {
            Ok(definition) => definition,
            Err(error) if errors::is_of_record(&error) => continue,
            Err(error) => return Err(error),
        };
        // The answer is believed only where it is about the same field.
        if definition.name.as_deref() == Some(&each.name) {
            let told = udf::entries(definition.values.as_deref().unwrap_or_default());
            let further = told.into_iter().filter(|(value, _)| seen.iter().all(|(known, _)| known != value));
            let further: Vec<(String, String)> = further.collect();
            seen.extend(further);
        }
    }
    Ok(())
}

/// Returns the definition of one custom field.
fn definition(session: &Session, id: i64, name: &str) -> Result<Definition> {
    let query = [("includedetails", "true".to_owned()), ("getlookupvalues", "true".to_owned())];
    let reply = session.get(&format!("FieldInfo/{id}"), &query)?;
    errors::check(&reply, &format!("the custom field {name}"))?;
    reply.json("a custom field").map_err(|error| error.attempts(reply.attempts))
}

/// Returns what is not known of every client whose users were read; of some, HaloPSA `refused` their own records.
fn pending(
    users: &BTreeMap<i64, Result<Complete<User>>>,
    known: &Known,
    refused: &BTreeMap<i64, Error>,
) -> BTreeMap<i64, Pending> {
    let of = |(id, users): (&i64, &Result<Complete<User>>)| {
        let users = users.as_ref().ok()?.items();
        let unknown = users.iter().filter(|user| known.missing.contains(&user.id)).count();
        let of_users = known.why.clone().filter(|_| unknown > 0);
        let of_client = refused.get(id).map(details::refusal);
        let why = of_users.or(of_client)?;
        Some((*id, Pending { company: refused.contains_key(id), unknown, contacts: users.len(), why }))
    };
    users.iter().filter_map(of).collect()
}
