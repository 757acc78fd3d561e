//! Customers: the companies, and people who are customers themselves. Every one carries all its contacts.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::refusal::Mistake;
use super::schema::{CUSTOMERS, Kind};
use super::{CREATE, EDIT, LIST, Request, Response, Row, State, VIEW};
use super::{accept, contacts, list as pages, now, number, properties, refusal, text};

/// Returns the customers that fit.
pub(super) fn list(state: &State, request: &Request) -> Response {
    if !state.allows(LIST) {
        return refusal::not_permitted();
    }
    let mut found: Vec<&Row> = state.customers.values().filter(|one| fits(state, one, request)).collect();
    sort(&mut found, request.param("sort").unwrap_or_default());
    let (rows, meta) = pages::page(&found, state.customers_per_page, request);
    let mut people = people(state, &rows);
    let customers: Vec<Value> = rows
        .into_iter()
        .map(|row| shown(row, number(row, "id").and_then(|id| people.remove(&id)).unwrap_or_default()))
        .collect();
    Response::json(200, &json!({"customers": customers, "meta": meta}))
}

/// Returns one customer.
pub(super) fn one(state: &State, id: &str) -> Response {
    if !state.allows(VIEW) {
        return refusal::not_permitted();
    }
    match find(state, id) {
        Some((id, customer)) => Response::json(200, &wrapped(state, id, customer)),
        None => refusal::not_found(),
    }
}

/// Makes a customer.
pub(super) fn create(state: &mut State, request: &Request) -> Response {
    if !state.allows(CREATE) {
        return refusal::not_permitted();
    }
    match accept::body(request) {
        Ok(sent) => save(state, &Row::new(), &sent),
        Err(refused) => refused,
    }
}

/// Changes a customer: what is not sent stays, except inside the properties.
pub(super) fn update(state: &mut State, id: &str, request: &Request) -> Response {
    if !state.allows(EDIT) {
        return refusal::not_permitted();
    }
    let Some((_, before)) = find(state, id) else { return refusal::not_found() };
    let before = before.clone();
    match accept::body(request) {
        Ok(sent) => save(state, &before, &sent),
        Err(refused) => refused,
    }
}

fn save(state: &mut State, before: &Row, sent: &Row) -> Response {
    let mut next = before.clone();
    accept::columns(&CUSTOMERS, &mut next, sent);
    accept::digits_only(&mut next, sent);
    properties::write(state, &CUSTOMERS, &mut next, sent);
    let mistakes = judge(before, &next);
    if !mistakes.is_empty() {
        // Only the refusal to make one repeats what was sent.
        let params = before.is_empty().then_some(sent);
        let record = shown(&next, Vec::new());
        return refusal::invalid(CUSTOMERS.shape(state), &mistakes, &record, params);
    }
    let id = number(before, "id").unwrap_or_else(|| state.number());
    if next == *before {
        return Response::json(200, &wrapped(state, id, &next));
    }
    next.insert("id".to_owned(), json!(id));
    next.entry("created_at").or_insert_with(|| json!(now()));
    next.insert("updated_at".to_owned(), json!(now()));
    let response = Response::json(200, &wrapped(state, id, &next)).changed();
    state.customers.insert(id, next);
    response
}

/// Returns what speaks against a customer.
///
/// That it needs some name is inferred.
fn judge(before: &Row, next: &Row) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if ["business_name", "firstname", "lastname"].iter().all(|name| text(next, name).trim().is_empty()) {
        mistakes.push(("firstname", "can't be blank".to_owned()));
    }
    mistakes.extend(accept::email(before, next));
    mistakes
}

fn find<'a>(state: &'a State, id: &str) -> Option<(i64, &'a Row)> {
    let id = id.parse().ok()?;
    let customer = state.customers.get(&id)?;
    state.sees(Some(id)).then_some((id, customer))
}

/// Returns the shown contacts of those customers, by the customer's id.
fn people(state: &State, customers: &[&Row]) -> BTreeMap<i64, Vec<Value>> {
    let ids = customers.iter().filter_map(|row| number(row, "id"));
    let mut people: BTreeMap<i64, Vec<Value>> = ids.map(|id| (id, Vec::new())).collect();
    for contact in state.contacts.values() {
        if let Some(of) = number(contact, "customer_id").and_then(|id| people.get_mut(&id)) {
            of.push(contacts::shown(contact));
        }
    }
    people
}

fn wrapped(state: &State, id: i64, customer: &Row) -> Value {
    let contacts = people(state, &[customer]).remove(&id).unwrap_or_default();
    json!({"customer": shown(customer, contacts)})
}

fn shown(customer: &Row, contacts: Vec<Value>) -> Value {
    let names = [text(customer, "firstname"), text(customer, "lastname")];
    let full = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>().join(" ");
    let business = text(customer, "business_name");
    let (both, either) = match (business, full.as_str()) {
        ("", full) => (full.to_owned(), full),
        (business, "") => (business.to_owned(), business),
        (business, full) => (format!("{business} - {full}"), business),
    };
    let mut shown = CUSTOMERS.full(customer);
    shown.insert("business_and_full_name".to_owned(), json!(both));
    shown.insert("business_then_name".to_owned(), json!(either));
    shown.insert("fullname".to_owned(), json!(full));
    shown.entry("disabled").or_insert(json!(false));
    shown.insert("contacts".to_owned(), Value::Array(contacts));
    Value::Object(shown)
}

/// Is true if the request asks for the customer.
///
/// Undocumented parameters are ignored.
fn fits(state: &State, customer: &Row, request: &Request) -> bool {
    let id = number(customer, "id").unwrap_or_default();
    let said = |name| request.param(name).filter(|value| !value.is_empty()).map(str::to_lowercase);
    let holds = |field: &str, part: &str| text(customer, field).to_lowercase().contains(part);
    let like = |name| said(name).is_none_or(|part| holds(name, &part));
    let searched = ["business_name", "firstname", "lastname", "email"];
    let (only, without) = (ids(request, "id"), ids(request, "not_id"));
    let hidden =
        customer.get("disabled") == Some(&json!(true)) && request.param("include_disabled") != Some("true");
    !hidden
        && state.sees(Some(id))
        && (only.is_empty() || only.contains(&id))
        && !without.contains(&id)
        && ["business_name", "firstname", "lastname"].into_iter().all(like)
        && said("email").is_none_or(|email| text(customer, "email").to_lowercase() == email)
        && said("query").is_none_or(|part| searched.iter().any(|field| holds(field, &part)))
}

/// Returns the ids that a parameter lists, as `id[]=1&id[]=2` or as `id=1`.
fn ids(request: &Request, name: &str) -> Vec<i64> {
    let pairs = request.query.iter().filter(|(key, _)| key.strip_suffix("[]").unwrap_or(key) == name);
    pairs.filter_map(|(_, value)| value.parse().ok()).collect()
}

/// Sorts by a text column, as in `business_name ASC`; anything else leaves the order of ids.
fn sort(found: &mut [&Row], order: &str) {
    let (field, direction) = order.split_once(' ').unwrap_or((order, "ASC"));
    if CUSTOMERS.columns.contains(&(field, Kind::Text)) {
        found.sort_by_cached_key(|row| text(row, field).to_lowercase());
        if direction.eq_ignore_ascii_case("DESC") {
            found.reverse();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{ok, refused, send, state};
    use super::*;

    fn ids_of(listed: &Value) -> Vec<i64> {
        listed["customers"].as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
    }

    #[test]
    fn one_sweep_over_customers_brings_all_contacts_with_their_properties() {
        let mut state = state(60);
        let listed = ok(&mut state, "GET", "/customers", None);
        assert_eq!(listed["meta"], json!({"total_pages": 1, "total_entries": 3, "per_page": 100, "page": 1}));
        let contoso = &listed["customers"][1];
        assert_eq!(contoso["business_name"], "Contoso");
        let contacts = contoso["contacts"].as_array().unwrap();
        assert_eq!(contacts.len(), 60);
        assert_eq!(contacts[2]["properties"]["Office365Id"], "oid-1740003");
        assert_eq!(contacts[2], ok(&mut state, "GET", "/contacts/1740003", None));
        let one = ok(&mut state, "GET", "/customers/174", None);
        assert_eq!(&one["customer"], contoso);
    }

    #[test]
    fn a_customer_may_be_a_person_with_an_address_that_is_no_contact() {
        let mut state = state(1);
        let walk_in = ok(&mut state, "GET", "/customers/1", None)["customer"].take();
        assert_eq!(
            (&walk_in["business_name"], &walk_in["fullname"]),
            (&Value::Null, &json!("Walkin Customer"))
        );
        assert_eq!(walk_in["business_then_name"], "Walkin Customer");
        let contoso = ok(&mut state, "GET", "/customers/174", None)["customer"].take();
        assert_eq!(contoso["email"], "accounts@contoso.example");
        assert!(contoso["contacts"].as_array().unwrap().iter().all(|one| one["email"] != contoso["email"]));
    }

    #[test]
    fn pages_are_as_long_as_the_service_likes() {
        let mut state = state(1);
        state.customers_per_page = 2;
        let listed = ok(&mut state, "GET", "/customers?page=2&per_page=100", None);
        assert_eq!((ids_of(&listed), &listed["meta"]["total_pages"]), (vec![175], &json!(2)));
    }

    #[test]
    fn filters_narrow_and_unknown_parameters_do_not() {
        let mut state = state(1);
        for (query, expected) in [
            ("business_name=CONT", vec![174]),
            ("query=walk", vec![1]),
            ("firstname=walk&lastname=x", vec![]),
            ("email=ACCOUNTS@fabrikam.example", vec![175]),
            ("id[]=174&id[]=1", vec![1, 174]),
            ("not_id[]=1", vec![174, 175]),
            ("sort=business_name DESC", vec![175, 174, 1]),
            ("updated_since=2025-01-01&sort=secret ASC", vec![1, 174, 175]),
        ] {
            assert_eq!(
                ids_of(&ok(&mut state, "GET", &format!("/customers?{query}"), None)),
                expected,
                "{query}"
            );
        }
    }

    #[test]
    fn a_disabled_customer_is_listed_only_when_asked_for() {
        let mut state = state(1);
        state.customers.get_mut(&174).unwrap().insert("disabled".into(), json!(true));
        assert_eq!(ids_of(&ok(&mut state, "GET", "/customers", None)), [1, 175]);
        let all = ok(&mut state, "GET", "/customers?include_disabled=true", None);
        assert_eq!(ids_of(&all), [1, 174, 175]);
        assert_eq!(ok(&mut state, "GET", "/customers/174", None)["customer"]["disabled"], true);
    }

    #[test]
    fn the_tenant_is_written_among_the_properties() {
        let mut state = state(1);
        state.customers.get_mut(&175).unwrap().insert("planted".into(), json!([1]));
        let body = json!({"properties": {"Tenant365Id": "tenant"}, "disabled": true});
        let answer = ok(&mut state, "PUT", "/customers/175", Some(&body));
        assert_eq!(answer["customer"]["properties"], json!({"Tenant365Id": "tenant"}));
        assert_eq!(
            (&answer["customer"]["disabled"], &answer["customer"]["planted"]),
            (&json!(false), &json!([1]))
        );
        assert_eq!(state.customers[&175]["business_name"], "Fabrikam");
        let again = send(&mut state, "PUT", "/customers/175", Some(&body));
        assert!(!again.changed);
        state.customer_fields.clear();
        let body = json!({"properties": {"Other": "x", "type": "Managed"}});
        let answer = ok(&mut state, "PUT", "/customers/175", Some(&body));
        assert_eq!(answer["customer"]["properties"], json!({"type": "Managed"}));
    }

    #[test]
    fn phones_are_stripped_to_digits() {
        let body = json!({"phone": "555-0999", "mobile": "+1 (312) 555 0100"});
        let answer = ok(&mut state(1), "PUT", "/customers/174", Some(&body));
        let customer = &answer["customer"];
        assert_eq!((&customer["phone"], &customer["mobile"]), (&json!("5550999"), &json!("13125550100")));
    }

    #[test]
    fn mistakes_are_a_list_of_texts() {
        let mut state = state(1);
        let body = json!({"email": "not an email"});
        let answer = refused(&mut state, 422, "POST", "/customers", &body);
        let expected = json!([
            "Firstname can't be blank",
            "Email is not an email",
            "Email Only able to parse up to \"not an email\"",
        ]);
        assert_eq!(answer, json!({"success": false, "message": expected, "params": body}));
        let answer = refused(&mut state, 422, "PUT", "/customers/174", &json!({"email": "xxx"}));
        assert_eq!(answer, json!({"success": false, "message": ["Email is not an email"]}));
        assert_eq!(refused(&mut state, 404, "PUT", "/customers/9", &body)["message"], "Not found");
    }

    #[test]
    fn a_customer_can_be_made_and_given_contacts() {
        let mut state = state(1);
        let made = ok(&mut state, "POST", "/customers", Some(&json!({"business_name": "Adatum"})));
        let id = made["customer"]["id"].as_i64().unwrap();
        ok(&mut state, "POST", "/contacts", Some(&json!({"customer_id": id, "name": "Ann Lee"})));
        let customer = ok(&mut state, "GET", &format!("/customers/{id}"), None)["customer"].take();
        assert_eq!(customer["contacts"][0]["name"], "Ann Lee");
    }
}
