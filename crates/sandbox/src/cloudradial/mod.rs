//! The portal's API: companies, portal users, domains, flexible assets and files, with the habits its clients have
//! met.
//!
//! This folder owns the emulated portal. `odata`, `filter` and `expression` answer lists, `fields` says what may be
//! written, `patch` changes records, `users` and `companies` are the single resources, `flexible` the assets of the
//! MSP's own types, `media` its files, and `refusal` holds the many forms in which the service says no. Records are
//! JSON objects under the service's own property names.

mod companies;
mod expression;
mod fields;
mod filter;
mod flexible;
mod media;
mod odata;
mod patch;
mod refusal;
mod seed;
mod setup;
#[cfg(test)]
mod testing;
mod users;

use std::collections::BTreeMap;

use base64::Engine;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::setup::{PRIVATE_KEY, PUBLIC_KEY};
use super::emulated::Service;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::setup::EMULATED;

/// A record under the service's property names; what is missing is null.
pub(crate) type Row = Map<String, Value>;

/// Everything the portal remembers, and how it behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Companies by id.
    pub(crate) companies: BTreeMap<i64, Row>,
    /// Users by id, deleted ones and write-only properties included.
    pub(crate) users: BTreeMap<String, Row>,
    /// Domains by id.
    pub(crate) domains: BTreeMap<i64, Row>,
    /// Flexible assets.
    #[serde(default)]
    pub(crate) flexible: flexible::Flexible,
    /// Files by id, deleted ones and their bytes included.
    #[serde(default)]
    pub(crate) media: BTreeMap<i64, Row>,
    /// The form of single records in answers.
    pub(crate) envelope: Envelope,
    /// Refuses requests for a while.
    pub(crate) throttle: Option<Throttle>,
    /// Whether a user list that holds support PINs fails, as on tenants that have them.
    pub(crate) pin_breaks_lists: bool,
    /// Lists answered so far; where no order is asked for, each starts somewhere else.
    pub(crate) lists: usize,
    /// The number of the record made last.
    pub(crate) made: i64,
}

/// How a single record is put into an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Envelope {
    /// Always inside `data`.
    Wrapped,
    /// Always by itself.
    Bare,
    /// By itself where the id ends in an odd character, else inside `data`.
    #[default]
    Mixed,
}

/// Refusal of the next requests.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Throttle {
    /// How many more requests are refused.
    pub(crate) requests: u32,
    /// The `Retry-After` header, in seconds or as a date; none is sent without it.
    pub(crate) retry_after: Option<String>,
}

impl State {
    /// Returns the answer that holds one record of that id.
    fn record(&self, status: u16, id: &str, record: &Value) -> Response {
        if self.bare(id) {
            return Response::json(status, record);
        }
        Response::json(status, &json!({"data": record, "success": true, "message": null}))
    }

    /// Is true if answers about this id have no envelope.
    fn bare(&self, id: &str) -> bool {
        match self.envelope {
            Envelope::Wrapped => false,
            Envelope::Bare => true,
            Envelope::Mixed => id.bytes().last().is_some_and(|last| last & 1 == 1),
        }
    }

    /// Returns a number that no record has.
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
    if !authorised(request) {
        return refusal::unauthorised();
    }
    if let Some(refused) = throttled(state) {
        return refused;
    }
    let segments: Vec<&str> = request.path.trim_matches('/').split('/').collect();
    match segments.as_slice() {
        ["v2", "odata", set] => odata::list(state, set, request),
        ["v2", "odata", set, "$count"] => odata::count(state, set, request),
        ["v2", "company"] => companies::collection(state, request),
        ["v2", "company", id] => companies::single(state, id, request),
        ["v2", "user" | "applicationuser"] => users::collection(state, request),
        ["v2", "user" | "applicationuser", id] => users::single(state, id, request),
        ["v2", "media"] => media::collection(state, request),
        ["v2", "media", id] => media::single(state, id, request),
        ["v2", path @ ..] => flexible::own(state, path, request).unwrap_or_else(refusal::nowhere),
        ["compatibility", path @ ..] => {
            flexible::look_alike(state, path, request).unwrap_or_else(refusal::nowhere)
        }
        _ => refusal::nowhere(),
    }
}

fn authorised(request: &Request) -> bool {
    let sent = request.header("authorization").and_then(|header| header.split_once(' '));
    let Some((scheme, pair)) = sent else { return false };
    let expected = format!("{PUBLIC_KEY}:{PRIVATE_KEY}");
    let decoded = base64::engine::general_purpose::STANDARD.decode(pair.trim());
    scheme.eq_ignore_ascii_case("basic") && decoded.is_ok_and(|pair| pair == expected.as_bytes())
}

fn throttled(state: &mut State) -> Option<Response> {
    let throttle = state.throttle.as_mut()?;
    let refused = refusal::throttled(throttle.retry_after.as_deref());
    throttle.requests = throttle.requests.saturating_sub(1);
    if throttle.requests == 0 {
        state.throttle = None;
    }
    Some(refused)
}

/// Returns the time as the service writes it.
fn now() -> String {
    jiff::Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::testing::{get, send, state};
    use super::*;
    use crate::sample;

    #[test]
    fn a_request_without_the_key_pair_is_refused() {
        let mut state = state(1);
        for headers in [vec![], vec![("authorization", "Basic bm86bm8=")], vec![("authorization", "Basic")]] {
            let request = sample::request("GET", "/v2/odata/company/$count", &headers, None);
            let response = handle(&mut state, &request);
            assert_eq!(response.status, 401);
            assert!(response.body.is_empty());
        }
    }

    #[test]
    fn throttling_ends_after_the_stated_number_of_requests() {
        let mut state = state(1);
        state.throttle = Some(Throttle { requests: 2, retry_after: Some("3".into()) });
        for expected in [429, 429, 200] {
            let response = send(&mut state, "GET", "/v2/odata/company/$count", None);
            assert_eq!(response.status, expected);
            let delay = response.headers.iter().any(|(name, value)| name == "retry-after" && value == "3");
            assert_eq!(delay, expected == 429);
        }
    }

    #[test]
    fn a_record_is_bare_for_odd_ids_and_wrapped_for_even_ones() {
        let mut state = state(1);
        assert_eq!(get(&mut state, "/v2/company/8")["data"]["name"], "Contoso");
        assert_eq!(get(&mut state, "/v2/company/9")["name"], "Fabrikam");
        state.envelope = Envelope::Wrapped;
        assert_eq!(get(&mut state, "/v2/company/9")["data"]["name"], "Fabrikam");
    }

    #[test]
    fn the_state_survives_saving() {
        let state = state(3);
        let saved = serde_json::to_string(&state).unwrap();
        let loaded: State = serde_json::from_str(&saved).unwrap();
        assert_eq!(loaded.users, state.users);
        assert_eq!(loaded.companies, state.companies);
    }
}
