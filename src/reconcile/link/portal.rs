//! Portal users: whose they are, by the portal's PSA key, then by the last run, then by email.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Row, Side};
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::scope::Scope;
use crate::reconcile::view::{View, id_key};
use crate::text::email;

use super::clusters::Clusters;
use super::evidence::{Index, contact_primary, index, keys, primary};
use super::{Clash, NEXT, Person};

/// What came of linking the portal users.
pub(super) struct Portal {
    /// Portal users whose contact is ignored.
    pub(super) ignored: BTreeSet<usize>,
    /// Portal users without a link.
    pub(super) by_hand: Vec<usize>,
}

/// The kinds that decide, strongest first: a person's user and contact share one, but the user's address
/// decides before the contact's.
const KINDS: [EvidenceKind; 7] = [
    EvidenceKind::PsaKey,
    EvidenceKind::Recorded,
    EvidenceKind::PrimaryEmail,
    EvidenceKind::UserName,
    EvidenceKind::PrimaryEmail,
    EvidenceKind::TenantAlternate,
    EvidenceKind::PsaAlternate,
];

/// The places in [`KINDS`] where the portal user's email is the person's own address.
const OWN_ADDRESS: std::ops::RangeInclusive<usize> = 2..=4;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Claim {
    rank: usize,
    user: usize,
    person: usize,
    value: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Out,
    Open,
    Decided,
}

/// Gives every portal user to its person, as far as that is certain.
pub(super) fn link(
    view: &View<'_>,
    scope: &Scope,
    persons: &mut [Person],
    clashes: &mut Vec<Clash>,
) -> Portal {
    let ignored = of_ignored_contacts(view, scope);
    let part = |user: usize| scope.links_portal_user(user) && !ignored.contains(&user);
    let states =
        (0..view.portal_users.len()).map(|user| if part(user) { State::Open } else { State::Out }).collect();
    let claims = claims(view, persons, part);
    let mut linking = Linking { view, by_user: grouped(&claims, view), persons, clashes, states };
    for rank in 0..KINDS.len() {
        linking.decide(rank, &claims);
    }
    let by_hand = (0..view.portal_users.len()).filter(|user| linking.states[*user] == State::Open).collect();
    linking.note(&claims);
    Portal { ignored, by_hand }
}

/// Portal users that take part by themselves, but stand for a contact that is ignored.
fn of_ignored_contacts(view: &View<'_>, scope: &Scope) -> BTreeSet<usize> {
    let ignored: BTreeSet<&str> = (0..view.contacts.len())
        .filter(|contact| !scope.links_contact(*contact))
        .map(|contact| view.contacts[contact].id.as_str())
        .collect();
    let of_ignored = |user: &usize| view.contact_key(*user).is_some_and(|key| ignored.contains(key.as_str()));
    (0..view.portal_users.len()).filter(|user| scope.links_portal_user(*user)).filter(of_ignored).collect()
}

/// Everything that speaks for a portal user being some person's, strongest first.
fn claims(view: &View<'_>, persons: &[Person], part: impl Fn(usize) -> bool) -> Vec<Claim> {
    if !view.on(Row::MatchUsers) {
        return Vec::new();
    }
    let by_record = |record: fn(&Person) -> Option<usize>| -> BTreeMap<usize, usize> {
        persons.iter().enumerate().filter_map(|(person, records)| Some((record(records)?, person))).collect()
    };
    let (of_user, of_contact) = (by_record(|person| person.user), by_record(|person| person.contact));
    let contact_ids: BTreeMap<&str, usize> =
        of_contact.iter().map(|(contact, person)| (view.contacts[*contact].id.as_str(), *person)).collect();
    let user_ids: BTreeMap<String, usize> =
        of_user.iter().map(|(user, person)| (id_key(view.users[*user].id.as_str()), *person)).collect();
    let mut recorded: BTreeMap<&str, BTreeSet<usize>> = BTreeMap::new();
    for link in view.recorded {
        let contact = || link.contact.as_ref().and_then(|id| contact_ids.get(id.as_str()));
        if let (Some(portal_user), Some(person)) =
            (&link.portal_user, user_ids.get(&id_key(link.user.as_str())).or_else(contact))
        {
            recorded.entry(portal_user.as_str()).or_default().insert(*person);
        }
    }
    let addresses = addresses(view, persons);

    let mut claims = Vec::new();
    for (user, record) in view.portal_users.iter().enumerate().filter(|(user, _)| part(*user)) {
        let mut add = |rank, person: &usize, value: &str| {
            claims.push(Claim { rank, user, person: *person, value: value.to_owned() });
        };
        if let Some(key) = view.contact_key(user) {
            contact_ids.get(key.as_str()).into_iter().for_each(|person| add(0, person, key.as_str()));
        }
        let id = record.id.as_str();
        recorded.get(id).into_iter().flatten().for_each(|person| add(1, person, id));
        if let Some(address) = record.email().and_then(email::key) {
            for (rank, index) in &addresses {
                index.get(&address).into_iter().flatten().for_each(|person| add(*rank, person, &address));
            }
        }
    }
    claims.sort();
    claims.dedup();
    claims
}

/// The persons by their addresses, one index for each rank from [`OWN_ADDRESS`] on that is switched on.
fn addresses(view: &View<'_>, persons: &[Person]) -> Vec<(usize, Index)> {
    let users = || {
        persons.iter().enumerate().filter_map(|(person, records)| Some((person, view.users[records.user?])))
    };
    let contacts = || {
        persons
            .iter()
            .enumerate()
            .filter_map(|(person, records)| Some((person, view.contacts[records.contact?])))
    };
    let mut addresses = vec![
        (2, index(users().map(|(person, user)| (person, primary(user))))),
        (3, index(users().map(|(person, user)| (person, email::key(&user.user_name))))),
        (4, index(contacts().map(|(person, contact)| (person, contact_primary(contact))))),
    ];
    let each = |(person, alternates): (usize, &[String])| {
        keys(alternates).into_iter().map(move |address| (person, Some(address))).collect::<Vec<_>>()
    };
    if view.on(Row::Match365Alternates) {
        addresses.push((5, index(users().flat_map(|(person, user)| each((person, &user.alternates))))));
    }
    if view.on(Row::MatchPsaAlternates) {
        addresses
            .push((6, index(contacts().flat_map(|(person, contact)| each((person, &contact.alternates))))));
    }
    addresses
}

fn grouped(claims: &[Claim], view: &View<'_>) -> Vec<Vec<Claim>> {
    let mut groups = vec![Vec::new(); view.portal_users.len()];
    for claim in claims {
        groups[claim.user].push(claim.clone());
    }
    groups
}

struct Linking<'a> {
    view: &'a View<'a>,
    by_user: Vec<Vec<Claim>>,
    persons: &'a mut [Person],
    clashes: &'a mut Vec<Clash>,
    states: Vec<State>,
}

impl Linking<'_> {
    fn decide(&mut self, rank: usize, claims: &[Claim]) {
        let open = |claim: &&Claim| {
            claim.rank == rank && self.states[claim.user] == State::Open && self.is_free(claim.person)
        };
        let claims: Vec<&Claim> = claims.iter().filter(open).collect();
        let alive: BTreeSet<usize> =
            claims.iter().filter(|claim| self.is_alive(claim.person)).map(|claim| claim.user).collect();
        let counts = |claim: &&&Claim| {
            rank < *OWN_ADDRESS.start() || self.is_alive(claim.person) || !alive.contains(&claim.user)
        };
        let mut clusters = Clusters::new(self.persons.len() + self.view.portal_users.len());
        for claim in claims.iter().filter(counts) {
            let node = self.persons.len() + claim.user;
            clusters.join(claim.person, node);
            if rank < *OWN_ADDRESS.start() {
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
                    self.persons[*person].portal_user = Some(*user);
                    self.persons[*person].portal_linked_by = Some(KINDS[rank]);
                    self.states[*user] = State::Decided;
                }
                _ => self.clash(&persons, &users, KINDS[rank], contradicts),
            }
        }
    }

    /// Whether a person can still get a portal user; one in conflict can get any number, to show them all.
    fn is_free(&self, person: usize) -> bool {
        self.persons[person].portal_user.is_none()
    }

    /// Whether a person is there, or may be: a user not seen disabled, a contact not seen inactive, or a record in a conflict, which
    /// may yet turn out to belong to somebody who is.
    fn is_alive(&self, person: usize) -> bool {
        let person = &self.persons[person];
        person.conflict.is_some()
            || person.user.is_some_and(|user| self.view.users[user].enabled != Some(false))
            || person.contact.is_some_and(|contact| self.view.contacts[contact].active != Some(false))
    }

    /// Other persons whose own address the portal user has, while the person named by the claim has it not.
    fn contradicting(&self, claim: &Claim) -> Vec<usize> {
        let own: Vec<usize> = self.by_user[claim.user]
            .iter()
            .filter(|other| OWN_ADDRESS.contains(&other.rank))
            .map(|other| other.person)
            .collect();
        if own.contains(&claim.person) {
            return Vec::new();
        }
        let counts =
            |other: &usize| self.is_free(*other) && (self.is_alive(*other) || !self.is_alive(claim.person));
        own.into_iter().filter(counts).collect()
    }

    /// Nobody in the group gets anything. Portal users of one conflict that exists already join it.
    fn clash(&mut self, persons: &[usize], users: &[usize], kind: EvidenceKind, contradicts: bool) {
        for user in users {
            self.states[*user] = State::Decided;
        }
        let records: BTreeSet<(Side, usize)> = persons
            .iter()
            .flat_map(|person| {
                let person = &self.persons[*person];
                let user = person.user.map(|user| (Side::Tenant, user));
                user.into_iter().chain(person.contact.map(|contact| (Side::Psa, contact)))
            })
            .chain(users.iter().map(|user| (Side::Portal, *user)))
            .collect();
        let conflicts: BTreeSet<Option<usize>> =
            persons.iter().map(|person| self.persons[*person].conflict).collect();
        if let (Some(Some(conflict)), 1) = (conflicts.first(), conflicts.len()) {
            self.clashes[*conflict].records.extend(records);
            return;
        }
        for person in persons {
            self.persons[*person].conflict.get_or_insert(self.clashes.len());
        }
        let words = kind.words();
        let reason = match (persons.len(), users.len()) {
            (_, 1) if contradicts => {
                format!("the evidence \"{words}\" gives the portal user to one person, its email to another")
            }
            (1, n) => format!("{n} portal users match one person ({words})"),
            (n, 1) => format!("{n} people match one portal user ({words})"),
            (people, users) => format!("{people} people and {users} portal users match each other ({words})"),
        };
        let evidence: BTreeSet<Evidence> = users
            .iter()
            .flat_map(|user| &self.by_user[*user])
            .filter(|claim| KINDS[claim.rank] == kind || OWN_ADDRESS.contains(&claim.rank))
            .map(|claim| Evidence { kind: KINDS[claim.rank], value: claim.value.clone(), decided: false })
            .collect();
        let evidence = evidence.into_iter().collect();
        self.clashes.push(Clash { reason, records, evidence, next: NEXT.to_owned() });
    }

    /// Writes down for every linked person what spoke for its portal user, and what pointed elsewhere.
    fn note(&mut self, claims: &[Claim]) {
        let mut person_of = vec![None; self.view.portal_users.len()];
        for (index, person) in self.persons.iter().enumerate() {
            person.portal_user.inspect(|user| person_of[*user] = Some(index));
        }
        for claim in claims {
            let Some(index) = person_of[claim.user] else { continue };
            let person = &mut self.persons[index];
            let kind = KINDS[claim.rank];
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
