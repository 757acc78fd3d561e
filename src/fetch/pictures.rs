//! Reads the pictures of users in scope: only those that were never read, or so long ago that they may have changed.
//! Several tenants are asked side by side, and none of them keeps another one from being read.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::{Counted, Progress, age};
use crate::error::Result;
use crate::model::{Id, Picture, Pictures, Side};
use crate::reconcile::{Linked, PictureWanted};
use crate::side::{PictureStore, ReadPhotos, try_each};
use crate::state::{PictureReading, State};

/// Tenants that are asked at the same time: each has several requests on their way.
const TENANTS_AT_ONCE: usize = 4;

/// Users that are asked for in one go, in whole batches of twenty. What came of them is kept before the next are asked
/// for: a run that is cut off loses no more than that, and no more pictures are in memory.
const IN_ONE_GO: usize = 400;

/// What is reported if the run's time did not allow for all pictures.
const LITTLE_TIME: &str = "the run has little time, the next one goes on";

/// How often it is noted that a user's picture is still wanted.
const NOTED: Duration = Duration::from_secs(86_400);

/// Returns what is known of the pictures of users in scope. Their bytes are put into `store`; when they were
/// read is kept in `state`, where there is one, and without it every picture is read. A picture that cannot be read is
/// no failure: it says so in its place, and an older reading counts for as long.
///
/// Nothing is asked any more after `until`: a run that has little time has better things to do.
///
/// # Errors
/// `Kind::State` when the state or the store cannot be read or written.
pub fn pictures(
    source: &dyn ReadPhotos,
    store: &dyn PictureStore,
    state: Option<&State>,
    linked: &Linked<'_>,
    until: Option<Instant>,
    progress: &dyn Progress,
) -> Result<Pictures> {
    let (wanted, now) = (linked.pictures_wanted(), linked.input().now);
    if wanted.is_empty() {
        return Ok(Pictures::default());
    }
    let kept = state.map(State::pictures).transpose()?.unwrap_or_default();
    let mut pictures = Pictures::default();
    let mut due: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    let mut noted = BTreeMap::new();
    for PictureWanted { tenant, user, refresh } in wanted {
        let reading = kept.get(&user);
        if let Some(reading) = reading.filter(|reading| age::is_over(reading.wanted, NOTED, now)) {
            noted.insert(user.clone(), PictureReading { wanted: now, ..reading.clone() });
        }
        let is_there = match reading.map(|reading| &reading.picture) {
            Some(Picture::Held(hash)) => store.has(hash)?,
            picture => picture.is_some(),
        };
        if let Some(reading) = reading.filter(|_| is_there) {
            pictures.known.insert(user.clone(), reading.picture.clone());
        }
        if !is_there || reading.is_none_or(|reading| is_due(refresh, &user, reading.read, now)) {
            due.entry(tenant).or_default().push(user);
        }
    }
    if let Some(state) = state.filter(|_| !noted.is_empty()) {
        state.keep_pictures(&noted)?;
    }
    let number: usize = due.values().map(Vec::len).sum();
    if number > 0 {
        progress.expect(Side::Tenant, Counted::Pictures, number);
    }
    let asking = Asking { source, store, state, now, until, progress, found: Mutex::new(pictures) };
    asking.all(&due.into_iter().collect::<Vec<_>>())?;
    Ok(asking.found.into_inner().unwrap_or_else(PoisonError::into_inner))
}

/// Whether a picture has to be read again: nothing tells when it changes. A reading counts for `refresh` at least, and
/// for half as long again at most, which spreads what was read on one day.
fn is_due(refresh: Duration, user: &Id, read: Timestamp, now: Timestamp) -> bool {
    age::is_over(read, refresh.saturating_add(age::part(refresh / 2, user)), now)
}

/// What the threads share.
struct Asking<'a> {
    source: &'a dyn ReadPhotos,
    store: &'a dyn PictureStore,
    state: Option<&'a State>,
    now: Timestamp,
    until: Option<Instant>,
    progress: &'a dyn Progress,
    /// What is known.
    found: Mutex<Pictures>,
}

impl Asking<'_> {
    /// Asks every tenant for its users.
    ///
    /// # Errors
    /// Why what was read cannot be kept.
    fn all(&self, due: &[(&str, Vec<Id>)]) -> Result<()> {
        try_each(due, TENANTS_AT_ONCE, |(tenant, users)| {
            for users in users.chunks(IN_ONE_GO) {
                if self.until.is_some_and(|until| Instant::now() >= until) {
                    self.note(|pictures| {
                        pictures.stopped.insert((*tenant).to_owned(), LITTLE_TIME.to_owned());
                    });
                    break;
                }
                if !self.some(tenant, users)? {
                    break;
                }
            }
            Ok(())
        })
        .map(drop)
    }

    /// Asks a tenant for some of its users, and keeps what comes; says whether it can be asked for more.
    fn some(&self, tenant: &str, users: &[Id]) -> Result<bool> {
        let photos = self.source.photos(tenant, users);
        self.progress.done(Side::Tenant, Counted::Pictures, users.len());
        let mut readings = BTreeMap::new();
        let mut unread = BTreeMap::new();
        for (user, photo) in photos.read {
            let picture = match photo {
                Ok(None) => Picture::None,
                Ok(Some(bytes)) => Picture::Held(self.store.put(&bytes)?),
                Err(error) => {
                    unread.insert(user, error.message().to_owned());
                    continue;
                }
            };
            readings.insert(user, PictureReading { picture, read: self.now, wanted: self.now });
        }
        if let Some(state) = self.state.filter(|_| !readings.is_empty()) {
            state.keep_pictures(&readings)?;
        }
        let goes_on = photos.stopped.is_none();
        self.note(|pictures| {
            pictures.known.extend(readings.into_iter().map(|(user, reading)| (user, reading.picture)));
            pictures.unread.extend(unread);
            let stopped = photos.stopped.map(|error| (tenant.to_owned(), error.message().to_owned()));
            pictures.stopped.extend(stopped);
        });
        Ok(goes_on)
    }

    fn note(&self, change: impl FnOnce(&mut Pictures)) {
        change(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests;
