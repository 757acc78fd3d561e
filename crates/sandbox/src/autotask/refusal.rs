//! The ways in which the service says no: 500 for nearly everything.

use serde_json::json;

use super::{Response, State};

/// Returns errors as most failures tell them.
pub(super) fn errors(texts: &[impl AsRef<str>]) -> Response {
    let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
    Response::json(500, &json!({"errors": texts}))
}

/// Refuses a body that the service could not make sense of.
pub(super) fn unexpected(state: &mut State) -> Response {
    state.failures += 1;
    let id = 7_000_000 + state.failures;
    let text = format!(
        "An unexpected error has occurred.  If the problem persists, please contact Autotask Support and \
         reference Error ID: {id}."
    );
    Response::json(500, &json!({"errors": [text], "errorId": id}))
}

/// Says that the secret is wrong: no body at all.
pub(super) fn unauthorised() -> Response {
    Response::text(401, "text/plain", "")
}

/// Says that the user is locked.
pub(super) fn locked() -> Response {
    Response::json(401, &json!({"errors": ["The user account has been locked"]}))
}

/// Says that the hourly budget is used up (status and words are not known).
pub(super) fn spent() -> Response {
    Response::json(429, &json!({"errors": ["The external request threshold has been exceeded."]}))
}

/// Says that a right is missing.
pub(super) fn denied(action: &str, entity: &str) -> Response {
    errors(&[format!(
        "The logged in Resource does not have the adequate permissions to {action} this entity type: {entity}."
    )])
}

/// Says that the route exists, the method does not.
pub(super) fn method(method: &str) -> Response {
    let text = format!("The requested resource does not support http method '{method}'.");
    Response::json(405, &json!({"Message": text}))
}

/// Says that there is no such route in this zone: the web server answers, not the service.
pub(super) fn nowhere() -> Response {
    let page = "<!DOCTYPE html><html><head><title>404</title></head><body><h2>Not found</h2></body></html>";
    Response::text(404, "text/html", page)
}

/// Refuses a field that the entity does not have.
pub(super) fn unknown_field(field: &str, entity: &str) -> String {
    format!("Unable to find {field} in the {entity} Entity")
}
