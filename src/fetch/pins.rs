//! Reads the support PINs of people who are linked, one portal user at a time: only those whose portal user was
//! changed since the last reading, or whose last reading is too old. What is given to planning, and kept, are marks.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::{Counted, Progress, age};
use crate::error::{Error, Kind, Result};
use crate::model::{Contact, Field, Id, Marker, Pin, PinUnread, Pins, RecordKind, Side, Udf};
use crate::plan::PinOwner;
use crate::reconcile::{Input, Linked, PinWanted};
use crate::side::{Current, LookUp, each_until};
use crate::state::{PinReading, State, passing_marker};

/// PINs that are asked for at the same time. How many requests the portal gets at once is its own limit.
const PINS_AT_ONCE: usize = 8;

/// PINs that cannot be read before any was, until no further one is asked for; and contacts one after the other.
const PATIENCE: usize = 8;

const PIN: Field = Field::Udf(Udf::SupportPin);

/// Returns what is known of the PINs that are wanted, and how many records of the PSA were read for it.
/// Readings are kept in `state`, where there is one; without it every PIN is read. A PIN that cannot be read is no
/// failure: it says so in its place.
///
/// # Errors
/// `Kind::State` when the state cannot be read or written.
pub fn pins(
    portal: &dyn LookUp,
    psa: &dyn LookUp,
    state: Option<&State>,
    linked: &Linked<'_>,
    progress: &dyn Progress,
) -> Result<(Pins, usize)> {
    let (wanted, input) = (linked.pins_wanted(), linked.input());
    if wanted.is_empty() {
        return Ok((Pins::default(), 0));
    }
    let marker = state.map_or_else(passing_marker, State::marker)?;
    let known = state.map(State::pins).transpose()?.unwrap_or_default();
    let is_due = |want: &&PinWanted<'_>| {
        let reading = known.get(&want.owner.user);
        reading
            .is_none_or(|reading| is_due(want.modified, want.refresh, &want.owner.user, reading, input.now))
    };
    let mut due: Vec<&PinOwner> = wanted.iter().filter(is_due).map(|want| &want.owner).collect();
    // Those that could be read before come first: they tell soonest whether any can be.
    due.sort_by_key(|owner| !known.contains_key(&owner.user));
    if !due.is_empty() {
        progress.expect(Side::Portal, Counted::Pins, due.len());
    }
    let asked = ask(portal, &marker, &due, || progress.done(Side::Portal, Counted::Pins, 1));
    let due: BTreeSet<&Id> = due.iter().map(|owner| &owner.user).collect();
    // Those whose contact may have to be written, while it is not known what it holds.
    let is_open = |want: &&PinWanted<'_>| {
        let user = &want.owner.user;
        let before = known.get(user);
        let pin = match asked.read.get(user) {
            Some(Ok(pin)) => Some(pin),
            Some(Err(_)) => None,
            None => before.filter(|_| !due.contains(user)).map(|before| &before.pin),
        };
        let wanted = pin.is_some_and(|pin| want.clears || *pin != Pin::None);
        wanted && want.contact.is_some_and(|contact| held(&marker, user, contact, before).is_none())
    };
    let open: Vec<&PinWanted<'_>> = wanted.iter().filter(is_open).collect();
    let contacts = contacts(psa, &open, input);
    let stopped = asked.stopped.or_else(|| contacts.stopped.map(PinUnread::from));
    let mut pins = Pins { stopped, ..Pins::default() };
    let mut readings = BTreeMap::new();
    for want in &wanted {
        let user = &want.owner.user;
        let before = known.get(user);
        let reading = match asked.read.get(user) {
            Some(Ok(pin)) => PinReading {
                modified: want.modified.map(ToOwned::to_owned),
                read: input.now,
                pin: pin.clone(),
                held: None,
            },
            Some(Err(why)) => {
                pins.unread.insert(user.clone(), why.clone());
                continue;
            }
            // Not due, so it was read before; or not asked for any more.
            None if due.contains(user) => continue,
            None => match before {
                Some(before) => PinReading { held: None, ..before.clone() },
                None => continue,
            },
        };
        let held = want.contact.and_then(|contact| {
            let told = || Some(marker.pin(user, contacts.read.get(&contact.id)?.fields.secret(PIN)?));
            Some((contact.id.clone(), held(&marker, user, contact, before).or_else(told)?))
        });
        // Nothing is planned while it is not known what the contact holds; the reading counts all the same.
        let is_open = held.is_none() && contacts.open.contains(user);
        if let Some((_, pin)) = &held {
            pins.contact.insert(user.clone(), pin.clone());
        }
        if !is_open {
            pins.portal.insert(user.clone(), reading.pin.clone());
        }
        let reading = PinReading { held, ..reading };
        if before != Some(&reading) {
            readings.insert(user.clone(), reading);
        }
    }
    if let Some(state) = state.filter(|_| !readings.is_empty()) {
        state.keep_pins(&readings)?;
    }
    Ok((pins, contacts.asked))
}

/// What the contacts hold whose fields cost a request each, and are kept without their PINs.
#[derive(Default)]
struct Held {
    read: BTreeMap<Id, Current>,
    /// The portal users whose contact was not read.
    open: BTreeSet<Id>,
    /// How many contacts were asked for.
    asked: usize,
    /// Why not all of them were read.
    stopped: Option<String>,
}

/// Reads the PINs of contacts, as many as the PSA still takes.
fn contacts(psa: &dyn LookUp, open: &[&PinWanted<'_>], input: &Input<'_>) -> Held {
    let mut held =
        Held { open: open.iter().map(|want| want.owner.user.clone()).collect(), ..Held::default() };
    // Where none can be, a reading holds the PINs, or nothing does.
    let Some(rereads) = input.psa_rereads else { return Held::default() };
    let mut companies: BTreeMap<&Id, Vec<Id>> = BTreeMap::new();
    for want in open.iter().take(rereads.records) {
        companies.entry(want.psa_company).or_default().extend(want.contact.map(|contact| contact.id.clone()));
        held.asked += 1;
    }
    if open.len() > held.asked {
        // The minute in which the time has come.
        let until = rereads.until.checked_add(Duration::from_secs(59)).unwrap_or(rereads.until);
        let until = until.strftime("%H:%M UTC");
        held.stopped = Some(format!("what their contacts hold is not known yet; run again after {until}"));
    }
    let mut failed = None;
    for (company, ids) in companies {
        match psa.reread(RecordKind::Contact, company, &ids) {
            Ok(found) => held.read.extend(found),
            Err(error) if concerns_all(&error) => {
                failed = Some(error);
                break;
            }
            // One record that cannot be read costs the others nothing.
            Err(_) => failed = one_by_one(psa, company, &ids, &mut held.read).or(failed),
        }
    }
    // What failed is not mended by waiting.
    held.stopped = failed.map(|error| error.message().to_owned()).or(held.stopped);
    held
}

/// Reads contacts one after the other, and returns why one of them could not be read.
fn one_by_one(psa: &dyn LookUp, company: &Id, ids: &[Id], read: &mut BTreeMap<Id, Current>) -> Option<Error> {
    let (mut failed, mut in_vain) = (None, 0);
    for id in ids {
        match psa.reread(RecordKind::Contact, company, std::slice::from_ref(id)) {
            Ok(found) => {
                read.extend(found);
                in_vain = 0;
            }
            Err(error) => {
                in_vain += 1;
                let ends = concerns_all(&error) || in_vain == PATIENCE;
                failed = Some(error);
                if ends {
                    break;
                }
            }
        }
    }
    failed
}

/// Reads the PINs of portal users that a run has just made, so that the next one need not. What cannot be read is read
/// then.
///
/// # Errors
/// `Kind::State` when the state cannot be read or written.
pub fn new_pins(
    portal: &dyn LookUp,
    state: &State,
    made: &[PinOwner],
    now: Timestamp,
    progress: &dyn Progress,
) -> Result<()> {
    if made.is_empty() {
        return Ok(());
    }
    let mut stamps: BTreeMap<Id, Option<String>> = BTreeMap::new();
    for company in made.iter().map(|owner| &owner.company).collect::<BTreeSet<_>>() {
        let own = made.iter().filter(|owner| owner.company == *company);
        let ids: Vec<Id> = own.map(|owner| owner.user.clone()).collect();
        let found = portal.reread(RecordKind::PortalUser, company, &ids).unwrap_or_default();
        stamps.extend(found.into_iter().map(|(id, current)| (id, current.stamp)));
    }
    let owners: Vec<&PinOwner> = made.iter().filter(|owner| stamps.contains_key(&owner.user)).collect();
    progress.expect(Side::Portal, Counted::Pins, owners.len());
    let done = || progress.done(Side::Portal, Counted::Pins, 1);
    let read = ask(portal, &state.marker()?, &owners, done).read.into_iter();
    let readings = read.filter_map(|(user, pin)| {
        let modified = stamps.remove(&user).flatten();
        Some((user, PinReading { modified, read: now, pin: pin.ok()?, held: None }))
    });
    state.keep_pins(&readings.collect())
}

/// The PIN that the contact holds: as it was read now, else as it was last seen or written.
fn held(marker: &Marker, user: &Id, contact: &Contact, before: Option<&PinReading>) -> Option<Pin> {
    let read = contact.fields.secret(PIN).map(|pin| marker.pin(user, pin));
    read.or_else(|| {
        let (of, pin) = before?.held.as_ref()?;
        (*of == contact.id).then(|| pin.clone())
    })
}

/// Whether a PIN has to be read again. Whether setting one moves the portal user's date is not known, so a reading
/// counts for `refresh` at most, and for half of it at least: that spreads what was read on one day.
fn is_due(
    modified: Option<&str>,
    refresh: Duration,
    user: &Id,
    reading: &PinReading,
    now: Timestamp,
) -> bool {
    let counts = refresh / 2 + age::part(refresh / 2, user);
    reading.modified.as_deref() != modified || age::is_over(reading.read, counts, now)
}

/// What came back.
#[derive(Default)]
struct Asked {
    read: BTreeMap<Id, std::result::Result<Pin, PinUnread>>,
    /// Why no further PIN was asked for.
    stopped: Option<PinUnread>,
}

/// Reads the PINs of `owners` side by side, and calls `done` after each. What would fail for everybody ends the asking,
/// and so do some failures before any success.
fn ask(portal: &dyn LookUp, marker: &Marker, owners: &[&PinOwner], done: impl Fn() + Sync) -> Asked {
    let (in_vain, any) = (AtomicUsize::new(0), AtomicBool::new(false));
    let answers = each_until(owners, PINS_AT_ONCE, |owner| {
        let read = portal.secret(RecordKind::PortalUser, &owner.company, &owner.user, PIN);
        done();
        let pin = read.map(|pin| pin.map_or(Pin::None, |pin| marker.pin(&owner.user, &pin)));
        let goes_on = match &pin {
            Ok(_) => {
                any.store(true, Ordering::Relaxed);
                true
            }
            Err(error) => {
                let failures = in_vain.fetch_add(1, Ordering::Relaxed) + 1;
                (failures < PATIENCE || any.load(Ordering::Relaxed)) && !concerns_all(error)
            }
        };
        let answer = (&owner.user, pin, goes_on);
        if goes_on { ControlFlow::Continue(answer) } else { ControlFlow::Break(answer) }
    });
    let has_stopped = answers.iter().any(|(.., goes_on)| !goes_on);
    let mut errors = answers.iter().filter_map(|(_, pin, _)| pin.as_ref().err()).filter(|_| has_stopped);
    let stopped = errors.clone().find(|error| concerns_all(error)).or_else(|| errors.next());
    let mut asked = Asked { stopped: stopped.map(PinUnread::from), ..Asked::default() };
    for (user, pin, _) in answers {
        // What ended the asking is told once, for all of them.
        if pin.is_ok() || !has_stopped {
            asked.read.insert(user.clone(), pin.map_err(|error| PinUnread::from(&error)));
        }
    }
    asked
}

/// Whether the next request would fail in the same way.
fn concerns_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        Kind::Auth | Kind::Permission | Kind::Throttled | Kind::Network | Kind::Deadline | Kind::Interrupted
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Fields;

    const WEEK: Duration = Duration::from_secs(7 * 86_400);

    fn due(modified: Option<&str>, hours: i64, user: i64) -> bool {
        let read = Timestamp::UNIX_EPOCH;
        let reading = PinReading { modified: Some("monday".into()), read, pin: Pin::None, held: None };
        let now = Timestamp::from_second(hours * 3600).expect("a time");
        is_due(modified, WEEK, &Id::from(user), &reading, now)
    }

    #[test]
    fn a_reading_counts_until_the_portal_user_is_changed_or_it_is_old() {
        for user in 0..50 {
            assert!(!due(Some("monday"), 83, user), "half a week is no age");
            assert!(due(Some("monday"), 169, user), "more than a week is");
            assert!(due(Some("tuesday"), 0, user) && due(None, 0, user), "the user was changed");
            assert!(due(Some("monday"), -1, user), "a reading of the future counts for nothing");
        }
    }

    #[test]
    fn a_contact_whose_pin_was_not_read_holds_what_it_held_last() {
        let (marker, user) = (Marker::new(b"key", "realm"), Id::from("u-1"));
        let contact = |id: i64, fields: Fields| Contact {
            id: Id::from(id),
            fields,
            active: Some(true),
            alternates: Vec::new(),
            types: Vec::new(),
            modified: None,
        };
        let kept = marker.pin(&user, &Fields::new().with(PIN, "1234").secret(PIN).expect("a PIN").clone());
        let read = Timestamp::UNIX_EPOCH;
        let before =
            PinReading { modified: None, read, pin: Pin::None, held: Some((Id::from(7), kept.clone())) };
        let held = |contact: &Contact| held(&marker, &user, contact, Some(&before));
        assert_eq!(held(&contact(7, Fields::new())), Some(kept.clone()));
        assert_eq!(held(&contact(8, Fields::new())), None, "another contact");
        assert_eq!(held(&contact(7, Fields::new().with(PIN, ""))), Some(Pin::None), "what is read counts");
        assert_ne!(held(&contact(7, Fields::new().with(PIN, "4821"))), Some(kept));
    }

    #[test]
    fn what_was_read_on_one_day_is_not_read_again_on_one_day() {
        let old = (0..200).filter(|user| due(Some("monday"), 126, *user)).count();
        assert!((60..140).contains(&old), "{old} of 200 after three quarters of a week");
    }
}
