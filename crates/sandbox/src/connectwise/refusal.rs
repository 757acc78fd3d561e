//! The ways in which the service says no. Where the words are not known they are made up; the status and the
//! code are what clients may count on.

use serde_json::{Value, json};

use super::Response;
use super::schema::Entity;

/// What is wrong with a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mistake {
    /// The service's word for the kind.
    pub(super) code: &'static str,
    /// The sentence.
    pub(super) message: String,
    /// The field.
    pub(super) field: String,
}

impl Mistake {
    /// Returns the mistake of a value that its field does not take.
    pub(super) fn invalid(field: &str, message: impl Into<String>) -> Self {
        Self { code: "InvalidField", message: message.into(), field: field.to_owned() }
    }

    /// Returns the mistake of a missing field that a record cannot do without (seen live by clients).
    pub(super) fn missing(field: &str) -> Self {
        let message = format!("The {field} field is required.");
        Self { code: "MissingRequiredField", message, field: field.to_owned() }
    }
}

fn refused(status: u16, code: &str, message: &str) -> Response {
    Response::json(status, &json!({"code": code, "message": message, "errors": null}))
}

/// Refuses a record with mistakes in it.
pub(super) fn invalid(entity: &Entity, mistakes: &[Mistake]) -> Response {
    let errors: Vec<Value> = mistakes
        .iter()
        .map(|mistake| {
            json!({"code": mistake.code, "message": mistake.message, "resource": entity.name,
                "field": mistake.field})
        })
        .collect();
    let message = format!("{} object is invalid", entity.name);
    Response::json(400, &json!({"code": "InvalidObject", "message": message, "errors": errors}))
}

/// Refuses a body that cannot be decoded.
pub(super) fn undecodable(message: &str) -> Response {
    refused(400, "InvalidObject", message)
}

/// Refuses an operation that cannot be carried out.
pub(super) fn patch(message: &str) -> Response {
    refused(400, "InvalidPatch", message)
}

/// Refuses a condition that the service does not understand (the words for a name were seen live by clients).
pub(super) fn condition(message: &str) -> Response {
    refused(400, "ApiFindCondition", message)
}

/// Refuses a parameter out of bounds.
pub(super) fn parameter(message: &str) -> Response {
    refused(400, "ConnectWiseApi", message)
}

/// Says that there is one already (the code was seen live by clients).
pub(super) fn exists(message: &str) -> Response {
    refused(400, "ObjectExists", message)
}

/// Says that the company of the address or of the credentials is none, or that the path is doubled: JSON or plain
/// text.
pub(super) fn cannot_route(plain: bool) -> Response {
    const TEXT: &str = "Cannot route. Codebase/company is invalid";
    if plain { Response::text(400, "text/plain", TEXT) } else { refused(400, "ConnectWiseApi", TEXT) }
}

/// Credentials that cannot be read, or an integration that is not known.
pub(super) fn unauthorised(message: &str) -> Response {
    refused(401, "Unauthorized", message)
}

/// Keys that no member has; as seen live by clients, without `errors`.
pub(super) fn not_authenticated() -> Response {
    Response::json(401, &json!({"code": "ConnectWiseApi", "message": "UserNotAuthenticated"}))
}

/// Says that a right is missing (the body is not known).
pub(super) fn denied(action: &str, role: &str) -> Response {
    refused(403, "Security", &format!("The security role does not allow to {action} in {role}."))
}

/// Says that there is no such record (seen live by clients).
pub(super) fn not_found(entity: &Entity, id: i64) -> Response {
    let (first, rest) = entity.name.split_at(1);
    refused(404, "NotFound", &format!("{}{rest} {id} not found", first.to_uppercase()))
}

/// Says that there is no such route in this codebase.
pub(super) fn nowhere() -> Response {
    refused(404, "ConnectWiseApi", "The endpoint does not exist.")
}

/// Says, as the gateway does, that the path is not known.
pub(super) fn gateway(status: u16) -> Response {
    let page = format!("<!DOCTYPE html><html><head><title>{status}</title></head><body></body></html>");
    Response::text(status, "text/html", page)
}

/// Says that the route does not take the method.
pub(super) fn method(method: &str) -> Response {
    let message = format!("The requested resource does not support http method '{method}'.");
    refused(405, "MethodNotAllowed", &message)
}

/// Refuses a version that the service does not have, or a request that wants no JSON.
pub(super) fn not_acceptable(message: &str) -> Response {
    refused(406, "NotAcceptable", message)
}

/// Says that others still refer to the record.
pub(super) fn in_use(message: &str) -> Response {
    refused(409, "InUse", message)
}

/// Refuses a body that says of itself that it is no JSON.
pub(super) fn unsupported() -> Response {
    refused(415, "UnsupportedMediaType", "The content type must be application/json.")
}
