//! What ConnectWise PSA's errors mean, and what to do about them.
//!
//! Most failures are `{"code", "message", "errors"}`; a gateway in front answers with plain text or a web page
//! (seen live by clients). The vendor documents none of them.

use super::wire::{Failure, Fault};
use crate::error::{Error, Kind, Result};
use crate::http::Reply;
use crate::psa::refusals::{Known, Refusals, or, tidy};

static REFUSALS: Refusals =
    Refusals { service: "ConnectWise PSA", known: &KNOWN, passing: &[500, 502, 503, 504] };

/// What code or message contain, then the statuses of failures that say nothing that is known.
static KNOWN: [Known; 11] = [
    // A wrong company id, or the API's path given twice (seen live by clients).
    Known::words("cannot route", Kind::Config)
        .instead("the company id or the address is not known there")
        .next("check company and base-url in [connectwise]; base-url is the site alone, without a path"),
    Known::words("ssl is required", Kind::Config).instead("the address is not that of the API").next(
        "set base-url in [connectwise] to the https:// address of the API, in the vendor's cloud the one with \
         api-",
    ),
    Known::words("usernotauthenticated", Kind::Auth)
        .instead("the API member's keys are not accepted")
        .next(CREDENTIALS),
    // The service's words may name the person.
    Known::words("objectexists", Kind::Service)
        .instead("there is such a record already")
        .next("run the command again, so that the record that is there is found"),
    Known::words("invalidpatch", Kind::Service).instead("a value has the wrong type for its field").next(
        "run the command again with --har FILE and report it; if a custom field is involved, check its type",
    ),
    Known::words("too many requests", Kind::Throttled)
        .instead("too many requests in a minute, by all integrations together")
        .next("run the command again later"),
    Known::words("endpoint does not exist", Kind::Service)
        .instead("there is no such address in this version")
        .next("check version in [connectwise]; a release of the service that is too old lacks it as well"),
    Known::status(401, Kind::Auth, "the credentials are not accepted").next(CREDENTIALS),
    Known::status(404, Kind::Service, "there is no such address").next(NO_ADDRESS),
    Known::status(409, Kind::Service, "the record is in use")
        .next("look at the record in ConnectWise PSA, then run the command again"),
    Known::status(429, Kind::Throttled, "too many requests").next("run the command again later"),
];

const CREDENTIALS: &str = "check company in [connectwise], store public-key, private-key and client-id again with \
                           `crsync login connectwise`, and see that the API member is active";

/// In the cloud, a 404 may be wrong credentials as well (vendor documents).
const NO_ADDRESS: &str = "check base-url, company and version in [connectwise]; the service answers like this to \
                          wrong keys as well";

/// The right that a path needs, by its first part that is known: a row of the API member's security role.
static RIGHTS: [(&str, &str); 9] = [
    (
        "/communications",
        "Companies > Contacts: Add, Edit and Inquire All, and Delete All to take numbers away",
    ),
    ("/notes", "Companies > Notes: Add, Edit and Inquire All"),
    ("/teams", "Companies > Team Members: Inquire All"),
    ("/statuses", "System > Table Setup: Inquire, and Companies > Company Maintenance: Inquire All"),
    ("company/contacts", "Companies > Contacts: Add, Edit and Inquire All"),
    ("company/companies", "Companies > Company Maintenance: Inquire All, and Edit All to write Tenant365Id"),
    ("company/communicationTypes", "System > Table Setup: Inquire"),
    ("system/members", "System > Member Maintenance: Inquire"),
    ("system/userDefinedFields", "System > Table Setup: Inquire, and Add to make a custom field"),
];

/// Passes if the answer to `what` (`company/contacts`) is no failure.
///
/// # Errors
/// What the failure means, with the next step.
pub(super) fn check(reply: &Reply, what: &str) -> Result<()> {
    if reply.ok() {
        return Ok(());
    }
    let failure: Failure = serde_json::from_slice(&reply.body).unwrap_or_default();
    Err(meaning(reply, &failure, what).attempts(reply.attempts).refused(reply.refuses()))
}

/// Whether the answer says that there is such a record already, or one in its place.
pub(super) fn exists(reply: &Reply) -> bool {
    let code = || serde_json::from_slice::<Failure>(&reply.body).unwrap_or_default().code;
    reply.status == 400 && code().is_some_and(|code| code.eq_ignore_ascii_case("ObjectExists"))
}

/// Whether the answer says that a record does not exist: any other 404 may be an address that moved.
pub(super) fn is_gone(reply: &Reply) -> bool {
    let code = || serde_json::from_slice::<Failure>(&reply.body).unwrap_or_default().code;
    reply.status == 404 && code().is_some_and(|code| code.eq_ignore_ascii_case("NotFound"))
}

fn meaning(reply: &Reply, failure: &Failure, what: &str) -> Error {
    let told = told(reply, failure);
    let refused = |kind, otherwise| REFUSALS.refused(kind, what, or(&told, otherwise));
    let everything = [failure.code.as_deref(), failure.error.as_deref(), Some(&*words(reply, failure))]
        .map(Option::unwrap_or_default)
        .join(" ");
    if is_gone(reply) {
        return refused(Kind::NotFound, "the record does not exist")
            .hint("the record was deleted: run the command again");
    }
    match REFUSALS.find(reply.status, &everything) {
        None if reply.status == 403 => {
            let right = RIGHTS.iter().find(|(path, _)| what.contains(path));
            let row = right.map_or("the right to do this", |(_, row)| *row);
            refused(Kind::Permission, "the API member's security role lacks the right")
                .hint(format!("give the security role of the API member {row}"))
        }
        None if reply.status == 400 && !faults(failure).is_empty() => refused(Kind::Service, "").hint(
            "fill in what is missing by hand, or change what ConnectWise PSA requires of such a record",
        ),
        // A 500 may pass, and may be an undefined business rule (vendor documents).
        known => REFUSALS.explain(known, what, reply.status, &told),
    }
}

/// What the failure says, fit to be shown: the things that are wrong, else the message.
fn told(reply: &Reply, failure: &Failure) -> String {
    let faults = faults(failure);
    if faults.is_empty() { tidy(&words(reply, failure)) } else { faults.join("; ") }
}

/// Returns the message, or a plain text in its place.
fn words(reply: &Reply, failure: &Failure) -> String {
    match &failure.message {
        Some(message) => message.clone(),
        None if reply.is_html() || reply.body.trim_ascii_start().starts_with(b"{") => String::new(),
        None => String::from_utf8_lossy(&reply.body).into_owned(),
    }
}

/// The things that are wrong, each with its field.
fn faults(failure: &Failure) -> Vec<String> {
    let sentence = |fault: &Fault| {
        let message = tidy(fault.message.as_deref().unwrap_or_default());
        let field = tidy(fault.field.as_deref().unwrap_or_default());
        match (field.is_empty() || message.contains(&field), message.is_empty()) {
            (true, _) => message,
            (false, true) => format!("{field} is not accepted"),
            (false, false) => format!("{field}: {message}"),
        }
    };
    let faults = failure.errors.iter().flatten().map(sentence);
    faults.filter(|sentence| !sentence.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::psa::refusals::explains;

    fn reply(status: u16, body: &str) -> Reply {
        Reply::from_parts("connectwise", status, Vec::new(), body.as_bytes().to_vec())
    }

    fn failure(status: u16, body: &str) -> Error {
        check(&reply(status, body), "company/contacts").expect_err("a failure")
    }

    #[test]
    fn what_is_said_decides_before_the_status() {
        let table = [
            (400, "Cannot route. Codebase/company is invalid", Kind::Config),
            (
                400,
                r#"{"code":"InvalidPath","message":"Cannot route. Codebase/company is invalid"}"#,
                Kind::Config,
            ),
            (403, r#"{"code":"Security","message":"SSL is required.","errors":null}"#, Kind::Config),
            (401, r#"{"code":"Unauthorized","message":"Unauthorized"}"#, Kind::Auth),
            (401, r#"{"code":"ConnectWiseApi","message":"UserNotAuthenticated"}"#, Kind::Auth),
            (403, r#"{"code":"Forbidden","message":"Access is denied"}"#, Kind::Permission),
            (404, r#"{"code":"NotFound","message":"Contact 57919 not found"}"#, Kind::NotFound),
            (404, r#"{"code":"ConnectWiseApi","message":"The endpoint does not exist."}"#, Kind::Service),
            (404, "<html><title>404</title></html>", Kind::Service),
            (409, "{}", Kind::Service),
            (
                429,
                r#"{"error":"ConnectWiseAPI","message":"Too many requests. Please try again in 30 seconds."}"#,
                Kind::Throttled,
            ),
            (500, "", Kind::Service),
        ];
        for (status, body, kind) in table {
            let error = failure(status, body);
            assert_eq!(error.kind(), kind, "{status} {body}");
            assert_eq!(explains(&error), status != 500, "{status} {body}");
            assert_eq!(error.sent(), 1, "{status} {body}");
        }
    }

    #[test]
    fn the_field_that_is_missing_is_named() {
        let error = failure(
            400,
            r#"{"code":"InvalidObject","message":"contact object is invalid","errors":[{"code":"MissingRequiredField",
               "message":"The firstName field is required.","resource":"contact","field":"firstName"},
               {"code":"MissingRequiredField","message":"A value is required.","field":"Favourite colour"}]}"#,
        );
        assert_eq!(
            error.message(),
            "ConnectWise PSA refused company/contacts: The firstName field is required; Favourite colour: A value is required"
        );
    }

    #[test]
    fn a_missing_right_is_named_as_the_role_calls_it() {
        for (what, row) in [
            ("company/companies/250/teams", "Team Members"),
            ("company/contacts/7/communications", "Delete All"),
            ("system/userDefinedFields", "Table Setup"),
        ] {
            let error = check(&reply(403, ""), what).expect_err("a failure");
            assert!(error.next_step().is_some_and(|hint| hint.contains(row)), "{what}");
        }
    }

    #[test]
    fn a_record_that_is_there_already_is_not_named() {
        let error = failure(400, r#"{"code":"ObjectExists","message":"The contact Ann Lee 4821 exists"}"#);
        assert!(error.message().ends_with("there is such a record already"), "{error}");
    }

    #[test]
    fn only_a_missing_record_is_gone() {
        assert!(is_gone(&reply(404, r#"{"code":"NotFound","message":"Contact 57919 not found"}"#)));
        assert!(!is_gone(&reply(
            404,
            r#"{"code":"ConnectWiseApi","message":"The endpoint does not exist."}"#
        )));
        assert!(!is_gone(&reply(404, "")));
        assert!(!is_gone(&reply(400, r#"{"code":"NotFound"}"#)));
    }

    #[test]
    fn only_a_passing_failure_is_worth_another_try() {
        for (status, passing) in
            [(429, true), (500, true), (503, true), (400, false), (401, false), (501, false)]
        {
            assert_eq!(failure(status, "").can_retry(), passing, "{status}");
        }
    }
}
