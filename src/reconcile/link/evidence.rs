//! Everything that speaks for a user and a contact being one person, of every kind, before anything decides.
//!
//! Nothing is weighed here: each kind is collected by itself, and the order of the kinds says which one counts for more.
//! A decision is a person's word. A stored id was written by crsync or by hand for this very purpose. A link of an
//! earlier run rests on evidence that was there then. Addresses come last, as they are given to other people in time.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Contact, Row, User};
use crate::plan::EvidenceKind;
use crate::reconcile::input::{Pin, View, id_key, is_guid, stored_id};
use crate::reconcile::scope::Scope;
use crate::text::email;

/// One reason to believe that a user and a contact are one person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    pub(crate) kind: EvidenceKind,
    pub(crate) user: usize,
    pub(crate) contact: usize,
    pub(crate) value: String,
}

/// The 365 user that a contact belonged to by its own id, and who is gone from the tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) kind: EvidenceKind,
    pub(crate) id: String,
}

/// What the records of a company say about who is who.
pub(crate) struct Testimony {
    /// All claims, strongest kind first; splits and records without part left out.
    pub(crate) claims: Vec<Claim>,
    /// For every contact, the ids of users it belongs to (2, 3), with the kind that says so.
    pub(crate) own_ids: Vec<OwnIds>,
    /// For every contact, the users of the tenant it belongs to by its own ids (2, 3), if they exist.
    pub(crate) owners: Vec<BTreeSet<usize>>,
    /// For every contact, the user it belonged to if that user is gone from the tenant.
    pub(crate) orphans: Vec<Option<Orphan>>,
    /// Contacts that belong, by id or email, to a user that a decision ignores.
    pub(crate) of_ignored: Vec<bool>,
    /// Contacts that store the same id, with its user if there is one in the tenant.
    pub(crate) shared_ids: Vec<(Option<usize>, Vec<usize>)>,
}

/// An index from texts to records.
pub(crate) type Index = BTreeMap<String, Vec<usize>>;

/// Returns the records under their keys. A record without a usable key is left out: blanks must not link anything.
pub(crate) fn index(keys: impl Iterator<Item = (usize, Option<String>)>) -> Index {
    let mut index = Index::new();
    for (record, key) in keys {
        if let Some(key) = key {
            index.entry(key).or_default().push(record);
        }
    }
    index
}

/// Returns the usable addresses among `addresses` in their one spelling, each once.
pub(crate) fn keys(addresses: &[String]) -> BTreeSet<String> {
    addresses.iter().filter_map(|address| email::key(address)).collect()
}

/// Returns the user's own address in its one spelling.
pub(crate) fn primary(user: &User) -> Option<String> {
    user.email().and_then(email::key)
}

/// Returns the contact's own address in its one spelling.
pub(crate) fn contact_primary(contact: &Contact) -> Option<String> {
    contact.email().and_then(email::key)
}

/// Collects what the records say.
pub(crate) fn collect(view: &View<'_>, scope: &Scope) -> Testimony {
    let finder = Finder::new(view);
    let own_ids = own_ids(view, scope, &finder);
    let pins = pins(view, &finder);
    let owners = owners(&own_ids, &pins, &finder);
    let pinned = pins.iter().map(|pin| pin.contact).collect();
    Testimony {
        orphans: orphans(&own_ids, &finder.users, &pinned),
        of_ignored: of_ignored(view, scope, &owners),
        shared_ids: shared_ids(&own_ids, &finder),
        claims: claims(view, scope, &finder, pins, &own_ids),
        owners,
        own_ids,
    }
}

/// The ids that a contact belongs to, with the kind of evidence that says so.
type OwnIds = Vec<(EvidenceKind, String)>;

/// Finds records by what names them.
struct Finder<'a> {
    view: &'a View<'a>,
    /// Users by object id, in the form for comparing.
    users: BTreeMap<String, usize>,
    contacts: BTreeMap<&'a str, usize>,
    /// Pairs of a user and a contact that are two people by decision.
    splits: BTreeSet<(String, &'a str)>,
}

impl<'a> Finder<'a> {
    fn new(view: &'a View<'a>) -> Self {
        let users = view.users.iter().enumerate();
        let contacts = view.contacts.iter().enumerate();
        let splits = view.input.decisions.splits.iter();
        Self {
            view,
            users: users.map(|(user, record)| (id_key(record.id.as_str()), user)).collect(),
            contacts: contacts.map(|(contact, record)| (record.id.as_str(), contact)).collect(),
            splits: splits.map(|split| (id_key(split.user.as_str()), split.contact.as_str())).collect(),
        }
    }

    fn is_split(&self, user: &str, contact: usize) -> bool {
        self.splits.contains(&(user.to_owned(), self.view.contacts[contact].id.as_str()))
    }
}

/// Returns for every contact the ids that it belongs to: the one that it stores, and those of earlier runs.
fn own_ids(view: &View<'_>, scope: &Scope, finder: &Finder<'_>) -> Vec<OwnIds> {
    let mut own_ids: Vec<OwnIds> = vec![Vec::new(); view.contacts.len()];
    if !view.on(Row::MatchUsers) {
        return own_ids;
    }
    for (contact, record) in view.contacts.iter().enumerate() {
        own_ids[contact].extend(stored_id(record).map(|id| (EvidenceKind::StoredId, id)));
    }
    for link in view.recorded {
        if let Some(contact) = link.contact.as_ref().and_then(|id| finder.contacts.get(id.as_str())) {
            own_ids[*contact].push((EvidenceKind::Recorded, id_key(link.user.as_str())));
        }
    }
    for (contact, ids) in own_ids.iter_mut().enumerate() {
        // A split overrules an id as well: what a person decided must not come back by what was written before.
        ids.retain(|(_, id)| scope.links_contact(contact) && !finder.is_split(id, contact));
        // The stored id comes first: other code takes the first one for the strongest.
        ids.sort();
        ids.dedup();
    }
    own_ids
}

/// Returns the claims of people's decisions. A pin whose records are not both here is about another company or PSA, and
/// claims nothing.
fn pins(view: &View<'_>, finder: &Finder<'_>) -> Vec<Claim> {
    let claim = |pin: &Pin| {
        let user = *finder.users.get(&id_key(pin.user.as_str()))?;
        let contact = *finder.contacts.get(pin.contact.as_str())?;
        Some(Claim { kind: EvidenceKind::Decision, user, contact, value: pin.contact.to_string() })
    };
    view.input.decisions.pins.iter().filter_map(claim).collect()
}

/// Returns for every contact the users of the tenant that it belongs to by an id or a decision.
fn owners(own_ids: &[OwnIds], pins: &[Claim], finder: &Finder<'_>) -> Vec<BTreeSet<usize>> {
    let here = |ids: &OwnIds| ids.iter().filter_map(|(_, id)| finder.users.get(id).copied()).collect();
    let mut owners: Vec<BTreeSet<usize>> = own_ids.iter().map(here).collect();
    for pin in pins {
        owners[pin.contact].insert(pin.user);
    }
    owners
}

/// Returns every claim between records that take part, strongest kind first.
fn claims(
    view: &View<'_>,
    scope: &Scope,
    finder: &Finder<'_>,
    pins: Vec<Claim>,
    own_ids: &[OwnIds],
) -> Vec<Claim> {
    let by_id = own_ids.iter().enumerate().flat_map(|(contact, ids)| {
        ids.iter().filter_map(move |(kind, id)| {
            // The id of a user who is gone claims nothing: it makes the contact an orphan.
            let user = *finder.users.get(id)?;
            Some(Claim { kind: *kind, user, contact, value: id.clone() })
        })
    });
    let mut claims: Vec<Claim> = pins
        .into_iter()
        .chain(by_id)
        .chain(by_address(view))
        .filter(|claim| scope.links_user(claim.user) && scope.links_contact(claim.contact))
        .filter(|claim| !finder.is_split(&id_key(view.users[claim.user].id.as_str()), claim.contact))
        .collect();
    claims.sort();
    claims.dedup();
    claims
}

/// Returns the contacts that store one id together, with its user if the tenant has it.
fn shared_ids(own_ids: &[OwnIds], finder: &Finder<'_>) -> Vec<(Option<usize>, Vec<usize>)> {
    // Any text that is neither a GUID nor the id of a user is a person's note, which several contacts may well share.
    let is_id = |id: &String| is_guid(id) || finder.users.contains_key(id);
    let stored = |ids: &OwnIds| {
        let id = ids.iter().find(|(kind, id)| *kind == EvidenceKind::StoredId && is_id(id));
        id.map(|(_, id)| id.clone())
    };
    index(own_ids.iter().enumerate().map(|(contact, ids)| (contact, stored(ids))))
        .into_iter()
        .filter(|(_, contacts)| contacts.len() > 1)
        .map(|(id, contacts)| (finder.users.get(&id).copied(), contacts))
        .collect()
}

/// Returns for every contact whether it is the record of a user that a decision ignores. Ignoring a person means all
/// of their records, also those that the decision does not name.
fn of_ignored(view: &View<'_>, scope: &Scope, owners: &[BTreeSet<usize>]) -> Vec<bool> {
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
    owners.iter().enumerate().map(of_ignored).collect()
}

/// Returns for every contact the user it belonged to if that user is gone. The stored id says whose a contact is; only
/// where there is none does the last run. A contact pinned to a user who is here belongs to no user who left.
fn orphans(
    own_ids: &[OwnIds],
    users: &BTreeMap<String, usize>,
    pinned: &BTreeSet<usize>,
) -> Vec<Option<Orphan>> {
    let orphan = |(contact, ids): (usize, &OwnIds)| {
        // From a note in the field, which is no GUID, no absence may be concluded.
        let (kind, id) = ids.iter().find(|(kind, id)| *kind != EvidenceKind::StoredId || is_guid(id))?;
        let gone = ids.iter().filter(|(other, _)| other == kind).all(|(_, id)| !users.contains_key(id));
        (gone && !pinned.contains(&contact)).then(|| Orphan { kind: *kind, id: id.clone() })
    };
    own_ids.iter().enumerate().map(orphan).collect()
}

/// Returns what the addresses say, of every kind that is switched on.
///
/// A primary address is one that people give as their own; an alternate one may merely receive another person's mail. So an
/// alternate counts on either side only where its row asks for it, and after every primary one.
fn by_address(view: &View<'_>) -> Vec<Claim> {
    if !view.on(Row::MatchUsers) {
        return Vec::new();
    }
    let contacts = || view.contacts.iter().enumerate();
    let primaries = index(contacts().map(|(contact, record)| (contact, contact_primary(record))));
    let alternates = index(contacts().flat_map(|(contact, record)| {
        keys(&record.alternates).into_iter().map(move |address| (contact, Some(address)))
    }));
    let (tenant, psa) = (view.on(Row::Match365Alternates), view.on(Row::MatchPsaAlternates));
    let mut found = Vec::new();
    for (user, record) in view.users.iter().enumerate() {
        let own: BTreeSet<String> = primary(record).into_iter().collect();
        // Sign-in name and mail address differ in many tenants; the PSA may know either.
        let name: BTreeSet<String> = email::key(&record.user_name).into_iter().collect();
        let other = keys(&record.alternates);
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
                let claim = |contact: &usize| Claim { kind, user, contact: *contact, value: address.clone() };
                found.extend(contacts.map(claim));
            }
        }
    }
    found
}
