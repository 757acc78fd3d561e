//! What Syncro's refusals mean, and what to do about them.
//!
//! Three forms of the same 422 are in use, and others elsewhere: a text, a list of texts, or lists by the field's
//! name, under `error`, `errors` or `message` (vendor documents and seen live by clients). A 401 is a wrong token
//! or a lacking right, which only its words tell.

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::psa::refusals::{Known, Refusals, tidy};

static REFUSALS: Refusals = Refusals { service: "Syncro", known: &KNOWN, passing: &[502, 503, 504] };

static KNOWN: [Known; 6] = [
    Known::status(401, Kind::Permission, "the token lacks the right").and("not authorized").next(
        "give the token the permissions Customers - List/Search, View Detail and Edit under Admin > API Tokens; \
         the rights of the user who made it limit it too",
    ),
    Known::status(401, Kind::Auth, "the token is not accepted").next(
        "check base-url of [syncro], and store the token again with `crsync login syncro token`; a token may have \
         expired",
    ),
    Known::status(403, Kind::Permission, "the token lacks the right").next(
        "give the token the permissions Customers - List/Search, View Detail and Edit under Admin > API Tokens",
    ),
    Known::status(404, Kind::NotFound, "there is no such record").next(
        "the record or its customer was deleted: run the command again; if everything is missing, check base-url \
         of [syncro]",
    ),
    Known::status(422, Kind::Service, "a value is not accepted").next(
        "correct the value at its source, or by hand in Syncro; addresses are checked strictly there",
    ),
    Known::status(
        429,
        Kind::Throttled,
        "the 180 requests of this minute are used up, by all programs at this address together",
    )
    .next("run the command again later, or run other integrations from another address"),
];

/// Passes if `reply`, which is about `what` (`contact 7`), is no refusal.
///
/// # Errors
/// What the refusal means, with the next step where there is one.
pub(super) fn check(reply: &Reply, what: &str) -> Result<()> {
    if reply.ok() {
        return Ok(());
    }
    let told = if reply.is_html() { String::new() } else { told(&reply.body) };
    Err(meaning(reply, &told, what).attempts(reply.attempts).refused(reply.refuses()))
}

fn meaning(reply: &Reply, told: &str, what: &str) -> Error {
    let status = reply.status;
    if reply.is_html() && status != 429 {
        return REFUSALS
            .refused(Kind::Service, what, &format!("a web page came with status {status}"))
            .hint("check base-url of [syncro], and that no proxy stands in between")
            .retry(REFUSALS.passing.contains(&status));
    }
    REFUSALS.explain(REFUSALS.find(status, told), what, status, told)
}

/// The sentences of a refusal, whatever their form. What the request held, which comes back beside them as `record`
/// or `params`, is not looked at.
fn told(body: &[u8]) -> String {
    let Ok(Value::Object(map)) = serde_json::from_slice(body) else { return String::new() };
    let mut lines = Vec::new();
    for key in ["error", "errors", "message"] {
        if let Some(value) = map.get(key) {
            collect("", value, &mut lines);
        }
    }
    lines.dedup();
    tidy(&lines.join("; "))
}

/// Adds the sentences in `value`; those under a field's name get it in front.
fn collect(field: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let line = tidy(&format!("{field} {text}"));
            lines.extend((!line.is_empty()).then_some(line));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(field, item, lines)),
        Value::Object(map) => map.iter().for_each(|(field, value)| collect(field, value, lines)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, body: &str) -> Error {
        let reply = Reply::from_parts("syncro", status, Vec::new(), body.as_bytes().to_vec());
        check(&reply, "contact 7").expect_err("a refusal")
    }

    #[test]
    fn the_forms_of_a_422_say_the_same() {
        for body in [
            r#"{"record":{"name":"Ann Lee","properties":{"SupportPIN":"4821"}},"errors":"Email is not an email"}"#,
            r#"{"success":false,"message":["Email is not an email"],"params":{"email":"ann@contoso"}}"#,
            r#"{"success":false,"errors":{"Email":["is not an email"]}}"#,
            r#"{"message":"Email is not an email."}"#,
        ] {
            let error = refusal(422, body);
            assert_eq!(error.message(), "Syncro refused contact 7: Email is not an email", "{body}");
            assert_eq!((error.kind(), error.can_retry(), error.sent()), (Kind::Service, false, 1));
        }
        let several = refusal(422, r#"{"message":["Name can't be blank","Email is not an email"]}"#);
        assert!(several.message().ends_with("Name can't be blank; Email is not an email"), "{several}");
    }

    #[test]
    fn a_401_is_a_wrong_token_or_a_lacking_right() {
        let right =
            r#"{"error":"Not authorized. Please ask account admin to update your group permissions."}"#;
        assert_eq!(refusal(401, right).kind(), Kind::Permission);
        assert_eq!(refusal(401, r#"{"error":"Failed to authenticate account"}"#).kind(), Kind::Auth);
        assert_eq!(refusal(401, "").kind(), Kind::Auth);
    }

    #[test]
    fn other_statuses_are_told_apart() {
        assert_eq!(refusal(404, r#"{"message":"Not found"}"#).kind(), Kind::NotFound);
        assert_eq!(refusal(403, "").kind(), Kind::Permission);
        let busy = refusal(429, "Retry later");
        assert_eq!((busy.kind(), busy.can_retry()), (Kind::Throttled, true));
        assert!(busy.message().contains("180 requests"), "{busy}");
        assert!(refusal(503, "").can_retry());
        let fault = refusal(500, "Disabled");
        assert_eq!(fault.message(), "Syncro refused contact 7: status 500 without a reason");
        assert!(!fault.can_retry());
    }

    #[test]
    fn a_web_page_points_at_the_address() {
        let error = refusal(404, "<!DOCTYPE html><title>Not here</title>");
        assert_eq!(error.kind(), Kind::Service);
        assert!(error.next_step().is_some_and(|next| next.contains("base-url")), "{error}");
    }
}
