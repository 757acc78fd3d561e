//! What Syncro's refusals mean, and what to do about them.
//!
//! Three forms of the same 422 are in use, and others elsewhere: a text, a list of texts, or lists by the field's
//! name, under `error`, `errors` or `message` (vendor documents and seen live by clients). A 401 is a wrong token
//! or a lacking right, which only its words tell.

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::psa::UNEXPLAINED;

/// An answer that is known: by its status and, where one status means several things, by a part of its words in
/// lower case.
struct Known {
    status: u16,
    contains: &'static str,
    kind: Kind,
    /// What is told where Syncro says nothing.
    says: &'static str,
    hint: &'static str,
}

static KNOWN: [Known; 6] = [
    Known {
        status: 401,
        contains: "not authorized",
        kind: Kind::Permission,
        says: "the token lacks the right",
        hint: "give the token the permissions Customers - List/Search, View Detail and Edit under Admin > API Tokens; \
               the rights of the user who made it limit it too",
    },
    Known {
        status: 401,
        contains: "",
        kind: Kind::Auth,
        says: "the token is not accepted",
        hint: "check base-url of [syncro], and store the token again with `crsync login syncro token`; a token may \
               have expired",
    },
    Known {
        status: 403,
        contains: "",
        kind: Kind::Permission,
        says: "the token lacks the right",
        hint: "give the token the permissions Customers - List/Search, View Detail and Edit under Admin > API Tokens",
    },
    Known {
        status: 404,
        contains: "",
        kind: Kind::NotFound,
        says: "there is no such record",
        hint: "the record or its customer was deleted: run the command again; if everything is missing, check \
               base-url of [syncro]",
    },
    Known {
        status: 422,
        contains: "",
        kind: Kind::Service,
        says: "a value is not accepted",
        hint: "correct the value at its source, or by hand in Syncro; addresses are checked strictly there",
    },
    Known {
        status: 429,
        contains: "",
        kind: Kind::Throttled,
        says: "the 180 requests of this minute are used up, by all programs at this address together",
        hint: "run the command again later, or run other integrations from another address",
    },
];

/// Syncro's own words are cut after this many characters.
const LONGEST: usize = 300;

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
    let refused = |kind, reason: &str| Error::new(kind, format!("Syncro refused {what}: {reason}"));
    if reply.is_html() && status != 429 {
        return refused(Kind::Service, &format!("a web page came with status {status}"))
            .hint("check base-url of [syncro], and that no proxy stands in between")
            .retry(matches!(status, 502..=504));
    }
    let lower = told.to_lowercase();
    if let Some(known) = KNOWN.iter().find(|known| known.status == status && lower.contains(known.contains)) {
        return refused(known.kind, if told.is_empty() { known.says } else { told }).hint(known.hint);
    }
    let reason = if told.is_empty() { format!("status {status} without a reason") } else { told.to_owned() };
    refused(Kind::Service, &reason).hint(UNEXPLAINED).retry(matches!(status, 502..=504))
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
    lines.join("; ").chars().take(LONGEST).collect()
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

/// One line.
fn tidy(line: &str) -> String {
    let words = line.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").trim_end_matches('.').to_owned()
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
