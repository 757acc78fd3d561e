//! One attempt at a request: what goes onto the wire, and what comes back.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use reqwest::Version;
use reqwest::blocking::{Client, Response};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use super::body::Spare;
use super::failure::{Failure, Stage};
use super::sent::Sent;
use super::size::{Size, TooBig};
use super::{Reply, Request, cause, client};
use crate::error::{Error, Kind, Result};

/// The most that is looked at of an answer that is a refusal, in bytes.
const LONGEST_REFUSAL: usize = 1024 * 1024;

/// Returns the headers `request` is sent with, every value of the caller's marked as not to be shown.
///
/// # Errors
/// [`Kind::Config`] when a header cannot hold a value: nearly always a secret stored with a line break.
pub(super) fn headers(request: &Request) -> Result<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static(client::USER_AGENT));
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    if let Some((kind, _)) = &request.body {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    }
    for (name, value) in &request.headers {
        let unusable = || {
            Error::new(Kind::Config, format!("the value for the header {name} cannot be sent in a header"))
                .hint("store the secret again, without line breaks and control characters")
        };
        let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| unusable())?;
        let mut value = HeaderValue::from_str(value.expose()).map_err(|_| unusable())?;
        value.set_sensitive(true);
        headers.insert(key, value);
    }
    Ok(headers)
}

/// Sends `request` once and reads the whole answer; both may take `room`.
pub(super) fn exchange(
    client: &Client,
    service: &'static str,
    request: &Request,
    headers: &HeaderMap,
    room: Duration,
    size: Size,
    spare: &Arc<Spare>,
) -> Result<Reply, Failure> {
    // The names of `Method` are HTTP's own, so they always parse.
    let method = reqwest::Method::from_bytes(request.method.name().as_bytes()).unwrap_or_default();
    let mut builder = client.request(method, request.url.clone()).headers(headers.clone()).timeout(room);
    if let Some((_, body)) = &request.body {
        builder = builder.body(body.expose().to_owned());
    }
    let host = request.host();
    let response = builder.send().map_err(|error| cause::unanswered(service, request, &error))?;
    let mut reply = Reply {
        status: response.status().as_u16(),
        body: spare.room(response.content_length()),
        attempts: 1,
        service,
        host: host.to_owned(),
        version: version(&response),
        headers: texts(response.headers()),
        sent: Arc::<Sent>::default(),
    };
    whole(response, reply.body.bytes(), size).map_err(|broken| broken.explain(&reply))?;
    if !reply.ok() && reply.body.len() > LONGEST_REFUSAL {
        // No service explains a refusal at such a length, and nothing else is read of one.
        reply.body = Vec::new().into();
    }
    Ok(reply)
}

/// Returns headers as texts, in the order of the wire.
pub(super) fn texts(headers: &HeaderMap) -> Vec<(String, String)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

fn version(response: &Response) -> &'static str {
    match response.version() {
        Version::HTTP_10 => "HTTP/1.0",
        Version::HTTP_2 => "HTTP/2",
        _ => "HTTP/1.1",
    }
}

/// Why a body was not read to its end.
#[derive(Debug)]
enum Broken {
    TooBig(TooBig),
    Off(std::io::Error),
}

impl Broken {
    fn explain(self, reply: &Reply) -> Failure {
        match self {
            Self::TooBig(what) => {
                let message = format!("the answer of {} {what}", reply.place());
                let hint = "answers of this size are not known: report it; if it is right, raise max-answer in crsync.toml";
                Failure { error: Error::new(Kind::Service, message).hint(hint), stage: Stage::Final }
            }
            Self::Off(cause) => Failure {
                error: Error::new(Kind::Network, format!("the answer of {} broke off", reply.place()))
                    .at(reply.place())
                    .hint("check the network and run the command again")
                    .source(cause),
                stage: Stage::Sent,
            },
        }
    }
}

/// Reads the whole of `body` into `bytes`, if it is no bigger than `size` allows.
fn whole(body: impl Read, bytes: &mut Vec<u8>, size: Size) -> std::result::Result<(), Broken> {
    body.take(size.bytes() + 1).read_to_end(bytes).map_err(Broken::Off)?;
    size.check(bytes).map_err(Broken::TooBig)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    #[test]
    fn an_endless_answer_is_cut_and_the_service_named() {
        let mut bytes = Vec::new();
        let broken = whole(std::io::repeat(b'x'), &mut bytes, Size::of(1)).expect_err("endless");
        let reply = Reply::from_parts("example", 200, Vec::new(), Vec::new());
        let failure = broken.explain(&reply);
        assert_eq!(failure.error.message(), "the answer of example is longer than 1 MiB");
        assert_eq!(failure.stage, Stage::Final);
        let mut bytes = Vec::new();
        whole(&b"{}"[..], &mut bytes, Size::of(1)).expect("within");
        assert_eq!(bytes, b"{}");
    }

    #[test]
    fn a_secret_that_cannot_be_sent_is_explained_without_it() {
        let url = "https://api.example".parse().expect("a URL");
        let error =
            headers(&Request::get(url).header("Secret", Secret::new("hunter2\n"))).expect_err("a line break");
        assert_eq!(error.kind(), Kind::Config);
        assert!(error.message().contains("Secret") && !format!("{error:?}").contains("hunter2"), "{error}");
    }

    #[test]
    fn header_values_are_not_shown_by_debug() {
        let url = "https://api.example".parse().expect("a URL");
        let request = Request::get(url).header("X-Api-Key", Secret::new("hunter2"));
        let headers = headers(&request).expect("valid");
        assert_eq!(headers["x-api-key"], "hunter2");
        assert!(!format!("{headers:?} {request:?}").contains("hunter2"));
    }
}
