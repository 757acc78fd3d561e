//! Requests with good credentials, for the tests of this folder.

use super::*;
use crate::sample;

/// Returns the portal of two clients with that many people each.
pub(super) fn state(people: i64) -> State {
    seed::state(&sample::msp(people))
}

/// Sends a request with good credentials.
pub(super) fn send(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Response {
    let pair = base64::engine::general_purpose::STANDARD.encode(format!("{PUBLIC_KEY}:{PRIVATE_KEY}"));
    let header = format!("Basic {pair}");
    handle(state, &sample::request(method, target, &[("authorization", &header)], body))
}

/// Returns the JSON of a read that must succeed.
pub(super) fn get(state: &mut State, target: &str) -> Value {
    let response = send(state, "GET", target, None);
    assert_eq!(response.status, 200, "{target}: {}", String::from_utf8_lossy(&response.body));
    sample::json(&response)
}
