//! `POST /$batch`: up to 20 requests in one.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{Call, State, error, route};
use crate::wire::{Request, Response};

const MOST: usize = 20;

#[derive(Deserialize)]
struct Batch {
    requests: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    id: String,
    method: String,
    url: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    #[serde(default)]
    depends_on: Vec<String>,
}

/// Runs the items in order, and answers in another: clients have to go by the id.
pub(super) fn run(state: &mut State, call: &Call<'_>) -> Response {
    if call.request.method != "POST" {
        return error(
            405,
            "Request_BadRequest",
            "Specified HTTP method is not allowed for the request target.",
        );
    }
    let Ok(batch) = serde_json::from_slice::<Batch>(&call.request.body) else {
        return bad("Invalid batch payload format.");
    };
    if batch.requests.is_empty() || batch.requests.len() > MOST {
        return bad(&format!("Number of batch request steps must be between 1 and {MOST}."));
    }
    let ids: BTreeSet<String> = batch.requests.iter().map(|item| item.id.to_lowercase()).collect();
    if ids.len() != batch.requests.len() {
        return bad("Duplicated batch request id.");
    }
    let mut statuses: BTreeMap<String, u16> = BTreeMap::new();
    let mut changed = false;
    let mut responses = Vec::new();
    for item in &batch.requests {
        let failed = |id: &String| statuses.get(&id.to_lowercase()).is_none_or(|status| *status >= 400);
        let response = if item.depends_on.iter().any(failed) {
            error(424, "FailedDependency", "A request that this one depends on failed.")
        } else {
            one(state, call, item)
        };
        statuses.insert(item.id.to_lowercase(), response.status);
        changed |= response.changed;
        responses.push(shown(&item.id, &response));
    }
    responses.reverse();
    let response = Response::json(200, &json!({ "responses": responses }));
    if changed { response.changed() } else { response }
}

fn one(state: &mut State, call: &Call<'_>, item: &Item) -> Response {
    // Relative to the version: a whole address, or one with a version, names a resource that does not exist.
    let url = item.url.trim_start_matches('/');
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let headers: Vec<(String, String)> =
        item.headers.iter().map(|(name, value)| (name.to_lowercase(), value.clone())).collect();
    if item.body.is_some() && !headers.iter().any(|(name, _)| name == "content-type") {
        return bad("A batch item with a body needs a Content-Type header.");
    }
    let request = Request {
        method: item.method.to_uppercase(),
        path: format!("/v1.0/{}", decoded(path)),
        length: url.len(),
        query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
        headers,
        body: item.body.as_ref().map(|body| body.to_string().into_bytes()).unwrap_or_default(),
        base: call.request.base.clone(),
    };
    if request.path.ends_with("/$batch") {
        return bad("A batch cannot hold a batch.");
    }
    route(state, &Call { request: &request, tenant: call.tenant, roles: call.roles })
}

/// Returns a path with its `%41` sequences resolved.
fn decoded(path: &str) -> String {
    let plain = path.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(plain.as_bytes())
        .next()
        .map(|(path, _)| path.into_owned())
        .unwrap_or_default()
}

fn shown(id: &str, response: &Response) -> Value {
    let headers: Map<String, Value> =
        response.headers.iter().map(|(name, value)| (title_case(name), value.clone().into())).collect();
    let mut shown = json!({ "id": id, "status": response.status, "headers": headers });
    if !response.body.is_empty() {
        let text = || BASE64_STANDARD.encode(&response.body).into();
        let picture = response
            .headers
            .iter()
            .any(|(name, value)| name == "content-type" && value.starts_with("image/"));
        let body: Option<Value> = serde_json::from_slice(&response.body).ok().filter(|_| !picture);
        shown["body"] = body.unwrap_or_else(text);
    }
    shown
}

/// Returns a header name in the case that browsers show, as batches have it.
fn title_case(name: &str) -> String {
    let part = |part: &str| {
        let (first, rest) = part.split_at(1.min(part.len()));
        first.to_uppercase() + rest
    };
    name.split('-').map(part).collect::<Vec<_>>().join("-")
}

fn bad(text: &str) -> Response {
    error(400, "BadRequest", text)
}
