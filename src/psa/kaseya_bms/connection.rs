//! The way to one tenant: its address, and forms that are sent without a token.

use serde_json::Value;
use url::Url;

use super::{Settings, errors, wire};
use crate::error::Result;
use crate::http::{Method, Request, Safety, Service};
use crate::secret::Secret;

/// The way to the tenant, and what signs in there.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) service: Service,
    pub(super) settings: Settings,
}

/// A request that is made without a token.
pub(super) struct Form {
    pub(super) path: &'static str,
    pub(super) pairs: Vec<(&'static str, Secret)>,
    pub(super) safety: Safety,
}

impl Connection {
    /// Sends a form; the answer's inside, keys in lower case.
    pub(super) fn form(&self, form: &Form) -> Result<Value> {
        let pairs: Vec<(&str, &Secret)> = form.pairs.iter().map(|(name, value)| (*name, value)).collect();
        let request = Request::new(Method::Post, self.url(form.path))
            .safety(form.safety)
            .sign_in()
            .endpoint(form.path)
            .form(&pairs);
        let reply = self.service.send(request)?;
        errors::check(&reply, &format!("POST {}", form.path)).map(wire::result)
    }

    /// Returns the address of `path`, below whatever path the base address has.
    pub(super) fn url(&self, path: &str) -> Url {
        let mut url = self.settings.base_url.clone();
        url.set_path(&format!("{}/v2/{path}", self.settings.base_url.path().trim_end_matches('/')));
        url
    }
}
