//! Pictures among the portal's media. Media belong to the MSP, not to a company, and who may open a picture by its
//! token is not documented: so pictures go there only where `publish-pictures` is on.
//!
//! A picture is known by its hash. That the portal can be asked for one by `hash eq`, and keeps the hash as it was
//! sent, is inferred from the form of its listing; both are checked here, since a picture that cannot be found again
//! would be put there in every run.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::listing::{self, MEDIA};
use super::wire::{self, unwrap};
use super::{CloudRadial, errors};
use crate::error::{Error, Kind, Result};
use crate::http::{Method, Reply, Request};
use crate::model::{Image, PictureHash};

/// A picture among the portal's media.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The portal's number of it (`partnerMediaId`).
    pub id: i64,
    /// What an address that shows it ends with (`viewToken`, a GUID).
    pub view_token: String,
}

/// A picture on its way to the portal.
#[derive(Debug, Clone, Copy)]
pub struct NewMedia<'a> {
    /// The picture itself.
    pub bytes: &'a [u8],
    /// What it is called by.
    pub hash: &'a PictureHash,
    /// Its form and size.
    pub image: Image,
    /// What people read beside it in the portal.
    pub description: &'a str,
}

impl CloudRadial {
    /// The picture with this hash, if the portal has it and it is not deleted; the oldest of several.
    ///
    /// # Errors
    /// What kept the portal from telling, [`Kind::Incomplete`] when it tells of others instead.
    pub fn find_media(&self, hash: &PictureHash) -> Result<Option<Media>> {
        let rows = listing::page(self, &MEDIA, &format!("hash eq '{hash}'"), 0)?;
        if rows.iter().any(|row| !is(row.hash.as_deref(), hash)) {
            let message =
                "CloudRadial answered with media that were not asked for, so what it has is unknown";
            return Err(Error::new(Kind::Incomplete, message)
                .hint("set publish-pictures = false under [sync], and report it"));
        }
        let mut found = rows.into_iter().filter(|row| !row.is_deleted);
        found.next().map(|row| known(row, hash)).transpose()
    }

    /// Puts a picture there, unless it is there already, and tells where it is. Where the answer is lost, what is
    /// there tells whether the picture arrived; it is never sent a second time.
    ///
    /// # Errors
    /// What the portal refuses, or what kept it from telling.
    pub fn publish_media(&self, media: &NewMedia<'_>) -> Result<Media> {
        if let Some(found) = self.find_media(media.hash).map_err(Error::unsent)? {
            return Ok(found);
        }
        let NewMedia { bytes, hash, image, description } = media;
        let body = json!({
            "originalName": format!("{hash}.{}", image.kind.ending()),
            "data": STANDARD.encode(bytes),
            "length": bytes.len(),
            "width": image.width,
            "height": image.height,
            "hash": hash.as_str(),
            "contentType": image.kind.content_type(),
            "description": description,
        });
        let request = Request::new(Method::Post, self.url("/v2/media")?).endpoint("media").json(&body);
        let answer = self
            .send(request)
            .and_then(|reply| told(&reply, media).map_err(|error| error.attempts(reply.attempts)));
        answer.or_else(|error| match error.kind() {
            // It may have arrived all the same.
            Kind::Network | Kind::Service | Kind::Throttled => {
                self.find_media(hash).ok().flatten().ok_or(error)
            }
            _ => Err(error),
        })
    }
}

fn told(reply: &Reply, media: &NewMedia<'_>) -> Result<Media> {
    let what = format!("the picture {}", media.hash);
    if !reply.ok() {
        return Err(errors::explain(reply, &what));
    }
    let answer: Value = reply.json(&format!("the answer to the sending of {what}"))?;
    if answer["success"] == json!(false) {
        return Err(errors::explain(reply, &what));
    }
    let row: wire::Media = serde_json::from_value(unwrap(answer)).map_err(|error| {
        Error::new(Kind::Service, format!("CloudRadial: {what} was answered in an unknown form"))
            .source(error)
    })?;
    if row.hash.is_some() && !is(row.hash.as_deref(), media.hash) {
        return Err(Error::new(
            Kind::Service,
            format!("CloudRadial keeps {what} under another hash, where it cannot be found again"),
        )
        .hint("set publish-pictures = false under [sync], and report it"));
    }
    known(row, media.hash)
}

fn is(shown: Option<&str>, hash: &PictureHash) -> bool {
    shown.is_some_and(|shown| shown.trim().eq_ignore_ascii_case(hash.as_str()))
}

fn known(row: wire::Media, hash: &PictureHash) -> Result<Media> {
    let id = row.partner_media_id.and_then(|id| id.parse().ok()).filter(|id| *id > 0);
    let token = row.view_token.filter(|token| !token.trim().is_empty());
    let (Some(id), Some(view_token)) = (id, token) else {
        let message = format!("CloudRadial names no id and token of the picture {hash}");
        return Err(Error::new(Kind::Service, message)
            .hint("set publish-pictures = false under [sync], and report it"));
    };
    Ok(Media { id, view_token })
}

#[cfg(test)]
mod tests;
