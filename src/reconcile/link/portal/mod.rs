//! Portal users: whose they are, by the portal's PSA key, then by the last run, then by email.

mod claims;
mod clashes;

use std::collections::BTreeSet;

use crate::model::Side;
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::input::View;
use crate::reconcile::link::aside;
use crate::reconcile::link::clash::Clash;
use crate::reconcile::link::clusters::Clusters;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::Scope;
use crate::text::person_name::Likely;
use claims::{Former, OWN_ADDRESS, PORTAL_KINDS, PortalClaim, claims, grouped, of_others};

/// What came of linking the portal users.
pub(crate) struct Portal {
    /// Portal users whose contact is ignored.
    pub(crate) ignored: BTreeSet<usize>,
    /// Portal users without a link.
    pub(crate) by_hand: Vec<usize>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PortalState {
    Out,
    Open,
    Decided,
}

/// Gives every portal user to its person, where that is certain.
pub(crate) fn link(
    view: &View<'_>,
    scope: &Scope,
    persons: &mut [LinkedPerson],
    clashes: &mut Vec<Clash>,
) -> Portal {
    let ignored = of_ignored_contacts(view, scope);
    let part = |user: usize| scope.links_portal_user(user) && !ignored.contains(&user);
    let states = (0..view.portal_users.len())
        .map(|user| if part(user) { PortalState::Open } else { PortalState::Out })
        .collect();
    let claims = claims(view, persons, part);
    let of_others = of_others(view, persons);
    let mut by_person = vec![Vec::new(); persons.len()];
    for claim in &claims {
        by_person[claim.person].push((claim.rank, claim.user));
    }
    let by_user = grouped(&claims, view);
    let mut linking = PortalLinking { view, scope, by_user, by_person, of_others, persons, clashes, states };
    // As for contacts, the strongest kind takes its records first.
    for rank in 0..PORTAL_KINDS.len() {
        linking.decide(rank, &claims);
    }
    let by_hand =
        (0..view.portal_users.len()).filter(|user| linking.states[*user] == PortalState::Open).collect();
    linking.note(&claims);
    Portal { ignored, by_hand }
}

/// Portal users that take part by themselves, but belong to a contact that is ignored.
fn of_ignored_contacts(view: &View<'_>, scope: &Scope) -> BTreeSet<usize> {
    let ignored: BTreeSet<&str> = (0..view.contacts.len())
        .filter(|contact| !scope.links_contact(*contact))
        .map(|contact| view.contacts[contact].id.as_str())
        .collect();
    let of_ignored = |user: &usize| view.contact_key(*user).is_some_and(|key| ignored.contains(key.as_str()));
    (0..view.portal_users.len()).filter(|user| scope.links_portal_user(*user)).filter(of_ignored).collect()
}

struct PortalLinking<'a> {
    view: &'a View<'a>,
    scope: &'a Scope,
    by_user: Vec<Vec<PortalClaim>>,
    /// For every person, the portal users that it claims, by rank.
    by_person: Vec<Vec<(usize, usize)>>,
    /// How each portal user is known to have belonged to another person.
    of_others: Vec<Option<Former>>,
    persons: &'a mut [LinkedPerson],
    clashes: &'a mut Vec<Clash>,
    states: Vec<PortalState>,
}

impl PortalLinking<'_> {
    fn decide(&mut self, rank: usize, claims: &[PortalClaim]) {
        let open = |claim: &&PortalClaim| {
            claim.rank == rank && self.states[claim.user] == PortalState::Open && self.is_free(claim.person)
        };
        let claims: Vec<&PortalClaim> =
            claims.iter().filter(open).filter(|claim| !self.stands_back(claim)).collect();
        let mut clusters = Clusters::new(self.persons.len() + self.view.portal_users.len());
        for claim in &claims {
            let node = self.persons.len() + claim.user;
            clusters.join(claim.person, node);
            if rank < *OWN_ADDRESS.start() {
                // A key or an earlier link against a person's own address: a person has to say which one is wrong.
                for other in self.contradicting(claim) {
                    clusters.contradict(&[claim.person, other, node]);
                }
            }
        }
        for (nodes, contradicts) in clusters.groups() {
            let (persons, users): (Vec<usize>, Vec<usize>) =
                nodes.iter().partition(|node| **node < self.persons.len());
            let users: Vec<usize> = users.into_iter().map(|node| node - self.persons.len()).collect();
            match (&persons[..], &users[..]) {
                ([person], [user]) if !contradicts && self.persons[*person].conflict.is_none() => {
                    // A portal user that was another person's keeps that person's tickets and rights.
                    if let Some((former, others)) = self.former(*person, *user, rank) {
                        self.ask(*person, *user, PORTAL_KINDS[rank], former, others);
                        continue;
                    }
                    self.persons[*person].portal_user = Some(*user);
                    self.persons[*person].portal_linked_by = Some(PORTAL_KINDS[rank]);
                    self.states[*user] = PortalState::Decided;
                }
                _ => self.clash(&persons, &users, PORTAL_KINDS[rank], contradicts),
            }
        }
    }

    /// Reports whether a person can still get a portal user; one in conflict can get any number, to show them all.
    fn is_free(&self, person: usize) -> bool {
        self.persons[person].portal_user.is_none()
    }

    /// Returns how much a person is there: fully with a user in scope, an active contact whose user did not leave, or a
    /// conflict with one of these, which may yet turn out to be about a person who is there; in part with another user
    /// who is not disabled, or another active contact.
    fn presence(&self, person: usize) -> u8 {
        let person = &self.persons[person];
        let in_scope = |user: usize| self.scope.users[user].is_none();
        let enabled = |user: usize| self.view.users[user].enabled != Some(false);
        let active = person.contact.is_some_and(|contact| self.view.contacts[contact].active != Some(false));
        let left = person.orphan.is_some() || person.user.is_some_and(|user| self.scope.left[user].is_some());
        let is_here = |record: &(Side, usize)| match *record {
            (Side::Tenant, user) => in_scope(user),
            (Side::Psa, contact) => self.view.contacts[contact].active != Some(false),
            (Side::Portal, _) => false,
        };
        let asked =
            person.conflict.is_some_and(|conflict| self.clashes[conflict].records.iter().any(is_here));
        // An active contact of a user who left counts for less: it is about to be made inactive.
        match () {
            () if asked || person.user.is_some_and(in_scope) || (active && !left) => 2,
            () if active || person.user.is_some_and(enabled) => 1,
            () => 0,
        }
    }

    /// Reports whether a claim yields to that of a person who is more active. What the last run linked, and an
    /// own address behind an alternate one or that of a person with a contact behind a weaker one, only yield
    /// where the names agree; another address yields unless the portal user has the name of its person and not
    /// that of the other.
    fn stands_back(&self, claim: &PortalClaim) -> bool {
        let has_contact = self.persons[claim.person].contact.is_some();
        let comes_first = |other: &PortalClaim| match claim.rank {
            // A key names one contact by its id, so no other person can be meant.
            0 => false,
            1 => other.rank == 1 || self.agrees(other.person, claim.user),
            rank if other.rank > rank && (has_contact || !OWN_ADDRESS.contains(&other.rank)) => {
                self.agrees(other.person, claim.user)
            }
            _ => self.agrees(other.person, claim.user) || !self.agrees(claim.person, claim.user),
        };
        let of_others = self.by_user[claim.user].iter().filter(|other| other.person != claim.person);
        of_others
            .filter(|other| self.is_free(other.person))
            .filter(|other| self.presence(other.person) > self.presence(claim.person))
            .filter(|other| other.rank <= claim.rank || !self.has_stronger(other))
            .any(comes_first)
    }

    /// Reports whether something stronger gives the person of a claim another portal user.
    fn has_stronger(&self, claim: &PortalClaim) -> bool {
        self.by_person[claim.person].iter().any(|(rank, user)| {
            *rank < claim.rank && *user != claim.user && self.states[*user] == PortalState::Open
        })
    }

    /// Reports whether a person and a portal user have the same name.
    fn agrees(&self, person: usize, user: usize) -> bool {
        self.names(person, user) == Likely::Same
    }

    fn names(&self, person: usize, user: usize) -> Likely {
        aside::person_and_portal_user(self.view, &self.persons[person], self.view.portal_users[user])
    }

    /// Returns whose the portal user was before, where it goes to a person by an address and the names do not agree,
    /// with the other people with that name. A lost key says little, since a PSA that was changed loses them all: there
    /// the names have to contradict each other.
    fn former(&self, person: usize, user: usize, rank: usize) -> Option<(Former, Vec<usize>)> {
        let own = |claim: &&PortalClaim| OWN_ADDRESS.contains(&claim.rank) && claim.person != person;
        let others: BTreeSet<usize> =
            self.by_user[user].iter().filter(own).map(|claim| claim.person).collect();
        let former = self.of_others[user];
        if rank < *OWN_ADDRESS.start() || (former.is_none() && others.is_empty()) {
            return None;
        }
        let names = self.names(person, user);
        // The same name at the same address: a new account of the same person.
        if names == Likely::Same {
            return None;
        }
        let is_namesake = |other: &usize| self.is_free(*other) && self.agrees(*other, user);
        let namesakes: Vec<usize> = others.into_iter().filter(is_namesake).collect();
        match former {
            _ if !namesakes.is_empty() => Some((Former::Namesake, namesakes)),
            Some(Former::Key) if !matches!(names, Likely::Different(_)) => None,
            former => Some((former?, Vec::new())),
        }
    }

    /// Returns other persons whose own address the portal user has, while the person named by the claim has it not.
    fn contradicting(&self, claim: &PortalClaim) -> Vec<usize> {
        let own: Vec<usize> = self.by_user[claim.user]
            .iter()
            .filter(|other| OWN_ADDRESS.contains(&other.rank))
            .map(|other| other.person)
            .collect();
        // The person has the address as well, so the key and the address agree.
        if own.contains(&claim.person) {
            return Vec::new();
        }
        let counts =
            |other: &usize| self.is_free(*other) && self.presence(*other) >= self.presence(claim.person);
        own.into_iter().filter(counts).collect()
    }

    /// Writes down for every linked person what spoke for its portal user, and what pointed elsewhere.
    fn note(&mut self, claims: &[PortalClaim]) {
        let mut person_of = vec![None; self.view.portal_users.len()];
        for (index, person) in self.persons.iter().enumerate() {
            person.portal_user.inspect(|user| person_of[*user] = Some(index));
        }
        for claim in claims {
            let Some(index) = person_of[claim.user] else { continue };
            let person = &mut self.persons[index];
            let kind = PORTAL_KINDS[claim.rank];
            // Two ranks share a kind, and only the first of them decided.
            let first = person.portal_evidence.iter().all(|evidence| !evidence.decided);
            let decided = first && claim.person == index && person.portal_linked_by == Some(kind);
            let entry = Evidence { kind, value: claim.value.clone(), decided };
            let known = |evidence: &Evidence| evidence.kind == kind && evidence.value == entry.value;
            if !person.portal_evidence.iter().any(known) {
                person.portal_evidence.push(entry);
            }
        }
        for (user, index) in person_of.iter().enumerate() {
            let Some(index) = index else { continue };
            let person = &mut self.persons[*index];
            let key = self.view.contact_key(user);
            let held = person.portal_evidence.iter().any(|evidence| evidence.kind == EvidenceKind::PsaKey);
            if let Some(key) = key.filter(|_| !held) {
                let entry = Evidence { kind: EvidenceKind::PsaKey, value: key.to_string(), decided: false };
                person.portal_evidence.push(entry);
            }
        }
    }
}
