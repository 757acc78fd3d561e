//! A plan that takes back what a run did, from the journal and the records as they are now.

use std::collections::{BTreeMap, BTreeSet};

use super::check;
use super::{Systems, reread};
use crate::error::Result;
use crate::model::{Detail, Field, Fields, Id, RecordKind, Row, Side, TAKEN_BACK, is_archived};
use crate::plan::{
    Action, Breach, Change, CompanyPlan, Entry, FieldChange, Measure, NewValue, Outcome, Report, Settlement,
    Skip, Unmoved, Unread, Who,
};
use crate::reconcile::{GuardLimits, over_limits};
use crate::side::Current;
use crate::state::State;

/// The field that says whether a details record is archived.
const STATE: Field = Field::Detail(Detail::AccountState);

/// The last values of fields that cannot be read back, by record.
type Unreadable = BTreeMap<(Id, Field), String>;

/// Plans the undoing of `report`; `state` knows what readings may not show yet. `bases` says how many people each
/// company has, for the guards; `unreadable` what was last written to fields that cannot be read back; `deactivates`
/// whether the PSA can make a contact inactive.
///
/// It only reads. What has changed since is left as it is, and listed.
pub fn undo(
    systems: Systems<'_>,
    state: &State,
    report: &Report,
    bases: &BTreeMap<String, usize>,
    unreadable: &Unreadable,
    guards: &GuardLimits,
    deactivates: bool,
) -> Outcome {
    let mut outcome = Outcome::default();
    let mut sum = (0, BTreeMap::new());
    let names: BTreeSet<&str> = report.entries.iter().map(|entry| entry.company.as_str()).collect();
    for name in names {
        let entries: Vec<&Entry> = report.entries.iter().filter(|entry| entry.company == name).collect();
        let plan = company(systems, state, name, &entries, unreadable, deactivates);
        let base = bases.get(name).copied().unwrap_or_default();
        let counts = counts(&plan);
        outcome.breaches.extend(over_limits(guards, Some(name), base, &counts));
        sum.0 += base;
        for (measure, count) in counts {
            *sum.1.entry(measure).or_default() += count;
        }
        outcome.companies.push(plan);
    }
    let whole: Vec<Breach> =
        if outcome.companies.len() > 1 { over_limits(guards, None, sum.0, &sum.1) } else { Vec::new() };
    outcome.breaches.extend(whole);
    outcome.breaches.sort();
    outcome
}

fn counts(plan: &CompanyPlan) -> BTreeMap<Measure, usize> {
    let mut people: BTreeMap<Measure, BTreeSet<&Who>> = BTreeMap::new();
    for change in plan.changes.iter().filter(|change| {
        // A details record shuts no user out.
        use RecordKind::{Details, PortalCompany, PsaCompany};
        !matches!(change.record.kind, PsaCompany | PortalCompany | Details)
    }) {
        people.entry(change.action.into()).or_default().insert(&change.who);
    }
    people.into_iter().map(|(measure, people)| (measure, people.len())).collect()
}

/// A record that the run wrote.
struct Wrote<'e> {
    id: Id,
    change: &'e Change,
    /// Whether it may have been written in part only.
    in_part: bool,
}

/// The records that the run wrote, or may have written in part.
fn written<'e>(entries: &[&'e Entry]) -> Vec<Wrote<'e>> {
    let wrote = |entry: &'e Entry| {
        // What the record held already was not the run's doing.
        let settled =
            entry.settled.as_ref().filter(|settled| settled.attempts > 0 || settled.by.is_some())?;
        let in_part = match settled.how {
            Settlement::Done => false,
            // The id says that something of it was written.
            Settlement::Failed if settled.id.is_some() => true,
            Settlement::Failed | Settlement::Stale | Settlement::NotTried => return None,
        };
        let change = &entry.change;
        let id = if check::creates(change) { settled.id.clone() } else { change.record.id.clone() };
        Some(Wrote { id: id?, change, in_part })
    };
    // The last write comes off first.
    entries.iter().rev().filter_map(|entry| wrote(entry)).collect()
}

fn company(
    systems: Systems<'_>,
    state: &State,
    name: &str,
    entries: &[&Entry],
    unreadable: &Unreadable,
    deactivates: bool,
) -> CompanyPlan {
    let mut plan = CompanyPlan { name: name.to_owned(), ..CompanyPlan::default() };
    let written = written(entries);
    let mut places: BTreeMap<(RecordKind, Id), Vec<Id>> = BTreeMap::new();
    for Wrote { id, change, .. } in &written {
        places.entry((change.record.kind, change.record.company.clone())).or_default().push(id.clone());
    }
    let mut records = BTreeMap::new();
    for ((kind, company), ids) in places {
        for ids in ids.chunks(systems.of(kind.side()).together(kind).max(1)) {
            match look(systems, state, kind, &company, ids, unreadable) {
                Ok(found) => records.extend(found.into_iter().map(|(id, current)| ((kind, id), current))),
                Err(error) => {
                    plan.unread.push(Unread {
                        side: kind.side(),
                        kind: error.kind(),
                        reason: error.message().to_owned(),
                        hint: error.next_step().map(ToOwned::to_owned),
                    });
                    return plan;
                }
            }
        }
    }
    let mut left = Vec::new();
    for wrote in written {
        let change = wrote.change;
        match reversed(&wrote, records.get(&(change.record.kind, wrote.id.clone())), deactivates) {
            Ok((back, reasons)) => {
                plan.changes.extend(back);
                left.extend(reasons.into_iter().map(|reason| (change, reason)));
            }
            Err(reason) => left.push((change, reason)),
        }
    }
    plan.moved = left.iter().filter(|(_, left)| left.moved).count();
    plan.skipped = left.into_iter().map(|(change, left)| skip(change, left.reason)).collect();
    // Users are shut out last, when everything else is back in its place.
    plan.changes.sort_by_key(|change| change.action == Action::Deactivate);
    plan
}

/// The records as they are, with what is known of fields that they do not show.
fn look(
    systems: Systems<'_>,
    state: &State,
    kind: RecordKind,
    company: &Id,
    ids: &[Id],
    unreadable: &Unreadable,
) -> Result<BTreeMap<Id, Current>> {
    let mut found = reread(systems.of(kind.side()), state, kind, company, ids)?;
    if kind == RecordKind::PortalUser {
        for ((id, field), text) in unreadable {
            if let Some(current) = found.get_mut(id) {
                current.fields.set(*field, text);
            }
        }
    }
    Ok(found)
}

fn skip(change: &Change, reason: String) -> Skip {
    let row = change.fields.first().map_or(Row::SyncLog, |field| field.row);
    Skip { row, who: Some(change.who.clone()), reason, next: None, strict: false }
}

/// Why something is not taken back.
struct Left {
    reason: String,
    /// Whether it changed since the run, or is gone.
    moved: bool,
}

impl Left {
    fn moved(reason: String) -> Self {
        Self { reason, moved: true }
    }

    fn for_good(reason: String) -> Self {
        Self { reason, moved: false }
    }

    /// The same, of this record.
    fn of(self, record: impl std::fmt::Display) -> Self {
        Self { reason: format!("{record}: {}", self.reason), ..self }
    }
}

type Reversed = (Option<Change>, Vec<Left>);

/// The change that takes `change` back, for fields that still hold what was written.
fn reversed(wrote: &Wrote<'_>, current: Option<&Current>, deactivates: bool) -> Result<Reversed, Left> {
    let Wrote { id, change, in_part } = wrote;
    let noun = change.record.kind.noun();
    let current = current.ok_or_else(|| {
        let reason = format!("{noun} {id} is not taken back: it is gone");
        // Of what the run made, nothing is left to be taken back then.
        if check::creates(change) { Left::for_good(reason) } else { Left::moved(reason) }
    })?;
    let mut back = Change {
        record: crate::plan::Record { id: Some(id.clone()), ..change.record.clone() },
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
        fields: Vec::new(),
        ..Change::clone(change)
    };
    if check::creates(change) {
        let mut made = Change::clone(change);
        // What a record that was made in part does not show was not written.
        made.fields.retain(|field| !in_part || check::holds(current, field.field, "") == Some(false));
        return created(&made, back, current, deactivates).map(|change| (change, Vec::new()));
    }
    let mut left = Vec::new();
    for field in &change.fields {
        let restored = if *in_part && !field.field.can_be_read() {
            let reason = format!("{} is not taken back: it is unknown whether it was written", field.field);
            Err(Left::for_good(reason))
        } else {
            restored(field, current)
        };
        match restored {
            Ok(field) => back.fields.extend(field),
            Err(reason) => left.push(reason.of(format_args!("{noun} {id}"))),
        }
    }
    back.action = match change.action {
        Action::Reactivate => Action::Deactivate,
        Action::Deactivate => Action::Reactivate,
        other => other,
    };
    let flips = |field: &FieldChange| matches!(field.field, Field::Active | Field::Login | STATE);
    if back.action != Action::Update && !back.fields.iter().any(flips) {
        back.action = Action::Update;
    }
    Ok(((!back.fields.is_empty()).then_some(back), left))
}

/// What takes a field back; nothing where it is back already.
fn restored(field: &FieldChange, current: &Current) -> Result<Option<FieldChange>, Left> {
    let after = match &field.after {
        NewValue::Text(text) => text.as_str(),
        NewValue::Blank | NewValue::IdOf(_) | NewValue::PinOf(_) => "",
    };
    if field.field.is_secret() {
        let reason = format!("{} is not taken back: the journal does not keep it", field.field);
        return Err(Left::for_good(reason));
    }
    let before = match (&field.before, field.field) {
        (Some(before), _) => before.as_str(),
        // What cannot be read is what it is by default: a user who was shut out could sign in before.
        (None, Field::Login) => "true",
        (None, Field::Priority) => "false",
        (None, _) => {
            let reason = format!("{} is not taken back: its former value is unknown", field.field);
            return Err(Left::for_good(reason));
        }
    };
    let holds = |text: &str| check::holds(current, field.field, text);
    if holds(before) == Some(true) {
        return Ok(None);
    }
    let is_as_written = holds(after).unwrap_or(!field.field.can_be_read());
    if !is_as_written {
        return Err(Left::moved(format!("{} is not taken back: it has changed since", field.field)));
    }
    let value = if before.is_empty() { NewValue::Blank } else { NewValue::Text(before.to_owned()) };
    Ok(Some(FieldChange {
        before: Some(after.to_owned()),
        after: value,
        note: Some("taken back".to_owned()),
        ..field.clone()
    }))
}

/// A record that was made is not deleted, but made inactive: as long as it is what it was made.
fn created(
    change: &Change,
    mut back: Change,
    current: &Current,
    deactivates: bool,
) -> Result<Option<Change>, Left> {
    let (noun, id) = (change.record.kind.noun(), &current.id);
    if current.fields.text(STATE).is_some_and(is_archived) {
        return Ok(None);
    }
    if let Some(field) = check::missing(change, &Fields::new(), current) {
        return Err(Left::moved(format!("{noun} {id} is not taken back: {field} has changed since")));
    }
    let (field, before, after) = match change.record.kind {
        RecordKind::Contact if !deactivates => {
            return Err(Left::for_good(format!(
                "{noun} {id} is not taken back: the PSA has no active flag, remove it by hand"
            )));
        }
        RecordKind::Contact if current.active == Some(false) => return Ok(None),
        RecordKind::Contact => (Field::Active, Some("true".to_owned()), "false"),
        RecordKind::Details => (STATE, current.fields.text(STATE).map(ToOwned::to_owned), TAKEN_BACK),
        _ if check::holds(current, Field::Login, "false") == Some(true) => return Ok(None),
        _ => (Field::Login, None, "false"),
    };
    back.action = Action::Deactivate;
    back.unmoved = change
        .fields
        .iter()
        .filter(|field| field.field.can_be_read() && !field.field.is_secret())
        .filter_map(|field| match &field.after {
            NewValue::Text(text) => Some(Unmoved { field: field.field, value: text.clone() }),
            NewValue::Blank | NewValue::IdOf(_) | NewValue::PinOf(_) => None,
        })
        .collect();
    back.fields = vec![FieldChange {
        field,
        before,
        after: NewValue::Text(after.to_owned()),
        source: Side::Tenant,
        row: change.fields.first().map_or(Row::SyncLog, |field| field.row),
        note: Some("made by the run that is taken back".to_owned()),
    }];
    Ok(Some(back))
}
