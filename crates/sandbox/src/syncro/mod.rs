//! Syncro's REST API v1: customers, contacts and the custom fields inside their properties.
//!
//! This folder owns the emulated PSA. `schema` is what is known of the records, `accept` takes what is written,
//! `properties` owns custom fields, `contacts` and `customers` read and write, `list` pages, `account` is about
//! the token and the account, and `refusal` says no in the service's ways. Where clients disagree about the
//! service, or nothing was observed, the state says how it behaves, and starts with the harder way.

mod accept;
mod account;
mod contacts;
mod customers;
mod list;
mod properties;
mod refusal;
mod schema;
mod seed;
mod setup;
#[cfg(test)]
mod testing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::properties::Fields;
use self::refusal::Shape;
use self::schema::Set;
use self::setup::TOKEN;
use super::emulated::Service;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// Values under the service's field names; what is missing is null.
pub(crate) type Row = Map<String, Value>;

/// Records by id.
pub(crate) type Table = BTreeMap<i64, Row>;

/// Everything the PSA remembers, and how it behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Customers. The contacts shown inside them are not here.
    pub(crate) customers: Table,
    /// Contacts of all customers.
    pub(crate) contacts: Table,
    /// Contact custom fields by the name that is their key in `properties`.
    pub(crate) contact_fields: Fields,
    /// Customer custom fields.
    pub(crate) customer_fields: Fields,
    /// Permissions that the token lacks, by their names, such as `Customers - Edit`.
    pub(crate) denied: BTreeSet<String>,
    /// The one customer of a single-customer user, who sees no other.
    pub(crate) single_customer: Option<i64>,
    /// What becomes of the properties that a write leaves out.
    pub(crate) properties: Unsent,
    /// Whether a contact is made with the properties sent with it, or they wait for the first update.
    pub(crate) properties_on_create: bool,
    /// Whether a property without a custom field is kept, or silently dropped.
    pub(crate) stray_properties: bool,
    /// How a contact's phone numbers come back.
    pub(crate) contact_phones: Phones,
    /// The shape of every 422; if it is not set, each route has its own.
    pub(crate) refusals: Option<Shape>,
    /// Contacts of one page.
    pub(crate) contacts_per_page: usize,
    /// Customers of one page.
    pub(crate) customers_per_page: usize,
    /// Requests a minute from one address; `None` for as many as come.
    pub(crate) limit: Option<usize>,
    /// The seconds at which requests of the last minute came.
    pub(crate) requests: VecDeque<i64>,
    /// The id of the record made last.
    pub(crate) made: i64,
}

/// What becomes of the properties that a write leaves out; clients believe either.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Unsent {
    /// They are gone: the map that was sent is all there is.
    Gone,
    /// They stay.
    Stay,
}

/// How a contact's phone numbers come back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phones {
    /// As they were typed.
    Typed,
    /// As digits, as a customer's always do.
    Digits,
}

/// Requests a minute that one address may make (the vendor documents it).
const LIMIT: usize = 180;
/// The permission to list customers.
const LIST: &str = "Customers - List/Search";
/// The permission to see a customer, and to see contacts in any way.
const VIEW: &str = "Customers - View Detail";
/// The permission to change customers, and to make, change and delete contacts.
const EDIT: &str = "Customers - Edit";
/// The permission to make customers.
const CREATE: &str = "Customers - Create";
/// The permission to delete customers.
const DELETE: &str = "Customers - Delete";

impl State {
    fn fields(&self, set: Set) -> &Fields {
        match set {
            Set::Contacts => &self.contact_fields,
            Set::Customers => &self.customer_fields,
        }
    }

    fn allows(&self, permission: &str) -> bool {
        !self.denied.contains(permission)
    }

    /// Is true if the user sees that customer and what belongs to it.
    fn sees(&self, customer: Option<i64>) -> bool {
        self.single_customer.is_none_or(|only| customer == Some(only))
    }

    /// Returns an id that no record has.
    fn number(&mut self) -> i64 {
        self.made += 1;
        self.made
    }
}

impl Service for State {
    fn seed(msp: &Msp) -> Self {
        seed::state(msp)
    }

    fn handle(&mut self, request: &Request) -> Response {
        handle(self, request)
    }
}

/// Answers one request.
fn handle(state: &mut State, request: &Request) -> Response {
    if !within_limit(state) {
        return refusal::too_many();
    }
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["api", "v1", ..] if !authentic(request) => refusal::unauthenticated(),
        ["api", "v1", rest @ ..] => route(state, rest, request),
        _ => refusal::nowhere(),
    }
}

fn route(state: &mut State, segments: &[&str], request: &Request) -> Response {
    match (request.method.as_str(), segments) {
        ("GET", ["me"]) => account::me(state),
        ("GET", ["settings"]) => account::settings(state),
        ("GET", ["contacts"]) => contacts::list(state, request),
        ("POST", ["contacts"]) => contacts::create(state, request),
        ("GET", ["contacts", id]) => contacts::one(state, id),
        ("PUT", ["contacts", id]) => contacts::update(state, id, request),
        ("DELETE", ["contacts", id]) => contacts::delete(state, id),
        ("GET", ["customers"]) => customers::list(state, request),
        ("POST", ["customers"]) => customers::create(state, request),
        ("GET", ["customers", id]) => customers::one(state, id),
        ("PUT", ["customers", id]) => customers::update(state, id, request),
        _ => refusal::nowhere(),
    }
}

/// Counts the request.
///
/// One address is all there is here, whatever token comes from it.
fn within_limit(state: &mut State) -> bool {
    let second = jiff::Timestamp::now().as_second();
    state.requests.push_back(second);
    state.requests.retain(|earlier| second - earlier < 60);
    state.limit.is_none_or(|limit| state.requests.len() <= limit)
}

/// Is true if the token is in one of the places where it may be: the header with or without `Bearer`, the query, the
/// body.
fn authentic(request: &Request) -> bool {
    let header = request.header("authorization").unwrap_or_default();
    let in_header = header.strip_prefix("Bearer ").unwrap_or(header).trim() == TOKEN;
    in_header || request.param("api_key") == Some(TOKEN) || in_body(request)
}

fn in_body(request: &Request) -> bool {
    let body: Option<Value> = serde_json::from_slice(&request.body).ok();
    body.is_some_and(|body| body["api_key"] == TOKEN)
}

/// Returns the time as the service writes it.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn number(row: &Row, field: &str) -> Option<i64> {
    row.get(field).and_then(Value::as_i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::testing::{ok, send, state};
    use super::*;
    use crate::sample;

    fn bare(state: &mut State, target: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Response {
        let method = if body.is_some() { "POST" } else { "GET" };
        handle(state, &sample::request(method, target, headers, body))
    }

    #[test]
    fn the_token_is_taken_from_header_query_and_body() {
        let mut state = state(1);
        let bearer = format!("Bearer {TOKEN}");
        for value in [bearer.as_str(), TOKEN] {
            assert_eq!(bare(&mut state, "/api/v1/me", &[("authorization", value)], None).status, 200);
        }
        let target = format!("/api/v1/me?api_key={TOKEN}");
        assert_eq!(bare(&mut state, &target, &[], None).status, 200);
        let body = json!({"api_key": TOKEN, "customer_id": 174, "name": "Ann Lee"});
        assert_eq!(bare(&mut state, "/api/v1/contacts", &[], Some(&body)).status, 200);
    }

    #[test]
    fn a_wrong_token_and_a_missing_permission_are_both_401() {
        let mut state = state(1);
        for headers in [&[][..], &[("authorization", "Bearer guess")]] {
            let refused = bare(&mut state, "/api/v1/contacts", headers, None);
            assert_eq!(refused.status, 401);
            assert_eq!(sample::json(&refused)["error"], "Failed to authenticate account");
        }
        let change = json!({"name": "Ann Lee", "customer_id": 174});
        for (permission, method, target, body) in [
            (LIST, "GET", "/customers", None),
            (VIEW, "GET", "/customers/174", None),
            (VIEW, "GET", "/contacts?customer_id=174", None),
            (VIEW, "GET", "/contacts/1740001", None),
            (EDIT, "POST", "/contacts", Some(&change)),
            (EDIT, "PUT", "/contacts/1740001", Some(&change)),
            (EDIT, "DELETE", "/contacts/1740001", None),
            (EDIT, "PUT", "/customers/174", Some(&change)),
            (CREATE, "POST", "/customers", Some(&change)),
        ] {
            state.denied = BTreeSet::from([permission.to_owned()]);
            let refused = send(&mut state, method, target, body);
            assert_eq!((refused.status, refused.changed), (401, false), "{method} {target}");
            let answer = sample::json(&refused)["error"].take();
            assert!(answer.as_str().unwrap().starts_with("Not authorized. Please ask account admin"));
        }
    }

    #[test]
    fn the_minute_counts_every_request_and_forgets_it_afterwards() {
        let mut state = state(1);
        let second = jiff::Timestamp::now().as_second();
        state.requests = [second - 61].into_iter().chain([second; LIMIT - 2]).collect();
        ok(&mut state, "GET", "/me", None);
        assert_eq!(bare(&mut state, "/nowhere", &[], None).status, 404);
        let refused = send(&mut state, "GET", "/me", None);
        assert_eq!(refused.status, 429);
        assert!(refused.headers.iter().all(|(name, _)| name != "retry-after"));
        assert_eq!(sample::json(&refused), Value::Null);
        state.limit = None;
        ok(&mut state, "GET", "/me", None);
    }

    #[test]
    fn unknown_routes_and_methods_answer_in_html() {
        let mut state = state(1);
        for (method, target) in [
            ("GET", "/nothing"),
            ("GET", "/contacts/1740001/notes"),
            ("PATCH", "/contacts/1740001"),
            ("PATCH", "/customers/174"),
            ("POST", "/me"),
        ] {
            let response = send(&mut state, method, target, Some(&json!({"name": "Ann"})));
            assert_eq!((response.status, response.changed), (404, false), "{method} {target}");
            assert!(response.body.starts_with(b"<!DOCTYPE html>"));
        }
        let outside = sample::request("GET", "/api/v2/me", &[], None);
        assert!(handle(&mut state, &outside).body.starts_with(b"<!DOCTYPE html>"));
    }

    #[test]
    fn a_single_customer_user_is_told_of_no_other() {
        let mut state = state(2);
        state.single_customer = Some(175);
        assert_eq!(ok(&mut state, "GET", "/customers", None)["meta"]["total_entries"], 1);
        assert_eq!(ok(&mut state, "GET", "/contacts", None)["meta"]["total_entries"], 2);
        ok(&mut state, "GET", "/contacts/1750001", None);
        let change = json!({"name": "Ann Lee", "customer_id": 174});
        for (method, target, body) in [
            ("GET", "/contacts/1740001", None),
            ("PUT", "/contacts/1740001", Some(&change)),
            ("DELETE", "/contacts/1740001", None),
            ("POST", "/contacts", Some(&change)),
            ("GET", "/customers/174", None),
        ] {
            assert_eq!(send(&mut state, method, target, body).status, 404, "{method} {target}");
        }
    }

    #[test]
    fn the_state_survives_saving() {
        let state = state(3);
        let saved = serde_json::to_string(&state).unwrap();
        let loaded: State = serde_json::from_str(&saved).unwrap();
        assert_eq!((loaded.contacts, loaded.customers), (state.contacts, state.customers));
    }
}
