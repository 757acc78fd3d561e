//! Single records: as they are now, and those that hold an address or an id.

use std::collections::BTreeMap;

use super::details::Wanted;
use super::udf::Udfs;
use super::wire::User;
use super::{HaloPsa, convert, details, kept, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Field, Fields, Id, RecordKind, Udf, Unasked};
use crate::side::{Current, Keys, try_each};
use crate::text::email;

/// Returns the records with these ids, as they are now: each by a request of its own, since a row of a listing does not
/// say which 365 user HaloPSA itself knows.
pub(super) fn again(
    halo: &HaloPsa,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    let session = &halo.session;
    let numbers: Vec<i64> = ids.iter().filter_map(Id::number).collect();
    let found = match kind {
        RecordKind::Contact => {
            let client = convert::number(company)?;
            let found = try_each(&numbers, session.at_once(), |id| details::ask_whole(session, *id))?;
            let found: Vec<(User, User)> = found.into_iter().flatten().collect();
            // What is kept may say otherwise, and would be planned again.
            for (answer, own) in &found {
                kept::keep_answer(halo, answer, own);
            }
            // A user who moved to another client is not there any more.
            let own = found.into_iter().map(|(_, own)| own).filter(|user| user.client == Some(client));
            own.filter(|user| !user.is_general()).map(|user| convert::user(session, &user)).collect()
        }
        RecordKind::PsaCompany => {
            // One asks for the listing, where it is needed.
            let (first, others) = numbers.split_at(numbers.len().min(1));
            let mut found = try_each(first, 1, |id| read::client_now(session, *id))?;
            found.extend(try_each(others, session.at_once(), |id| read::client_now(session, *id))?);
            found
                .into_iter()
                .flatten()
                .map(|client| convert::client(session, &client))
                .collect::<Vec<Current>>()
        }
        other => return Err(foreign(other)),
    };
    Ok(Current::by_id(found))
}

/// Returns the contacts of `company` that hold any of `keys`.
///
/// All users of the client are listed, since what a search compares is not documented. Further addresses, and HaloPSA's
/// own id of the 365 user, are on the user's own record alone, so each that was not asked for lately is asked for. Where
/// the requests do not suffice, the search fails rather than miss one; those that were asked for are kept for the next.
/// HaloPSA's own id can be searched for, and is, where some answers are of an earlier run.
pub(super) fn find(halo: &HaloPsa, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    match kind {
        // Companies hold neither ids of users nor addresses of people.
        RecordKind::PsaCompany => return Ok(Vec::new()),
        RecordKind::Contact => {}
        other => return Err(foreign(other)),
    }
    let session = &halo.session;
    let client = convert::number(company)?;
    let all = read::of_client(session, client)?;
    // What rows show may be less than there is, so that it is not what the run goes by.
    let mut udfs = if let Some(udfs) = session.udfs() {
        Udfs::clone(&udfs)
    } else {
        let mut udfs = Udfs::of_rows(session.settings(), all.items().iter());
        // Whatever keeps this one from being read keeps the search from being complete below.
        drop(details::learn(halo, &mut udfs, all.items().iter())?);
        udfs
    };
    let mut known = details::many(halo, &mut udfs, &all.items().iter().collect::<Vec<_>>(), Wanted::All)?;
    if let Some((_, error)) = known.failed.pop_first() {
        return Err(error);
    }
    if let Some(id) = known.missing.first() {
        let message = format!(
            "{} of {} users of client {company} are not known, such as user {id}, so the search is not complete",
            known.missing.len(),
            all.items().len()
        );
        let hint = match known.why {
            Some(Unasked::Refused { reason, .. }) => reason,
            _ => "run the command again in five minutes".to_owned(),
        };
        return Err(Error::new(Kind::Incomplete, message).hint(hint));
    }
    let mut ids = holders(&udfs, &all, &known.users, keys);
    if known.has_older {
        let linked = |user: &Id| read::linked_to(session, client, user);
        ids.extend(try_each(&keys.user_ids, session.at_once(), linked)?.into_iter().flatten());
        ids.sort_unstable();
        ids.dedup();
    }
    let found = try_each(&ids, session.at_once(), |id| {
        let own = details::ask(session, *id)?;
        own.ok_or_else(|| {
            let message = format!(
                "HaloPSA lists user {id} of client {company}, who is who was searched for, but has no such record"
            );
            Error::new(Kind::Incomplete, message).hint("run the command again")
        })
    })?;
    Ok(found.iter().map(|user| convert::user(session, user)).collect())
}

/// Returns the users who hold any of `keys`.
fn holders(udfs: &Udfs, all: &Complete<User>, known: &BTreeMap<i64, Fields>, keys: &Keys) -> Vec<i64> {
    let holds = |row: &&User| {
        let contact = convert::contact(udfs, row, known.get(&row.id));
        let own = contact.email().into_iter().chain(contact.alternates.iter().map(String::as_str));
        let stored = contact.fields.text(Field::Udf(Udf::Office365Id));
        let stored = stored.or_else(|| contact.fields.text(Field::LinkedId));
        let same_id =
            |wanted: &Id| stored.is_some_and(|own| own.trim().eq_ignore_ascii_case(wanted.as_str()));
        own.into_iter().any(|own| keys.emails.iter().any(|wanted| email::same(own, wanted)))
            || keys.user_ids.iter().any(same_id)
    };
    all.items().iter().filter(holds).map(|row| row.id).collect()
}

/// Returns the error for a kind of records that another side keeps.
pub(super) fn foreign(kind: RecordKind) -> Error {
    Error::new(Kind::Usage, format!("HaloPSA keeps no {}", kind.noun()))
}
