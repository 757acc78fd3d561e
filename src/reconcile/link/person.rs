//! The records believed to be one human.

use super::evidence::Orphan;
use crate::model::{Field, Side, Unasked};
use crate::plan::{EvidenceKind, Who};
use crate::reconcile::input::{View, who_contact, who_portal_user, who_user};
use crate::text::email;

/// The records believed to be one human, by their place in [`View`].
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct LinkedPerson {
    pub(crate) user: Option<usize>,
    pub(crate) contact: Option<usize>,
    pub(crate) portal_user: Option<usize>,
    /// What linked user and contact.
    pub(crate) linked_by: Option<EvidenceKind>,
    /// What linked the portal user.
    pub(crate) portal_linked_by: Option<EvidenceKind>,
    /// The user the contact belonged to by its own id, gone from the tenant.
    pub(crate) orphan: Option<Orphan>,
    /// The conflict that one of the records is in.
    pub(crate) conflict: Option<usize>,
    /// Whether the person belongs to a record that a decision ignores.
    pub(crate) ignored: bool,
}

impl LinkedPerson {
    /// Reports whether the person rests on evidence that a stored id which is not known yet could overrule: its
    /// contact's own, or one that names the user on another contact. The latter is not waited for where the service
    /// refuses to tell it, which may last for ever. Of a person without a contact see
    /// [`LinkedCompany::assumed`](crate::reconcile::linked::LinkedCompany::assumed).
    pub(crate) fn waits(&self, view: &View<'_>) -> bool {
        let (Some(contact), Some(pending)) = (self.contact, &view.own.pending) else { return false };
        let by_id = self.linked_by.is_some_and(|kind| kind <= EvidenceKind::StoredId);
        let others = pending.unknown > 0 && matches!(pending.why, Unasked::Until(_));
        !by_id && view.stores_ids() && (view.lacks_id(contact) || (others && self.linked_by.is_some()))
    }

    /// Returns the contact if it is active, and the portal user if it may sign in.
    pub(crate) fn in_use(&self, view: &View<'_>) -> impl Iterator<Item = (Side, usize)> + use<> {
        let is_active = |contact: &usize| view.contacts[*contact].active != Some(false);
        let can_sign_in = |user: &usize| {
            let login = (view.portal_users[*user].id.clone(), Field::Login);
            view.input.memory.written.get(&login).map(String::as_str) != Some("false")
        };
        let contact = self.contact.filter(is_active).map(|contact| (Side::Psa, contact));
        let portal_user = self.portal_user.filter(can_sign_in).map(|user| (Side::Portal, user));
        contact.into_iter().chain(portal_user)
    }

    /// Reports whether the user is the contact's own, not one that merely receives its mail.
    pub(crate) fn is_own_user(&self) -> bool {
        self.orphan.is_some() || self.linked_by.is_some_and(|kind| kind <= EvidenceKind::UserName)
    }

    /// Reports whether the portal user is the person's own, not one with some address of theirs.
    pub(crate) fn is_own_portal_user(&self) -> bool {
        self.portal_linked_by.is_some_and(|kind| kind <= EvidenceKind::UserName)
    }

    /// Reports whether the records can follow the state of a user who never took part: they have its own address.
    pub(crate) fn can_follow(&self) -> bool {
        // The id of a user who is gone, which only the PSA itself has, is no address of the contact.
        let by_id_alone = self.orphan.is_some_and(|orphan| orphan.kind == EvidenceKind::StoredId);
        match self.contact {
            Some(_) => self.is_own_user() && !by_id_alone,
            None => self.is_own_portal_user(),
        }
    }

    /// Reports whether user and contact were linked by an id or by a decision.
    pub(crate) fn is_linked_by_id(&self) -> bool {
        self.orphan.is_some() || self.linked_by.is_some_and(|kind| kind <= EvidenceKind::Recorded)
    }

    /// Returns the person's name, as 365 spells it, else the PSA, else the portal.
    pub(crate) fn who(&self, view: &View<'_>) -> Who {
        let user = self.user.map(|user| who_user(view.users[user]));
        let who = user
            .or_else(|| self.contact.map(|contact| who_contact(view.contacts[contact])))
            .or_else(|| self.portal_user.map(|user| who_portal_user(view.portal_users[user])));
        let who = who.unwrap_or(Who { name: String::new(), email: None });
        let of_contact = || self.contact.and_then(|contact| view.contacts[contact].email());
        let of_portal = || self.portal_user.and_then(|user| view.portal_users[user].email());
        let email = who.email.or_else(|| of_contact().or_else(of_portal).map(ToOwned::to_owned));
        Who { name: who.name, email }
    }

    /// Returns all own addresses of the person on any side, lower-case.
    pub(crate) fn addresses(&self, view: &View<'_>) -> Vec<String> {
        let user = self.user.map(|user| view.users[user]);
        let texts = [
            user.and_then(|user| user.email()),
            user.map(|user| user.user_name.as_str()),
            self.contact.and_then(|contact| view.contacts[contact].email()),
            self.portal_user.and_then(|user| view.portal_users[user].email()),
            self.portal_user.and_then(|user| view.portal_users[user].fields.text(Field::UserName)),
        ];
        let texts = texts.into_iter().flatten().map(|text| email::normalise(text).into_owned());
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// Returns all addresses of the person on any side, aliases included, in lower case.
    pub(crate) fn all_addresses(&self, view: &View<'_>) -> Vec<String> {
        let of_user = self.user.map(|user| view.users[user].alternates.as_slice());
        let of_contact = self.contact.map(|contact| view.contacts[contact].alternates.as_slice());
        let further = of_user.into_iter().chain(of_contact).flatten();
        let further = further.map(|address| email::normalise(address).into_owned());
        let further = further.filter(|address| !address.is_empty());
        self.addresses(view).into_iter().chain(further).collect()
    }
}
