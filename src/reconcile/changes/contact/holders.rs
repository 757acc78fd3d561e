//! Who has which address, so that no two records end with the same one.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Contact, Row};
use crate::reconcile::input::View;
use crate::reconcile::link::evidence::{keys, primary};
use crate::reconcile::scope::Scope;
use crate::text::email;

/// The users in scope, by primary email and user name. An account that is out of scope blocks no create.
pub(crate) type Holders = BTreeMap<String, BTreeSet<usize>>;

pub(crate) fn holders(view: &View<'_>, scope: &Scope) -> Holders {
    let mut holders = Holders::new();
    for (user, record) in view.users.iter().enumerate().filter(|(user, _)| scope.users[*user].is_none()) {
        for address in primary(record).into_iter().chain(email::key(&record.user_name)) {
            holders.entry(address).or_default().insert(user);
        }
    }
    holders
}

/// Returns whether a user other than `user` has the address.
pub(crate) fn is_shared(holders: &Holders, address: &str, user: usize) -> bool {
    holders.get(address).is_some_and(|users| users.iter().any(|other| *other != user))
}

/// Who has which address once the existing contacts are written.
pub(crate) struct AddressHolders<'a> {
    pub(crate) contacts: BTreeMap<String, &'a Contact>,
    pub(crate) users: Holders,
}

impl<'a> AddressHolders<'a> {
    pub(crate) fn new(view: &View<'a>, users: Holders, addresses: &[Option<String>]) -> Self {
        let mut contacts = BTreeMap::new();
        for (contact, address) in view.contacts.iter().zip(addresses) {
            let alternates =
                if view.on(Row::MatchPsaAlternates) { keys(&contact.alternates) } else { keys(&[]) };
            for address in address.iter().cloned().chain(alternates) {
                contacts.entry(address).or_insert(*contact);
            }
        }
        Self { contacts, users }
    }

    /// Returns why a new contact for `user` would be the second contact of a person.
    pub(crate) fn objection(&self, view: &View<'_>, user: usize) -> Option<String> {
        let record = view.users[user];
        let own: Vec<String> = primary(record).into_iter().chain(email::key(&record.user_name)).collect();
        let other = if view.on(Row::Match365Alternates) { keys(&record.alternates) } else { keys(&[]) };
        let contact =
            own.iter().chain(&other).find_map(|address| Some((address, self.contacts.get(address)?)));
        if let Some((address, contact)) = contact {
            return Some(format!("no contact is made: {address} belongs to contact {} already", contact.id));
        }
        own.iter()
            .find(|address| is_shared(&self.users, address, user))
            .map(|address| format!("no contact is made: another 365 user has {address} as well"))
    }
}
