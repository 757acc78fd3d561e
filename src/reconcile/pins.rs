//! Whose support PINs are wanted, before anything is known of them.

use std::time::Duration;

use crate::model::{Contact, Id, Row};
use crate::plan::PinOwner;

use super::changes::takes_pins;
use super::link::{self, Person};
use super::person::Standing;
use super::scope::{self, Scope};
use super::view::View;
use super::{CompanyInput, Input, standings};

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

/// The people of all companies whose PINs are wanted, in the order of companies and people. It costs a second
/// linking, but only of companies that have the row on.
pub fn pins_wanted<'a>(input: &'a Input<'a>) -> Vec<PinWanted<'a>> {
    let on = |company: &&CompanyInput| {
        company.policy.rows.contains(&Row::SupportPin) && input.capabilities.serves(Row::SupportPin)
    };
    input.companies.iter().filter(on).flat_map(|company| of_company(input, company)).collect()
}

fn of_company<'a>(input: &'a Input<'a>, company: &'a CompanyInput) -> Vec<PinWanted<'a>> {
    let Some(view) = View::new(input, company).filter(takes_pins) else { return Vec::new() };
    // A company whose settings cannot be understood is not planned either.
    let Ok(scope) = scope::scope(&view) else { return Vec::new() };
    let links = link::link(&view, &scope);
    let standings = standings(&view, &links, &scope);
    let wanted = links.persons.iter().zip(standings).filter_map(|(person, standing)| {
        let user = view.portal_users[owner(&view, &scope, person, standing)?];
        Some(PinWanted {
            owner: PinOwner { company: company.portal_id.clone(), user: user.id.clone() },
            modified: user.modified.as_deref(),
            contact: person.contact.map(|contact| view.contacts[contact]),
            psa_company: &company.psa_id,
            clears: company.policy.clear_pins,
            refresh: company.policy.pin_refresh,
        })
    });
    wanted.collect()
}

/// The portal user whose PIN the person's contact gets, if it gets one. The person must take part, and the
/// portal user must be the person's own, not one with some address of theirs.
pub(super) fn owner(view: &View<'_>, scope: &Scope, person: &Person, standing: Standing) -> Option<usize> {
    let in_scope =
        |contact: usize| view.contacts[contact].active == Some(true) && scope.contacts[contact].is_none();
    let takes_part = match standing {
        Standing::InScope => true,
        Standing::Backed => person.contact.is_some_and(in_scope),
        _ => false,
    };
    person.portal_user.filter(|_| takes_part && person.is_own_portal_user())
}
