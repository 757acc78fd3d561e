//! Writing: companies and definitions at the top, contacts and list items below their parents.

use serde_json::{Value, json};

use super::accept::{self, Accepted, Refused};
use super::schema::{COMPANIES, CONTACTS, DEFINITIONS, Entity, LIST_ITEMS};
use super::{Record, Request, Response, State, now, query, refusal, udf};

/// What a record belongs to: the field that says so, and its value.
type Parent = Option<(&'static str, i64)>;

/// Answers requests to an entity's own path.
pub(super) fn top(state: &mut State, entity: &Entity, request: &Request) -> Response {
    if entity.writes.is_empty() {
        return refusal::nowhere();
    }
    if !entity.writes.contains(&request.method.as_str()) {
        return refusal::method(&request.method);
    }
    write(state, entity, None, request)
}

/// Answers requests to `/Companies/{company}/Contacts`.
pub(super) fn contacts(state: &mut State, company: &str, request: &Request) -> Response {
    let Ok(company) = company.parse::<i64>() else { return refusal::nowhere() };
    match request.method.as_str() {
        "GET" => query::children(state, &CONTACTS, company, request),
        "POST" | "PATCH" | "PUT" if !state.companies.contains_key(&company) => {
            refusal::errors(&["Value does not reference an existing entity for companyID."])
        }
        "POST" | "PATCH" | "PUT" => write(state, &CONTACTS, Some(("companyID", company)), request),
        method => refusal::method(method),
    }
}

/// Answers requests to `/Companies/{company}/Contacts/{id}`.
pub(super) fn contact(state: &mut State, company: &str, id: &str, request: &Request) -> Response {
    let (Ok(company), Ok(number)) = (company.parse::<i64>(), id.parse::<i64>()) else {
        return refusal::nowhere();
    };
    let found = state.contacts.get(&number).filter(|contact| contact.number("companyID") == Some(company));
    match (request.method.as_str(), found) {
        ("GET", Some(_)) => query::one(state, &CONTACTS, id, request),
        ("GET", None) => Response::json(200, &json!({"item": null})),
        ("DELETE", _) if state.denies(&CONTACTS, "delete") => refusal::denied("delete", CONTACTS.name),
        ("DELETE", None) => refusal::errors(&[missing("delete")]),
        ("DELETE", Some(contact)) if contact.flag("primaryContact") => {
            refusal::errors(&["The primary contact of a company cannot be deleted."])
        }
        ("DELETE", Some(_)) => {
            state.contacts.remove(&number);
            done(number)
        }
        (method, _) => refusal::method(method),
    }
}

/// Answers requests to `/UserDefinedFields/{definition}/ListItems`.
pub(super) fn list_items(state: &mut State, definition: &str, request: &Request) -> Response {
    let Ok(definition) = definition.parse::<i64>() else { return refusal::nowhere() };
    let list =
        state.definitions.get(&definition).is_some_and(|one| one.number("dataType") == Some(udf::LIST));
    match request.method.as_str() {
        "POST" | "PATCH" | "PUT" if !list => {
            refusal::errors(&["Value does not reference an existing entity for udfFieldId."])
        }
        "POST" | "PATCH" | "PUT" => write(state, &LIST_ITEMS, Some(("udfFieldId", definition)), request),
        method => refusal::method(method),
    }
}

fn write(state: &mut State, entity: &Entity, parent: Parent, request: &Request) -> Response {
    let making = request.method == "POST";
    let action = if making { "create" } else { "update" };
    if state.denies(entity, action) {
        return refusal::denied(action, entity.name);
    }
    let whole = request.method != "PATCH";
    let given = parent.map_or("", |(field, _)| field);
    let judged = accept::judge(state, entity, &request.body, whole, given);
    let judged = judged.and_then(|(id, sent)| {
        let record = if making { Record::default() } else { existing(state, entity, id, parent)? };
        let next = merged(entity, &record, &sent, request.method == "PUT");
        consistent(state, entity, &record, &next, making, parent).map(|()| (id, sent, next))
    });
    match judged {
        Ok((id, sent, next)) => store(state, entity, id, parent, &sent, next, request),
        Err(Refused::Unexpected) => refusal::unexpected(state),
        Err(Refused::Undecodable(text)) => refusal::errors(&[text]),
        Err(Refused::Rules(mut texts)) => {
            let doing = if making { "creating" } else { "updating" };
            texts.push(format!("Error {doing} entity for record number [1]."));
            refusal::errors(&texts)
        }
    }
}

fn existing(state: &State, entity: &Entity, id: i64, parent: Parent) -> Result<Record, Refused> {
    let found = state.table(entity.set).get(&id);
    let found = found.filter(|record| parent.is_none_or(|(field, id)| record.number(field) == Some(id)));
    found.cloned().ok_or_else(|| Refused::Rules(vec![missing("update")]))
}

fn missing(action: &str) -> String {
    format!(
        "No message. No matching records found. The logged in Resource may not have the required permissions \
         to {action} the data."
    )
}

/// Returns the record with what was sent; `replace` blanks every field that could have been sent and was not.
fn merged(entity: &Entity, record: &Record, sent: &Accepted, replace: bool) -> Record {
    let mut next = record.clone();
    if replace {
        for field in entity.fields.iter().filter(|field| !field.fixed) {
            next.set(field.name, Value::Null);
        }
        next.udf.clear();
        next.replaced = true;
    }
    next.fields.extend(sent.fields.clone());
    for (name, value) in &sent.udf {
        match value {
            Some(value) => drop(next.udf.insert(name.clone(), value.clone())),
            None => drop(next.udf.remove(name)),
        }
    }
    next
}

/// Rules that need the record as it was, or its neighbours.
fn consistent(
    state: &State,
    entity: &Entity,
    before: &Record,
    next: &Record,
    making: bool,
    parent: Parent,
) -> Result<(), Refused> {
    let id = before.number("id");
    let mut mistakes = Vec::new();
    if let Some((field, expected)) = parent {
        // A body need not name its parent; if it does, it must be the route's.
        if next.number(field).is_some_and(|sent| sent != expected) {
            mistakes.push(format!("The field {field} is read-only."));
        }
    }
    if entity.path == DEFINITIONS.path {
        let fixed = ["name", "udfType", "dataType"].into_iter();
        let changed = fixed.filter(|name| !making && before.fields.get(*name) != next.fields.get(*name));
        mistakes.extend(changed.map(|name| format!("The field {name} cannot be changed.")));
        mistakes.extend(udf::judge_definition(state, &next.fields, id));
    }
    if entity.path == LIST_ITEMS.path {
        mistakes.extend(udf::judge_item(state, &next.fields, id));
    }
    if mistakes.is_empty() { Ok(()) } else { Err(Refused::Rules(mistakes)) }
}

fn store(
    state: &mut State,
    entity: &Entity,
    id: i64,
    parent: Parent,
    sent: &Accepted,
    mut next: Record,
    request: &Request,
) -> Response {
    let making = request.method == "POST";
    let id = if making { state.number() } else { id };
    let (at, company) = (now(), next.number("companyID"));
    next.set("id", id);
    if let Some((field, value)) = parent {
        next.set(field, value);
    }
    if making {
        next.set("createDate", at.clone());
        let person = request.header("impersonationresourceid").and_then(|id| id.parse::<i64>().ok());
        if let Some(person) = person.filter(|_| entity.udf.is_some()) {
            next.set("impersonatorCreatorResourceID", person);
        }
    }
    if entity.udf.is_some() {
        next.set("lastActivityDate", at.clone());
    }
    // Whether a change of user-defined fields alone moves this date is not known: the worse case for clients.
    let edited = making || sent.fields.keys().any(|name| name != "companyID");
    if edited && entity.path == CONTACTS.path {
        next.set("lastModifiedDate", at);
    } else if edited && entity.path == COMPANIES.path {
        next.set("lastTrackedModifiedDateTime", at);
    }
    if entity.path == CONTACTS.path && next.flag("primaryContact") {
        let others = state.contacts.values_mut().filter(|other| other.number("companyID") == company);
        others.for_each(|other| other.set("primaryContact", false));
    }
    state.table_mut(entity.set).insert(id, next);
    done(id)
}

fn done(id: i64) -> Response {
    Response::json(200, &json!({"itemId": id})).changed()
}

#[cfg(test)]
mod tests;
