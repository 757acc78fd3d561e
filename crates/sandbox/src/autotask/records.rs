//! Writing: companies and definitions at the top, contacts and list items below their parents.

use serde_json::{Value, json};

use super::accept::{self, Accepted, Refused};
use super::schema::{COMPANIES, CONTACTS, DEFINITIONS, Entity, LIST_ITEMS};
use super::{Record, Request, Response, State, now, query, refusal, udf};

/// What a record belongs to: the field that says so, and its value.
type Parent = Option<(&'static str, i64)>;

/// Requests to an entity's own path.
pub(super) fn top(state: &mut State, entity: &Entity, request: &Request) -> Response {
    if entity.writes.is_empty() {
        return refusal::nowhere();
    }
    if !entity.writes.contains(&request.method.as_str()) {
        return refusal::method(&request.method);
    }
    write(state, entity, None, request)
}

/// Requests to `/Companies/{company}/Contacts`.
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

/// Requests to `/Companies/{company}/Contacts/{id}`.
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

/// Requests to `/UserDefinedFields/{definition}/ListItems`.
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

/// The record with what was sent; `replace` blanks every field that could have been sent and was not.
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
mod tests {
    use super::super::testing::{error, ok, send, state};
    use super::*;
    use crate::sample;

    const ROUTE: &str = "/Companies/174/Contacts";

    #[test]
    fn a_contact_is_made_below_its_company() {
        let mut state = state(1);
        let body = json!({"id": 0, "companyID": 174, "firstName": "Mary", "lastName": "Smith", "isActive": 1,
            "emailAddress": "mary@contoso.example",
            "userDefinedFields": [{"name": "Office365Id", "value": "1111"}, {"name": "IsOffice365", "value": "true"}]});
        let response = send(&mut state, "POST", ROUTE, Some(&body));
        assert!(response.changed);
        let id = sample::json(&response)["itemId"].as_i64().unwrap();
        let made = &state.contacts[&id];
        assert_eq!((made.number("id"), made.number("companyID")), (Some(id), Some(174)));
        assert_eq!(made.udf["Office365Id"], "1111");
        assert_eq!(
            error(&mut state, "POST", "/Companies/4711/Contacts", &body),
            "Value does not reference an existing entity for companyID."
        );
    }

    #[test]
    fn a_new_contact_needs_its_names_and_its_activity() {
        let mut state = state(1);
        let full = json!({"firstName": "Mary", "lastName": "Smith", "isActive": 1});
        for name in ["firstName", "lastName", "isActive"] {
            let mut body = full.clone();
            body.as_object_mut().unwrap().remove(name);
            assert_eq!(error(&mut state, "POST", ROUTE, &body), format!("Missing Required Field: {name}."));
        }
        ok(&mut state, "POST", ROUTE, Some(&full));
    }

    #[test]
    fn a_patch_changes_what_it_names_and_moves_the_date() {
        let mut state = state(1);
        let before = state.contacts[&1_740_001].clone();
        let body = json!({"id": 1_740_001, "title": "Director", "isActive": 0});
        assert_eq!(ok(&mut state, "PATCH", ROUTE, Some(&body)), json!({"itemId": 1_740_001}));
        let after = &state.contacts[&1_740_001];
        assert_eq!((after.text("title"), after.number("isActive")), ("Director", Some(0)));
        assert_eq!(after.text("emailAddress"), before.text("emailAddress"));
        assert_ne!(after.text("lastModifiedDate"), before.text("lastModifiedDate"));
    }

    #[test]
    fn a_change_of_user_defined_fields_alone_does_not_move_the_date() {
        let mut state = state(3);
        let before = state.contacts[&1_740_003].text("lastModifiedDate").to_owned();
        let body = json!({"id": 1_740_003, "userDefinedFields": [{"name": "SupportPIN", "value": "1"}]});
        ok(&mut state, "PATCH", ROUTE, Some(&body));
        assert_eq!(state.contacts[&1_740_003].text("lastModifiedDate"), before);
    }

    #[test]
    fn what_breaks_a_rule_changes_nothing() {
        for (change, told) in [
            (json!({"isActive": true}), "Unexpected character encountered while parsing value: t"),
            (json!({"isActive": 2}), "0 or 1"),
            (json!({"primaryContact": 1}), "Unexpected character encountered while parsing value: 1"),
            (json!({"phone": "+44 (0)20 7946 0000 ext. 1234"}), "longer than 25"),
            (json!({"title": "x".repeat(51)}), "longer than 50"),
            (json!({"firstName": ""}), "Missing Required Field: firstName."),
            (json!({"lastName": null}), "Missing Required Field: lastName."),
            (json!({"companyID": 175}), "companyID is read-only"),
            (json!({"createDate": "2026-01-01T00:00:00Z"}), "createDate is read-only"),
            (
                json!({"countryID": "Norway"}),
                "Conversion failed when converting varchar 'Norway' to data type int",
            ),
            (json!({"companyName": "x"}), "Error ID"),
            (json!({"Title": "x"}), "Error ID"),
        ] {
            let mut state = state(1);
            let before = state.contacts.clone();
            let mut body = change.clone();
            body["id"] = json!(1_740_001);
            let message = error(&mut state, "PATCH", ROUTE, &body);
            assert!(message.contains(told), "{change}: {message}");
            assert_eq!(state.contacts, before);
        }
    }

    #[test]
    fn an_error_without_sense_has_an_id_and_rules_have_a_last_line() {
        let mut state = state(1);
        let senseless = send(&mut state, "PATCH", ROUTE, Some(&json!({"id": 1_740_001, "SupportPIN": "1"})));
        assert!(sample::json(&senseless)["errorId"].is_i64());
        let broken = send(&mut state, "PATCH", ROUTE, Some(&json!({"id": 1_740_001, "isActive": 7})));
        assert_eq!(sample::json(&broken)["errors"][1], "Error updating entity for record number [1].");
    }

    #[test]
    fn a_contact_of_another_company_is_not_found() {
        let mut state = state(1);
        for id in [1_750_001, 0, 5] {
            let message = error(&mut state, "PATCH", ROUTE, &json!({"id": id, "title": "x"}));
            assert!(message.contains("No matching records found"), "{message}");
        }
    }

    #[test]
    fn the_routes_that_look_right_and_are_not_fail_as_they_do() {
        let mut state = state(1);
        let body = json!({"id": 1_740_001, "title": "x"});
        let html = send(&mut state, "PATCH", "/Contacts", Some(&body));
        assert_eq!(html.status, 404);
        assert!(html.headers[0].1.starts_with("text/html"));
        for (method, target) in [
            ("PUT", "/Contacts/1740001"),
            ("PATCH", "/Companies/174/Contacts/1740001"),
            ("PATCH", "/Companies/174"),
            ("DELETE", "/Companies"),
            ("DELETE", "/Companies/174"),
        ] {
            let response = send(&mut state, method, target, Some(&body));
            assert_eq!(response.status, 405, "{method} {target}");
            assert!(sample::json(&response)["Message"].as_str().unwrap().contains(method));
        }
    }

    #[test]
    fn replacing_a_contact_blanks_what_is_left_out() {
        let mut state = state(3);
        let body = json!({"id": 1_740_003, "firstName": "A", "lastName": "B", "isActive": 1});
        ok(&mut state, "PUT", ROUTE, Some(&body));
        let contact = &state.contacts[&1_740_003];
        assert_eq!(contact.fields["emailAddress"], Value::Null);
        assert!(contact.udf.is_empty());
        assert_eq!(contact.number("companyID"), Some(174));
        let mut shown = |id: i64| ok(&mut state, "GET", &format!("/Contacts/{id}"), None)["item"].take();
        let names = ["TypeMapping", "SupportPIN", "IsOffice365", "Office365Id"];
        assert_eq!(
            shown(1_740_003)["userDefinedFields"],
            json!(names.map(|name| json!({"name": name, "value": null}))),
            "names with null"
        );
        assert_eq!(shown(1_740_001)["userDefinedFields"], json!([]), "never replaced");
    }

    #[test]
    fn a_company_has_one_primary_contact_and_keeps_it() {
        let mut state = state(3);
        for id in [1_740_001, 1_740_002] {
            ok(&mut state, "PATCH", ROUTE, Some(&json!({"id": id, "primaryContact": true})));
        }
        assert!(!state.contacts[&1_740_001].flag("primaryContact"));
        assert_eq!(send(&mut state, "DELETE", &format!("{ROUTE}/1740002"), None).status, 500);
        assert_eq!(send(&mut state, "DELETE", &format!("{ROUTE}/1740001"), None).status, 200);
        assert_eq!(send(&mut state, "DELETE", &format!("{ROUTE}/1740001"), None).status, 500);
    }

    #[test]
    fn a_company_is_changed_at_the_top_with_its_id_in_the_body() {
        let mut state = state(1);
        let udf = json!([{"name": "Tenant365Id", "value": "t"}]);
        ok(
            &mut state,
            "PATCH",
            "/Companies",
            Some(&json!({"id": 174, "userDefinedFields": udf, "isActive": false})),
        );
        assert_eq!(state.companies[&174].udf["Tenant365Id"], "t");
        assert!(!state.companies[&174].flag("isActive"));
        for (change, told) in [
            (json!({"territoryID": 99}), "picklist territoryID"),
            (
                json!({"ownerResourceID": 99}),
                "Value does not reference an existing entity for ownerResourceID.",
            ),
            (json!({"isActive": 1}), "Unexpected character"),
            (
                json!({"userDefinedFields": [{"name": "Office365Id", "value": "x"}]}),
                "Unable to find Office365Id",
            ),
        ] {
            let mut body = change;
            body["id"] = json!(174);
            let message = error(&mut state, "PATCH", "/Companies", &body);
            assert!(message.contains(told), "{message}");
        }
        state.territories[1].active = false;
        assert!(
            error(&mut state, "PATCH", "/Companies", &json!({"id": 174, "territoryID": 4}))
                .contains("active")
        );
    }

    #[test]
    fn writing_can_be_denied_while_reading_is_not() {
        let mut state = state(1);
        state.denied.insert("Contacts/update".into());
        let message = error(&mut state, "PATCH", ROUTE, &json!({"id": 1_740_001, "title": "x"}));
        assert!(message.starts_with("The logged in Resource does not have the adequate permissions"));
        ok(&mut state, "GET", "/Contacts/1740001", None);
        ok(&mut state, "POST", ROUTE, Some(&json!({"firstName": "A", "lastName": "B", "isActive": 1})));
    }

    #[test]
    fn the_contacts_of_a_company_can_be_listed_by_address() {
        let mut state = state(3);
        assert_eq!(ok(&mut state, "GET", ROUTE, None)["items"].as_array().unwrap().len(), 3);
        assert_eq!(ok(&mut state, "GET", &format!("{ROUTE}/1740001"), None)["item"]["id"], 1_740_001);
        assert_eq!(ok(&mut state, "GET", &format!("{ROUTE}/1750001"), None)["item"], Value::Null);
    }
}
