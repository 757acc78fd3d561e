//! What Kaseya BMS's errors mean, and what to do about them.
//!
//! The vendor declares only 200, and a 200 that says `success: false` is a failure (vendor documents). What
//! comes with other statuses is not documented but for 401, so a known code or word decides, then the status.

use serde::Deserialize as _;
use serde_json::Value;

use super::wire::{Envelope, lower_keys};
use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::psa::refusals::{Known, Refusals, explains, or, tidy};

/// "Security Error": the token is expired, or was never good (seen live by clients with status 401).
const SECURITY_ERROR: i64 = 978_001;

static REFUSALS: Refusals = Refusals { service: "Kaseya BMS", known: &KNOWN, passing: &[502, 503, 504] };

/// The words, the more telling ones first, then the statuses. None of the words is documented: they are what such
/// services say.
static KNOWN: [Known; 12] = [
    Known::words("too many requests", Kind::Throttled).next(LATER),
    Known::words("rate limit", Kind::Throttled).next(LATER),
    Known::words("quota", Kind::Throttled).next(LATER),
    Known::words("api access", Kind::Permission)
        .next("give the user's security role Has API Access (Admin, Special Features)"),
    Known::words("permission", Kind::Permission).next(RIGHTS),
    Known::words("not authorized", Kind::Permission).next(RIGHTS),
    Known::words("not found", Kind::NotFound).next(GONE),
    Known::words("does not exist", Kind::NotFound).next(GONE),
    Known::status(401, Kind::Auth, "the session is not accepted").next(
        "check that the user's security role has Has API Access, and that base-url of [bms] is your region's",
    ),
    Known::status(403, Kind::Permission, "the user lacks the right").next(RIGHTS),
    Known::status(404, Kind::NotFound, "there is no such record").next(GONE),
    Known::status(429, Kind::Throttled, "too many calls in this hour").next(LATER),
];

const LATER: &str = "1,500 calls an hour are allowed on each endpoint: run the command again when the hour has \
                     passed; other programs may use up the same calls";

const RIGHTS: &str = "give the user's security role in Kaseya BMS the right: CRM accounts and contacts, view and \
                      modify, and custom fields";

const GONE: &str = "the record is gone, or the user's security role may not see it: run the command again";

const ADDRESS: &str = "check base-url of [bms]: it is the address of your region with `api.` before it, such as \
                       https://api.bms.kaseya.com";

/// The statuses that say enough even where a web page comes with them.
const TELLING: [u16; 3] = [401, 403, 429];

/// The answer to `what` (`GET crm/contacts/summary/55`), keys in lower case, if it is no failure; null where it
/// is empty.
///
/// # Errors
/// What the failure means, with the next step where there is one.
pub(super) fn check(reply: &Reply, what: &str) -> Result<Value> {
    let parsed = serde_json::from_slice(&reply.body).map(lower_keys);
    let good = |envelope: &Envelope| reply.ok() && envelope.success != Some(false);
    match parsed {
        Ok(answer) if good(&envelope(&answer)) => Ok(answer),
        Err(_) if reply.ok() && reply.body.trim_ascii().is_empty() => Ok(Value::Null),
        Err(_) if reply.ok() || (reply.is_html() && !TELLING.contains(&reply.status)) => {
            Err(unreadable(reply, what))
        }
        _ => {
            let body = reply.refusal();
            let refusal = serde_json::from_slice(&body).map(lower_keys);
            let plain = match &refusal {
                Ok(Value::String(text)) => tidy(text),
                Err(_) if !reply.is_html() => tidy(&String::from_utf8_lossy(&body)),
                Ok(_) | Err(_) => String::new(),
            };
            let envelope = envelope(&refusal.unwrap_or_default());
            let says_no = reply.ok() && envelope.success == Some(false);
            let error = meaning(reply.status, &envelope, &plain, what).attempts(reply.attempts);
            Err(error.refused(says_no || reply.refuses()))
        }
    }
}

/// Whether the token of the request was not accepted.
pub(super) fn is_unsigned(reply: &Reply) -> bool {
    let code = || {
        let answer = serde_json::from_slice(&reply.body).map(lower_keys).unwrap_or_default();
        envelope(&answer).error.and_then(|error| error.code)
    };
    // Long answers are lists, not refusals.
    reply.status == 401 || (reply.body.len() < 4096 && code() == Some(SECURITY_ERROR))
}

/// Returns what a failed sign-in means: whatever its message, the credentials are wrong, unless the service is down
/// or limits requests.
pub(super) fn sign_in(error: Error, with_code: bool) -> Error {
    let about_them = match error.kind() {
        Kind::Auth | Kind::Permission | Kind::NotFound => true,
        Kind::Service => !error.can_retry() && !explains(&error),
        _ => false,
    };
    if !about_them {
        return error;
    }
    let lower = error.message().to_lowercase();
    let wants_code = ["mfa", "factor", "one-time", "otp"].iter().any(|word| lower.contains(word));
    let hint = match (wants_code, with_code) {
        (true, false) => {
            "make the user an API Employee, which needs no code, or store the secret of its codes with \
             `crsync login bms totp`"
        }
        (true, true) => {
            "check the clock of this machine, and store the secret of the user's codes again with \
             `crsync login bms totp`; a code is good once, so wait half a minute"
        }
        (false, _) => {
            "check tenant (the company name in My Settings), user and base-url (your region's) of [bms], and store \
             the password again with `crsync login bms password`"
        }
    };
    // A fault of the service says nothing of the credentials, but wrong ones are the likelier cause of one here.
    let kind = if error.may_be_done() { error.kind() } else { Kind::Auth };
    Error::new(kind, error.message()).hint(hint).attempts(error.sent())
}

/// What an answer says of itself.
pub(super) fn envelope(answer: &Value) -> Envelope {
    // A list of records is none.
    Envelope::deserialize(answer).unwrap_or_default()
}

fn unreadable(reply: &Reply, what: &str) -> Error {
    let page = || Error::new(Kind::Service, format!("Kaseya BMS answered {what} with no data"));
    let error = reply.json::<Value>(&format!("the answer to {what}")).err().unwrap_or_else(page);
    let error = if reply.is_html() { error.hint(ADDRESS) } else { error };
    error.retry(matches!(reply.status, 502..=504)).attempts(reply.attempts)
}

/// Returns what a refusal means, by its envelope or else by its `plain` text.
fn meaning(status: u16, envelope: &Envelope, plain: &str, what: &str) -> Error {
    let told = tidy(&told(envelope));
    let told = or(&told, plain);
    let code = envelope.error.as_ref().and_then(|error| error.code);
    let status = if code == Some(SECURITY_ERROR) { 401 } else { status };
    REFUSALS.explain(REFUSALS.find(status, told), what, status, told)
}

/// The sentences of a failure, each once.
fn told(envelope: &Envelope) -> String {
    let Some(error) = &envelope.error else { return String::new() };
    let subs = error.sub_errors.iter().flatten().filter_map(Value::as_str).map(ToOwned::to_owned);
    let lines = error.message.iter().chain(&error.details).cloned().chain(subs);
    let mut told: Vec<String> = Vec::new();
    for line in lines.map(|line| tidy(&line)).filter(|line| !line.is_empty()) {
        if !told.iter().any(|other| other.contains(&line)) {
            told.push(line);
        }
    }
    told.join("; ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHAT: &str = "GET crm/contacts/summary/55";

    fn reply(status: u16, body: &str) -> Reply {
        Reply::from_parts("kaseya-bms", status, Vec::new(), body.as_bytes().to_vec())
    }

    fn failure(status: u16, body: &str) -> Error {
        check(&reply(status, body), WHAT).expect_err("a failure")
    }

    #[test]
    fn an_answer_passes_in_either_case_and_without_an_envelope() {
        for body in [
            r#"{"success":true,"error":null,"result":{"id":55}}"#,
            r#"{"Success":true,"Error":null,"Result":{"Id":55}}"#,
            r#"{"id":55,"emails":null}"#,
            r#"[{"id":55}]"#,
        ] {
            assert!(check(&reply(200, body), WHAT).is_ok(), "{body}");
        }
        assert_eq!(check(&reply(204, " "), WHAT).expect("nothing to say"), Value::Null);
    }

    #[test]
    fn a_200_without_success_is_a_failure_with_its_message() {
        for body in [
            r#"{"success":false,"error":{"code":1,"message":"Location is required.","details":null,
                "stackStrace":"at Vorex.Api","subErrors":["LocationId must be set","Location is required."]}}"#,
            r#"{"Success":false,"Error":{"Code":1,"Message":"Location is required.","Details":null,
                "StackStrace":"at Vorex.Api","SubErrors":["LocationId must be set","Location is required."]}}"#,
        ] {
            let error = failure(200, body);
            assert_eq!(error.kind(), Kind::Service);
            assert_eq!(
                error.message(),
                "Kaseya BMS refused GET crm/contacts/summary/55: Location is required; LocationId must be set"
            );
            assert_eq!(error.sent(), 1);
        }
    }

    #[test]
    fn a_refusal_is_one_whatever_its_reason_looks_like() {
        for (error, told) in [
            (r#""Bad value""#, "Bad value"),
            (r#"{"message":"Bad value","subErrors":"none"}"#, "status 200 without a reason"),
            ("[1]", "status 200 without a reason"),
            ("null", "status 200 without a reason"),
        ] {
            let error = failure(200, &format!(r#"{{"success":"False","error":{error}}}"#));
            assert!(error.message().ends_with(told), "{error}");
        }
    }

    #[test]
    fn words_decide_before_the_status() {
        let says =
            |message: &str| format!(r#"{{"success":false,"error":{{"code":5,"message":"{message}"}}}}"#);
        let table = [
            (200, says("Contact not found"), Kind::NotFound),
            (400, says("The account does not exist."), Kind::NotFound),
            (403, says("Rate limit exceeded"), Kind::Throttled),
            (403, "API calls quota exceeded! maximum admitted 1500 per 1h.".to_owned(), Kind::Throttled),
            (403, "\"API calls quota exceeded! maximum admitted 1500 per 1h.\"".to_owned(), Kind::Throttled),
            (403, says("User has no API access"), Kind::Permission),
            (403, String::new(), Kind::Permission),
            (
                401,
                r#"{"success":false,"error":{"code":978001,"message":"Security Error"}}"#.to_owned(),
                Kind::Auth,
            ),
            (
                200,
                r#"{"success":false,"error":{"code":978001,"message":"Security Error"}}"#.to_owned(),
                Kind::Auth,
            ),
            (404, r#"{"success":false}"#.to_owned(), Kind::NotFound),
            (429, "slow down".to_owned(), Kind::Throttled),
            (400, says("Bad value"), Kind::Service),
            (500, String::new(), Kind::Service),
        ];
        for (status, body, kind) in table {
            assert_eq!(failure(status, &body).kind(), kind, "{status} {body}");
        }
        assert!(failure(503, "").can_retry() && failure(429, "").can_retry());
        assert!(!failure(500, "").can_retry() && !failure(401, "").can_retry());
    }

    #[test]
    fn a_page_that_is_no_data_points_at_the_address() {
        for status in [200, 404, 500] {
            let error = failure(status, "<!DOCTYPE html><title>Sign in</title>");
            assert_eq!(error.kind(), Kind::Service);
            assert!(error.next_step().is_some_and(|next| next.contains("api.bms.kaseya.com")), "{error}");
        }
        assert_eq!(failure(401, "<html>Unauthorized").kind(), Kind::Auth);
    }

    #[test]
    fn an_expired_token_is_known_by_status_or_code() {
        assert!(is_unsigned(&reply(401, "Unauthorized")));
        assert!(is_unsigned(&reply(200, r#"{"Success":false,"Error":{"Code":978001}}"#)));
        assert!(!is_unsigned(&reply(403, r#"{"success":false,"error":{"code":5}}"#)));
    }

    #[test]
    fn a_failed_sign_in_says_what_to_check() {
        let hint = |status, body: &str, code| {
            let error = sign_in(failure(status, body), code);
            (error.kind(), error.next_step().unwrap_or_default().to_owned())
        };
        let wrong = r#"{"success":false,"error":{"message":"Invalid credentials"}}"#;
        let mfa = r#"{"success":false,"error":{"message":"MFA code is required"}}"#;
        let (kind, next) = hint(200, wrong, false);
        assert!(kind == Kind::Auth && next.contains("tenant"), "{next}");
        let (kind, next) = hint(401, mfa, false);
        assert!(kind == Kind::Auth && next.contains("API Employee"), "{next}");
        assert!(hint(401, mfa, true).1.contains("clock"));
        assert_eq!(hint(429, "", false).0, Kind::Throttled);
        assert_eq!(hint(503, "", false).0, Kind::Service);
        assert!(hint(200, "<html>", false).1.contains("base-url"));
    }
}
