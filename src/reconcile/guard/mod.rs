//! Limits that refuse a plan: everything that could hurt many people at once, counted before anything is
//! written. A guard never removes a change; it refuses the whole. What is counted from the changes alone is in
//! [`limits`].

pub(super) mod budget;
pub(super) mod limits;
mod strangers;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Detail, Field, Fields, Id, Side};
use crate::plan::{Breach, EvidenceKind, Link, Measure, RecordKind};
use crate::reconcile::changes::planned::Planned;
use crate::reconcile::input::{CompanyInput, View, is_guid};
use crate::reconcile::link::Links;
use crate::reconcile::scope::Scope;
use crate::reconcile::scope::patterns::{self, names};
use crate::text::like::Pattern;
use limits::breach;

/// Returns the people that the limits of a company are a share of: contacts, or users in scope, whichever are more.
pub(crate) fn base(view: &View<'_>, scope: &Scope) -> usize {
    let in_scope = (0..view.users.len()).filter(|user| scope.users[*user].is_none()).count();
    view.contacts.len().max(in_scope)
}

/// Returns how many people who would be changed are linked to other records than before.
pub(crate) fn relinked(view: &View<'_>, links: &Links, planned: &[Planned]) -> usize {
    let touched: BTreeSet<usize> = planned.iter().filter_map(|each| each.person).collect();
    touched.iter().filter(|person| names_others(view, links, **person)).count()
}

/// Reports whether the contact's own id or the last run named another person. A person's decision is no surprise.
fn names_others(view: &View<'_>, links: &Links, person: usize) -> bool {
    let person = &links.persons[person];
    let (Some(user), Some(contact)) = (person.user, person.contact) else { return false };
    // A decision was made with open eyes.
    if person.linked_by == Some(EvidenceKind::Decision) {
        return false;
    }
    let ids = &view.ids;
    let user = ids.of_user(user);
    let stored = ids.stored(contact).is_some_and(|id| id != user && is_guid(ids.text(id)));
    let mut of_user = ids.recorded_of_user(user);
    if of_user.any(|link| ids.recorded()[link].contact == Some(contact)) {
        return stored;
    }
    let mut of_user = ids.recorded_of_user(user);
    stored
        || ids.recorded_of_contact(contact).next().is_some()
        || of_user.any(|link| view.recorded[link].contact.is_some())
}

/// Returns the guards that look at the records of one company.
///
/// # Errors
/// A pattern of protected people that cannot be read.
pub(crate) fn company(
    view: &View<'_>,
    scope: &Scope,
    links: &Links,
    planned: &[Planned],
) -> Result<Vec<Breach>, String> {
    let mut breaches = shrunk(view);
    breaches.extend(protected(view, links, planned)?);
    breaches.extend(strangers::strangers(view, scope, planned));
    Ok(breaches)
}

/// Returns how many records each side of a company has, where it was read to its end: what
/// [`Memory::counts`](crate::plan::Memory) keeps for the next run.
pub fn counts(company: &CompanyInput) -> BTreeMap<Side, usize> {
    let counts = [
        (Side::Tenant, company.tenant.complete().map(|side| side.users.items().len())),
        (Side::Psa, company.psa.complete().map(|side| side.contacts.items().len())),
        (Side::Portal, company.portal.complete().map(|side| side.users.items().len())),
    ];
    counts.into_iter().filter_map(|(side, count)| Some((side, count?))).collect()
}

/// Returns how many details records the portal has, where they were read to their end.
pub(crate) fn details(view: &View<'_>) -> Option<usize> {
    Some(view.details?.complete()?.records.items().len())
}

/// Returns a side that lost more than a third since the last complete run, or is empty while others know its records.
fn shrunk(view: &View<'_>) -> Vec<Breach> {
    let ids = &view.ids;
    let has_id = |contact: &usize| ids.stored(*contact).is_some_and(|id| is_guid(ids.text(id)));
    let stored = (0..view.contacts.len()).filter(has_id).count();
    let keyed = view.portal_users.iter().filter(|user| user.psa_key.is_some()).count();
    let recorded = |known: fn(&Link) -> bool| view.recorded.iter().filter(|link| known(link)).count();
    // What the other sides and earlier runs know of a side says how many records it should have at least.
    let known = [
        (Side::Tenant, stored.max(view.recorded.len())),
        (Side::Psa, keyed.max(recorded(|link| link.contact.is_some()))),
        (Side::Portal, recorded(|link| link.portal_user.is_some())),
    ];
    let now = counts(view.own);
    let details = details(view).and_then(|now| {
        let before = *view.input.memory.details.get(&view.company.name)?;
        let missing = before.saturating_sub(now);
        let reason = format!("the portal shows {now} details records where {before} were known");
        let name = Some(view.company.name.as_str());
        (missing > before / 3).then(|| breach(name, Measure::Shrunk, missing, before / 3, reason))
    });
    let lost = known.into_iter().filter_map(|(side, elsewhere)| {
        let now = now.get(&side).copied().unwrap_or_default();
        let before =
            view.input.memory.counts.get(&(view.company.name.clone(), side)).copied().unwrap_or_default();
        // An empty listing is the likeliest fault of a service, so there nothing may be missing at all.
        let (before, how) = if now == 0 { (before.max(elsewhere), "is empty") } else { (before, "shrank") };
        let missing = before.saturating_sub(now);
        let limit = if now == 0 { 0 } else { before / 3 };
        let reason = format!("the {side} side {how}: {now} records where {before} were known");
        (missing > limit).then(|| breach(Some(&view.company.name), Measure::Shrunk, missing, limit, reason))
    });
    lost.chain(details).collect()
}

/// People with an address that matches a protected pattern, be it an alias, must not be in a plan at all.
fn protected(view: &View<'_>, links: &Links, planned: &[Planned]) -> Result<Option<Breach>, String> {
    let patterns = view.policy.protected.iter().map(|pattern| {
        patterns::read(pattern)
            .map_err(|error| format!("the protected pattern \"{pattern}\" cannot be read: {error}"))
    });
    let patterns: Vec<Pattern> = patterns.collect::<Result<_, _>>()?;
    if patterns.is_empty() {
        return Ok(None);
    }
    let is_protected = |person: &usize| {
        let addresses = links.persons[*person].all_addresses(view);
        addresses.iter().any(|address| patterns.iter().any(|pattern| names(pattern, address)))
    };
    let touched: BTreeSet<usize> = planned.iter().filter_map(|each| each.person).collect();
    let details = view.details.and_then(|details| details.complete());
    let details = details.into_iter().flat_map(|kept| kept.records.items());
    let details: BTreeMap<&Id, &Fields> = details.map(|record| (&record.id, &record.fields)).collect();
    // If only the details record of a person is left, the person is known by what the record says.
    let unlinked = planned.iter().filter(|each| each.person.is_none()).filter(|each| {
        let addresses = each.change.who.email.iter().cloned().chain(details_addresses(&details, each));
        addresses.into_iter().any(|address| patterns.iter().any(|pattern| names(pattern, &address)))
    });
    let count = touched.iter().filter(|person| is_protected(person)).count() + unlinked.count();
    let reason = format!("{count} people who are protected would be changed");
    Ok((count > 0).then(|| breach(Some(&view.company.name), Measure::Protected, count, 0, reason)))
}

/// Returns the further addresses that the details record of a change holds.
fn details_addresses(details: &BTreeMap<&Id, &Fields>, planned: &Planned) -> Vec<String> {
    let id = planned.change.record.id.as_ref().filter(|_| planned.change.record.kind == RecordKind::Details);
    let record = id.and_then(|id| details.get(id));
    let text = record.and_then(|fields| fields.text(Field::Detail(Detail::AlternateEmails)));
    text.unwrap_or_default().split([',', ';', ' ', '\n']).map(|address| address.trim().to_owned()).collect()
}
