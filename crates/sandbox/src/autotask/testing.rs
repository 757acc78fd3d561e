//! Requests with good credentials, for the tests of this folder.

use super::*;
use crate::sample;

/// Good credentials.
pub(super) const HEADERS: [(&str, &str); 3] =
    [("username", USER), ("secret", SECRET), ("apiintegrationcode", CODE)];

/// Returns the PSA of two clients (174 and 175) with that many people each.
pub(super) fn state(people: i64) -> State {
    seed::state(&sample::msp(people))
}

/// Sends a request with good credentials; `target` is below `/V1.0`.
pub(super) fn send(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Response {
    let target = format!("/atservicesrest/V1.0{target}");
    handle(state, &sample::request(method, &target, &HEADERS, body))
}

/// Returns the JSON of a request that must succeed.
pub(super) fn ok(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Value {
    let response = send(state, method, target, body);
    assert_eq!(response.status, 200, "{target}: {}", String::from_utf8_lossy(&response.body));
    sample::json(&response)
}

/// Returns the first error of a request that must fail with 500.
pub(super) fn error(state: &mut State, method: &str, target: &str, body: &Value) -> String {
    let response = send(state, method, target, Some(body));
    assert_eq!((response.status, response.changed), (500, false), "{target} {body}");
    sample::json(&response)["errors"][0].as_str().unwrap().to_owned()
}
