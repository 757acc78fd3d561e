//! Looks at single users, twenty in one request: whether they are there, may sign in, and which licences they have.
//! Only a positive answer counts; whatever else comes back is not known.

use std::collections::BTreeMap;

use super::lookup::{self, BATCH};
use super::wire::{BatchRequest, BatchResponse, Problem, SeenUser};
use super::{Graph, errors, read};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::{Id, Look};

/// What a single user needs to be read.
const PERMISSION: &str = "User.Read.All";

/// What Graph answers where there is no user of that id, deleted ones that can be restored included (vendor
/// documents).
const NOT_FOUND: &str = "Request_ResourceNotFound";

/// Looks at the users of `tenant` with these ids. What keeps one batch from being answered keeps the others from being
/// asked.
pub(super) fn look(graph: &Graph, tenant: &str, users: &[Id]) -> BTreeMap<Id, Look> {
    let mut looks = BTreeMap::new();
    let mut stopped: Option<String> = None;
    let (users, strange): (Vec<Id>, Vec<Id>) = users.iter().cloned().partition(Id::is_plain);
    for user in strange {
        let why = Look::Unknown(format!("{:?} cannot be the id of a 365 user", user.as_str()));
        looks.insert(user, why);
    }
    for users in users.chunks(BATCH) {
        let found = match &stopped {
            None => batch(graph, tenant, users),
            Some(_) => Ok(Vec::new()),
        };
        match found {
            Ok(found) => looks.extend(found),
            Err(error) => stopped = Some(error.message().to_owned()),
        }
        for user in users {
            let why = || Look::Unknown(stopped.clone().unwrap_or_else(|| "365 did not answer".to_owned()));
            looks.entry(user.clone()).or_insert_with(why);
        }
    }
    looks
}

/// Looks at users in one request.
fn batch(graph: &Graph, tenant: &str, users: &[Id]) -> Result<Vec<(Id, Look)>> {
    if let [user] = users {
        return Ok(vec![(user.clone(), one(graph, tenant, user)?)]);
    }
    let urls: Vec<String> = users.iter().map(path).collect::<Result<_>>()?;
    let numbers: Vec<String> = (0..users.len()).map(|number| number.to_string()).collect();
    let requests: Vec<BatchRequest<'_>> =
        numbers.iter().zip(&urls).map(|(id, url)| BatchRequest { id, method: "GET", url }).collect();
    let answers = read::batch(graph, tenant, &requests, PERMISSION)?;
    let mut looks = Vec::new();
    for (number, user) in numbers.iter().zip(users) {
        let answer = answers.iter().find(|answer| answer.id == *number);
        let look = match answer.filter(|answer| !read::passing(answer.status)) {
            Some(answer) => seen(graph, tenant, user, &reply(answer)),
            // One that was throttled, or failed in passing, is asked for by itself, where repeating happens.
            None => one(graph, tenant, user)?,
        };
        looks.push((user.clone(), look));
    }
    Ok(looks)
}

fn reply(answer: &BatchResponse) -> Reply {
    let body = answer.body.as_ref().map_or_else(Vec::new, |body| body.get().as_bytes().to_vec());
    Reply::from_parts("graph", answer.status, Vec::new(), body)
}

fn path(user: &Id) -> Result<String> {
    Ok(format!("{}?$select=id,accountEnabled,assignedLicenses", lookup::user_path(user)?))
}

/// Looks at one user.
///
/// # Errors
/// What would keep all others from being answered as well.
fn one(graph: &Graph, tenant: &str, user: &Id) -> Result<Look> {
    let request = Request::get(graph.url(&path(user)?)?).endpoint("users");
    let reply = graph.send(tenant, &request)?;
    if matches!(reply.status, 401 | 403 | 429) {
        return Err(refusal(graph, tenant, &reply));
    }
    Ok(seen(graph, tenant, user, &reply))
}

fn refusal(graph: &Graph, tenant: &str, reply: &Reply) -> Error {
    errors::graph(reply.status, &reply.body, tenant, PERMISSION, &graph.settings)
}

/// What an answer says of the user that was asked for.
fn seen(graph: &Graph, tenant: &str, user: &Id, reply: &Reply) -> Look {
    if is_not_found(reply) {
        return Look::Gone;
    }
    if !reply.ok() {
        return Look::Unknown(refusal(graph, tenant, reply).message().to_owned());
    }
    let answer = reply.json::<SeenUser>("a user").and_then(|seen| {
        let same = seen.id.trim().eq_ignore_ascii_case(user.as_str());
        let other = || Error::new(Kind::Service, format!("tenant {tenant}: Graph answered for another user"));
        same.then_some(seen).ok_or_else(other)
    });
    match answer {
        Ok(SeenUser { account_enabled: enabled, assigned_licenses, .. }) => {
            let sku = |licence: super::wire::License| licence.sku_id.trim().to_lowercase();
            Look::Here {
                enabled,
                licences: assigned_licenses.map(|licences| licences.into_iter().map(sku).collect()),
            }
        }
        Err(error) => Look::Unknown(error.message().to_owned()),
    }
}

/// Whether Graph itself says that there is no such user: a page that stands in between may answer 404 as well.
fn is_not_found(reply: &Reply) -> bool {
    let problem: Problem = serde_json::from_slice(&reply.body).unwrap_or_default();
    reply.status == 404
        && problem.error.and_then(|error| error.code).is_some_and(|code| code.eq_ignore_ascii_case(NOT_FOUND))
}
