//! Requests with a good token, for the tests of this folder.

use super::*;
use crate::sample;

/// Returns the PSA of two clients (174 and 175) with that many people each.
pub(super) fn state(people: i64) -> State {
    seed::state(&sample::msp(people))
}

/// Sends a request with a good token; `target` is below `/api/v1`.
pub(super) fn send(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Response {
    let token = format!("Bearer {TOKEN}");
    let target = format!("/api/v1{target}");
    handle(state, &sample::request(method, &target, &[("authorization", &token)], body))
}

/// Returns the JSON of a request that must succeed.
pub(super) fn ok(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Value {
    let response = send(state, method, target, body);
    assert_eq!(response.status, 200, "{target}: {}", String::from_utf8_lossy(&response.body));
    sample::json(&response)
}

/// Returns the JSON of a request that must fail with that status and change nothing.
pub(super) fn refused(state: &mut State, status: u16, method: &str, target: &str, body: &Value) -> Value {
    let before = state.contacts.clone();
    let response = send(state, method, target, Some(body));
    assert_eq!((response.status, response.changed), (status, false), "{target} {body}");
    assert_eq!(state.contacts, before);
    sample::json(&response)
}
