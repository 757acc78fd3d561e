//! Signing in as an application, and counting what it asks.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ring::digest;
use serde_json::json;

use super::setup::{CLIENT_ID, CLIENT_SECRET};
use super::{Request, Response, State, WINDOW, refusal, second};

/// Says where to sign in, to anybody.
pub(super) fn info(state: &State, request: &Request) -> Response {
    let tenant = state.tenant.as_deref().unwrap_or_default();
    // The address is the one that the instance was asked at.
    let (base, asked) = (request.base.as_str(), request.header("host"));
    let path = base.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
    let own = asked.map_or_else(|| base.to_owned(), |host| format!("http://{host}/{path}"));
    Response::json(200, &json!({"auth_url": format!("{own}/auth"), "tenant_id": tenant}))
}

/// Exchanges the application's id and secret for a token.
pub(super) fn token(state: &mut State, request: &Request) -> Response {
    let is_form = |kind: &str| kind.starts_with("application/x-www-form-urlencoded");
    if !request.header("content-type").is_some_and(is_form) {
        return refusal::sign_in(
            "invalid_request",
            "The mandatory 'Content-Type' header is missing or wrong.",
        );
    }
    if let Some(tenant) = &state.tenant
        && !request.param("tenant").is_some_and(|named| named.eq_ignore_ascii_case(tenant))
    {
        return refusal::sign_in("invalid_request", "The tenant is missing or not known.");
    }
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let sent = |name: &str| form.get(name).map(String::as_str).unwrap_or_default();
    if sent("grant_type") != "client_credentials" {
        return refusal::sign_in("unsupported_grant_type", "The grant type is missing or not supported.");
    }
    if sent("client_id") != CLIENT_ID || sent("client_secret") != CLIENT_SECRET {
        return refusal::sign_in("invalid_client", "The specified client credentials are invalid.");
    }
    if sent("scope").is_empty() {
        return refusal::sign_in("invalid_scope", "The scope is missing.");
    }
    let at = second();
    state.tokens.retain(|_, until| *until > at);
    let token = secret(state);
    state.tokens.insert(token.clone(), at + state.token_seconds);
    let (refresh, id) = (secret(state), secret(state));
    let answer = json!({
        "scope": sent("scope"),
        "token_type": "Bearer",
        "access_token": token,
        "expires_in": state.token_seconds,
        "refresh_token": refresh,
        "id_token": id,
    });
    Response::json(200, &answer).changed()
}

/// Returns a text that cannot be guessed by counting.
fn secret(state: &mut State) -> String {
    let said = format!("{} {}", state.number(), jiff::Timestamp::now());
    BASE64.encode(digest::digest(&digest::SHA256, said.as_bytes()))
}

/// Is true if the request carries a token that has not ended.
pub(super) fn admits(state: &State, request: &Request) -> bool {
    let header = request.header("authorization").unwrap_or_default();
    let (scheme, token) = header.split_once(' ').unwrap_or_default();
    scheme.eq_ignore_ascii_case("bearer")
        && state.tokens.get(token.trim()).is_some_and(|until| *until > second())
}

/// Counts the request, of whichever program.
pub(super) fn within_limit(state: &mut State) -> bool {
    let at = second();
    state.requests.push_back(at);
    state.requests.retain(|earlier| at - earlier < WINDOW);
    state.limit.is_none_or(|limit| state.requests.len() <= limit)
}
