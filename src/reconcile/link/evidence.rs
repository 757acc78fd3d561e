//! Everything that speaks for a user and a contact being one person, of every kind, before anything decides.
//!
//! Nothing is weighed here: each kind is collected by itself, and the order of the kinds says which one counts for more.
//! A decision is a person's word. A stored id was written by crsync or by hand for this very purpose. A link of an
//! earlier run rests on evidence that was there then. Addresses come last, as they are given to other people in time.
//!
//! A company of a million people has millions of claims, so a claim holds no text: what it rests on is looked up when it
//! is shown.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::Row;
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::input::{Groups, Number, Pin, View, is_guid};
use crate::reconcile::scope::Scope;

/// One reason to believe that a user and a contact are one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Claim {
    pub(crate) kind: EvidenceKind,
    user: u32,
    contact: u32,
    /// The address that both have.
    address: Option<Number>,
}

impl Claim {
    fn new(kind: EvidenceKind, user: usize, contact: usize, address: Option<Number>) -> Self {
        // A listing never has more records than such a number can say.
        let [user, contact] = [user, contact].map(|record| u32::try_from(record).unwrap_or(u32::MAX));
        Self { kind, user, contact, address }
    }

    pub(crate) fn user(&self) -> usize {
        self.user as usize
    }

    pub(crate) fn contact(&self) -> usize {
        self.contact as usize
    }

    /// Returns what the claim rests on: an id or an address.
    pub(crate) fn value<'v>(&self, view: &'v View<'_>) -> &'v str {
        match (self.kind, self.address) {
            (_, Some(address)) => view.addresses.text(address),
            (EvidenceKind::Decision, None) => view.contacts[self.contact()].id.as_str(),
            (_, None) => view.ids.text(view.ids.of_user(self.user())),
        }
    }

    /// Returns the claim as it is shown.
    pub(crate) fn evidence(&self, view: &View<'_>, decided: bool) -> Evidence {
        Evidence { kind: self.kind, value: self.value(view).to_owned(), decided }
    }
}

/// The 365 user that a contact belonged to by its own id, and who is gone from the tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Orphan {
    pub(crate) kind: EvidenceKind,
    pub(crate) id: Number,
}

/// What the records of a company say about who is who.
pub(crate) struct Testimony {
    /// All claims, strongest kind first; splits and records without part left out.
    pub(crate) claims: Vec<Claim>,
    /// For every contact, the ids of users it belongs to (2, 3), with the kind that says so.
    pub(crate) own_ids: OwnIds,
    /// For every contact, the user it belonged to if that user is gone from the tenant.
    pub(crate) orphans: Vec<Option<Orphan>>,
    /// Contacts that belong, by id or email, to a user that a decision ignores.
    pub(crate) of_ignored: Vec<bool>,
    /// Contacts that store the same id, with its user if there is one in the tenant.
    pub(crate) shared_ids: Vec<(Option<usize>, Vec<usize>)>,
    /// Users and contacts that are one person by decision.
    pins: BTreeMap<usize, Vec<usize>>,
}

impl Testimony {
    /// Returns the users of the tenant that a contact belongs to by an id or a decision, if they exist; one may
    /// be there twice.
    pub(crate) fn owners(&self, view: &View<'_>, contact: usize) -> impl Iterator<Item = usize> {
        let pinned = self.pins.get(&contact).into_iter().flatten().copied();
        self.own_ids.of(contact).iter().filter_map(|(_, id)| view.ids.user(*id)).chain(pinned)
    }
}

/// Collects what the records say.
pub(crate) fn collect(view: &View<'_>, scope: &Scope) -> Testimony {
    let own_ids = OwnIds::new(view, scope);
    let mut pins: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (user, contact) in pairs(view) {
        pins.entry(contact).or_default().push(user);
    }
    let mut testimony = Testimony {
        orphans: orphans(view, &own_ids, &pins),
        of_ignored: Vec::new(),
        shared_ids: shared_ids(view, &own_ids),
        claims: claims(view, scope, &own_ids),
        own_ids,
        pins,
    };
    testimony.of_ignored = of_ignored(view, scope, &testimony);
    testimony
}

/// For every contact, the ids that it belongs to, with the kind of evidence that says so: the one that it stores, and
/// those of earlier runs.
pub(crate) struct OwnIds {
    all: Vec<(EvidenceKind, Number)>,
    ends: Vec<usize>,
}

impl OwnIds {
    fn new(view: &View<'_>, scope: &Scope) -> Self {
        let mut own = Self { all: Vec::new(), ends: Vec::with_capacity(view.contacts.len()) };
        let is_on = view.on(Row::MatchUsers);
        for contact in 0..view.contacts.len() {
            let start = own.all.len();
            if is_on && scope.links_contact(contact) {
                let recorded = view.ids.recorded_of_contact(contact);
                let recorded = recorded.map(|link| (EvidenceKind::Recorded, view.ids.recorded()[link].user));
                let stored = view.ids.stored(contact).map(|id| (EvidenceKind::StoredId, id));
                // A split overrules an id as well: what a person decided must not come back by what was written before.
                let counts = |(_, id): &(EvidenceKind, Number)| !view.ids.is_split(*id, contact);
                own.all.extend(stored.into_iter().chain(recorded).filter(counts));
                // The stored id comes first: other code takes the first one for the strongest.
                let order = |id: &(EvidenceKind, Number)| (id.0, view.ids.text(id.1));
                own.all[start..].sort_by(|a, b| order(a).cmp(&order(b)));
                let mut kept = start;
                for at in start..own.all.len() {
                    if at == start || own.all[at] != own.all[kept - 1] {
                        own.all[kept] = own.all[at];
                        kept += 1;
                    }
                }
                own.all.truncate(kept);
            }
            own.ends.push(own.all.len());
        }
        own
    }

    /// Returns the ids of a contact, the stored one first.
    pub(crate) fn of(&self, contact: usize) -> &[(EvidenceKind, Number)] {
        let start = if contact == 0 { 0 } else { self.ends[contact - 1] };
        &self.all[start..self.ends[contact]]
    }

    /// Returns all contacts with their ids.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &[(EvidenceKind, Number)])> {
        (0..self.ends.len()).map(|contact| (contact, self.of(contact)))
    }
}

/// Returns the users and contacts of people's decisions. A pin whose records are not both here is about another company
/// or PSA, and claims nothing.
fn pairs(view: &View<'_>) -> impl Iterator<Item = (usize, usize)> {
    let pair = |pin: &Pin| Some((view.ids.find_user(&pin.user)?, view.ids.contact(&pin.contact)?));
    view.input.decisions.pins.iter().filter_map(pair)
}

/// Returns every claim between records that take part, strongest kind first.
fn claims(view: &View<'_>, scope: &Scope, own_ids: &OwnIds) -> Vec<Claim> {
    let by_decision =
        pairs(view).map(|(user, contact)| Claim::new(EvidenceKind::Decision, user, contact, None));
    let mut claims: Vec<Claim> = by_decision.collect();
    // One kind after the other, as they will stand, so that there is little left to sort.
    for kind in [EvidenceKind::StoredId, EvidenceKind::Recorded] {
        claims.extend(own_ids.iter().flat_map(|(contact, ids)| {
            let of_kind = ids.iter().filter(move |(own, _)| *own == kind);
            // The id of a user who is gone claims nothing: it makes the contact an orphan.
            of_kind.filter_map(move |(_, id)| Some(Claim::new(kind, view.ids.user(*id)?, contact, None)))
        }));
    }
    by_address(view, &mut claims);
    claims.retain(|claim| {
        let links = scope.links_user(claim.user()) && scope.links_contact(claim.contact());
        links && !view.ids.is_split(view.ids.of_user(claim.user()), claim.contact())
    });
    let key = |claim: &Claim| (claim.kind, claim.user, claim.contact);
    let text = |claim: &Claim| claim.address.map(|address| view.addresses.text(address));
    claims.sort_by(|a, b| key(a).cmp(&key(b)).then_with(|| text(a).cmp(&text(b))));
    claims.dedup();
    claims.shrink_to_fit();
    claims
}

/// Returns the contacts that store one id together, with its user if the tenant has it.
fn shared_ids(view: &View<'_>, own_ids: &OwnIds) -> Vec<(Option<usize>, Vec<usize>)> {
    // Any text that is neither a GUID nor the id of a user is a person's note, which several contacts may well share.
    let is_id = |id: Number| view.ids.user(id).is_some() || is_guid(view.ids.text(id));
    let stored = own_ids.iter().filter_map(|(contact, ids)| {
        let (_, id) = ids.iter().find(|(kind, id)| *kind == EvidenceKind::StoredId && is_id(*id))?;
        Some((id.place(), contact))
    });
    let by_id = Groups::new(view.ids.len(), stored.collect::<Vec<_>>().into_iter());
    let shared = (0..view.ids.len()).filter(|id| by_id.of(*id).len() > 1);
    shared
        .map(|id| {
            let contacts: Vec<usize> = by_id.of(id).collect();
            (view.ids.stored(contacts[0]).and_then(|id| view.ids.user(id)), contacts)
        })
        .collect()
}

/// Returns for every contact whether it is the record of a user that a decision ignores. Ignoring a person means all
/// of their records, also those that the decision does not name.
fn of_ignored(view: &View<'_>, scope: &Scope, testimony: &Testimony) -> Vec<bool> {
    let is_ignored = |user: &usize| scope.users[*user].as_ref().is_some_and(|out| out.reason.is_left_alone());
    let ignored: BTreeSet<Number> = (0..view.users.len())
        .filter(is_ignored)
        .flat_map(|user| [view.addresses.primary(user), view.addresses.user_name(user)])
        .flatten()
        .collect();
    let of_ignored = |contact: usize| {
        let address = view.addresses.contact(contact);
        testimony.owners(view, contact).any(|user| is_ignored(&user))
            || address.is_some_and(|address| ignored.contains(&address))
    };
    (0..view.contacts.len()).map(of_ignored).collect()
}

/// Returns for every contact the user it belonged to if that user is gone. The stored id says whose a contact is; only
/// where there is none does the last run. A contact pinned to a user who is here belongs to no user who left.
fn orphans(view: &View<'_>, own_ids: &OwnIds, pinned: &BTreeMap<usize, Vec<usize>>) -> Vec<Option<Orphan>> {
    let orphan = |(contact, ids): (usize, &[(EvidenceKind, Number)])| {
        // From a note in the field, which is no GUID, no absence may be concluded.
        let is_one = |(kind, id): &(EvidenceKind, Number)| {
            *kind != EvidenceKind::StoredId || is_guid(view.ids.text(*id))
        };
        let (kind, id) = *ids.iter().find(|id| is_one(id))?;
        let gone = ids.iter().filter(|(other, _)| *other == kind).all(|(_, id)| view.ids.user(*id).is_none());
        (gone && !pinned.contains_key(&contact)).then_some(Orphan { kind, id })
    };
    own_ids.iter().map(orphan).collect()
}

/// Adds what the addresses say, of every kind that is switched on.
///
/// A primary address is one that people give as their own; an alternate one may merely receive another person's mail. So an
/// alternate counts on either side only where its row asks for it, and after every primary one.
fn by_address<'v>(view: &'v View<'_>, found: &mut Vec<Claim>) {
    if !view.on(Row::MatchUsers) {
        return;
    }
    let all = &view.addresses;
    let contacts = 0..view.contacts.len();
    let primary = contacts.clone().filter_map(|contact| Some((all.contact(contact)?.place(), contact)));
    let primaries = Groups::new(all.len(), primary);
    let further = contacts.flat_map(|contact| {
        all.contact_alternates(contact).iter().map(move |address| (address.place(), contact))
    });
    let alternates = Groups::new(all.len(), further);
    let mut add = |kind: EvidenceKind, of_user: &dyn Fn(usize) -> Addressed<'v>, index: &Groups| {
        for user in 0..view.users.len() {
            for address in of_user(user).iter() {
                let contacts = index.of(address.place());
                found.extend(contacts.map(|contact| Claim::new(kind, user, contact, Some(address))));
            }
        }
    };
    add(EvidenceKind::PrimaryEmail, &|user| Addressed::One(all.primary(user)), &primaries);
    // Sign-in name and mail address differ in many tenants; the PSA may know either.
    add(EvidenceKind::UserName, &|user| Addressed::One(all.user_name(user)), &primaries);
    let (tenant, psa) = (view.on(Row::Match365Alternates), view.on(Row::MatchPsaAlternates));
    if tenant {
        add(EvidenceKind::TenantAlternate, &|user| Addressed::All(all.user_alternates(user)), &primaries);
    }
    if psa {
        add(EvidenceKind::PsaAlternate, &|user| Addressed::One(all.primary(user)), &alternates);
    }
    if tenant && psa {
        add(EvidenceKind::BothAlternate, &|user| Addressed::All(all.user_alternates(user)), &alternates);
    }
}

/// Addresses of a user.
enum Addressed<'v> {
    One(Option<Number>),
    All(&'v [Number]),
}

impl Addressed<'_> {
    fn iter(&self) -> impl Iterator<Item = Number> {
        let (one, all): (Option<Number>, &[Number]) = match self {
            Self::One(one) => (*one, &[]),
            Self::All(all) => (None, all),
        };
        one.into_iter().chain(all.iter().copied())
    }
}
