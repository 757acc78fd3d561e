//! Addresses with something around them: such a text links to no one, so the person that it is meant for seems to
//! have no record. Nothing is made beside such a record until it is corrected.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Fields, Id, Side};
use crate::reconcile::input::View;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::Scope;
use crate::text::{email, name};

/// The records that hold such texts, by the addresses in them.
pub(crate) struct Mistyped<'a> {
    contacts: BTreeMap<String, Vec<Holder<'a>>>,
    portal_users: BTreeMap<String, Vec<Holder<'a>>>,
}

struct Holder<'a> {
    id: &'a Id,
    fields: &'a Fields,
    /// What the field holds.
    text: &'a str,
    /// Whether it is the only address in the text.
    alone: bool,
}

impl<'a> Mistyped<'a> {
    /// Collects the contacts and portal users that are linked to no 365 user and take part in linking.
    pub(crate) fn new(view: &View<'a>, scope: &Scope, persons: &[LinkedPerson]) -> Self {
        let (mut contacts, mut portal_users) =
            (vec![false; view.contacts.len()], vec![false; view.portal_users.len()]);
        for person in persons.iter().filter(|person| person.user.is_some()) {
            person.contact.into_iter().for_each(|contact| contacts[contact] = true);
            person.portal_user.into_iter().for_each(|user| portal_users[user] = true);
        }
        let contacts = view
            .contacts
            .iter()
            .enumerate()
            .filter(|(index, _)| scope.links_contact(*index) && !contacts[*index])
            .flat_map(|(index, contact)| {
                let own = contact.email().filter(|_| view.addresses.contact(index).is_none());
                let further = contact.alternates.iter().map(String::as_str);
                own.into_iter().chain(further).map(|text| (&contact.id, &contact.fields, text))
            });
        let portal_users = view
            .portal_users
            .iter()
            .enumerate()
            .filter(|(index, _)| scope.links_portal_user(*index) && !portal_users[*index])
            .filter(|(index, _)| view.addresses.portal_user(*index).is_none())
            .filter_map(|(_, user)| Some((&user.id, &user.fields, user.email()?)));
        Self { contacts: index(contacts), portal_users: index(portal_users) }
    }

    /// Returns why nothing is made for a user who has no contact: a contact seems to be theirs, but for its address.
    pub(crate) fn contact(&self, view: &View<'_>, user: usize) -> Option<String> {
        if self.contacts.is_empty() {
            return None;
        }
        let id = view.ids.of_user(user);
        let user = view.users[user];
        let is_other = |holder: &Holder<'_>| {
            view.ids.contact(holder.id).is_some_and(|contact| view.ids.is_split(id, contact))
        };
        let alternates: BTreeSet<Cow<'_, str>> =
            user.alternates.iter().filter_map(|address| email::key(address)).collect();
        let own = alternates.into_iter().chain(user.email().and_then(email::key));
        let own = own.chain(email::key(&user.user_name));
        let found = of(&self.contacts, own, &user.fields).find(|holder| !is_other(holder))?;
        Some(format!("neither contact nor portal user is made: contact {} {}", found.id, found.words()))
    }

    /// Returns why no portal user with `address` is made for a person with these names.
    pub(crate) fn portal_user(&self, address: &str, names: &Fields) -> Option<String> {
        let found = of(&self.portal_users, [Cow::Borrowed(address)], names).next()?;
        Some(format!("no portal user is made: portal user {} {}", found.id, found.words()))
    }
}

impl Holder<'_> {
    fn words(&self) -> String {
        format!("holds `{}`, which is no address; correct it", self.text)
    }
}

/// Returns what to do where a record holds such a text.
pub(crate) fn next(side: Side) -> &'static str {
    match side {
        Side::Psa => "correct the address of the contact in the PSA; the next run links the two",
        _ => "correct the address of the portal user; the next run links the two",
    }
}

/// Indexes the records with a text each; what is an address has nothing around it.
fn index<'a>(
    records: impl Iterator<Item = (&'a Id, &'a Fields, &'a str)>,
) -> BTreeMap<String, Vec<Holder<'a>>> {
    let mut index: BTreeMap<String, Vec<Holder<'a>>> = BTreeMap::new();
    for (id, fields, text) in records {
        let inside = email::inside(text);
        let alone = inside.len() == 1;
        for address in inside {
            index.entry(address).or_default().push(Holder { id, fields, text, alone });
        }
    }
    index
}

/// Returns the holders of texts with any of `addresses`: the only one there, or one of several beside the same name.
fn of<'b, 'a>(
    index: &'b BTreeMap<String, Vec<Holder<'a>>>,
    addresses: impl IntoIterator<Item = Cow<'b, str>>,
    names: &'b Fields,
) -> impl Iterator<Item = &'b Holder<'a>> {
    let held = addresses.into_iter().filter_map(|address| index.get(&*address)).flatten();
    held.filter(move |holder| holder.alone || is_namesake(holder.fields, names))
}

fn is_namesake(a: &Fields, b: &Fields) -> bool {
    let whole = |fields: &Fields| {
        let [first, last] =
            [Field::FirstName, Field::LastName].map(|half| fields.text(half).unwrap_or_default().to_owned());
        name::key(&name::join(&first, &last)).to_lowercase()
    };
    let (a, b) = (whole(a), whole(b));
    !a.is_empty() && a == b
}
