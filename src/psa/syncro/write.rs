//! From the model's fields to what Syncro takes, and the writing itself.
//!
//! Top-level fields that are left out keep their value (seen live by clients), the name excepted, which every
//! update asks for. Whether `properties` are merged or replaced is documented nowhere, so they are sent back
//! whole, as they were read, with only what changes replaced.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::session::Session;
use super::wire::{
    CONTACT_FIELDS, CONTACTS, CUSTOMER_ID, CUSTOMERS, EXTENSION, List, NAME, PROPERTIES, Record, TITLE,
};
use super::{convert, lookup, udf};
use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::model::{self, Field, Id, RecordKind, Udf};
use crate::side::{Current, Write, Written};
use crate::text::{flag, name, phone};

/// What a write changes, in Syncro's names.
#[derive(Default, PartialEq)]
struct Changes {
    /// Fields of the record itself.
    own: Map<String, Value>,
    /// Properties by their name: title and custom fields.
    properties: BTreeMap<String, String>,
}

/// Carries out one write.
///
/// # Errors
/// A field that Syncro does not have, or whatever became of the request.
pub(super) fn write(session: &Session, write: &Write<'_>) -> Result<Written> {
    match (write.kind, write.current) {
        (RecordKind::Contact, None) => create(session, write),
        (RecordKind::Contact, Some(current)) => {
            let changes = contact(write, |role| session.spelling(role))?;
            update(session, write.kind, current, &contact_body(current, write.company, changes)?)
        }
        (RecordKind::PsaCompany, Some(current)) => {
            let changes = company(
                write,
                session.settings().company_udf,
                session.settings().udf_name(Udf::Tenant365Id),
            )?;
            update(
                session,
                write.kind,
                current,
                &json!({ PROPERTIES: merged(&current.raw.0, &changes.properties)? }),
            )
        }
        (RecordKind::PsaCompany, None) => Err(refused("customers are made by hand")),
        (other, _) => Err(lookup::list(other).err().unwrap_or_else(|| refused("this is no record of it"))),
    }
}

/// Makes a contact. Properties are accepted by some accounts when a contact is made (seen live by clients) but not
/// documented, so what the answer lacks of them is written once more.
fn create(session: &Session, write: &Write<'_>) -> Result<Written> {
    let Changes { own, properties } = contact(write, |role| session.spelling(role))?;
    let mut body = own.clone();
    body.retain(|_, value| value.as_str() != Some(""));
    if body.get(NAME).is_none() {
        return Err(refused("a contact needs a name"));
    }
    body.insert(CUSTOMER_ID.to_owned(), convert::number(write.company)?.into());
    let filled = properties.iter().filter(|(_, text)| !text.is_empty());
    let filled: BTreeMap<String, String> = filled.map(|(key, text)| (key.clone(), text.clone())).collect();
    if !filled.is_empty() {
        body.insert(PROPERTIES.to_owned(), json!(filled));
    }
    let reply = session.write(CONTACTS, None, &Value::Object(body))?;
    let made = record(CONTACTS, &reply).ok_or_else(|| {
        Error::new(Kind::Service, "Syncro made a contact, but its answer does not show which")
            .hint("look for the contact before it is made again")
            .attempts(reply.attempts)
    })?;
    let id = made.id();
    if !lacks(&made, &filled) {
        return Ok(written(session, RecordKind::Contact, &Id::from(id), &reply));
    }
    let current = convert::current(session.settings(), RecordKind::Contact, made);
    let name = current.raw.0.get(NAME).or(own.get(NAME)).cloned().unwrap_or_default();
    let mut body = Map::from_iter([(NAME.to_owned(), name)]);
    body.insert(CUSTOMER_ID.to_owned(), convert::number(write.company)?.into());
    let known = current.raw.0.get(PROPERTIES).and_then(Value::as_object).cloned().unwrap_or_default();
    body.insert(PROPERTIES.to_owned(), Value::Object(replaced(known, &filled)));
    let second = update(session, RecordKind::Contact, &current, &Value::Object(body)).map_err(|error| {
        let made = format!("contact {id} was made without its title and custom fields");
        error.within(made).after(reply.attempts)
    })?;
    Ok(Written { attempts: reply.attempts + second.attempts, ..second })
}

/// Reports whether the record does not show all of the `wanted` properties.
fn lacks(record: &Record, wanted: &BTreeMap<String, String>) -> bool {
    let shows = |(key, text): (&String, &String)| {
        let is = |shown: &str| shown.trim() == text.trim() || (is_flag(text) && flag::same(shown, text));
        record.properties().is_some_and(|properties| is(&properties.text(key)))
    };
    !wanted.iter().all(shows)
}

fn update(session: &Session, kind: RecordKind, current: &Current, body: &Value) -> Result<Written> {
    let reply = session.write(lookup::list(kind)?, Some(convert::number(&current.id)?), body)?;
    Ok(written(session, kind, &current.id, &reply))
}

/// Returns what a contact's write changes; `spelling` tells how the account spells a custom field that the record
/// does not show.
fn contact(write: &Write<'_>, spelling: impl Fn(Udf) -> Result<String>) -> Result<Changes> {
    let mut changes = Changes::default();
    if let Some(whole) = whole_name(write) {
        if whole.is_empty() {
            return Err(refused("a contact needs a name"));
        }
        changes.own.insert(NAME.to_owned(), whole.into());
    }
    for (field, text) in write.fields.exposed() {
        match field {
            Field::FirstName | Field::LastName => {}
            Field::Title => {
                changes.properties.insert(TITLE.to_owned(), text.to_owned());
            }
            Field::Udf(role) if !role.on_company() => {
                let spelled = spelling(role)?;
                let shown = write.current.and_then(|current| shown_key(&current.raw.0, &spelled));
                changes.properties.insert(shown.unwrap_or(spelled), text.to_owned());
            }
            // Every contact is active.
            Field::Active if text == "true" => {}
            other => {
                let own = CONTACT_FIELDS.iter().find(|(field, _)| *field == other);
                let (_, key) = own.ok_or_else(|| refused(&format!("a contact has no field for {other}")))?;
                if other == Field::Phone {
                    let (number, extension) = phone::split(text);
                    changes.own.insert((*key).to_owned(), phone::without_trunk_zero(&number).into());
                    let held = write.current.and_then(|current| current.raw.0[EXTENSION].as_str());
                    if held.unwrap_or_default().trim() != extension {
                        changes.own.insert(EXTENSION.to_owned(), extension.into());
                    }
                } else if other.is_phone() {
                    changes.own.insert((*key).to_owned(), phone::without_trunk_zero(text).into());
                } else {
                    changes.own.insert((*key).to_owned(), text.into());
                }
            }
        }
    }
    Ok(changes)
}

/// Returns the one name, if any half of it is written; the other half is what the record has.
fn whole_name(write: &Write<'_>) -> Option<String> {
    let halves = [Field::FirstName, Field::LastName];
    let written = |half: &Field| write.fields.get(*half) != model::Value::Absent;
    halves.iter().any(written).then(|| {
        let [first, last] = halves.map(|half| {
            let fields =
                if written(&half) { Some(write.fields) } else { write.current.map(|one| &one.fields) };
            fields.and_then(|fields| fields.text(half)).unwrap_or_default()
        });
        name::join(first, last)
    })
}

/// Returns what a customer's write changes: the tenant's id, where the settings want it.
fn company(write: &Write<'_>, wanted: bool, usual: &str) -> Result<Changes> {
    let mut changes = Changes::default();
    for (field, text) in write.fields.exposed() {
        if field != Field::Udf(Udf::Tenant365Id) || !wanted {
            let why =
                format!("nothing is written to {field} of a customer unless experimental-company-udf is on");
            return Err(refused(&why));
        }
        let shown = write.current.and_then(|current| shown_key(&current.raw.0, usual));
        changes.properties.insert(shown.unwrap_or_else(|| usual.to_owned()), text.to_owned());
    }
    Ok(changes)
}

/// Returns the body of a contact's update: name and customer as they are unless they change, and all properties if
/// one of them changes.
fn contact_body(current: &Current, company: &Id, changes: Changes) -> Result<Value> {
    let Changes { own, properties } = changes;
    let raw = &current.raw.0;
    let customer = match raw.get(CUSTOMER_ID) {
        None | Some(Value::Null) => convert::number(company)?.into(),
        Some(customer) => customer.clone(),
    };
    let mut body = Map::from_iter([(CUSTOMER_ID.to_owned(), customer)]);
    if let Some(name) = raw.get(NAME) {
        body.insert(NAME.to_owned(), name.clone());
    }
    body.extend(own);
    if !properties.is_empty() {
        body.insert(PROPERTIES.to_owned(), merged(raw, &properties)?);
    }
    Ok(Value::Object(body))
}

/// Returns all properties of the record, with the changed ones replaced.
///
/// # Errors
/// [`Kind::Service`] if the record came without: those that were not read would be lost.
fn merged(raw: &Value, changed: &BTreeMap<String, String>) -> Result<Value> {
    let map = match raw.get(PROPERTIES) {
        Some(Value::Object(map)) => map.clone(),
        Some(Value::Null) => Map::new(),
        _ => {
            return Err(Error::new(
                Kind::Service,
                "Syncro showed a record without its properties, so none are written",
            )
            .hint("run the command again; if it stays, run it with --har FILE and report the answer"));
        }
    };
    Ok(Value::Object(replaced(map, changed)))
}

/// Returns `map` with the changed values. A flag is written as it is kept: a checkbox holds 1 and 0, or true and
/// false as such.
fn replaced(mut map: Map<String, Value>, changed: &BTreeMap<String, String>) -> Map<String, Value> {
    for (key, text) in changed {
        let yes = text == "true";
        let value = match map.get(key) {
            Some(Value::Bool(_)) if is_flag(text) => Value::Bool(yes),
            Some(Value::Number(_)) if is_flag(text) => u8::from(yes).into(),
            Some(Value::String(held)) if is_flag(text) && matches!(held.trim(), "0" | "1") => {
                u8::from(yes).to_string().into()
            }
            _ => text.as_str().into(),
        };
        map.insert(key.clone(), value);
    }
    map
}

/// Reports whether what is written is a flag.
fn is_flag(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// Returns how the record spells the property `name`, if it shows it.
fn shown_key(raw: &Value, name: &str) -> Option<String> {
    let record = Record::new(raw.clone())?;
    udf::key(record.properties()?, name).map(ToOwned::to_owned)
}

fn record(list: List, reply: &Reply) -> Option<Record> {
    Record::unwrapped(list, serde_json::from_slice(&reply.body).ok()?)
}

/// Returns what the answer to a write shows; an answer without the record is no failure (seen live by clients).
fn written(session: &Session, kind: RecordKind, id: &Id, reply: &Reply) -> Written {
    let list = if kind == RecordKind::Contact { CONTACTS } else { CUSTOMERS };
    let whole = |record: &Record| Some(record.id()) == id.number() && record.properties().is_some();
    let shown = record(list, reply).filter(whole);
    Written {
        id: id.clone(),
        shown: shown.map(|record| convert::current(session.settings(), kind, record)),
        request_id: reply.header("x-request-id").map(ToOwned::to_owned),
        attempts: reply.attempts,
    }
}

fn refused(why: &str) -> Error {
    Error::new(Kind::Usage, format!("Syncro cannot be written like this: {why}"))
        .hint("crsync capabilities --psa syncro shows what Syncro offers")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::Fields;
    use crate::psa::syncro::tests::settings;
    use crate::side::Raw;

    #[test]
    fn a_checkbox_is_written_as_it_is_kept_and_shows_what_was_meant() {
        let changed = |text: &str| BTreeMap::from([("IsOffice365".to_owned(), text.to_owned())]);
        for (held, text, sent) in [
            (json!("0"), "true", json!("1")),
            (json!("1"), "false", json!("0")),
            (json!(0), "true", json!(1)),
            (json!(false), "true", json!(true)),
            (json!("no"), "true", json!("true")),
            (json!(""), "true", json!("true")),
        ] {
            let map = Map::from_iter([("IsOffice365".to_owned(), held.clone())]);
            assert_eq!(replaced(map, &changed(text))["IsOffice365"], sent, "{held} {text}");
        }
        let shown = |value: Value| {
            Record::new(json!({"id": 7, PROPERTIES: {"IsOffice365": value}})).expect("a record")
        };
        for value in [json!("1"), json!(1), json!(true), json!("true")] {
            assert!(!lacks(&shown(value.clone()), &changed("true")), "{value}");
        }
        assert!(lacks(&shown(json!("0")), &changed("true")) && lacks(&shown(json!("")), &changed("true")));
    }

    /// A contact that has this name, as it is read.
    fn named(whole: &str) -> Current {
        let record = Record::new(json!({"id": 7, NAME: whole, PROPERTIES: {}})).expect("a record");
        convert::current(&settings(), RecordKind::Contact, record)
    }

    fn changes(current: Option<&Current>, fields: &Fields) -> Result<Changes> {
        let company = Id::from(1);
        let write = Write { kind: RecordKind::Contact, company: &company, current, fields };
        contact(&write, |role| Ok(role.default_name().to_owned()))
    }

    #[test]
    fn a_name_that_is_not_written_goes_back_as_it_was_read() {
        let current = named(" Mary  Ann Lee ");
        let fields = Fields::new().with(Field::City, "Oslo");
        let changes = changes(Some(&current), &fields).expect("a city");
        let body = contact_body(&current, &Id::from(1), changes).expect("a body");
        assert_eq!(body, json!({CUSTOMER_ID: 1, NAME: " Mary  Ann Lee ", "city": "Oslo"}));
    }

    #[test]
    fn the_extension_of_the_telephone_goes_to_its_own_field() {
        let current = named("Ann Lee");
        let fields =
            Fields::new().with(Field::Phone, "+44 (0)20 7946 0018 x42").with(Field::Mobile, "555 0199 x7");
        let changes = changes(Some(&current), &fields).expect("numbers");
        // Of a number some accounts keep the digits alone, in which a zero that is not dialled would count.
        let own = json!({"phone": "+44 20 7946 0018", "extension": "42", "mobile": "555 0199 x7"});
        assert_eq!(Value::Object(changes.own), own);
    }

    #[test]
    fn a_flag_stays_a_flag_and_a_text_a_text() {
        let map = json!({"A": false, "B": "no", "C": false});
        let changed = ["A", "B", "C"].map(|key| (key.to_owned(), "true".to_owned()));
        let mut changed = BTreeMap::from(changed);
        changed.insert("C".to_owned(), "perhaps".to_owned());
        let found = replaced(map.as_object().expect("a map").clone(), &changed);
        assert_eq!(Value::Object(found), json!({"A": true, "B": "true", "C": "perhaps"}));
    }

    #[test]
    fn properties_that_were_not_read_are_not_written() {
        let current = Current { raw: Raw(json!({"id": 7, NAME: "Ann"})), ..named("Ann") };
        let changes = changes(Some(&current), &Fields::new().with(Field::Title, "Head")).expect("a title");
        let error = contact_body(&current, &Id::from(1), changes).expect_err("they would be lost");
        assert_eq!(error.kind(), Kind::Service);
    }

    proptest! {
        #[test]
        fn names_read_back_are_the_name_that_was_written(
            before in "[A-Ca-cé\u{301} ]{0,12}",
            first in proptest::option::of("[A-Ca-cé\u{301} \u{a0}\t'-]{0,12}"),
            last in proptest::option::of("[A-Ca-cé\u{301} \u{a0}\t'-]{0,12}"),
        ) {
            let current = named(&before);
            let mut fields = Fields::new();
            let halves = [(Field::FirstName, &first), (Field::LastName, &last)];
            for (half, text) in halves.iter().filter_map(|(half, text)| Some((*half, text.as_ref()?))) {
                fields.set(half, text);
            }
            let Ok(changes) = changes(Some(&current), &fields) else { return Ok(()) };
            let Some(written) = changes.own.get(NAME).and_then(Value::as_str) else { return Ok(()) };
            let read = named(written);
            let whole = |fields: &Fields| {
                let [first, last] = halves.map(|(half, _)| fields.text(half).unwrap_or_default().to_owned());
                name::join(&first, &last)
            };
            let mut wanted = current.fields.clone();
            fields.iter().for_each(|(half, text)| wanted.set(half, text));
            prop_assert!(Field::LastName.same(&whole(&read.fields), &whole(&wanted)));
            // Halves as the record shows them come back as they are.
            let shown: Fields = halves.map(|(half, _)| (half, read.fields.text(half).unwrap_or_default().to_owned())).into_iter().collect();
            let again = self::changes(Some(&current), &shown).expect("a name");
            let again = named(again.own.get(NAME).and_then(Value::as_str).unwrap_or_default());
            for (half, text) in shown.iter() {
                prop_assert!(half.same(text, again.fields.text(half).unwrap_or_default()));
            }
        }
    }
}
