//! Pictures as they are asked for: their sizes, their metadata, and the many ways of refusing one.
//!
//! Known from the vendor's documents: the sizes, the metadata, the codes. Inferred: that a size above the stored one,
//! or one that does not exist, is `ImageNotFound`.

use serde_json::{Value, json};

use super::photo::Photo;
use super::user::User;
use super::{Call, State, context, error, not_found};
use crate::picture;
use crate::wire::Response;

/// The sides of the squares that a picture is kept in.
const SIZES: [u16; 9] = [48, 64, 96, 120, 240, 360, 432, 504, 648];

/// Answers `GET /users/{key}/photo` and `…/photos`, with everything below them.
pub(super) fn answer(state: &mut State, call: &Call<'_>, key: &str, below: &[&str]) -> Response {
    if !state.photo_waits.is_empty() {
        let wait = state.photo_waits.remove(0);
        let refused = error(429, "ApplicationThrottled", "Application is over its MailboxConcurrency limit.");
        return if wait.is_empty() { refused } else { refused.with("retry-after", wait) };
    }
    let Some(tenant) = state.tenants.get(call.tenant) else { return not_found(call.tenant) };
    let user = tenant.find(key).and_then(|at| tenant.users.get(at));
    let Some(user) = user else { return refusal(&Photo::NoUser) };
    match below {
        ["photo"] if user.photo == Photo::Blank => blank(call, user),
        ["photo", "$value"] if user.photo == Photo::Blank => Response::text(200, "image/gif", picture::BLANK),
        ["photo"] => of(user, user.photo.stored(), |size| metadata(call, user, size)),
        ["photo", "$value"] => of(user, user.photo.stored(), |size| value(user, size)),
        ["photos"] => all(call, user),
        ["photos", size] => of(user, side(size), |size| metadata(call, user, size)),
        ["photos", size, "$value"] => of(user, side(size), |size| value(user, size)),
        _ => error(400, "BadRequest", "Resource not found for the segment after the photo."),
    }
}

/// Returns the answer about a size that there is, or the refusal.
fn of(user: &User, size: Option<u16>, answer: impl FnOnce(u16) -> Response) -> Response {
    let there =
        size.filter(|size| SIZES.contains(size) && user.photo.stored().is_some_and(|most| *size <= most));
    there.map_or_else(|| refusal(&user.photo), answer)
}

/// Returns the side in a text such as `240x240`.
fn side(size: &str) -> Option<u16> {
    let (width, height) = size.split_once(['x', 'X'])?;
    width.parse().ok().filter(|_| width == height)
}

fn value(user: &User, size: u16) -> Response {
    user.photo
        .bytes(size)
        .map_or_else(|| refusal(&user.photo), |bytes| Response::text(200, "image/jpeg", bytes))
}

/// Returns the name of a size.
///
/// A small or a capital x differs from one user to the next.
fn named(user: &User, size: u16) -> String {
    let x = if user.photo.tag() & 1 == 0 { 'X' } else { 'x' };
    format!("{size}{x}{size}")
}

fn described(user: &User, size: u16) -> Value {
    json!({
        "@odata.mediaContentType": "image/jpeg",
        "@odata.mediaEtag": format!("\"{:08X}\"", user.photo.tag()),
        "id": named(user, size),
        "width": size,
        "height": size,
    })
}

fn metadata(call: &Call<'_>, user: &User, size: u16) -> Response {
    shown(call, user, described(user, size))
}

fn blank(call: &Call<'_>, user: &User) -> Response {
    let described = json!({
        "@odata.mediaContentType": "image/gif",
        "@odata.mediaEtag": "",
        "id": "1X1",
        "width": 1,
        "height": 1,
    });
    shown(call, user, described)
}

fn shown(call: &Call<'_>, user: &User, mut described: Value) -> Response {
    let what = format!("users('{}')/photo/$entity", user.id);
    described["@odata.context"] = context(call.request, &what).into();
    if let (Some(select), Some(object)) = (call.request.param("$select"), described.as_object_mut()) {
        let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
        object.retain(|name, _| name.starts_with('@') || wanted.contains(&name.as_str()));
    }
    Response::json(200, &described)
}

fn all(call: &Call<'_>, user: &User) -> Response {
    let Some(most) = user.photo.stored() else { return refusal(&user.photo) };
    let value: Vec<Value> =
        SIZES.into_iter().filter(|size| *size <= most).map(|size| described(user, size)).collect();
    let what = format!("users('{}')/photos", user.id);
    Response::json(200, &json!({ "@odata.context": context(call.request, &what), "value": value }))
}

/// Returns what is answered where there is no picture.
fn refusal(photo: &Photo) -> Response {
    const PROFILE: &str = "Exception of type 'Microsoft.Fast.Profile.Core.Exception.";
    match photo {
        Photo::NoMailbox => {
            let text = "The SMTP address has no mailbox associated with it.";
            bare_error("ErrorNonExistentMailbox", text)
        }
        Photo::NoUser => error(404, "ErrorUserResolutionFailedUserDoesNotExist", "The user does not exist."),
        Photo::NoProfile => {
            let text = format!("{PROFILE}ProfileNotFoundException' was thrown.");
            error(404, "ProfileNotFoundException", &text)
        }
        Photo::EntityNotFound => error(404, "ErrorEntityNotFound", "The entity was not found."),
        Photo::ItemNotFound => {
            error(404, "ErrorItemNotFound", "The specified object was not found in the store.")
        }
        _ => error(404, "ImageNotFound", &format!("{PROFILE}ImageNotFoundException' was thrown.")),
    }
}

/// Returns the error without `innerError`, as the mail service's own comes.
fn bare_error(code: &str, message: &str) -> Response {
    Response::json(404, &json!({ "error": { "code": code, "message": message } }))
}

#[cfg(test)]
mod tests;
