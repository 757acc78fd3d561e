//! Requests with good credentials, for the tests of this folder.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::setup::{CLIENT_ID, COMPANY, PRIVATE_KEY, PUBLIC_KEY};
use super::*;
use crate::sample;

/// What every path begins with.
pub(super) const BASE: &str = "/v4_6_release/apis/3.0";

/// Returns good credentials, and the version that is pinned.
pub(super) fn headers() -> Vec<(String, String)> {
    let keys = format!("{COMPANY}+{PUBLIC_KEY}:{PRIVATE_KEY}");
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    vec![
        pair("authorization", &format!("Basic {}", STANDARD.encode(keys))),
        pair("clientid", CLIENT_ID),
        pair("accept", "application/vnd.connectwise.com+json; version=2025.1"),
    ]
}

/// Returns the PSA of two clients (174 and 175) with that many people each.
pub(super) fn state(people: i64) -> State {
    seed::state(&sample::msp(people))
}

/// Sends a request with good credentials; `target` is below the base.
pub(super) fn send(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Response {
    send_with(state, method, target, &[], body)
}

/// Sends the same with more headers.
pub(super) fn send_with(
    state: &mut State,
    method: &str,
    target: &str,
    more: &[(&str, &str)],
    body: Option<&Value>,
) -> Response {
    let headers = headers();
    let mut pairs: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.extend(more);
    handle(state, &sample::request(method, &format!("{BASE}{target}"), &pairs, body))
}

/// Returns the JSON of a reading that must succeed.
pub(super) fn ok(state: &mut State, target: &str) -> Value {
    done(state, "GET", target, None)
}

/// Returns the JSON of a request that must succeed.
pub(super) fn done(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Value {
    let response = send(state, method, target, body);
    let expected = match method {
        "POST" => 201,
        "DELETE" => 204,
        _ => 200,
    };
    let text = String::from_utf8_lossy(&response.body);
    assert_eq!((response.status, response.changed), (expected, method != "GET"), "{target}: {text}");
    sample::json(&response)
}

/// Status and body of a request that must fail and change nothing.
pub(super) fn refused(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> (u16, Value) {
    let response = send(state, method, target, body);
    assert!(response.status >= 400 && !response.changed, "{target} {body:?}: {}", response.status);
    (response.status, sample::json(&response))
}
