//! Single records: reading them again, and finding contacts by what identifies a person.

use std::collections::{BTreeMap, BTreeSet};

use super::convert;
use super::list::list;
use super::read::{self, COMPANIES, CONTACTS, CONTACTS_BY_ID};
use super::session::Session;
use super::udf::Defined;
use super::wire::{Company, Condition, Contact};
use crate::error::{Error, Kind, Result};
use crate::model::{Field, Id, RecordKind, Udf, UdfKind};
use crate::side::{Current, Keys, Raw};
use crate::text::email;

/// The fields that hold a person's addresses.
const ADDRESSES: [&str; 3] = ["emailAddress", "emailAddress2", "emailAddress3"];

/// The most values in one search: 500 conditions are allowed (vendor documents), and the company and the two ends of a page
/// are three of them.
const VALUES: usize = 497;

/// The most addresses in one search.
const EMAILS: usize = VALUES / ADDRESSES.len();

/// Returns the records of `company` with these ids, as they are now.
pub(super) fn again(
    session: &Session,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    require(kind, &[RecordKind::Contact, RecordKind::PsaCompany])?;
    let company = convert::company_number(company)?;
    // An id that is no number belongs to no record.
    let ids: BTreeSet<i64> = ids.iter().filter_map(Id::number).collect();
    let ids: Vec<i64> = ids.into_iter().collect();
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    session.begin()?;
    let found: Vec<Current> = if kind == RecordKind::Contact {
        let udfs = session.contact_udfs()?;
        let found = read::by_id(session, &CONTACTS_BY_ID, &ids)?.into_values();
        found.filter(|record| record.company == company).map(|record| contact(record, &udfs)).collect()
    } else {
        let udfs = session.company_udfs()?;
        let found = read::by_id(session, &COMPANIES, &ids)?.into_values();
        found.map(|record| self::company(record, &udfs)).collect()
    };
    Ok(Current::by_id(found))
}

/// Returns the contacts of `company`, active or not, that hold any of `keys`.
pub(super) fn find(session: &Session, kind: RecordKind, company: &Id, keys: &Keys) -> Result<Vec<Current>> {
    require(kind, &[RecordKind::Contact])?;
    let company = convert::company_number(company)?;
    let wanted = Wanted::new(keys);
    if wanted.emails.is_empty() && wanted.user_ids.is_empty() {
        return Ok(Vec::new());
    }
    session.begin()?;
    let udfs = session.contact_udfs()?;
    let mut found = BTreeMap::new();
    let mut search = |condition: Condition<'_>| -> Result<()> {
        let records = list(session, &CONTACTS, &[company], Some(&condition))?;
        let records = records.map(|record| contact(record, &udfs)).only(|record| wanted.is_in(record));
        found.extend(records.items().iter().map(|record| (record.id.clone(), record.clone())));
        Ok(())
    };
    for emails in wanted.emails.chunks(EMAILS) {
        search(has_address(emails))?;
    }
    if let Some(udf) = udfs.iter().find(|udf| holds_id(udf)) {
        for ids in wanted.user_ids.chunks(VALUES) {
            search(Condition::InUdf { field: &udf.field.name, udf: true, value: ids })?;
        }
    }
    Ok(found.into_values().collect())
}

/// Returns how many searches it takes to find `keys`, at most where the user-defined fields are unknown.
pub(super) fn searches(session: &Session, keys: &Keys) -> usize {
    let wanted = Wanted::new(keys);
    let stores_ids = session.known_contact_udfs().is_none_or(|udfs| udfs.iter().any(holds_id));
    let of_ids = if stores_ids { wanted.user_ids.len().div_ceil(VALUES) } else { 0 };
    wanted.emails.len().div_ceil(EMAILS) + of_ids
}

/// Reports whether the field is the one that contacts store 365 ids in, and can be searched.
fn holds_id(udf: &Defined) -> bool {
    udf.field.role == Udf::Office365Id && matches!(udf.field.kind, UdfKind::Text(_))
}

/// Passes if `kind` is one of `served`.
pub(super) fn require(kind: RecordKind, served: &[RecordKind]) -> Result<()> {
    if served.contains(&kind) {
        return Ok(());
    }
    let place = kind.side();
    Err(Error::new(
        Kind::Usage,
        format!("Autotask cannot do this with a {} of the {place} side", kind.noun()),
    ))
}

/// Returns a condition for any of these addresses in any of their fields. One condition for each, the form that the
/// vendor's documents show.
fn has_address<'a>(emails: &[&'a str]) -> Condition<'a> {
    let each = |email: &&'a str| ADDRESSES.map(|field| Condition::Eq { field, value: email });
    Condition::Or { items: emails.iter().flat_map(each).collect() }
}

/// What is searched for: normalised, each once, in order.
struct Wanted<'a> {
    emails: Vec<&'a str>,
    user_ids: Vec<&'a str>,
}

impl<'a> Wanted<'a> {
    fn new(keys: &'a Keys) -> Self {
        let once = |texts: BTreeSet<&'a str>| texts.into_iter().filter(|text| !text.is_empty()).collect();
        Self {
            emails: once(keys.emails.iter().map(|email| email.trim()).collect()),
            user_ids: once(keys.user_ids.iter().map(|id| id.as_str().trim()).collect()),
        }
    }

    /// Reports whether the contact holds one of them. Autotask compares without case, and answers with everything to
    /// a condition that it does not understand, so its word is not taken for it.
    fn is_in(&self, contact: &Current) -> bool {
        let own = contact.fields.text(Field::Email).into_iter();
        let mut addresses = own.chain(contact.alternates.iter().map(String::as_str));
        let user_id = contact.fields.text(Field::Udf(Udf::Office365Id));
        addresses.any(|own| self.emails.iter().any(|email| email::same(own, email)))
            || user_id.is_some_and(|own| self.user_ids.iter().any(|id| email::same(own, id)))
    }
}

fn contact(record: Contact, udfs: &[Defined]) -> Current {
    let contact = convert::contact(record, udfs);
    Current {
        id: contact.id,
        active: contact.active,
        fields: contact.fields,
        alternates: contact.alternates,
        stamp: None,
        raw: Raw::default(),
    }
}

fn company(record: Company, udfs: &[Defined]) -> Current {
    let company = convert::company(record, None, udfs);
    Current {
        id: company.id,
        active: company.active,
        fields: company.fields,
        alternates: Vec::new(),
        stamp: None,
        raw: Raw::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::UdfField;
    use crate::psa::autotask::wire::Query;
    use serde_json::json;

    fn keys(ids: &[&str], emails: &[&str]) -> Keys {
        Keys {
            user_ids: ids.iter().map(|id| Id::from(*id)).collect(),
            emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        }
    }

    #[test]
    fn an_address_is_looked_for_in_every_field_for_one() {
        let condition = has_address(&["ann@contoso.example"]);
        let query = Query::new(&["id"], "companyID", &[0], None).and(Some(&condition));
        let body = serde_json::to_value(&query).expect("a plain body");
        let each = ["emailAddress", "emailAddress2", "emailAddress3"]
            .map(|field| json!({"op": "eq", "field": field, "value": "ann@contoso.example"}));
        assert_eq!(body["filter"][0], json!({"op": "in", "field": "companyID", "value": [0]}));
        assert_eq!(body["filter"][1], json!({"op": "or", "items": each}));
    }

    #[test]
    fn an_id_is_looked_for_in_one_user_defined_field() {
        let condition = Condition::InUdf { field: "Office365Id", udf: true, value: &["a", "b"] };
        assert_eq!(
            serde_json::to_value(&condition).expect("plain"),
            json!({"op": "in", "field": "Office365Id", "udf": true, "value": ["a", "b"]})
        );
    }

    #[test]
    fn no_search_has_more_conditions_than_autotask_allows() {
        let emails: Vec<String> = (0..400).map(|number| format!("p{number}@contoso.example")).collect();
        let emails: Vec<&str> = emails.iter().map(String::as_str).collect();
        let sizes: Vec<usize> = emails
            .chunks(EMAILS)
            .map(|emails| match has_address(emails) {
                Condition::Or { items } => items.len(),
                _ => panic!("alternatives"),
            })
            .collect();
        assert_eq!(sizes, [495, 495, 210]);
        assert!(sizes.iter().all(|conditions| conditions + 3 <= 500));
    }

    #[test]
    fn only_what_really_holds_a_key_is_found() {
        let keys = keys(&["A-1", ""], &["ann@contoso.example", " ", "ann@contoso.example"]);
        let wanted = Wanted::new(&keys);
        assert_eq!((wanted.emails.len(), wanted.user_ids.len()), (1, 1));
        let udfs = [Defined::from(UdfField {
            role: Udf::Office365Id,
            name: "O365".into(),
            kind: UdfKind::Text(None),
        })];
        let held = |value: serde_json::Value| {
            let mut whole = json!({"emailAddress": null, "emailAddress2": null, "emailAddress3": null});
            let sent = value.as_object().expect("an object").clone();
            whole.as_object_mut().expect("an object").extend(sent);
            let record = serde_json::from_value(whole).expect("a contact");
            wanted.is_in(&contact(record, &udfs))
        };
        assert!(held(json!({"id": 1, "companyID": 0, "emailAddress": " Ann@Contoso.example"})));
        assert!(held(
            json!({"id": 1, "companyID": 0, "emailAddress": "x@y", "emailAddress3": "ANN@contoso.example"})
        ));
        assert!(held(
            json!({"id": 1, "companyID": 0, "userDefinedFields": [{"name": "o365", "value": "a-1 "}]})
        ));
        assert!(!held(json!({"id": 1, "companyID": 0, "emailAddress": "joann@contoso.example"})));
        assert!(!held(
            json!({"id": 1, "companyID": 0, "userDefinedFields": [{"name": "Other", "value": "A-1"}]})
        ));
    }
}
