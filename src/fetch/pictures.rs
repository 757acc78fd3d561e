//! Reads the pictures of users in scope: only those that were never read, or so long ago that they may have changed.
//! Several tenants are asked side by side, and none of them keeps another one from being read.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::age;
use crate::error::{Error, Result};
use crate::graph::ReadPhotos;
use crate::model::{Id, Picture, PictureStore, Pictures};
use crate::reconcile::{Input, PictureWanted, pictures_wanted};
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

/// What is known of the pictures that `input` is to be planned with. Their bytes are put into `store`; when they were
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
    input: &Input<'_>,
    until: Option<Instant>,
) -> Result<Pictures> {
    let wanted = pictures_wanted(input);
    if wanted.is_empty() {
        return Ok(Pictures::default());
    }
    let kept = state.map(State::pictures).transpose()?.unwrap_or_default();
    let mut pictures = Pictures::default();
    let mut due: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    let mut noted = BTreeMap::new();
    for PictureWanted { tenant, user, refresh } in wanted {
        let reading = kept.get(&user);
        if let Some(reading) = reading.filter(|reading| age::is_over(reading.wanted, NOTED, input.now)) {
            noted.insert(user.clone(), PictureReading { wanted: input.now, ..reading.clone() });
        }
        let is_there = match reading.map(|reading| &reading.picture) {
            Some(Picture::Held(hash)) => store.has(hash)?,
            picture => picture.is_some(),
        };
        if let Some(reading) = reading.filter(|_| is_there) {
            pictures.known.insert(user.clone(), reading.picture.clone());
        }
        if !is_there || reading.is_none_or(|reading| is_due(refresh, &user, reading.read, input.now)) {
            due.entry(tenant).or_default().push(user);
        }
    }
    if let Some(state) = state.filter(|_| !noted.is_empty()) {
        state.keep_pictures(&noted)?;
    }
    let asking = Asking { source, store, state, now: input.now, until, found: Mutex::new((pictures, None)) };
    asking.all(&due.into_iter().collect::<Vec<_>>());
    match asking.found.into_inner().unwrap_or_else(PoisonError::into_inner) {
        (_, Some(error)) => Err(error),
        (pictures, None) => Ok(pictures),
    }
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
    /// What is known, and why nothing more can be kept.
    found: Mutex<(Pictures, Option<Error>)>,
}

impl Asking<'_> {
    /// Asks every tenant for its users.
    fn all(&self, due: &[(&str, Vec<Id>)]) {
        let next = AtomicUsize::new(0);
        thread::scope(|scope| {
            for _ in 0..due.len().min(TENANTS_AT_ONCE) {
                scope.spawn(|| {
                    while let Some((tenant, users)) = due.get(next.fetch_add(1, Ordering::Relaxed)) {
                        for users in users.chunks(IN_ONE_GO) {
                            if self.until.is_some_and(|until| Instant::now() >= until) {
                                self.note(|(pictures, _)| {
                                    pictures.stopped.insert((*tenant).to_owned(), LITTLE_TIME.to_owned());
                                });
                                break;
                            }
                            match self.some(tenant, users) {
                                Ok(true) => {}
                                Ok(false) => break,
                                Err(error) => {
                                    self.note(|(_, failed)| *failed = failed.take().or(Some(error)));
                                    return;
                                }
                            }
                        }
                    }
                });
            }
        });
    }

    /// Asks a tenant for some of its users, and keeps what comes; says whether it can be asked for more.
    fn some(&self, tenant: &str, users: &[Id]) -> Result<bool> {
        let photos = self.source.photos(tenant, users);
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
        self.note(|(pictures, _)| {
            pictures.known.extend(readings.into_iter().map(|(user, reading)| (user, reading.picture)));
            pictures.unread.extend(unread);
            let stopped = photos.stopped.map(|error| (tenant.to_owned(), error.message().to_owned()));
            pictures.stopped.extend(stopped);
        });
        Ok(goes_on)
    }

    fn note(&self, change: impl FnOnce(&mut (Pictures, Option<Error>))) {
        change(&mut self.found.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

#[cfg(test)]
mod tests;
