//! Portal users: whose they are, by the portal's PSA key, then by the last run, then by email.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Id, PortalUser, Row, Side};
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::scope::Scope;
use crate::reconcile::view::{View, id_key};
use crate::text::email;
use crate::text::person_name::Likely;

use super::aside;
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

/// The next step where a portal user may be another person's: no decision gives it to a person.
const PORTAL_NEXT: &str =
    "correct its name or its address in the portal, or run `crsync match --resolve` to ignore one of them";

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
    let of_others = of_others(view, persons);
    let mut by_person = vec![Vec::new(); persons.len()];
    for claim in &claims {
        by_person[claim.person].push((claim.rank, claim.user));
    }
    let by_user = grouped(&claims, view);
    let mut linking = Linking { view, scope, by_user, by_person, of_others, persons, clashes, states };
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

/// How a portal user is known to have belonged to another person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Former {
    /// The last run linked it to a 365 user who is gone.
    Gone,
    /// Its PSA key is of a contact that is not in the company.
    Key,
    /// Another person has its name and its address.
    Namesake,
}

/// The portal users that belonged to an account or a contact that is not here.
fn of_others(view: &View<'_>, persons: &[Person]) -> Vec<Option<Former>> {
    let users: BTreeSet<String> = view.users.iter().map(|user| id_key(user.id.as_str())).collect();
    let gone: BTreeSet<&str> = view
        .recorded
        .iter()
        .filter(|link| !users.contains(&id_key(link.user.as_str())))
        .filter_map(|link| link.portal_user.as_ref().map(Id::as_str))
        .collect();
    let contacts: BTreeSet<&str> = persons
        .iter()
        .filter_map(|person| person.contact.map(|contact| view.contacts[contact].id.as_str()))
        .collect();
    let former = |user: &&PortalUser| {
        let is_lost = |key: &Id| !contacts.contains(key.as_str());
        match () {
            () if gone.contains(user.id.as_str()) => Some(Former::Gone),
            () if user.psa_key.as_ref().is_some_and(is_lost) => Some(Former::Key),
            () => None,
        }
    };
    view.portal_users.iter().map(former).collect()
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
    scope: &'a Scope,
    by_user: Vec<Vec<Claim>>,
    /// For every person, the portal users that it claims, by rank.
    by_person: Vec<Vec<(usize, usize)>>,
    /// How each portal user is known to have belonged to another person.
    of_others: Vec<Option<Former>>,
    persons: &'a mut [Person],
    clashes: &'a mut Vec<Clash>,
    states: Vec<State>,
}

impl Linking<'_> {
    fn decide(&mut self, rank: usize, claims: &[Claim]) {
        let open = |claim: &&Claim| {
            claim.rank == rank && self.states[claim.user] == State::Open && self.is_free(claim.person)
        };
        let claims: Vec<&Claim> =
            claims.iter().filter(open).filter(|claim| !self.stands_back(claim)).collect();
        let mut clusters = Clusters::new(self.persons.len() + self.view.portal_users.len());
        for claim in &claims {
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
                    if let Some((former, others)) = self.former(*person, *user, rank) {
                        self.ask(*person, *user, KINDS[rank], former, others);
                        continue;
                    }
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

    /// How much a person is there: fully with a user in scope, an active contact whose user did not leave, or a
    /// conflict with one of these, which may yet turn out to be about a person who is there; in part with another user who is
    /// not disabled, or another active contact.
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
        match () {
            () if asked || person.user.is_some_and(in_scope) || (active && !left) => 2,
            () if active || person.user.is_some_and(enabled) => 1,
            () => 0,
        }
    }

    /// Whether a claim stands back behind that of a person who is more there. What the last run linked, and an own
    /// address behind an alternate one or that of a person with a contact behind a weaker one, only stand back where
    /// the names agree; another address stands back unless the portal user has the name of its person and not that
    /// of the other.
    fn stands_back(&self, claim: &Claim) -> bool {
        let has_contact = self.persons[claim.person].contact.is_some();
        let comes_first = |other: &Claim| match claim.rank {
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

    /// Whether something stronger gives the person of a claim another portal user.
    fn has_stronger(&self, claim: &Claim) -> bool {
        self.by_person[claim.person].iter().any(|(rank, user)| {
            *rank < claim.rank && *user != claim.user && self.states[*user] == State::Open
        })
    }

    /// Whether a person and a portal user have the same name.
    fn agrees(&self, person: usize, user: usize) -> bool {
        self.names(person, user) == Likely::Same
    }

    fn names(&self, person: usize, user: usize) -> Likely {
        aside::person_and_portal_user(self.view, &self.persons[person], self.view.portal_users[user])
    }

    /// Whose the portal user was before, where it goes to a person by an address and the names do not agree, with
    /// the other people with that name. A lost key says little, since a PSA that was changed loses them all: there
    /// the names have to contradict each other.
    fn former(&self, person: usize, user: usize, rank: usize) -> Option<(Former, Vec<usize>)> {
        let own = |claim: &&Claim| OWN_ADDRESS.contains(&claim.rank) && claim.person != person;
        let others: BTreeSet<usize> =
            self.by_user[user].iter().filter(own).map(|claim| claim.person).collect();
        let former = self.of_others[user];
        if rank < *OWN_ADDRESS.start() || (former.is_none() && others.is_empty()) {
            return None;
        }
        let names = self.names(person, user);
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
            |other: &usize| self.is_free(*other) && self.presence(*other) >= self.presence(claim.person);
        own.into_iter().filter(counts).collect()
    }

    /// A question for a person: the portal user belonged to another person, and the names do not agree.
    fn ask(&mut self, person: usize, user: usize, kind: EvidenceKind, former: Former, others: Vec<usize>) {
        let names = match self.names(person, user) {
            Likely::Same => "the names agree",
            Likely::Unclear(why) | Likely::Different(why) => why,
        };
        let (at, known) = (self.clashes.len(), self.persons[person].conflict);
        let persons: Vec<usize> = std::iter::once(person).chain(others).collect();
        self.clash(&persons, &[user], kind, false);
        let Some(clash) = self.clashes.get_mut(at).filter(|_| known.is_none()) else { return };
        let whose = match former {
            Former::Gone => "was linked to a 365 user who is gone",
            Former::Key => "has the PSA key of a contact that is not here",
            Former::Namesake => "has the name of another person with that address",
        };
        let id = &self.view.portal_users[user].id;
        clash.reason = format!("portal user {id} {whose}, and an address of this one: {names}");
        PORTAL_NEXT.clone_into(&mut clash.next);
    }

    /// No person in the group gets anything. Portal users of one conflict that exists already join it.
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
