//! Everything that speaks for a user and a contact being one person, of every kind, before anything decides.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Contact, Row, User};
use crate::plan::EvidenceKind;
use crate::reconcile::scope::Scope;
use crate::reconcile::view::{View, id_key, is_guid, stored_id};
use crate::text::email;

/// One reason to believe that a user and a contact are one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Claim {
    pub(super) kind: EvidenceKind,
    pub(super) user: usize,
    pub(super) contact: usize,
    pub(super) value: String,
}

/// The 365 user that a contact belonged to by its own id, and who is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) kind: EvidenceKind,
    pub(crate) id: String,
}

/// What the records of a company say about who is who.
pub(super) struct Testimony {
    /// All claims, strongest kind first; splits and records without part left out.
    pub(super) claims: Vec<Claim>,
    /// For every contact, the ids of users it belongs to (2, 3), with the kind that says so.
    pub(super) own_ids: Vec<Vec<(EvidenceKind, String)>>,
    /// For every contact, the users of the tenant it belongs to by its own ids (2, 3), as far as they exist.
    pub(super) owners: Vec<BTreeSet<usize>>,
    /// For every contact, the user it belonged to if that user is gone from the tenant.
    pub(super) orphans: Vec<Option<Orphan>>,
    /// Contacts that stand, by id or email, for a user that people told to ignore.
    pub(super) of_ignored: Vec<bool>,
    /// Contacts that store the same id, with its user if there is one in the tenant.
    pub(super) shared_ids: Vec<(Option<usize>, Vec<usize>)>,
}

/// An index from texts to records.
pub(super) type Index = BTreeMap<String, Vec<usize>>;

/// The records under their keys; a record without a usable key is not in it.
pub(super) fn index(keys: impl Iterator<Item = (usize, Option<String>)>) -> Index {
    let mut index = Index::new();
    for (record, key) in keys {
        if let Some(key) = key {
            index.entry(key).or_default().push(record);
        }
    }
    index
}

/// The normalised usable addresses among `addresses`, each once.
pub(crate) fn keys(addresses: &[String]) -> BTreeSet<String> {
    addresses.iter().filter_map(|address| email::key(address)).collect()
}

pub(crate) fn primary(user: &User) -> Option<String> {
    user.email().and_then(email::key)
}

pub(crate) fn contact_primary(contact: &Contact) -> Option<String> {
    contact.email().and_then(email::key)
}

/// Collects what the records say.
pub(super) fn collect(view: &View<'_>, scope: &Scope) -> Testimony {
    let user_ids: BTreeMap<String, usize> =
        view.users.iter().enumerate().map(|(user, record)| (id_key(record.id.as_str()), user)).collect();
    let splits: BTreeSet<(String, &str)> = view
        .input
        .decisions
        .splits
        .iter()
        .map(|split| (id_key(split.user.as_str()), split.contact.as_str()))
        .collect();
    let contact_ids: BTreeMap<&str, usize> =
        view.contacts.iter().enumerate().map(|(contact, record)| (record.id.as_str(), contact)).collect();
    let is_split =
        |user: &str, contact: usize| splits.contains(&(user.to_owned(), view.contacts[contact].id.as_str()));

    let mut own_ids: Vec<Vec<(EvidenceKind, String)>> = vec![Vec::new(); view.contacts.len()];
    if view.on(Row::MatchUsers) {
        for (contact, record) in view.contacts.iter().enumerate() {
            own_ids[contact].extend(stored_id(record).map(|id| (EvidenceKind::StoredId, id)));
        }
        for link in view.recorded {
            if let Some(contact) = link.contact.as_ref().and_then(|id| contact_ids.get(id.as_str())) {
                own_ids[*contact].push((EvidenceKind::Recorded, id_key(link.user.as_str())));
            }
        }
    }
    for (contact, ids) in own_ids.iter_mut().enumerate() {
        ids.retain(|(_, id)| scope.links_contact(contact) && !is_split(id, contact));
        ids.sort();
        ids.dedup();
    }

    let pins: Vec<(EvidenceKind, usize, usize, String)> = view
        .input
        .decisions
        .pins
        .iter()
        .filter_map(|pin| {
            let user = user_ids.get(&id_key(pin.user.as_str()))?;
            Some((
                EvidenceKind::Decision,
                *user,
                *contact_ids.get(pin.contact.as_str())?,
                pin.contact.to_string(),
            ))
        })
        .collect();
    let mut owners: Vec<BTreeSet<usize>> = own_ids
        .iter()
        .map(|ids| ids.iter().filter_map(|(_, id)| user_ids.get(id).copied()).collect())
        .collect();
    for (_, user, contact, _) in &pins {
        owners[*contact].insert(*user);
    }
    let pinned: BTreeSet<usize> = pins.iter().map(|(_, _, contact, _)| *contact).collect();
    let orphans = orphans(&own_ids, &user_ids, &pinned);
    let by_id = own_ids.iter().enumerate().flat_map(|(contact, ids)| {
        let known =
            |(kind, id): &(EvidenceKind, String)| Some((*kind, *user_ids.get(id)?, contact, id.clone()));
        ids.iter().filter_map(known).collect::<Vec<_>>()
    });
    let mut claims: Vec<Claim> = pins
        .into_iter()
        .chain(by_id)
        .chain(by_address(view))
        .map(|(kind, user, contact, value)| Claim { kind, user, contact, value })
        .filter(|claim| scope.links_user(claim.user) && scope.links_contact(claim.contact))
        .filter(|claim| !is_split(&id_key(view.users[claim.user].id.as_str()), claim.contact))
        .collect();
    claims.sort();
    claims.dedup();

    let stored = |ids: &Vec<(EvidenceKind, String)>| {
        let id = ids
            .iter()
            .find(|(kind, id)| *kind == EvidenceKind::StoredId && (is_guid(id) || user_ids.contains_key(id)));
        id.map(|(_, id)| id.clone())
    };
    let is_ignored = |user: &usize| scope.users[*user].as_ref().is_some_and(|out| out.reason.is_left_alone());
    let ignored_addresses: BTreeSet<String> = (0..view.users.len())
        .filter(is_ignored)
        .flat_map(|user| [primary(view.users[user]), email::key(&view.users[user].user_name)])
        .flatten()
        .collect();
    let of_ignored = |(contact, owners): (usize, &BTreeSet<usize>)| {
        let address = contact_primary(view.contacts[contact]);
        owners.iter().any(is_ignored) || address.is_some_and(|address| ignored_addresses.contains(&address))
    };
    Testimony {
        of_ignored: owners.iter().enumerate().map(of_ignored).collect(),
        orphans,
        owners,
        shared_ids: index(own_ids.iter().enumerate().map(|(contact, ids)| (contact, stored(ids))))
            .into_iter()
            .filter(|(_, contacts)| contacts.len() > 1)
            .map(|(id, contacts)| (user_ids.get(&id).copied(), contacts))
            .collect(),
        own_ids,
        claims,
    }
}

/// For every contact, the user it belonged to if that user is gone. The stored id says whose a contact is; only
/// where there is none does the last run. A contact pinned to a user who is here belongs to no user who left.
fn orphans(
    own_ids: &[Vec<(EvidenceKind, String)>],
    user_ids: &BTreeMap<String, usize>,
    pinned: &BTreeSet<usize>,
) -> Vec<Option<Orphan>> {
    let orphan = |(contact, ids): (usize, &Vec<(EvidenceKind, String)>)| {
        let (kind, id) = ids.iter().find(|(kind, id)| *kind != EvidenceKind::StoredId || is_guid(id))?;
        let gone = ids.iter().filter(|(other, _)| other == kind).all(|(_, id)| !user_ids.contains_key(id));
        (gone && !pinned.contains(&contact)).then(|| Orphan { kind: *kind, id: id.clone() })
    };
    own_ids.iter().enumerate().map(orphan).collect()
}

/// What the addresses say, of every kind that is switched on.
fn by_address(view: &View<'_>) -> Vec<(EvidenceKind, usize, usize, String)> {
    if !view.on(Row::MatchUsers) {
        return Vec::new();
    }
    let primaries =
        index(view.contacts.iter().enumerate().map(|(contact, record)| (contact, contact_primary(record))));
    let alternates = index(view.contacts.iter().enumerate().flat_map(|(contact, record)| {
        keys(&record.alternates).into_iter().map(move |address| (contact, Some(address)))
    }));
    let (tenant, psa) = (view.on(Row::Match365Alternates), view.on(Row::MatchPsaAlternates));
    let mut found = Vec::new();
    for (user, record) in view.users.iter().enumerate() {
        let own = primary(record);
        let other = keys(&record.alternates);
        let own: BTreeSet<String> = own.into_iter().collect();
        let name: BTreeSet<String> = email::key(&record.user_name).into_iter().collect();
        let ways = [
            (EvidenceKind::PrimaryEmail, &own, &primaries, true),
            (EvidenceKind::UserName, &name, &primaries, true),
            (EvidenceKind::TenantAlternate, &other, &primaries, tenant),
            (EvidenceKind::PsaAlternate, &own, &alternates, psa),
            (EvidenceKind::BothAlternate, &other, &alternates, tenant && psa),
        ];
        for (kind, addresses, index, _) in ways.into_iter().filter(|(_, _, _, on)| *on) {
            for address in addresses {
                let contacts = index.get(address).into_iter().flatten();
                found.extend(contacts.map(|contact| (kind, user, *contact, address.clone())));
            }
        }
    }
    found
}
