//! An answer, and what it turns out not to be.

use serde::de::DeserializeOwned;

use crate::error::{Error, Kind, Result};

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The whole body, decompressed.
    pub body: Vec<u8>,
    pub(super) service: &'static str,
    pub(super) headers: Vec<(String, String)>,
}

impl Reply {
    /// An answer made of its parts.
    pub fn from_parts(
        service: &'static str,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Self {
        Self { status, body, service, headers }
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Whether the status is 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Whether the body is a web page rather than data: a proxy, a firewall, or a route that does not exist.
    pub fn is_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        self.header("content-type").is_some_and(|kind| kind.contains("html"))
            || start.get(..5).is_some_and(|start| {
                start.eq_ignore_ascii_case(b"<html") || start.eq_ignore_ascii_case(b"<!doc")
            })
    }

    /// The body as JSON of type `T`, which is `what` to people.
    ///
    /// # Errors
    /// [`Kind::Service`] when it is something else: a web page, or JSON of another form.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        if self.is_html() {
            return Err(Error::new(
                Kind::Service,
                format!("{} answered with a web page instead of {what} (HTTP {})", self.service, self.status),
            )
            .hint("check that the service's address in the configuration is right and that no proxy stands in between"));
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::new(
                Kind::Service,
                format!("{} answered with something that is not {what} (HTTP {})", self.service, self.status),
            )
            .hint("run the command again with --har FILE and look at the answer; if it stays, report it")
            .source(error.to_string())
        })
    }
}
