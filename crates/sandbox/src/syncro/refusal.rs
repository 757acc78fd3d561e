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

/// What is wrong with a record: a field, and the words about it.
pub(super) type Mistake = (&'static str, String);

/// Refuses a record that breaks rules.
///
/// `params` is what was sent, where the route repeats it.
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
            for (field, words) in mistakes {
                fields.entry(field).or_default().push(words);
            }
            json!({"errors": fields})
        }
    };
    Response::json(422, &body)
}

fn sentences(mistakes: &[Mistake]) -> Vec<String> {
    let sentence = |(field, words): &Mistake| {
        let (first, rest) = field.split_at(1);
        format!("{}{rest} {words}", first.to_ascii_uppercase())
    };
    mistakes.iter().map(sentence).collect()
}

/// Says that the token is wrong (the text was seen live, its wrapping is inferred).
pub(super) fn unauthenticated() -> Response {
    Response::json(401, &json!({"error": "Failed to authenticate account"}))
}

/// Says that the token lacks a permission: 401 as well.
pub(super) fn not_permitted() -> Response {
    let text = "Not authorized. Please ask account admin to update your group permissions.";
    Response::json(401, &json!({"error": text}))
}

/// Says that there is no such record that the user sees.
pub(super) fn not_found() -> Response {
    Response::json(404, &json!({"message": "Not found"}))
}

/// Says that there were too many requests: no JSON and no time to wait (no source describes the body; inferred).
pub(super) fn too_many() -> Response {
    Response::text(429, "text/plain; charset=utf-8", "Retry later\n")
}

/// Refuses a path or method the service does not have: the web server's page (inferred).
pub(super) fn nowhere() -> Response {
    page(404, "The page you were looking for doesn't exist.")
}

/// Refuses a body that is no JSON (inferred).
pub(super) fn malformed() -> Response {
    page(400, "Your browser sent a request that this server could not understand.")
}

fn page(status: u16, title: &str) -> Response {
    let body = format!("<!DOCTYPE html>\n<html><body><h1>{title}</h1></body></html>\n");
    Response::text(status, "text/html; charset=utf-8", body)
}
