//! What becomes of a person, now that scope and links are known.

use crate::model::{Field, Row, Unasked};
use crate::plan::{EvidenceKind, Left, Who};
use crate::text::email;

use super::link::Person;
use super::scope::Reason;
use super::view::{View, who_contact, who_portal_user, who_user};

/// How a person stands, which decides what may flow where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// The records contradict each other: nothing is written.
    Conflict,
    /// A person told to ignore one of the records: nothing is written.
    Ignored,
    /// Row 6, or the contact's type, excludes one of the records.
    Excluded,
    /// A 365 user in scope: everything flows.
    InScope,
    /// The 365 user was there and is seen to have left.
    Leaver(Left),
    /// The 365 user is out of scope and has not left, or that is not known: nothing is written.
    Stays(Stay),
    /// No 365 user whose values count: the contact alone flows to the portal.
    Backed,
    /// Who the person is may look otherwise once all stored ids are known: nothing is written until then.
    Waiting,
    /// Nothing flows, and the person has not left.
    Idle,
}

/// Why contact and portal user of a user out of scope stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stay {
    /// The user never took part, so that the state it is in is nothing that happened.
    NeverSeen(Left),
    /// The user took part before, and is out for a reason that is a setting.
    BySetting(Reason),
    /// The listing suggests that the user left in this way; the look at it does not say.
    Unclear(Left),
    /// The listing lacked the user, who is there.
    Unlisted,
    /// The listing suggests that the user left in this way; the look at it says otherwise.
    Returned(Left),
}

impl Standing {
    /// The same in one sentence.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Conflict => "in conflict: nothing is written",
            Self::Ignored => "ignored by decision: nothing is written",
            Self::Excluded => "excluded: records are left as they are",
            Self::InScope => "365 user in scope: everything flows",
            Self::Leaver(Left::Disabled) => "the 365 user left: disabled",
            Self::Leaver(Left::NoLicence) => "the 365 user left: without a licence",
            Self::Leaver(Left::Deleted) => "the 365 user left: deleted",
            Self::Stays(Stay::NeverSeen(_)) => {
                "never took part, so the 365 user has not left: contact and portal user are left as they are"
            }
            Self::Stays(Stay::BySetting(_)) => {
                "out of scope by a setting, the 365 user has not left: contact and portal user are left as they are"
            }
            Self::Stays(Stay::Unclear(_)) => {
                "the 365 user seems to have left, but that could not be seen: nothing is written"
            }
            Self::Stays(Stay::Unlisted | Stay::Returned(_)) => {
                "the listing suggests that the 365 user left, a look by its id does not: nothing is written"
            }
            Self::Backed => "no 365 user in scope: the contact alone flows to the portal",
            Self::Waiting => "nothing is written until all stored ids are known",
            Self::Idle => "out of scope, and the person has not left: nothing flows",
        }
    }
}

impl Person {
    /// Whether the person rests on evidence that a stored id which is not known yet could overrule: its contact's
    /// own, or one that names the user on another contact. The latter is not waited for where the service refuses
    /// to tell it, which may last for ever. Of a person without a contact see [`waiting`](super::waiting).
    pub(super) fn waits(&self, view: &View<'_>) -> bool {
        let (Some(contact), Some(pending)) = (self.contact, &view.own.pending) else { return false };
        let by_id = self.linked_by.is_some_and(|kind| kind <= EvidenceKind::StoredId);
        let others = pending.unknown > 0 && matches!(pending.why, Unasked::Until(_));
        !by_id && view.stores_ids() && (view.lacks_id(contact) || (others && self.linked_by.is_some()))
    }

    /// Whether the user is the contact's own, not one that merely receives its mail.
    pub(super) fn is_own_user(&self) -> bool {
        self.orphan.is_some() || self.linked_by.is_some_and(|kind| kind <= EvidenceKind::UserName)
    }

    /// Whether the portal user is the person's own, not one with some address of theirs.
    pub(super) fn is_own_portal_user(&self) -> bool {
        self.portal_linked_by.is_some_and(|kind| kind <= EvidenceKind::UserName)
    }

    /// Whether user and contact were linked by an id or by a decision.
    pub(super) fn is_linked_by_id(&self) -> bool {
        self.orphan.is_some() || self.linked_by.is_some_and(|kind| kind <= EvidenceKind::Recorded)
    }

    /// The person's name, as 365 spells it, else the PSA, else the portal.
    pub(super) fn who(&self, view: &View<'_>) -> Who {
        let whos = [
            self.user.map(|user| who_user(view.users[user])),
            self.contact.map(|contact| who_contact(view.contacts[contact])),
            self.portal_user.map(|user| who_portal_user(view.portal_users[user])),
        ];
        let mut whos = whos.into_iter().flatten();
        let mut who = whos.next().unwrap_or(Who { name: String::new(), email: None });
        for other in whos {
            who.email = who.email.or(other.email);
        }
        who
    }

    /// All own addresses of the person on any side, lower-case.
    pub(super) fn addresses(&self, view: &View<'_>) -> Vec<String> {
        let user = self.user.map(|user| view.users[user]);
        let texts = [
            user.and_then(|user| user.email()),
            user.map(|user| user.user_name.as_str()),
            self.contact.and_then(|contact| view.contacts[contact].email()),
            self.portal_user.and_then(|user| view.portal_users[user].email()),
            self.portal_user.and_then(|user| view.portal_users[user].fields.text(Field::UserName)),
        ];
        texts.into_iter().flatten().map(email::normalise).filter(|text| !text.is_empty()).collect()
    }

    /// Returns all addresses of the person on any side, aliases included, in lower case.
    pub(super) fn all_addresses(&self, view: &View<'_>) -> Vec<String> {
        let of_user = self.user.map(|user| view.users[user].alternates.as_slice());
        let of_contact = self.contact.map(|contact| view.contacts[contact].alternates.as_slice());
        let further = of_user.into_iter().chain(of_contact).flatten();
        let further = further.map(|address| email::normalise(address)).filter(|address| !address.is_empty());
        self.addresses(view).into_iter().chain(further).collect()
    }
}

/// Whether a contact with this email can flow to the portal by itself.
pub(super) fn flows_alone(view: &View<'_>, live: bool, address: Option<&str>) -> bool {
    view.on(Row::SyncFromPsa) && live && address.is_some_and(email::is_usable)
}
