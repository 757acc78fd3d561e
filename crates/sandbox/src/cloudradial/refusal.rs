//! The many forms in which the service says no: clients have met each of them somewhere.

use serde_json::{Value, json};

use super::Response;

/// Says that the credentials are wrong: no body at all.
pub(super) fn unauthorised() -> Response {
    Response::text(401, "text/plain", "").with("www-authenticate", "Basic")
}

/// Says that there is no such route: no body at all.
pub(super) fn nowhere() -> Response {
    Response::text(404, "text/plain", "")
}

/// Says that the route exists, the method does not: no body at all.
pub(super) fn method(allowed: &str) -> Response {
    Response::text(405, "text/plain", "").with("allow", allowed)
}

/// Says that there were too many requests: a bare `message`.
pub(super) fn throttled(retry_after: Option<&str>) -> Response {
    let response = Response::json(429, &json!({"message": "Too many requests."}));
    match retry_after {
        Some(delay) => response.with("retry-after", delay),
        None => response,
    }
}

/// Returns the envelope with `success` false.
pub(super) fn unsuccessful(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"success": false, "message": message}))
}

/// Returns a bare `message`.
pub(super) fn bare(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"message": message}))
}

/// Returns a bare `error`.
pub(super) fn plain(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"error": message}))
}

/// Says that there is more than the server in front of the service lets through: a page for people.
pub(super) fn too_large() -> Response {
    let page = "<html><head><title>413 Request Entity Too Large</title></head></html>";
    Response::text(413, "text/html", page)
}

/// Returns an error as lists have it: code and message.
pub(super) fn odata(status: u16, message: &str) -> Response {
    Response::json(status, &json!({"error": {"code": status.to_string(), "message": message}}))
}

/// Returns problem details that name fields.
pub(super) fn invalid(mistakes: &[(String, String)]) -> Response {
    let errors: serde_json::Map<String, Value> =
        mistakes.iter().map(|(field, message)| (field.clone(), json!([message]))).collect();
    problem(400, "One or more validation errors occurred.", Some(Value::Object(errors)))
}

/// Returns problem details about one thing.
pub(super) fn invalid_one(field: &str, message: impl Into<String>) -> Response {
    invalid(&[(field.to_owned(), message.into())])
}

/// Returns problem details.
pub(super) fn problem(status: u16, title: &str, errors: Option<Value>) -> Response {
    let mut body = json!({"title": title, "status": status});
    if let Some(errors) = errors {
        body["errors"] = errors;
    }
    Response::text(status, "application/problem+json; charset=utf-8", body.to_string())
}
