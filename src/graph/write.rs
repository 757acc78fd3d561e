//! Writing users: one PATCH of what changes for each, and twenty of them in one request.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::lookup::{is_on_premises, require, user_path};
use super::read::{passing, quiet, retry_after};
use super::wire::{BatchAnswer, BatchResponse, BatchWrite, WriteBatch};
use super::{Graph, errors, fields};
use crate::calls::fresh;
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request, Safety};
use crate::model::Fields;
use crate::side::{Current, Write, Written};

/// What is sent to one user: only what differs from the user as it was read.
struct Patch<'w> {
    current: &'w Current,
    path: String,
    sent: Fields,
    body: Map<String, Value>,
}

impl<'w> Patch<'w> {
    fn of(write: &Write<'w>) -> Result<Self> {
        require(write.kind)?;
        let Some(current) = write.current else {
            return Err(Error::new(Kind::Usage, "365 users are changed, but never made"));
        };
        if is_on_premises(current) {
            return Err(errors::on_premises(&current.id));
        }
        let sent = sent(write);
        Ok(Self { current, path: user_path(&current.id)?, body: fields::body(&sent)?, sent })
    }

    /// The same values again change nothing, so a lost answer is made up for by sending them again.
    fn send(&self, graph: &Graph, tenant: &str) -> Result<Reply> {
        let request = Request::new(Method::Patch, graph.url(&self.path)?).endpoint("users");
        graph.send(tenant, &request.json(&self.body))
    }

    /// What was answered. Its 204 is the proof that it was carried out; what a reading shows for a while afterwards is
    /// not, since that may be old (vendor documents).
    fn written(&self, graph: &Graph, write: &Write<'_>, reply: &Reply) -> Result<Written> {
        let (id, tenant) = (&self.current.id, write.company.as_str());
        if !reply.ok() {
            return Err(errors::write(reply, tenant, id, &self.sent, graph).attempts(reply.attempts));
        }
        Ok(Written {
            id: id.clone(),
            shown: Some(with(self.current, write.fields)),
            request_id: reply.header("request-id").map(ToOwned::to_owned),
            attempts: reply.attempts,
        })
    }
}

/// Carries out one write.
pub(super) fn write(graph: &Graph, write: &Write<'_>) -> Result<Written> {
    let patch = Patch::of(write)?;
    patch.written(graph, write, &patch.send(graph, write.company.as_str())?)
}

/// Carries out writes to users of one tenant, at most as many as a batch holds.
pub(super) fn write_all(graph: &Graph, writes: &[Write<'_>]) -> Vec<Result<Written>> {
    let tenant = writes.first().map_or("", |first| first.company.as_str());
    let patches: Vec<Result<Patch<'_>>> = writes.iter().map(Patch::of).collect();
    let ready = patches.iter().enumerate().filter_map(|(place, patch)| Some((place, patch.as_ref().ok()?)));
    let ready: BTreeMap<usize, &Patch<'_>> = ready.collect();
    // One by itself needs no batch.
    let mut replies = if ready.len() > 1 { batch(graph, tenant, ready) } else { BTreeMap::new() };
    let written = |(place, (write, patch)): (usize, (&Write<'_>, &Result<Patch<'_>>))| {
        let patch = patch.as_ref().map_err(Error::without_cause)?;
        // One that was left out of the answer, or refused with a token that is over, gets a fresh one by itself.
        let reply = replies.remove(&place).unwrap_or_else(|| patch.send(graph, tenant))?;
        patch.written(graph, write, &reply)
    };
    writes.iter().zip(&patches).enumerate().map(written).collect()
}

/// Sends patches in one request, and those again that Graph had no room for, together, once the time has come that they
/// name. Returns what was answered to each, by its place; one that was not answered, or not for sure, is missing.
fn batch(
    graph: &Graph,
    tenant: &str,
    mut open: BTreeMap<usize, &Patch<'_>>,
) -> BTreeMap<usize, Result<Reply>> {
    let mut replies = BTreeMap::new();
    let (mut attempt, mut sent) = (1, 0);
    loop {
        let again = ask(graph, tenant, &open).and_then(|(answers, times)| {
            sent += times;
            let mut refused = BTreeMap::new();
            let mut waits = Vec::new();
            for answer in answers.into_iter().filter(|answer| answer.status != 401) {
                let place = answer.id.trim().parse::<usize>().ok();
                let Some((place, patch)) = place.and_then(|place| open.remove_entry(&place)) else {
                    continue;
                };
                if passing(answer.status) {
                    waits.extend(retry_after(&answer));
                    refused.insert(place, patch);
                }
                replies.insert(place, Ok(item(answer, sent)));
            }
            open = refused;
            Ok(!open.is_empty() && graph.service.pause(attempt, waits.iter().map(String::as_str), true)?)
        });
        match again {
            Ok(true) => attempt += 1,
            Ok(false) => return replies,
            Err(error) => {
                let error = Error::attempts(error.without_cause(), sent + error.sent());
                replies.extend(open.into_keys().map(|place| (place, Err(error.without_cause()))));
                return replies;
            }
        }
    }
}

/// Sends one batch; returns its answers, and how often it was sent.
fn ask(
    graph: &Graph,
    tenant: &str,
    patches: &BTreeMap<usize, &Patch<'_>>,
) -> Result<(Vec<BatchResponse>, u32)> {
    let items =
        patches.iter().map(|(place, patch)| BatchWrite::patch(place.to_string(), &patch.path, &patch.body));
    let requests = items.collect();
    let request = Request::new(Method::Post, graph.url("/$batch")?)
        .safety(Safety::Repeatable) // all of its parts are
        .endpoint("$batch")
        .json(&WriteBatch { requests });
    let reply = fresh::of_several(|| graph.send(tenant, &request))?;
    if !reply.ok() {
        let error = errors::graph(reply.status, &reply.body, tenant, errors::WRITING, &graph.settings);
        return Err(error.attempts(reply.attempts));
    }
    let answer: BatchAnswer = reply
        .json("a batch")
        .map_err(|error| error.within(format_args!("tenant {tenant}")).attempts(reply.attempts))?;
    let answers = answer.responses.into_iter().map(|answer| quiet(&reply, answer)).collect();
    Ok((answers, reply.attempts))
}

/// An answer within a batch that was sent so often.
fn item(answer: BatchResponse, sent: u32) -> Reply {
    let headers = answer.headers.unwrap_or_default().into_iter();
    let headers = headers.filter_map(|(name, value)| Some((name, value.as_str()?.to_owned()))).collect();
    let body = answer.body.map_or_else(Vec::new, |body| Box::<str>::from(body).into_string().into_bytes());
    let mut reply = Reply::from_parts("graph", answer.status, headers, body);
    reply.attempts = sent;
    reply
}

/// The user as it is once `written` is.
fn with(current: &Current, written: &Fields) -> Current {
    let mut shown = current.clone();
    for (field, text) in written.iter() {
        shown.fields.set(field, text);
    }
    shown
}

/// What of a write is sent: what differs from the user as it was read.
fn sent(write: &Write<'_>) -> Fields {
    let now = |field| write.current.and_then(|current| current.fields.expose(field));
    write.fields.clone().only(|field| now(field).is_none_or(|now| write.fields.expose(field) != Some(now)))
}

/// What of a write that was refused with 403 may get through by itself: all but what is guarded where the user is
/// an administrator. The refusal is of the whole (inferred), so the rest is another request; but not where the
/// application may write no user at all.
pub(super) fn rest(graph: &Graph, write: &Write<'_>, refusal: &Error) -> Option<Fields> {
    let was_refused = refusal.kind() == Kind::Permission && refusal.sent() > 0;
    let sent = sent(write);
    let guarded = sent.iter().any(|(field, _)| fields::is_sensitive(field));
    let rest = sent.only(|field| !fields::is_sensitive(field));
    let is_worth_it = was_refused && guarded && rest.iter().next().is_some();
    (is_worth_it && errors::may_write(graph, write.company.as_str()) != Some(false)).then_some(rest)
}
