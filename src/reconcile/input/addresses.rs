//! The addresses of a company's records, each in its one spelling and by one number.

use std::borrow::Cow;

use super::distinct::{Distinct, Number};
use crate::model::{Contact, PortalUser, User};
use crate::text::email;

/// The usable addresses of a company's records. Every record's are brought into their one spelling once.
pub(crate) struct Addresses<'a> {
    known: Distinct<'a>,
    users: Vec<[Option<Number>; 2]>,
    contacts: Vec<Option<Number>>,
    portal_users: Vec<Option<Number>>,
    user_alternates: Lists,
    contact_alternates: Lists,
}

impl<'a> Addresses<'a> {
    /// Collects the addresses; the further ones of users only where they count. Those of contacts keep a second contact
    /// from being made even where they do not link.
    pub(crate) fn new(
        users: &[&'a User],
        contacts: &[&'a Contact],
        portal_users: &[&'a PortalUser],
        of_users: bool,
    ) -> Self {
        let mut known = Distinct::with_room(users.len().max(contacts.len()).max(portal_users.len()));
        let mut add = |text: Option<&'a str>| text.and_then(email::key).map(|text| known.add(text));
        let own = users.iter().map(|user| [add(user.email()), add(Some(&user.user_name))]).collect();
        let of_contact = contacts.iter().map(|contact| add(contact.email())).collect();
        let of_portal_user = portal_users.iter().map(|user| add(user.email())).collect();
        let users = users.iter().map(|user| if of_users { &user.alternates[..] } else { &[] });
        let user_alternates = Lists::new(&mut known, users);
        let contacts = contacts.iter().map(|contact| &contact.alternates[..]);
        let contact_alternates = Lists::new(&mut known, contacts);
        Self {
            known,
            users: own,
            contacts: of_contact,
            portal_users: of_portal_user,
            user_alternates,
            contact_alternates,
        }
    }

    /// Returns how many addresses there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Returns an address in its one spelling.
    pub(crate) fn text(&self, address: Number) -> &str {
        self.known.text(address)
    }

    /// Returns the address that is spelled so, if a record has it.
    pub(crate) fn find(&self, spelled: &str) -> Option<Number> {
        self.known.find(spelled)
    }

    /// Returns a user's own address.
    pub(crate) fn primary(&self, user: usize) -> Option<Number> {
        self.users[user][0]
    }

    /// Returns a user's name, where it is an address.
    pub(crate) fn user_name(&self, user: usize) -> Option<Number> {
        self.users[user][1]
    }

    /// Returns a contact's own address.
    pub(crate) fn contact(&self, contact: usize) -> Option<Number> {
        self.contacts[contact]
    }

    /// Returns a portal user's address.
    pub(crate) fn portal_user(&self, user: usize) -> Option<Number> {
        self.portal_users[user]
    }

    /// Returns the further addresses of a user that count, in the order of their texts.
    pub(crate) fn user_alternates(&self, user: usize) -> &[Number] {
        self.user_alternates.of(user)
    }

    /// Returns the further addresses of a contact, in the order of their texts.
    pub(crate) fn contact_alternates(&self, contact: usize) -> &[Number] {
        self.contact_alternates.of(contact)
    }
}

/// A list of addresses for every record.
#[derive(Default)]
struct Lists {
    ends: Vec<usize>,
    all: Vec<Number>,
}

impl Lists {
    fn new<'a>(known: &mut Distinct<'a>, records: impl Iterator<Item = &'a [String]>) -> Self {
        let mut lists = Self::default();
        for addresses in records {
            let start = lists.all.len();
            let usable = addresses.iter().filter_map(|address| email::key(address));
            lists.all.extend(usable.map(|text: Cow<'a, str>| known.add(text)));
            let own = &mut lists.all[start..];
            own.sort_by(|a, b| known.text(*a).cmp(known.text(*b)));
            // Those of one text are one number, and stand together now.
            let mut kept = start;
            for at in start..lists.all.len() {
                if at == start || lists.all[at] != lists.all[kept - 1] {
                    lists.all[kept] = lists.all[at];
                    kept += 1;
                }
            }
            lists.all.truncate(kept);
            lists.ends.push(kept);
        }
        lists
    }

    fn of(&self, record: usize) -> &[Number] {
        let start = if record == 0 { 0 } else { self.ends[record - 1] };
        &self.all[start..self.ends[record]]
    }
}
