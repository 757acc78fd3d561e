//! Contacts: what 365 says goes onto the contact, a user without one gets one, a leaver's is made inactive.

pub(super) mod drafter;
mod holders;

use std::collections::BTreeSet;

use crate::model::{Contact, Field, Fields, Id, Row, Side, User};
use crate::plan::{Action, ChangeKey, RecordKind, Skip};
use crate::reconcile::changes::addresses::{self, Move};
use crate::reconcile::changes::inactive;
use crate::reconcile::changes::mistyped::{self, Mistyped};
use crate::reconcile::changes::one_name;
use crate::reconcile::changes::pin;
use crate::reconcile::changes::planned::{Basis, Draft, key};
use crate::reconcile::input::{FollowUp, Udfs, View};
use crate::reconcile::link::Links;
use crate::reconcile::link::evidence::contact_primary;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::pins::owner;
use crate::reconcile::status::PersonStatus;
use drafter::ContactDrafter;
use holders::{AddressHolders, Holders, holders, is_shared};

/// A person's contact as it will be once the plan is applied.
#[derive(Debug, Clone)]
pub(crate) struct ContactAfter {
    pub(crate) target: ContactTarget,
    pub(crate) fields: Fields,
    /// Whether it will be active; `None` where the PSA did not say and nothing is written of it.
    pub(crate) live: Option<bool>,
}

/// A contact that exists, or the change that makes it.
#[derive(Debug, Clone)]
pub(crate) enum ContactTarget {
    Existing(Id),
    New(ChangeKey),
}

/// The drafts for all persons, with the contacts as they will be.
pub(crate) struct Contacts {
    pub(crate) drafts: Vec<Option<Draft>>,
    pub(crate) after: Vec<Option<ContactAfter>>,
    pub(crate) skips: Vec<Skip>,
    /// Persons who get no new record on any side.
    pub(crate) held_back: BTreeSet<usize>,
    /// How many contacts are not made, or not made active again, since the company is inactive.
    pub(crate) left_out: usize,
}

/// Drafts the contact changes of all persons.
pub(crate) fn draft(basis: &Basis<'_>, udfs: &Udfs<'_>, mistyped: &Mistyped<'_>) -> Contacts {
    let Basis { company, statuses, follow_up: FollowUp { pins, .. }, earlier: _ } = *basis;
    let LinkedCompany { view, scope, links: Links { persons, .. }, .. } = company;
    let all = persons.len();
    let mut contacts = Contacts {
        drafts: vec![None; all],
        after: vec![None; all],
        skips: Vec::new(),
        held_back: BTreeSet::new(),
        left_out: 0,
    };
    for (index, person) in persons.iter().enumerate() {
        let Some(contact) = person.contact.map(|contact| view.contacts[contact]) else { continue };
        let owner = owner(view, scope, person, statuses[index]);
        let mut drafter =
            ContactDrafter { view, pins, udfs, owner, who: person.who(view), skips: &mut contacts.skips };
        contacts.drafts[index] = match statuses[index] {
            PersonStatus::InScope => person.user.and_then(|user| drafter.update(view.users[user], contact)),
            PersonStatus::Backed => {
                Draft::new(Action::Update, drafter.pin(Some(contact)).into_iter().collect())
            }
            PersonStatus::Leaver(left) => drafter.deactivate(scope, person, contact, left),
            _ => None,
        };
    }
    contacts.left_out += inactive::hold_back(view, &mut contacts.drafts);
    let holders = holders(view, scope);
    let addresses = contacts.settle_addresses(view, persons, &holders);
    for (index, person) in persons.iter().enumerate() {
        if let Some(contact) = person.contact.map(|contact| view.contacts[contact]) {
            let user = person.user.map(|user| view.users[user]);
            contacts.after[index] = Some(after(view, user, contact, contacts.drafts[index].as_ref()));
        }
    }
    contacts.skips.extend(pin::stopped(view, pins, udfs, persons, |index, person| {
        owner(view, scope, person, statuses[index])
    }));
    let held = AddressHolders::new(view, holders, &addresses);
    for (index, person) in persons.iter().enumerate() {
        let wants = person.contact.is_none() && statuses[index] == PersonStatus::InScope;
        let doubt = person.user.filter(|_| wants).and_then(|user| mistyped.contact(view, view.users[user]));
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
        let mut drafter =
            ContactDrafter { view, pins, udfs, owner, who: person.who(view), skips: &mut contacts.skips };
        let draft = drafter.create(user, &held);
        if draft.is_some() && !inactive::makes_new(view) {
            contacts.left_out += 1;
        } else if let Some(draft) = draft {
            let id = view.users[user].id.clone();
            let target = ContactTarget::New(key(view, RecordKind::Contact, &id, true));
            // What a new contact is not given reads as blank from then on.
            let blank =
                Field::PERSONAL.into_iter().filter(|field| view.input.psa_shape.field(*field).is_some());
            let given = draft.fields();
            let mut fields =
                blank.map(|field| (field, given.text(field).unwrap_or_default().to_owned())).collect();
            one_name::take_apart_like(view.input.psa_shape, &view.users[user].fields, &mut fields);
            contacts.after[index] = Some(ContactAfter { target, fields, live: Some(true) });
            contacts.drafts[index] = Some(draft);
        }
    }
    contacts
}

impl Contacts {
    /// Forgets the contacts that were to be made and are not, so that nothing takes from them.
    pub(crate) fn forget_new(&mut self) {
        for (after, draft) in self.after.iter_mut().zip(&self.drafts) {
            after.take_if(|after| draft.is_none() && matches!(after.target, ContactTarget::New(_)));
        }
    }

    /// Takes back the changes of addresses that another contact keeps or another user has; returns every
    /// contact's address after.
    fn settle_addresses(
        &mut self,
        view: &View<'_>,
        persons: &[LinkedPerson],
        holders: &Holders,
    ) -> Vec<Option<String>> {
        let mut moves: Vec<Move> =
            view.contacts.iter().map(|contact| Move { from: contact_primary(contact), to: None }).collect();
        let mut person_of = vec![None; moves.len()];
        for (index, person) in persons.iter().enumerate() {
            let Some(contact) = person.contact else { continue };
            let Some(address) = self.drafts[index].as_ref().and_then(Draft::address) else { continue };
            if person.user.is_some_and(|user| is_shared(holders, &address, user)) {
                self.keep_address(view, persons, index, &format!("another 365 user has {address} as well"));
                continue;
            }
            moves[contact].to = Some(address);
            person_of[contact] = Some(index);
        }
        let blocked = addresses::blocked(&moves);
        for (contact, person) in person_of.iter().enumerate().filter(|(contact, _)| blocked[*contact]) {
            let Some(index) = *person else { continue };
            let address = moves[contact].to.take().unwrap_or_default();
            self.keep_address(view, persons, index, &format!("another contact has or gets {address}"));
        }
        moves.into_iter().map(|each| each.to.or(each.from)).collect()
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
fn after(view: &View<'_>, user: Option<&User>, contact: &Contact, draft: Option<&Draft>) -> ContactAfter {
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
    ContactAfter { target: ContactTarget::Existing(contact.id.clone()), fields, live }
}
