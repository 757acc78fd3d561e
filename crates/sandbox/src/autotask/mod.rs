//! Autotask's REST API v1.0: companies, contacts, resources and user-defined fields.
//!
//! This folder owns the emulated PSA. `schema` is what is known of the entities, `filter` and `query` read,
//! `accept` judges what is written, `records` writes it, `udf` owns user-defined fields, `info` describes all
//! of it, and `refusal` says no in the service's ways. The service allows three requests at a time per entity;
//! that cannot be seen here, where requests come one after the other.

mod accept;
mod filter;
mod info;
mod query;
mod records;
mod refusal;
mod schema;
mod seed;
mod setup;
#[cfg(test)]
mod testing;
mod udf;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::schema::{Entity, Set};
use self::setup::{CODE, SECRET, USER};
use super::emulated::Service;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// Values under the service's field names; what is missing is null.
pub(crate) type Row = Map<String, Value>;

/// The records of an entity by id.
pub(crate) type Table = BTreeMap<i64, Record>;

/// One record.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Record {
    /// The standard fields.
    pub(crate) fields: Row,
    /// User-defined fields by their definition's name; a list's value is the item's text.
    pub(crate) udf: BTreeMap<String, String>,
    /// Whether it was replaced as a whole, after which each user-defined field is shown, with null for no value.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) replaced: bool,
}

/// Everything the PSA remembers, and how it behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Companies; 0 is the MSP itself.
    pub(crate) companies: Table,
    /// Contacts of all companies.
    pub(crate) contacts: Table,
    /// The MSP's people.
    pub(crate) resources: Table,
    /// Definitions of user-defined fields, without which their values are not seen.
    pub(crate) definitions: Table,
    /// Items of user-defined lists.
    pub(crate) list_items: Table,
    /// The picklist of `Companies.territoryID`.
    pub(crate) territories: Vec<Choice>,
    /// How a user-defined list's values are written; tenants differ.
    pub(crate) list_values: ListValues,
    /// What the API user may not do: `Contacts` for everything, `Contacts/update` for one of `query`,
    /// `create`, `update` and `delete`.
    pub(crate) denied: BTreeSet<String>,
    /// Entities of which the API user sees nothing; nothing says so but the description of the entity.
    pub(crate) invisible: BTreeSet<String>,
    /// Wrong secrets since the last right one.
    pub(crate) wrong_secrets: u32,
    /// The seconds at which requests of the last hour came.
    pub(crate) requests: VecDeque<i64>,
    /// Requests of other integrations in the same hour.
    pub(crate) others: usize,
    /// Requests that all integrations together may make in an hour.
    pub(crate) threshold: usize,
    /// The pages that can be asked for, oldest first.
    pub(crate) pages: VecDeque<Page>,
    /// Paged queries so far.
    pub(crate) chains: u64,
    /// Failures that got an error id.
    pub(crate) failures: i64,
    /// The id of the record made last.
    pub(crate) made: i64,
}

/// One value of a picklist.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// What records hold; a text in descriptions, a number in records.
    pub(crate) value: String,
    /// What people see.
    pub(crate) label: String,
    /// Whether it may still be written.
    pub(crate) active: bool,
}

/// How a user-defined list's values are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ListValues {
    /// By the item's text.
    Text,
    /// By the item's number.
    Number,
}

/// A page that can be asked for by its token.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Page {
    /// The token: chain and position.
    pub(crate) token: String,
    /// The entity's path.
    pub(crate) entity: String,
    /// The method that started the chain.
    pub(crate) method: String,
    /// The query as JSON.
    pub(crate) query: String,
    /// The page holds records with ids above this one.
    pub(crate) after: i64,
}

/// Wrong secrets that lock the API user (the real number is not known).
const LOCK: u32 = 5;
/// Requests an hour that all integrations of a customer share.
const THRESHOLD: usize = 10_000;

impl State {
    fn table(&self, set: Set) -> &Table {
        match set {
            Set::Companies => &self.companies,
            Set::Contacts => &self.contacts,
            Set::Resources => &self.resources,
            Set::Definitions => &self.definitions,
            Set::ListItems => &self.list_items,
        }
    }

    fn table_mut(&mut self, set: Set) -> &mut Table {
        match set {
            Set::Companies => &mut self.companies,
            Set::Contacts => &mut self.contacts,
            Set::Resources => &mut self.resources,
            Set::Definitions => &mut self.definitions,
            Set::ListItems => &mut self.list_items,
        }
    }

    fn denies(&self, entity: &Entity, action: &str) -> bool {
        self.denied.contains(entity.path) || self.denied.contains(&format!("{}/{action}", entity.path))
    }

    /// Returns the number of requests of the last hour, those of other integrations included.
    fn used(&self) -> usize {
        self.requests.len() + self.others
    }

    /// Returns an id that no record has.
    fn number(&mut self) -> i64 {
        self.made += 1;
        self.made
    }
}

impl Record {
    fn text(&self, field: &str) -> &str {
        self.fields.get(field).and_then(Value::as_str).unwrap_or_default()
    }

    fn number(&self, field: &str) -> Option<i64> {
        self.fields.get(field).and_then(Value::as_i64)
    }

    fn flag(&self, field: &str) -> bool {
        self.fields.get(field).and_then(Value::as_bool).unwrap_or_default()
    }

    fn set(&mut self, field: &str, value: impl Into<Value>) {
        self.fields.insert(field.to_owned(), value.into());
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
    let path = request.path.to_ascii_lowercase();
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["atservicesrest", "versioninformation"] => {
            only_get(request, || Response::json(200, &json!({"apiVersions": ["V1.0", "V2.0"]})))
        }
        ["atservicesrest", "v1.0", "zoneinformation"] => only_get(request, || zone(request)),
        ["atservicesrest", "v1.0", rest @ ..] => match admit(state, request) {
            Err(refused) => refused,
            Ok(()) => route(state, rest, request),
        },
        _ => refusal::nowhere(),
    }
}

fn route(state: &mut State, segments: &[&str], request: &Request) -> Response {
    match segments {
        ["thresholdinformation"] => only_get(request, || threshold(state)),
        ["companies", company, "contacts"] => records::contacts(state, company, request),
        ["companies", company, "contacts", id] => records::contact(state, company, id, request),
        ["userdefinedfields", definition, "listitems"] => records::list_items(state, definition, request),
        [name, rest @ ..] => match schema::entity(name) {
            Some(entity) => of_entity(state, entity, rest, request),
            None => refusal::nowhere(),
        },
        [] => refusal::nowhere(),
    }
}

fn of_entity(state: &mut State, entity: &Entity, segments: &[&str], request: &Request) -> Response {
    match segments {
        [] => records::top(state, entity, request),
        ["query"] => query::first(state, entity, request),
        ["query", "next"] => query::next(state, entity, request),
        ["query", "count"] => query::count(state, entity, request),
        ["entityinformation"] => only_get(request, || info::entity(state, entity)),
        ["entityinformation", "fields"] => only_get(request, || info::fields(state, entity)),
        ["entityinformation", "userdefinedfields"] => only_get(request, || info::user_defined(state, entity)),
        [id] => query::one(state, entity, id, request),
        _ => refusal::nowhere(),
    }
}

fn only_get(request: &Request, answer: impl FnOnce() -> Response) -> Response {
    if request.method == "GET" { answer() } else { refusal::method(&request.method) }
}

fn zone(request: &Request) -> Response {
    let user = request.param("user").unwrap_or_default();
    if !user.eq_ignore_ascii_case(USER) {
        return refusal::errors(&["Zone information could not be determined"]);
    }
    let zone = json!({
        "zoneName": "Sandbox",
        "url": format!("{}/atservicesrest/", request.base),
        "webUrl": format!("{}/", request.base),
        "ci": 513_558,
    });
    Response::json(200, &zone)
}

fn threshold(state: &State) -> Response {
    let used = json!({
        "externalRequestThreshold": state.threshold,
        "requestThresholdTimeframe": 60,
        "currentTimeframeRequestCount": state.used(),
    });
    Response::json(200, &used)
}

/// Checks the credentials and the hourly budget.
fn admit(state: &mut State, request: &Request) -> Result<(), Response> {
    let header = |name| request.header(name).unwrap_or_default();
    if !header("username").eq_ignore_ascii_case(USER) {
        return Err(refusal::errors(&["The user name is not known."]));
    }
    if state.wrong_secrets >= LOCK {
        return Err(refusal::locked());
    }
    if header("apiintegrationcode") != CODE {
        return Err(refusal::errors(&["The integration code is missing or does not match the user."]));
    }
    if header("secret") != SECRET {
        state.wrong_secrets += 1;
        return Err(refusal::unauthorised().changed());
    }
    state.wrong_secrets = 0;
    let second = jiff::Timestamp::now().as_second();
    state.requests.push_back(second);
    state.requests.retain(|earlier| second - earlier < 3600);
    if state.used() > state.threshold {
        return Err(refusal::spent());
    }
    let person = request.header("impersonationresourceid");
    if person.is_some_and(|id| !id.parse().is_ok_and(|id: i64| state.resources.contains_key(&id))) {
        return Err(refusal::errors(&["The impersonated resource does not exist."]));
    }
    Ok(())
}

/// Returns the time as the service writes it.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3fZ").to_string()
}

/// Reads a point in time; without a zone it is UTC, a date alone is its midnight.
fn date(text: &str) -> Option<jiff::Timestamp> {
    let civil =
        |text: &str| text.parse::<jiff::civil::DateTime>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok();
    text.parse().ok().or_else(|| civil(text).map(|zoned| zoned.timestamp()))
}

#[cfg(test)]
mod tests;
