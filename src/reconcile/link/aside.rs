//! Accounts that are out of scope, and what belonged to another account.
//!
//! An account that is disabled, has no licence or is out of scope for another reason yields to one that
//! takes part, and a record that belonged to another account goes to a new one only where the names agree. Names
//! never link: they only keep a record from going to another person.

use std::collections::{BTreeMap, BTreeSet};

use super::evidence::{Claim, Testimony};
use super::person::LinkedPerson;
use crate::model::{Contact, Field, Fields, PortalUser, User};
use crate::plan::{Candidate, Evidence, EvidenceKind};
use crate::reconcile::input::{Groups, Number, View};
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

/// Why a contact is not simply the user's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Doubt {
    /// It belonged to another account.
    Owner(Owner),
    /// The PSA may have given its id out again, for what the names say.
    Reused(&'static str),
}

impl Doubt {
    /// Returns the question about the contact `record` and the user `holder`.
    pub(crate) fn reason(&self, record: &Candidate, holder: &Candidate) -> String {
        let names = |why: &str| format!("{why} ({} and {})", record.who.name, holder.who.name);
        match self {
            Self::Owner(owner) => {
                let says =
                    if owner.kind == EvidenceKind::StoredId { "stores the id of" } else { "was linked to" };
                format!(
                    "contact {} {says} 365 user {}, {}, and has an address of another one: {}",
                    record.id,
                    owner.id,
                    owner.state,
                    names(owner.names)
                )
            }
            Self::Reused(why) => format!(
                "contact {} was linked to 365 user {}, and has neither the id nor an address of that user: {}",
                record.id,
                holder.id,
                names(why)
            ),
        }
    }

    /// Returns what says that the contact belonged to another account.
    pub(crate) fn evidence(&self) -> Option<Evidence> {
        let Self::Owner(owner) = self else { return None };
        Some(Evidence { kind: owner.kind, value: owner.id.clone(), decided: false })
    }
}

/// The other account that a contact belonged to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Owner {
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
) -> Option<Owner> {
    let owners: BTreeSet<usize> = testimony.owners(view, contact).collect();
    // An id names this very user, so nothing contradicts the address.
    if owners.contains(&user) {
        return None;
    }
    let of_owner = |owner: usize| {
        let own = view.ids.of_user(owner);
        let kind = testimony.own_ids.of(contact).iter().find(|(_, id)| *id == own).map(|(kind, _)| *kind)?;
        let state = match scope.users[owner].as_ref().map(|out| out.reason) {
            None => "who is here",
            Some(reason) if reason.is_left_alone() => "who stays unchanged",
            // Who belongs to another company of the tenant is no earlier account of this user.
            Some(Reason::NotInDomains) => ELSEWHERE,
            Some(_) => "who is out of scope",
        };
        Some((kind, own, state))
    };
    let gone = testimony.orphans[contact].map(|orphan| (orphan.kind, orphan.id, "who is gone"));
    // An orphan's id is of the strongest kind that the contact has, so it comes before users by a weaker one.
    let (kind, id, state) = gone.or_else(|| owners.iter().find_map(|owner| of_owner(*owner)))?;
    let names = match user_and_contact(view.users[user], view.contacts[contact]) {
        Likely::Same if state != ELSEWHERE => return None,
        Likely::Same => "the names agree",
        Likely::Unclear(why) | Likely::Different(why) => why,
    };
    Some(Owner { kind, id: view.ids.text(id).to_owned(), state, names })
}

/// Returns the doubt whether a contact that an earlier run linked to a user is the same contact still: it stores no id, has
/// no address of the user, and another name. After a restore, a PSA gives ids out again.
pub(crate) fn reused(view: &View<'_>, user: usize, contact: usize) -> Option<&'static str> {
    if view.ids.stored(contact).is_some() {
        return None;
    }
    let (user, contact) = (view.users[user], view.contacts[contact]);
    let Likely::Different(why) = user_and_contact(user, contact) else { return None };
    // An address counts here also where further addresses link no one.
    let of_contact = || contact.email().into_iter().chain(contact.alternates.iter().map(String::as_str));
    let of_user = user.email().into_iter().chain([user.user_name.as_str()]);
    let mut of_user = of_user.chain(user.alternates.iter().map(String::as_str));
    let shares = of_user.any(|own| of_contact().any(|other| email::same(own, other)));
    (!shares).then_some(why)
}

/// The claims of accounts that are out of scope, and of the users in scope who claim the same contacts.
pub(crate) struct Aside<'a> {
    pub(crate) view: &'a View<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) claims: &'a [Claim],
    pub(crate) by_user: &'a Groups,
    pub(crate) by_contact: &'a Groups,
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
        if claim.kind == EvidenceKind::Decision || self.scope.users[claim.user()].is_none() {
            return false;
        }
        let all = self.by_contact.of(claim.contact()).map(|other| &self.claims[other]);
        let others = all.filter(|other| other.user() != claim.user());
        let part = others.filter(|other| self.scope.users[other.user()].is_none() && free(other.user()));
        part.filter(|other| self.would_be_linked(claim, other, &open))
            .any(|other| self.comes_first(other, claim))
    }

    /// Reports whether nothing stronger than `other` gives its user another contact. What is not weaker than `claim` is
    /// weighed together with it.
    fn would_be_linked(&self, claim: &Claim, other: &Claim, open: &impl Fn(usize) -> bool) -> bool {
        let is_stronger =
            |one: &Claim| one.contact() != other.contact() && one.kind < other.kind && open(one.contact());
        let mut of_user = self.by_user.of(other.user()).map(|one| &self.claims[one]);
        other.kind <= claim.kind || !of_user.any(is_stronger)
    }

    /// Reports whether `other`, of a user who takes part, comes before `claim`. An id, and an own address behind an
    /// alternate one, only yield where the names agree; an address yields unless the contact has the name
    /// of its user and not that of the other.
    fn comes_first(&self, other: &Claim, claim: &Claim) -> bool {
        let contact = self.view.contacts[claim.contact()];
        let agrees = |user: usize| user_and_contact(self.view.users[user], contact) == Likely::Same;
        let is_own = |claim: &Claim| claim.kind <= EvidenceKind::UserName;
        // An id says whose the contact is, even if that account is disabled. Only the same person's new account may take it.
        if claim.kind <= EvidenceKind::Recorded {
            return other.kind <= claim.kind || agrees(other.user());
        }
        agrees(other.user()) || (is_own(claim) == is_own(other) && !agrees(claim.user()))
    }
}

/// For every person whose user takes part, the accounts that yield to it, with what they claim.
pub(crate) type StoodBack = BTreeMap<usize, Vec<(usize, Evidence)>>;

/// Returns the accounts that are out of scope and yield to the user of a person.
pub(crate) fn stood_back(
    view: &View<'_>,
    scope: &Scope,
    testimony: &Testimony,
    persons: &[LinkedPerson],
) -> StoodBack {
    let mut holders: BTreeMap<Number, Vec<(usize, EvidenceKind)>> = BTreeMap::new();
    let mut linked = vec![false; view.users.len()];
    for person in persons.iter().filter(|person| person.contact.is_some()) {
        person.user.into_iter().for_each(|user| linked[user] = true);
    }
    let out = |user: usize| scope.users[user].is_some() && scope.links_user(user) && !linked[user];
    for user in (0..view.users.len()).filter(|user| out(*user)) {
        let own = view.addresses.primary(user).map(|address| (address, EvidenceKind::PrimaryEmail));
        let name = view.addresses.user_name(user).map(|address| (address, EvidenceKind::UserName));
        for (address, kind) in own.into_iter().chain(name) {
            holders.entry(address).or_default().push((user, kind));
        }
    }
    let mut claims: BTreeMap<usize, Vec<&Claim>> = BTreeMap::new();
    for claim in testimony.claims.iter().filter(|claim| out(claim.user())) {
        claims.entry(claim.contact()).or_default().push(claim);
    }
    let mut stood_back = StoodBack::new();
    // The usual company has no such account; its people need not be looked through.
    if holders.is_empty() && claims.is_empty() {
        return stood_back;
    }
    for (index, person) in persons.iter().enumerate().filter(|(_, person)| person.conflict.is_none()) {
        let Some(user) = person.user.filter(|user| scope.users[*user].is_none()) else { continue };
        let of_contact = person.contact.and_then(|contact| claims.get(&contact)).into_iter().flatten();
        let mut found: BTreeSet<(usize, Evidence)> =
            of_contact.map(|claim| (claim.user(), claim.evidence(view, false))).collect();
        for address in [view.addresses.primary(user), view.addresses.user_name(user)].into_iter().flatten() {
            let others = holders.get(&address).into_iter().flatten();
            let value = || view.addresses.text(address).to_owned();
            found.extend(
                others
                    .map(|(other, kind)| (*other, Evidence { kind: *kind, value: value(), decided: false })),
            );
        }
        if !found.is_empty() {
            stood_back.insert(index, found.into_iter().collect());
        }
    }
    stood_back
}
