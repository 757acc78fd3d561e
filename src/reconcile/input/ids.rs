//! The 365 object ids that a company's records name, each by one number: users', those that contacts store, and those
//! that earlier runs knew.

use std::collections::{BTreeSet, HashMap};

use super::decisions::Decisions;
use super::distinct::{Distinct, Number};
use super::groups::Groups;
use super::keys::{id_key, stored_id};
use crate::model::{Contact, Id, PortalUser, User};
use crate::plan::Link;

/// The 365 object ids of a company, and where its other ids are found.
pub(crate) struct Ids<'a> {
    known: Distinct<'a>,
    /// For every user, its id.
    of_users: Vec<Number>,
    /// For every id, the user of the tenant who has it.
    users: Vec<Option<usize>>,
    /// For every contact, the id that it stores.
    stored: Vec<Option<Number>>,
    contacts: HashMap<&'a Id, usize>,
    /// For every link of earlier runs, its records.
    recorded: Vec<Recorded>,
    by_user: Groups,
    by_contact: Groups,
    /// Pairs of a user and a contact that are two people by decision.
    splits: BTreeSet<(Number, usize)>,
}

/// The records of a link of an earlier run, those of them that are here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recorded {
    pub(crate) user: Number,
    pub(crate) contact: Option<usize>,
    pub(crate) portal_user: Option<usize>,
}

impl<'a> Ids<'a> {
    pub(crate) fn new(
        users: &[&'a User],
        contacts: &[&'a Contact],
        portal_users: &[&'a PortalUser],
        links: &'a [Link],
        decisions: &'a Decisions,
    ) -> Self {
        let mut known = Distinct::with_room(users.len().max(contacts.len()));
        let of_users: Vec<Number> = users.iter().map(|user| known.add(id_key(user.id.as_str()))).collect();
        let stored = contacts.iter().map(|contact| stored_id(contact).map(|id| known.add(id))).collect();
        let contacts: HashMap<&Id, usize> =
            contacts.iter().enumerate().map(|(index, contact)| (&contact.id, index)).collect();
        let portal_users: HashMap<&Id, usize> =
            portal_users.iter().enumerate().map(|(index, user)| (&user.id, index)).collect();
        let record = |link: &'a Link| Recorded {
            user: known.add(id_key(link.user.as_str())),
            contact: link.contact.as_ref().and_then(|id| contacts.get(id).copied()),
            portal_user: link.portal_user.as_ref().and_then(|id| portal_users.get(id).copied()),
        };
        let recorded: Vec<Recorded> = links.iter().map(record).collect();
        let splits = decisions.splits.iter().filter_map(|split| {
            Some((known.add(id_key(split.user.as_str())), *contacts.get(&split.contact)?))
        });
        let splits = splits.collect();
        let mut by_id = vec![None; known.len()];
        for (user, id) in of_users.iter().enumerate() {
            by_id[id.place()] = Some(user);
        }
        let all = || recorded.iter().enumerate();
        Self {
            by_user: Groups::new(known.len(), all().map(|(link, of)| (of.user.place(), link))),
            by_contact: Groups::new(contacts.len(), all().filter_map(|(link, of)| Some((of.contact?, link)))),
            known,
            of_users,
            users: by_id,
            stored,
            contacts,
            recorded,
            splits,
        }
    }

    /// Returns how many ids there are.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// Returns an id in the form for comparing.
    pub(crate) fn text(&self, id: Number) -> &str {
        self.known.text(id)
    }

    /// Returns the id of a user.
    pub(crate) fn of_user(&self, user: usize) -> Number {
        self.of_users[user]
    }

    /// Returns the user of the tenant who has an id.
    pub(crate) fn user(&self, id: Number) -> Option<usize> {
        self.users[id.place()]
    }

    /// Returns the user of the tenant who has the id that is spelled so.
    pub(crate) fn find_user(&self, id: &Id) -> Option<usize> {
        self.user(self.known.find(&id_key(id.as_str()))?)
    }

    /// Returns the id that a contact stores, whatever it is.
    pub(crate) fn stored(&self, contact: usize) -> Option<Number> {
        self.stored[contact]
    }

    /// Returns the contact with an id.
    pub(crate) fn contact(&self, id: &Id) -> Option<usize> {
        self.contacts.get(id).copied()
    }

    /// Returns the links of earlier runs, in their order, by their records.
    pub(crate) fn recorded(&self) -> &[Recorded] {
        &self.recorded
    }

    /// Returns the links of earlier runs that name a user.
    pub(crate) fn recorded_of_user(&self, id: Number) -> impl DoubleEndedIterator<Item = usize> {
        self.by_user.of(id.place())
    }

    /// Returns the links of earlier runs that name a contact.
    pub(crate) fn recorded_of_contact(&self, contact: usize) -> impl DoubleEndedIterator<Item = usize> {
        self.by_contact.of(contact)
    }

    /// Reports whether a person said that the user with this id and the contact are two people.
    pub(crate) fn is_split(&self, user: Number, contact: usize) -> bool {
        self.splits.contains(&(user, contact))
    }

    /// Returns the contacts that are not the person with this id, as a person said.
    pub(crate) fn split_from(&self, user: Number) -> impl Iterator<Item = usize> {
        self.splits.range((user, 0)..=(user, usize::MAX)).map(|(_, contact)| *contact)
    }
}
