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
    /// For every address, the contacts that have it.
    contacts: Groups,
    users: Holders,
}

/// The next step where a contact, or another user, has a user's own address: that they are two people does not make
/// the address one that both can have.
const OWN: &str = "write a pin or an ignore into decisions.toml, or correct the records";

/// The next step where a contact has an address of which a user merely receives the mail.
const FURTHER: &str = "write a pin or a split into decisions.toml, or correct the records";

impl AddressHolders {
    /// Takes in the address that every contact has then, where a record has it now.
    pub(crate) fn new(view: &View<'_>, users: Holders, addresses: &[Option<Number>]) -> Self {
        let held = addresses.iter().enumerate().flat_map(|(contact, address)| {
            let all = address.iter().chain(view.addresses.contact_alternates(contact));
            all.map(move |address| (address.place(), contact))
        });
        Self { contacts: Groups::new(view.addresses.len(), held), users }
    }

    /// Returns why a new contact for `user` would be the second contact of a person, and the next step.
    ///
    /// An address of which the user merely receives the mail may well be another person's, if a decision says so.
    pub(crate) fn objection(&self, view: &View<'_>, user: usize) -> Option<(String, &'static str)> {
        let all = &view.addresses;
        let own = || [all.primary(user), all.user_name(user)].into_iter().flatten();
        let holders =
            |address: Number| self.contacts.of(address.place()).map(move |contact| (address, contact));
        let id = view.ids.of_user(user);
        let further = all.user_alternates(user).iter().filter(|address| own().all(|own| own != **address));
        let further = further.flat_map(|address| holders(*address));
        let further = further.filter(|(_, contact)| !view.ids.is_split(id, *contact));
        if let Some((address, contact)) = own().flat_map(holders).chain(further).next() {
            let is_further = all.contact_alternates(contact).contains(&address);
            let next = if own().any(|own| own == address) { OWN } else { FURTHER };
            let (address, id) = (all.text(address), &view.contacts[contact].id);
            return Some(if is_further {
                let reason =
                    format!("no contact is made: {address} is a further address of contact {id} already");
                (
                    reason,
                    "write a pin into decisions.toml if they are one person, else take the address off that contact",
                )
            } else {
                (format!("no contact is made: {address} belongs to contact {id} already"), next)
            });
        }
        let shared = own().find(|address| self.users.is_shared(*address, user));
        let reason =
            |address| format!("no contact is made: another 365 user has {} as well", all.text(address));
        shared.map(|address| (reason(address), OWN))
    }
}
