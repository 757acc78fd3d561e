//! Everything that speaks for a portal user being some person's, and what it belonged to before.

use crate::model::Row;
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::input::{Groups, View};
use crate::reconcile::link::person::LinkedPerson;

/// The kinds that decide, strongest first: a person's user and contact share one, but the user's address
/// decides before the contact's.
pub(crate) const PORTAL_KINDS: [EvidenceKind; 7] = [
    EvidenceKind::PsaKey,
    EvidenceKind::Recorded,
    EvidenceKind::PrimaryEmail,
    EvidenceKind::UserName,
    EvidenceKind::PrimaryEmail,
    EvidenceKind::TenantAlternate,
    EvidenceKind::PsaAlternate,
];

/// The places in [`PORTAL_KINDS`] where the portal user's email is the person's own address.
pub(crate) const OWN_ADDRESS: std::ops::RangeInclusive<usize> = 2..=4;

/// One reason to believe that a portal user is some person's. What it rests on follows from its rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PortalClaim {
    rank: u8,
    user: u32,
    person: u32,
}

impl PortalClaim {
    fn new(rank: usize, user: usize, person: usize) -> Self {
        // A listing never has more records than such a number can say, and there are few ranks.
        let [user, person] = [user, person].map(|place| u32::try_from(place).unwrap_or(u32::MAX));
        Self { rank: u8::try_from(rank).unwrap_or(u8::MAX), user, person }
    }

    pub(crate) fn rank(&self) -> usize {
        usize::from(self.rank)
    }

    pub(crate) fn user(&self) -> usize {
        self.user as usize
    }

    pub(crate) fn person(&self) -> usize {
        self.person as usize
    }

    /// Returns what the claim rests on: a key, an id or an address.
    pub(crate) fn value<'v>(&self, view: &'v View<'_>) -> &'v str {
        let user = self.user();
        match self.rank {
            0 => view.contact_key(user).map_or("", |key| key.as_str()),
            1 => view.portal_users[user].id.as_str(),
            _ => view.addresses.portal_user(user).map_or("", |address| view.addresses.text(address)),
        }
    }
}

/// How a portal user is known to have belonged to another person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Former {
    /// The last run linked it to a 365 user who is gone.
    Gone,
    /// Its PSA key is of a contact that is not in the company.
    Key,
    /// Another person has its name and its address.
    Namesake,
}

/// The persons of every contact.
fn of_contacts(view: &View<'_>, persons: &[LinkedPerson]) -> Vec<Option<usize>> {
    let mut of_contacts = vec![None; view.contacts.len()];
    for (index, person) in persons.iter().enumerate() {
        person.contact.into_iter().for_each(|contact| of_contacts[contact] = Some(index));
    }
    of_contacts
}

/// Returns the portal users that belonged to an account or a contact that is not here.
pub(crate) fn of_others(view: &View<'_>, persons: &[LinkedPerson]) -> Vec<Option<Former>> {
    let mut gone = vec![false; view.portal_users.len()];
    for link in view.ids.recorded().iter().filter(|link| view.ids.user(link.user).is_none()) {
        link.portal_user.into_iter().for_each(|user| gone[user] = true);
    }
    let of_contacts = of_contacts(view, persons);
    let former = |user: usize| {
        // Contacts that are out of scope count as missing too: their portal users must not go to other people.
        let is_lost = |key| view.ids.contact(key).is_none_or(|contact| of_contacts[contact].is_none());
        match () {
            () if gone[user] => Some(Former::Gone),
            () if view.portal_users[user].psa_key.as_ref().is_some_and(is_lost) => Some(Former::Key),
            () => None,
        }
    };
    (0..view.portal_users.len()).map(former).collect()
}

/// Everything that speaks for a portal user being some person's, strongest first.
#[derive(Default)]
pub(crate) struct PortalClaims {
    all: Vec<PortalClaim>,
    by_user: Groups,
    by_person: Groups,
}

impl PortalClaims {
    pub(crate) fn new(view: &View<'_>, persons: &[LinkedPerson], part: impl Fn(usize) -> bool) -> Self {
        let mut all = if view.on(Row::MatchUsers) { claims(view, persons, part) } else { Vec::new() };
        all.sort();
        all.dedup();
        all.shrink_to_fit();
        let each = || all.iter().enumerate();
        let by_user =
            Groups::new(view.portal_users.len(), each().map(|(place, claim)| (claim.user(), place)));
        let by_person = Groups::new(persons.len(), each().map(|(place, claim)| (claim.person(), place)));
        Self { all, by_user, by_person }
    }

    /// Returns the claims of a rank.
    pub(crate) fn of_rank(&self, rank: usize) -> &[PortalClaim] {
        let start = self.all.partition_point(|claim| claim.rank() < rank);
        &self.all[start..start + self.all[start..].partition_point(|claim| claim.rank() == rank)]
    }

    /// Returns the claims on a portal user.
    pub(crate) fn of_user(&self, user: usize) -> impl Iterator<Item = &PortalClaim> {
        self.by_user.of(user).map(|claim| &self.all[claim])
    }

    /// Returns the claims of a person.
    pub(crate) fn of_person(&self, person: usize) -> impl Iterator<Item = &PortalClaim> {
        self.by_person.of(person).map(|claim| &self.all[claim])
    }

    /// Returns what spoke for the portal user of the `index`-th person, and what pointed elsewhere.
    pub(crate) fn evidence(
        &self,
        view: &View<'_>,
        index: usize,
        person: &LinkedPerson,
        user: usize,
    ) -> Vec<Evidence> {
        let mut noted: Vec<Evidence> = Vec::new();
        for claim in self.of_user(user) {
            let (kind, value) = (PORTAL_KINDS[claim.rank()], claim.value(view));
            // Two ranks share a kind, and only the first of them decided.
            let first = noted.iter().all(|evidence| !evidence.decided);
            let decided = first && claim.person() == index && person.portal_linked_by == Some(kind);
            if !noted.iter().any(|evidence| evidence.kind == kind && evidence.value == value) {
                noted.push(Evidence { kind, value: value.to_owned(), decided });
            }
        }
        let held = noted.iter().any(|evidence| evidence.kind == EvidenceKind::PsaKey);
        let key = view.contact_key(user).filter(|_| !held);
        noted.extend(key.map(|key| Evidence {
            kind: EvidenceKind::PsaKey,
            value: key.to_string(),
            decided: false,
        }));
        noted
    }
}

/// Returns everything that speaks for a portal user being some person's.
fn claims(view: &View<'_>, persons: &[LinkedPerson], part: impl Fn(usize) -> bool) -> Vec<PortalClaim> {
    let of_contacts = of_contacts(view, persons);
    let mut of_users = vec![None; view.users.len()];
    for (index, person) in persons.iter().enumerate() {
        person.user.into_iter().for_each(|user| of_users[user] = Some(index));
    }
    // One rank after the other, as they will stand, so that there is little left to sort.
    let users = || (0..view.portal_users.len()).filter(|user| part(*user));
    // The key ties a portal user to one contact by its id, which no change of an address moves.
    let by_key = users().filter_map(|user| {
        let person = of_contacts[view.ids.contact(view.contact_key(user)?)?]?;
        Some(PortalClaim::new(0, user, person))
    });
    let mut claims: Vec<PortalClaim> = by_key.collect();
    claims.extend(view.ids.recorded().iter().filter_map(|link| {
        let user = link.portal_user.filter(|user| part(*user))?;
        let of_user = view.ids.user(link.user).and_then(|user| of_users[user]);
        let person = of_user.or_else(|| of_contacts[link.contact?])?;
        Some(PortalClaim::new(1, user, person))
    }));
    for (rank, persons) in addresses(view, persons) {
        claims.extend(users().flat_map(|user| {
            let address = view.addresses.portal_user(user).map(|address| persons.of(address.place()));
            address.into_iter().flatten().map(move |person| PortalClaim::new(rank, user, person))
        }));
    }
    claims
}

/// Returns the persons by their addresses, one index for each rank from [`OWN_ADDRESS`] on that is switched on.
fn addresses(view: &View<'_>, persons: &[LinkedPerson]) -> Vec<(usize, Groups)> {
    let all = &view.addresses;
    let persons = || persons.iter().enumerate();
    let users = || persons().filter_map(|(index, person)| Some((index, person.user?)));
    let contacts = || persons().filter_map(|(index, person)| Some((index, person.contact?)));
    let primary = users().filter_map(|(person, user)| Some((all.primary(user)?.place(), person)));
    let name = users().filter_map(|(person, user)| Some((all.user_name(user)?.place(), person)));
    let contact = contacts().filter_map(|(person, contact)| Some((all.contact(contact)?.place(), person)));
    let mut indices = vec![
        (2, Groups::new(all.len(), primary)),
        (3, Groups::new(all.len(), name)),
        (4, Groups::new(all.len(), contact)),
    ];
    if view.on(Row::Match365Alternates) {
        let other = users().flat_map(|(person, user)| {
            all.user_alternates(user).iter().map(move |address| (address.place(), person))
        });
        indices.push((5, Groups::new(all.len(), other)));
    }
    if view.on(Row::MatchPsaAlternates) {
        let other = contacts().flat_map(|(person, contact)| {
            all.contact_alternates(contact).iter().map(move |address| (address.place(), person))
        });
        indices.push((6, Groups::new(all.len(), other)));
    }
    indices
}
