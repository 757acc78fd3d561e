//! Users and contacts: which are one person, kind by kind, strongest first.

use std::collections::{BTreeMap, BTreeSet};

use super::aside::{self, Aside, Doubt};
use super::clash::{Clash, NEXT};
use super::clusters::Clusters;
use super::evidence::{Claim, Testimony};
use crate::model::Side;
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::input::{Groups, Number, View};
use crate::reconcile::scope::Scope;

/// Where linking left a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkState {
    /// Is left out of linking.
    Out,
    /// Nothing decided yet; in the end: alone.
    Open,
    /// A contact with the address of a user who is linked elsewhere: alone, and no weaker evidence links it.
    Shadowed,
    /// One person with that record of the other side, by that kind.
    Linked(usize, EvidenceKind),
    /// Contradicts other records.
    Conflict,
}

/// The kinds that decide between users and contacts, strongest first.
const KINDS: [EvidenceKind; 8] = [
    EvidenceKind::Decision,
    EvidenceKind::StoredId,
    EvidenceKind::Recorded,
    EvidenceKind::PrimaryEmail,
    EvidenceKind::UserName,
    EvidenceKind::TenantAlternate,
    EvidenceKind::PsaAlternate,
    EvidenceKind::BothAlternate,
];

/// Which users and contacts are one person, and which of them contradict each other.
pub(crate) struct People {
    pub(crate) users: Vec<LinkState>,
    pub(crate) contacts: Vec<LinkState>,
    pub(crate) clashes: Vec<Clash>,
}

/// Links users and contacts.
pub(crate) fn link(
    view: &View<'_>,
    scope: &Scope,
    testimony: &Testimony,
    by_user: &Groups,
    by_contact: &Groups,
) -> People {
    let start = |part: bool| if part { LinkState::Open } else { LinkState::Out };
    let mut linking = Linking {
        view,
        scope,
        testimony,
        by_user,
        by_contact,
        clash_of: BTreeMap::new(),
        people: People {
            users: (0..view.users.len()).map(|user| start(scope.links_user(user))).collect(),
            contacts: (0..view.contacts.len()).map(|contact| start(scope.links_contact(contact))).collect(),
            clashes: Vec::new(),
        },
    };
    // The strongest kind takes its records first, so that a weaker one never takes what a stronger one needs.
    for kind in KINDS {
        linking.decide(kind);
    }
    linking.shared_addresses();
    linking.people
}

/// Reports whether a claim rests on the user's primary email or user name being the contact's primary email.
fn by_email(claim: &Claim) -> bool {
    matches!(claim.kind, EvidenceKind::PrimaryEmail | EvidenceKind::UserName)
}

struct Linking<'a, 'b> {
    view: &'a View<'a>,
    scope: &'a Scope,
    testimony: &'b Testimony,
    /// The claims on every record, strongest first.
    by_user: &'b Groups,
    by_contact: &'b Groups,
    /// The conflict that a node is in.
    clash_of: BTreeMap<usize, usize>,
    people: People,
}

impl<'b> Linking<'_, 'b> {
    /// Decides what `kind` can decide among the records that no stronger kind decided.
    fn decide(&mut self, kind: EvidenceKind) {
        let of_kind = self.of_kind(kind);
        // Contacts of one id contradict each other also where no user claims them.
        if of_kind.is_empty() && kind != EvidenceKind::StoredId {
            return;
        }
        let aside = self.standing_back(of_kind, kind);
        let claims = self.open_claims(of_kind, kind, &aside);
        // Records that claim each other are decided as one group, so that the order of the records cannot matter.
        let mut clusters = Clusters::new(self.view.users.len() + self.view.contacts.len());
        for claim in &claims {
            clusters.join(claim.user(), self.node(claim.contact()));
        }
        // An id may be out of date or mistyped. Where an address names another record, only a person knows which is wrong.
        if matches!(kind, EvidenceKind::StoredId | EvidenceKind::Recorded) {
            for claim in &claims {
                self.other_contact(claim, &mut clusters);
                self.other_user(claim, &mut clusters);
            }
        }
        if kind == EvidenceKind::StoredId {
            self.shared_ids(&mut clusters);
            self.foreign_owners(&mut clusters);
        }
        for (nodes, contradicts) in clusters.groups().iter() {
            match *nodes {
                // One user and one contact that nothing else claims.
                [user, contact]
                    if !contradicts
                        && self.people.users.get(user as usize) == Some(&LinkState::Open)
                        && self.is_open(contact as usize) =>
                {
                    let (user, contact) = (user as usize, contact as usize - self.view.users.len());
                    // An address is given to another person in time, so it does not outweigh another person's id.
                    if let Some(doubt) = self.doubt(user, contact, kind) {
                        self.ask(user, contact, kind, &doubt);
                    } else {
                        self.people.users[user] = LinkState::Linked(contact, kind);
                        self.people.contacts[contact] = LinkState::Linked(user, kind);
                    }
                }
                _ => {
                    let nodes: Vec<usize> = nodes.iter().map(|node| *node as usize).collect();
                    self.clash(&nodes, kind, contradicts);
                }
            }
        }
        // The address of a contact left over here belongs to a user who has another contact. Linking the contact by
        // something weaker would give one person's address to another.
        if kind >= EvidenceKind::PrimaryEmail {
            for claim in of_kind.iter().filter(|claim| !aside.contains(claim)) {
                let contact = &mut self.people.contacts[claim.contact()];
                if *contact == LinkState::Open {
                    *contact = LinkState::Shadowed;
                }
            }
        }
    }

    /// Returns the claims of one kind, which stand together.
    fn of_kind(&self, kind: EvidenceKind) -> &'b [Claim] {
        let all = &self.testimony.claims;
        let start = all.partition_point(|claim| claim.kind < kind);
        &all[start..start + all[start..].partition_point(|claim| claim.kind == kind)]
    }

    /// Returns the claims on a user or on a contact, strongest first.
    fn claims(&self, places: impl Iterator<Item = usize>) -> impl Iterator<Item = &'b Claim> {
        let all = &self.testimony.claims;
        places.map(|place| &all[place])
    }

    /// Returns those of the `claims` of a kind whose user is out of scope and yields to one in scope.
    fn standing_back(&self, claims: &'b [Claim], kind: EvidenceKind) -> BTreeSet<&'b Claim> {
        let aside = Aside {
            view: self.view,
            scope: self.scope,
            claims: &self.testimony.claims,
            by_user: self.by_user,
            by_contact: self.by_contact,
        };
        let free = |user: usize| matches!(self.people.users[user], LinkState::Open | LinkState::Conflict);
        let open = |contact: usize| self.people.contacts[contact] == LinkState::Open;
        // An account that is out of scope is no reason to ask either, where an address alone speaks for it.
        let is_doubtful = |claim: &Claim| {
            kind >= EvidenceKind::PrimaryEmail
                && self.scope.users[claim.user()].is_some()
                && self.doubt(claim.user(), claim.contact(), kind).is_some()
        };
        claims.iter().filter(|claim| aside.stands_back(claim, free, open) || is_doubtful(claim)).collect()
    }

    /// Returns the doubt whether a contact is this user's: where only an address names the user, and the contact belonged
    /// to another account; or where only an earlier run does, and nothing in the contact is the user's any more.
    fn doubt(&self, user: usize, contact: usize, kind: EvidenceKind) -> Option<Doubt> {
        match kind {
            EvidenceKind::Decision | EvidenceKind::StoredId => None,
            EvidenceKind::Recorded => aside::reused(self.view, user, contact).map(Doubt::Reused),
            _ => aside::doubt(self.view, self.scope, self.testimony, user, contact).map(Doubt::Owner),
        }
    }

    /// Reports whether a node is a contact that is still open.
    fn is_open(&self, node: usize) -> bool {
        let contact = node.checked_sub(self.view.users.len());
        contact.is_some_and(|contact| self.people.contacts[contact] == LinkState::Open)
    }

    fn node(&self, contact: usize) -> usize {
        self.view.users.len() + contact
    }

    /// Returns the claims of `kind` between records that are still open. A user's active candidates come before the
    /// inactive ones, except where an id names the contact; where the PSA does not say which one is, neither yields.
    /// What is in `aside` does not count. Who has the email of a record in conflict is drawn into it: whose the
    /// address is can then not be decided.
    fn open_claims(
        &self,
        claims: &'b [Claim],
        kind: EvidenceKind,
        aside: &BTreeSet<&Claim>,
    ) -> Vec<&'b Claim> {
        let by_id = kind <= EvidenceKind::Recorded;
        let claims: Vec<&Claim> = claims
            .iter()
            .filter(|claim| !aside.contains(claim))
            .filter(|claim| {
                let states = (self.people.users[claim.user()], self.people.contacts[claim.contact()]);
                match states {
                    (LinkState::Open, LinkState::Open) => true,
                    (LinkState::Open, LinkState::Conflict) | (LinkState::Conflict, LinkState::Open) => {
                        by_email(claim)
                    }
                    _ => false,
                }
            })
            .collect();
        let active_flag = |claim: &Claim| self.view.contacts[claim.contact()].active;
        if by_id || claims.iter().all(|claim| active_flag(claim) != Some(false)) {
            return claims;
        }
        // A duplicate that was made inactive long ago must not turn every match into a question.
        let active = claims.iter().filter(|claim| active_flag(claim) == Some(true));
        let active: BTreeSet<usize> = active.map(|claim| claim.user()).collect();
        let counts = |claim: &&Claim| active_flag(claim) != Some(false) || !active.contains(&claim.user());
        claims.into_iter().filter(counts).collect()
    }

    /// An id links the user to one contact, and the user's email is the primary one of another. That other
    /// contact does not count if the linked one has the address as well, or if it is inactive and the linked
    /// one is not.
    fn other_contact(&self, claim: &Claim, clusters: &mut Clusters) {
        let active = |contact: usize| self.view.contacts[contact].active == Some(true);
        let inactive = |contact: usize| self.view.contacts[contact].active == Some(false);
        // Which of two contacts comes back is a question only for a user who is here.
        let stays = active(claim.contact()) || self.scope.left[claim.user()].is_some();
        let own = self.strength(claim.user(), claim.contact());
        for other in self.claims(self.by_user.of(claim.user())).filter(|claim| by_email(claim)) {
            let open = !matches!(self.people.contacts[other.contact()], LinkState::Linked(..));
            let stands_back = stays && inactive(other.contact());
            // The linked contact has the address as well: the other one is a duplicate, which contradicts nothing.
            let noted = own.is_some_and(|own| own <= other.kind) && (stays || inactive(other.contact()));
            if other.contact() != claim.contact() && open && !stands_back && !noted {
                clusters.contradict(&[claim.user(), self.node(claim.contact()), self.node(other.contact())]);
            }
        }
    }

    /// An id on the contact names one user, and the contact's email is that of another. The other does not
    /// count if it is out of scope and the named user is not, nor if the named user has the address as well.
    fn other_user(&self, claim: &Claim, clusters: &mut Clusters) {
        let part = |user: usize| self.scope.users[user].is_none();
        // An address that both have may be a shared one. The id then says which of the two is meant.
        let has_it = self.strength(claim.user(), claim.contact()).is_some();
        for other in self.claims(self.by_contact.of(claim.contact())).filter(|claim| by_email(claim)) {
            let open = !matches!(self.people.users[other.user()], LinkState::Linked(..));
            let noted = match (part(claim.user()), part(other.user())) {
                (true, false) => true,
                (false, true) => false,
                _ => has_it,
            };
            if other.user() != claim.user() && open && !noted {
                clusters.contradict(&[claim.user(), other.user(), self.node(claim.contact())]);
            }
        }
    }

    /// Returns how strongly the addresses alone link a user and a contact.
    fn strength(&self, user: usize, contact: usize) -> Option<EvidenceKind> {
        let claims = self.claims(self.by_user.of(user)).filter(|claim| by_email(claim));
        claims.filter(|claim| claim.contact() == contact).map(|claim| claim.kind).min()
    }

    /// Contacts that store the same id contradict each other, also where its user is gone or belongs to
    /// another company; where no user is left and all are inactive, nothing hangs on it.
    fn shared_ids(&self, clusters: &mut Clusters) {
        for (owner, contacts) in &self.testimony.shared_ids {
            // Where the user takes part, the claims themselves say so; an ignored user proves nothing.
            if owner.is_some_and(|user| self.scope.links_user(user) || self.ignored(user)) {
                continue;
            }
            let open =
                contacts.iter().copied().filter(|contact| self.people.contacts[*contact] == LinkState::Open);
            let open: Vec<usize> = open.collect();
            // Inactive contacts of a user who is gone are history: a question about them would never be worth an answer.
            let matters = owner.is_some()
                || open.iter().any(|contact| self.view.contacts[*contact].active != Some(false));
            if open.len() > 1 && matters {
                clusters.contradict(&open.iter().map(|contact| self.node(*contact)).collect::<Vec<_>>());
            }
        }
    }

    /// An id on the contact names a user of another company that shares the tenant, and its email is that of
    /// a user here.
    fn foreign_owners(&self, clusters: &mut Clusters) {
        let is_open = |contact: &usize| self.people.contacts[*contact] == LinkState::Open;
        for contact in (0..self.view.contacts.len()).filter(is_open) {
            let owners = self.testimony.owners(self.view, contact);
            let foreign = owners.filter(|user| !self.scope.links_user(*user) && !self.ignored(*user));
            for owner in foreign {
                for claim in self.claims(self.by_contact.of(contact)).filter(|claim| by_email(claim)) {
                    if self.people.users[claim.user()] == LinkState::Open {
                        clusters.contradict(&[owner, claim.user(), self.node(contact)]);
                    }
                }
            }
        }
    }

    fn ignored(&self, user: usize) -> bool {
        self.scope.users[user].as_ref().is_some_and(|out| out.reason.is_left_alone())
    }

    /// Users in scope who stayed alone and have the same primary email as another one: a new contact could
    /// belong to either.
    fn shared_addresses(&mut self) {
        let addresses = &self.view.addresses;
        let users = (0..self.view.users.len()).filter(|user| self.scope.users[*user].is_none());
        let held = users.filter_map(|user| Some((addresses.primary(user)?, user)));
        let by_address =
            Groups::new(addresses.len(), held.clone().map(|(address, user)| (address.place(), user)));
        let shared: BTreeMap<&str, Number> = held
            .filter(|(address, _)| by_address.of(address.place()).len() > 1)
            .map(|(address, _)| (addresses.text(address), address))
            .collect();
        for (address, number) in shared {
            let users = by_address.of(number.place());
            let number = users.len();
            let alone: Vec<usize> =
                users.filter(|user| self.people.users[*user] == LinkState::Open).collect();
            // Who is linked already has its contact, so only the others are in question.
            for user in &alone {
                self.people.users[*user] = LinkState::Conflict;
            }
            if !alone.is_empty() {
                self.people.clashes.push(Clash {
                    reason: format!("{number} 365 users have the same primary email {address}"),
                    records: alone.into_iter().map(|user| (Side::Tenant, user)).collect(),
                    evidence: Vec::new(),
                    next: NEXT.to_owned(),
                });
            }
        }
    }

    /// A question for a person: the contact belonged to another account, and the names do not agree.
    fn ask(&mut self, user: usize, contact: usize, kind: EvidenceKind, doubt: &Doubt) {
        let node = self.node(contact);
        self.clash(&[user, node], kind, false);
        let Some(clash) = self.clash_of.get(&node).and_then(|index| self.people.clashes.get_mut(*index))
        else {
            return;
        };
        let (record, holder) =
            (self.view.candidate(Side::Psa, contact), self.view.candidate(Side::Tenant, user));
        clash.reason = doubt.reason(&record, &holder);
        clash.extend(BTreeSet::new(), doubt.evidence().into_iter().collect());
    }

    fn clash(&mut self, nodes: &[usize], kind: EvidenceKind, contradicts: bool) {
        let (users, contacts): (Vec<usize>, Vec<usize>) =
            nodes.iter().partition(|node| **node < self.view.users.len());
        let contacts: Vec<usize> = contacts.into_iter().map(|node| node - self.view.users.len()).collect();
        for user in &users {
            if self.people.users[*user] == LinkState::Open {
                self.people.users[*user] = LinkState::Conflict;
            }
        }
        for contact in &contacts {
            if self.people.contacts[*contact] == LinkState::Open {
                self.people.contacts[*contact] = LinkState::Conflict;
            }
        }
        let evidence = self.clash_evidence(&users, &contacts, kind);
        // Records that join a conflict of a stronger kind are shown with it: one answer may settle both.
        let known = nodes.iter().find_map(|node| self.clash_of.get(node).copied());
        let index = known.unwrap_or(self.people.clashes.len());
        for node in nodes {
            self.clash_of.entry(*node).or_insert(index);
        }
        let words = kind.words();
        let reason = match (users.len(), contacts.len()) {
            (0, n) => format!("{n} contacts store the same 365 id"),
            (1, n) if n > 1 && !contradicts => format!("{n} contacts match one 365 user ({words})"),
            (n, 1) if n > 1 && !contradicts => format!("{n} 365 users match one contact ({words})"),
            (users, contacts) if !contradicts => {
                format!("{users} 365 users and {contacts} contacts match each other ({words})")
            }
            _ => format!("the evidence \"{words}\" names one record, the email address another"),
        };
        let users = users.into_iter().map(|user| (Side::Tenant, user));
        let records: BTreeSet<_> =
            users.chain(contacts.into_iter().map(|contact| (Side::Psa, contact))).collect();
        match known {
            Some(index) => self.people.clashes[index].extend(records, evidence),
            None => self.people.clashes.push(Clash { reason, records, evidence, next: NEXT.to_owned() }),
        }
    }

    /// Returns what the records of a clash hold against each other: the kind at which it came up, and their emails.
    fn clash_evidence(&self, users: &[usize], contacts: &[usize], kind: EvidenceKind) -> Vec<Evidence> {
        let among: BTreeSet<usize> = contacts.iter().copied().collect();
        // Evidence about records outside the group would only confuse who has to decide about the group.
        let mut evidence: BTreeMap<(EvidenceKind, String), Evidence> = BTreeMap::new();
        let mut add = |kind, value: &str| {
            let entry = Evidence { kind, value: value.to_owned(), decided: false };
            evidence.insert((kind, value.to_owned()), entry);
        };
        for claim in users.iter().flat_map(|user| self.claims(self.by_user.of(*user))) {
            if (claim.kind == kind || by_email(claim)) && among.contains(&claim.contact()) {
                add(claim.kind, claim.value(self.view));
            }
        }
        if users.is_empty() {
            for id in contacts.iter().filter_map(|contact| self.view.ids.stored(*contact)) {
                add(EvidenceKind::StoredId, self.view.ids.text(id));
            }
        }
        evidence.into_values().collect()
    }
}
