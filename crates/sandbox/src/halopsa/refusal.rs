//! The ways in which the service says no: no two parts of it agree on one (seen live by clients).

use serde_json::{Map, Value, json};

use super::Response;

/// Refuses a sign-in.
pub(super) fn sign_in(code: &str, why: &str) -> Response {
    Response::json(400, &json!({"error": code, "error_description": why}))
}

/// Refuses a token that is missing, wrong or at its end.
pub(super) fn unauthorised() -> Response {
    Response::text(401, "text/plain", "")
}

/// Refuses what the application or its agent may not do.
pub(super) fn not_permitted(permission: &str) -> Response {
    Response::json(403, &json!({"Message": format!("You do not have permission to do this ({permission}).")}))
}

/// Refuses one request too many: plain text, and no time to wait.
pub(super) fn too_many() -> Response {
    Response::text(429, "text/plain", "Rate Limit Reached - 300 Requests per rolling 5 minute window")
}

/// Says that there is no such record.
pub(super) fn not_found(what: &str) -> Response {
    Response::json(404, &json!({"ClassName": "System.Exception", "Message": format!("{what} not found")}))
}

/// Refuses values that are not of the type of their field, by their places in the body.
pub(super) fn types(places: &[(String, &str)]) -> Response {
    let sentence = |kind: &str| json!([format!("The JSON value could not be converted to System.{kind}.")]);
    let map: Map<String, Value> =
        places.iter().map(|(place, kind)| (place.clone(), sentence(kind))).collect();
    Response::json(400, &Value::Object(map))
}

/// Refuses a record that lacks something.
pub(super) fn lacks(what: &str) -> Response {
    Response::json(400, &json!({"resultCode": 400, "errorMessage": what}))
}

/// Refuses a search by a field that cannot be searched by.
pub(super) fn no_such_search() -> Response {
    Response::text(400, "text/plain", "Invalid advanced search parameter")
}

/// Refuses a body that is no JSON.
pub(super) fn malformed() -> Response {
    Response::json(400, &json!({"error": "The body could not be read."}))
}

/// Refuses a path or a method that the service does not have: the web server's page (inferred).
pub(super) fn nowhere() -> Response {
    let page = "<!DOCTYPE html>\n<html><body><h1>404 - File or directory not found.</h1></body></html>\n";
    Response::text(404, "text/html; charset=utf-8", page)
}
