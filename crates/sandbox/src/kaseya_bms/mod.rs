//! Kaseya BMS's REST API v2: accounts, contacts with their emails and phones, and custom fields.
//!
//! This folder owns the emulated PSA. `routes` is the table of what can be asked and which right it takes,
//! `security` signs users in, `limit` counts calls, `filter` and `page` read lists, `bind` reads bodies as the
//! service's framework does, `schema` is what is known of the records, `write` and `patch` change them, and
//! `answer` and `refusal` say yes and no in the service's ways. What no source documents is a switch in
//! [`Habits`], set to what is harder for a client unless something speaks for the other.

#![allow(clippy::doc_markdown)] // the product's name is no code

mod accounts;
mod answer;
mod bind;
mod contacts;
mod custom;
mod filter;
mod form;
mod limit;
mod page;
mod patch;
mod query;
mod refusal;
mod related;
mod routes;
mod schema;
mod security;
mod seed;
mod setup;
#[cfg(test)]
mod testing;
mod totp;
mod write;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::refusal::Refusal;
use self::routes::Access;
use self::security::Session;
use super::emulated::Service;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// One record under the names that lists show; properties unknown here are kept and shown as they are.
pub(crate) type Row = Map<String, Value>;

/// The records of an entity by id.
pub(crate) type Table = BTreeMap<i64, Row>;

/// Names by their number.
pub(crate) type Names = BTreeMap<i64, String>;

/// What a handler returns: the whole body, or a refusal.
type Answer = Result<Value, Refusal>;

/// Everything the PSA remembers, and how it behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Accounts with their `locations`, and their `customFields` by name, which lists do not show.
    pub(crate) accounts: Table,
    /// Contacts of all accounts with their `emails` and `phones`, and their `customFields` by name.
    pub(crate) contacts: Table,
    /// User names of the MSP's people.
    pub(crate) employees: Names,
    /// Types of accounts.
    pub(crate) account_types: Names,
    /// Types of businesses.
    pub(crate) business_types: Names,
    /// Types of emails.
    pub(crate) email_types: Names,
    /// Types of phones.
    pub(crate) phone_types: Names,
    /// Modules by number, with the custom fields they define.
    pub(crate) modules: BTreeMap<i64, Module>,
    /// What the API user's role lacks: `Contacts` for everything, `Contacts/view` for one of `view`, `modify` and
    /// `delete`; the same for `Accounts` and `CustomFields`. `Api` is the right to use the API at all.
    pub(crate) denied: BTreeSet<String>,
    /// Accounts that the role's scope hides with all their contacts, silently.
    pub(crate) hidden_accounts: BTreeSet<i64>,
    /// How the service behaves where that is not published.
    pub(crate) habits: Habits,
    /// The secret of the user's one-time codes in base 32; `None` asks for no code.
    pub(crate) totp: Option<String>,
    /// How long an access token lives.
    pub(crate) access_seconds: i64,
    /// How long its refresh token lives.
    pub(crate) refresh_seconds: i64,
    /// Who is signed in, by access token.
    pub(crate) sessions: BTreeMap<String, Session>,
    /// Calls an hour that each path template takes.
    pub(crate) limit: usize,
    /// Calls of the last hour by path template and minute since 1970.
    pub(crate) calls: BTreeMap<String, BTreeMap<i64, usize>>,
    /// The id of what was made last.
    pub(crate) made: i64,
}

/// A part of the product, as custom fields know it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Module {
    /// Its name, which only the answer to a write tells.
    pub(crate) name: String,
    /// Its custom fields by id.
    pub(crate) fields: BTreeMap<i64, CustomField>,
}

/// The definition of a custom field.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct CustomField {
    /// Its name.
    pub(crate) name: String,
    /// What it holds.
    pub(crate) data_type: DataType,
    /// Whether it may not be emptied.
    pub(crate) required: bool,
    /// Whether it is in use.
    pub(crate) active: bool,
    /// The choices of a data list.
    pub(crate) choices: Vec<Choice>,
}

/// What a custom field holds; there is no checkbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum DataType {
    /// Any text.
    FreeText,
    /// A date.
    Date,
    /// A number.
    Numeric,
    /// An amount.
    Money,
    /// One of its choices.
    DataList,
}

/// A choice of a data list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Choice {
    /// Its number.
    pub(crate) id: i64,
    /// What people see.
    pub(crate) name: String,
    /// Whether it may still be chosen.
    pub(crate) active: bool,
}

/// How the service behaves where nothing is published, or where what is published differs from what is seen.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Habits {
    /// How answers write names.
    pub(crate) casing: Casing,
    /// Whether `summary/{id}` comes without an envelope, as the vendor's document has it.
    pub(crate) bare_summaries: bool,
    /// Whether a list that does not say `Filter.IsActive` leaves the inactive out.
    pub(crate) hides_inactive: bool,
    /// Whether a filter of text wants the whole value rather than a part of it.
    pub(crate) exact_text: bool,
    /// How the value of a data list is written; the other way succeeds and changes nothing.
    pub(crate) list_values: ListValues,
    /// How a call above the limit is answered.
    pub(crate) over_limit: OverLimit,
    /// What the numbers 0, 1 and 2 of an operation on emails and phones mean.
    pub(crate) operations: [related::Operation; 3],
}

/// How answers write names.
///
/// The document has `PascalCase`; clients read `camelCase`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Casing {
    /// `firstName`.
    Camel,
    /// `FirstName`.
    Pascal,
}

/// How the value of a data list is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ListValues {
    /// By the choice's name.
    Name,
    /// By the choice's number.
    Id,
}

/// How a call above the limit is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum OverLimit {
    /// 429.
    TooManyRequests,
    /// 403, its text speaking of the quota.
    Forbidden,
}

/// A request with the numbers of its path.
struct Call<'a> {
    request: &'a Request,
    ids: Vec<i64>,
    /// The path's text, where the route takes one.
    name: &'a str,
}

impl Call<'_> {
    /// Returns the n-th number of the path; the route has it.
    fn id(&self, index: usize) -> i64 {
        self.ids.get(index).copied().unwrap_or_default()
    }
}

impl State {
    /// Is true if the role lacks a right.
    fn denies(&self, area: &str, action: &str) -> bool {
        self.denied.contains(area) || self.denied.contains(&format!("{area}/{action}"))
    }

    /// Returns an id that nothing has.
    fn number(&mut self) -> i64 {
        self.made += 1;
        self.made
    }

    /// Returns the account of that id that the role may see.
    fn account(&self, id: i64) -> Option<&Row> {
        self.accounts.get(&id).filter(|_| !self.hidden_accounts.contains(&id))
    }

    /// Returns the contact of that id that the role may see.
    fn contact(&self, id: i64) -> Option<&Row> {
        self.contacts.get(&id).filter(|contact| self.account(number(contact, "accountId")).is_some())
    }

    /// Returns the contact of a path.
    fn existing_contact(&self, call: &Call) -> Result<&Row, Refusal> {
        self.contact(call.id(0)).ok_or(Refusal::Missing(schema::CONTACT.name, call.id(0)))
    }

    /// Returns the name of a row's account.
    fn account_name(&self, row: &Row) -> Value {
        let account = self.accounts.get(&number(row, "accountId"));
        account.and_then(|account| account.get("accountName")).cloned().unwrap_or_default()
    }

    /// Returns the name of a row's location.
    fn location_name(&self, row: &Row) -> Value {
        let account = self.accounts.get(&number(row, "accountId"));
        let id = number(row, "locationId");
        let place =
            account.and_then(|account| rows(account, "locations").find(|one| number(one, "id") == id));
        place.and_then(|place| place.get("locationName")).cloned().unwrap_or_default()
    }
}

/// Returns a text of a row; "" where there is none.
fn text<'a>(row: &'a Row, name: &str) -> &'a str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Returns a number of a row; 0 where there is none.
fn number(row: &Row, name: &str) -> i64 {
    row.get(name).and_then(Value::as_i64).unwrap_or_default()
}

/// Returns a flag of a row; false where there is none.
fn flag(row: &Row, name: &str) -> bool {
    row.get(name).and_then(Value::as_bool).unwrap_or_default()
}

/// Returns the rows inside a row.
fn rows<'a>(row: &'a Row, name: &str) -> impl Iterator<Item = &'a Row> {
    row.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

/// Returns `value`, which is written as an object, as a row.
fn row(value: Value) -> Row {
    match value {
        Value::Object(row) => row,
        _ => Row::new(),
    }
}

/// Seconds since 1970.
fn second() -> i64 {
    jiff::Timestamp::now().as_second()
}

/// Returns the time as the service writes it: in UTC, and without a zone.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()
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
    let mut response = match respond(state, request) {
        // Success with nothing to say has no body.
        Ok(Value::Null) => Response::text(200, "text/plain", ""),
        Ok(body) => answer::json(state, request, 200, body),
        Err(refused) => return refusal::render(state, request, &refused),
    };
    response.changed = request.method != "GET";
    response
}

fn respond(state: &mut State, request: &Request) -> Answer {
    let (route, call) = routes::find(request)?;
    if route.access != Access::Open {
        security::admit(state, request)?;
    }
    limit::count(state, route.path)?;
    match route.access {
        Access::Right(area, action) if state.denies(area, action) => Err(Refusal::Denied(area, action)),
        _ => (route.answer)(state, &call),
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{fetch, ok, state};
    use super::*;

    #[test]
    fn the_state_survives_saving_and_so_does_what_is_unknown_in_it() {
        let mut state = state(3);
        ok(&mut state, "GET", "/crm/contacts/summary", None);
        let mut saved = serde_json::to_value(&state).unwrap();
        saved["contacts"]["1740001"]["planted"] = "kept".into();
        let mut loaded: State = serde_json::from_value(saved.clone()).unwrap();
        assert_eq!(serde_json::to_value(&loaded).unwrap(), saved);
        assert_eq!(fetch(&mut loaded, "/crm/contacts/summary/1740001")["planted"], "kept");
    }

    #[test]
    fn what_the_role_does_not_reach_is_not_there() {
        let mut state = state(2);
        state.hidden_accounts.insert(175);
        let accounts = ok(&mut state, "GET", "/crm/accounts/summary", None);
        assert_eq!((accounts["totalRecords"].as_u64(), &accounts["result"][0]["id"]), (Some(1), &174.into()));
        assert_eq!(ok(&mut state, "GET", "/crm/contacts/summary", None)["totalRecords"], 2);
        for target in ["/crm/contacts/summary/1750001", "/crm/accounts/summary/175"] {
            assert_eq!(testing::send(&mut state, "GET", target, None).status, 404, "{target}");
        }
    }

    #[test]
    fn a_missing_right_is_told_for_the_action_it_is_about() {
        let mut state = state(1);
        state.denied.insert("Contacts/modify".into());
        ok(&mut state, "GET", "/crm/contacts/summary/1740001", None);
        let patch = serde_json::json!([{"op": "replace", "path": "/JobTitle", "value": "x"}]);
        let refused = testing::send(&mut state, "PATCH", "/crm/contacts/1740001", Some(&patch));
        assert_eq!((refused.status, refused.changed), (403, false));
        state.denied.insert("CustomFields".into());
        assert_eq!(testing::send(&mut state, "GET", "/system/customFields/31", None).status, 403);
    }
}
