//! From the model's fields to ConnectWise PSA's records.
//!
//! The record's own fields and all its custom fields go out in one JSON patch; every address or number is a record
//! of its own and takes a request of its own, addressed by its id. A patch is never believed for its 200: the
//! vendor documents that one which changed nothing is answered the same way.

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
                error.within(format!("contact {} was made without its support PIN", shown.id))
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
    if let Some(pin) = write.fields.secret(PIN) {
        // Before the custom field, which alone tells the next run that nothing is left to do.
        notes::keep(session, &current.id, pin.expose())?;
    }
    if !operations.is_empty() {
        let reply = send_patch(session, &path, operations)?;
        let shown = convert::current_contact(decode(&reply, &path)?, book);
        require_shown(RecordKind::Contact, write, &shown, |field| !items::FIELDS.contains(&field))
            .map_err(|error| error.attempts(reply.attempts))?;
        written = Written { id: current.id.clone(), shown: Some(shown), ..answered(&reply) };
    }
    let mut begun = written.shown.is_some();
    for (field, text, step) in steps {
        let reply = take(session, &path, field, text, step).map_err(|error| {
            let half = format_args!("contact {} is written in part", current.id);
            if begun { error.within(half) } else { error }
        })?;
        begun = true;
        let attempts = written.attempts.max(reply.attempts);
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
    let reply = session.write(
        Method::Patch,
        &path,
        Some(&Value::Array(operations(book, RecordKind::PsaCompany, current, &parts)?)),
    )?;
    errors::check(&reply, &path)?;
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

/// Returns the operations of one patch for everything but the communication items. Where the record has custom
/// fields, the whole array goes back with the new values in it, as the vendor's guide wants it.
fn operations(book: Book<'_>, kind: RecordKind, current: &Current, parts: &Parts<'_>) -> Result<Vec<Value>> {
    let mut operations: Vec<Value> = parts.own.iter().map(|(path, value)| replace(path, value)).collect();
    let mut array = current.raw.0["customFields"].as_array().cloned().unwrap_or_default();
    for (role, text) in &parts.udfs {
        udf::replaced(&mut array, book.names, *role, text).ok_or_else(|| {
            let caption = udf::caption(book.names, *role);
            let message = format!("{} {} does not show the custom field {caption}", kind.noun(), current.id);
            Error::new(Kind::Usage, message)
                .hint("let the custom field be shown for the location and the department of the record")
        })?;
    }
    let changes = !operations.is_empty() || !parts.udfs.is_empty();
    if changes && !array.is_empty() {
        operations.push(replace("customFields", &Value::Array(array)));
    }
    Ok(operations)
}

fn replace(path: &str, value: &Value) -> Value {
    json!({"op": "replace", "path": path, "value": value})
}

/// Sends the patch of a contact. One that does not mention custom fields may be refused for that alone (seen live
/// by a client), so it goes out once more with an empty list of them, which clears nothing.
fn send_patch(session: &Session, path: &str, mut operations: Vec<Value>) -> Result<Reply> {
    let send = |operations: &[Value]| session.write(Method::Patch, path, Some(&json!(operations)));
    let mut reply = send(&operations)?;
    if reply.status == 400 && operations.iter().all(|operation| operation["path"] != "customFields") {
        operations.push(replace("customFields", &json!([])));
        let before = reply.attempts;
        reply = send(&operations)?;
        reply.attempts += before;
    }
    errors::check(&reply, path)?;
    Ok(reply)
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
