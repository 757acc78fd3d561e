//! What CloudRadial says when it refuses, in any of its forms, as a message and a next step.

use serde_json::Value;

use crate::error::{Error, Kind};
use crate::http::Reply;

/// Explains an answer that is a failure; `what` is what was asked for.
pub(super) fn explain(reply: &Reply, what: &str) -> Error {
    let said = said(&reply.refusal());
    let about = |meaning: &str| format!("CloudRadial: {what}: {meaning} (HTTP {})", reply.status);
    let error = match reply.status {
        401 | 403 => Error::new(Kind::Auth, about("the key pair is not accepted")).hint(
            "check base-url under [cloudradial]; if it is your region's, make a key pair in the portal under \
                 Settings > API, then `crsync login cloudradial`",
        ),
        404 => {
            Error::new(Kind::NotFound, about("there is no such record, or the address is of another region"))
                .hint("check the company's `cloudradial` id, and base-url under [cloudradial]")
        }
        429 => Error::new(Kind::Throttled, about("it asks to slow down"))
            .hint("run the command again later, or lower `concurrency` under [cloudradial]"),
        400 => Error::new(Kind::Service, about("it does not accept what was sent"))
            .hint("run the command again with --har FILE and report the answer"),
        _ => Error::new(Kind::Service, about("it failed"))
            .hint("run the command again; if it stays, run it with --har FILE and report the answer"),
    };
    // A success that says no refuses too.
    let error = error.attempts(reply.attempts).refused(reply.ok() || reply.refuses());
    match said {
        Some(text) => error.source(text),
        None => error,
    }
}

/// The sentence in an error body: the service uses five forms (seen in clients' code), and sometimes none.
fn said(body: &[u8]) -> Option<String> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let text = value["message"]
        .as_str()
        .or_else(|| value["error"]["message"].as_str())
        .or_else(|| value["error"].as_str())
        .or_else(|| value["title"].as_str())?;
    let fields =
        value["errors"].as_object().map(|errors| errors.keys().cloned().collect::<Vec<_>>().join(", "));
    let text = fields.map_or_else(|| text.to_owned(), |fields| format!("{text} ({fields})"));
    let plain: String = text.chars().filter(|c| !c.is_control()).take(200).collect();
    (!plain.is_empty()).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_error_body_is_understood() {
        let bodies = [
            r#"{"success":false,"message":"Company is missing"}"#,
            r#"{"message":"Company is missing"}"#,
            r#"{"error":"Company is missing"}"#,
            r#"{"error":{"code":"x","message":"Company is missing"}}"#,
            r#"{"title":"Company is missing"}"#,
        ];
        for body in bodies {
            assert_eq!(said(body.as_bytes()).as_deref(), Some("Company is missing"), "{body}");
        }
        let problem = r#"{"title":"Validation failed","errors":{"email":["required"]}}"#;
        assert_eq!(said(problem.as_bytes()).as_deref(), Some("Validation failed (email)"));
        assert_eq!(said(b""), None);
        assert_eq!(said(b"<html>"), None);
    }

    #[test]
    fn wrong_keys_are_told_where_new_ones_come_from() {
        let error = explain(&Reply::from_parts("cloudradial", 401, Vec::new(), Vec::new()), "portal users");
        assert_eq!(error.kind(), Kind::Auth);
        assert!(error.next_step().is_some_and(|next| next.contains("crsync login cloudradial")));
    }
}
