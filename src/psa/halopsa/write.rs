//! What is changed in HaloPSA: one POST for every record, a list of that one record. With an id it changes what it names
//! and leaves the rest, without one it makes a record (seen with clients). Records are never deleted.

use serde_json::{Map, Value, json};

use super::session::Session;
use super::udf::{self, Defined, Udfs};
use super::wire::{CLIENTS, Client, Record, SITES, Site, USERS, User, only};
use super::{HaloPsa, convert, definitions, kept, lookup, read};
use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::model::{self, Field, Id, RecordKind, Udf};
use crate::side::{Current, Write, Written};
use crate::text::name;

/// The user's own fields that hold one text, and HaloPSA's names for them.
const TEXTS: [(Field, &str); 6] = [
    (Field::FirstName, "firstname"),
    (Field::LastName, "surname"),
    (Field::Email, "emailaddress"),
    (Field::Title, "title"),
    (Field::Phone, "phonenumber"),
    (Field::Mobile, "mobilenumber"),
];

const STORED: Field = Field::Udf(Udf::Office365Id);

/// Carries out one write.
///
/// # Errors
/// A field that HaloPSA does not have, or whatever became of the request.
pub(super) fn write(halo: &HaloPsa, write: &Write<'_>) -> Result<Written> {
    let session = &halo.session;
    let udfs = udfs(halo, write)?;
    match (write.kind, write.current) {
        (RecordKind::Contact, None) => create(halo, &udfs, write),
        (RecordKind::Contact, Some(current)) => {
            let id = convert::number(&current.id)?;
            let mut record = record(session, &udfs, write)?;
            record.insert("id".to_owned(), id.into());
            if let Some(azure_id) = azure_id(write, current) {
                record.insert(convert::AZURE_ID.to_owned(), azure_id.into());
            }
            halo.cache.forget(write.kind, &current.id)?;
            let reply = session.write(USERS, Some(id), &Value::Object(record))?;
            Ok(written_user(halo, write, &current.id, &reply))
        }
        (RecordKind::PsaCompany, Some(current)) => {
            let id = convert::number(&current.id)?;
            let mut record = record(session, &udfs, write)?;
            record.insert("id".to_owned(), id.into());
            let reply = session.write(CLIENTS, Some(id), &Value::Object(record))?;
            Ok(written_client(session, &current.id, &reply))
        }
        (RecordKind::PsaCompany, None) => Err(refused("clients are made by hand")),
        (other, _) => Err(lookup::foreign(other)),
    }
}

/// Makes a user, at the client's main site.
fn create(halo: &HaloPsa, udfs: &Udfs, write: &Write<'_>) -> Result<Written> {
    let session = &halo.session;
    let client = convert::number(write.company)?;
    let mut record = record(session, udfs, write)?;
    record.retain(|_, value| !matches!(value, Value::Null) && value.as_str() != Some(""));
    if !record.contains_key("name") {
        return Err(refused("a user needs a name"));
    }
    record.insert("site_id".to_owned(), site(session, client)?.into());
    if let Some(id) = write.fields.text(STORED) {
        record.insert(convert::AZURE_ID.to_owned(), id.into());
    }
    // A new user gets no mail because a contact is made.
    record.insert("sendwelcomeemail".to_owned(), false.into());
    let reply = session.write(USERS, None, &Value::Object(record))?;
    let made: Option<User> = answered(&reply);
    let made = made.ok_or_else(|| {
        Error::new(Kind::Service, "HaloPSA made a user, but its answer does not show which")
            .hint("look for the user before it is made again")
            .attempts(reply.attempts)
    })?;
    if made.client.is_some_and(|own| own != client) {
        // The main site is not the client's own any more, or HaloPSA goes by something else: whatever is made next there has
        // to ask again.
        session.forget_site(client);
        let message = format!("HaloPSA made user {} at another client than {client}", made.id);
        // What became of it is known: it is not one whose answer was lost, and not one to be sent again.
        return Err(Error::new(Kind::Service, message)
            .hint("move the user, or make it inactive, and look at the main site of the client")
            .attempts(reply.attempts)
            .refused(true)
            .harm());
    }
    Ok(written_user(halo, write, &Id::from(made.id), &reply))
}

/// Returns the client's main site, which a user cannot be made without, once it is sure that it is the client's own: a
/// site can be moved to another client, and takes the users made there along.
///
/// # Errors
/// Why there is none. Nothing was made then, so none of these errors leaves that open.
fn site(session: &Session, client: i64) -> Result<i64> {
    let mut own_sites = session.own_sites();
    if session.site(client).is_none()
        && let Some(own) = read::client(session, client).map_err(Error::unsent)?
    {
        session.learn_site(&own);
    }
    let site = session.site(client).ok_or_else(|| {
        let message = format!("client {client} has no main site in HaloPSA, and a user needs one");
        Error::new(Kind::Config, message)
            .hint("give the client a main site in HaloPSA, then run the command again")
    })?;
    if !own_sites.contains(&client) {
        let found = read::one::<Site>(session, SITES, site).map_err(Error::unsent)?;
        let why = match found.map(|site| site.client) {
            Some(Some(own)) if own == client => {
                own_sites.insert(client);
                return Ok(site);
            }
            Some(Some(own)) => format!("belongs to client {own}"),
            Some(None) => "does not say whose it is".to_owned(),
            None => "does not exist, or the agent may not see it".to_owned(),
        };
        let message =
            format!("the main site {site} of client {client} {why} in HaloPSA, so no user is made there");
        return Err(Error::new(Kind::Config, message)
            .hint("give the client a main site of its own in HaloPSA, then run the command again"));
    }
    Ok(site)
}

/// Returns the custom fields, as records showed them; where none was read yet, a page of users tells, and one by itself
/// where rows do not show them all.
fn udfs(halo: &HaloPsa, write: &Write<'_>) -> Result<std::sync::Arc<Udfs>> {
    let session = &halo.session;
    if let Some(udfs) = session.udfs() {
        return Ok(udfs);
    }
    let settings = session.settings();
    // What is learnt holds for all writes of the run, whatever the first one is about.
    let roles: Vec<Udf> = Udf::ALL.into_iter().filter(|role| !role.on_company()).collect();
    let mut udfs = definitions::of_users(session, &roles).map_err(Error::unsent)?;
    let client = read::client(session, convert::number(write.company)?).map_err(Error::unsent)?;
    let of_client = client.iter().flat_map(|client| client.custom.iter().flatten());
    udfs.companies = udf::defined(settings, true, of_client);
    Ok(session.learn(udfs))
}

/// Returns the record that changes what is written, in HaloPSA's names.
fn record(session: &Session, udfs: &Udfs, write: &Write<'_>) -> Result<Map<String, Value>> {
    let is_contact = write.kind == RecordKind::Contact;
    let mut record = Map::new();
    let mut custom = Vec::new();
    for (field, text) in write.fields.exposed() {
        match field {
            Field::Udf(role) if role.on_company() != is_contact => {
                custom.push(value(session, udfs.of(write.kind), role, text)?);
            }
            Field::Active if is_contact => {
                record.insert("inactive".to_owned(), (text != "true").into());
            }
            other => {
                let own = TEXTS.iter().find(|(known, _)| *known == other && is_contact);
                let noun = if is_contact { "user" } else { "client" };
                let (_, key) = own.ok_or_else(|| refused(&format!("a {noun} has no field for {other}")))?;
                record.insert((*key).to_owned(), text.into());
            }
        }
    }
    if let Some([first, last]) = names(write) {
        let whole = name::join(first, last);
        if whole.is_empty() {
            return Err(refused("a user needs a name"));
        }
        record.insert("name".to_owned(), whole.into());
        // What is taken from the one name goes with it.
        let is_split = write.current.is_some_and(|current| current.raw.0[convert::SPLIT] == true);
        for (key, half) in [("firstname", first), ("surname", last)].into_iter().filter(|_| is_split) {
            record.entry(key).or_insert_with(|| half.into());
        }
    }
    if !custom.is_empty() {
        record.insert("customfields".to_owned(), Value::Array(custom));
    }
    Ok(record)
}

/// Returns a custom field with its value: by name, as only those that are named change.
fn value(session: &Session, defined: &[Defined], role: Udf, text: &str) -> Result<Value> {
    let unusable = |message: String| {
        Error::new(Kind::Service, message)
            .hint("`crsync push-udfs --check` says which fields are missing, and prints the steps")
    };
    let found = defined.iter().find(|each| each.role == role);
    let each = found.ok_or_else(|| {
        unusable(format!("no record of HaloPSA shows a custom field CF{}", session.udf_name(role)))
    })?;
    let kind = each.kind.as_ref().ok_or_else(|| {
        unusable(format!("the custom field {} of HaloPSA is of a type that crsync does not know", each.name))
    })?;
    Ok(json!({"name": each.name, "value": udf::sent(kind, text)}))
}

/// Returns first and last name, if either is written; the other one is what the record has.
fn names<'w>(write: &Write<'w>) -> Option<[&'w str; 2]> {
    let halves = [Field::FirstName, Field::LastName];
    let written = |half: &Field| write.fields.get(*half) != model::Value::Absent;
    halves.iter().any(written).then(|| {
        halves.map(|half| {
            let fields =
                if written(&half) { Some(write.fields) } else { write.current.map(|one| &one.fields) };
            fields.and_then(|fields| fields.text(half)).unwrap_or_default()
        })
    })
}

/// Returns the id that HaloPSA's own field gets: it follows the custom field where it is blank or holds what that held.
/// Another one is HaloPSA's own knowledge, and so is any where the custom field is made blank: an undo does that, and what
/// that field held may have been taken from HaloPSA's own.
fn azure_id<'w>(write: &Write<'w>, current: &Current) -> Option<&'w str> {
    let wanted = write.fields.text(STORED)?;
    let held = current.raw.0.get(convert::AZURE_ID)?.as_str()?.trim();
    let before = current.fields.text(STORED).unwrap_or_default();
    (held.is_empty() || STORED.same(held, before)).then_some(wanted)
}

/// Returns the record of an answer to a write, if it is one.
fn answered<T: Record>(reply: &Reply) -> Option<T> {
    serde_json::from_value(only(serde_json::from_slice(&reply.body).ok()?)?).ok()
}

/// Returns what the answer to a user's write shows, where it shows all of it.
fn written_user(halo: &HaloPsa, write: &Write<'_>, id: &Id, reply: &Reply) -> Written {
    let answer: Option<User> = answered(reply);
    let whole = answer.filter(|user| Some(user.id) == id.number()).and_then(|answer| {
        let own = answer.clone().own()?;
        let now = convert::user(&halo.session, &own);
        (!hides(&answer, &now, write.current)).then_some((answer, own, now))
    });
    if let Some((answer, own, _)) = &whole {
        kept::keep_answer(halo, answer, own);
    }
    // Whose user it is must not be taken on trust.
    let shown = whole.filter(|(answer, ..)| answer.client.is_some()).map(|(.., now)| now);
    written(id, reply, shown)
}

/// Reports whether an answer, which shows the record as it is `now`, leaves out what that showed `before` the write. What
/// such an answer looks like is not documented: what it leaves out may be there.
fn hides(answer: &User, now: &Current, before: Option<&Current>) -> bool {
    before.is_some_and(|before| {
        let custom = before.fields.exposed().map(|(field, _)| field);
        let mut custom = custom.filter(|field| matches!(field, Field::Udf(_)));
        before.alternates.iter().any(|one| !now.alternates.contains(one))
            || (answer.azure_id.is_none() && before.fields.text(Field::LinkedId).is_some())
            || custom.any(|field| now.fields.get(field) == model::Value::Absent)
    })
}

/// Returns the same for a client's.
fn written_client(session: &Session, id: &Id, reply: &Reply) -> Written {
    let client: Option<Client> = answered(reply);
    let client = client.filter(|client| Some(client.id) == id.number() && client.custom.is_some());
    let own = client.map(Client::own).map(|mut own| {
        own.tenants = own.tenants.or_else(|| session.links(own.id));
        own
    });
    written(id, reply, own.map(|client| convert::client(session, &client)))
}

fn written(id: &Id, reply: &Reply, shown: Option<Current>) -> Written {
    Written { id: id.clone(), shown, request_id: None, attempts: reply.attempts }
}

fn refused(why: &str) -> Error {
    Error::new(Kind::Usage, format!("HaloPSA cannot be written like this: {why}"))
        .hint("crsync capabilities --psa halopsa shows what HaloPSA offers")
}
