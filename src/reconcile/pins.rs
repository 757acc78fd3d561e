//! Whose support PINs are wanted, before anything is known of them.

use std::time::Duration;

use super::linked::LinkedCompany;
use super::scope::Scope;
use super::status::PersonStatus;
use crate::model::{Contact, Id};
use crate::plan::PinOwner;
use crate::reconcile::input::{Udfs, View};
use crate::reconcile::link::person::LinkedPerson;

/// A person whose contact gets the PIN of a portal user.
#[derive(Debug, Clone)]
pub struct PinWanted<'a> {
    /// Whose PIN.
    pub owner: PinOwner,
    /// When that portal user was last changed, as the portal spells it.
    pub modified: Option<&'a str>,
    /// The contact; `None` where it is still to be made.
    pub contact: Option<&'a Contact>,
    /// The PSA's id of the company.
    pub psa_company: &'a Id,
    /// Whether the contact's PIN is taken off where the portal has none.
    pub clears: bool,
    /// How long a reading of the PIN counts.
    pub refresh: Duration,
}

/// Returns the people of a company whose PINs are wanted.
pub(crate) fn wanted<'a>(company: &LinkedCompany<'a>) -> Vec<PinWanted<'a>> {
    let LinkedCompany { view, scope, links, listed } = company;
    if Udfs::new(view).pin.is_none() {
        return Vec::new();
    }
    let own = view.company;
    let wanted = links.persons.iter().zip(listed).filter_map(|(person, status)| {
        let user = view.portal_users[owner(view, scope, person, *status)?];
        Some(PinWanted {
            owner: PinOwner { company: own.portal_id.clone(), user: user.id.clone() },
            modified: user.modified.as_deref(),
            contact: person.contact.map(|contact| view.contacts[contact]),
            psa_company: &own.psa_id,
            clears: view.policy.clear_pins,
            refresh: view.policy.pin_refresh,
        })
    });
    wanted.collect()
}

/// Returns the portal user whose PIN the person's contact gets, if it gets one. The person must take part, and the
/// portal user must be the person's own, not one with some address of theirs.
pub(crate) fn owner(
    view: &View<'_>,
    scope: &Scope,
    person: &LinkedPerson,
    status: PersonStatus,
) -> Option<usize> {
    let in_scope =
        |contact: usize| view.contacts[contact].active == Some(true) && scope.contacts[contact].is_none();
    let takes_part = match status {
        PersonStatus::InScope => true,
        PersonStatus::Backed => person.contact.is_some_and(in_scope),
        _ => false,
    };
    person.portal_user.filter(|_| takes_part && person.is_own_portal_user())
}
