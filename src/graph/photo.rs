//! Pictures of users: 240 by 240 pixels, twenty of them in one request.
//!
//! Graph may answer 404 where the size asked for is above that of the uploaded picture (inferred), so a user
//! whose picture is smaller than this counts as one without.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::read::{passing, retry_after};
use super::wire::{Batch, BatchAnswer, BatchRequest, BatchResponse};
use super::{Graph, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Request, Safety};
use crate::model::{Id, Image};
use crate::secret::Secret;
use crate::side::{Photos, each_until};

/// The most requests a batch holds (vendor documents).
const IN_A_BATCH: usize = 20;

/// Batches of one tenant at the same time. Graph forwards four pictures of a batch at a time (vendor documents), so
/// one batch takes five rounds and speed comes from several of them: with four, 16 pictures are on their way.
const BATCHES_AT_ONCE: usize = 4;

/// What a call needs: either is enough (vendor documents).
const PERMISSION: &str = "ProfilePhoto.Read.All or User.Read.All";

/// What becomes of a user's picture.
type Photo = Result<Option<Vec<u8>>>;

/// Asks for the pictures of `users`, several batches side by side.
pub(super) fn photos(graph: &Graph, tenant: &str, users: &[Id]) -> Photos {
    let batches: Vec<&[Id]> = users.chunks(IN_A_BATCH).collect();
    let answers = each_until(&batches, BATCHES_AT_ONCE, |users| {
        let photos = batch(graph, tenant, users);
        if photos.stopped.is_some() { ControlFlow::Break(photos) } else { ControlFlow::Continue(photos) }
    });
    let mut found = Photos::default();
    for photos in answers {
        found.read.extend(photos.read);
        found.stopped = found.stopped.or(photos.stopped);
    }
    found
}

/// One batch, and again those of it that Graph had no room for.
fn batch(graph: &Graph, tenant: &str, users: &[Id]) -> Photos {
    let mut photos = Photos::default();
    let mut open: Vec<&Id> = users.iter().collect();
    let mut attempt = 1;
    while !open.is_empty() && photos.stopped.is_none() {
        open = round(graph, tenant, &open, attempt, &mut photos).unwrap_or_else(|error| {
            photos.stopped.get_or_insert(error);
            Vec::new()
        });
        attempt += 1;
    }
    judge(&mut photos);
    photos
}

/// Asks once for `users`; gives those to ask for again, when the time for it has come.
fn round<'u>(
    graph: &Graph,
    tenant: &str,
    users: &[&'u Id],
    attempt: u32,
    photos: &mut Photos,
) -> Result<Vec<&'u Id>> {
    let mut answers = ask(graph, tenant, users)?;
    let mut refused = Vec::new();
    for (place, user) in users.iter().enumerate() {
        match answers.remove(&name(place)).filter(|answer| answer.status != 401) {
            Some(answer) if passing(answer.status) => refused.push((*user, answer)),
            Some(answer) => add(photos, user, item(graph, tenant, user, &answer)),
            // Left out of the answer, or refused with a token that is over: by itself it gets a fresh one.
            None if photos.stopped.is_none() => add(photos, user, alone(graph, tenant, user)),
            None => {}
        }
    }
    if refused.is_empty() || photos.stopped.is_some() {
        return Ok(Vec::new());
    }
    let waits: Vec<String> = refused.iter().filter_map(|(_, answer)| retry_after(answer)).collect();
    if graph.service.pause(attempt, waits.iter().map(String::as_str), false)? {
        return Ok(refused.into_iter().map(|(user, _)| user).collect());
    }
    for (user, answer) in refused {
        add(photos, user, item(graph, tenant, user, &answer));
    }
    Ok(Vec::new())
}

/// Takes what became of one user's picture. Some failures would be everybody's.
fn add(photos: &mut Photos, user: &Id, photo: Photo) {
    use Kind::{Auth, Deadline, Interrupted, Network, Throttled};
    match photo {
        Err(error) if matches!(error.kind(), Auth | Deadline | Interrupted | Network | Throttled) => {
            photos.stopped.get_or_insert(error);
        }
        photo => drop(photos.read.insert(user.clone(), photo)),
    }
}

/// A right that is missing for one user may be a rule of the tenant about that mailbox; where it is missing for
/// all of a batch, it is missing.
fn judge(photos: &mut Photos) {
    let denied = |photo: &Photo| photo.as_ref().is_err_and(|error| error.kind() == Kind::Permission);
    if photos.stopped.is_none() && photos.read.len() > 1 && photos.read.values().all(denied) {
        photos.stopped = std::mem::take(&mut photos.read).into_values().find_map(Result::err);
    }
}

/// The item of a batch at that place.
fn name(place: usize) -> String {
    place.to_string()
}

fn path(user: &Id) -> Result<String> {
    Ok(format!("{}/photos/240x240/$value", super::lookup::user_path(user)?))
}

/// Sends one batch; gives the answers by the names of their items, of which some may be missing.
fn ask(graph: &Graph, tenant: &str, users: &[&Id]) -> Result<BTreeMap<String, BatchResponse>> {
    let item = |(place, user): (usize, &&Id)| Ok((name(place), path(user)?));
    let items: Vec<(String, String)> = users.iter().enumerate().map(item).collect::<Result<_>>()?;
    let requests = items.iter().map(|(id, url)| BatchRequest { id, method: "GET", url }).collect();
    let request = Request::new(Method::Post, graph.url("/$batch")?)
        .safety(Safety::Read) // all of its items only read
        .endpoint("photos")
        .json(&Batch { requests });
    let reply = graph.send(tenant, &request)?;
    if !reply.ok() {
        return Err(errors::graph(reply.status, &reply.body, tenant, PERMISSION, &graph.settings));
    }
    let answer: BatchAnswer =
        reply.json("a batch").map_err(|error| error.within(format_args!("tenant {tenant}")))?;
    let answers = answer.responses.into_iter().map(|answer| super::read::quiet(&reply, answer));
    Ok(answers.map(|answer| (answer.id.trim().to_owned(), answer)).collect())
}

/// One picture by itself, where waiting, repeating and signing in happen as for every request.
fn alone(graph: &Graph, tenant: &str, user: &Id) -> Photo {
    let request =
        Request::get(graph.url(&path(user)?)?).endpoint("photo").header("accept", Secret::new("image/*"));
    let reply = graph.send(tenant, &request)?;
    let fault = || errors::graph(reply.status, &reply.body, tenant, PERMISSION, &graph.settings);
    match reply.status {
        404 => Ok(None),
        _ if !reply.ok() => Err(fault()),
        _ => image(tenant, user, reply.body.into_bytes()),
    }
}

/// What an item of a batch was answered. Every 404 says that there is no picture: of the user, of the mailbox, of
/// the service that keeps it (five codes were seen live by clients).
fn item(graph: &Graph, tenant: &str, user: &Id, answer: &BatchResponse) -> Photo {
    let body = answer.body.as_deref().map_or("null", RawValue::get);
    match answer.status {
        404 => return Ok(None),
        200..=299 => {}
        status => return Err(errors::graph(status, body.as_bytes(), tenant, PERMISSION, &graph.settings)),
    }
    let text: Option<String> = serde_json::from_str(body).map_err(|_| unknown(tenant, user))?;
    let bytes = STANDARD.decode(text.unwrap_or_default().trim()).map_err(|_| unknown(tenant, user))?;
    image(tenant, user, bytes)
}

/// Bytes as a picture. None at all, or an image of a single pixel, stand for no picture (the latter seen live by
/// clients, as a GIF).
fn image(tenant: &str, user: &Id, bytes: Vec<u8>) -> Photo {
    match Image::sniff(&bytes) {
        None if bytes.is_empty() => Ok(None),
        None => Err(unknown(tenant, user)),
        Some(Image { width: 1, height: 1, .. }) => Ok(None),
        Some(_) => Ok(Some(bytes)),
    }
}

fn unknown(tenant: &str, user: &Id) -> Error {
    Error::new(Kind::Service, format!("tenant {tenant}: the picture of user {user} is no JPEG, PNG or GIF"))
        .hint("look at the picture in 365, and set it again if it does not show")
}

#[cfg(test)]
mod tests;
