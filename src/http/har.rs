//! The HTTP trace: HAR 1.2, one entry per attempt, secrets masked, readable by its owner alone.

use std::error::Error as StdError;
use std::io::{Seek, SeekFrom};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::{Timestamp, Unit};
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use url::Url;

use super::mask::{MASK, Mask};
use super::sent::Sent;
use super::{Limits, Reply, Request, attempt};
use crate::error::{Error, Result};
use crate::files::{Stream, Target};

/// What ends the file.
///
/// It is written after every entry, and overwritten by the next one, so that the trace of a run that was killed can
/// be read too. In a pipe, where nothing is overwritten, it comes once.
const END: &[u8] = b"\n]}}\n";

/// A trace on its way to its file.
#[derive(Debug)]
pub(super) struct Trace {
    target: Arc<Target>,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    stream: Stream,
    /// Where the next entry goes.
    end: u64,
    /// The text before it.
    separator: &'static str,
    /// Whether the trace of a stream, which cannot be written over, has its end.
    over: bool,
    failed: Option<std::io::Error>,
}

impl Trace {
    /// Starts the trace.
    ///
    /// # Errors
    /// [`Kind::State`](crate::error::Kind::State) with the path.
    pub(super) fn create(target: Arc<Target>) -> Result<Self> {
        let creator = json!({"name": "crsync", "version": env!("CARGO_PKG_VERSION")});
        let start = format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[");
        let mut open = Open { stream: target.stream()?, end: 0, separator: "", over: false, failed: None };
        open.append(&start).map_err(|error| target.failed(error))?;
        open.separator = "\n";
        Ok(Self { target, open: Mutex::new(open) })
    }

    /// Adds one attempt.
    ///
    /// A failure to write is kept for [`Trace::finish`]: it must not disturb the run.
    pub(super) fn add(&self, entry: &Value) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let text = format!("{}{entry}", open.separator);
        match open.append(&text) {
            Ok(()) => open.separator = ",\n",
            Err(error) => open.failed = open.failed.take().or(Some(error)),
        }
    }

    /// Ends the trace and says whether everything was written.
    ///
    /// # Errors
    /// [`Kind::State`](crate::error::Kind::State) with the path.
    pub(super) fn finish(&self) -> Result<()> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = open.finish();
        open.failed.take().map_or(ended, Err).map_err(|error| self.target.failed(error))
    }
}

impl Open {
    fn append(&mut self, text: &str) -> std::io::Result<()> {
        if !self.stream.seeks {
            return if self.over { Ok(()) } else { self.stream.write(text.as_bytes()) };
        }
        self.stream.file.seek(SeekFrom::Start(self.end))?;
        self.stream.write(&[text.as_bytes(), END].concat())?;
        self.end += text.len() as u64;
        Ok(())
    }

    fn finish(&mut self) -> std::io::Result<()> {
        if self.stream.seeks || std::mem::replace(&mut self.over, true) {
            return Ok(());
        }
        self.stream.write(END)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // A command that failed has said so already.
        let _ = self.finish();
    }
}

/// One attempt, as it went over the wire.
pub(super) struct Exchange<'a> {
    pub(super) request: &'a Request,
    pub(super) headers: &'a HeaderMap,
    /// What the request carried.
    pub(super) sent: &'a Sent,
    pub(super) at: Timestamp,
    pub(super) took: Duration,
}

/// Returns one attempt as an entry; if no answer came, its error takes the place of the status text.
pub(super) fn entry(exchange: &Exchange<'_>, answer: Result<&Reply, &Error>, limits: &Limits) -> Value {
    let mask = Mask::new(limits);
    let time = exchange.took.as_secs_f64() * 1000.0;
    let at = exchange.at.round(Unit::Millisecond).unwrap_or(exchange.at);
    json!({
        "startedDateTime": at.to_string(),
        "time": time,
        "request": sent(exchange, answer.map_or("HTTP/1.1", |reply| reply.version), mask),
        "response": answer.map_or_else(lost, |reply| received(reply, exchange, mask)),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
        "comment": limits.service,
    })
}

fn sent(exchange: &Exchange<'_>, version: &str, mask: Mask) -> Value {
    let Request { method, url, body, .. } = exchange.request;
    let is_secret = exchange.request.has_secret_address();
    let query: Vec<Value> = url
        .query_pairs()
        .filter(|_| !is_secret)
        .map(|(name, value)| json!({"name": name, "value": mask.pair(&name, &value)}))
        .collect();
    let mut sent = json!({
        "method": method.name(),
        "url": if is_secret { MASK.to_owned() } else { mask.url(url) },
        "httpVersion": version,
        "cookies": [],
        "headers": pairs(&attempt::texts(exchange.headers), mask),
        "queryString": query,
        "headersSize": -1,
        "bodySize": body.as_ref().map_or(0, |(_, body)| body.expose().len()),
    });
    if let Some((kind, body)) = body {
        sent["postData"] = json!({"mimeType": kind, "text": mask.body(kind, body.expose())});
    }
    sent
}

fn received(reply: &Reply, exchange: &Exchange<'_>, mask: Mask) -> Value {
    let (sent, url) = (exchange.sent, &exchange.request.url);
    let kind = reply.header("content-type").unwrap_or_default();
    let mut content = json!({"size": reply.body.len(), "mimeType": kind});
    match std::str::from_utf8(&reply.body) {
        Ok(text) => content["text"] = sent.traced(&mask.body(kind, text)).into(),
        Err(_) => content["comment"] = "not a text, left out".into(),
    }
    let received_headers: Vec<Value> = pairs(&reply.headers, mask)
        .into_iter()
        .map(|mut header| {
            header["value"] = sent.traced(header["value"].as_str().unwrap_or_default()).into();
            header
        })
        .collect();
    let target = reply.header("location").and_then(|link| url.join(link).ok());
    let reason = StatusCode::from_u16(reply.status).ok().and_then(|status| status.canonical_reason());
    json!({
        "status": reply.status,
        "statusText": reason.unwrap_or_default(),
        "httpVersion": reply.version,
        "cookies": [],
        "headers": received_headers,
        "content": content,
        "redirectURL": target.map(|url| mask.url(&url)).unwrap_or_default(),
        "headersSize": -1,
        // The size on the wire is not known where it was compressed.
        "bodySize": -1,
    })
}

fn lost(error: &Error) -> Value {
    json!({
        "status": 0,
        "statusText": error.message(),
        // What browsers call it, who have no answer to show either.
        "_error": StdError::source(error).map(ToString::to_string).unwrap_or_default(),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [],
        "content": {"size": 0, "mimeType": ""},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": -1,
    })
}

fn pairs(headers: &[(String, String)], mask: Mask) -> Vec<Value> {
    let shown = |name: &str, value: &str| match Url::parse(value) {
        Ok(url) if name == "location" => mask.url(&url),
        _ => mask.pair(name, value).into_owned(),
    };
    headers.iter().map(|(name, value)| json!({"name": name, "value": shown(name, value)})).collect()
}

#[cfg(test)]
mod tests;
