//! Limits on how much a plan may do: counted from its changes, together with what earlier runs did.
//!
//! Everything here rests on the changes as they are written down, so a plan that was saved is judged by what it would do
//! and not by what its file says of it.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, RecordKind, Side, Udf};
use crate::plan::{
    Action, Breach, Change, CompanyPlan, FieldChange, Measure, Memory, NewValue, Outcome, Past,
};
use crate::reconcile::input::{GuardLimits, id_key, is_guid};

/// The number of people up to which one value for all of them is no surprise.
const SAME_VALUE_FLOOR: usize = 3;

/// The same for values that the people of one office share.
const SHARED_VALUE_FLOOR: usize = 9;

/// Fields whose values the people of one office share.
const SHARED: [Field; 7] = [
    Field::Phone,
    Field::Department,
    Field::Street,
    Field::City,
    Field::State,
    Field::PostalCode,
    Field::Country,
];

/// What is counted against a limit of the configuration.
pub(crate) const LIMITED: [Measure; 5] =
    [Measure::Create, Measure::Update, Measure::Deactivate, Measure::Relink, Measure::Blank];

/// A person as the changes of several runs name them: by the address, else by the name.
type Key = String;

/// The people that changes count for, by what is counted.
#[derive(Debug, Default)]
struct Count {
    people: BTreeMap<Measure, BTreeSet<Key>>,
    /// The people who get one value in one field.
    values: BTreeMap<(Field, NewValue), BTreeSet<Key>>,
    /// Changes of earlier runs that cannot be read: each counts in whatever is counted.
    unreadable: usize,
}

/// Returns the limits that `companies` run into, each company by itself and all of them together, with what earlier
/// runs did to these and to the other companies of the configuration.
pub fn limits(companies: &[CompanyPlan], memory: &Memory, guards: &GuardLimits) -> Vec<Breach> {
    let mut past: BTreeMap<&str, Count> = BTreeMap::new();
    for each in &memory.past {
        past.entry(&each.company).or_default().went(each);
    }
    for (name, count) in &memory.unreadable {
        past.entry(name).or_default().unreadable += count;
    }
    let mut breaches = Vec::new();
    let (mut base, mut now, mut all) = (0, BTreeMap::new(), BTreeMap::new());
    // The share for the whole run is of all companies, also of those that this run does not read.
    let mut names: BTreeSet<&str> = past.keys().copied().collect();
    names.extend(memory.counts.keys().map(|(name, _)| name.as_str()));
    let planned: BTreeSet<&str> = companies.iter().map(|company| company.name.as_str()).collect();
    for name in names.difference(&planned) {
        base += memory.counts.get(&((*name).to_owned(), Side::Psa)).copied().unwrap_or_default();
    }
    for company in companies {
        names.insert(&company.name);
        base += company.base;
        let own = past.entry(&company.name).or_default();
        let planned = own.plus(company);
        for (measure, count) in &planned {
            *now.entry(*measure).or_default() += count;
        }
        let counted = own.counts(company, &planned);
        breaches.extend(over(guards, Some(&company.name), company.base, &planned, &counted));
        breaches.extend(same_values(company, own));
    }
    for count in past.values() {
        for (measure, people) in &count.people {
            *all.entry(*measure).or_default() += people.len();
        }
    }
    for measure in LIMITED {
        *all.entry(measure).or_default() += past.values().map(|count| count.unreadable).sum::<usize>();
    }
    for (measure, later) in companies.iter().flat_map(|company| &company.later) {
        *all.entry(*measure).or_default() += later;
    }
    for (measure, count) in &now {
        // People that only the plan itself can tell apart.
        let known: usize = all.get(measure).copied().unwrap_or_default();
        all.insert(*measure, known.max(*count));
    }
    // With one company the run's limit would repeat the company's.
    if names.len() > 1 {
        breaches.extend(over(guards, None, base, &now, &all));
    }
    breaches
}

/// Judges a plan that was made before by its changes and by what is remembered now. Refusals that rest on what was read
/// then stay; those that rest on counts are found anew. One value for most people is not found anew where changes for
/// some of them wait for a later hour, since the plan does not hold these.
pub fn judge(outcome: &mut Outcome, memory: &Memory, guards: &GuardLimits) {
    let waits: BTreeSet<&str> =
        outcome.companies.iter().filter(|own| !own.later.is_empty()).map(|own| own.name.as_str()).collect();
    let stays = |breach: &Breach| match breach.measure {
        Measure::SameValue => breach.company.as_deref().is_some_and(|name| waits.contains(name)),
        measure => !LIMITED.contains(&measure),
    };
    outcome.breaches.retain(stays);
    let mut companies = outcome.companies.clone();
    for company in &mut companies {
        let known = [Side::Tenant, Side::Psa]
            .into_iter()
            .filter_map(|side| memory.counts.get(&(company.name.clone(), side)).copied());
        company.base = known.max().map_or(company.base, |known| company.base.min(known));
    }
    outcome.breaches.extend(limits(&companies, memory, guards));
    outcome.breaches.sort();
    outcome.breaches.dedup();
}

/// Returns how many people these changes are for, by what is counted.
pub(crate) fn people(changes: &[Change]) -> BTreeMap<Measure, usize> {
    let company = CompanyPlan { changes: changes.to_vec(), ..CompanyPlan::default() };
    let mut people = Count::default().plus(&company);
    people.retain(|_, count| *count > 0);
    people
}

/// Returns the limits that these counts run into, where `base` people take part: of one company, or of the run as a
/// whole.
pub fn over_limits(
    guards: &GuardLimits,
    company: Option<&str>,
    base: usize,
    counts: &BTreeMap<Measure, usize>,
) -> Vec<Breach> {
    over(guards, company, base, counts, counts)
}

/// Returns the same where `planned` is this plan's part of `counted`. A measure that the plan adds nothing to refuses
/// nothing.
fn over(
    guards: &GuardLimits,
    company: Option<&str>,
    base: usize,
    planned: &BTreeMap<Measure, usize>,
    counted: &BTreeMap<Measure, usize>,
) -> Vec<Breach> {
    let over = planned.iter().filter(|(_, planned)| **planned > 0).filter_map(|(measure, planned)| {
        let limit = guards.allowed(*measure, base)?;
        let count = counted.get(measure).copied().unwrap_or(*planned);
        let what = match measure {
            Measure::Create => "people would get new records",
            Measure::Update => "people would be changed",
            Measure::Deactivate => "people would be made inactive or shut out",
            Measure::Blank => "people would lose a value that nothing replaces",
            _ => "people would be linked to other records than before",
        };
        let before = count.saturating_sub(*planned);
        let earlier = match before {
            0 => String::new(),
            before => format!(" ({before} of them by runs of the last {})", days(guards)),
        };
        let reason = format!("{count} of {base} {what}{earlier}, {limit} are allowed");
        (count > limit).then(|| breach(company, *measure, count, limit, reason))
    });
    over.collect()
}

/// Returns the window of the guards in words.
fn days(guards: &GuardLimits) -> String {
    match guards.window.as_secs().div_ceil(86_400) {
        1 => "24 hours".to_owned(),
        days => format!("{days} days"),
    }
}

/// Returns a refusal with the flag that would allow exactly this.
pub(crate) fn breach(
    company: Option<&str>,
    measure: Measure,
    count: usize,
    limit: usize,
    reason: String,
) -> Breach {
    let allow = format!("--allow {}={count}", measure.name());
    Breach { company: company.map(ToOwned::to_owned), measure, count, limit, reason, allow }
}

/// One field that would hold the same value for most people: a source that went wrong.
fn same_values(company: &CompanyPlan, count: &Count) -> Vec<Breach> {
    let mut own: BTreeSet<(Field, &NewValue)> = BTreeSet::new();
    for change in &company.changes {
        own.extend(given(change).map(|field| (field.field, &field.after)));
    }
    let over = count.values.iter().filter_map(|((field, value), people)| {
        let floor = if SHARED.contains(field) { SHARED_VALUE_FLOOR } else { SAME_VALUE_FLOOR };
        let limit = (company.base / 2).max(floor);
        let count = people.len();
        let shown = match value {
            NewValue::Text(text) if !field.is_secret() => format!("\"{text}\""),
            NewValue::Blank => "blank".to_owned(),
            _ => "the same value".to_owned(),
        };
        let reason = format!("{field} would become {shown} for {count} of {} people", company.base);
        (count > limit && own.contains(&(*field, value)))
            .then(|| breach(Some(&company.name), Measure::SameValue, count, limit, reason))
    });
    over.collect()
}

impl Count {
    /// Adds what an earlier run did. Taking a run back takes its count back.
    fn went(&mut self, past: &Past) {
        let key = key(&past.change);
        let measures = measures(&past.change);
        // A person who is active again is not shut out any more, whatever made them active.
        if past.change.action == Action::Reactivate {
            self.forget(Measure::Deactivate, &key);
        }
        if past.undo {
            let undone: &[Measure] = match past.change.action {
                Action::Deactivate => &[Measure::Create],
                Action::Create => &[],
                Action::Update | Action::Reactivate => &[Measure::Update, Measure::Relink, Measure::Blank],
            };
            for measure in undone {
                self.forget(*measure, &key);
            }
            for field in &past.change.fields {
                let held = field.before.as_ref().map(|text| match text.as_str() {
                    "" => NewValue::Blank,
                    text => NewValue::Text(text.to_owned()),
                });
                if let Some(people) = held.and_then(|held| self.values.get_mut(&(field.field, held))) {
                    people.remove(&key);
                }
            }
            return;
        }
        for measure in measures.into_iter().filter(|measure| !past.lifted.contains(measure)) {
            // What only filled blanks took nothing from anybody's record.
            if measure != Measure::Update || past.change.fields.iter().any(overwrites) {
                self.people.entry(measure).or_default().insert(key.clone());
            }
        }
        if !past.lifted.contains(&Measure::SameValue) {
            self.give(&past.change, &key);
        }
    }

    /// Adds what a company's plan would do, and returns how many people that is by what is counted.
    fn plus(&mut self, company: &CompanyPlan) -> BTreeMap<Measure, usize> {
        let mut own: BTreeMap<Measure, BTreeSet<Key>> = BTreeMap::new();
        let mut records: BTreeMap<(Measure, RecordKind), usize> = BTreeMap::new();
        for change in &company.changes {
            let key = key(change);
            for measure in measures(change) {
                *records.entry((measure, change.record.kind)).or_default() += 1;
                own.entry(measure).or_default().insert(key.clone());
                self.people.entry(measure).or_default().insert(key.clone());
            }
            self.give(change, &key);
        }
        let mut counts: BTreeMap<Measure, usize> =
            own.into_iter().map(|(measure, people)| (measure, people.len())).collect();
        // A person has one record of a kind at most: two records of one name are two people.
        for ((measure, _), records) in records {
            let count = counts.entry(measure).or_default();
            *count = (*count).max(records);
        }
        let relinked = counts.entry(Measure::Relink).or_default();
        *relinked = (*relinked).max(company.relinked);
        for (measure, later) in &company.later {
            *counts.entry(*measure).or_default() += later;
        }
        counts
    }

    /// Returns the people counted for a company, earlier runs included, where `planned` are the plan's own.
    fn counts(&self, company: &CompanyPlan, planned: &BTreeMap<Measure, usize>) -> BTreeMap<Measure, usize> {
        let mut named: BTreeMap<Measure, BTreeSet<Key>> = BTreeMap::new();
        for change in &company.changes {
            for measure in measures(change) {
                named.entry(measure).or_default().insert(key(change));
            }
        }
        let mut counts = planned.clone();
        for (measure, count) in &mut counts {
            let all = self.people.get(measure).map_or(0, BTreeSet::len);
            let own = named.get(measure).map_or(0, BTreeSet::len);
            *count = all + self.unreadable + count.saturating_sub(own);
        }
        counts
    }

    fn give(&mut self, change: &Change, key: &Key) {
        for field in given(change) {
            self.values.entry((field.field, field.after.clone())).or_default().insert(key.clone());
        }
    }

    fn forget(&mut self, measure: Measure, key: &Key) {
        if let Some(people) = self.people.get_mut(&measure) {
            people.remove(key);
        }
    }
}

/// Returns the person that a change is about.
fn key(change: &Change) -> Key {
    change.who.email.as_ref().unwrap_or(&change.who.name).to_lowercase()
}

/// Returns what a change counts as.
fn measures(change: &Change) -> BTreeSet<Measure> {
    let of_person = match change.record.kind {
        RecordKind::Contact | RecordKind::PortalUser | RecordKind::TenantUser => true,
        // What is left of a person who leaves may be the details record alone.
        RecordKind::Details if change.action == Action::Deactivate => return [Measure::Deactivate].into(),
        RecordKind::Details | RecordKind::PsaCompany | RecordKind::PortalCompany => false,
    };
    if !of_person {
        return BTreeSet::new();
    }
    let mut measures = BTreeSet::from([Measure::from(change.action)]);
    measures.extend(change.fields.iter().any(blanks).then_some(Measure::Blank));
    let leaves_another = || leaves_a_linked_account(change);
    measures.extend((change.fields.iter().any(relinks) || leaves_another()).then_some(Measure::Relink));
    measures
}

/// Reports whether a value goes and nothing comes in its place.
fn blanks(field: &FieldChange) -> bool {
    field.after == NewValue::Blank && field.before.as_deref() != Some("")
}

/// Reports whether the 365 id of another account goes.
fn relinks(field: &FieldChange) -> bool {
    let stored = Field::Udf(Udf::Office365Id);
    let before = field.before.as_deref().map(id_key);
    field.field == stored && before.is_some_and(|before| is_guid(&before))
}

/// Reports whether a contact whose blank field gets an id counted as another account's, since the PSA itself has that
/// one's id.
fn leaves_a_linked_account(change: &Change) -> bool {
    let linked = change.unmoved.iter().find(|held| held.field == Field::LinkedId);
    let linked = linked.map(|held| id_key(&held.value)).filter(|id| is_guid(id));
    let stored = change.fields.iter().find(|field| field.field == Field::Udf(Udf::Office365Id));
    let (Some(linked), Some(FieldChange { after: NewValue::Text(after), .. })) = (linked, stored) else {
        return false;
    };
    id_key(after) != linked
}

/// Reports whether a value goes, whatever comes in its place.
fn overwrites(field: &FieldChange) -> bool {
    field.before.as_deref().is_some_and(|before| !before.is_empty())
}

/// Returns the values that a change gives a person and that are suspicious if most people get the same. On a portal
/// user only those count that replace another.
fn given(change: &Change) -> impl Iterator<Item = &FieldChange> {
    const EXPECTED: [Field; 4] = [Field::Active, Field::Login, Field::Priority, Field::Udf(Udf::IsOffice365)];
    let updates = matches!(change.action, Action::Update | Action::Reactivate);
    let (contact, portal) =
        (change.record.kind == RecordKind::Contact, change.record.kind == RecordKind::PortalUser);
    change.fields.iter().filter(move |field| {
        updates && !EXPECTED.contains(&field.field) && (contact || (portal && overwrites(field)))
    })
}
