//! What is done with records: read one, make, patch, replace, delete.

use serde_json::{Value, json};

use super::accept;
use super::draft::{self, Draft};
use super::refusal::{self, Mistake};
use super::schema::{CONTACTS, Entity, Kind, Set};
use super::{
    MEMBER, Record, Request, Response, State, Tail, Which, communications, custom, list, now, patch, remove,
    rules, show, store,
};

/// Answers a request to an entity's path.
pub(super) fn answer(
    state: &mut State,
    entity: &Entity,
    parent: Option<i64>,
    tail: Tail,
    request: &Request,
) -> Response {
    let method = request.method.as_str();
    let action = match (method, tail) {
        ("GET", _) => "inquire",
        ("POST", Tail::All) => "add",
        ("PATCH" | "PUT", Tail::One(_)) => "edit",
        ("DELETE", Tail::One(_)) if entity.set != Set::Members => "delete",
        _ => return refusal::method(method),
    };
    if state.denies(entity.role, action) {
        return refusal::denied(action, entity.role);
    }
    let above = parent.filter(|id| !state.has(entity.above().set, *id));
    if let Some(id) = above {
        return refusal::not_found(entity.above(), id);
    }
    let id = match tail {
        Tail::All if method == "GET" => return list::page(state, entity, parent, request),
        Tail::All => return ended(create(state, entity, parent, request)),
        Tail::Count => return list::count(state, entity, parent, request),
        Tail::One(id) => id,
    };
    let visible = !state.invisible.contains(entity.role);
    let Some(record) = store::get(state, entity, parent, id).filter(|_| visible) else {
        return refusal::not_found(entity, id);
    };
    match method {
        "GET" => {
            let wanted = list::wanted(request);
            Response::json(200, &show::row(state, entity, &record, wanted.as_deref()))
        }
        "PATCH" => ended(change(state, entity, parent, record, request)),
        "PUT" => ended(replace(state, entity, parent, &record, request)),
        _ => remove::remove(state, entity, &record, request),
    }
}

fn ended(outcome: Result<Response, Response>) -> Response {
    outcome.unwrap_or_else(|refused| refused)
}

fn body(request: &Request) -> Result<Value, Response> {
    serde_json::from_slice(&request.body).map_err(|_| refusal::undecodable("The body is not valid JSON."))
}

fn object(request: &Request) -> Result<Value, Response> {
    let body = body(request)?;
    let said = || refusal::undecodable(&draft::uncastable(&body, "an object"));
    if body.is_object() { Ok(body) } else { Err(said()) }
}

/// Takes every field of a body over that `taken` lets through; what is not known is passed over.
fn take(
    state: &State,
    entity: &Entity,
    draft: &mut Draft,
    body: &Value,
    taken: impl Fn(Kind) -> bool,
) -> Result<(), Response> {
    for field in entity.fields.iter().filter(|field| !field.fixed && taken(field.kind)) {
        if let Some(value) = body.get(field.name) {
            accept::assign(state, entity, draft, field, value).map_err(|said| refusal::undecodable(&said))?;
        }
    }
    Ok(())
}

fn create(
    state: &mut State,
    entity: &Entity,
    parent: Option<i64>,
    request: &Request,
) -> Result<Response, Response> {
    let body = object(request)?;
    let mut draft = Draft::of(state, Record::default());
    take(state, entity, &mut draft, &body, |_| true)?;
    let ignore = body.get("ignoreDuplicates") == Some(&json!(true));
    rules::judge(state, entity, parent, &mut draft, ignore).map_err(|said| refusal::exists(&said))?;
    let id = draft.number();
    draft.record.set("id", id);
    for (field, value) in usual(entity.set) {
        draft.record.fields.entry(*field).or_insert_with(|| (*value).into());
    }
    if entity.set == Set::Notes {
        draft.record.set("enteredBy", MEMBER);
    }
    stored(state, entity, draft, 201)
}

/// Returns what a record has that does not say it.
fn usual(set: Set) -> &'static [(&'static str, bool)] {
    match set {
        Set::Contacts => &[
            ("inactiveFlag", false),
            ("defaultFlag", false),
            ("defaultBillingFlag", false),
            ("disablePortalLoginFlag", true),
            ("unsubscribeFlag", false),
        ],
        Set::Companies => &[("deletedFlag", false), ("unsubscribeFlag", false)],
        Set::Communications | Set::ContactTypes | Set::CommunicationTypes => &[("defaultFlag", false)],
        Set::Notes => &[("flagged", false)],
        Set::Teams => &[("accountManagerFlag", false), ("techFlag", false), ("salesFlag", false)],
        _ => &[],
    }
}

fn change(
    state: &mut State,
    entity: &Entity,
    parent: Option<i64>,
    record: Record,
    request: &Request,
) -> Result<Response, Response> {
    let id = record.id();
    let mut draft = Draft::of(state, record);
    let mentioned =
        patch::apply(state, entity, &mut draft, &body(request)?).map_err(|said| refusal::patch(&said))?;
    let required = match state.customfields_required {
        Which::None => false,
        Which::Some => id % 5 == 0,
        Which::Everybody => true,
    };
    if entity.set == Set::Contacts && required && !mentioned {
        draft.mistakes.push(Mistake::missing("customFields"));
    }
    // A name that another has is no reason to refuse a change.
    rules::judge(state, entity, parent, &mut draft, true).map_err(|said| refusal::exists(&said))?;
    stored(state, entity, draft, 200)
}

/// Replaces a record: what is left out is cleared.
///
/// Of a contact the items and the custom fields stay as they are, and items in the body are taken for mistakes (seen
/// live by clients).
fn replace(
    state: &mut State,
    entity: &Entity,
    parent: Option<i64>,
    record: &Record,
    request: &Request,
) -> Result<Response, Response> {
    let body = object(request)?;
    let mut draft = Draft::of(state, record.clone());
    let inside = |kind: Kind| matches!(kind, Kind::Items | Kind::Custom | Kind::Types);
    for field in entity.fields.iter().filter(|field| !field.fixed && !inside(field.kind)) {
        draft.record.fields.remove(field.name);
    }
    take(state, entity, &mut draft, &body, |kind| !inside(kind))?;
    if body.get("communicationItems").and_then(Value::as_array).is_some_and(|items| !items.is_empty()) {
        let message = "The communication type is not valid for the item.";
        draft.mistakes.push(Mistake::invalid("communicationItems", message));
    }
    rules::judge(state, entity, parent, &mut draft, true).map_err(|said| refusal::exists(&said))?;
    stored(state, entity, draft, 200)
}

/// Puts a draft without mistakes where it belongs, and shows it.
fn stored(state: &mut State, entity: &Entity, draft: Draft, status: u16) -> Result<Response, Response> {
    if !draft.mistakes.is_empty() {
        return Err(refusal::invalid(entity, &draft.mistakes));
    }
    let Draft { mut record, made, .. } = draft;
    state.made = made;
    if state.table(entity.set).is_some() {
        stamp(&mut record, status == 201);
    }
    let before = state.definitions.get(&record.id()).map(|one| one.text("caption").to_owned());
    store::put(state, entity, record.clone());
    match (entity.set, before) {
        (Set::Definitions, Some(before)) => {
            custom::recaption(state, record.text("screenId"), &before, Some(record.text("caption")));
        }
        _ => one_default(state, entity, &record),
    }
    Ok(Response::json(status, &show::row(state, entity, &record, None)).changed())
}

/// Notes in a record who wrote it, and when.
fn stamp(record: &mut Record, made: bool) {
    let mut info = record.fields.get("_info").and_then(Value::as_object).cloned().unwrap_or_default();
    let at = now();
    let first = [("dateEntered", at.as_str()), ("enteredBy", MEMBER)];
    let last = [("lastUpdated", at.as_str()), ("updatedBy", MEMBER)];
    for (name, text) in first.into_iter().filter(|_| made).chain(last) {
        info.insert(name.to_owned(), json!(text));
    }
    record.set("_info", info);
}

/// Takes the default mark off the others when a record has it.
fn one_default(state: &mut State, entity: &Entity, record: &Record) {
    let id = record.id();
    if !record.flag("defaultFlag") {
        return;
    }
    if entity.set == Set::Contacts {
        let company = record.link("company");
        for (other, contact) in &mut state.contacts {
            if *other != id && contact.link("company") == company {
                contact.set("defaultFlag", false);
            }
        }
        if let Some(company) = company.and_then(|id| state.companies.get_mut(&id)) {
            company.set("defaultContact", json!({"id": id}));
        }
    }
    let contact = record.link("contactId").filter(|_| entity.set == Set::Communications);
    if let Some(mut contact) = contact.and_then(|id| state.contacts.get(&id).cloned()) {
        contact.edit_items(|items| {
            if let Some(at) = items.iter().position(|item| item["id"] == id) {
                communications::make_default(state, items, at);
            }
        });
        store::put(state, &CONTACTS, contact);
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{done, ok, refused, state};
    use super::*;
    use crate::sample;

    const CONTACTS_PATH: &str = "/company/contacts";

    #[test]
    fn a_contact_is_made_with_all_that_belongs_to_it() {
        let mut state = state(1);
        let body = json!({"firstName": "Estella", "lastName": "Mcdowell", "title": "Buyer\r\nand\tmore",
            "company": {"id": 174}, "inactiveFlag": false, "typeIds": [2, 4], "types": [{"id": 5}],
            "communicationItems": [
                {"type": {"id": 1}, "value": "e@x.example", "defaultFlag": true, "communicationType": "Email"},
                {"type": {"id": "2"}, "value": "8135550100", "defaultFlag": true}],
            "customFields": [{"id": 83, "value": "1111"}], "ignoreDuplicates": true, "nothing": 1, "id": 5});
        let made = done(&mut state, "POST", CONTACTS_PATH, Some(&body));
        let id = made["id"].as_i64().unwrap();
        assert_eq!(made, ok(&mut state, &format!("{CONTACTS_PATH}/{id}")));
        assert_eq!(made["title"], "Buyer  and\tmore");
        assert_eq!(
            (&made["company"]["name"], &made["defaultPhoneNbr"]),
            (&json!("Contoso"), &json!("8135550100"))
        );
        let types: Vec<_> = made["types"].as_array().unwrap().iter().map(|one| &one["name"]).collect();
        assert_eq!(types, ["Decision Maker", "Billing Contact"]);
        assert_eq!(
            (&made["customFields"][3]["value"], &made["ignoreDuplicates"]),
            (&json!("1111"), &json!(false))
        );
        assert!(made.get("nothing").is_none() && made["_info"]["dateEntered"].is_string());
    }

    #[test]
    fn a_contact_needs_a_first_name_and_nothing_else() {
        let mut state = state(1);
        let (status, answer) = refused(&mut state, "POST", CONTACTS_PATH, Some(&json!({"lastName": "x"})));
        let expected = json!({"code": "InvalidObject", "message": "contact object is invalid", "errors": [{
            "code": "MissingRequiredField", "message": "The firstName field is required.", "resource": "contact",
            "field": "firstName"}]});
        assert_eq!((status, answer), (400, expected));
        let made = done(&mut state, "POST", CONTACTS_PATH, Some(&json!({"firstName": "Mono"})));
        let absent = ["lastName", "company", "communicationItems", "title", "types"];
        assert!(absent.iter().all(|name| made.get(*name).is_none()), "{made}");
    }

    #[test]
    fn a_body_that_cannot_be_decoded_or_has_mistakes_inside_makes_nothing() {
        let mut state = state(1);
        let before = state.contacts.clone();
        for (name, value) in [
            ("inactiveFlag", json!("yes")),
            ("company", json!(174)),
            ("company", json!({"id": 4711})),
            ("communicationItems", json!([{"value": "x"}])),
            ("communicationItems", json!("x")),
            ("typeIds", json!([99])),
            ("customFields", json!([{"id": 90, "value": "x"}])),
        ] {
            let body = json!({"firstName": "Mary", name: value});
            let (status, answer) = refused(&mut state, "POST", CONTACTS_PATH, Some(&body));
            assert_eq!((status, &answer["code"]), (400, &json!("InvalidObject")), "{body}");
        }
        assert_eq!(refused(&mut state, "POST", CONTACTS_PATH, Some(&json!(["x"]))).0, 400);
        assert_eq!(state.contacts, before);
    }

    #[test]
    fn a_second_contact_of_the_name_is_refused_unless_the_body_insists() {
        let mut state = state(1);
        let mut body = json!({"firstName": "person", "lastName": "O'Number 1", "company": {"id": 174}});
        let (status, answer) = refused(&mut state, "POST", CONTACTS_PATH, Some(&body));
        assert_eq!((status, &answer["code"]), (400, &json!("ObjectExists")));
        body["ignoreDuplicates"] = json!(true);
        done(&mut state, "POST", CONTACTS_PATH, Some(&body));
        body["ignoreDuplicates"] = json!(false);
        state.refuse_duplicates = false;
        done(&mut state, "POST", CONTACTS_PATH, Some(&body));
    }

    #[test]
    fn what_the_sandbox_does_not_know_survives_every_write() {
        let mut state = state(1);
        let contact = state.contacts.get_mut(&1_740_001).unwrap();
        contact.set("newInTheNextVersion", json!({"a": [1]}));
        let target = "/company/contacts/1740001";
        let patch = json!([{"op": "replace", "path": "title", "value": "x"}]);
        done(&mut state, "PATCH", target, Some(&patch));
        done(&mut state, "PUT", target, Some(&json!({"firstName": "A"})));
        assert_eq!(ok(&mut state, target)["newInTheNextVersion"], json!({"a": [1]}));
    }

    #[test]
    fn putting_a_contact_clears_what_is_left_out_and_cannot_take_items() {
        let mut state = state(3);
        let target = "/company/contacts/1740003";
        let mut body = ok(&mut state, target);
        let (_, answer) = refused(&mut state, "PUT", target, Some(&body));
        assert_eq!(answer["errors"][0]["field"], "communicationItems");
        body = json!({"firstName": "A", "customFields": [{"id": 83, "value": "other"}]});
        let after = done(&mut state, "PUT", target, Some(&body));
        assert!(after.get("lastName").is_none() && after.get("company").is_none());
        assert_eq!(after["customFields"][3]["value"], "oid-1740003");
        assert_eq!(after["communicationItems"].as_array().unwrap().len(), 2);
    }

    #[test]
    fn a_company_is_patched_and_once_deleted_stays_in_the_list() {
        let mut state = state(1);
        let patch = json!([{"op": "replace", "path": "customFields", "value": [{"id": 90, "value": "t"}]}]);
        let company = done(&mut state, "PATCH", "/company/companies/175", Some(&patch));
        assert_eq!(company["customFields"][0]["value"], "t");
        let body = json!({"identifier": "Litware", "name": "Litware", "types": [{"id": 1}]});
        let (_, answer) = refused(&mut state, "POST", "/company/companies", Some(&body));
        assert_eq!(answer["errors"][0]["field"], "site");
        let mut body = body.clone();
        body["site"] = json!({"name": "Main"});
        let made = done(&mut state, "POST", "/company/companies", Some(&body));
        assert_eq!(made["types"][0]["name"], "Client");
        assert_eq!(refused(&mut state, "POST", "/company/companies", Some(&body)).1["code"], "ObjectExists");
        let target = format!("/company/companies/{}", made["id"]);
        done(&mut state, "DELETE", &target, None);
        assert_eq!(ok(&mut state, &target)["deletedFlag"], true);
        let active = ok(&mut state, "/company/companies?conditions=deletedFlag=false&fields=id");
        assert_eq!(active, json!([{"id": 2}, {"id": 174}, {"id": 175}]));
    }

    #[test]
    fn a_company_has_one_default_contact() {
        let mut state = state(2);
        for id in [1, 2] {
            let patch = json!([{"op": "replace", "path": "defaultFlag", "value": true}]);
            done(&mut state, "PATCH", &format!("/company/contacts/174000{id}"), Some(&patch));
        }
        let company = ok(&mut state, "/company/companies/174");
        assert_eq!(company["defaultContact"], json!({"id": 1_740_002, "name": "Person O'Number 2"}));
        assert_eq!(ok(&mut state, "/company/contacts/1740001")["defaultFlag"], false);
    }

    #[test]
    fn an_unreadable_body_is_refused() {
        let mut state = state(1);
        let headers = super::super::testing::headers();
        let pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let target = format!("{}{CONTACTS_PATH}", super::super::testing::BASE);
        let mut request = sample::request("POST", &target, &pairs, Some(&json!({})));
        request.body = b"{".to_vec();
        assert_eq!(super::super::handle(&mut state, &request).status, 400);
    }
}
