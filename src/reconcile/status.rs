//! What becomes of a person, now that scope and links are known.

use crate::model::{Field, Row};
use crate::plan::Left;
use crate::reconcile::input::View;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::reason::Reason;
use crate::text::email;

/// Holds the status of a person, which decides what may flow where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PersonStatus {
    /// The records contradict each other: nothing is written.
    Conflict,
    /// A decision ignores one of the records: nothing is written.
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
pub(crate) enum Stay {
    /// The user never took part, so that the state it is in is nothing that happened.
    NeverSeen(Left),
    /// The user took part before, and is out for a reason that is a setting.
    BySetting(Reason),
    /// The user belongs to another tenant, which the company's own one knows nothing of.
    OtherTenant,
    /// The listing suggests that the user left in this way; the look at it does not say.
    Unclear(Left),
    /// The listing lacked the user, who is there.
    Unlisted,
    /// The listing suggests that the user left in this way; the look at it says otherwise.
    Returned(Left),
}

impl PersonStatus {
    /// Returns what the status means for the person's records, in one sentence.
    pub(crate) fn words(self) -> &'static str {
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
            Self::Stays(Stay::OtherTenant) => {
                "the 365 user belongs to another tenant: contact and portal user are left as they are"
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

/// Reports whether a contact with this email can flow to the portal by itself.
pub(crate) fn flows_alone(view: &View<'_>, live: bool, address: Option<&str>) -> bool {
    view.on(Row::SyncFromPsa) && live && address.is_some_and(email::is_usable)
}

/// Reports whether a person takes part: a user in scope, or a contact that flows to the portal by itself.
pub(crate) fn takes_part(view: &View<'_>, person: &LinkedPerson, status: PersonStatus) -> bool {
    let contact = person.contact.map(|contact| view.contacts[contact]);
    match status {
        PersonStatus::InScope => true,
        PersonStatus::Backed => contact.is_some_and(|contact| {
            flows_alone(view, contact.active == Some(true), contact.fields.text(Field::Email))
        }),
        _ => false,
    }
}
