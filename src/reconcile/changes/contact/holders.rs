//! Who has which address, so that no two records end with the same one.

use crate::reconcile::input::{Groups, Number, View};
use crate::reconcile::scope::Scope;

/// The users in scope, by primary email and user name. An account that is out of scope blocks no create.
pub(crate) struct Holders(Groups);

impl Holders {
    pub(crate) fn new(view: &View<'_>, scope: &Scope) -> Self {
        let all = &view.addresses;
        let users = (0..view.users.len()).filter(|user| scope.users[*user].is_none());
        let pairs = users.flat_map(|user| {
            let own = [all.primary(user), all.user_name(user)].into_iter().flatten();
            own.map(move |address| (address.place(), user))
        });
        Self(Groups::new(all.len(), pairs))
    }

    /// Reports whether a user other than `user` has the address.
    pub(crate) fn is_shared(&self, address: Number, user: usize) -> bool {
        self.0.of(address.place()).any(|other| other != user)
    }
}

/// Who has which address once the existing contacts are written.
pub(crate) struct AddressHolders {
    /// For every address, the first contact that has it.
    contacts: Vec<Option<usize>>,
    users: Holders,
}

/// The next step where a decision tells whose an address is.
const DECIDE: &str = "write a pin, a split or an ignore into decisions.toml, or correct the records";

impl AddressHolders {
    /// Takes in the address that every contact has then, where a record has it now.
    pub(crate) fn new(view: &View<'_>, users: Holders, addresses: &[Option<Number>]) -> Self {
        let mut contacts = vec![None; view.addresses.len()];
        for (contact, address) in addresses.iter().enumerate() {
            let alternates = view.addresses.contact_alternates(contact);
            for address in address.iter().chain(alternates) {
                contacts[address.place()].get_or_insert(contact);
            }
        }
        Self { contacts, users }
    }

    /// Returns why a new contact for `user` would be the second contact of a person, and the next step.
    pub(crate) fn objection(&self, view: &View<'_>, user: usize) -> Option<(String, &'static str)> {
        let all = &view.addresses;
        let own = || [all.primary(user), all.user_name(user)].into_iter().flatten();
        let mut addresses = own().chain(all.user_alternates(user).iter().copied());
        let held = addresses.find_map(|address| Some((address, self.contacts[address.place()]?)));
        if let Some((address, contact)) = held {
            let is_further = all.contact_alternates(contact).contains(&address);
            let (address, id) = (all.text(address), &view.contacts[contact].id);
            return Some(if is_further {
                let reason =
                    format!("no contact is made: {address} is a further address of contact {id} already");
                (
                    reason,
                    "write a pin into decisions.toml if they are one person, else take the address off that contact",
                )
            } else {
                (format!("no contact is made: {address} belongs to contact {id} already"), DECIDE)
            });
        }
        let shared = own().find(|address| self.users.is_shared(*address, user));
        let reason =
            |address| format!("no contact is made: another 365 user has {} as well", all.text(address));
        shared.map(|address| (reason(address), DECIDE))
    }
}
