//! Signing in as the application, and keeping the token while it is good: in memory only.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use url::Url;

use super::wire::{AuthInfo, Token};
use super::{Settings, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Request, Safety, Service};
use crate::secret::Secret;

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(120);

/// How long a token is used whose end is missing or cannot be read.
const ASSUMED: Duration = Duration::from_secs(120);

/// The longest that a token is used, whatever end it names.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Rights of the application that are asked for: all that it has.
const SCOPE: &str = "all";

/// The token of the application. The lock makes threads that need a new one wait for one request.
#[derive(Debug, Default)]
pub(super) struct SignIn(Mutex<Slot>);

#[derive(Debug, Default)]
struct Slot {
    server: Option<Server>,
    token: Option<(Secret, Instant)>,
}

/// Where to sign in.
#[derive(Debug, Clone)]
struct Server {
    url: Url,
    tenant: Option<String>,
}

impl SignIn {
    /// Returns a token that has not expired yet, from memory or by signing in.
    ///
    /// # Errors
    /// `Kind::Auth` when the application is not accepted, and whatever else keeps the server from being asked.
    pub(super) fn token(&self, service: &Service, settings: &Settings) -> Result<Secret> {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, _)) = slot.token.as_ref().filter(|(_, until)| Instant::now() < *until) {
            return Ok(token.clone());
        }
        let server = match slot.server.clone() {
            Some(server) => server,
            None => slot.server.insert(server(service, settings)?).clone(),
        };
        let (token, life) = request(service, settings, &server)?;
        // Half of a short life at least: a token is not asked for at every request.
        let until = Instant::now() + life.saturating_sub(MARGIN.min(life / 2));
        Ok(slot.token.insert((token, until)).0.clone())
    }

    /// Forgets `token`, which was not accepted; another thread may have a new one by now.
    pub(super) fn forget(&self, token: &Secret) {
        let mut slot = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slot.token.take_if(|(kept, _)| kept.expose() == token.expose());
    }
}

/// Returns where to sign in: what the settings say, else what the instance says of itself, else beside the interface.
///
/// Credentials go to no other host than the configured one unless the settings name it.
fn server(service: &Service, settings: &Settings) -> Result<Server> {
    let tenant = settings.tenant.clone();
    if let Some(url) = settings.auth_url.clone() {
        return Ok(Server { url, tenant });
    }
    let own = settings.base();
    let below = |path: &str| {
        let mut url = own.clone();
        url.set_path(&format!("{}/{path}", own.path().trim_end_matches('/')));
        url
    };
    let reply = service.send(Request::get(below("api/authinfo")).endpoint("authinfo"))?;
    // Some versions have no such call.
    if reply.status == 404 {
        return Ok(Server { url: below("auth"), tenant });
    }
    errors::check(&reply, "where to sign in")?;
    let told: AuthInfo = reply.json("where to sign in").map_err(|error| error.attempts(reply.attempts))?;
    let tenant = tenant.or(told.tenant_id.map(|id| id.trim().to_owned()).filter(|id| !id.is_empty()));
    let Some(named) = told.auth_url.filter(|url| !url.trim().is_empty()) else {
        return Ok(Server { url: below("auth"), tenant });
    };
    let url = named.trim().parse::<Url>().ok();
    let url = url.filter(|url| url.origin() == own.origin() && url.username().is_empty());
    let url = url.ok_or_else(|| {
        let host = own.host_str().unwrap_or_default();
        Error::new(Kind::Service, format!("HaloPSA names an authorisation server that is not on {host}"))
            .hint(
                "no credentials were sent there; if Configuration > Integrations > HaloPSA API shows the same \
                 Authorisation Server, write it as auth-url under [halopsa]",
            )
            .attempts(reply.attempts)
    })?;
    Ok(Server { url, tenant })
}

fn request(service: &Service, settings: &Settings, server: &Server) -> Result<(Secret, Duration)> {
    let mut url = server.url.clone();
    url.set_query(None);
    url.set_path(&format!("{}/token", server.url.path().trim_end_matches('/')));
    if let Some(tenant) = &server.tenant {
        url.query_pairs_mut().append_pair("tenant", tenant);
    }
    let (grant, scope) = (Secret::new("client_credentials"), Secret::new(SCOPE));
    let form = [
        ("grant_type", &grant),
        ("client_id", &settings.client_id),
        ("client_secret", &settings.client_secret),
        ("scope", &scope),
    ];
    // Asking twice gives two tokens and changes nothing.
    let request =
        Request::new(Method::Post, url).safety(Safety::Repeatable).sign_in().endpoint("token").form(&form);
    let reply = service.send(request)?;
    if !reply.ok() {
        return Err(errors::sign_in(&reply));
    }
    let token: Token = reply.json("a token").map_err(|error| error.attempts(reply.attempts))?;
    if token.access_token.trim().is_empty() {
        return Err(Error::new(Kind::Auth, "HaloPSA accepts the sign-in but sends no token")
            .hint("check that the application of the client-id is active, and has an agent to log in as")
            .attempts(reply.attempts));
    }
    Ok((Secret::new(token.access_token), life(&token.expires_in)))
}

/// Returns how long a token lives: seconds, as a number or a text.
fn life(told: &Value) -> Duration {
    let seconds = told.as_u64().or_else(|| told.as_str()?.trim().parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(ASSUMED, Duration::from_secs).min(LONGEST)
}

#[cfg(test)]
impl SignIn {
    /// Makes the token one that is not used any more.
    pub(super) fn run_out(&self) {
        self.0.lock().expect("no panic").token = None;
    }
}
