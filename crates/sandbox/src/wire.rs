//! Requests and responses as the emulated systems see them.

use serde_json::Value;

/// A request, its prefix (`/graph` …) already taken off the path.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// Upper-case method.
    pub(crate) method: String,
    /// Percent-decoded path below the system's prefix, starting with `/`.
    pub(crate) path: String,
    /// How many characters the path below the prefix and the query have, as they were sent.
    pub(crate) length: usize,
    /// Percent-decoded query pairs, in order.
    pub(crate) query: Vec<(String, String)>,
    /// Header pairs; names lower-case.
    pub(crate) headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub(crate) body: Vec<u8>,
    /// The address up to the system's prefix, without a slash at its end: for next-page links.
    pub(crate) base: String,
}

impl Request {
    /// Returns the first header of that (lower-case) name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the first query value of that name.
    pub(crate) fn param(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// A response.
#[derive(Debug, Clone)]
pub(crate) struct Response {
    /// HTTP status.
    pub(crate) status: u16,
    /// Header pairs, `content-type` included.
    pub(crate) headers: Vec<(String, String)>,
    /// The body.
    pub(crate) body: Vec<u8>,
    /// Whether the system's state changed, so that it is saved.
    pub(crate) changed: bool,
}

impl Response {
    /// Returns a JSON answer.
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self::text(status, "application/json; charset=utf-8", body.to_string())
    }

    /// Returns an answer with a body of that type.
    pub(crate) fn text(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        let headers = vec![("content-type".to_owned(), content_type.to_owned())];
        Self { status, headers, body: body.into(), changed: false }
    }

    /// Returns the answer to a path that no system of the sandbox has.
    pub(crate) fn no_system() -> Self {
        Self::text(404, "text/plain", "No system of the sandbox has this path.")
    }

    /// Adds one more header.
    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// Marks the response as having changed the state.
    pub(crate) fn changed(mut self) -> Self {
        self.changed = true;
        self
    }
}
