//! A request, and how safe it is to make it twice.

use serde::Serialize;
use url::Url;

use super::client;
use super::mask::MASK;
use crate::secret::Secret;

/// Whether a request may be made twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safety {
    /// Reads only: repeated on every passing failure.
    Read,
    /// Writes the same thing again when repeated: repeated on every passing failure.
    Repeatable,
    /// Must not happen twice: repeated only while no connection is made. Whatever the service answers, 429 included,
    /// may come after the deed.
    Once,
}

/// The methods in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)] // HTTP's own names
pub enum Method {
    Get,
    Post,
    Patch,
    Put,
    Delete,
}

impl Method {
    /// Returns HTTP's spelling.
    pub fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) safety: Safety,
    pub(super) endpoint: String,
    pub(super) headers: Vec<(&'static str, Secret)>,
    pub(super) body: Option<(&'static str, Secret)>,
    is_secret: bool,
    is_sign_in: bool,
}

/// What takes the place of an address that is a secret.
pub(super) const SECRET_ADDRESS: &str = "its secret address";

impl Request {
    /// Returns a request to `url`.
    ///
    /// POST starts as [`Safety::Once`], PATCH, PUT and DELETE as [`Safety::Repeatable`], GET as [`Safety::Read`].
    pub fn new(method: Method, url: Url) -> Self {
        let safety = match method {
            Method::Get => Safety::Read,
            Method::Post => Safety::Once,
            Method::Patch | Method::Put | Method::Delete => Safety::Repeatable,
        };
        Self {
            method,
            url,
            safety,
            endpoint: String::new(),
            headers: Vec::new(),
            body: None,
            is_secret: false,
            is_sign_in: false,
        }
    }

    /// Returns a GET of `url`.
    pub fn get(url: Url) -> Self {
        Self::new(Method::Get, url)
    }

    /// States how safe the request is, where the method does not say it (a POST that only reads).
    #[must_use]
    pub fn safety(mut self, safety: Safety) -> Self {
        self.safety = safety;
        self
    }

    /// States that it signs in: it changes no record, and rests on no reading of one.
    #[must_use]
    pub fn sign_in(mut self) -> Self {
        self.is_sign_in = true;
        self
    }

    /// Returns whether it changes a record of the service.
    pub(super) fn is_write(&self) -> bool {
        self.safety != Safety::Read && !self.is_sign_in
    }

    /// States that the address itself is a secret: nothing of it is in messages, log lines and traces.
    #[must_use]
    pub fn secret_address(mut self) -> Self {
        self.is_secret = true;
        self
    }

    /// Returns whether the address itself is a secret.
    pub(super) fn has_secret_address(&self) -> bool {
        self.is_secret
    }

    /// Returns all that messages show of the address: its host, unless it is a secret.
    pub(super) fn host(&self) -> &str {
        if self.is_secret { SECRET_ADDRESS } else { client::host(&self.url) }
    }

    /// Returns all that log lines show of the address: its path, unless it is a secret.
    pub(super) fn path(&self) -> &str {
        if self.is_secret { MASK } else { self.url.path() }
    }

    /// Returns the endpoint whose concurrency limit counts ("Contacts").
    #[must_use]
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = endpoint.into();
        self
    }

    /// Adds a header.
    ///
    /// Every value is kept out of logs; the trace masks by name.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: Secret) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Sends `body` as JSON.
    #[must_use]
    pub fn json(self, body: &impl Serialize) -> Self {
        self.json_as("application/json", body)
    }

    /// Sends `body` as JSON under another content type, such as `application/json-patch+json`.
    #[must_use]
    pub fn json_as(mut self, content_type: &'static str, body: &impl Serialize) -> Self {
        // Bodies are our own structs, whose maps are keyed by text: they always have a JSON form.
        self.body = Some((content_type, Secret::new(serde_json::to_string(body).unwrap_or_default())));
        self
    }

    /// Sends `pairs` as a form.
    #[must_use]
    pub fn form(mut self, pairs: &[(&str, &Secret)]) -> Self {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in pairs {
            form.append_pair(name, value.expose());
        }
        self.body = Some(("application/x-www-form-urlencoded", Secret::new(form.finish())));
        self
    }
}
