//! Who is who: users, contacts and portal users become persons, or conflicts.
//!
//! Evidence is collected first ([`evidence`]) and weighed kind by kind, the strongest first: users and contacts
//! in [`people`], portal users in [`portal`]; which account yields to another one, and whether names
//! agree, is asked in [`aside`]. Everything works on whole groups of records that claim each other
//! ([`clusters`]), so the order of the records cannot matter.

pub(super) mod aside;
mod clash;
mod clusters;
pub(super) mod evidence;
mod people;
pub(super) mod person;
mod portal;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Row, Side};
use crate::plan::{Conflict, Evidence, EvidenceKind};
use crate::reconcile::input::{Groups, Number, View};
use crate::reconcile::scope::Scope;
use aside::StoodBack;
use clash::conflict;
use evidence::{Claim, Orphan, Testimony};
use people::LinkState;
use person::LinkedPerson;
use portal::PortalClaims;

/// The persons of a company, and what could not be decided.
pub(crate) struct Links {
    pub(crate) persons: Vec<LinkedPerson>,
    pub(crate) conflicts: Vec<Conflict>,
    /// Portal users that belong to an ignored contact.
    pub(crate) ignored_portal_users: BTreeSet<usize>,
    /// Portal users without any link.
    pub(crate) by_hand: Vec<usize>,
    /// Accounts that are out of scope and yield to the user of a person, each with what it shares with the person.
    pub(crate) stood_back: StoodBack,
    /// What spoke for users and contacts, strongest first, and by their records.
    claims: Vec<Claim>,
    by_user: Groups,
    by_contact: Groups,
    /// What spoke for portal users.
    portal_claims: PortalClaims,
    /// For every user, whether it has a contact for certain.
    has_contact: Vec<bool>,
}

/// A user who claims a contact that is not linked to it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claimant {
    pub(crate) user: usize,
    pub(crate) kind: EvidenceKind,
    /// Whether the user has another contact for certain.
    pub(crate) linked: bool,
}

impl Links {
    /// Returns what speaks for a contact being the person's, and what was noted besides, with the user it belonged to
    /// where that one is gone.
    pub(crate) fn contact_evidence(&self, view: &View<'_>, person: &LinkedPerson) -> Vec<Evidence> {
        let gone = person.orphan.filter(|_| person.user.is_none());
        let gone = gone.map(|orphan| {
            let value = view.ids.text(orphan.id).to_owned();
            Evidence { kind: orphan.kind, value, decided: true }
        });
        let mut all: Vec<Evidence> = gone.into_iter().collect();
        // All claims are noted, also those that decided nothing: a person who decides wants to see what speaks against it.
        for claim in person.user.into_iter().flat_map(|user| self.by_user.of(user)) {
            let claim = &self.claims[claim];
            let decided = person.contact == Some(claim.contact()) && person.linked_by == Some(claim.kind);
            let entry = claim.evidence(view, decided);
            if !all.contains(&entry) {
                all.push(entry);
            }
        }
        all
    }

    /// Returns what speaks for a portal user being the person's, and what pointed elsewhere.
    pub(crate) fn portal_evidence(&self, view: &View<'_>, index: usize) -> Vec<Evidence> {
        let person = &self.persons[index];
        let Some(user) = person.portal_user else { return Vec::new() };
        if is_departed(person) {
            let value = view.portal_users[user].id.to_string();
            return vec![Evidence { kind: EvidenceKind::Recorded, value, decided: true }];
        }
        self.portal_claims.evidence(view, index, person, user)
    }

    /// Returns the other users who claim the person's contact, on evidence that did not decide.
    pub(crate) fn claimed_by(&self, person: &LinkedPerson) -> impl Iterator<Item = Claimant> {
        let own = person.user;
        let claims = person.contact.into_iter().flat_map(|contact| self.by_contact.of(contact));
        let claims = claims.map(|claim| &self.claims[claim]).filter(move |claim| own != Some(claim.user()));
        claims.map(|claim| {
            let user = claim.user();
            Claimant { user, kind: claim.kind, linked: self.has_contact[user] }
        })
    }
}

/// Links all records of a company.
pub(crate) fn link(view: &View<'_>, scope: &Scope) -> Links {
    let testimony = evidence::collect(view, scope);
    let claims = || testimony.claims.iter().enumerate();
    let by_user = Groups::new(view.users.len(), claims().map(|(place, claim)| (claim.user(), place)));
    let by_contact =
        Groups::new(view.contacts.len(), claims().map(|(place, claim)| (claim.contact(), place)));
    // Users and contacts come first: a portal user then belongs to the person, whichever record speaks for it.
    let people = people::link(view, scope, &testimony, &by_user, &by_contact);
    let mut persons = persons(view, &testimony, &people);
    let has_contact = people.users.iter().map(|state| matches!(state, LinkState::Linked(..))).collect();
    let mut clashes = people.clashes;
    let mut portal = portal::link(view, scope, &mut persons, &mut clashes);
    // What yields decides nothing, so it is noted when everything is decided.
    let stood_back = aside::stood_back(view, scope, &testimony, &persons);
    persons.extend(departed(view, scope, &mut portal.by_hand));
    Links {
        persons,
        conflicts: clashes.into_iter().map(|clash| conflict(view, clash)).collect(),
        ignored_portal_users: portal.ignored,
        by_hand: portal.by_hand,
        stood_back,
        claims: testimony.claims,
        by_user,
        by_contact,
        portal_claims: portal.claims,
        has_contact,
    }
}

/// People with nothing left but a portal user: the last run gave it to a user who is not in the listing any more, and
/// who had no contact or one that the PSA does not have any more. Takes them out of `by_hand`.
fn departed(view: &View<'_>, scope: &Scope, by_hand: &mut Vec<usize>) -> Vec<LinkedPerson> {
    // A contact that is there is the orphan itself, and brings its portal user along.
    let alone = view.recorded.iter().zip(view.ids.recorded());
    let alone = alone.filter(|(link, records)| records.contact.is_none() && link.took_part);
    let alone = alone.filter_map(|(_, records)| Some((records.portal_user?, records.user)));
    let mut alone: Vec<(usize, Number)> = alone.collect();
    // Of several who had one portal user, it is the same one whatever the order of the links.
    alone.sort_by_key(|(_, user)| view.ids.text(*user));
    let of_portal: BTreeMap<usize, Number> = alone.into_iter().collect();
    if of_portal.is_empty() || !view.on(Row::MatchUsers) {
        return Vec::new();
    }
    let mut departed = Vec::new();
    by_hand.retain(|user| {
        let gone = of_portal.get(user);
        let gone = gone.filter(|id| view.ids.user(**id).is_none() && scope.links_portal_user(*user));
        departed.extend(gone.map(|id| LinkedPerson {
            portal_user: Some(*user),
            portal_linked_by: Some(EvidenceKind::Recorded),
            orphan: Some(Orphan { kind: EvidenceKind::Recorded, id: *id }),
            ..LinkedPerson::default()
        }));
        gone.is_none()
    });
    departed
}

/// Reports whether nothing but a portal user is left of a person.
fn is_departed(person: &LinkedPerson) -> bool {
    person.orphan.is_some() && person.user.is_none() && person.contact.is_none()
}

/// Returns the pairs of a user, by id in the form for comparing, and a contact that have evidence of any kind
/// between them. The user may be one that only the contact knows.
pub(crate) fn claimed(view: &View<'_>, scope: &Scope) -> BTreeSet<(String, usize)> {
    let testimony = evidence::collect(view, scope);
    let own = testimony.own_ids.iter();
    own.flat_map(|(contact, ids)| ids.iter().map(move |(_, id)| (*id, contact)))
        .chain(testimony.claims.iter().map(|claim| (view.ids.of_user(claim.user()), claim.contact())))
        .map(|(id, contact)| (view.ids.text(id).to_owned(), contact))
        .collect()
}

/// One person for every user that takes part, and for every contact that is not one of theirs.
fn persons(view: &View<'_>, testimony: &Testimony, people: &people::People) -> Vec<LinkedPerson> {
    let mut clash_of: BTreeMap<(Side, usize), usize> = BTreeMap::new();
    for (index, clash) in people.clashes.iter().enumerate() {
        for record in &clash.records {
            clash_of.entry(*record).or_insert(index);
        }
    }
    let mut persons = Vec::with_capacity(view.users.len().max(view.contacts.len()));
    for (user, state) in people.users.iter().enumerate().filter(|(_, state)| **state != LinkState::Out) {
        let conflict = clash_of.get(&(Side::Tenant, user)).copied();
        let mut person = LinkedPerson { user: Some(user), conflict, ..LinkedPerson::default() };
        if let LinkState::Linked(contact, kind) = *state {
            (person.contact, person.linked_by) = (Some(contact), Some(kind));
        }
        persons.push(person);
    }
    for (contact, state) in people.contacts.iter().enumerate() {
        if matches!(state, LinkState::Open | LinkState::Shadowed | LinkState::Conflict) {
            persons.push(LinkedPerson {
                contact: Some(contact),
                conflict: clash_of.get(&(Side::Psa, contact)).copied(),
                orphan: testimony.orphans[contact],
                ignored: testimony.of_ignored[contact],
                ..LinkedPerson::default()
            });
        }
    }
    persons
}
