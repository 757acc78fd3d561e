//! What the users of a sandbox see of its requests, and how they interfere with one.

use std::fmt;
use std::sync::Arc;

use super::emulated::System;
use super::wire::Request;

/// A request that the sandbox saw.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// The system it went to.
    pub system: System,
    /// Upper-case method.
    pub method: String,
    /// Path and query below the system's prefix, decoded.
    pub path: String,
}

impl Seen {
    /// Returns what is to be seen of `request`.
    pub(crate) fn of(system: System, request: &Request) -> Self {
        let query: Vec<String> =
            request.query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        let path = format!("{}{mark}{}", request.path, query.join("&"));
        Self { system, method: request.method.clone(), path }
    }
}

/// When a watcher is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Moment {
    /// The request has arrived; its system has not seen it yet.
    Before,
    /// The system carried the request out, or a fault kept it from doing so; no answer was sent yet.
    After,
}

/// What happens to a request after a watcher was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// It goes on as usual.
    On,
    /// The connection closes without an answer. [`Before`](Moment::Before) that, the system never sees the request.
    HangUp,
    /// The connection closes without an answer. [`Before`](Moment::Before) that, the system carries the request out
    /// when [`carry_out`](crate::Sandbox::carry_out) is called.
    Later,
}

/// Holds the function that is called before and after every request.
#[derive(Clone)]
pub(crate) struct Watcher(pub(crate) Arc<Watch>);

type Watch = dyn Fn(&Seen, Moment) -> Flow + Send + Sync;

impl fmt::Debug for Watcher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Watcher")
    }
}
