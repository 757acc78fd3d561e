//! Accounts that are out of scope, and what belonged to another account.
//!
//! An account that is disabled, has no licence or is out of scope for another reason yields to one that
//! takes part, and a record that belonged to another account goes to a new one only where the names agree. Names
//! never link: they only keep a record from going to another person.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Claim, Testimony, keys, primary};
use super::person::LinkedPerson;
use crate::model::{Contact, Field, Fields, PortalUser, User};
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::input::{View, id_key};
use crate::reconcile::scope::Scope;
use crate::reconcile::scope::reason::Reason;
use crate::text::email;
use crate::text::person_name::{Likely, Name};

/// Returns the name that a record shows: first and last name, else the display name.
fn name(fields: &Fields) -> Name {
    let [first, last, shown] =
        [Field::FirstName, Field::LastName, Field::DisplayName].map(|field| fields.text(field).unwrap_or(""));
    let name = Name::new(first, last);
    if name == Name::default() { Name::new(shown, "") } else { name }
}

/// Compares the names of a 365 user and a contact.
pub(crate) fn user_and_contact(user: &User, contact: &Contact) -> Likely {
    name(&user.fields).compare(&name(&contact.fields))
}

/// Compares the names of a person and a portal user: the 365 user's, else the contact's. That the contact has the
/// portal user's name is enough.
pub(crate) fn person_and_portal_user(
    view: &View<'_>,
    person: &LinkedPerson,
    portal_user: &PortalUser,
) -> Likely {
    let user = person.user.map(|user| &view.users[user].fields);
    let contact = person.contact.map(|contact| &view.contacts[contact].fields);
    let known = name(&portal_user.fields);
    // A new surname shows in 365 first, so the contact may still have the name that the portal user has.
    let mut likely = [user, contact].into_iter().flatten().map(|fields| name(fields).compare(&known));
    let first = likely.next().unwrap_or(Likely::Unclear("a name is missing"));
    if likely.any(|other| other == Likely::Same) { Likely::Same } else { first }
}

/// The state of an account of another company that shares the tenant.
const ELSEWHERE: &str = "who belongs to another company";

/// Why a contact that belonged to another account is not simply this user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Doubt {
    /// The 365 id that the contact belonged to, and what says so.
    pub(crate) kind: EvidenceKind,
    pub(crate) id: String,
    /// The state of that account.
    pub(crate) state: &'static str,
    /// What the names say.
    pub(crate) names: &'static str,
}

/// Returns the doubt whether a contact belongs to a user who is met by an address, where its own ids name others.
pub(crate) fn doubt(
    view: &View<'_>,
    scope: &Scope,
    testimony: &Testimony,
    user: usize,
    contact: usize,
) -> Option<Doubt> {
    let owners = &testimony.owners[contact];
    // An id names this very user, so nothing contradicts the address.
    if owners.contains(&user) {
        return None;
    }
    let of_owner = |owner: usize| {
        let own = id_key(view.users[owner].id.as_str());
        let kind = testimony.own_ids[contact].iter().find(|(_, id)| *id == own).map(|(kind, _)| *kind)?;
        let state = match scope.users[owner].as_ref().map(|out| out.reason) {
            None => "who is here",
            Some(reason) if reason.is_left_alone() => "who stays unchanged",
            // Who belongs to another company of the tenant is no earlier account of this user.
            Some(Reason::NotInDomains) => ELSEWHERE,
            Some(_) => "who is out of scope",
        };
        Some((kind, own, state))
    };
    let orphan = testimony.orphans[contact].as_ref();
    let gone = orphan.map(|orphan| (orphan.kind, orphan.id.clone(), "who is gone"));
    // An orphan's id is of the strongest kind that the contact has, so it comes before users by a weaker one.
    let (kind, id, state) = gone.or_else(|| owners.iter().find_map(|owner| of_owner(*owner)))?;
    let names = match user_and_contact(view.users[user], view.contacts[contact]) {
        Likely::Same if state != ELSEWHERE => return None,
        Likely::Same => "the names agree",
        Likely::Unclear(why) | Likely::Different(why) => why,
    };
    Some(Doubt { kind, id, state, names })
}

/// The claims of accounts that are out of scope, and of the users in scope who claim the same contacts.
pub(crate) struct Aside<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) by_user: &'a [Vec<&'a Claim>],
    pub(crate) by_contact: &'a [Vec<&'a Claim>],
}

impl Aside<'_> {
    /// Reports whether the user of `claim` yields to another one who is `free`, while other contacts are
    /// `open`.
    pub(crate) fn stands_back(
        &self,
        claim: &Claim,
        free: impl Fn(usize) -> bool,
        open: impl Fn(usize) -> bool,
    ) -> bool {
        if claim.kind == EvidenceKind::Decision || self.scope.users[claim.user].is_none() {
            return false;
        }
        let others = self.by_contact[claim.contact].iter().filter(|other| other.user != claim.user);
        let part = others.filter(|other| self.scope.users[other.user].is_none() && free(other.user));
        part.filter(|other| self.would_be_linked(claim, other, &open))
            .any(|other| self.comes_first(other, claim))
    }

    /// Reports whether nothing stronger than `other` gives its user another contact. What is not weaker than `claim` is
    /// weighed together with it.
    fn would_be_linked(&self, claim: &Claim, other: &Claim, open: &impl Fn(usize) -> bool) -> bool {
        let is_stronger =
            |one: &&Claim| one.contact != other.contact && one.kind < other.kind && open(one.contact);
        other.kind <= claim.kind || !self.by_user[other.user].iter().any(is_stronger)
    }

    /// Reports whether `other`, of a user who takes part, comes before `claim`. An id, and an own address behind an
    /// alternate one, only yield where the names agree; an address yields unless the contact has the name
    /// of its user and not that of the other.
    fn comes_first(&self, other: &Claim, claim: &Claim) -> bool {
        let contact = self.view.contacts[claim.contact];
        let agrees = |user: usize| user_and_contact(self.view.users[user], contact) == Likely::Same;
        let is_own = |claim: &Claim| claim.kind <= EvidenceKind::UserName;
        // An id says whose the contact is, even if that account is disabled. Only the same person's new account may take it.
        if claim.kind <= EvidenceKind::Recorded {
            return other.kind <= claim.kind || agrees(other.user);
        }
        agrees(other.user) || (is_own(claim) == is_own(other) && !agrees(claim.user))
    }
}

/// Writes down, for every person whose user takes part, the accounts that yield to it, with what they
/// claim.
pub(crate) fn note(view: &View<'_>, scope: &Scope, testimony: &Testimony, persons: &mut [LinkedPerson]) {
    let mut holders: BTreeMap<String, Vec<(usize, EvidenceKind)>> = BTreeMap::new();
    let out = |user: &usize| scope.links_user(*user) && scope.users[*user].is_some();
    let linked: BTreeSet<usize> =
        persons.iter().filter(|person| person.contact.is_some()).filter_map(|person| person.user).collect();
    for user in (0..view.users.len()).filter(out).filter(|user| !linked.contains(user)) {
        let record = view.users[user];
        let own = primary(record).map(|address| (address, EvidenceKind::PrimaryEmail));
        let name = email::key(&record.user_name).map(|address| (address, EvidenceKind::UserName));
        for (address, kind) in own.into_iter().chain(name) {
            holders.entry(address).or_default().push((user, kind));
        }
    }
    let mut claims: BTreeMap<usize, Vec<&Claim>> = BTreeMap::new();
    for claim in testimony.claims.iter().filter(|claim| out(&claim.user) && !linked.contains(&claim.user)) {
        claims.entry(claim.contact).or_default().push(claim);
    }
    // The usual company has no such account; its people need not be looked through.
    if holders.is_empty() && claims.is_empty() {
        return;
    }
    for person in persons.iter_mut().filter(|person| person.conflict.is_none()) {
        let Some(user) = person.user.filter(|user| scope.users[*user].is_none()) else { continue };
        let of_contact = person.contact.and_then(|contact| claims.get(&contact)).into_iter().flatten();
        let mut found: BTreeSet<(usize, Evidence)> =
            of_contact.map(|claim| (claim.user, noted(claim.kind, &claim.value))).collect();
        let record = view.users[user];
        let own: Vec<String> =
            [record.email().unwrap_or_default().to_owned(), record.user_name.clone()].into();
        for address in keys(&own) {
            let others = holders.get(&address).into_iter().flatten();
            found.extend(others.map(|(other, kind)| (*other, noted(*kind, &address))));
        }
        person.stood_back = found.into_iter().collect();
    }
}

fn noted(kind: EvidenceKind, value: &str) -> Evidence {
    Evidence { kind, value: value.to_owned(), decided: false }
}
