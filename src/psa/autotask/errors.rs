//! What Autotask's errors mean, and what to do about them.
//!
//! Nearly everything is a 500 with a list of sentences (seen live by clients), so the sentence decides and the
//! status comes second. A 200 that carries `errors` is a failure like any other.

use serde_json::Value;

use super::wire::Failure;
use crate::error::{Kind, Result};
use crate::http::Reply;
use crate::psa::refusals::{Known, Refusals, tidy};

const TRACKING: &str = "the tracking identifier does not belong to this API user";
const TRACKING_NEXT: &str = "check the tracking identifier of the API user in Autotask, and store it again with \
                             `crsync login autotask integration-code`";

const THREADS: &str = "too many requests at the same time on one entity";
const THREADS_NEXT: &str =
    "another integration uses the same tracking identifier: run the command again later";

const GONE: &str = "the record was deleted or deactivated: run the command again";

const ADDRESS: &str = "check base-url in [autotask], or leave it out so that the zone is looked up";

static REFUSALS: Refusals = Refusals { service: "Autotask", known: &KNOWN, passing: &[502, 503, 504] };

/// The sentences, the more telling ones first, and the statuses of failures whose sentence is not known.
static KNOWN: [Known; 20] = [
    Known::words("zone information could not be determined", Kind::Auth)
        .instead("no database is known for this API user name")
        .next("check user in [autotask]; if it is right, set base-url there to the address of your zone"),
    Known::words("integration code", Kind::Auth).instead(TRACKING).next(TRACKING_NEXT),
    Known::words("integrationcode", Kind::Auth).instead(TRACKING).next(TRACKING_NEXT),
    Known::words("has been locked", Kind::Auth)
        .instead("the API user is locked")
        .next("unlock it in Autotask under Resources/Users, then check the secret of [autotask]"),
    Known::words("adequate permissions", Kind::Permission)
        .next("give the API user's security level in Autotask the right that the message names"),
    Known::words("required permissions", Kind::Permission)
        .next("the record is gone, or the API user's security level in Autotask lacks the right"),
    Known::words("thread threshold", Kind::Throttled).instead(THREADS).next(THREADS_NEXT),
    Known::words("itgenatr005", Kind::Throttled).instead(THREADS).next(THREADS_NEXT),
    Known::words("threshold", Kind::Throttled)
        .instead("the database's requests of this hour are used up, by all integrations together")
        .next("run the command again when the hour has passed"),
    Known::words("limited to 500 or fewer", Kind::Service).next("choose fewer companies with --company"),
    Known::words("unable to find", Kind::Service)
        .next("the field does not exist in this database: check the names of user-defined fields"),
    Known::words("value does not reference an existing entity", Kind::NotFound).next(GONE),
    Known::words("does not exist or is invalid", Kind::NotFound).next(GONE),
    // These two quote the value that was sent, which may be a PIN.
    Known::words("unexpected character encountered while parsing value", Kind::Service)
        .instead("a value has the wrong type for its field"),
    Known::words("conversion failed when converting", Kind::Service)
        .instead("a value has the wrong type for its field")
        .next("if a user-defined field is involved, check its type in Autotask"),
    Known::status(401, Kind::Auth, "the API user's credentials are not accepted").next(
        "check `user` of [autotask] and store integration-code and secret again with `crsync login autotask`; \
         a new API user needs some minutes, and wrong secrets lock it",
    ),
    Known::status(403, Kind::Permission, "the API user lacks the right")
        .next("give the API user's security level in Autotask the right to do this"),
    Known::status(404, Kind::Service, "there is no such address in this zone").next(ADDRESS),
    Known::status(405, Kind::Service, "the address does not take this method").next(ADDRESS),
    Known::status(429, Kind::Throttled, "too many requests").next("run the command again later"),
];

/// Passes if the answer to `what` (`Contacts/query`) is no failure.
///
/// # Errors
/// What the failure means, with the next step where there is one.
pub(super) fn check(reply: &Reply, what: &str) -> Result<()> {
    let status = reply.status;
    let read = |body: &[u8]| -> Failure { serde_json::from_slice(body).unwrap_or_default() };
    if reply.ok() && lines(&read(&reply.body)).is_empty() {
        return Ok(());
    }
    let failure = read(&reply.refusal());
    let lines = lines(&failure);
    let told = lines.join("; ");
    let told = match failure.error_id {
        Some(id) if !told.contains(&id) => tidy(&format!("{told} (error id {id})")),
        _ => told,
    };
    // It refuses with a 500 as well, and says why: only one without a reason may come from something before it.
    let says_why = !told.is_empty() && (status == 500 || reply.ok());
    let error = REFUSALS.explain(REFUSALS.find(status, &told), what, status, &told);
    let refuses = (says_why || reply.refuses()) && error.kind() != Kind::Throttled;
    Err(error.refused(refuses))
}

/// The sentences of a failure, without the closing line that only says which record of the request it was.
fn lines(failure: &Failure) -> Vec<String> {
    let told: &[Value] = match &failure.errors {
        None | Some(Value::Null) => &[],
        Some(Value::Array(lines)) => lines,
        Some(line) => std::slice::from_ref(line),
    };
    let mut lines: Vec<String> = told
        .iter()
        .map(|line| line.as_str().map_or_else(|| line.to_string(), ToOwned::to_owned))
        .chain(failure.message.clone())
        .map(|line| tidy(&line))
        .filter(|line| !line.is_empty())
        .collect();
    let telling = |line: &String| {
        let line = line.to_lowercase();
        !(line.starts_with("error updating entity") || line.starts_with("error creating"))
    };
    if lines.iter().any(telling) {
        lines.retain(telling);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn reply(status: u16, body: &str) -> Reply {
        Reply::from_parts("autotask", status, Vec::new(), body.as_bytes().to_vec())
    }

    fn failure(status: u16, body: &str) -> Error {
        check(&reply(status, body), "Contacts/query").expect_err("a failure")
    }

    #[test]
    fn sentences_decide_before_the_status() {
        let table = [
            (500, r#"{"errors":["Zone information could not be determined"]}"#, Kind::Auth),
            (500, r#"{"errors":["The integration code is not valid for this user."]}"#, Kind::Auth),
            (500, r#"{"errors":["IntegrationCode is invalid"]}"#, Kind::Auth),
            (500, r#"{"errors":["The user account has been locked."]}"#, Kind::Auth),
            (
                500,
                r#"{"errors":["The logged in Resource does not have the adequate permissions to query this entity."]}"#,
                Kind::Permission,
            ),
            (500, r#"{"errors":["Unable to find companyName in the Contact Entity"]}"#, Kind::Service),
            (
                500,
                r#"{"errors":["Value does not reference an existing entity for contactID."]}"#,
                Kind::NotFound,
            ),
            (500, r#"{"errors":["Queries are limited to 500 or fewer 'OR' conditions."]}"#, Kind::Service),
            (429, r#"{"errors":["The thread threshold of 3 was exceeded (Itgenatr005)"]}"#, Kind::Throttled),
            (500, r#"{"errors":["The request threshold of 10000 was exceeded."]}"#, Kind::Throttled),
            (401, "", Kind::Auth),
            (403, "{}", Kind::Permission),
            (404, "<html><body>404 - File or directory not found.</body></html>", Kind::Service),
            (
                405,
                r#"{"Message":"The requested resource does not support http method 'GET'."}"#,
                Kind::Service,
            ),
            (500, "", Kind::Service),
            (200, r#"{"items":[],"errors":["Something is wrong"]}"#, Kind::Service),
        ];
        for (status, body, kind) in table {
            assert_eq!(failure(status, body).kind(), kind, "{status} {body}");
        }
    }

    #[test]
    fn an_answer_without_errors_passes() {
        for body in [r#"{"items":[]}"#, r#"{"items":[],"errors":[]}"#, r#"{"items":[],"errors":null}"#] {
            assert!(check(&reply(200, body), "Contacts/query").is_ok(), "{body}");
        }
    }

    #[test]
    fn the_permission_sentence_is_kept_and_the_closing_line_is_not() {
        let error = failure(
            500,
            r#"{"errors":["The logged in Resource does not have the adequate permissions to edit contacts.","Error updating entity for record number [1]."]}"#,
        );
        assert_eq!(
            error.message(),
            "Autotask refused Contacts/query: The logged in Resource does not have the adequate permissions \
             to edit contacts"
        );
        let alone = failure(500, r#"{"errors":["Error updating entity for record number [1]."]}"#);
        assert!(alone.message().ends_with("Error updating entity for record number [1]"));
    }

    #[test]
    fn a_quoted_value_is_not_repeated() {
        let error = failure(
            500,
            r#"{"errors":["Conversion failed when converting varchar '4821' to data type int"]}"#,
        );
        assert!(!error.message().contains("4821"), "{error}");
    }

    #[test]
    fn the_error_id_is_passed_on_once() {
        let error = failure(500, r#"{"errors":["An unexpected error has occurred."],"errorId":77}"#);
        assert!(error.message().ends_with("An unexpected error has occurred (error id 77)"), "{error}");
        let error = failure(500, r#"{"errors":["It failed.  Reference Error ID: 77."],"errorId":77}"#);
        assert!(error.message().ends_with("It failed. Reference Error ID: 77"), "{error}");
    }

    #[test]
    fn only_a_passing_failure_is_worth_another_try() {
        assert!(failure(503, "").can_retry());
        assert!(failure(429, "").can_retry());
        assert!(!failure(500, "").can_retry());
        assert!(!failure(401, "").can_retry());
    }
}
