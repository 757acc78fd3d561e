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

use crate::model::{Id, Row, Side};
use crate::plan::{Conflict, Evidence, EvidenceKind};
use crate::reconcile::input::{View, id_key};
use crate::reconcile::scope::Scope;
use clash::conflict;
use evidence::Orphan;
use people::LinkState;
use person::{Claimant, LinkedPerson};

/// The persons of a company, and what could not be decided.
pub(crate) struct Links {
    pub(crate) persons: Vec<LinkedPerson>,
    pub(crate) conflicts: Vec<Conflict>,
    /// Portal users that belong to an ignored contact.
    pub(crate) ignored_portal_users: BTreeSet<usize>,
    /// Portal users without any link.
    pub(crate) by_hand: Vec<usize>,
}

/// Links all records of a company.
pub(crate) fn link(view: &View<'_>, scope: &Scope) -> Links {
    let testimony = evidence::collect(view, scope);
    // Users and contacts come first: a portal user then belongs to the person, whichever record speaks for it.
    let people = people::link(view, scope, &testimony);
    let mut persons = persons(view, &testimony, &people);
    let mut clashes = people.clashes;
    let mut portal = portal::link(view, scope, &mut persons, &mut clashes);
    // What yields decides nothing, so it is noted when everything is decided.
    aside::note(view, scope, &testimony, &mut persons);
    persons.extend(departed(view, scope, &mut portal.by_hand));
    Links {
        persons,
        conflicts: clashes.into_iter().map(|clash| conflict(view, clash)).collect(),
        ignored_portal_users: portal.ignored,
        by_hand: portal.by_hand,
    }
}

/// People with nothing left but a portal user: the last run gave it to a user without a contact, who is not in the
/// listing any more. Takes them out of `by_hand`.
fn departed(view: &View<'_>, scope: &Scope, by_hand: &mut Vec<usize>) -> Vec<LinkedPerson> {
    // With a contact, the contact itself is the orphan and brings its portal user along.
    let alone = view.recorded.iter().filter(|link| link.contact.is_none() && link.took_part);
    let of_portal: BTreeMap<&Id, String> =
        alone.filter_map(|link| Some((link.portal_user.as_ref()?, id_key(link.user.as_str())))).collect();
    if of_portal.is_empty() || !view.on(Row::MatchUsers) {
        return Vec::new();
    }
    let listed: BTreeSet<String> = view.users.iter().map(|user| id_key(user.id.as_str())).collect();
    let mut departed = Vec::new();
    by_hand.retain(|user| {
        let id = &view.portal_users[*user].id;
        let gone = of_portal.get(id).filter(|key| !listed.contains(*key) && scope.links_portal_user(*user));
        departed.extend(gone.map(|key| LinkedPerson {
            portal_user: Some(*user),
            portal_linked_by: Some(EvidenceKind::Recorded),
            portal_evidence: vec![Evidence {
                kind: EvidenceKind::Recorded,
                value: id.to_string(),
                decided: true,
            }],
            orphan: Some(Orphan { kind: EvidenceKind::Recorded, id: key.clone() }),
            ..LinkedPerson::default()
        }));
        gone.is_none()
    });
    departed
}

/// Returns the pairs of a user, by id in the form for comparing, and a contact that have evidence of any kind
/// between them. The user may be one that only the contact knows.
pub(crate) fn claimed(view: &View<'_>, scope: &Scope) -> BTreeSet<(String, usize)> {
    let testimony = evidence::collect(view, scope);
    let user = |claim: &evidence::Claim| id_key(view.users[claim.user].id.as_str());
    let own = testimony.own_ids.iter().enumerate();
    own.flat_map(|(contact, ids)| ids.iter().map(move |(_, id)| (id.clone(), contact)))
        .chain(testimony.claims.iter().map(|claim| (user(claim), claim.contact)))
        .collect()
}

/// One person for every user that takes part, and for every contact that is not one of theirs.
fn persons(view: &View<'_>, testimony: &evidence::Testimony, people: &people::People) -> Vec<LinkedPerson> {
    let mut clash_of: BTreeMap<(Side, usize), usize> = BTreeMap::new();
    for (index, clash) in people.clashes.iter().enumerate() {
        for record in &clash.records {
            clash_of.entry(*record).or_insert(index);
        }
    }
    let mut persons = Vec::new();
    let mut of_user = vec![None; view.users.len()];
    let mut of_contact = vec![None; view.contacts.len()];
    for (user, state) in people.users.iter().enumerate().filter(|(_, state)| **state != LinkState::Out) {
        let conflict = clash_of.get(&(Side::Tenant, user)).copied();
        let mut person = LinkedPerson { user: Some(user), conflict, ..LinkedPerson::default() };
        of_user[user] = Some(persons.len());
        if let LinkState::Linked(contact, kind) = *state {
            (person.contact, person.linked_by) = (Some(contact), Some(kind));
            of_contact[contact] = Some(persons.len());
        }
        persons.push(person);
    }
    for (contact, state) in people.contacts.iter().enumerate() {
        if matches!(state, LinkState::Open | LinkState::Shadowed | LinkState::Conflict) {
            of_contact[contact] = Some(persons.len());
            persons.push(LinkedPerson {
                contact: Some(contact),
                conflict: clash_of.get(&(Side::Psa, contact)).copied(),
                orphan: testimony.orphans[contact].clone(),
                ignored: testimony.of_ignored[contact],
                ..LinkedPerson::default()
            });
        }
    }
    // All claims are noted, also those that decided nothing: a person who decides wants to see what speaks against it.
    for claim in &testimony.claims {
        if let Some(person) = of_user[claim.user].map(|index: usize| &mut persons[index]) {
            let decided = person.contact == Some(claim.contact) && person.linked_by == Some(claim.kind);
            let entry = Evidence { kind: claim.kind, value: claim.value.clone(), decided };
            if !person.evidence.contains(&entry) {
                person.evidence.push(entry);
            }
        }
        let holder = of_contact[claim.contact].map(|index: usize| &mut persons[index]);
        if let Some(person) = holder.filter(|person| person.user != Some(claim.user)) {
            let linked = matches!(people.users[claim.user], LinkState::Linked(..));
            person.claimed_by.push(Claimant { user: claim.user, kind: claim.kind, linked });
        }
    }
    persons
}
