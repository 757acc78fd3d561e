//! Single records: as they are now, and those that hold an address or an id.

use std::collections::BTreeMap;

use super::session::Session;
use super::udf::Udfs;
use super::wire::{CLIENTS, Client, User};
use super::{HaloPsa, convert, details, read};
use crate::error::{Error, Kind, Result};
use crate::model::{Complete, Field, Fields, Id, RecordKind, Udf};
use crate::side::{Current, Keys, try_each};
use crate::text::email;

/// Returns the records with these ids, as they are now: each by a request of its own, since a row of a listing does not
/// say which 365 user HaloPSA itself knows.
pub(super) fn again(
    session: &Session,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    let numbers: Vec<i64> = ids.iter().filter_map(Id::number).collect();
    let found = match kind {
        RecordKind::Contact => {
            let client = convert::number(company)?;
            let found = try_each(&numbers, session.at_once(), |id| details::ask(session, *id))?;
            // A user who moved to another client is not there any more.
            let own = found.into_iter().flatten().filter(|user| user.client == Some(client));
            own.filter(|user| !user.is_general()).map(|user| convert::user(session, &user)).collect()
        }
        RecordKind::PsaCompany => {
            let found =
                try_each(&numbers, session.at_once(), |id| read::one::<Client>(session, CLIENTS, *id))?;
            let found = found.into_iter().flatten().map(|client| convert::client(session, &client));
            found.collect::<Result<Vec<Current>>>()?
        }
        other => return Err(foreign(other)),
    };
    Ok(found.into_iter().map(|current| (current.id.clone(), current)).collect())
}

/// Returns the contacts of `company` that hold any of `keys`.
///
/// All users of the client are listed, since what a search compares is not documented. The further addresses of a user
/// who stores the id of a 365 user, and HaloPSA's own id of one who does not, are on the user's own record alone: the
/// latter is asked for, the former counts where it is kept. Where the requests do not suffice, the search fails rather
/// than miss one.
pub(super) fn find(halo: &HaloPsa, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    match kind {
        // Companies hold neither ids of users nor addresses of people.
        RecordKind::PsaCompany => return Ok(Vec::new()),
        RecordKind::Contact => {}
        other => return Err(foreign(other)),
    }
    let session = &halo.session;
    let all = read::of_client(session, convert::number(company)?)?;
    let udfs =
        session.udfs().unwrap_or_else(|| session.learn(Udfs::of_rows(session.settings(), all.items())));
    let known = details::many(halo, &udfs, &all.items().iter().collect::<Vec<_>>())?;
    if let Some(id) = known.missing.first() {
        let message = format!(
            "{} of {} users of client {company} are not known, such as user {id}, so the search is not complete",
            known.missing.len(),
            all.items().len()
        );
        return Err(Error::new(Kind::Incomplete, message).hint("run the command again in five minutes"));
    }
    let found = holders(&udfs, &all, &known.users, keys);
    let found = try_each(&found, session.at_once(), |id| details::ask(session, *id))?;
    Ok(found.into_iter().flatten().map(|user| convert::user(session, &user)).collect())
}

/// Returns the users who hold any of `keys`.
fn holders(udfs: &Udfs, all: &Complete<User>, known: &BTreeMap<i64, Fields>, keys: &Keys) -> Vec<i64> {
    let holds = |row: &&User| {
        let contact = convert::contact(udfs, row, known.get(&row.id));
        let own = contact.email().into_iter().chain(contact.alternates.iter().map(String::as_str));
        let stored = contact.fields.text(Field::Udf(Udf::Office365Id));
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
