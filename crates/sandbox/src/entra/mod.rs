//! Microsoft's sign-in service: tokens for an application, by secret or by certificate.

mod assertion;
mod discovery;
mod setup;
mod token;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::json;

use self::setup::{CLIENT_ID, CLIENT_SECRET};
use super::emulated::Service;
use super::guid;
use super::msp::Msp;
use super::wire::{Request, Response};

pub(crate) use self::assertion::Certificate;
pub(crate) use self::setup::EMULATED;
pub(crate) use self::token::bearer;

/// What the service knows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct State {
    /// Tenant id by everything a tenant is called: its id and its domains, lower-case.
    pub(crate) tenants: BTreeMap<String, String>,
    /// Tenants whose administrator has not consented.
    pub(crate) unconsented: BTreeSet<String>,
    /// Tenants that do not know the application.
    pub(crate) without_application: BTreeSet<String>,
    /// Whether the client secret has expired.
    pub(crate) secret_expired: bool,
    /// Certificates that the application may prove itself with.
    pub(crate) certificates: Vec<Certificate>,
    /// How many seconds a token lives.
    pub(crate) token_seconds: i64,
    /// The permissions that a tenant's tokens carry, by tenant id.
    pub(crate) roles: BTreeMap<String, Vec<String>>,
}

impl State {
    /// Returns a service where every tenant of `msp` knows the application and has consented to it.
    pub(crate) fn seed(msp: &Msp) -> Self {
        let mut tenants = BTreeMap::new();
        for client in &msp.clients {
            let id = client.tenant.to_lowercase();
            let names = client.domains.iter().map(|domain| domain.to_lowercase());
            let names = names.chain([client.initial_domain(), id.clone()]);
            tenants.extend(names.map(|name| (name, id.clone())));
        }
        let granted = ["User.Read.All", "User.ReadWrite.All", "LicenseAssignment.Read.All"];
        let granted = granted.map(str::to_owned).to_vec();
        Self {
            roles: tenants.values().map(|id| (id.clone(), granted.clone())).collect(),
            tenants,
            unconsented: BTreeSet::new(),
            without_application: BTreeSet::new(),
            secret_expired: false,
            certificates: Vec::new(),
            token_seconds: 3599,
        }
    }
}

impl Service for State {
    fn seed(msp: &Msp) -> Self {
        Self::seed(msp)
    }

    fn handle(&mut self, request: &Request) -> Response {
        handle(self, request)
    }
}

/// Answers a request.
fn handle(state: &mut State, request: &Request) -> Response {
    let parts: Vec<&str> = request.path.trim_start_matches('/').split('/').collect();
    let tenant = match parts[..] {
        [tenant, "v2.0", ".well-known", "openid-configuration"] => {
            return discovery::of_tenant(state, tenant, request);
        }
        ["common", "discovery", "instance"] => return discovery::of_instance(request),
        [tenant, "oauth2", "v2.0", "token"] => tenant,
        _ => return Response::text(404, "text/html", "<html><body>404 - not found</body></html>"),
    };
    if request.method != "POST" {
        return refusal(&INVALID_REQUEST, 900_561, "The endpoint only accepts POST requests.");
    }
    let answer = grant(state, tenant, request);
    answer.unwrap_or_else(|refusal| refusal).with("cache-control", "no-store, no-cache")
}

fn grant(state: &State, tenant: &str, request: &Request) -> Result<Response, Response> {
    let form: BTreeMap<String, String> = url::form_urlencoded::parse(&request.body).into_owned().collect();
    let field = |name: &str| form.get(name).map(String::as_str).filter(|text| !text.is_empty());

    let id = tenant_id(state, tenant)?;
    if !request
        .header("content-type")
        .is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
    {
        return Err(refusal(&INVALID_REQUEST, 900_144, "The request body must be a form."));
    }
    let missing = |name: &str| {
        let text = format!("The request body must contain the following parameter: '{name}'.");
        refusal(&INVALID_REQUEST, 900_144, &text)
    };
    match field("grant_type") {
        Some("client_credentials") => {}
        None => return Err(missing("grant_type")),
        Some(_) => {
            return Err(refusal(&UNSUPPORTED_GRANT, 70_003, "The app requested an unsupported grant type."));
        }
    }
    let client = field("client_id").ok_or_else(|| missing("client_id"))?;
    if client != CLIENT_ID || state.without_application.contains(&id) {
        let text = format!("Application with identifier '{client}' was not found in the directory '{id}'.");
        return Err(refusal(&UNAUTHORIZED_CLIENT, 700_016, &text));
    }
    let scope = field("scope").ok_or_else(|| missing("scope"))?;
    if !scope.ends_with("/.default") || scope.contains(' ') {
        let text = format!("The provided value for scope {scope} is not valid: it must end in /.default.");
        return Err(refusal(&INVALID_SCOPE, 1_002_012, &text));
    }
    match (field("client_secret"), field("client_assertion")) {
        (Some(secret), _) => check_secret(state, secret)?,
        (None, Some(assertion)) => {
            let kind = field("client_assertion_type").unwrap_or_default();
            let wrong = |text: String| refusal(&INVALID_CLIENT, 700_027, &text);
            assertion::check(&state.certificates, kind, assertion, tenant, &id).map_err(wrong)?;
        }
        (None, None) => {
            let text = "The request body must contain 'client_assertion' or 'client_secret'.";
            return Err(refusal(&INVALID_CLIENT, 7_000_218, text));
        }
    }
    if state.unconsented.contains(&id) {
        let text = "The administrator has not consented to use the application. Send an interactive \
                    authorization request for it.";
        return Err(refusal(&INVALID_GRANT, 65_001, text));
    }
    let lifetime = state.token_seconds;
    let token = token::issue(&id, lifetime, state.roles.get(&id).map_or(&[], Vec::as_slice));
    Ok(Response::json(
        200,
        &json!({
            "token_type": "Bearer",
            "expires_in": lifetime,
            "ext_expires_in": lifetime,
            "access_token": token,
        }),
    ))
}

fn tenant_id(state: &State, tenant: &str) -> Result<String, Response> {
    let name = tenant.to_lowercase();
    if is_group(&name) {
        let text = "The grant type 'client_credentials' needs a tenant, not a group of tenants.";
        return Err(refusal(&INVALID_REQUEST, 9_001_023, text));
    }
    if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        let text = format!("Specified tenant identifier '{tenant}' is neither a valid DNS name nor a GUID.");
        return Err(refusal(&INVALID_REQUEST, 900_023, &text));
    }
    state.tenants.get(&name).cloned().ok_or_else(|| {
        let text = format!("Tenant '{tenant}' not found. Check that it is right and in this cloud.");
        refusal(&INVALID_REQUEST, 90_002, &text)
    })
}

/// Is true if a lower-case name stands for many tenants.
fn is_group(name: &str) -> bool {
    matches!(name, "common" | "organizations" | "consumers")
}

fn check_secret(state: &State, secret: &str) -> Result<(), Response> {
    if secret != CLIENT_SECRET {
        let text = format!(
            "Invalid client secret provided. Ensure that it is the secret's value, not its id, for the app \
             '{CLIENT_ID}'."
        );
        return Err(refusal(&INVALID_CLIENT, 7_000_215, &text));
    }
    if state.secret_expired {
        let text = format!("The provided client secret keys for app '{CLIENT_ID}' are expired.");
        return Err(refusal(&INVALID_CLIENT, 7_000_222, &text));
    }
    Ok(())
}

/// A kind of refusal: status, and the word that clients branch on.
struct Refusal(u16, &'static str);

const INVALID_CLIENT: Refusal = Refusal(401, "invalid_client");
const INVALID_GRANT: Refusal = Refusal(400, "invalid_grant");
const INVALID_REQUEST: Refusal = Refusal(400, "invalid_request");
const INVALID_SCOPE: Refusal = Refusal(400, "invalid_scope");
const UNAUTHORIZED_CLIENT: Refusal = Refusal(400, "unauthorized_client");
const UNSUPPORTED_GRANT: Refusal = Refusal(400, "unsupported_grant_type");

fn refusal(Refusal(status, error): &Refusal, code: u32, text: &str) -> Response {
    let (trace, correlation) = (guid::random(), guid::random());
    let timestamp = jiff::Timestamp::now().strftime("%Y-%m-%d %H:%M:%SZ").to_string();
    let description = format!(
        "AADSTS{code}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
    );
    Response::json(
        *status,
        &json!({
            "error": error,
            "error_description": description,
            "error_codes": [code],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={code}"),
        }),
    )
}

#[cfg(test)]
pub(super) mod tests;
