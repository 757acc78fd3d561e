//! What is changed in Kaseya BMS. A record's changes cannot travel together: its own fields, its addresses, its
//! numbers and every custom field have a call each, and only those calls are made that change something.
//!
//! The call that replaces a whole contact is never used: what it does not name is reset, the active flag included
//! (inferred from its types), and the middle name cannot even be read in lists. Contacts are never deleted.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use serde_json::{Value, json};

use super::lists::{self, EMAILS, List, PHONES, Step};
use super::sent::Sent;
use super::session::Call;
use super::types::{Types, Use};
use super::wire::{self, Contact, ListWritten, Location, Made, NewContact, NewEmail, NewPhone, Replace};
use super::{KaseyaBms, convert, lookup, read, write_udf};
use crate::error::{Error, Kind, Result};
use crate::http::Method;
use crate::model::{Field, Id, RecordKind, Udf};
use crate::side::{Write, Written};
use crate::text::{email, phone};

/// The call that changes a contact's own fields.
pub(super) const OWN: &str = "crm/contacts/{id}";

/// The fields of a write, by the calls that change them.
#[derive(Default)]
struct Parts<'a> {
    /// The contact's own fields, as the call names them.
    own: Vec<(&'static str, Value)>,
    email: Option<&'a str>,
    phones: Vec<(Use, &'a str)>,
    udfs: Vec<(Udf, &'a str)>,
}

/// Carries out one write. Of several calls, the number of times is that of the one that was sent most often.
pub(super) fn write(bms: &KaseyaBms, write: &Write<'_>) -> Result<Written> {
    let parts = parts(write)?;
    write_udf::require(bms, write, &parts.udfs).map_err(Error::unsent)?;
    let written = |id: Id, attempts| Written { id, shown: None, request_id: None, attempts };
    match (write.kind, write.current) {
        (RecordKind::Contact, None) => {
            let (id, attempts) = create(bms, convert::number(write.company)?, &parts)?;
            Ok(written(Id::from(id), attempts))
        }
        (RecordKind::Contact | RecordKind::PsaCompany, Some(current)) => {
            let id = convert::number(&current.id)?;
            bms.cache.forget(write.kind, &current.id)?;
            let half = || format!("{} {id} is written in part", write.kind.noun());
            let mut sent = Sent::new(0, &half);
            if write.kind == RecordKind::Contact {
                let contact = Contact::read(current.raw.0.clone())?;
                sent.add(own(bms, id, &parts.own))?;
                lists(bms, &contact, &parts, &mut sent)?;
            }
            write_udf::all(bms, write.kind, id, &parts.udfs, &mut sent)?;
            Ok(written(current.id.clone(), sent.attempts()))
        }
        (RecordKind::PsaCompany, None) => {
            Err(Error::new(Kind::Service, "companies of Kaseya BMS are not made by crsync"))
        }
        (other, _) => Err(lookup::foreign(other)),
    }
}

/// Returns the fields that change something, by their calls.
///
/// # Errors
/// [`Kind::Service`] for a field that the record does not have; nothing is sent then.
fn parts<'a>(write: &Write<'a>) -> Result<Parts<'a>> {
    let mut parts = Parts::default();
    let changes = write.fields.exposed().filter(|(field, text)| match write.current {
        Some(current) if *field == Field::Active => current.active != Some(*text == "true"),
        Some(current) => !current.fields.exposed().any(|held| held == (*field, *text)),
        None => !text.is_empty(),
    });
    for (field, text) in changes {
        let contact = write.kind == RecordKind::Contact;
        match field {
            Field::Udf(udf) if udf.on_company() != contact => parts.udfs.push((udf, text)),
            Field::FirstName if contact => parts.own.push(("FirstName", json!(text))),
            Field::LastName if contact => parts.own.push(("LastName", json!(text))),
            Field::Title if contact => parts.own.push(("JobTitle", json!(text))),
            Field::Active if contact => parts.own.push(("IsActive", json!(text == "true"))),
            Field::Email if contact => parts.email = Some(text),
            Field::Phone if contact => parts.phones.push((Use::Phone, text)),
            Field::Mobile if contact => parts.phones.push((Use::Mobile, text)),
            _ => {
                let noun = write.kind.noun();
                return Err(Error::new(Kind::Service, format!("a {noun} of Kaseya BMS has no {field}")));
            }
        }
    }
    Ok(parts)
}

/// Makes a contact; its id, and how often the request was sent. What the call for new contacts has no place for
/// is written after it.
fn create(bms: &KaseyaBms, account: i64, parts: &Parts<'_>) -> Result<(i64, u32)> {
    let location = location(bms, account).map_err(Error::unsent)?;
    let types = &bms.session.types;
    if parts.phones.iter().any(|(each, _)| types.is_unseen(*each)) {
        learn_types(bms).map_err(Error::unsent)?;
    }
    let body = new_contact(types, account, location, parts)?;
    let answer = bms.session.call(&Call::new(Method::Post, read::LIST, &[]).json(&body))?;
    let attempts = answer.attempts;
    let made: Made =
        wire::decode(answer.result, "a new contact").map_err(|error| error.attempts(attempts))?;
    let id = made.id;
    let half = || format!("contact {id} was made, but not all of it was written");
    let mut sent = Sent::new(attempts, &half);
    complete(bms, &made, parts, &mut sent)?;
    Ok((id, sent.attempts()))
}

fn new_contact<'a>(
    types: &Types,
    account_id: i64,
    location_id: i64,
    parts: &'a Parts<'_>,
) -> Result<NewContact<'a>> {
    let named = |key: &str| {
        let found = parts.own.iter().find(|(known, _)| *known == key);
        found.and_then(|(_, value)| value.as_str()).unwrap_or_default()
    };
    let mut phones = Vec::new();
    for (wanted, phone_number) in &parts.phones {
        let phone_type_id = lists::phone_type(types, *wanted)?;
        phones.push(NewPhone { phone_number, phone_type_id, is_default: phones.is_empty() });
    }
    let email_type_id = types.email();
    let email = |email_address| NewEmail { email_address, email_type_id, is_default: true };
    Ok(NewContact {
        first_name: named("FirstName"),
        last_name: named("LastName"),
        account_id,
        location_id,
        phones,
        emails: parts.email.map(email).into_iter().collect(),
    })
}

/// Writes what a new contact lacks.
fn complete(bms: &KaseyaBms, made: &Made, parts: &Parts<'_>, sent: &mut Sent<'_>) -> Result<()> {
    let later = parts.own.iter().filter(|(key, _)| !matches!(*key, "FirstName" | "LastName"));
    let later: Vec<_> = later.cloned().collect();
    sent.add(own(bms, made.id, &later))?;
    let holds = |held: &Option<String>, same: &dyn Fn(&str) -> bool| held.as_deref().is_some_and(same);
    let has_email = parts.email.is_none_or(|new| holds(&made.email, &|held| email::same(held, new)));
    let has_phone = parts.phones.is_empty()
        || parts.phones.iter().any(|(_, new)| holds(&made.phone, &|held| phone::same(held, new)));
    if !has_email || !has_phone {
        let gone = || Error::new(Kind::NotFound, format!("contact {} is not there any more", made.id));
        let contact = read::contact(&bms.session, made.id).and_then(|contact| contact.ok_or_else(gone));
        lists(bms, &sent.ask(contact)?, parts, sent)?;
    }
    write_udf::all(bms, RecordKind::Contact, made.id, &parts.udfs, sent)
}

/// Returns the account's main location, which a contact cannot be made without. Asked for once per account.
fn location(bms: &KaseyaBms, account: i64) -> Result<i64> {
    let _asking = bms.session.asking.lock().unwrap_or_else(PoisonError::into_inner);
    let known = || bms.session.locations.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(id) = known().get(&account) {
        return Ok(*id);
    }
    let call = Call::get("crm/accounts/{accountId}/locations/lookup", &[account]);
    let locations: Option<Vec<Location>> = wire::decode(bms.session.call(&call)?.result, "locations")?;
    let locations = locations.unwrap_or_default();
    let main = locations.iter().find(|location| location.is_main == Some(true)).or(locations.first());
    let id = main.map(|location| location.id).ok_or_else(|| {
        let message = format!("company {account} has no location in Kaseya BMS, and a contact needs one");
        Error::new(Kind::Service, message).hint("add a location to the account")
    })?;
    known().insert(account, id);
    Ok(id)
}

/// Learns the types of numbers, once: what a page of contacts does not show, it does not show later.
fn learn_types(bms: &KaseyaBms) -> Result<()> {
    let mut has_asked = bms.session.types_asked.lock().unwrap_or_else(PoisonError::into_inner);
    if !*has_asked {
        read::learn_types(&bms.session)?;
        *has_asked = true;
    }
    Ok(())
}

/// Changes the contact's own fields: how often the request was sent.
///
/// That the call takes these names is inferred from the one that replaces a contact, so the answer is looked at.
fn own(bms: &KaseyaBms, id: i64, fields: &[(&'static str, Value)]) -> Result<u32> {
    if fields.is_empty() {
        return Ok(0);
    }
    let replace = |(key, value): &(&str, Value)| Replace {
        op: "replace",
        path: format!("/{key}"),
        value: value.clone(),
    };
    let patch: Vec<Replace> = fields.iter().map(replace).collect();
    let answer = bms.session.call(&Call::new(Method::Patch, OWN, &[id]).json(&patch))?;
    let differs = |(key, value): &&(&'static str, Value)| {
        answer.result.get(key.to_lowercase()).is_some_and(|shown| !is_same(shown, value))
    };
    if let Some((key, _)) = fields.iter().find(differs) {
        let message = format!("Kaseya BMS accepted a change of contact {id} but left {key} as it was");
        return Err(Error::new(Kind::Service, message)
            .hint("look at the contact, and whether the user's security role may change it")
            .attempts(answer.attempts));
    }
    Ok(answer.attempts)
}

/// Reports whether an answer shows the value that was written. Null is a blank text; of a flag it says nothing.
fn is_same(shown: &Value, written: &Value) -> bool {
    match (shown, written) {
        (Value::Null, Value::String(text)) => text.trim().is_empty(),
        (Value::String(shown), Value::String(text)) => shown.trim() == text.trim(),
        (Value::Bool(shown), Value::Bool(flag)) => shown == flag,
        _ => true,
    }
}

/// Changes the contact's addresses and numbers.
fn lists(bms: &KaseyaBms, contact: &Contact, parts: &Parts<'_>, sent: &mut Sent<'_>) -> Result<()> {
    let types = &bms.session.types;
    if let Some(new) = parts.email {
        let steps = lists::email_steps(contact, new, types);
        let shows = |written: &ListWritten| {
            let Some(emails) = &written.emails else { return true };
            let shown = convert::primary(emails).and_then(|email| email.address.as_deref());
            new.is_empty() || shown.is_some_and(|shown| email::same(shown, new))
        };
        sent.add(change(bms, &EMAILS, contact.id, &steps, shows))?;
    }
    let lacks_type = |each: Use| types.is_unseen(each) && convert::phone(&contact.phones, each).is_none();
    if parts.phones.iter().any(|(each, _)| lacks_type(*each)) {
        sent.ask(learn_types(bms))?;
    }
    let steps = sent.ask(lists::phone_steps(contact, &parts.phones, types))?;
    let shows = |written: &ListWritten| {
        let Some(phones) = &written.phones else { return true };
        parts.phones.iter().filter(|(_, new)| !new.is_empty()).all(|(wanted, new)| {
            let shown = convert::phone(phones, *wanted).and_then(|phone| phone.number.as_deref());
            shown.is_some_and(|shown| phone::same(shown, new))
        })
    };
    sent.add(change(bms, &PHONES, contact.id, &steps, shows))
}

/// Takes `steps` on a list, once: taken twice, an entry would be there twice. `shows` says whether an answer shows
/// what was wanted.
fn change(
    bms: &KaseyaBms,
    list: &List,
    id: i64,
    steps: &[Step],
    shows: impl Fn(&ListWritten) -> bool,
) -> Result<u32> {
    if steps.is_empty() {
        return Ok(0);
    }
    let noun = list.noun;
    let stopped = &bms.session.lists_stopped;
    if stopped.load(Ordering::Relaxed) {
        let message = format!(
            "the {noun} of contact {id} are left unchanged: Kaseya BMS did not do what was asked before"
        );
        return Err(Error::new(Kind::Service, message).hint("look at the first failure of this run"));
    }
    let body: Vec<Value> = steps.iter().map(|step| step.body(list)).collect();
    let call = Call::new(Method::Patch, list.template, &[id]).once();
    let answer = bms.session.call(&call.json(&body))?;
    let attempts = answer.attempts;
    let checked = wire::decode(answer.result, "what became of a list").and_then(|written: ListWritten| {
        lists::count(list, id, steps, &written)?;
        if shows(&written) {
            return Ok(());
        }
        let message =
            format!("Kaseya BMS accepted a change of the {noun} of contact {id} but shows another result");
        Err(Error::new(Kind::Service, message).hint("look at the contact"))
    });
    checked.map(|()| attempts).map_err(|error| {
        stopped.store(true, Ordering::Relaxed);
        error.attempts(attempts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_that_shows_another_value_is_noticed() {
        for (shown, written, same) in [
            (json!("Head"), json!("Head"), true),
            (json!(null), json!(""), true),
            (json!(null), json!("Head"), false),
            (json!("Clerk"), json!("Head"), false),
            (json!(true), json!(false), false),
            (json!(null), json!(false), true),
        ] {
            assert_eq!(is_same(&shown, &written), same, "{shown} {written}");
        }
    }
}
