//! Portal users: whose they are, by the portal's PSA key, then by the last run, then by email.

mod claims;
mod clashes;

use std::collections::BTreeSet;

use crate::model::Side;
use crate::reconcile::input::View;
use crate::reconcile::link::aside;
use crate::reconcile::link::clash::Clash;
use crate::reconcile::link::clusters::Clusters;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::Scope;
use crate::text::person_name::Likely;
pub(crate) use claims::PortalClaims;
use claims::{Former, OWN_ADDRESS, PORTAL_KINDS, PortalClaim, of_others};

/// What came of linking the portal users.
pub(crate) struct Portal {
    /// Portal users whose contact is ignored.
    pub(crate) ignored: BTreeSet<usize>,
    /// Portal users without a link.
    pub(crate) by_hand: Vec<usize>,
    /// What spoke for them.
    pub(crate) claims: PortalClaims,
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
    let claims = PortalClaims::new(view, persons, part);
    let of_others = of_others(view, persons);
    let mut linking = PortalLinking { view, scope, claims: &claims, of_others, persons, clashes, states };
    // As for contacts, the strongest kind takes its records first.
    for rank in 0..PORTAL_KINDS.len() {
        linking.decide(rank);
    }
    let by_hand =
        (0..view.portal_users.len()).filter(|user| linking.states[*user] == PortalState::Open).collect();
    Portal { ignored, by_hand, claims }
}

/// Portal users that take part by themselves, but belong to a contact that is ignored.
fn of_ignored_contacts(view: &View<'_>, scope: &Scope) -> BTreeSet<usize> {
    let is_ignored = |key| view.ids.contact(key).is_some_and(|contact| !scope.links_contact(contact));
    let of_ignored = |user: &usize| view.contact_key(*user).is_some_and(is_ignored);
    (0..view.portal_users.len()).filter(|user| scope.links_portal_user(*user)).filter(of_ignored).collect()
}

struct PortalLinking<'a> {
    view: &'a View<'a>,
    scope: &'a Scope,
    claims: &'a PortalClaims,
    /// How each portal user is known to have belonged to another person.
    of_others: Vec<Option<Former>>,
    persons: &'a mut [LinkedPerson],
    clashes: &'a mut Vec<Clash>,
    states: Vec<PortalState>,
}

impl PortalLinking<'_> {
    fn decide(&mut self, rank: usize) {
        let open = |claim: &&PortalClaim| {
            self.states[claim.user()] == PortalState::Open && self.is_free(claim.person())
        };
        let claims = self.claims.of_rank(rank).iter().filter(open);
        let claims: Vec<&PortalClaim> = claims.filter(|claim| !self.stands_back(claim)).collect();
        if claims.is_empty() {
            return;
        }
        let mut clusters = Clusters::new(self.persons.len() + self.view.portal_users.len());
        for claim in &claims {
            let node = self.persons.len() + claim.user();
            clusters.join(claim.person(), node);
            if rank < *OWN_ADDRESS.start() {
                // A key or an earlier link against a person's own address: a person has to say which one is wrong.
                for other in self.contradicting(claim) {
                    clusters.contradict(&[claim.person(), other, node]);
                }
            }
        }
        for (nodes, contradicts) in clusters.groups().iter() {
            match *nodes {
                // A group joins persons and portal users, so two nodes are one of each.
                [person, node] if !contradicts && self.persons[person as usize].conflict.is_none() => {
                    self.give(person as usize, node as usize - self.persons.len(), rank);
                }
                _ => {
                    let (persons, users): (Vec<usize>, Vec<usize>) =
                        nodes.iter().map(|node| *node as usize).partition(|node| *node < self.persons.len());
                    let users: Vec<usize> = users.into_iter().map(|node| node - self.persons.len()).collect();
                    self.clash(&persons, &users, PORTAL_KINDS[rank], contradicts);
                }
            }
        }
    }

    /// Gives a portal user to a person, unless it may be another person's.
    fn give(&mut self, person: usize, user: usize, rank: usize) {
        // A portal user that was another person's keeps that person's tickets and rights.
        if let Some((former, others)) = self.former(person, user, rank) {
            self.ask(person, user, PORTAL_KINDS[rank], former, others);
            return;
        }
        self.persons[person].portal_user = Some(user);
        self.persons[person].portal_linked_by = Some(PORTAL_KINDS[rank]);
        self.states[user] = PortalState::Decided;
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
        let has_contact = self.persons[claim.person()].contact.is_some();
        let comes_first = |other: &PortalClaim| match claim.rank() {
            // A key names one contact by its id, so no other person can be meant.
            0 => false,
            1 => other.rank() == 1 || self.agrees(other.person(), claim.user()),
            rank if other.rank() > rank && (has_contact || !OWN_ADDRESS.contains(&other.rank())) => {
                self.agrees(other.person(), claim.user())
            }
            _ => self.agrees(other.person(), claim.user()) || !self.agrees(claim.person(), claim.user()),
        };
        let of_others = self.claims.of_user(claim.user()).filter(|other| other.person() != claim.person());
        of_others
            .filter(|other| self.is_free(other.person()))
            .filter(|other| self.presence(other.person()) > self.presence(claim.person()))
            .filter(|other| other.rank() <= claim.rank() || !self.has_stronger(other))
            .any(comes_first)
    }

    /// Reports whether something stronger gives the person of a claim another portal user.
    fn has_stronger(&self, claim: &PortalClaim) -> bool {
        self.claims.of_person(claim.person()).any(|own| {
            let is_other = own.rank() < claim.rank() && own.user() != claim.user();
            is_other && self.states[own.user()] == PortalState::Open
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
        let own = |claim: &&PortalClaim| OWN_ADDRESS.contains(&claim.rank()) && claim.person() != person;
        let others: BTreeSet<usize> =
            self.claims.of_user(user).filter(own).map(PortalClaim::person).collect();
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
        let of_user = self.claims.of_user(claim.user());
        let mut own = of_user.filter(|other| OWN_ADDRESS.contains(&other.rank())).map(PortalClaim::person);
        // The person has the address as well, so the key and the address agree.
        if own.any(|person| person == claim.person()) {
            return Vec::new();
        }
        let of_user = self.claims.of_user(claim.user());
        let own = of_user.filter(|other| OWN_ADDRESS.contains(&other.rank())).map(PortalClaim::person);
        let counts =
            |other: &usize| self.is_free(*other) && self.presence(*other) >= self.presence(claim.person());
        own.filter(counts).collect()
    }
}
