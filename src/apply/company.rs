//! One company's part of a plan, in its order, a group of records at a time.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Instant;

use super::after::{After, Sent, told};
use super::check::{self, Precondition};
use super::found::Found;
use super::waits::Made;
use super::{Work, may_double, together};
use crate::error::{Error, Kind, Result};
use crate::model::{Fields, Id, Looks, RecordKind, Side};
use crate::plan::{Change, ChangeKey, CompanyPlan, Departure, PinOwner, Settled, Settlement, without_next};
use crate::side::{Write, WriteRecords, Written};

/// A change that is announced and not sent yet.
struct Announced<'a> {
    change: Cow<'a, Change>,
    /// What is to be written, PINs included.
    wanted: Fields,
    seq: u64,
}

/// Applies the changes of one company.
///
/// # Errors
/// `Kind::State` when the journal cannot be written.
pub(super) fn apply(work: &Work<'_>, company: &CompanyPlan) -> Result<()> {
    let mut made = Made::default();
    for group in check::groups(&company.changes, together) {
        if work.is_over() {
            return Ok(());
        }
        Group { work, company, made: &mut made }.apply(group)?;
    }
    Ok(())
}

struct Group<'a, 'b> {
    work: &'a Work<'a>,
    company: &'a CompanyPlan,
    made: &'b mut Made,
}

impl Group<'_, '_> {
    fn apply(&mut self, changes: &[Change]) -> Result<()> {
        let mut ready = Vec::new();
        for change in changes {
            match self.made.ready(change, self.company) {
                Ok(change) => ready.push(change),
                Err((how, why)) => self.close(change, how, None, &why)?,
            }
        }
        let Some(first) = ready.first() else { return Ok(()) };
        if let Some(why) = self.work.given_up(first) {
            return ready.iter().try_for_each(|change| self.forgo(change, &why));
        }
        let system = self.work.systems.of(first.record.kind.side());
        let mut found = Found::default();
        if let Err(why) = self.look(system, &ready, &mut found) {
            return ready.iter().try_for_each(|change| self.unseen(change, &why));
        }
        let mut sent = Vec::new();
        let mut left = &ready[..];
        while !left.is_empty() && !self.work.is_over() {
            let turn = system.batch_size(first.record.kind).clamp(1, left.len());
            sent.extend(self.send(system, left, turn, &mut found)?);
            left = &left[turn..];
        }
        self.conclude(system, sent, &found)
    }

    /// Reads the records of `changes`, in the place of older readings; or says why they cannot be read.
    fn look(&self, system: &dyn WriteRecords, changes: &[Change], found: &mut Found) -> Result<(), String> {
        let seen = found.look(system, self.work.state, changes);
        found.left.extend(left(self.work, changes));
        if let Some(first) = changes.first() {
            self.work.went(first.record.kind.side(), false, &seen);
        }
        seen.map_err(|error| format!("it could not be looked at before: {}", error.message()))
    }

    fn unseen(&mut self, change: &Change, why: &str) -> Result<()> {
        self.close(change, Settlement::Failed, None, why)
    }

    /// Sends the first `turn` of the changes that are `left`, if nothing speaks against them, in one call; and
    /// what of them may get through by itself, where it is refused as a whole.
    fn send<'c>(
        &mut self,
        system: &dyn WriteRecords,
        left: &'c [Change],
        turn: usize,
        found: &mut Found,
    ) -> Result<Vec<Sent<'c>>> {
        let mut ready = Vec::new();
        for change in &left[..turn] {
            ready.extend(self.prepared(change)?.map(|wanted| (change, wanted)));
        }
        // After everything else that takes time: nothing comes between this and the write.
        let outdated = found.outdated(self.work.state, left, turn);
        if !outdated.is_empty()
            && !ready.is_empty()
            && let Err(why) = self.look(system, outdated, found)
        {
            ready.into_iter().try_for_each(|(change, _)| self.unseen(change, &why))?;
            return Ok(Vec::new());
        }
        found.turns += turn;
        let mut announced = Vec::new();
        for (change, wanted) in ready {
            announced.extend(self.announce(change, wanted, found)?);
        }
        let mut sent = Vec::new();
        for (whole, rest) in self.call(system, announced, found) {
            let rest = rest.filter(|_| !self.work.is_over()).map(|rest| {
                let mut part = whole.change.clone().into_owned();
                part.fields.retain(|field| rest.expose(field.field).is_some());
                self.announced(Cow::Owned(part), rest)
            });
            sent.push(whole);
            if let Some(part) = rest.transpose()? {
                sent.extend(self.call(system, vec![part], found).into_iter().map(|(sent, _)| sent));
            }
        }
        Ok(sent)
    }

    /// Sends what was announced; gives what of each may get through by itself as well.
    fn call<'c>(
        &self,
        system: &dyn WriteRecords,
        announced: Vec<Announced<'c>>,
        found: &Found,
    ) -> Vec<(Sent<'c>, Option<Fields>)> {
        let Some(first) = announced.first() else { return Vec::new() };
        let side = first.change.record.kind.side();
        let writes: Vec<Write<'_>> = announced
            .iter()
            .map(|Announced { change, wanted, .. }| Write {
                kind: change.record.kind,
                company: &change.record.company,
                current: change.record.id.as_ref().and_then(|id| found.records.get(id)),
                fields: wanted,
            })
            .collect();
        let clock = Instant::now();
        let mut answers = system.write_all(&writes);
        let millis = u64::try_from(clock.elapsed().as_millis()).unwrap_or(u64::MAX);
        answers.resize_with(writes.len(), || Err(unanswered()));
        // One call is one thing that went well or not, however many records it was about.
        if let Some(worst) = answers.iter().find(|answer| answer.is_err()).or(answers.first()) {
            let is_once = announced.iter().any(|announced| may_double(system, &announced.change));
            self.work.went(side, is_once, worst);
        }
        let rest =
            |(write, answer): (&Write<'_>, &Result<Written>)| system.rest(write, answer.as_ref().err()?);
        let rests: Vec<Option<Fields>> = writes.iter().zip(&answers).map(rest).collect();
        announced
            .into_iter()
            .zip(answers)
            .zip(rests)
            .map(|((Announced { change, wanted, seq }, answer), rest)| {
                (Sent { change, wanted, seq, answer, millis }, rest)
            })
            .collect()
    }

    /// Announces a change.
    fn announced<'c>(&self, change: Cow<'c, Change>, wanted: Fields) -> Result<Announced<'c>> {
        let seq = self.work.state.announce(self.work.run, &self.company.name, &change, self.now())?;
        Ok(Announced { change, wanted, seq })
    }

    fn now(&self) -> jiff::Timestamp {
        self.work.state.clock().now()
    }

    /// What is to be written, unless something speaks against the change whatever its record holds.
    fn prepared(&mut self, change: &Change) -> Result<Option<Fields>> {
        if let Some(why) = self.work.given_up(change) {
            self.forgo(change, &why)?;
            return Ok(None);
        }
        match self.wanted(change)? {
            Ok(wanted) => Ok(Some(wanted)),
            Err((how, why)) => {
                self.close(change, how, None, &why)?;
                Ok(None)
            }
        }
    }

    /// Announces a change, unless its record speaks against it.
    fn announce<'c>(
        &mut self,
        change: &'c Change,
        wanted: Fields,
        found: &Found,
    ) -> Result<Option<Announced<'c>>> {
        match found.precondition(change, &wanted) {
            Precondition::Ready => {
                if let Some(why) = found.left.get(&change.key) {
                    self.close(change, Settlement::Stale, None, why)?;
                    return Ok(None);
                }
            }
            Precondition::Already => {
                let id = change.record.id.clone();
                self.close(change, Settlement::Done, id, "it held that already")?;
                return Ok(None);
            }
            Precondition::Moved(why) => {
                self.close(change, Settlement::Stale, None, &why)?;
                return Ok(None);
            }
        }
        self.announced(Cow::Borrowed(change), wanted).map(Some)
    }

    /// What is to be written, with the PINs as the portal has them now; or what becomes of the change, and why,
    /// where one of them cannot be had.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be noted that a PIN was read.
    fn wanted(&self, change: &Change) -> Result<Result<Fields, (Settlement, String)>> {
        let mut wanted = check::wanted(change);
        for (field, PinOwner { company, user }) in check::pins(change) {
            let pin = self.work.systems.of(Side::Portal).secret(RecordKind::PortalUser, company, user, field);
            self.work.went(Side::Portal, false, &pin);
            match pin {
                Ok(Some(pin)) => {
                    let state = self.work.state;
                    state.pin_was_read(user, &state.marker()?.pin(user, &pin), self.now())?;
                    wanted.set(field, pin.expose());
                }
                Ok(None) => {
                    let why = format!("portal user {user} has no {field} any more");
                    return Ok(Err((Settlement::Stale, why)));
                }
                Err(error) => {
                    let not_sent =
                        matches!(error.kind(), Kind::Deadline | Kind::Interrupted) && error.sent() == 0;
                    let how = if not_sent { Settlement::NotTried } else { Settlement::Failed };
                    return Ok(Err((how, format!("the {field} could not be read: {}", told(&error)))));
                }
            }
        }
        Ok(Ok(wanted))
    }

    /// Looks at what became of the changes that were sent, and settles them. What cannot be seen stays open, and
    /// the next run looks again.
    fn conclude(&mut self, system: &dyn WriteRecords, sent: Vec<Sent<'_>>, before: &Found) -> Result<()> {
        let after = After::look(system, self.work.state, &sent);
        for Sent { change, wanted, seq, answer, millis } in sent {
            let (request_id, attempts) = match &answer {
                Ok(written) => (written.request_id.clone(), written.attempts),
                Err(error) => (None, error.sent()),
            };
            let verdict = match answer {
                // It never left this machine.
                Err(error)
                    if matches!(error.kind(), Kind::Deadline | Kind::Interrupted) && error.sent() == 0 =>
                {
                    Some((Settlement::NotTried, None, Some(error.message().to_owned())))
                }
                answer => after.verdict(system, &change, &wanted, &answer),
            };
            let Some((how, id, detail)) = verdict else { continue };
            // What is done was sent, whether or not the error says so.
            let attempts = if how == Settlement::Done { attempts.max(1) } else { attempts };
            let (detail, next) = parted(detail.as_deref());
            let at = self.now();
            let settled = Settled { at, how, id, detail, next, request_id, attempts, millis, by: None };
            self.settle(&change, seq, &settled)?;
            if settled.how == Settlement::Done {
                self.stamp(&change, before, &after)?;
            }
        }
        Ok(())
    }

    /// What the run itself changed of a portal user is no sign of a new PIN.
    fn stamp(&self, change: &Change, before: &Found, after: &After) -> Result<()> {
        let (RecordKind::PortalUser, Some(id)) = (change.record.kind, &change.record.id) else {
            return Ok(());
        };
        let after = after.records.as_ref().ok().and_then(|records| records.get(id));
        let stamps =
            before.records.get(id).and_then(|before| Some((before.stamp.as_ref()?, after?.stamp.as_ref()?)));
        stamps.map_or(Ok(()), |(before, after)| self.work.state.stamped(id, before, after))
    }

    /// Settles a change to a service that was given up.
    fn forgo(&mut self, change: &Change, why: &str) -> Result<()> {
        let detail = format!("nothing more is sent there: {why}");
        self.close(change, Settlement::NotTried, None, &detail)
    }

    /// Announces and settles a change that is not sent.
    fn close(&mut self, change: &Change, how: Settlement, id: Option<Id>, detail: &str) -> Result<()> {
        let at = self.now();
        let seq = self.work.state.announce(self.work.run, &self.company.name, change, at)?;
        let (detail, next) = parted(Some(detail));
        let settled =
            Settled { at, how, id, detail, next, request_id: None, attempts: 0, millis: 0, by: None };
        self.settle(change, seq, &settled)
    }

    fn settle(&mut self, change: &Change, seq: u64, settled: &Settled) -> Result<()> {
        self.made.settled(change, settled.how, settled.id.as_ref());
        self.work.state.settle(self.work.run, seq, change, settled)?;
        self.work.progress.settled(settled.how);
        Ok(())
    }
}

/// Looks again at the 365 users whose leaving `changes` rest on; gives the changes that must not be written, and why.
fn left(work: &Work<'_>, changes: &[Change]) -> BTreeMap<ChangeKey, String> {
    let departures = || changes.iter().filter_map(|change| Some((&change.key, change.left.as_ref()?)));
    let mut users: BTreeMap<&str, Vec<Id>> = BTreeMap::new();
    for (_, departure) in departures() {
        users.entry(&departure.tenant).or_default().push(departure.user.clone());
    }
    let mut looks = Looks::default();
    for (tenant, mut users) in users {
        users.sort();
        users.dedup();
        looks.add(tenant, work.systems.tenants.look(tenant, &users));
    }
    let objection = |(key, departure): (&ChangeKey, &Departure)| {
        let look = looks.get(&departure.tenant, &departure.user);
        Some((key.clone(), departure.objection(look)?))
    };
    departures().filter_map(objection).collect()
}

fn unanswered() -> Error {
    Error::new(Kind::Service, "nothing was answered about this record").attempts(1)
}

/// A reason and the next step, each by itself, as the journal keeps them.
fn parted(detail: Option<&str>) -> (Option<String>, Option<String>) {
    match detail.map(without_next) {
        Some((reason, next)) => (Some(reason), next),
        None => (None, None),
    }
}
