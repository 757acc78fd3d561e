//! The ways in which the service says no.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Response, Row};

/// The shapes in which a 422 tells what is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Shape {
    /// The record as it would be, and one text under `errors`: contacts.
    Text,
    /// A list of texts under `message`: customers.
    List,
    /// Lists by field under `errors`: elsewhere.
    Map,
}

/// What is wrong with a record: a field, and what is said of it.
pub(super) type Mistake = (&'static str, String);

/// A record that breaks rules. `params` is what was sent, where the route repeats it.
pub(super) fn invalid(shape: Shape, mistakes: &[Mistake], record: &Value, params: Option<&Row>) -> Response {
    let body = match shape {
        Shape::Text => json!({"record": record, "errors": sentences(mistakes).join(",")}),
        Shape::List => {
            let mut body = json!({"success": false, "message": sentences(mistakes)});
            if let Some(params) = params {
                body["params"] = json!(params);
            }
            body
        }
        Shape::Map => {
            let mut fields: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
            for (field, told) in mistakes {
                fields.entry(field).or_default().push(told);
            }
            json!({"errors": fields})
        }
    };
    Response::json(422, &body)
}

fn sentences(mistakes: &[Mistake]) -> Vec<String> {
    let sentence = |(field, told): &Mistake| {
        let (first, rest) = field.split_at(1);
        format!("{}{rest} {told}", first.to_ascii_uppercase())
    };
    mistakes.iter().map(sentence).collect()
}

/// The token is wrong (the text was seen live, its wrapping is inferred).
pub(super) fn unauthenticated() -> Response {
    Response::json(401, &json!({"error": "Failed to authenticate account"}))
}

/// The token lacks a permission: 401 as well.
pub(super) fn not_permitted() -> Response {
    let told = "Not authorized. Please ask account admin to update your group permissions.";
    Response::json(401, &json!({"error": told}))
}

/// There is no such record, or the user is not told of it.
pub(super) fn not_found() -> Response {
    Response::json(404, &json!({"message": "Not found"}))
}

/// Too many requests: no JSON and no word of how long (no source describes the body; inferred).
pub(super) fn too_many() -> Response {
    Response::text(429, "text/plain; charset=utf-8", "Retry later\n")
}

/// A path or method the service does not have: the web server's page (inferred).
pub(super) fn nowhere() -> Response {
    page(404, "The page you were looking for doesn't exist.")
}

/// A body that is no JSON (inferred).
pub(super) fn malformed() -> Response {
    page(400, "Your browser sent a request that this server could not understand.")
}

fn page(status: u16, told: &str) -> Response {
    let body = format!("<!DOCTYPE html>\n<html><body><h1>{told}</h1></body></html>\n");
    Response::text(status, "text/html; charset=utf-8", body)
}
