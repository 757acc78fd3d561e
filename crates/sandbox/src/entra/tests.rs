use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use serde_json::{Value, json};

use super::*;

fn state() -> State {
    State::seed(&Msp::built_in())
}

fn post(state: &mut State, tenant: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    let request = Request {
        method: "POST".to_owned(),
        path: format!("/{tenant}/oauth2/v2.0/token"),
        length: 0,
        query: Vec::new(),
        headers: vec![("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned())],
        body: body.extend_pairs(form).finish().into_bytes(),
        base: String::new(),
    };
    let response = handle(state, &request);
    (response.status, serde_json::from_slice(&response.body).unwrap())
}

const GOOD: [(&str, &str); 4] = [
    ("grant_type", "client_credentials"),
    ("client_id", CLIENT_ID),
    ("scope", "https://graph.microsoft.com/.default"),
    ("client_secret", CLIENT_SECRET),
];

fn form_with<'a>(name: &'a str, value: &'a str) -> Vec<(&'a str, &'a str)> {
    GOOD.into_iter().filter(|(key, _)| *key != name).chain([(name, value)]).collect()
}

#[test]
fn the_right_secret_gets_a_token_for_its_tenant_by_id_or_domain() {
    let mut state = state();
    let tenant = state.tenants["contoso.example"].clone();
    for name in [tenant.as_str(), "Contoso.Example"] {
        let (status, body) = post(&mut state, name, &GOOD);
        assert_eq!((status, &body["token_type"], &body["expires_in"]), (200, &json!("Bearer"), &json!(3599)));
        let header = format!("Bearer {}", body["access_token"].as_str().unwrap());
        assert_eq!(bearer(Some(&header)).unwrap().tid, tenant);
    }
}

#[test]
fn every_refusal_has_the_code_that_the_service_gives() {
    let mut state = state();
    let contoso = "contoso.example";
    let form = form_with;
    let cases = [
        ("nowhere.example", GOOD.to_vec(), 400, "invalid_request", 90_002),
        ("no where", GOOD.to_vec(), 400, "invalid_request", 900_023),
        ("common", GOOD.to_vec(), 400, "invalid_request", 9_001_023),
        (contoso, form("client_secret", "wrong"), 401, "invalid_client", 7_000_215),
        (contoso, form("client_secret", ""), 401, "invalid_client", 7_000_218),
        (contoso, form("client_id", "another"), 400, "unauthorized_client", 700_016),
        (contoso, form("scope", "User.Read.All"), 400, "invalid_scope", 1_002_012),
        (contoso, form("grant_type", "password"), 400, "unsupported_grant_type", 70_003),
    ];
    for (tenant, form, status, error, code) in cases {
        let (got, body) = post(&mut state, tenant, &form);
        assert_eq!((got, &body["error"], &body["error_codes"]), (status, &json!(error), &json!([code])));
        assert!(body["error_description"].as_str().unwrap().starts_with(&format!("AADSTS{code}: ")));
    }
    state.secret_expired = true;
    assert_eq!(post(&mut state, contoso, &GOOD).1["error_codes"], json!([7_000_222]));
}

#[test]
fn a_tenant_without_consent_or_without_the_application_gives_no_token() {
    let mut state = state();
    let tenant = state.tenants["contoso.example"].clone();
    state.unconsented.insert(tenant.clone());
    assert_eq!(post(&mut state, &tenant, &GOOD).1["error_codes"], json!([65_001]));
    state.without_application.insert(tenant.clone());
    assert_eq!(post(&mut state, &tenant, &GOOD).1["error_codes"], json!([700_016]));
}

#[test]
fn an_expired_or_altered_token_is_no_token() {
    let expired = token::issue("t", -1, &[]);
    assert!(bearer(Some(&format!("Bearer {expired}"))).unwrap_err().contains("expired"));
    let mut altered = token::issue("t", 60, &[]);
    altered.replace_range(40..41, if &altered[40..41] == "A" { "B" } else { "A" });
    assert!(bearer(Some(&format!("Bearer {altered}"))).is_err());
    assert!(bearer(None).is_err());
}

#[test]
fn an_assertion_needs_a_registered_certificate() {
    let mut state = state();
    let part = |value: Value| BASE64.encode(value.to_string());
    let assertion = format!("{}.{}.AAAA", part(json!({ "alg": "PS256", "x5t#S256": "AA" })), part(json!({})));
    let form: Vec<(&str, &str)> = GOOD[..3]
        .iter()
        .copied()
        .chain([
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ])
        .collect();
    assert_eq!(post(&mut state, "contoso.example", &form).1["error_codes"], json!([700_027]));
    state.certificates.push(Certificate { der: b"certificate".to_vec(), public_key: b"key".to_vec() });
    assert_eq!(post(&mut state, "contoso.example", &form).0, 401);
}

/// Returns a token for the tenant of `domain`, for the tests of the services that check tokens.
pub(crate) fn token(state: &mut State, domain: &str) -> String {
    post(state, domain, &GOOD).1["access_token"].as_str().unwrap().to_owned()
}
