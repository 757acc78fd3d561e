//! What HaloPSA's refusals mean, and what to do about them.
//!
//! They come in many forms (seen live by clients): a text under `Message`, `errorMessage` or `error`, lists of texts by
//! the place of a field in the body (`[0].id`), or plain text.

use serde_json::Value;

use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::psa::refusals::{Known, Refusals, tidy};

/// Keys of a message, in lower case, the one that says most first.
const MESSAGES: [&str; 6] = ["error_description", "errormessage", "message", "detail", "title", "error"];

/// Keys, in lower case, that are no message and no field of a body.
const OTHER: [&str; 8] =
    ["classname", "data", "innerexception", "resultcode", "source", "stacktracestring", "status", "traceid"];

static REFUSALS: Refusals = Refusals { service: "HaloPSA", known: &KNOWN, passing: &[502, 503, 504] };

static KNOWN: [Known; 8] = [
    Known::words("rate limit reached", Kind::Throttled).next(
        "run the command again in five minutes; other programs may be using up the same limit",
    ),
    Known::words("invalid advanced search parameter", Kind::Service)
        .instead("it cannot be searched by this field"),
    Known::status(401, Kind::Auth, "the token is not accepted").next(
        "check base-url of [halopsa], and store the secrets again with `crsync login halopsa client-id` and `crsync \
         login halopsa client-secret`",
    ),
    Known::status(403, Kind::Permission, "the application or its agent lacks the right").next(
        "give the application read:customers and edit:customers under Configuration > Integrations > HaloPSA API, and \
         its agent the right to see and change clients and users",
    ),
    Known::status(404, Kind::NotFound, "there is no such record").next(
        "the record or its client was deleted: run the command again; if everything is missing, check base-url of \
         [halopsa]",
    ),
    Known::status(429, Kind::Throttled, "the requests of these five minutes are used up").next(
        "run the command again in five minutes; other programs may be using up the same limit",
    ),
    Known::status(400, Kind::Service, "a value is not accepted")
        .next("correct the value at its source, or by hand in HaloPSA"),
    Known::status(409, Kind::Service, "the record contradicts another one")
        .next("look at both in HaloPSA, and correct one of them"),
];

/// The refusals of a sign-in.
static SIGN_IN: Refusals = Refusals { service: "HaloPSA", known: &SIGN_IN_KNOWN, passing: &[502, 503, 504] };

static SIGN_IN_KNOWN: [Known; 8] = [
    Known::words("rate limit reached", Kind::Throttled).next("run the command again in five minutes"),
    Known::words("tenant", Kind::Auth).next(
        "check tenant of [halopsa]: Configuration > Integrations > HaloPSA API shows it; an instance on the premises \
         has none. Else store the secret again with `crsync login halopsa client-secret`",
    ),
    Known::words("invalid_scope", Kind::Permission).next(
        "give the application read:customers and edit:customers under Configuration > Integrations > HaloPSA API",
    ),
    Known::status(400, Kind::Auth, CREDENTIALS).next(STORE),
    Known::status(401, Kind::Auth, CREDENTIALS).next(STORE),
    Known::status(403, Kind::Auth, CREDENTIALS).next(STORE),
    Known::status(404, Kind::Config, "there is no sign-in at this address")
        .next("check base-url and auth-url of [halopsa]"),
    Known::status(429, Kind::Throttled, "too many requests").next("run the command again in five minutes"),
];

const CREDENTIALS: &str = "the client-id or the client-secret is not accepted";

const STORE: &str = "store both again with `crsync login halopsa client-id` and `crsync login halopsa client-secret`; \
                     the application must be of the kind Client ID and Secret (Services) and log in as an agent";

/// Passes if `reply`, which is about `what` (`user 7`), is no refusal.
///
/// # Errors
/// What the refusal means, with the next step where there is one.
pub(super) fn check(reply: &Reply, what: &str) -> Result<()> {
    if reply.ok() {
        return Ok(());
    }
    let error = meaning(&REFUSALS, reply, what);
    Err(error.attempts(reply.attempts).refused(reply.refuses()))
}

/// Reports whether an error may be about the one record alone.
pub(super) fn is_of_record(error: &Error) -> bool {
    matches!(error.kind(), Kind::Service | Kind::Permission | Kind::NotFound)
}

/// Returns what the refusal of a sign-in means.
pub(super) fn sign_in(reply: &Reply) -> Error {
    meaning(&SIGN_IN, reply, "the sign-in").attempts(reply.attempts)
}

fn meaning(refusals: &Refusals, reply: &Reply, what: &str) -> Error {
    let status = reply.status;
    if reply.is_html() && status != 429 {
        return refusals
            .refused(Kind::Service, what, &format!("a web page came with status {status}"))
            .hint("check base-url of [halopsa], and that no proxy stands in between")
            .retry(refusals.passing.contains(&status));
    }
    let told = if reply.is_html() { String::new() } else { told(&reply.body) };
    refusals.explain(refusals.find(status, &told), what, status, &told)
}

/// Returns the sentences of a refusal, whatever their form.
fn told(body: &[u8]) -> String {
    match serde_json::from_slice(body) {
        Ok(Value::Object(map)) => {
            let lower = |key: &str| key.to_ascii_lowercase();
            let text = |wanted: &str| {
                let found = map.iter().find(|(key, value)| lower(key) == wanted && value.is_string());
                found.and_then(|(_, value)| value.as_str()).map(tidy).filter(|text| !text.is_empty())
            };
            let code = text("error").filter(|_| text("error_description").is_some());
            let mut lines: Vec<String> = code.into_iter().collect();
            lines.extend(MESSAGES.into_iter().find_map(text));
            for (key, value) in &map {
                let key = lower(key);
                if key == "errors" {
                    collect("", value, &mut lines);
                } else if !MESSAGES.contains(&&*key) && !OTHER.contains(&&*key) && value.is_array() {
                    collect(field(&key), value, &mut lines);
                }
            }
            lines.dedup();
            tidy(&lines.join("; "))
        }
        Ok(Value::String(text)) => tidy(&text),
        Ok(_) => String::new(),
        Err(_) => {
            let text = String::from_utf8_lossy(body);
            // JSON that breaks off says nothing.
            if text.trim_start().starts_with(['{', '[', '"']) { String::new() } else { tidy(&text) }
        }
    }
}

/// Returns the name of a field without its place in the body.
fn field(key: &str) -> &str {
    let key = key.trim_start_matches('$');
    let rest = key.strip_prefix('[').and_then(|rest| rest.split_once(']')).map_or(key, |(_, rest)| rest);
    rest.trim_start_matches('.')
}

/// Adds the sentences in `value`; those under a field's name get it in front.
fn collect(name: &str, value: &Value, lines: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            let line = if name.is_empty() { tidy(text) } else { tidy(&format!("{name}: {text}")) };
            lines.extend((!line.is_empty()).then_some(line));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(name, item, lines)),
        Value::Object(map) => map.iter().for_each(|(key, value)| collect(field(key), value, lines)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(status: u16, body: &str) -> Reply {
        Reply::from_parts("halopsa", status, Vec::new(), body.as_bytes().to_vec())
    }

    fn refusal(status: u16, body: &str) -> Error {
        check(&reply(status, body), "user 7").expect_err("a refusal")
    }

    #[test]
    fn every_form_of_a_refusal_is_told() {
        for (body, told) in [
            (
                r#"{"ClassName":"System.Exception","Message":"Site not found","StackTraceString":"at X"}"#,
                "Site not found",
            ),
            (r#"{"Message":"Site not found."}"#, "Site not found"),
            (r#"{"error":"Site not found"}"#, "Site not found"),
            (r#"{"resultCode":5,"errorMessage":"Site not found"}"#, "Site not found"),
            ("Site not found\r\n", "Site not found"),
            (r#""Site not found""#, "Site not found"),
            (r#"{"id":["is not a number"]}"#, "id: is not a number"),
            (
                r#"{"[0].id":["could not convert"],"[0].site_id":["is missing"]}"#,
                "id: could not convert; site_id: is missing",
            ),
            (
                r#"{"title":"Wrong","status":400,"errors":{"$[0].id":["could not convert"]}}"#,
                "Wrong; id: could not convert",
            ),
            (r#"{"[0].id":"#, "a value is not accepted"),
            ("[]", "a value is not accepted"),
            ("", "a value is not accepted"),
        ] {
            let error = refusal(400, body);
            assert_eq!(error.message(), format!("HaloPSA refused user 7: {told}"), "{body}");
            assert_eq!((error.kind(), error.can_retry(), error.sent()), (Kind::Service, false, 1));
        }
    }

    #[test]
    fn statuses_are_told_apart_and_words_decide_before_them() {
        const LIMIT: &str = "Rate Limit Reached - 300 Requests per rolling 5 minute window";
        for (status, body, kind) in [
            (401, "", Kind::Auth),
            (403, r#"{"Message":"No"}"#, Kind::Permission),
            (404, "", Kind::NotFound),
            (429, "", Kind::Throttled),
            (429, LIMIT, Kind::Throttled),
            (400, LIMIT, Kind::Throttled),
            (400, "Invalid advanced search parameter", Kind::Service),
            (500, "", Kind::Service),
        ] {
            assert_eq!(refusal(status, body).kind(), kind, "{status} {body}");
        }
        assert!(refusal(503, "").can_retry() && refusal(429, "").can_retry());
        assert!(!refusal(500, "").can_retry() && !refusal(400, "").can_retry());
    }

    #[test]
    fn a_web_page_points_at_the_address() {
        for status in [200, 404, 500] {
            let page = reply(status, "<!DOCTYPE html><title>Sign in</title>");
            let error = meaning(&REFUSALS, &page, "user 7");
            assert_eq!(error.kind(), Kind::Service);
            assert!(error.next_step().is_some_and(|next| next.contains("base-url")), "{error}");
        }
    }

    #[test]
    fn a_failed_sign_in_says_what_to_check() {
        let says = |status, body: &str| {
            let error = sign_in(&reply(status, body));
            (error.kind(), error.next_step().unwrap_or_default().to_owned())
        };
        let wrong = r#"{"error":"invalid_client","error_description":"The specified client credentials are invalid."}"#;
        for (status, body) in [(400, wrong), (401, ""), (400, r#"{"error":"invalid_grant"}"#)] {
            let (kind, next) = says(status, body);
            assert!(kind == Kind::Auth && next.contains("crsync login halopsa client-secret"), "{next}");
        }
        let (kind, next) = says(400, r#"{"error":"invalid_request","error_description":"Unknown tenant"}"#);
        assert!(kind == Kind::Auth && next.contains("tenant of [halopsa]"), "{next}");
        assert_eq!(says(404, "").0, Kind::Config);
        assert_eq!(says(503, "").0, Kind::Service);
        assert!(sign_in(&reply(400, wrong)).message().contains("invalid_client; The specified"));
    }
}
