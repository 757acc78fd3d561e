//! Portal users: made and updated from 365 and the contact; a leaver may no longer sign in.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::addresses::{self, Move};
use super::contact::drafter::{BY_HAND, objection};
use super::contact::{ContactAfter, ContactTarget, Contacts};
use super::fit::{self, Settled};
use super::mistyped::{self, Mistyped};
use super::planned::{Basis, Draft, flag};
use super::whose::{Held, Whose, second_of};
use crate::model::{Field, Id, PortalUser, Row, Side, Value};
use crate::plan::{Action, FieldChange, NewValue, Skip};
use crate::reconcile::input::{OnExclude, View};
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::merge::{self, Sources, WantedValue};
use crate::reconcile::scope::Scope;
use crate::reconcile::scope::types::Terms;
use crate::reconcile::status::{PersonStatus, flows_alone};
use crate::text::email;

/// The drafts for all persons.
pub(crate) struct PortalUsers {
    pub(crate) drafts: Vec<Option<Draft>>,
    pub(crate) skips: Vec<Skip>,
}

/// Drafts the portal changes of all persons, from their contacts as they will be.
pub(crate) fn draft(basis: &Basis<'_>, contacts: &Contacts, mistyped: &Mistyped<'_>) -> PortalUsers {
    let Basis { company, statuses, .. } = *basis;
    let LinkedCompany { view, scope, links, .. } = company;
    let persons = &links.persons;
    let drafter = |index: usize| PortalDrafter {
        view,
        scope,
        links,
        person: &persons[index],
        after: contacts.after(view, index, &persons[index]),
        terms: scope.types.of(persons[index].contact),
    };
    let mut portal = PortalUsers { drafts: vec![None; persons.len()], skips: Vec::new() };
    for (index, person) in persons.iter().enumerate() {
        let Some(user) = person.portal_user.map(|user| view.portal_users[user]) else { continue };
        let drafter = drafter(index);
        portal.drafts[index] = match statuses[index] {
            PersonStatus::InScope | PersonStatus::Backed => {
                drafter.update(user, statuses[index], &mut portal.skips)
            }
            PersonStatus::Leaver(_) => {
                drafter.leave(scope, user, contacts.drafts[index].as_ref(), &mut portal.skips)
            }
            PersonStatus::Excluded => drafter.exclude(user, &mut portal.skips),
            PersonStatus::Conflict
            | PersonStatus::Ignored
            | PersonStatus::Stays(_)
            | PersonStatus::Waiting
            | PersonStatus::Idle => None,
        };
    }
    let after = portal.settle_addresses(view, persons);
    let lacks = |index: &usize| {
        let flows = matches!(statuses[*index], PersonStatus::InScope | PersonStatus::Backed);
        flows
            && persons[*index].portal_user.is_none()
            && !contacts.held_back.contains(index)
            && drafter(*index).sources(statuses[*index]).is_some()
    };
    let new: Vec<usize> = (0..persons.len()).filter(lacks).collect();
    if new.is_empty() {
        return portal;
    }
    let whose = Whose { view, scope, persons, contacts };
    // Most people have a portal user, so only what could stand in the way of the new ones is collected.
    let wanted: HashSet<Cow<'_, str>> =
        new.iter().flat_map(|index| whose.addresses(*index)).flatten().map(email::normalise).collect();
    let held = after.into_iter().zip(&view.portal_users);
    let held = held.filter_map(|(address, user)| Some((address?, &user.id)));
    let taken = held.filter(|(address, _)| wanted.contains(address)).collect();
    let holders = whose.holders(&wanted);
    for index in new {
        let others = Taken { portal_users: &taken, holders: &holders, mistyped };
        portal.drafts[index] = drafter(index).create(statuses[index], index, &others, &mut portal.skips);
    }
    portal
}

impl PortalUsers {
    /// Takes back the changes of addresses that another portal user keeps; returns every portal user's address after.
    fn settle_addresses<'a>(
        &mut self,
        view: &View<'a>,
        persons: &[LinkedPerson],
    ) -> Vec<Option<Cow<'a, str>>> {
        let from = view.portal_users.iter().map(|user| user.email().map(email::normalise));
        let mut moves: Vec<Move<'_>> = from.map(|from| Move { from, to: None }).collect();
        let mut person_of = vec![None; moves.len()];
        for (index, person) in persons.iter().enumerate() {
            if let (Some(user), Some(draft)) = (person.portal_user, &self.drafts[index]) {
                moves[user].to = draft.address();
                person_of[user] = Some(index);
            }
        }
        let blocked = addresses::blocked(&moves);
        for (user, person) in person_of.iter().enumerate().filter(|(user, _)| blocked[*user]) {
            let Some(index) = *person else { continue };
            let address = moves[user].to.take().unwrap_or_default();
            let mut row = Row::SyncFrom365;
            if let Some(draft) = &mut self.drafts[index] {
                row = draft
                    .changes
                    .iter()
                    .find(|change| change.field == Field::Email)
                    .map_or(row, |change| change.row);
                draft.changes.retain(|change| change.field != Field::Email);
            }
            self.drafts[index].take_if(|draft| draft.changes.is_empty());
            self.skips.push(Skip {
                row,
                who: Some(persons[index].who(view)),
                reason: format!(
                    "the portal user's email is not written: another portal user has or gets {address}"
                ),
                next: Some("correct the address of one of the portal users".to_owned()),
                strict: false,
            });
        }
        moves.into_iter().map(|each| each.to.map(Cow::Owned).or(each.from)).collect()
    }
}

/// What other portal users have, which a new one could repeat.
struct Taken<'b> {
    /// The portal users by the addresses that they have once they are written.
    portal_users: &'b HashMap<Cow<'b, str>, &'b Id>,
    holders: &'b HashMap<Cow<'b, str>, Held>,
    mistyped: &'b Mistyped<'b>,
}

/// Drafts one person's portal user.
struct PortalDrafter<'a, 'b> {
    view: &'b View<'a>,
    scope: &'b Scope,
    links: &'b Links,
    person: &'b LinkedPerson,
    after: Option<ContactAfter<'b>>,
    /// What the contact's types say, where that is known.
    terms: Option<&'b Terms>,
}

impl<'b> PortalDrafter<'_, 'b> {
    /// Where the values come from; `None` if nothing flows.
    fn sources(&self, status: PersonStatus) -> Option<Sources<'b>> {
        let wants_user = status == PersonStatus::InScope && self.view.on(Row::SyncFrom365);
        let user = self.person.user.filter(|_| wants_user).map(|user| self.view.users[user]);
        let contact = self.after.filter(|after| after.live == Some(true) && self.view.on(Row::SyncFromPsa));
        let alone =
            contact.is_some_and(|after| flows_alone(self.view, true, after.fields.text(Field::Email)));
        (user.is_some() || alone).then(|| Sources { user, contact: contact.map(|after| after.fields) })
    }

    /// Reports whether the value may be the contact's to give, of which it is not known whether it is active: it would
    /// give way to 365's now, and come back once that is known.
    fn is_contacts(&self, wanted: &WantedValue<'_>) -> bool {
        let unread = self.after.is_some_and(|after| after.live.is_none()) && self.view.on(Row::SyncFromPsa);
        let rule = self.view.policy.portal_fields.get(&wanted.field);
        let first = rule.and_then(|rule| rule.sources.iter().find(|side| **side != Side::Portal));
        unread && (wanted.value == Value::Empty || first == Some(&Side::Psa))
    }

    /// Returns the key that ties a portal user to its contact, if it has to be written.
    fn psa_key(&self, sources: Sources<'_>, current: Option<&Id>) -> Option<FieldChange> {
        let after = match self.after?.target {
            ContactTarget::Existing(id) if current == Some(id) => return None,
            ContactTarget::Existing(id) => NewValue::Text(id.to_string()),
            ContactTarget::New(key) => NewValue::IdOf(key.clone()),
        };
        sources.contact?;
        let before = Some(current.map(ToString::to_string).unwrap_or_default());
        Some(FieldChange {
            field: Field::PsaKey,
            before,
            after,
            source: Side::Psa,
            row: Row::SyncFromPsa,
            note: None,
        })
    }

    fn update(&self, user: &PortalUser, status: PersonStatus, skips: &mut Vec<Skip>) -> Option<Draft> {
        let sources = self.sources(status)?;
        let mut changes = Vec::new();
        for wanted in merge::portal(&self.view.policy.portal_fields, sources, false) {
            let Some(shape) = self.view.input.portal_shape.field(wanted.field) else { continue };
            if self.is_contacts(&wanted) {
                continue;
            }
            match fit::update(shape, &wanted, user.fields.get(wanted.field), self.view.calling_code()) {
                Settled::Same => {}
                Settled::Write(change) => changes.push(change),
                Settled::Unfit(reason) => skips.push(self.skip(wanted.row, reason, None)),
            }
        }
        changes.extend(self.psa_key(sources, user.psa_key.as_ref()));
        let mut action = Action::Update;
        // Once the plan is applied, the portal user is the person's own by what is written now.
        let claims =
            |change: &FieldChange| matches!(change.field, Field::PsaKey | Field::Email | Field::UserName);
        let is_own = self.person.is_own_portal_user() || changes.iter().any(claims);
        let shut_out = self.written(user, Field::Login) == Some("false");
        let row = if sources.user.is_some() { Row::SyncFrom365 } else { Row::SyncFromPsa };
        match self.terms {
            Some(terms) if !terms.login && !shut_out && !is_own => {
                let reason = "the type says no login, but only an alternate address links the portal user";
                skips.push(self.skip(Row::TypeMapping, reason.to_owned(), Some("shut it out by hand")));
            }
            Some(terms) if !terms.login && !shut_out => {
                changes.push(self.no_login(user, Row::TypeMapping));
                action = Action::Deactivate;
            }
            Some(terms) if !terms.login => {}
            _ if shut_out => {
                changes.push(flag(Field::Login, Some("false"), "true", row));
                action = Action::Reactivate;
            }
            _ => {}
        }
        if let Some(terms) = self.terms {
            let before = self.written(user, Field::Priority);
            let after = terms.priority.to_string();
            if before.unwrap_or("false") != after {
                changes.push(typed(Field::Priority, before, &after));
            }
        }
        Draft::new(action, changes)
    }

    fn create(
        &self,
        status: PersonStatus,
        index: usize,
        others: &Taken<'_>,
        skips: &mut Vec<Skip>,
    ) -> Option<Draft> {
        let sources = self.sources(status)?;
        let row = if sources.user.is_some() { Row::SyncFrom365 } else { Row::SyncFromPsa };
        let shape = self.view.input.portal_shape;
        let mut changes = Vec::new();
        for wanted in merge::portal(&self.view.policy.portal_fields, sources, true) {
            let Some(field) = shape.field(wanted.field) else { continue };
            match fit::create(field, &wanted) {
                Settled::Same => {}
                Settled::Write(change) => changes.push(change),
                Settled::Unfit(reason) => skips.push(self.skip(wanted.row, reason, None)),
            }
        }
        let needed = shape.required().filter(|field| Field::PERSONAL.contains(field)).chain([Field::Email]);
        let missing = needed.filter(|field| changes.iter().all(|change| change.field != *field)).min();
        if let Some(field) = missing {
            let reason = format!("no portal user is made: {field} is missing, and the portal needs one");
            skips.push(self.skip(row, reason, Some("fill it in 365 or the PSA")));
            return None;
        }
        let mut draft = Draft::new(Action::Create, changes)?;
        let address = draft.address().unwrap_or_default();
        let mistyped = others.mistyped.portal_user(&address, &draft.fields());
        if let Some(reason) = mistyped {
            skips.push(self.skip(row, reason, Some(mistyped::next(Side::Portal))));
            return None;
        }
        let objection = if let Some(id) = others.portal_users.get(address.as_str()) {
            Some(format!("no portal user is made: portal user {id} has {address} already"))
        } else {
            let of = others.holders.get(address.as_str());
            let own = of.and_then(|of| of.get(&index)).copied().unwrap_or(u8::MAX);
            let shared = of.is_some_and(|of| of.iter().any(|(other, rank)| *other != index && *rank <= own));
            shared.then(|| format!("no portal user is made: another person has {address} as well"))
        };
        if let Some(reason) = objection {
            skips.push(self.skip(
                row,
                reason,
                Some("write a pin, a split or an ignore into decisions.toml, or correct the records"),
            ));
            return None;
        }
        if let Some(reason) = second_of(self.view, self.scope, self.links, self.person) {
            let next =
                "make that contact inactive if both are one person's, else write a split into decisions.toml";
            skips.push(self.skip(row, reason, Some(next)));
            return None;
        }
        draft
            .changes
            .extend(self.psa_key(sources, None).map(|change| FieldChange { before: None, ..change }));
        if let Some(terms) = self.terms {
            draft.changes.extend((!terms.login).then(|| typed(Field::Login, None, "false")));
            draft.changes.extend(terms.priority.then(|| typed(Field::Priority, None, "true")));
        }
        draft.changes.sort_by_key(|change| change.field);
        Some(draft)
    }

    /// Returns a leaver may no longer sign in, whether or not the contact can be made inactive. What was written before
    /// cannot be read back, so without a memory of it this is written once.
    fn leave(
        &self,
        scope: &Scope,
        user: &PortalUser,
        contact: Option<&Draft>,
        skips: &mut Vec<Skip>,
    ) -> Option<Draft> {
        let deactivated = contact.is_some_and(|draft| draft.action == Action::Deactivate);
        // Why the contact is not made inactive is said there.
        let held_back = !deactivated
            && self.view.on(Row::ContactActive)
            && self.after.is_some_and(|after| after.live != Some(false));
        let is_due = self.written(user, Field::Login) != Some("false") && !held_back;
        if !is_due || !self.person.is_own_portal_user() || !self.view.on(Row::SyncFrom365) {
            return None;
        }
        if let Some(reason) = objection(scope, self.links, self.person) {
            skips.push(self.skip(Row::SyncFrom365, reason.to_owned(), Some(BY_HAND)));
            return None;
        }
        Draft::new(Action::Deactivate, vec![self.no_login(user, Row::SyncFrom365)])
    }

    fn exclude(&self, user: &PortalUser, skips: &mut Vec<Skip>) -> Option<Draft> {
        let due = self.view.policy.on_exclude == OnExclude::DisableLogin
            && self.written(user, Field::Login) != Some("false");
        let by_type = self.terms.is_some_and(|terms| !terms.sync);
        let row = if by_type { Row::TypeMapping } else { Row::ExcludeUsers };
        if due && !self.person.is_own_portal_user() {
            let reason = "the person is excluded, but only an alternate address links the portal user";
            skips.push(self.skip(row, reason.to_owned(), Some("shut it out by hand")));
            return None;
        }
        due.then(|| Draft::new(Action::Deactivate, vec![self.no_login(user, row)]))?
    }

    fn no_login(&self, user: &PortalUser, row: Row) -> FieldChange {
        let source = if row == Row::TypeMapping { Side::Psa } else { Side::Tenant };
        let change = flag(Field::Login, self.written(user, Field::Login), "false", row);
        FieldChange { source, ..change }
    }

    /// Returns what was last written to a field of the portal user that cannot be read.
    fn written(&self, user: &PortalUser, field: Field) -> Option<&'b str> {
        self.view.input.memory.written.get(&(user.id.clone(), field)).map(String::as_str)
    }

    fn skip(&self, row: Row, reason: String, next: Option<&str>) -> Skip {
        let next = next.map(ToOwned::to_owned);
        Skip { row, who: Some(self.person.who(self.view)), reason, next, strict: false }
    }
}

/// Returns a flag that the contact's types ask for.
fn typed(field: Field, before: Option<&str>, after: &str) -> FieldChange {
    FieldChange { source: Side::Psa, ..flag(field, before, after, Row::TypeMapping) }
}
