//! Requests of a user who is signed in, for the tests of this folder.

use serde_json::Value;

use super::*;
use crate::sample;

/// Returns the PSA of two clients (174 and 175) with that many people each.
pub(super) fn state(people: i64) -> State {
    seed::state(&sample::msp(people))
}

/// Returns the `Authorization` of a user who is signed in.
pub(super) fn signed_in(state: &mut State) -> String {
    let session = Session { refresh: "refresh".into(), access_until: i64::MAX, refresh_until: i64::MAX };
    state.sessions.insert("access".into(), session);
    "Bearer access".to_owned()
}

/// Sends a request of a user who is signed in; `target` is below `/v2`.
pub(super) fn send(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Response {
    let token = signed_in(state);
    let headers = [("accept", "application/json"), ("authorization", token.as_str())];
    handle(state, &sample::request(method, &format!("/v2{target}"), &headers, body))
}

/// Returns the envelope of a request that must succeed.
pub(super) fn ok(state: &mut State, method: &str, target: &str, body: Option<&Value>) -> Value {
    let response = send(state, method, target, body);
    let answer = sample::json(&response);
    let text = String::from_utf8_lossy(&response.body);
    let success = answer.get("success").or_else(|| answer.get("Success"));
    assert_eq!((response.status, success), (200, Some(&Value::Bool(true))), "{target}: {text}");
    answer
}

/// Returns the result of a read that must succeed.
pub(super) fn fetch(state: &mut State, target: &str) -> Value {
    ok(state, "GET", target, None)["result"].take()
}

/// Returns the ids of a list.
pub(super) fn ids(state: &mut State, target: &str) -> Vec<i64> {
    let listed = fetch(state, target);
    listed.as_array().unwrap().iter().map(|one| one["id"].as_i64().unwrap()).collect()
}

/// Returns the rules that a write breaks.
pub(super) fn rules(state: &mut State, method: &str, target: &str, body: &Value) -> Vec<String> {
    let response = send(state, method, target, Some(body));
    let answer = sample::json(&response);
    assert_eq!(
        (response.status, response.changed, &answer["success"]),
        (200, false, &Value::Bool(false)),
        "{answer}"
    );
    serde_json::from_value(answer["error"]["subErrors"].clone()).unwrap()
}

/// Sends a form.
pub(super) fn form(state: &mut State, path: &str, fields: &[(&str, &str)]) -> Response {
    let headers = [("accept", "application/json"), ("content-type", "application/x-www-form-urlencoded")];
    let mut request = sample::request("POST", path, &headers, None);
    request.body =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish().into_bytes();
    handle(state, &request)
}

/// Returns the answer to signing in with these fields.
pub(super) fn sign_in(state: &mut State, fields: &[(&str, &str)]) -> Value {
    let response = form(state, "/v2/security/authenticate", fields);
    assert_eq!(response.status, 200);
    sample::json(&response)
}
