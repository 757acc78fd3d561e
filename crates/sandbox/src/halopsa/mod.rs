//! Halo API v2: clients, users and the custom fields on them.
//!
//! This folder owns the emulated PSA. `door` signs in and counts requests, `list` pages and filters, `users` and
//! `clients` read and write, `show` is how records look in a listing and by themselves, `accept` takes what is written,
//! `fields` owns custom fields and their definitions, and `refusal` says no in the service's ways. Where nothing is
//! known of the service, the state says how it behaves, and starts with the harder way.

mod accept;
mod clients;
mod door;
mod fields;
mod list;
mod refusal;
mod seed;
mod setup;
mod show;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod users;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use self::fields::Field;
use super::emulated::Service;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// Values under the service's field names, custom fields by their bare names.
pub(crate) type Row = Map<String, Value>;

/// Records by id.
pub(crate) type Table = BTreeMap<i64, Row>;

/// Everything the PSA remembers, and how it behaves.
#[allow(clippy::struct_excessive_bools)] // each is a fact of its own
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Clients.
    pub(crate) clients: Table,
    /// Their sites.
    pub(crate) sites: Table,
    /// The users who are persons.
    pub(crate) contacts: Table,
    /// The users who are no persons: one of every site.
    pub(crate) general_users: Table,
    /// Definitions of custom fields.
    pub(crate) fields: BTreeMap<i64, Field>,
    /// Permissions that the application lacks, by their names, such as `edit:customers`.
    pub(crate) denied: BTreeSet<String>,
    /// The tenant that has to be named at the sign-in; `None` on the premises.
    pub(crate) tenant: Option<String>,
    /// How long a token is good.
    pub(crate) token_seconds: i64,
    /// The tokens, with the second at which each ends.
    pub(crate) tokens: BTreeMap<String, i64>,
    /// Whether rows of a listing of users show custom fields.
    pub(crate) fields_in_rows: bool,
    /// Whether a listing leaves general users out when it is asked to.
    pub(crate) general_users_can_be_left_out: bool,
    /// Whether a property whose value is null is shown as null, rather than left out.
    pub(crate) sends_nulls: bool,
    /// Whether the answer to a write of one record is a list of it.
    pub(crate) answers_lists: bool,
    /// Whether the answer to a write shows no more than its id.
    pub(crate) answers_ids: bool,
    /// Records of a page at most, whatever is asked for.
    pub(crate) largest_page: usize,
    /// Requests in five minutes; `None` for as many as come.
    pub(crate) limit: Option<usize>,
    /// The seconds at which requests of the last five minutes came.
    pub(crate) requests: VecDeque<i64>,
    /// The id of the record made last.
    pub(crate) made: i64,
}

/// Requests in a rolling window of five minutes (the service's own refusal says so).
const LIMIT: usize = 300;
/// The window, in seconds.
const WINDOW: i64 = 300;
/// The permission to see clients, sites and users.
const READ: &str = "read:customers";
/// The permission to change them.
const EDIT: &str = "edit:customers";

impl State {
    fn allows(&self, permission: &str) -> bool {
        !self.denied.contains(permission)
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

/// Answers one request; the case of a path does not count.
fn handle(state: &mut State, request: &Request) -> Response {
    let path = request.path.trim_matches('/').to_lowercase();
    let segments: Vec<&str> = path.split('/').collect();
    match (request.method.as_str(), segments.as_slice()) {
        ("GET", ["api", "authinfo"]) => door::info(state, request),
        ("POST", ["auth", "token"]) => door::token(state, request),
        (_, ["api", ..]) if !door::within_limit(state) => refusal::too_many(),
        (_, ["api", ..]) if !door::admits(state, request) => refusal::unauthorised(),
        (method, ["api", rest @ ..]) => route(state, method, rest, request),
        _ => refusal::nowhere(),
    }
}

fn route(state: &mut State, method: &str, segments: &[&str], request: &Request) -> Response {
    let permission = if method == "GET" { READ } else { EDIT };
    if !state.allows(permission) {
        return refusal::not_permitted(permission);
    }
    match (method, segments) {
        ("GET", ["users"]) => users::list(state, request),
        ("GET", ["users", id]) => users::one(state, id, request),
        ("POST", ["users"]) => users::write(state, request),
        ("GET", ["client"]) => clients::list(state, request),
        ("GET", ["client", id]) => clients::one(state, id, request),
        ("POST", ["client"]) => clients::write(state, request),
        ("GET", ["site", id]) => clients::site(state, id),
        ("GET", ["fieldinfo"]) => fields::list(state, request),
        ("GET", ["fieldinfo", id]) => fields::one(state, id, request),
        _ => refusal::nowhere(),
    }
}

/// Returns the time as the service writes it: in UTC, without saying so.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%S%.3f").to_string()
}

fn second() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn text<'a>(row: &'a Row, field: &str) -> &'a str {
    row.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn number(row: &Row, field: &str) -> Option<i64> {
    row.get(field).and_then(Value::as_i64)
}

fn is_true(request: &Request, name: &str) -> bool {
    request.param(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
}
