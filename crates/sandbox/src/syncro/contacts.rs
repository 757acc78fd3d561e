//! Contacts: lists wrapped, single ones bare. A contact has one name, one address, and no flag of being active;
//! its title is among its properties.

use serde_json::{Value, json};

use super::refusal::Mistake;
use super::schema::CONTACTS;
use super::{EDIT, Phones, Request, Response, Row, State, VIEW};
use super::{accept, list as pages, now, number, properties, refusal, text};

/// Returns the contacts of a customer, or of all.
pub(super) fn list(state: &State, request: &Request) -> Response {
    if !state.allows(VIEW) {
        return refusal::not_permitted();
    }
    let wanted = request.param("customer_id").filter(|id| !id.is_empty());
    let customer = wanted.map(|id| id.parse::<i64>().unwrap_or_default());
    let found: Vec<&Row> = state
        .contacts
        .values()
        .filter(|contact| {
            let of = number(contact, "customer_id");
            customer.is_none_or(|wanted| of == Some(wanted)) && state.sees(of)
        })
        .collect();
    let (rows, meta) = pages::page(&found, state.contacts_per_page, request);
    let contacts: Vec<Value> = rows.into_iter().map(shown).collect();
    Response::json(200, &json!({"contacts": contacts, "meta": meta}))
}

/// Returns one contact.
pub(super) fn one(state: &State, id: &str) -> Response {
    if !state.allows(VIEW) {
        return refusal::not_permitted();
    }
    match find(state, id) {
        Some((_, contact)) => Response::json(200, &shown(contact)),
        None => refusal::not_found(),
    }
}

/// Makes a contact.
///
/// A title beside the properties is not heeded here.
pub(super) fn create(state: &mut State, request: &Request) -> Response {
    if !state.allows(EDIT) {
        return refusal::not_permitted();
    }
    let sent = match accept::body(request) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let mut next = Row::new();
    accept::columns(&CONTACTS, &mut next, &sent);
    if state.properties_on_create {
        properties::write(state, &CONTACTS, &mut next, &sent);
    }
    if !has_customer(state, &next) {
        return refusal::not_found();
    }
    save(state, &Row::new(), next, &sent)
}

/// Changes a contact: what is not sent stays, except inside the properties.
pub(super) fn update(state: &mut State, id: &str, request: &Request) -> Response {
    if !state.allows(EDIT) {
        return refusal::not_permitted();
    }
    let Some((_, before)) = find(state, id) else { return refusal::not_found() };
    let before = before.clone();
    let sent = match accept::body(request) {
        Ok(sent) => sent,
        Err(refused) => return refused,
    };
    let mut next = before.clone();
    accept::columns(&CONTACTS, &mut next, &sent);
    properties::write(state, &CONTACTS, &mut next, &sent);
    if let Some(title) = sent.get("title") {
        properties::set(state, &CONTACTS, &mut next, "title", title);
    }
    if sent.contains_key("customer_id") && !has_customer(state, &next) {
        return refusal::not_found();
    }
    save(state, &before, next, &sent)
}

/// Deletes a contact for good.
pub(super) fn delete(state: &mut State, id: &str) -> Response {
    if !state.allows(EDIT) {
        return refusal::not_permitted();
    }
    let Some((id, _)) = find(state, id) else { return refusal::not_found() };
    state.contacts.remove(&id);
    Response::json(200, &json!({"success": true})).changed()
}

/// Returns the contact as the service shows it.
pub(super) fn shown(contact: &Row) -> Value {
    let mut shown = CONTACTS.full(contact);
    for (name, field) in [("processed_phone", "phone"), ("processed_mobile", "mobile")] {
        let digits = accept::digits(text(contact, field));
        shown.insert(name.to_owned(), if digits.is_empty() { Value::Null } else { json!(digits) });
    }
    shown.insert("account_id".to_owned(), json!(1));
    Value::Object(shown)
}

fn find<'a>(state: &'a State, id: &str) -> Option<(i64, &'a Row)> {
    let id = id.parse().ok()?;
    let contact = state.contacts.get(&id)?;
    state.sees(number(contact, "customer_id")).then_some((id, contact))
}

fn has_customer(state: &State, contact: &Row) -> bool {
    let customer = number(contact, "customer_id");
    customer.is_some_and(|id| state.customers.contains_key(&id)) && state.sees(customer)
}

fn judge(before: &Row, next: &Row) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if text(next, "name").trim().is_empty() {
        mistakes.push(("name", "can't be blank".to_owned()));
    }
    mistakes.extend(accept::email(before, next));
    mistakes
}

fn save(state: &mut State, before: &Row, mut next: Row, sent: &Row) -> Response {
    if state.contact_phones == Phones::Digits {
        accept::digits_only(&mut next, sent);
    }
    let mistakes = judge(before, &next);
    if !mistakes.is_empty() {
        return refusal::invalid(CONTACTS.shape(state), &mistakes, &shown(&next), Some(sent));
    }
    // A write that changes nothing does not count as a change.
    if next == *before {
        return Response::json(200, &shown(&next));
    }
    let id = number(before, "id").unwrap_or_else(|| state.number());
    next.insert("id".to_owned(), json!(id));
    next.entry("created_at").or_insert_with(|| json!(now()));
    next.insert("updated_at".to_owned(), json!(now()));
    let response = Response::json(200, &shown(&next)).changed();
    state.contacts.insert(id, next);
    response
}

#[cfg(test)]
mod tests {
    use super::super::refusal::Shape;
    use super::super::testing::{ok, refused, send, state};
    use super::*;
    use crate::sample;

    const ONE: &str = "/contacts/1740001";

    #[test]
    fn lists_are_wrapped_and_single_contacts_are_bare() {
        let mut state = state(3);
        let listed = ok(&mut state, "GET", "/contacts?customer_id=175&color=red", None);
        assert_eq!(listed["meta"]["total_entries"], 3);
        assert_eq!(listed["contacts"][0]["customer_id"], 175);
        assert_eq!(ok(&mut state, "GET", "/contacts", None)["meta"]["total_entries"], 6);
        assert_eq!(ok(&mut state, "GET", "/contacts?customer_id=9", None)["contacts"], json!([]));
        let one = ok(&mut state, "GET", "/contacts/1750001", None);
        assert_eq!(one, listed["contacts"][0]);
        assert_eq!((&one["name"], &one["vendor_id"]), (&json!("Person O'Number 1"), &Value::Null));
        for absent in ["title", "active", "disabled", "first_name"] {
            assert!(one.get(absent).is_none(), "{absent}");
        }
    }

    #[test]
    fn a_sweep_over_all_pages_meets_everybody_once() {
        let mut state = state(120);
        let mut ids = std::collections::BTreeSet::new();
        for page in 1..=3 {
            let listed = ok(&mut state, "GET", &format!("/contacts?customer_id=174&page={page}"), None);
            assert_eq!(listed["meta"]["total_pages"], 3);
            ids.extend(listed["contacts"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()));
        }
        assert_eq!(ids.len(), 120);
    }

    #[test]
    fn what_is_not_sent_stays_and_what_is_unknown_is_ignored() {
        let mut state = state(1);
        state.contacts.get_mut(&1_740_001).unwrap().insert("planted".into(), json!({"deep": 1}));
        let before = state.contacts[&1_740_001].clone();
        let body =
            json!({"phone": "+1 555 0100 x2", "id": 5, "created_at": "x", "planted": 2, "active": false});
        let answer = ok(&mut state, "PUT", ONE, Some(&body));
        assert_eq!(
            (&answer["phone"], &answer["processed_phone"]),
            (&json!("+1 555 0100 x2"), &json!("155501002"))
        );
        let mut after = state.contacts[&1_740_001].clone();
        assert_ne!(after["updated_at"], before["updated_at"]);
        after.insert("updated_at".into(), before["updated_at"].clone());
        after.insert("phone".into(), before.get("phone").cloned().unwrap());
        assert_eq!(after, before);
    }

    #[test]
    fn a_write_that_changes_nothing_is_no_change() {
        let mut state = state(1);
        let whole = ok(&mut state, "GET", ONE, None);
        let response = send(&mut state, "PUT", ONE, Some(&json!({"name": whole["name"]})));
        assert_eq!((response.status, response.changed), (200, false));
        assert_eq!(sample::json(&response), whole);
    }

    #[test]
    fn a_title_goes_among_the_properties_and_leaves_the_others() {
        let mut state = state(3);
        let answer = ok(&mut state, "PUT", "/contacts/1740003", Some(&json!({"title": "Buyer"})));
        assert!(answer.get("title").is_none());
        assert_eq!(answer["properties"]["title"], "Buyer");
        assert_eq!(answer["properties"]["Office365Id"], "oid-1740003");
        let cleared = ok(&mut state, "PUT", "/contacts/1740003", Some(&json!({"title": ""})));
        assert!(cleared["properties"].get("title").is_none());
    }

    #[test]
    fn phones_can_come_back_as_digits() {
        let mut state = state(1);
        state.contact_phones = Phones::Digits;
        let body = json!({"phone": "+1 (312) 555-0100", "mobile": null});
        let answer = ok(&mut state, "PUT", ONE, Some(&body));
        assert_eq!((&answer["phone"], &answer["mobile"]), (&json!("13125550100"), &Value::Null));
    }

    #[test]
    fn a_contact_is_made_with_its_customer_and_name() {
        let mut state = state(1);
        let body = json!({"customer_id": "174", "name": "Ann Lee", "email": "ann@contoso.example", "title": "Buyer",
            "properties": {"Office365Id": "oid"}});
        let made = ok(&mut state, "POST", "/contacts", Some(&body));
        assert_eq!((&made["customer_id"], &made["opt_out"]), (&json!(174), &json!(false)));
        assert_eq!(made["properties"], json!({"Office365Id": "oid"}));
        assert_eq!(ok(&mut state, "GET", &format!("/contacts/{}", made["id"]), None), made);
        state.properties_on_create = false;
        assert_eq!(ok(&mut state, "POST", "/contacts", Some(&body))["properties"], json!({}));
    }

    #[test]
    fn a_wrong_customer_is_not_found() {
        let mut state = state(1);
        for body in [json!({"name": "Ann Lee"}), json!({"name": "Ann Lee", "customer_id": 9})] {
            assert_eq!(refused(&mut state, 404, "POST", "/contacts", &body)["message"], "Not found");
        }
        let body = json!({"name": "Ann Lee", "customer_id": 9});
        assert_eq!(refused(&mut state, 404, "PUT", ONE, &body)["message"], "Not found");
        assert_eq!(ok(&mut state, "PUT", ONE, Some(&json!({"customer_id": 175})))["customer_id"], 175);
    }

    #[test]
    fn mistakes_are_one_text_beside_the_record_they_would_make() {
        let mut state = state(1);
        let body = json!({"customer_id": 174, "name": " ", "email": "xxx"});
        let answer = refused(&mut state, 422, "POST", "/contacts", &body);
        assert_eq!(answer["errors"], "Name can't be blank,Email is not an email");
        assert_eq!((&answer["record"]["email"], &answer["record"]["id"]), (&json!("xxx"), &Value::Null));
        let answer = refused(&mut state, 422, "PUT", ONE, &json!({"email": "xxx"}));
        assert_eq!(answer["record"]["id"], 1_740_001);
    }

    #[test]
    fn the_state_can_ask_for_another_shape_of_mistakes() {
        let mut state = state(1);
        let body = json!({"name": "", "email": "xxx"});
        state.refusals = Some(Shape::Map);
        let answer = refused(&mut state, 422, "PUT", ONE, &body);
        assert_eq!(answer, json!({"errors": {"name": ["can't be blank"], "email": ["is not an email"]}}));
        state.refusals = Some(Shape::List);
        let answer = refused(&mut state, 422, "PUT", ONE, &body);
        assert_eq!(answer["message"], json!(["Name can't be blank", "Email is not an email"]));
        assert_eq!(answer["params"], body);
    }

    #[test]
    fn an_odd_address_that_is_there_already_is_not_judged_and_a_blank_one_is_allowed() {
        let mut state = state(1);
        state.contacts.get_mut(&1_740_001).unwrap().insert("email".into(), json!(" Odd@contoso.example "));
        ok(&mut state, "PUT", ONE, Some(&json!({"name": "Ann", "email": " Odd@contoso.example "})));
        assert_eq!(ok(&mut state, "PUT", ONE, Some(&json!({"email": ""})))["email"], "");
    }

    #[test]
    fn a_deleted_contact_is_gone() {
        let mut state = state(1);
        assert_eq!(ok(&mut state, "DELETE", ONE, None), json!({"success": true}));
        assert_eq!(send(&mut state, "GET", ONE, None).status, 404);
        for id in ["1740001", "x"] {
            let answer = refused(&mut state, 404, "PUT", &format!("/contacts/{id}"), &json!({"name": "Ann"}));
            assert_eq!(answer["message"], "Not found");
        }
    }

    #[test]
    fn a_body_that_is_no_json_gets_a_page() {
        let mut state = state(1);
        let token = format!("Bearer {}", super::super::setup::TOKEN);
        let mut request =
            sample::request("PUT", &format!("/api/v1{ONE}"), &[("authorization", &token)], None);
        request.body = b"{".to_vec();
        let response = super::super::handle(&mut state, &request);
        assert_eq!((response.status, response.changed), (400, false));
        assert!(response.body.starts_with(b"<"));
    }
}
