//! One company's part of a plan, in its order, a group of records at a time.

use super::Work;
use super::after::{After, Sent};
use super::check;
use super::found::Found;
use super::journal::Journal;
use super::send::{Desk, send};
use crate::error::{Error, Kind, Result};
use crate::model::RecordKind;
use crate::plan::{Change, CompanyPlan, Settled, Settlement};
use crate::side::WriteRecords;

/// Applies the changes of one company.
///
/// # Errors
/// `Kind::State` when the journal cannot be written.
pub(super) fn apply(work: &Work<'_>, company: &CompanyPlan) -> Result<()> {
    let mut journal = Journal::new(work, company);
    for changes in work.systems.groups(&company.changes) {
        if work.is_over() {
            return Ok(());
        }
        group(work, &mut journal, changes)?;
    }
    Ok(())
}

/// Looks at the records of a group, sends its changes, and looks at what became of them.
fn group(work: &Work<'_>, journal: &mut Journal<'_>, changes: &[Change]) -> Result<()> {
    let ready = journal.ready(changes)?;
    let Some(first) = ready.first() else { return Ok(()) };
    if let Some(why) = work.given_up(first) {
        return ready.iter().try_for_each(|change| journal.forgo(change, &why));
    }
    let system = work.systems.of(first.record.kind.side());
    let mut found = Found::default();
    if let Err(error) = found.look(work, system, &ready) {
        return journal.unseen(&ready, &error);
    }
    let (mut sent, parts) = run_by_run(work, journal, system, &ready, &mut found)?;
    // What is refused of a part is refused for good.
    let (again, _) = run_by_run(work, journal, system, &parts, &mut found)?;
    sent.extend(again);
    conclude(work, journal, system, sent, &found)
}

/// Sends changes, those side by side that depend on no other. Returns also what of those that were refused as a whole
/// may get through by itself.
fn run_by_run<'c>(
    work: &Work<'_>,
    journal: &mut Journal<'_>,
    system: &dyn WriteRecords,
    changes: &'c [Change],
    found: &mut Found,
) -> Result<(Vec<Sent<'c>>, Vec<Change>)> {
    let (mut sent, mut parts) = (Vec::new(), Vec::new());
    let at_once = changes.first().map_or(1, |first| system.at_once(first.record.kind));
    for run in check::runs(changes, at_once) {
        for (change, part) in send(work, system, run, Desk { journal: &mut *journal, found: &mut *found })? {
            sent.push(change);
            parts.extend(part);
        }
    }
    Ok((sent, parts))
}

/// Looks at what became of the changes that were sent, and settles them. What cannot be seen stays open, and the next
/// run looks again.
fn conclude(
    work: &Work<'_>,
    journal: &mut Journal<'_>,
    system: &dyn WriteRecords,
    sent: Vec<Sent<'_>>,
    before: &Found,
) -> Result<()> {
    let after = After::look(system, work.state, &sent);
    for Sent { change, wanted, seq, answer, millis } in sent {
        let (request_id, attempts) = match &answer {
            Ok(written) => (written.request_id.clone(), written.attempts),
            Err(error) => (None, error.sent()),
        };
        let is_lost = answer.is_err();
        let verdict = match answer {
            // It never left this machine.
            Err(error) if never_left(&error) => {
                Some((Settlement::NotTried, None, Some(error.message().into())))
            }
            answer => after.verdict(system, change, &wanted, &answer),
        };
        let Some((how, id, why)) = verdict else { continue };
        // What is done although the answer was lost was sent, whether or not the error says so.
        let attempts = if is_lost && how == Settlement::Done { attempts.max(1) } else { attempts };
        let (detail, next) = why.map_or((None, None), |why| (Some(why.text), why.next));
        let at = work.state.clock().now();
        let settled = Settled { at, how, id, detail, next, request_id, attempts, millis, by: None };
        journal.settle(change, seq, &settled)?;
        if settled.how == Settlement::Done {
            stamp(work, change, before, &after)?;
        }
    }
    Ok(())
}

/// Whether no request of a change was sent, for lack of time or of room at the service.
fn never_left(error: &Error) -> bool {
    matches!(error.kind(), Kind::Deadline | Kind::Interrupted | Kind::Throttled) && error.sent() == 0
}

/// What the run itself changed of a portal user is no sign of a new PIN.
fn stamp(work: &Work<'_>, change: &Change, before: &Found, after: &After) -> Result<()> {
    let (RecordKind::PortalUser, Some(id)) = (change.record.kind, &change.record.id) else {
        return Ok(());
    };
    let after = after.records.as_ref().ok().and_then(|records| records.get(id));
    let stamps =
        before.records.get(id).and_then(|before| Some((before.stamp.as_ref()?, after?.stamp.as_ref()?)));
    stamps.map_or(Ok(()), |(before, after)| work.state.stamped(id, before, after))
}
