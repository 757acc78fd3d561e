//! Single records: reading them again, and finding portal users by their addresses.

use std::collections::{BTreeMap, BTreeSet};

use super::filter::{chunks, quoted};
use super::listing::{self, PAGE, USERS};
use super::wire::User;
use super::{CloudRadial, companies, company_number, convert, details, require};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Fields, Id, RecordKind};
use crate::side::{Current, Keys, Raw, try_each};
use crate::text::email;

/// The records of `company` with these ids, as they are now.
pub(super) fn reread(
    portal: &CloudRadial,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    require(kind, &[RecordKind::PortalUser, RecordKind::PortalCompany, RecordKind::Details])?;
    if kind == RecordKind::Details {
        return details::reread(portal, company, ids);
    }
    let ids: BTreeSet<&Id> = ids.iter().collect();
    let found = if kind == RecordKind::PortalUser {
        let wanted = ids.iter().map(|id| has_id(id)).collect();
        let unwanted = |row: &User| row.user_id.as_ref().is_none_or(|id| !ids.contains(&Id::new(id)));
        users(portal, company, wanted, unwanted)?
    } else {
        ids.into_iter().filter_map(|id| self::company(portal, id).transpose()).collect::<Result<_>>()?
    };
    Ok(Current::by_id(found))
}

/// The users of `company` whose email or user name is one of the addresses. A user of the portal has no further
/// addresses and no 365 id.
pub(super) fn find(
    portal: &CloudRadial,
    kind: RecordKind,
    company: &Id,
    keys: &Keys,
) -> Result<Vec<Current>> {
    require(kind, &[RecordKind::PortalUser, RecordKind::Details])?;
    if kind == RecordKind::Details {
        return details::find(portal, company, keys);
    }
    let asked = addresses(keys);
    let emails: BTreeSet<String> = asked.iter().map(|email| email::normalise(email).into_owned()).collect();
    let mut found =
        users(portal, company, asked.iter().map(|email| has_address(email)).collect(), |_| false)?;
    found.retain(|user| {
        let own = [Field::Email, Field::UserName].into_iter().filter_map(|field| user.fields.text(field));
        own.map(email::normalise).any(|own| emails.contains(&*own))
    });
    let mut seen = BTreeSet::new();
    found.retain(|user| seen.insert(user.id.clone()));
    Ok(found)
}

/// The addresses that are searched for.
pub(super) fn addresses(keys: &Keys) -> BTreeSet<String> {
    let emails = keys.emails.iter().map(|email| email.trim().to_lowercase());
    emails.filter(|email| !email.is_empty()).collect()
}

/// The user with this id.
pub(super) fn has_id(id: &Id) -> String {
    format!("userId eq {}", quoted(id.as_str()))
}

/// The address in either field for it. `contains` finds more than is wanted, but is the form that is seen in use;
/// no use was seen that compares the lower-cased address with `eq`.
pub(super) fn has_address(email: &str) -> String {
    let email = quoted(email);
    format!("contains(tolower(email),{email}) or contains(tolower(userName),{email})")
}

/// The users of `company` that are not deleted and meet any of `conditions`. A row that is `unwanted` says that
/// the filter was not obeyed.
fn users(
    portal: &CloudRadial,
    company: &Id,
    conditions: Vec<String>,
    unwanted: impl Fn(&User) -> bool,
) -> Result<Vec<Current>> {
    let number = company_number(company)?;
    let parts = try_each(&chunks(conditions), portal.settings.concurrency, |conditions| {
        let filter = format!("companyId eq {number} and ({})", conditions.join(" or "));
        let rows: Vec<User> = listing::page(portal, &USERS, &filter, 0)?;
        // A page that is not full is all there is.
        if rows.len() < PAGE {
            Ok(rows)
        } else {
            Ok(listing::listing(portal, &USERS, &filter)?.items().to_vec())
        }
    })?;
    let mut found = Vec::new();
    for rows in parts {
        if rows.iter().any(&unwanted) {
            let message =
                "CloudRadial answered with portal users that were not asked for, so others may be missing";
            return Err(Error::new(Kind::Incomplete, message)
                .hint("run the command again; nothing is concluded from this reading"));
        }
        for row in rows.into_iter().filter(|row| !row.is_deleted) {
            let (of, user) = convert::user(row)?;
            if of.number() == Some(number) {
                let stamp = user.modified;
                found.push(Current { stamp, ..current(user.id, user.fields) });
            }
        }
    }
    Ok(found)
}

fn company(portal: &CloudRadial, id: &Id) -> Result<Option<Current>> {
    match companies::single(portal, id) {
        Ok(company) => Ok(Some(current(company.id, company.fields))),
        Err(error) if error.kind() == Kind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// The service does not show whether a record is active.
fn current(id: Id, fields: Fields) -> Current {
    Current { id, active: None, fields, alternates: Vec::new(), stamp: None, raw: Raw::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_looked_for_in_the_form_that_is_in_use() {
        assert_eq!(
            has_address("o'neil@contoso.example"),
            "contains(tolower(email),'o''neil@contoso.example') or \
             contains(tolower(userName),'o''neil@contoso.example')"
        );
    }
}
