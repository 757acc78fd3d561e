//! Sends changes that do not depend on each other, as many side by side as the service takes.
//!
//! Each has its turn. What is read for it alone, a support PIN, is read before the turn comes, beside other writes. At
//! its turn, in the order of the plan, the change is compared with a fresh reading of its record and announced. Then it
//! is sent, while the next has its turn.

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use super::after::Sent;
use super::check::{self, Precondition};
use super::found::Found;
use super::journal::Journal;
use super::line::{Line, Pass};
use super::{Work, may_double};
use crate::calls::fresh;
use crate::error::{Error, Kind, Result};
use crate::model::{Fields, Pin, RecordKind, Side};
use crate::plan::{Change, PinOwner, Reason, Settlement};
use crate::side::{Current, Write, WriteRecords, Written, each_until};
use crate::state::State;

/// How often a change that is held back at its service, where it would rest on an old reading, is compared again.
const AGAIN: usize = 8;

/// A change that was sent so often, and refused or not answered, is not sent again.
const MOST_SENT: u32 = 5;

/// What the turns share.
pub(super) struct Desk<'d, 'a> {
    pub(super) journal: &'d mut Journal<'a>,
    pub(super) found: &'d mut Found,
}

/// A change that was sent, and what of it may get through by itself where it was refused as a whole.
pub(super) type Outcome<'c> = (Sent<'c>, Option<Change>);

/// A change that is announced and not sent yet.
struct Announced<'c> {
    change: &'c Change,
    /// What is to be written, PINs included.
    wanted: Fields,
    /// The record as it was compared.
    current: Option<Current>,
    /// How long that reading is fresh yet.
    fresh: Duration,
    seq: u64,
}

impl Announced<'_> {
    fn write(&self) -> Write<'_> {
        Write {
            kind: self.change.record.kind,
            company: &self.change.record.company,
            current: self.current.as_ref(),
            fields: &self.wanted,
        }
    }
}

/// What is to be written; or what becomes of the change, and why, where it cannot be had.
type Wanted = Result<Fields, (Settlement, Reason)>;

/// Sends those of `changes` against which nothing speaks, in turns, until the run is over. They are of one kind and
/// company, and each of another record.
///
/// # Errors
/// `Kind::State` when the journal cannot be written.
pub(super) fn send<'c>(
    work: &Work<'_>,
    system: &dyn WriteRecords,
    changes: &'c [Change],
    desk: Desk<'_, '_>,
) -> Result<Vec<Outcome<'c>>> {
    let Some(first) = changes.first() else { return Ok(Vec::new()) };
    let kind = first.record.kind;
    let size = system.batch_size(kind).max(1);
    let at_once = system.at_once(kind).max(1);
    // Those that wait for a PIN keep no other from being sent.
    let has_pins = changes.iter().any(|change| check::pins(change).next().is_some());
    let readers = if has_pins { work.systems.portal.at_once(RecordKind::PortalUser) } else { 0 };
    let starts: Vec<usize> = (0..changes.len()).step_by(size).collect();
    let (line, sending) = (Line::new(desk), Sending { work, system, kind, at_once });
    let done = each_until(&starts, at_once + readers, |start| {
        let turn = line.turn(start / size);
        let left = &changes[*start..];
        let announced = sending.wanted_of(&left[..size.min(left.len())]).and_then(|wanted| {
            turn.take(|desk| sending.begin(desk, left, wanted)).transpose().map(Option::flatten)
        });
        match announced {
            Ok(Some((announced, _pass))) => ControlFlow::Continue(Ok(sending.call(announced))),
            Ok(None) => ControlFlow::Break(Ok(Vec::new())),
            Err(error) => ControlFlow::Break(Err(error)),
        }
    });
    Ok(done.into_iter().collect::<Result<Vec<_>>>()?.into_iter().flatten().collect())
}

/// What is the same for all changes that are sent side by side.
struct Sending<'a> {
    work: &'a Work<'a>,
    system: &'a dyn WriteRecords,
    kind: RecordKind,
    at_once: usize,
}

impl<'a> Sending<'a> {
    /// What is to be written by the changes of one turn. Of a service that was given up nothing is read.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be noted that a PIN was read.
    fn wanted_of(&self, changes: &[Change]) -> Result<Vec<Wanted>> {
        changes
            .iter()
            .map(|change| match self.work.given_up(change) {
                Some(why) => Ok(Err((Settlement::NotTried, why.into()))),
                None => self.wanted(change),
            })
            .collect()
    }

    /// What is to be written, with the PINs as the portal has them now.
    fn wanted(&self, change: &Change) -> Result<Wanted> {
        let Work { systems, state, .. } = self.work;
        let mut wanted = check::wanted(change);
        for (field, PinOwner { company, user }) in check::pins(change) {
            let pin = systems.of(Side::Portal).secret(RecordKind::PortalUser, company, user, field);
            self.work.went(Side::Portal, false, &pin);
            match pin {
                Ok(Some(pin)) => {
                    let marker = state.marker()?.pin(user, &pin);
                    state.pin_was_read(user, &marker, state.clock().now())?;
                    wanted.set(field, pin.expose());
                }
                Ok(None) => {
                    // So that the next run plans without it, even where the portal user's date has not moved.
                    state.pin_was_read(user, &Pin::None, state.clock().now())?;
                    let why = format!("portal user {user} has no {field} any more");
                    return Ok(Err((Settlement::Stale, why.into())));
                }
                Err(error) => {
                    let not_sent =
                        matches!(error.kind(), Kind::Deadline | Kind::Interrupted) && error.sent() == 0;
                    let how = if not_sent { Settlement::NotTried } else { Settlement::Failed };
                    let why = Reason::of(&error).within(&format!("the {field} could not be read"));
                    return Ok(Err((how, why)));
                }
            }
        }
        Ok(Ok(wanted))
    }

    /// Announces the first of the changes that are `left`, one for each of `wanted`, and closes those of them against
    /// which something speaks. Returns `None` if the run is over.
    ///
    /// The place at the service is taken first, so that nothing that takes time comes between the reading and the write.
    fn begin<'c>(
        &self,
        desk: &mut Desk<'_, '_>,
        left: &'c [Change],
        wanted: Vec<Wanted>,
    ) -> Result<Option<(Vec<Announced<'c>>, Option<Pass<'a>>)>> {
        let turn = wanted.len();
        let pass = self.work.place(self.kind);
        if self.work.is_over() {
            return Ok(None);
        }
        let mut ready = Vec::new();
        for (change, wanted) in left.iter().zip(wanted) {
            match (self.work.given_up(change), wanted) {
                (Some(why), _) => desk.journal.forgo(change, &why)?,
                (None, Ok(wanted)) => ready.push((change, wanted)),
                (None, Err((how, why))) => desk.journal.close(change, how, None, why)?,
            }
        }
        let outdated = desk.found.outdated(self.work.state, left, turn, turn * self.at_once);
        if !outdated.is_empty()
            && !ready.is_empty()
            && let Err(error) = desk.found.look(self.work, self.system, outdated)
        {
            desk.journal.unseen(ready.into_iter().map(|(change, _)| change), &error)?;
            return Ok(Some((Vec::new(), pass)));
        }
        desk.found.turns += turn;
        let mut announced = Vec::new();
        for (change, wanted) in ready {
            announced.extend(announce(desk, self.work.state, change, wanted)?);
        }
        Ok(Some((announced, pass)))
    }

    /// Sends what was announced, in one call; and what was held back there, once it was compared again.
    fn call<'c>(&self, mut announced: Vec<Announced<'c>>) -> Vec<Outcome<'c>> {
        if announced.is_empty() {
            return Vec::new();
        }
        let clock = Instant::now();
        let (mut answers, mut was_held_back) = self.written(announced.iter());
        for _ in 0..AGAIN {
            let passes = |place: &usize| self.may_go_again(announced[*place].change, &answers[*place]);
            let places: Vec<usize> = (0..announced.len()).filter(passes).collect();
            if !was_held_back || places.is_empty() || self.work.is_over() {
                break;
            }
            let ready = self.compared_again(&mut announced, &mut answers, places).unwrap_or_default();
            if ready.is_empty() {
                break;
            }
            let (further, held_back) = self.written(ready.iter().map(|place| &announced[*place]));
            for (place, answer) in ready.into_iter().zip(further) {
                answers[place] = counted(answer, sent(&answers[place]));
            }
            was_held_back = held_back;
        }
        let millis = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        // One call is one thing that went well or not, however many records it was about.
        if let Some(worst) = answers.iter().find(|answer| answer.is_err()).or(answers.first()) {
            let is_once = announced.iter().any(|announced| may_double(self.system, announced.change));
            self.work.went(self.kind.side(), is_once, worst);
        }
        announced
            .into_iter()
            .zip(answers)
            .map(|(announced, answer)| {
                let rest =
                    answer.as_ref().err().and_then(|error| self.system.rest(&announced.write(), error));
                let Announced { change, wanted, seq, .. } = announced;
                let part = rest.map(|rest| part(change, &rest));
                (Sent { change, wanted, seq, answer, millis }, part)
            })
            .collect()
    }

    /// Sends writes in one call; says also whether something of it was held back, since the reading would have been old.
    fn written<'w, 'c: 'w>(
        &self,
        announced: impl Iterator<Item = &'w Announced<'c>> + Clone,
    ) -> (Vec<Result<Written>>, bool) {
        let writes: Vec<Write<'_>> = announced.clone().map(Announced::write).collect();
        let fresh = announced.map(|announced| announced.fresh).min().unwrap_or_default();
        let (mut answers, held_back) = fresh::write(fresh, || self.system.write_all(&writes));
        answers.resize_with(writes.len(), || Err(unanswered()));
        (answers, held_back)
    }

    /// Whether a change whose answer is this one may be sent again, should its record allow it.
    fn may_go_again(&self, change: &Change, answer: &Result<Written>) -> bool {
        answer.as_ref().is_err_and(|error| {
            let passes =
                matches!(error.kind(), Kind::Network | Kind::Throttled | Kind::Service | Kind::Stale);
            let twice = error.may_be_done() && may_double(self.system, change);
            passes && !error.is_harm() && error.sent() < MOST_SENT && !twice
        })
    }

    /// Compares announced changes with a new reading, and returns the places of those that may be sent now. The answer of
    /// one whose record has moved says so. `None` where no record can be read.
    fn compared_again(
        &self,
        announced: &mut [Announced<'_>],
        answers: &mut [Result<Written>],
        mut places: Vec<usize>,
    ) -> Option<Vec<usize>> {
        let changes: Vec<Change> = places.iter().map(|place| announced[*place].change.clone()).collect();
        let mut found = Found::default();
        found.look(self.work, self.system, &changes).ok()?;
        places.retain(|place| {
            let Announced { change, wanted, current, fresh, .. } = &mut announced[*place];
            let sent = sent(&answers[*place]);
            let shown = found.current(change);
            match (found.compare(change, wanted), shown) {
                (Precondition::Ready, shown) => {
                    *current = shown;
                    *fresh = found.fresh(self.work.state, change).unwrap_or_default();
                    return true;
                }
                // Another hand wrote it meanwhile.
                (Precondition::Already, Some(shown)) if sent == 0 => {
                    let (id, shown) = (shown.id.clone(), Some(shown));
                    answers[*place] = Ok(Written { id, shown, request_id: None, attempts: 0 });
                }
                // The look after the write tells what became of it.
                (Precondition::Already, _) => {}
                (Precondition::Moved(why), _) => {
                    answers[*place] = Err(Error::new(Kind::Stale, why).attempts(sent));
                }
            }
            false
        });
        Some(places)
    }
}

/// How often a change was sent.
fn sent(answer: &Result<Written>) -> u32 {
    answer.as_ref().map_or_else(Error::sent, |written| written.attempts)
}

/// The answer to a change that was sent so often before.
fn counted(answer: Result<Written>, before: u32) -> Result<Written> {
    match answer {
        Ok(written) => Ok(Written { attempts: written.attempts + before, ..written }),
        Err(error) => {
            let sent = error.sent() + before;
            Err(error.attempts(sent))
        }
    }
}

/// Announces a change, unless its record speaks against it.
fn announce<'c>(
    desk: &mut Desk<'_, '_>,
    state: &State,
    change: &'c Change,
    wanted: Fields,
) -> Result<Option<Announced<'c>>> {
    let Desk { journal, found } = desk;
    match found.compare(change, &wanted) {
        Precondition::Ready => {}
        Precondition::Already => {
            let id = change.record.id.clone();
            journal.close(change, Settlement::Done, id, "it held that already")?;
            return Ok(None);
        }
        Precondition::Moved(why) => {
            journal.close(change, Settlement::Stale, None, why)?;
            return Ok(None);
        }
    }
    let current = found.current(change);
    let seq = journal.announce(change)?;
    let fresh = found.fresh(state, change).unwrap_or_default();
    Ok(Some(Announced { change, wanted, current, fresh, seq }))
}

/// The change with these of its fields alone.
fn part(change: &Change, rest: &Fields) -> Change {
    let mut part = change.clone();
    part.fields.retain(|field| rest.expose(field.field).is_some());
    part
}

fn unanswered() -> Error {
    Error::new(Kind::Service, "nothing was answered about this record").attempts(1)
}
