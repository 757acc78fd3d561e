//! Single users: reading them again, twenty in one request.

use std::collections::BTreeMap;

use super::convert::Shared;
use super::wire::{BatchRequest, User};
use super::{Graph, convert, errors, read};
use crate::error::{Error, Kind, Result};
use crate::http::{Reply, Request};
use crate::model::{Id, RecordKind};
use crate::side::{Current, Keys, Raw};

/// Requests in one batch (vendor documents).
pub(super) const BATCH: usize = 20;

/// What a single user needs to be read.
const PERMISSION: &str = "User.Read.All";

/// The users of `tenant` with these ids as they are now. After a write the service may show the older values for
/// seconds to minutes (vendor documents), so what is missing here proves nothing about a write just made.
pub(super) fn reread(
    graph: &Graph,
    kind: RecordKind,
    tenant: &Id,
    ids: &[Id],
) -> Result<BTreeMap<Id, Current>> {
    require(kind)?;
    let tenant = tenant.as_str();
    let mut found = BTreeMap::new();
    for ids in ids.chunks(BATCH) {
        let mut add = |user: Option<User>| {
            let user = user.map(current);
            found.extend(user.map(|user| (user.id.clone(), user)));
        };
        if let [id] = ids {
            add(one(graph, tenant, id)?);
            continue;
        }
        let urls: Vec<String> = ids.iter().map(path).collect::<Result<_>>()?;
        let numbers: Vec<String> = (0..ids.len()).map(|number| number.to_string()).collect();
        let requests: Vec<BatchRequest<'_>> =
            numbers.iter().zip(&urls).map(|(id, url)| BatchRequest { id, method: "GET", url }).collect();
        let answers = read::batch(graph, tenant, &requests, PERMISSION)?;
        for (number, id) in numbers.iter().zip(ids) {
            let answer = answers.iter().find(|answer| answer.id == *number);
            // One that is missing, or wants a fresh token, is asked for by itself.
            let Some(answer) = answer.filter(|answer| answer.status != 401) else {
                add(one(graph, tenant, id)?);
                continue;
            };
            let body = answer.body.as_ref().map_or_else(Vec::new, |body| body.get().as_bytes().to_vec());
            add(user(graph, tenant, &Reply::from_parts("graph", answer.status, Vec::new(), body))?);
        }
    }
    Ok(found)
}

/// Fails: crsync never creates 365 users, so it never searches for one before a create.
pub(super) fn find(_: &Keys) -> Result<Vec<Current>> {
    Err(Error::new(Kind::Usage, "365 users are changed, but never made, so none is searched for"))
}

/// Passes for users.
pub(super) fn require(kind: RecordKind) -> Result<()> {
    if kind == RecordKind::TenantUser {
        return Ok(());
    }
    Err(Error::new(Kind::Usage, format!("a {} is no record of 365", kind.noun())))
}

/// The path of a user in `v1.0`.
///
/// # Errors
/// [`Kind::Service`] for what cannot be an id (they are GUIDs, vendor documents): it would lead to another address. Ids
/// also come from a field of the PSA that people can write to.
pub(super) fn user_path(id: &Id) -> Result<String> {
    if id.is_plain() {
        return Ok(format!("/users/{id}"));
    }
    let message = format!("{:?} cannot be the id of a 365 user, so it is not asked for", id.as_str());
    Err(Error::new(Kind::Service, message).hint("correct or clear the 365 id that is stored for this person"))
}

fn path(id: &Id) -> Result<String> {
    Ok(format!("{}?$select={}", user_path(id)?, read::properties()))
}

fn one(graph: &Graph, tenant: &str, id: &Id) -> Result<Option<User>> {
    let request = Request::get(graph.url(&path(id)?)?).endpoint("users");
    user(graph, tenant, &graph.send(tenant, &request)?)
}

/// The user of an answer; `None` where there is none of that id.
fn user(graph: &Graph, tenant: &str, reply: &Reply) -> Result<Option<User>> {
    match reply.status {
        404 => Ok(None),
        _ if reply.ok() => {
            reply.json("a user").map(Some).map_err(|error| error.within(format_args!("tenant {tenant}")))
        }
        status => Err(errors::graph(status, &reply.body, tenant, PERMISSION, &graph.settings)),
    }
}

/// A user as it is now, with the mark of objects that are mastered elsewhere.
fn current(user: User) -> Current {
    // Addresses are never written to 365, so that it does not matter which of several counts.
    let user = convert::user(user, &[], &Shared::default());
    Current {
        id: user.id,
        active: user.enabled,
        fields: user.fields,
        alternates: user.alternates,
        stamp: None,
        raw: Raw(serde_json::Value::Bool(user.on_premises)),
    }
}

/// Whether the user was mastered on the premises when it was read.
pub(super) fn is_on_premises(current: &Current) -> bool {
    current.raw.0 == serde_json::Value::Bool(true)
}
