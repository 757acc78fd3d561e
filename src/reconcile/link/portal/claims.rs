//! Everything that speaks for a portal user being some person's, and what it belonged to before.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Id, PortalUser, Row};
use crate::plan::EvidenceKind;
use crate::reconcile::input::{View, id_key};
use crate::reconcile::link::evidence::{Index, contact_primary, index, keys, primary};
use crate::reconcile::link::person::LinkedPerson;
use crate::text::email;

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

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct PortalClaim {
    pub(crate) rank: usize,
    pub(crate) user: usize,
    pub(crate) person: usize,
    pub(crate) value: String,
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

/// Returns the portal users that belonged to an account or a contact that is not here.
pub(crate) fn of_others(view: &View<'_>, persons: &[LinkedPerson]) -> Vec<Option<Former>> {
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
        // Contacts that are out of scope count as missing too: their portal users must not go to other people.
        let is_lost = |key: &Id| !contacts.contains(key.as_str());
        match () {
            () if gone.contains(user.id.as_str()) => Some(Former::Gone),
            () if user.psa_key.as_ref().is_some_and(is_lost) => Some(Former::Key),
            () => None,
        }
    };
    view.portal_users.iter().map(former).collect()
}

/// Returns everything that speaks for a portal user being some person's, strongest first.
pub(crate) fn claims(
    view: &View<'_>,
    persons: &[LinkedPerson],
    part: impl Fn(usize) -> bool,
) -> Vec<PortalClaim> {
    if !view.on(Row::MatchUsers) {
        return Vec::new();
    }
    let by_record = |record: fn(&LinkedPerson) -> Option<usize>| -> BTreeMap<usize, usize> {
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
            claims.push(PortalClaim { rank, user, person: *person, value: value.to_owned() });
        };
        // The key ties a portal user to one contact by its id, which no change of an address moves.
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

/// Returns the persons by their addresses, one index for each rank from [`OWN_ADDRESS`] on that is switched on.
fn addresses(view: &View<'_>, persons: &[LinkedPerson]) -> Vec<(usize, Index)> {
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

pub(crate) fn grouped(claims: &[PortalClaim], view: &View<'_>) -> Vec<Vec<PortalClaim>> {
    let mut groups = vec![Vec::new(); view.portal_users.len()];
    for claim in claims {
        groups[claim.user].push(claim.clone());
    }
    groups
}
