//! Single records: reading them again by their ids, and searching for people.

use std::collections::BTreeMap;

use super::list::{Source, by_id, list, lists_by_id, room};
use super::query::{self, Query, is_text};
use super::session::Session;
use super::types::Types;
use super::udf;
use super::wire::{Company, Contact, Whole};
use crate::error::Result;
use crate::model::{Field, Fields, RecordKind, Udf};
use crate::side::Keys;

/// Contacts with everything that is sent of them: parts of it go back with a write.
fn contacts() -> Source<Whole<Contact>> {
    Source::new("ConnectWise PSA contacts", "company/contacts", |contact| contact.record.id)
}

fn companies() -> Source<Whole<Company>> {
    Source::new("ConnectWise PSA companies", "company/companies", |company| company.record.id)
}

/// The condition that a company was not deleted.
const THERE: &str = "deletedFlag=false";

fn of_company(company: i64) -> String {
    format!("company/id={company}")
}

/// Returns the companies with these ids that still exist.
pub(super) fn companies_again(session: &Session, ids: &[i64]) -> Result<BTreeMap<i64, Whole<Company>>> {
    let mut found = by_id(session, &companies(), THERE, ids)?;
    found.retain(|_, company| company.record.deleted_flag != Some(true));
    Ok(found)
}

/// Returns the contacts of `company` with these ids.
pub(super) fn contacts_again(
    session: &Session,
    company: i64,
    ids: &[i64],
) -> Result<BTreeMap<i64, Whole<Contact>>> {
    let mut found = by_id(session, &contacts(), &of_company(company), ids)?;
    found.retain(|_, contact| contact.record.company_id() == Some(company));
    Ok(found)
}

/// Returns the contacts of `company` that hold any of `keys`, in any address and in the custom field of the 365 id.
///
/// The service searches, and what it finds is compared here: its comparison of texts is not documented.
pub(super) fn contacts_with(
    session: &Session,
    types: &Types,
    company: i64,
    keys: &Keys,
) -> Result<BTreeMap<i64, Whole<Contact>>> {
    let source = contacts();
    let condition = of_company(company);
    let room = room(session, &source, &condition);
    let mut found = BTreeMap::new();
    for (name, searched) in searches(session.udf_names(), keys, room) {
        let query = Query::default().with(name, searched);
        let asked = |contact: &Whole<Contact>| contact.record.company_id() == Some(company);
        let page = list(session, &source, &query, &condition, asked)?;
        page.map(|contact| found.insert(contact.record.id, contact));
    }
    found.retain(|_, contact| holds_any(types, session.udf_names(), &contact.record, keys));
    Ok(found)
}

/// Returns how many listings it takes to read the records with these ids again.
pub(super) fn lists(session: &Session, kind: RecordKind, company: i64, ids: &[i64]) -> usize {
    match kind {
        RecordKind::Contact => lists_by_id(session, &contacts(), &of_company(company), ids),
        _ => lists_by_id(session, &companies(), THERE, ids),
    }
}

/// Returns how many listings it takes to search for `keys`.
pub(super) fn searches_of(session: &Session, company: i64, keys: &Keys) -> usize {
    searches(session.udf_names(), keys, room(session, &contacts(), &of_company(company))).len()
}

/// Returns the parameters that search for `keys`, each short enough for `room`.
fn searches(names: &BTreeMap<Udf, String>, keys: &Keys, room: usize) -> Vec<(&'static str, String)> {
    const ADDRESS: &str = "communicationItems/value";
    let cost = |clause: &String| query::encoded(clause).len() + query::encoded(" or ").len();
    let caption = is_text("caption", udf::caption(names, Udf::Office365Id));
    let emails: Vec<String> = keys.emails.iter().map(|email| is_text(ADDRESS, email)).collect();
    let ids: Vec<String> = keys.user_ids.iter().map(|id| is_text("value", id.as_str())).collect();
    let room_of_emails = room.saturating_sub("&childConditions=".len());
    let room_of_ids =
        room.saturating_sub("&customFieldConditions=%20and%20()".len() + query::encoded(&caption).len());
    let of_emails = query::runs(&emails, room_of_emails, cost).into_iter();
    let of_ids = query::runs(&ids, room_of_ids, cost).into_iter();
    of_emails
        .map(|some| ("childConditions", some.join(" or ")))
        .chain(of_ids.map(|some| {
            let any = some.join(" or ");
            let any = if some.len() > 1 { format!("({any})") } else { any };
            ("customFieldConditions", format!("{caption} and {any}"))
        }))
        .collect()
}

fn holds_any(types: &Types, names: &BTreeMap<Udf, String>, contact: &Contact, keys: &Keys) -> bool {
    let mut fields = Fields::new();
    udf::set(&mut fields, names, false, contact.custom_fields.as_deref().unwrap_or_default());
    let field = Field::Udf(Udf::Office365Id);
    let stored = fields.text(field);
    let is_stored =
        stored.is_some_and(|stored| keys.user_ids.iter().any(|id| field.same(stored, id.as_str())));
    is_stored || types.holds_any(contact.items(), &keys.emails)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Id;

    #[test]
    fn many_keys_are_searched_for_in_addresses_that_are_not_too_long() {
        let keys = Keys {
            user_ids: (0..70).map(|n| Id::new(format!("11111111-2222-4333-8444-{n:012}"))).collect(),
            emails: (0..70).map(|n| format!("employee+{n}@contoso.example")).collect(),
        };
        let room = 1_600;
        let searches = searches(&BTreeMap::new(), &keys, room);
        assert!(searches.len() > 4, "{}", searches.len());
        for (name, text) in &searches {
            assert!(Query::default().with(name, text.as_str()).text().len() < room, "{text}");
        }
        let all: String = searches.into_iter().map(|(_, text)| text).collect();
        assert!(keys.emails.iter().all(|email| all.contains(&format!("=\"{email}\""))));
        assert!(keys.user_ids.iter().all(|id| all.contains(&format!("=\"{id}\""))));
    }

    #[test]
    fn one_id_is_searched_for_as_the_vendor_shows_it() {
        let names = BTreeMap::from([(Udf::Office365Id, "M365 Id".to_owned())]);
        let keys = Keys { user_ids: vec![Id::from("u-1")], emails: Vec::new() };
        let expected = "caption=\"M365 Id\" and value=\"u-1\"".to_owned();
        assert_eq!(searches(&names, &keys, 1_000), [("customFieldConditions", expected)]);
    }
}
