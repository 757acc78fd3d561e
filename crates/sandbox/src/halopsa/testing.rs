//! Requests with a good token, for the tests of this folder.

use serde_json::Value;

use super::*;
use crate::sample;

/// Returns the PSA of two clients (174 and 175) with that many people each.
pub(super) fn state(people: i64) -> State {
    seed::state(&sample::msp(people))
}

/// Sends a request with a good token; `target` is below `/api`.
pub(super) fn send(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Response {
    state.tokens.insert("token".to_owned(), i64::MAX);
    let target = format!("/api{target}");
    handle(state, &sample::request(method, &target, &[("authorization", "Bearer token")], body))
}

/// Returns the JSON of a request that must succeed.
pub(super) fn ok(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Value {
    let response = send(state, method, target, body);
    let text = String::from_utf8_lossy(&response.body);
    assert!(matches!(response.status, 200 | 201), "{target}: {} {text}", response.status);
    sample::json(&response)
}

/// Returns the body of a request that must fail with that status and change nothing.
pub(super) fn refused(state: &mut State, status: u16, target: &str, body: &Value) -> String {
    let before = state.contacts.clone();
    let response = send(state, "POST", target, Some(body));
    assert_eq!((response.status, response.changed), (status, false), "{target} {body}");
    assert_eq!(state.contacts, before);
    String::from_utf8_lossy(&response.body).into_owned()
}

/// Signs in with this form and query.
pub(super) fn sign_in(state: &mut State, target: &str, fields: &[(&str, &str)]) -> Response {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let mut request = sample::request("POST", target, &headers, None);
    request.body =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
    handle(state, &request)
}
