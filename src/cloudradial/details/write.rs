//! Writing details records: the rows, and the pictures that have to be published before.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use serde_json::{Value, json};

use super::super::{CloudRadial, NewMedia, Pictures, company_number};
use super::batch::{self, Batch};
use super::kind::AssetType;
use super::{USER, asset_type, denied, lookup, made_type};
use crate::calls::fresh;
use crate::error::{Error, Kind, Result};
use crate::model::{Detail, Field, Id, Image, PictureHash, is_archived, published_picture};
use crate::side::{Current, Keys, Write, Written, each};

/// Records in one request. The vendor publishes no limit.
pub(in super::super) const AT_ONCE: usize = 100;

/// Carries out one write.
pub(in super::super) fn write(portal: &CloudRadial, one: &Write<'_>) -> Result<Written> {
    write_all(portal, std::slice::from_ref(one)).pop().unwrap_or_else(batch::lost)
}

/// Carries out writes of one company, all of new records or all of existing ones. A picture that a record names as
/// published is published before, which may take long: what the records hold is compared once more after it.
pub(in super::super) fn write_all(portal: &CloudRadial, writes: &[Write<'_>]) -> Vec<Result<Written>> {
    let published = publish_all(portal, writes);
    let has_waited = published.iter().any(|done| matches!(done, Ok(true)));
    let ready = writes.iter().zip(&published).filter(|(_, done)| done.is_ok()).map(|(write, _)| *write);
    let ready: Vec<Write<'_>> = ready.collect();
    let mut written = compared(portal, &ready, has_waited, &Cell::new(0)).into_iter();
    let answer = |done: Result<bool>| done.and_then(|_| written.next().unwrap_or_else(batch::lost));
    published.into_iter().map(answer).collect()
}

/// Carries out the writes, each compared with its record as it is now. `in_vain` counts requests that failed, since one
/// got through.
fn compared(
    portal: &CloudRadial,
    writes: &[Write<'_>],
    has_waited: bool,
    in_vain: &Cell<u32>,
) -> Vec<Result<Written>> {
    let now = match Now::look(portal, writes, has_waited) {
        Ok(now) => now,
        // No record was sent.
        Err(error) => return batch::failed(error.unsent(), writes.len()).into(),
    };
    let checked: Vec<Result<()>> = writes.iter().map(|write| now.unmoved(write)).collect();
    let ready: Vec<Write<'_>> =
        writes.iter().zip(&checked).filter(|(_, done)| done.is_ok()).map(|(write, _)| *write).collect();
    let mut written = send_all(portal, &ready, &now, in_vain).into_iter();
    let answer = |done: Result<()>| done.and_then(|()| written.next().unwrap_or_else(batch::lost));
    checked.into_iter().map(answer).collect()
}

/// Records just before they are written. Values of other people's fields are sent back, so they are read as late as
/// can be.
#[derive(Default)]
struct Now {
    /// Existing records, by id.
    records: BTreeMap<Id, Current>,
    /// The records that there are of the people who are to get a new one, where time has passed since the last search.
    made: Vec<Current>,
}

impl Now {
    fn look(portal: &CloudRadial, writes: &[Write<'_>], has_waited: bool) -> Result<Self> {
        let Some(first) = writes.first() else { return Ok(Self::default()) };
        let ids: Vec<Id> = writes.iter().filter_map(|write| Some(write.current?.id.clone())).collect();
        if ids.is_empty() && !has_waited {
            return Ok(Self::default());
        }
        let now = if ids.is_empty() {
            let user_ids = writes.iter().filter_map(|write| write.fields.text(USER).map(Id::new)).collect();
            let keys = Keys { user_ids, emails: Vec::new() };
            Self { records: BTreeMap::new(), made: lookup::find(portal, first.company, &keys)? }
        } else {
            Self { records: lookup::reread(portal, first.company, &ids)?, made: Vec::new() }
        };
        fresh::read_again();
        Ok(now)
    }

    /// Passes if the record is as it was compared with the plan.
    fn unmoved(&self, write: &Write<'_>) -> Result<()> {
        let moved = |what: &str| {
            Err(Error::new(Kind::Stale, format!("the details record {what} since it was compared"))
                .hint("run `crsync sync` again"))
        };
        let Some(current) = write.current else {
            let user = write.fields.text(USER).unwrap_or_default();
            let is_of =
                |record: &Current| record.fields.text(USER).is_some_and(|of| of.eq_ignore_ascii_case(user));
            return if self.made.iter().any(is_of) { moved("was made") } else { Ok(()) };
        };
        match self.records.get(&current.id) {
            None => moved("is gone"),
            Some(now) => {
                let mut fields = write.fields.iter().map(|(field, _)| field);
                let has_changed = fields.any(|field| now.fields.get(field) != current.fields.get(field));
                if has_changed { moved("has changed") } else { Ok(()) }
            }
        }
    }
}

/// Publishes what the records name, side by side, and says for each whether that took a request. What went wrong for
/// everybody is not tried again.
fn publish_all(portal: &CloudRadial, writes: &[Write<'_>]) -> Vec<Result<bool>> {
    let stopped: Mutex<Option<Error>> = Mutex::default();
    let stopped = || stopped.lock().unwrap_or_else(PoisonError::into_inner);
    let picture = |write: &Write<'_>| write.fields.text(PICTURE).and_then(published_picture);
    let pictures: BTreeSet<PictureHash> = writes.iter().filter_map(picture).collect();
    let pictures: Vec<PictureHash> = pictures.into_iter().collect();
    let done = each(&pictures, portal.settings.concurrency, |hash| {
        if let Some(error) = &*stopped() {
            return Err(error.without_cause());
        }
        let done = publish(portal, hash);
        if let Err(error) = &done
            && !matches!(error.kind(), Kind::Stale | Kind::Service | Kind::NotFound)
        {
            *stopped() = Some(error.without_cause());
        }
        done
    });
    let done: BTreeMap<PictureHash, Result<bool>> = pictures.into_iter().zip(done).collect();
    let of = |write: &Write<'_>| match picture(write).and_then(|hash| done.get(&hash)) {
        Some(Ok(took)) => Ok(*took),
        Some(Err(error)) => Err(error.without_cause()),
        None => Ok(false),
    };
    writes.iter().map(of).collect()
}

const PICTURE: Field = Field::Detail(Detail::Picture);

/// Puts a picture among the media, unless it is there. Each picture by one thread at a time, so that companies that are
/// worked on side by side do not both make it.
fn publish(portal: &CloudRadial, hash: &PictureHash) -> Result<bool> {
    let Pictures { store, published, publishing } = &portal.pictures;
    let place = usize::from(hash.as_str().bytes().last().unwrap_or_default()) % publishing.len();
    let _alone = publishing[place].lock().unwrap_or_else(PoisonError::into_inner);
    let published = || published.lock().unwrap_or_else(PoisonError::into_inner);
    if published().contains(hash) {
        return Ok(false);
    }
    let gone = || {
        Error::new(Kind::Stale, format!("the picture {hash} is not kept any more"))
            .hint("run `crsync sync` again; it reads the picture first")
    };
    let bytes = store.as_ref().map(|store| store.get(hash)).transpose()?.flatten();
    let bytes = bytes.ok_or_else(gone)?;
    let image = Image::sniff(&bytes).ok_or_else(gone)?;
    let description = "Picture of a Microsoft 365 user";
    let media = NewMedia { bytes: &bytes, hash, image, description };
    portal.publish_media(&media).map_err(|error| match error.kind() {
        // The same key pair reads everything else.
        Kind::Auth => denied(&error),
        _ => error,
    })?;
    published().insert(hash.clone());
    Ok(true)
}

fn send_all(
    portal: &CloudRadial,
    writes: &[Write<'_>],
    now: &Now,
    in_vain: &Cell<u32>,
) -> Vec<Result<Written>> {
    let Some(first) = writes.first() else { return Vec::new() };
    let ready = || -> Result<Batch<'_>> {
        let new = first.current.is_none();
        let kind = if new { made_type(portal)? } else { asset_type(portal)? };
        let number = company_number(first.company)?;
        let row = |write: &Write<'_>| row(&kind, number, write, &now.records);
        let rows = writes.iter().map(row).collect::<Result<_>>()?;
        let (kind, company) = (Arc::clone(&kind), first.company);
        Ok(Batch {
            portal,
            kind,
            company,
            new,
            rows,
            in_vain,
            again: |portal, writes, in_vain| compared(portal, writes, false, in_vain),
        })
    };
    match ready() {
        Ok(batch) => batch.send(0..writes.len(), writes).into(),
        Err(error) => batch::failed(error, writes.len()).into(),
    }
}

/// One record as it is sent.
fn row(kind: &AssetType, company: i64, write: &Write<'_>, fresh: &BTreeMap<Id, Current>) -> Result<Value> {
    let current = write.current.map(|current| fresh.get(&current.id).unwrap_or(current));
    let traits = lookup::traits(kind, current.map(|current| &current.raw), write.fields)?;
    let state = Field::Detail(Detail::AccountState);
    let held = write.fields.text(state).or_else(|| current?.fields.text(state));
    let archived = held.is_some_and(is_archived);
    let attributes = match current {
        None => json!({
            "organization-id": company, "flexible-asset-type-id": kind.id, "archived": archived, "traits": traits,
        }),
        Some(current) => json!({"id": current.id.number(), "archived": archived, "traits": traits}),
    };
    Ok(json!({"type": "flexible_assets", "attributes": attributes}))
}
