//! The zone, the user, the threshold and the state.

use super::testing::{HEADERS, ok, send, state};
use super::*;
use crate::sample;

fn with(state: &mut State, name: &str, value: &str) -> Response {
    let mut headers = HEADERS;
    for header in headers.iter_mut().filter(|(header, _)| *header == name) {
        header.1 = value;
    }
    let target = "/atservicesrest/V1.0/ThresholdInformation";
    handle(state, &sample::request("GET", target, &headers, None))
}

#[test]
fn the_zone_is_told_without_credentials_to_a_known_user() {
    let mut state = state(1);
    let mut ask = |user: &str| {
        let target = format!("/atservicesrest/V1.0/zoneInformation?user={user}");
        handle(&mut state, &sample::request("GET", &target, &[], None))
    };
    let zone = sample::json(&ask(USER));
    assert_eq!(zone["url"], "http://127.0.0.1:4000/system/atservicesrest/");
    let unknown = ask("absent@msp.example");
    assert_eq!(unknown.status, 500);
    assert_eq!(sample::json(&unknown)["errors"][0], "Zone information could not be determined");
}

#[test]
fn a_version_is_offered_that_does_not_exist() {
    let mut state = state(1);
    let request = sample::request("GET", "/atservicesrest/versioninformation", &[], None);
    assert_eq!(sample::json(&handle(&mut state, &request))["apiVersions"][1], "V2.0");
    let request = sample::request("GET", "/atservicesrest/V2.0/zoneInformation?user=x", &[], None);
    assert_eq!(handle(&mut state, &request).status, 404);
}

#[test]
fn each_wrong_credential_fails_in_its_own_way() {
    let mut state = state(1);
    let wrong = with(&mut state, "secret", "guess");
    assert_eq!((wrong.status, wrong.body.len()), (401, 0));
    assert_eq!(with(&mut state, "username", "absent").status, 500);
    let code = with(&mut state, "apiintegrationcode", "OTHER");
    assert_eq!(code.status, 500);
    assert!(sample::json(&code)["errors"][0].as_str().unwrap().contains("integration code"));
}

#[test]
fn repeated_wrong_secrets_lock_the_user() {
    let mut state = state(1);
    for _ in 0..LOCK {
        assert_eq!(with(&mut state, "secret", "guess").status, 401);
    }
    let locked = send(&mut state, "GET", "/ThresholdInformation", None);
    assert_eq!(locked.status, 401);
    assert_eq!(sample::json(&locked)["errors"][0], "The user account has been locked");
}

#[test]
fn the_threshold_counts_every_request_and_those_of_others() {
    let mut state = state(1);
    state.others = 100;
    ok(&mut state, "GET", "/Contacts/1740001", None);
    let answer = ok(&mut state, "GET", "/thresholdinformation", None);
    assert_eq!(answer["currentTimeframeRequestCount"], 102);
    state.threshold = 102;
    let refused = send(&mut state, "GET", "/ThresholdInformation", None);
    assert_eq!(refused.status, 429);
}

#[test]
fn paths_are_compared_without_case() {
    let mut state = state(1);
    let request = sample::request("GET", "/ATServicesRest/v1.0/contacts/1740001", &HEADERS, None);
    assert_eq!(sample::json(&handle(&mut state, &request))["item"]["id"], 1_740_001);
}

#[test]
fn unknown_routes_answer_in_html() {
    let mut state = state(1);
    for target in ["/Nothing/query", "/Contacts/query/all", "/Contacts/x"] {
        let response = send(&mut state, "GET", target, None);
        assert_eq!(response.status, 404, "{target}");
        assert!(response.body.starts_with(b"<"));
    }
}

#[test]
fn the_state_survives_saving() {
    let state = state(3);
    let saved = serde_json::to_string(&state).unwrap();
    let loaded: State = serde_json::from_str(&saved).unwrap();
    assert_eq!((loaded.contacts, loaded.companies), (state.contacts, state.companies));
}
