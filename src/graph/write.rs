//! Writing a user: one PATCH of what changes.

use super::lookup::{is_on_premises, require, user_path};
use super::{Graph, errors, fields};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Request};
use crate::model::Fields;
use crate::side::{Current, Write, Written};

/// Carries out one write: only what differs from the user as it was read is sent. Its 204 is the proof that it was
/// carried out; what a reading shows for a while afterwards is not, since that may be old (vendor documents).
pub(super) fn write(graph: &Graph, write: &Write<'_>) -> Result<Written> {
    require(write.kind)?;
    let Some(current) = write.current else {
        return Err(Error::new(Kind::Usage, "365 users are changed, but never made"));
    };
    if is_on_premises(current) {
        return Err(errors::on_premises(&current.id));
    }
    let sent = sent(write);
    let body = fields::body(&sent)?;
    let tenant = write.company.as_str();
    let request = Request::new(Method::Patch, graph.url(&user_path(&current.id)?)?).endpoint("users");
    // The same values again change nothing, so a lost answer is made up for by sending them again.
    let reply = graph.send(tenant, &request.json(&body))?;
    if !reply.ok() {
        return Err(errors::write(&reply, tenant, &current.id, &sent, graph).attempts(reply.attempts));
    }
    Ok(Written {
        id: current.id.clone(),
        shown: Some(with(current, write.fields)),
        request_id: reply.header("request-id").map(ToOwned::to_owned),
        attempts: reply.attempts,
    })
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
