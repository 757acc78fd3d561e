//! Signing in to a tenant as the application, and keeping the token while it is good.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use url::Url;

use super::wire::{Metadata, Token};
use super::{Credential, Settings, assertion, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request, Safety, Service};
use crate::secret::Secret;
use crate::text::tenant::{Named, named};

/// How long before its end a token is no longer used.
const MARGIN: Duration = Duration::from_secs(300);

/// How long a token is used whose end is missing or cannot be read.
const ASSUMED: Duration = Duration::from_secs(120);

/// The longest that a token is used, whatever end it names.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// Tokens by tenant, in memory only.
#[derive(Debug)]
pub(super) struct SignIn {
    service: Service,
    settings: Settings,
    tokens: Mutex<BTreeMap<String, Slot>>,
    application: Mutex<Application>,
}

/// What is known of the application, whatever the tenant.
#[derive(Debug, Default)]
enum Application {
    /// Nothing: no tenant has accepted it yet. One is asked at a time, so that a wrong secret is refused once.
    #[default]
    Untried,
    /// A tenant accepted it.
    Accepted,
    /// It is not accepted, wherever it signs in.
    Refused(Error),
}

/// One tenant's token; the lock makes threads that need the same one wait for one request.
type Slot = Arc<Mutex<Option<(Secret, Instant)>>>;

impl SignIn {
    pub(super) fn new(service: Service, settings: Settings) -> Self {
        Self { service, settings, tokens: Mutex::default(), application: Mutex::default() }
    }

    /// A token for `tenant`, from memory while it is good.
    ///
    /// # Errors
    /// The sign-in service's refusal, explained.
    pub(super) fn token(&self, tenant: &str) -> Result<Secret> {
        let slot = {
            let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(tokens.entry(tenant.to_owned()).or_default())
        };
        let mut slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((token, until)) = &*slot
            && Instant::now() < *until
        {
            return Ok(token.clone());
        }
        let (token, life) = self.first(tenant)?;
        // Half of a short life at least: a token is not asked for at every request.
        *slot = Some((token.clone(), Instant::now() + life.saturating_sub(MARGIN.min(life / 2))));
        Ok(token)
    }

    /// The permissions that the tenant's token names, for explaining a refusal and nothing else: the
    /// content of a token is not for its bearer to read, and may change. `None` where it cannot be read.
    pub(super) fn roles(&self, tenant: &str) -> Option<Vec<String>> {
        roles(&self.token(tenant).ok()?)
    }

    /// The same of a token that is kept; asks for none.
    pub(super) fn kept_roles(&self, tenant: &str) -> Option<Vec<String>> {
        let slot = self.tokens.lock().unwrap_or_else(PoisonError::into_inner).get(tenant).cloned()?;
        let slot = slot.lock().unwrap_or_else(PoisonError::into_inner);
        slot.as_ref().and_then(|(token, _)| roles(token))
    }

    /// Forgets the tenant's token: Graph did not accept it.
    pub(super) fn forget(&self, tenant: &str) {
        self.tokens.lock().unwrap_or_else(PoisonError::into_inner).remove(tenant);
    }

    /// Asks for a token. Until a tenant has accepted the application, others wait; once the application itself is
    /// refused, no tenant is asked any more.
    fn first(&self, tenant: &str) -> Result<(Secret, Duration)> {
        let mut known = self.application.lock().unwrap_or_else(PoisonError::into_inner);
        match &*known {
            Application::Refused(error) => return Err(error.without_cause()),
            Application::Accepted => {
                drop(known);
                return self.request(tenant).map_err(|(error, _)| error);
            }
            Application::Untried => {}
        }
        match self.request(tenant) {
            Ok(token) => {
                *known = Application::Accepted;
                Ok(token)
            }
            Err((error, true)) => {
                *known = Application::Refused(error.without_cause());
                Err(error)
            }
            Err((error, false)) => Err(error),
        }
    }

    /// Asks for a token. The error comes with whether it is about the application itself.
    fn request(&self, tenant: &str) -> Result<(Secret, Duration), (Error, bool)> {
        let reply = self.ask(tenant).map_err(|error| (error, false))?;
        if !reply.ok() {
            return Err((errors::sign_in(&reply, tenant, &self.settings), errors::is_of_application(&reply)));
        }
        let token: Token = reply.json("a token").map_err(|error| (error, false))?;
        Ok((Secret::new(token.access_token), life(&token.expires_in)))
    }

    fn ask(&self, tenant: &str) -> Result<Reply> {
        let url = self.token_url(tenant)?;
        let plain = |text: &str| Secret::new(text);
        // The scope names the resource and every application permission that was consented to.
        let scope = plain(&format!("{}/.default", self.settings.base_url.as_str().trim_end_matches('/')));
        let (grant, client) = (plain("client_credentials"), plain(&self.settings.client_id));
        let kind = plain("urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
        let mut form = vec![("grant_type", &grant), ("client_id", &client), ("scope", &scope)];
        let proof;
        match &self.settings.credential {
            Credential::Secret(secret) => form.push(("client_secret", secret)),
            Credential::Certificate(pem) => {
                let now = Timestamp::now().as_second();
                proof = assertion::assertion(pem, &self.settings.client_id, url.as_str(), now)?;
                form.extend([("client_assertion_type", &kind), ("client_assertion", &proof)]);
            }
        }
        // Asking twice gives two tokens and changes nothing.
        let request = Request::new(Method::Post, url).safety(Safety::Repeatable).sign_in().form(&form);
        self.service.send(request)
    }

    /// The id of the tenant that has this domain: the issuer of the sign-in's public metadata holds it.
    ///
    /// # Errors
    /// A domain that no tenant has, or an answer that names none.
    pub(super) fn tenant_of(&self, domain: &str) -> Result<String> {
        let url = self.url(domain, "v2.0/.well-known/openid-configuration")?;
        let reply = self.service.send(Request::get(url).endpoint("openid-configuration"))?;
        if !reply.ok() {
            return Err(errors::sign_in(&reply, domain, &self.settings));
        }
        let metadata: Metadata = reply.json("the metadata of a tenant")?;
        match named(&metadata.issuer) {
            Named::Id(id) => Ok(id),
            _ => Err(Error::new(
                Kind::Service,
                format!("the sign-in service names no tenant for the domain {domain}"),
            )),
        }
    }

    fn token_url(&self, tenant: &str) -> Result<Url> {
        self.url(tenant, "oauth2/v2.0/token")
    }

    fn url(&self, tenant: &str, path: &str) -> Result<Url> {
        let login = self.settings.login_url.as_str().trim_end_matches('/');
        format!("{login}/{tenant}/{path}").parse().map_err(|_| {
            Error::new(Kind::Config, format!("{tenant:?} cannot be part of an address"))
                .hint("write the tenant's GUID or one of its verified domains")
        })
    }
}

/// The permissions that a token names.
fn roles(token: &Secret) -> Option<Vec<String>> {
    #[derive(Deserialize)]
    struct Claims {
        #[serde(default)]
        roles: Vec<String>,
    }
    let claims = URL_SAFE_NO_PAD.decode(token.expose().split('.').nth(1)?).ok()?;
    serde_json::from_slice::<Claims>(&claims).ok().map(|claims| claims.roles)
}

/// How long a token lives: seconds, as a number or a text.
fn life(told: &Value) -> Duration {
    let seconds = told.as_u64().or_else(|| told.as_str()?.trim().parse().ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(ASSUMED, Duration::from_secs).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_token_is_used_for_as_long_as_it_says_and_a_short_while_where_it_does_not() {
        for (told, seconds) in [
            (json!(3599), 3599),
            (json!("3599"), 3599),
            (json!(null), 120),
            (json!("soon"), 120),
            (json!(0), 120),
            (json!(-1), 120),
            (json!(1.5), 120),
            (json!([3599]), 120),
            (json!(u64::MAX), 86_400),
            (json!("99999999999999999999"), 120),
        ] {
            assert_eq!(life(&told).as_secs(), seconds, "{told}");
        }
    }
}
