//! The HTTP trace: HAR 1.2, one entry per attempt, secrets masked, readable by its owner alone.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use super::mask::Mask;
use super::{Limits, Reply, Request};
use crate::error::{Error, Kind, Result};

/// What ends the file. It is written after every entry, and overwritten by the next one, so that the trace of a
/// run that was killed can be read too.
const END: &[u8] = b"\n]}}\n";

/// A trace on its way to its file.
#[derive(Debug)]
pub(super) struct Trace {
    path: PathBuf,
    open: Mutex<Open>,
}

#[derive(Debug)]
struct Open {
    file: File,
    /// Where the next entry goes.
    end: u64,
    /// What stands before it.
    separator: &'static str,
    failed: Option<std::io::Error>,
}

impl Trace {
    /// Starts the trace, so that a path that cannot be written fails before the run.
    ///
    /// # Errors
    /// [`Kind::State`] with the path.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let creator = json!({"name": "crsync", "version": env!("CARGO_PKG_VERSION")});
        let start = format!("{{\"log\":{{\"version\":\"1.2\",\"creator\":{creator},\"entries\":[");
        let file = options.open(path).map_err(|error| cannot_write(path, error))?;
        let mut open = Open { file, end: 0, separator: "", failed: None };
        open.append(&start).map_err(|error| cannot_write(path, error))?;
        open.separator = "\n";
        Ok(Self { path: path.to_owned(), open: Mutex::new(open) })
    }

    /// Adds one attempt. A failure to write is kept for [`Trace::finish`]: it must not disturb the run.
    pub(super) fn add(&self, entry: &Value) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let text = format!("{}{entry}", open.separator);
        match open.append(&text) {
            Ok(()) => open.separator = ",\n",
            Err(error) => open.failed = open.failed.take().or(Some(error)),
        }
    }

    /// Says whether everything was written.
    ///
    /// # Errors
    /// [`Kind::State`] with the path.
    pub(super) fn finish(&self) -> Result<()> {
        let failed = self.open.lock().unwrap_or_else(PoisonError::into_inner).failed.take();
        failed.map_or(Ok(()), |error| Err(cannot_write(&self.path, error)))
    }
}

impl Open {
    fn append(&mut self, text: &str) -> std::io::Result<()> {
        self.file.seek(SeekFrom::Start(self.end))?;
        self.file.write_all(text.as_bytes())?;
        self.file.write_all(END)?;
        self.end += text.len() as u64;
        Ok(())
    }
}

fn cannot_write(path: &Path, error: std::io::Error) -> Error {
    Error::new(Kind::State, format!("the HTTP trace cannot be written to {}", path.display()))
        .hint("name a file in a folder that you may write to, or leave out --har")
        .source(error)
}

/// One attempt as an entry: `reply` is `None` where no answer came.
pub(super) fn entry(
    request: &Request,
    reply: Option<&Reply>,
    started: Timestamp,
    took: Duration,
    limits: &Limits,
) -> Value {
    let mask = Mask { also: limits.masked };
    let time = took.as_secs_f64() * 1000.0;
    let named = |name: &str, value: &str| json!({"name": name, "value": value});
    let query: Vec<Value> =
        request.url.query_pairs().map(|(name, value)| named(&name, &mask.pair(&name, &value))).collect();
    let mut headers: Vec<Value> =
        request.headers.iter().map(|(name, value)| named(name, &mask.pair(name, value.expose()))).collect();
    let mut sent = json!({
        "method": request.method.name(),
        "url": masked_url(&request.url, mask),
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "queryString": query,
        "headersSize": -1,
        "bodySize": request.body.as_ref().map_or(0, |(_, body)| body.expose().len()),
    });
    if let Some((kind, body)) = &request.body {
        headers.push(named("content-type", kind));
        sent["postData"] = json!({"mimeType": kind, "text": mask.body(kind, body.expose())});
    }
    sent["headers"] = Value::from(headers);
    json!({
        "startedDateTime": started.to_string(),
        "time": time,
        "request": sent,
        "response": received(reply, mask),
        "cache": {},
        "timings": {"send": 0, "wait": time, "receive": 0},
        "comment": limits.service,
    })
}

fn received(reply: Option<&Reply>, mask: Mask) -> Value {
    let headers: Vec<Value> = reply
        .iter()
        .flat_map(|reply| &reply.headers)
        .map(|(name, value)| json!({"name": name, "value": mask.pair(name, value)}))
        .collect();
    let kind = reply.and_then(|reply| reply.header("content-type")).unwrap_or("");
    let body = reply.map(|reply| String::from_utf8_lossy(&reply.body)).unwrap_or_default();
    json!({
        "status": reply.map_or(0, |reply| reply.status),
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": headers,
        "content": {"size": body.len(), "mimeType": kind, "text": mask.body(kind, &body)},
        "redirectURL": "",
        "headersSize": -1,
        "bodySize": body.len(),
    })
}

fn masked_url(url: &Url, mask: Mask) -> String {
    if !url.query_pairs().any(|(name, _)| mask.hides(&name)) {
        return url.to_string();
    }
    let pairs: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (name.to_string(), mask.pair(&name, &value))).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(pairs);
    url.to_string()
}
