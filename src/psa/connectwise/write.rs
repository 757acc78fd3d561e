//! From the model's fields to ConnectWise PSA's records.
//!
//! The record's own fields and the custom fields that change go out in one JSON patch; every address or number is a
//! record of its own and takes a request of its own, addressed by its id. A patch is never believed for its 200: the
//! vendor documents that one which changed nothing is answered the same way.
//!
//! Custom fields that crsync does not change are not sent back: a text of several lines would lose its breaks, and a list
//! that holds an entry which may not be chosen any more would have the whole patch refused. Those left out keep their
//! values (seen live by clients). The vendor's guide asks for all of them, so what the answer shows of the others is
//! looked at: should they be gone, all are sent at once, and from then on in every patch of the run.

use serde_json::{Value, json};

use super::convert::{self, Book, OWN};
use super::errors;
use super::items::{self, Step};
use super::notes;
use super::session::{Session, decode};
use super::udf::{self, Definition};
use super::wire::{Company, Contact, Item, Whole};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply};
use crate::model::{Field, Id, RecordKind, Udf};
use crate::side::{Current, Write, Written};

const PIN: Field = Field::Udf(Udf::SupportPin);

/// What there is to write, by how it is written.
#[derive(Default)]
struct Parts<'w> {
    /// The record's own fields, by the vendor's names.
    own: Vec<(&'static str, Value)>,
    /// Fields that are communication items.
    items: Vec<(Field, &'w str)>,
    udfs: Vec<(Udf, &'w str)>,
}

/// Makes a contact in one request. `definitions` are the custom fields there are. A support PIN is written once the
/// contact is there, since its note needs a contact.
///
/// The request has the service ignore duplicates, as crsync searched for the person before: it may refuse a second
/// contact of the same name otherwise (inferred).
pub(super) fn create(
    session: &Session,
    book: Book<'_>,
    definitions: &[Definition],
    write: &Write<'_>,
) -> Result<Written> {
    const PATH: &str = "company/contacts";
    let fields = write.fields.clone().only(|field| field != PIN);
    let body = new_contact(book, definitions, &Write { fields: &fields, ..*write })?;
    let reply = session.write(Method::Post, PATH, Some(&body))?;
    errors::check(&reply, PATH)?;
    let whole: Whole<Contact> = decode(&reply, PATH)?;
    let shown = convert::current_contact(whole, book);
    if write.fields.secret(PIN).is_some_and(|pin| !pin.expose().is_empty()) {
        let pin = write.fields.clone().only(|field| field == PIN);
        let written = update(session, book, &shown, &Write { fields: &pin, current: Some(&shown), ..*write })
            .map_err(|error| {
                let place = format!("contact {} was made without its support PIN", shown.id);
                error.after(reply.attempts).within(place)
            })?;
        return Ok(Written { attempts: written.attempts.max(reply.attempts), ..written });
    }
    Ok(Written { id: shown.id.clone(), shown: Some(shown), ..answered(&reply) })
}

/// Changes a contact: its own fields first, since they are what is refused, then each address or number.
pub(super) fn update(
    session: &Session,
    book: Book<'_>,
    current: &Current,
    write: &Write<'_>,
) -> Result<Written> {
    let parts = parts(write)?;
    let record: Contact = read_back(current)?;
    let mut steps = Vec::new();
    for (field, text) in &parts.items {
        let step = book.types.step(*field, text, record.items())?;
        steps.extend(step.map(|step| (*field, *text, step)));
    }
    let path = format!("company/contacts/{}", current.id);
    let operations = operations(book, RecordKind::Contact, current, &parts)?;
    let mut written = Written { id: current.id.clone(), shown: None, request_id: None, attempts: 0 };
    let half = |sent: u32, error: Error| {
        let place = format_args!("contact {} is written in part", current.id);
        if sent > 0 { error.after(sent).within(place) } else { error }
    };
    if let Some(pin) = write.fields.secret(PIN) {
        // Before the custom field, which alone tells the next run that nothing is left to do.
        written.attempts = notes::keep(session, &current.id, pin.expose())?;
    }
    if !operations.is_empty() {
        let sent = written.attempts;
        let reply = send_patch(session, &path, &operations).map_err(|error| half(sent, error))?;
        let shown = convert::current_contact(decode(&reply, &path)?, book);
        require_shown(RecordKind::Contact, write, &shown, |field| !items::FIELDS.contains(&field))
            .map_err(|error| error.attempts(reply.attempts))?;
        let attempts = sent.max(reply.attempts);
        written = Written { id: current.id.clone(), shown: Some(shown), attempts, ..answered(&reply) };
    }
    for (field, text, step) in steps {
        let sent = written.attempts;
        let reply = take(session, &path, field, text, step).map_err(|error| half(sent, error))?;
        let attempts = sent.max(reply.attempts);
        // What the record's own answer showed is out of date now.
        written = Written { id: current.id.clone(), attempts, ..answered(&reply) };
    }
    Ok(written)
}

/// Changes a company: its custom fields, which is all that crsync writes there.
pub(super) fn update_company(
    session: &Session,
    book: Book<'_>,
    current: &Current,
    write: &Write<'_>,
) -> Result<Written> {
    let parts = parts(write)?;
    let path = format!("company/companies/{}", current.id);
    let operations = operations(book, RecordKind::PsaCompany, current, &parts)?;
    let reply = send_patch(session, &path, &operations)?;
    let whole: Whole<Company> = decode(&reply, &path)?;
    let shown = convert::current_company(whole, book);
    require_shown(RecordKind::PsaCompany, write, &shown, |_| true)
        .map_err(|error| error.attempts(reply.attempts))?;
    Ok(Written { id: current.id.clone(), shown: Some(shown), ..answered(&reply) })
}

/// Returns what the answer says of itself; the id and the record are the caller's to fill in.
fn answered(reply: &Reply) -> Written {
    Written {
        id: Id::new(""),
        shown: None,
        request_id: reply.header("x-cw-request-id").map(ToOwned::to_owned),
        attempts: reply.attempts,
    }
}

/// Sorts the fields; one that the record does not have is refused before anything is sent.
fn parts<'w>(write: &Write<'w>) -> Result<Parts<'w>> {
    let mut parts = Parts::default();
    let is_contact = write.kind == RecordKind::Contact;
    for (field, text) in write.fields.exposed() {
        match field {
            Field::Udf(role) if role.on_company() != is_contact => parts.udfs.push((role, text)),
            Field::Active if is_contact => parts.own.push(("inactiveFlag", json!(!is_true(text)?))),
            field if is_contact && items::FIELDS.contains(&field) => parts.items.push((field, text)),
            field => {
                let own = OWN.iter().find(|own| is_contact && own.field == field);
                let own = own.ok_or_else(|| unknown(write.kind, field))?;
                parts.own.push((own.path, json!(text)));
            }
        }
    }
    Ok(parts)
}

fn is_true(text: &str) -> Result<bool> {
    match text {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::new(Kind::Usage, "active of a contact is true or false, and nothing else")),
    }
}

fn unknown(kind: RecordKind, field: Field) -> Error {
    Error::new(
        Kind::Usage,
        format!("a {} of ConnectWise PSA has no {field} that can be written", kind.noun()),
    )
}

fn new_contact(book: Book<'_>, definitions: &[Definition], write: &Write<'_>) -> Result<Value> {
    let parts = parts(write)?;
    let company = convert::number(write.company)?;
    let mut body = json!({"company": {"id": company}, "ignoreDuplicates": true});
    for (path, value) in parts.own.into_iter().filter(|(_, value)| value != "") {
        body[path] = value;
    }
    let mut items = Vec::new();
    for (field, text) in parts.items.into_iter().filter(|(_, text)| !text.is_empty()) {
        let first = !items.iter().any(|item: &Value| item["communicationType"] == "Phone");
        items.push(book.types.new_item(field, text, first)?);
    }
    if !items.is_empty() {
        body["communicationItems"] = Value::Array(items);
    }
    let mut fields = Vec::new();
    for (role, text) in parts.udfs.into_iter().filter(|(_, text)| !text.is_empty()) {
        let definition = definitions.iter().find(|definition| definition.field.role == role);
        let Definition { id, field } = definition.ok_or_else(|| unknown(write.kind, Field::Udf(role)))?;
        // The id alone would do; the caption lets the trace hide a PIN.
        fields.push(json!({"id": id, "caption": field.name, "value": udf::value(&field.kind, text)}));
    }
    if !fields.is_empty() {
        body["customFields"] = Value::Array(fields);
    }
    Ok(body)
}

/// What one patch says: everything but the communication items.
struct Operations {
    /// The operations on the record's own fields.
    own: Vec<Value>,
    /// The custom fields that change, each as it was read with its new value.
    changed: Vec<Value>,
    /// Where none changes, one of crsync's own as it was read: a patch without any may be refused (seen live by a client).
    mentioned: Vec<Value>,
    /// All custom fields of the record, the new values in them.
    all: Vec<Value>,
}

impl Operations {
    fn is_empty(&self) -> bool {
        self.own.is_empty() && self.changed.is_empty()
    }

    /// Returns the request that says so, with `custom` in the place of all custom fields.
    fn body(&self, custom: Option<&[Value]>) -> Value {
        let custom = custom.map(|custom| replace("customFields", &json!(custom)));
        self.own.iter().cloned().chain(custom).collect()
    }

    /// Returns the captions of the custom fields that were not to change and that a record with the custom fields `shown`
    /// has lost. A patch that clears what it does not name takes all of them: where one is as it was, or there was only
    /// one, something else was at work.
    fn lost(&self, shown: &Value) -> Vec<&str> {
        let is_blank = |entry: &Value| {
            matches!(&entry["value"], Value::Null | Value::Bool(false)) || entry["value"] == ""
        };
        let named = || self.changed.iter().chain(&self.mentioned);
        let is_other = |entry: &&Value| named().all(|named| named["id"] != entry["id"]);
        let now = |entry: &Value| shown.as_array()?.iter().find(|now| now["id"] == entry["id"]);
        let others = self.all.iter().filter(is_other).filter(|entry| !is_blank(entry));
        let (lost, kept): (Vec<_>, Vec<_>) =
            others.filter_map(|entry| Some((entry, now(entry)?))).partition(|(_, now)| is_blank(now));
        if lost.len() < 2 || !kept.is_empty() {
            return Vec::new();
        }
        lost.into_iter().filter_map(|(entry, _)| entry["caption"].as_str()).collect()
    }
}

/// Returns the patch for everything but the communication items.
fn operations(book: Book<'_>, kind: RecordKind, current: &Current, parts: &Parts<'_>) -> Result<Operations> {
    let own = parts.own.iter().map(|(path, value)| replace(path, value)).collect();
    let mut all = current.raw.0["customFields"].as_array().cloned().unwrap_or_default();
    let mut changed = Vec::new();
    for (role, text) in &parts.udfs {
        let entry = udf::replaced(&mut all, book.names, *role, text).ok_or_else(|| {
            let caption = udf::caption(book.names, *role);
            let message = format!("{} {} does not show the custom field {caption}", kind.noun(), current.id);
            Error::new(Kind::Usage, message)
                .hint("let the custom field be shown for the location and the department of the record")
        })?;
        changed.push(entry.clone());
    }
    let own_field = udf::any_own(&all, book.names, kind == RecordKind::PsaCompany);
    let mentioned = own_field.filter(|_| changed.is_empty()).cloned().into_iter().collect();
    Ok(Operations { own, changed, mentioned, all })
}

fn replace(path: &str, value: &Value) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}

/// Sends a patch. One that does not mention custom fields may be refused for that alone (seen live by a client), so it
/// goes out once more with an empty list of them, which clears nothing.
fn send_patch(session: &Session, path: &str, operations: &Operations) -> Result<Reply> {
    let send = |custom: Option<&[Value]>| session.write(Method::Patch, path, Some(&operations.body(custom)));
    let with_all = session.clears_others();
    let custom = match operations {
        Operations { all, .. } if with_all => all,
        Operations { changed, mentioned, .. } if changed.is_empty() => mentioned,
        Operations { changed, .. } => changed,
    };
    let mut reply = send(Some(custom.as_slice()).filter(|custom| !custom.is_empty()))?;
    if reply.status == 400 && custom.is_empty() {
        let before = reply.attempts;
        reply = send(Some(&[])).map_err(|error| error.after(before))?;
        reply.attempts += before;
    }
    errors::check(&reply, path)?;
    let shown: Value = decode(&reply, path)?;
    let lost = operations.lost(&shown["customFields"]);
    if lost.is_empty() || with_all {
        return Ok(reply);
    }
    session.note_clears_others();
    restore(session, path, operations, &reply).map_err(|error| {
        error
            .within(format_args!("{path} lost {}, which the change did not name", lost.join(", ")))
            .hint("fill in by hand what is missing in ConnectWise PSA")
            .harm()
    })
}

/// Sends all custom fields of a record that lost those which a patch did not name. `reply` is the answer to that patch.
fn restore(session: &Session, path: &str, operations: &Operations, reply: &Reply) -> Result<Reply> {
    let body = json!([replace("customFields", &json!(operations.all))]);
    let sent = |error: Error| error.after(reply.attempts);
    let mut again = session.write(Method::Patch, path, Some(&body)).map_err(sent)?;
    errors::check(&again, path).map_err(sent)?;
    let shown: Value = decode(&again, path).map_err(sent)?;
    again.attempts += reply.attempts;
    if operations.lost(&shown["customFields"]).is_empty() {
        return Ok(again);
    }
    let message = "ConnectWise PSA accepted them again, but its answer does not show them";
    Err(Error::new(Kind::Service, message).attempts(again.attempts))
}

/// Takes one step with an address or number of the contact at `path`, and checks what came of it.
fn take(session: &Session, path: &str, field: Field, text: &str, step: Step) -> Result<Reply> {
    let path = format!("{path}/communications");
    let (method, path, body) = match step {
        Step::Add(body) => (Method::Post, path, Some(body)),
        Step::Change(id, change) => (Method::Patch, format!("{path}/{id}"), Some(change)),
        Step::Remove(id) => (Method::Delete, format!("{path}/{id}"), None),
    };
    let reply = session.write(method, &path, body.as_ref())?;
    if method == Method::Delete && errors::is_gone(&reply) {
        return Ok(reply);
    }
    errors::check(&reply, &path)?;
    if method != Method::Delete {
        let item: Item = decode(&reply, &path)?;
        let stays = !field.same(text, &items::spoken(field, &item));
        // A default that was asked for and is denied leaves another address in its place.
        let second = field == Field::Email && asks_default(body.as_ref()) && item.default_flag == Some(false);
        if stays || second {
            return Err(not_shown(&path, &[field]).attempts(reply.attempts));
        }
    }
    Ok(reply)
}

fn asks_default(body: Option<&Value>) -> bool {
    let of_patch = |patch: &Vec<Value>| patch.iter().any(|operation| operation["path"] == "defaultFlag");
    body.is_some_and(|body| body["defaultFlag"] == true || body.as_array().is_some_and(of_patch))
}

/// Passes if the record shows every field of `write` that `concerns` the answer.
fn require_shown(
    kind: RecordKind,
    write: &Write<'_>,
    shown: &Current,
    concerns: impl Fn(Field) -> bool,
) -> Result<()> {
    let holds = |field: Field, text: &str| match field {
        Field::Active => shown.active == Some(text == "true"),
        field => field.same(text, shown.fields.expose(field).unwrap_or_default()),
    };
    let fields = write.fields.exposed().filter(|(field, _)| concerns(*field));
    let missing: Vec<Field> =
        fields.filter(|(field, text)| !holds(*field, text)).map(|(field, _)| field).collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(not_shown(&format!("{} {}", kind.noun(), shown.id), &missing))
    }
}

fn not_shown(place: &str, fields: &[Field]) -> Error {
    let names: Vec<&str> = fields.iter().map(|field| field.name()).collect();
    let message = format!(
        "ConnectWise PSA accepted the change of {place}, but its answer does not show {} as written",
        names.join(", ")
    );
    Error::new(Kind::Service, message)
        .hint("look at the record in ConnectWise PSA: a workflow rule or the API member's role may keep it as it is")
}

/// Returns the record as it came, from its own form.
fn read_back(current: &Current) -> Result<Contact> {
    serde::Deserialize::deserialize(&current.raw.0).map_err(|error: serde_json::Error| {
        let message =
            format!("contact {} was not read from ConnectWise PSA, so it is not written", current.id);
        Error::new(Kind::Usage, message).source(error)
    })
}
