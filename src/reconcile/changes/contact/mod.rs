//! Contacts: what 365 says goes onto the contact, a user without one gets one, a leaver's is made inactive.

pub(super) mod drafter;
mod holders;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Contact, Field, Fields, Id, Row, Side, User};
use crate::plan::{Action, ChangeKey, RecordKind, Skip};
use crate::reconcile::changes::addresses::{self, Move};
use crate::reconcile::changes::inactive;
use crate::reconcile::changes::mistyped::{self, Mistyped};
use crate::reconcile::changes::one_name;
use crate::reconcile::changes::pin;
use crate::reconcile::changes::planned::{Basis, Draft, key};
use crate::reconcile::input::{FollowUp, Number, Udfs, View};
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::pins::owner;
use crate::reconcile::status::PersonStatus;
use drafter::ContactDrafter;
use holders::{AddressHolders, Holders};

/// A person's contact as it will be once the plan is applied.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ContactAfter<'b> {
    pub(crate) target: ContactTarget<'b>,
    pub(crate) fields: &'b Fields,
    /// Whether it will be active; `None` where the PSA did not say and nothing is written of it.
    pub(crate) live: Option<bool>,
}

/// A contact that exists, or the change that makes it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum ContactTarget<'b> {
    Existing(&'b Id),
    New(&'b ChangeKey),
}

/// What becomes of a contact that will be another one than it is.
struct Changed {
    /// The change that makes it, where it is new.
    made_by: Option<ChangeKey>,
    fields: Fields,
    live: Option<bool>,
}

/// The drafts for all persons, with the contacts as they will be.
pub(crate) struct Contacts {
    pub(crate) drafts: Vec<Option<Draft>>,
    /// By person. All other contacts stay what they are.
    changed: BTreeMap<usize, Changed>,
    pub(crate) skips: Vec<Skip>,
    /// Persons who get no new record on any side.
    pub(crate) held_back: BTreeSet<usize>,
    /// How many contacts are not made, or not made active again, since the company is inactive.
    pub(crate) left_out: usize,
}

/// Drafts the contact changes of all persons.
pub(crate) fn draft(basis: &Basis<'_>, udfs: &Udfs<'_>, mistyped: &Mistyped<'_>) -> Contacts {
    let Basis { company, statuses, follow_up: FollowUp { pins, .. }, earlier: _ } = *basis;
    let LinkedCompany { view, scope, links, .. } = company;
    let persons = &links.persons;
    let mut contacts = Contacts {
        drafts: vec![None; persons.len()],
        changed: BTreeMap::new(),
        skips: Vec::new(),
        held_back: BTreeSet::new(),
        left_out: 0,
    };
    for (index, person) in persons.iter().enumerate() {
        let Some(contact) = person.contact.map(|contact| view.contacts[contact]) else { continue };
        let owner = owner(view, scope, person, statuses[index]);
        let skips = &mut contacts.skips;
        let mut drafter = ContactDrafter { view, pins, udfs, owner, links, person, skips };
        contacts.drafts[index] = match statuses[index] {
            PersonStatus::InScope => person.user.and_then(|user| drafter.update(view.users[user], contact)),
            PersonStatus::Backed => {
                Draft::new(Action::Update, drafter.pin(Some(contact)).into_iter().collect())
            }
            PersonStatus::Leaver(left) => drafter.deactivate(scope, contact, left),
            _ => None,
        };
    }
    contacts.left_out += inactive::hold_back(view, &mut contacts.drafts);
    let holders = Holders::new(view, scope);
    let addresses = contacts.settle_addresses(view, persons, &holders);
    contacts.foresee(view, persons);
    contacts.skips.extend(pin::stopped(view, pins, udfs, persons, |index, person| {
        owner(view, scope, person, statuses[index])
    }));
    let held = AddressHolders::new(view, holders, &addresses);
    for (index, person) in persons.iter().enumerate() {
        let wants = person.contact.is_none() && statuses[index] == PersonStatus::InScope;
        let doubt = person.user.filter(|_| wants).and_then(|user| mistyped.contact(view, user));
        if let Some(reason) = doubt {
            let next = Some(mistyped::next(Side::Psa).to_owned());
            let who = Some(person.who(view));
            contacts.skips.push(Skip { row: Row::MatchUsers, who, reason, next, strict: false });
            contacts.held_back.insert(index);
            continue;
        }
        let Some(user) =
            person.user.filter(|_| wants && view.on(Row::UpdateContact) && view.policy.create_contacts)
        else {
            continue;
        };
        let owner = owner(view, scope, person, statuses[index]);
        let skips = &mut contacts.skips;
        let mut drafter = ContactDrafter { view, pins, udfs, owner, links, person, skips };
        let draft = drafter.create(user, &held);
        if draft.is_some() && !inactive::makes_new(view) {
            contacts.left_out += 1;
        } else if let Some(draft) = draft {
            // What a new contact is not given reads as blank from then on.
            let blank =
                Field::PERSONAL.into_iter().filter(|field| view.input.psa_shape.field(*field).is_some());
            let given = draft.fields();
            let mut fields =
                blank.map(|field| (field, given.text(field).unwrap_or_default().to_owned())).collect();
            one_name::take_apart_like(view.input.psa_shape, &view.users[user].fields, &mut fields);
            let made_by = Some(key(view, RecordKind::Contact, &view.users[user].id, true));
            contacts.changed.insert(index, Changed { made_by, fields, live: Some(true) });
            contacts.drafts[index] = Some(draft);
        }
    }
    contacts
}

impl Contacts {
    /// Returns the contact of a person as it will be.
    pub(crate) fn after<'b>(
        &'b self,
        view: &'b View<'_>,
        index: usize,
        person: &LinkedPerson,
    ) -> Option<ContactAfter<'b>> {
        let contact = person.contact.map(|contact| view.contacts[contact]);
        let Some(Changed { made_by, fields, live }) = self.changed.get(&index) else {
            let contact = contact?;
            let target = ContactTarget::Existing(&contact.id);
            return Some(ContactAfter { target, fields: &contact.fields, live: contact.active });
        };
        let made = made_by.as_ref().map(ContactTarget::New);
        let target = made.or(contact.map(|contact| ContactTarget::Existing(&contact.id)))?;
        Some(ContactAfter { target, fields, live: *live })
    }

    /// Forgets the contacts that were to be made and are not, so that nothing takes from them.
    pub(crate) fn forget_new(&mut self) {
        self.changed.retain(|index, after| after.made_by.is_none() || self.drafts[*index].is_some());
    }

    /// Notes what the contacts will be where that differs from what they are.
    fn foresee(&mut self, view: &View<'_>, persons: &[LinkedPerson]) {
        for (index, person) in persons.iter().enumerate() {
            let Some(contact) = person.contact.map(|contact| view.contacts[contact]) else { continue };
            let draft = self.drafts[index].as_ref();
            if draft.is_none() && !view.input.psa_shape.joined_name() {
                continue;
            }
            let after = after(view, person.user.map(|user| view.users[user]), contact, draft);
            if after.fields != contact.fields || after.live != contact.active {
                self.changed.insert(index, after);
            }
        }
    }

    /// Takes back the changes of addresses that another contact keeps or another user has; returns every
    /// contact's address after, where a record has it now.
    fn settle_addresses(
        &mut self,
        view: &View<'_>,
        persons: &[LinkedPerson],
        holders: &Holders,
    ) -> Vec<Option<Number>> {
        let all = &view.addresses;
        let mut after: Vec<Option<Number>> =
            (0..view.contacts.len()).map(|contact| all.contact(contact)).collect();
        let is_address = |draft: &Draft| draft.changes.iter().any(|change| change.field == Field::Email);
        // In most runs no address changes.
        if !self.drafts.iter().flatten().any(is_address) {
            return after;
        }
        let text = |address: &Option<Number>| address.map(|address| Cow::Borrowed(all.text(address)));
        let mut moves: Vec<Move<'_>> = after.iter().map(|own| Move { from: text(own), to: None }).collect();
        let mut person_of = vec![None; moves.len()];
        for (index, person) in persons.iter().enumerate() {
            let Some(contact) = person.contact else { continue };
            let Some(address) = self.drafts[index].as_ref().and_then(Draft::address) else { continue };
            let of_others = person.user.zip(all.find(&address));
            if of_others.is_some_and(|(user, address)| holders.is_shared(address, user)) {
                self.keep_address(view, persons, index, &format!("another 365 user has {address} as well"));
                continue;
            }
            moves[contact].to = Some(address);
            person_of[contact] = Some(index);
        }
        let blocked = addresses::blocked(&moves);
        for (contact, person) in person_of.iter().enumerate() {
            let Some(index) = *person else { continue };
            let address = moves[contact].to.take().unwrap_or_default();
            if blocked[contact] {
                self.keep_address(view, persons, index, &format!("another contact has or gets {address}"));
            } else {
                after[contact] = all.find(&address);
            }
        }
        after
    }

    /// Leaves a person's contact with the address it has.
    fn keep_address(&mut self, view: &View<'_>, persons: &[LinkedPerson], index: usize, why: &str) {
        if let Some(draft) = &mut self.drafts[index] {
            draft.changes.retain(|change| change.field != Field::Email);
        }
        self.drafts[index].take_if(|draft| draft.changes.is_empty());
        self.skips.push(Skip {
            row: Row::UpdateContact,
            who: Some(persons[index].who(view)),
            reason: format!("the email is not written: {why}"),
            next: Some("correct the address of one of them".to_owned()),
            strict: false,
        });
    }
}

/// Returns the contact as it will be.
fn after(view: &View<'_>, user: Option<&User>, contact: &Contact, draft: Option<&Draft>) -> Changed {
    let mut fields = contact.fields.clone();
    let mut live = contact.active;
    if let Some(draft) = draft {
        live = match draft.action {
            Action::Reactivate => Some(true),
            Action::Deactivate => Some(false),
            Action::Create | Action::Update => live,
        };
        for (field, text) in draft.fields().iter() {
            fields.set(field, text);
        }
    }
    if let Some(user) = user {
        one_name::take_apart_like(view.input.psa_shape, &user.fields, &mut fields);
    }
    Changed { made_by: None, fields, live }
}
