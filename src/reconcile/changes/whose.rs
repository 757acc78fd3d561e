//! Whose an address is, and whose a contact, so that no person gets a second portal user.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::contact::Contacts;
use crate::model::Field;
use crate::reconcile::input::{View, who_user};
use crate::reconcile::link::Links;
use crate::reconcile::link::aside::user_and_contact;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::Scope;
use crate::text::email;
use crate::text::person_name::Likely;

/// How strongly persons hold an address: 0 as the user's primary email, 1 as its user name, 2 as the contact's email.
pub(crate) type Held = BTreeMap<usize, u8>;

/// Whose an address is.
pub(crate) struct Whose<'b> {
    pub(crate) view: &'b View<'b>,
    pub(crate) scope: &'b Scope,
    pub(crate) persons: &'b [LinkedPerson],
    pub(crate) contacts: &'b Contacts,
}

impl<'b> Whose<'b> {
    /// Returns the addresses of a person who is in scope or has a live contact, the strongest first.
    pub(crate) fn addresses(&self, index: usize) -> [Option<&'b str>; 3] {
        let person = &self.persons[index];
        let user = person.user.filter(|user| self.scope.users[*user].is_none());
        let after = self.contacts.after(self.view, index, person);
        if user.is_none() && after.is_none_or(|after| after.live == Some(false)) {
            return [None; 3];
        }
        let user = user.map(|user| self.view.users[user]);
        let email = after.and_then(|after| after.fields.text(Field::Email));
        [user.and_then(|user| user.email()), user.map(|user| user.user_name.as_str()), email]
    }

    /// Returns the holders of the addresses that are `wanted`.
    pub(crate) fn holders(&self, wanted: &HashSet<Cow<'_, str>>) -> HashMap<Cow<'b, str>, Held> {
        let mut holders: HashMap<Cow<'b, str>, Held> = HashMap::new();
        for index in 0..self.persons.len() {
            for (rank, address) in (0_u8..).zip(self.addresses(index)) {
                let Some(address) = address.and_then(email::key) else { continue };
                if wanted.contains(&address) {
                    holders.entry(address).or_default().entry(index).or_insert(rank);
                }
            }
        }
        holders
    }
}

/// Returns why a portal user for a contact without a 365 user would be the second one of a person: a user with another
/// contact has an address of it as well, and its name. A front desk whose mail a user gets has a name of its own.
pub(crate) fn second_of(
    view: &View<'_>,
    scope: &Scope,
    links: &Links,
    person: &LinkedPerson,
) -> Option<String> {
    let contact = person.contact.filter(|_| person.user.is_none())?;
    let contact = view.contacts[contact];
    let is_same = |user: usize| user_and_contact(view.users[user], contact) == Likely::Same;
    let mut claims = links.claimed_by(person);
    let other =
        claims.find(|claim| claim.linked && scope.users[claim.user].is_none() && is_same(claim.user))?;
    let user = who_user(view.users[other.user]);
    let whose = user.email.unwrap_or(user.name);
    Some(format!(
        "no portal user is made: contact {} has the name and an address of 365 user {whose}, who has another contact",
        contact.id
    ))
}
