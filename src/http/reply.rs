//! An answer, and what it turns out not to be.

use std::borrow::Cow;
use std::sync::Arc;

use serde::de::{Deserialize, DeserializeOwned};

use super::Body;
use super::mask;
use super::rows;
use super::sent::{self, Sent};
use crate::error::{Error, Kind, Result};

/// How many characters of an answer a message shows.
const EXCERPT: usize = 80;

/// The longest word a message shows: longer ones may be tokens.
const WORD: usize = 24;

/// How messages of the JSON decoder begin that say nothing of values, or quote them where they can be cut out.
const TELLING: &[&str] = &[
    "missing field",
    "duplicate field",
    "unknown field",
    "unknown variant",
    "invalid type",
    "invalid value",
    "invalid length",
];

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// The whole body, decompressed.
    pub body: Body,
    /// How often the request was sent.
    pub attempts: u32,
    pub(super) service: &'static str,
    /// The host that answered; empty for an answer made of its parts.
    pub(super) host: String,
    /// The protocol, in HTTP's spelling.
    pub(super) version: &'static str,
    pub(super) headers: Vec<(String, String)>,
    /// What the request carried.
    pub(super) sent: Arc<Sent>,
}

impl Reply {
    /// Makes an answer of its parts: one answer within another (a batch), or a test's.
    pub fn from_parts(
        service: &'static str,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Self {
        let (sent, body) = (Arc::<Sent>::default(), body.into());
        Self { status, body, attempts: 1, service, host: String::new(), version: "HTTP/1.1", headers, sent }
    }

    /// Returns the first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// Is true if the status is 2xx.
    pub fn ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Is true if the status says that the service did not carry the request out.
    ///
    /// A 429, a 408 and all of 5xx may come after the deed, from a gateway or from the service itself.
    pub fn refuses(&self) -> bool {
        (400..500).contains(&self.status) && !matches!(self.status, 408 | 429)
    }

    /// Returns the body as a refusal is read: nothing in it repeats what the request carried.
    ///
    /// Of an answer without success that is the body itself; a success that says no has to be read through this.
    pub fn refusal(&self) -> Cow<'_, [u8]> {
        self.within(&self.body)
    }

    /// Returns an answer that is within this one, as [`refusal`](Self::refusal) returns the whole.
    pub fn within<'b>(&self, body: &'b [u8]) -> Cow<'b, [u8]> {
        self.sent.silent(body, false).map_or(Cow::Borrowed(body), Cow::Owned)
    }

    /// Masks what the request carried, unless the answer is data: there values have their names, and may be what
    /// was asked for. A success that turns out to be a refusal is read through [`refusal`](Self::refusal).
    pub(super) fn silence(&mut self, sent: &Sent) {
        let is_binary = || self.ok() && std::str::from_utf8(&self.body).is_err();
        if self.body.is_empty() || (self.ok() && sent::is_json(&self.body)) || is_binary() {
            return;
        }
        if let Some(silent) = sent.silent(&self.body, self.is_html()) {
            self.body = silent.into();
        }
    }

    /// Is true if the body is a web page rather than data: a proxy, a firewall, or a route that does not exist.
    pub fn is_html(&self) -> bool {
        let start = self.body.trim_ascii_start();
        self.header("content-type").is_some_and(|kind| kind.contains("html"))
            || start.get(..5).is_some_and(|start| {
                start.eq_ignore_ascii_case(b"<html") || start.eq_ignore_ascii_case(b"<!doc")
            })
    }

    /// Returns the body as JSON of type `T`; messages call it `what`.
    ///
    /// # Errors
    /// [`Kind::Service`] when it is something else: a web page, or JSON of another form. The message shows how
    /// a page or text begins, but no value of JSON, which may be a secret. The error counts as sent, as often as the
    /// request was.
    pub fn json<T: DeserializeOwned>(&self, what: &str) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| self.unexpected(what, &error))
    }

    /// Reads the body as JSON with a list of rows in its member `list`: gives each row to `take` as it is read, and
    /// returns what the members beside the list say. Messages call the whole `what`.
    ///
    /// # Errors
    /// The same as [`json`](Self::json)'s. Rows may have been taken by then.
    pub fn rows<'b, T: Deserialize<'b>, R: DeserializeOwned>(
        &'b self,
        what: &str,
        list: &'static str,
        take: impl FnMut(T),
    ) -> Result<R> {
        rows::read(&self.body, list, take).map_err(|error| self.unexpected(what, &error))
    }

    /// Returns what is said of a body that is not what was expected.
    fn unexpected(&self, what: &str, error: &serde_json::Error) -> Error {
        let (got, hint) = if self.is_html() {
            (
                "a web page",
                "check the service's address in the configuration, and that no proxy stands in between",
            )
        } else if self.body.trim_ascii().is_empty() {
            ("an empty answer", "run the command again; if it stays, report it")
        } else {
            (
                "something else",
                "run the command again with --har FILE and look at the answer; if it stays, report it",
            )
        };
        let excerpt = self.excerpt().map(|text| format!(", \"{text}\"")).unwrap_or_default();
        let message =
            format!("expected {what} from {}, got {got}{excerpt} (HTTP {})", self.place(), self.status);
        Error::new(Kind::Service, message)
            .at(self.place())
            .hint(hint)
            .source(decoding(error))
            .attempts(self.attempts)
    }

    /// Returns the service and its host.
    pub(super) fn place(&self) -> String {
        if self.host.is_empty() {
            self.service.to_owned()
        } else {
            format!("{} at {}", self.service, self.host)
        }
    }

    /// Returns how the text begins, or the title of a page; nothing where it may hold a secret.
    fn excerpt(&self) -> Option<String> {
        let text = String::from_utf8_lossy(&self.body);
        let shown = if self.is_html() { title(&text)? } else { text.trim() };
        if shown.starts_with(['{', '[', '"']) || mask::hides_whole(self.service) || mask::tells_pin(shown) {
            return None;
        }
        let plain: String = shown.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        let words = plain.split_whitespace().map(|word| if word.chars().count() > WORD { "…" } else { word });
        let start: String = words.collect::<Vec<_>>().join(" ").chars().take(EXCERPT).collect();
        (!start.is_empty()).then_some(start)
    }
}

fn title(page: &str) -> Option<&str> {
    // Lower case of ASCII alone keeps every position.
    let lower = page.to_ascii_lowercase();
    let open = lower.find("<title")?;
    let start = open + lower[open..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    Some(page[start..end].trim())
}

/// Returns what the decoder says, without the values it quotes.
fn decoding(error: &serde_json::Error) -> String {
    let place = format!("line {} column {}", error.line(), error.column());
    let said = error.to_string();
    if !error.is_data() {
        return said;
    }
    if !TELLING.iter().any(|start| said.starts_with(start)) {
        return format!("not of the expected form at {place}");
    }
    // Names of fields are our own; everything else that is quoted came from outside.
    let quoted = |c: char| matches!(c, '"' | '`');
    match (said.find(quoted), said.rfind(quoted)) {
        (Some(first), Some(last)) if first < last && !said.starts_with("missing field") => {
            format!("{}…{}", &said[..first], &said[last + 1..])
        }
        _ => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_json::Value;

    #[derive(Debug, Deserialize)]
    struct Token {
        access_token: String,
        expires_in: u32,
    }

    fn refused(body: &str) -> (String, String) {
        let mut reply = Reply::from_parts("example", 200, Vec::new(), body.as_bytes().to_vec());
        reply.host = "api.example".to_owned();
        let error = reply.json::<Token>("a token").expect_err("not a token");
        assert_eq!(error.kind(), Kind::Service);
        let source = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        (error.message().to_owned(), source)
    }

    #[test]
    fn an_answer_of_the_expected_form_is_taken_as_it_is() {
        let body = br#"{"access_token":"hunter2","expires_in":3599,"token_type":"Bearer"}"#;
        let reply = Reply::from_parts("example", 200, Vec::new(), body.to_vec());
        let Token { access_token, expires_in } = reply.json("a token").expect("a token");
        assert_eq!((access_token.as_str(), expires_in), ("hunter2", 3599));
    }

    #[test]
    fn a_web_page_is_named_by_its_title() {
        let (message, _) = refused("<!DOCTYPE html><head><TITLE lang=en>Sign\u{7} in\n</TITLE><p>secret");
        assert_eq!(
            message,
            "expected a token from example at api.example, got a web page, \"Sign in\" (HTTP 200)"
        );
        assert!(refused("<html>no title").0.ends_with("got a web page (HTTP 200)"));
    }

    #[test]
    fn a_text_is_shown_by_its_start_without_control_characters_and_long_words() {
        let text = format!("upstream \u{1b}[31mfailed {} {}", "x".repeat(40), "word ".repeat(40));
        let (message, _) = refused(&text);
        assert!(message.contains("\"upstream [31mfailed … word word"), "{message}");
        assert!(message.chars().all(|c| !c.is_control()) && message.chars().count() < 200, "{message}");
    }

    #[test]
    fn an_empty_answer_is_called_so() {
        assert!(refused(" ").0.contains("got an empty answer"));
    }

    #[test]
    fn no_value_of_an_answer_gets_into_the_error() {
        for body in [
            r#"{"access_token":"hunter2"}"#,
            r#"{"access_token":"hunter2","expires_in":"hunter2"}"#,
            r#"{"access_token":["hunter2"],"expires_in":1}"#,
            r#"{"access_token":4821,"expires_in":1}"#,
            r#"{"access_token":"hunter2"#,
            r#""hunter2""#,
            "hunter2hunter2hunter2hunter2",
        ] {
            let (message, source) = refused(body);
            for secret in ["hunter2", "4821"] {
                assert!(!message.contains(secret) && !source.contains(secret), "{message}: {source}");
            }
        }
        assert!(refused(r#"{"access_token":"x"}"#).1.contains("missing field `expires_in`"));
        assert!(refused(r#"{"access_token":"x","expires_in":"y"}"#).1.contains("expected u32"));
    }

    #[test]
    fn the_sign_in_service_is_not_quoted() {
        let reply = Reply::from_parts("entra", 200, Vec::new(), b"hunter2".to_vec());
        assert!(!reply.json::<Value>("a token").expect_err("no JSON").message().contains("hunter2"));
    }
}
