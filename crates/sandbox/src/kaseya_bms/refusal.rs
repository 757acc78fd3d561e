//! The ways in which the service says no. Only the 401 of a bad token is known; the others are inferred from the
//! framework it runs on and from what its document declares.

use serde_json::{Value, json};

use super::{OverLimit, Request, Response, State, answer};

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Refusal {
    /// The user cannot sign in: said inside a success.
    SignIn(&'static str),
    /// Rules are broken: said inside a success.
    Rules(Vec<String>),
    /// A value does not have the type of the property it is for: property, sentence.
    Unbound(String, String),
    /// An operation of a patch cannot be done.
    Patch(String),
    /// There is no token.
    NoToken,
    /// The token is not, or no longer, good.
    Security(&'static str),
    /// The role lacks a right: area, action.
    Denied(&'static str, &'static str),
    /// There is no such record: what, id.
    Missing(&'static str, i64),
    /// There is no such path.
    Nowhere,
    /// The path does not take the method.
    Method,
    /// The body is of a type that is not taken.
    MediaType,
    /// The hour's calls of this path are used up.
    Spent,
}

impl Refusal {
    /// Returns the refusal for the rules that are broken, if any is.
    pub(super) fn unless_none(broken: Vec<String>) -> Result<(), Self> {
        if broken.is_empty() { Ok(()) } else { Err(Self::Rules(broken)) }
    }
}

/// The code of everything about signing in; the only one that is known.
const SECURITY: i64 = 978_001;
/// The codes of the rest are made up.
const VALIDATION: i64 = 400;
const DENIED: i64 = 403;
const MISSING: i64 = 404;

/// Says that the refusal as it is sent.
pub(super) fn render(state: &State, request: &Request, refusal: &Refusal) -> Response {
    let json = |status, body| answer::json(state, request, status, body);
    match refusal {
        Refusal::SignIn(details) => json(200, error(SECURITY, "Security Error", details, &[])),
        Refusal::Rules(rules) => {
            json(200, error(VALIDATION, "Validation Error", "One or more values are not valid.", rules))
        }
        Refusal::Unbound(property, sentence) => Response::text(
            400,
            "application/problem+json; charset=utf-8",
            json!({
                "type": "https://tools.ietf.org/html/rfc7231#section-6.5.1",
                "title": "One or more validation errors occurred.",
                "status": 400,
                "traceId": "00-5a4d0b00000040008000000000000000-0000000000000001-00",
                "errors": {property: [sentence]},
            })
            .to_string(),
        ),
        Refusal::Patch(sentence) => json(400, error(VALIDATION, "Bad Request", sentence, &[])),
        Refusal::NoToken => Response::text(401, "text/plain", "").with("www-authenticate", "Bearer"),
        Refusal::Security(details) => json(401, error(SECURITY, "Security Error", details, &[])),
        Refusal::Denied(area, action) => {
            json(403, error(DENIED, "Access Denied", &format!("The role may not {action} {area}."), &[]))
        }
        Refusal::Missing(what, id) => {
            json(404, error(MISSING, "Not Found", &format!("{what} {id} was not found."), &[]))
        }
        Refusal::Nowhere => {
            let page = "<!DOCTYPE html><html><head><title>404</title></head><body>Not Found</body></html>";
            Response::text(404, "text/html", page)
        }
        Refusal::Method => Response::text(405, "text/plain", ""),
        Refusal::MediaType => Response::text(415, "text/plain", ""),
        Refusal::Spent => {
            let status = match state.habits.over_limit {
                OverLimit::TooManyRequests => 429,
                OverLimit::Forbidden => 403,
            };
            let text = format!("API calls quota exceeded! maximum admitted {} per 1h.", state.limit);
            Response::text(status, "text/plain", text)
        }
    }
}

/// Returns the envelope of a failure; `stackStrace` is how the service spells it.
fn error(code: i64, message: &str, details: &str, rules: &[String]) -> Value {
    json!({
        "success": false,
        "error": {
            "code": code,
            "message": message,
            "details": details,
            "stackStrace": null,
            "subErrors": rules,
        },
        "result": null,
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{send, state};
    use super::*;
    use crate::sample;

    #[test]
    fn broken_rules_are_told_inside_a_success() {
        let mut state = state(1);
        let body = json!({"AccountId": 174, "LocationId": 4711, "FirstName": "Mary"});
        let refused = send(&mut state, "POST", "/crm/contacts/summary", Some(&body));
        assert_eq!((refused.status, refused.changed), (200, false));
        let answer = sample::json(&refused);
        assert_eq!((&answer["success"], &answer["result"]), (&json!(false), &Value::Null));
        assert_eq!(answer["error"]["subErrors"], json!(["LocationId 4711 does not exist."]));
        assert!(answer["error"].get("stackStrace").is_some());
    }

    #[test]
    fn what_cannot_be_read_is_told_without_an_envelope() {
        let mut state = state(1);
        let body = json!({"AccountId": "many"});
        let refused = send(&mut state, "POST", "/crm/contacts/summary", Some(&body));
        assert_eq!(refused.status, 400);
        let answer = sample::json(&refused);
        assert!(answer.get("success").is_none() && answer["errors"]["AccountId"].is_array(), "{answer}");
    }

    #[test]
    fn a_missing_record_has_an_envelope_and_a_missing_path_has_none() {
        let mut state = state(1);
        let record = send(&mut state, "GET", "/crm/contacts/summary/4711", None);
        assert_eq!((record.status, &sample::json(&record)["success"]), (404, &json!(false)));
        let path = send(&mut state, "GET", "/crm/contacts/summaries", None);
        assert_eq!((path.status, sample::json(&path)), (404, Value::Null));
    }
}
