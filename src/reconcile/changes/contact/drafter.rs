//! Drafts one person's contact.

use super::holders::AddressHolders;
use crate::model::{Contact, Field, Pins, Row, Udf, User, Value};
use crate::plan::{Action, EvidenceKind, FieldChange, Left, Skip};
use crate::reconcile::changes::fit::{self, Settled};
use crate::reconcile::changes::one_name::{self, Names};
use crate::reconcile::changes::pin;
use crate::reconcile::changes::planned::{Draft, flag};
use crate::reconcile::input::udf;
use crate::reconcile::input::{Udfs, View, id_key};
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::merge;
use crate::reconcile::scope::Scope;

/// The next step where a leaver's records are not the leaver's beyond doubt.
pub(crate) const BY_HAND: &str = "pin the two, or make the contact inactive by hand";

/// Returns why the records of a person whose user left are not changed: they may be another person's.
pub(crate) fn objection(scope: &Scope, links: &Links, person: &LinkedPerson) -> Option<&'static str> {
    if person.contact.is_some() && !person.is_own_user() {
        return Some("the 365 user left, but only an alternate address links the contact to it");
    }
    // A leaver's mail often goes on to a colleague as an alternate address, which means nothing where an
    // id says whose the contact is. The address as another user's own does.
    let claimed = links.claimed_by(person).any(|claim| match claim.kind {
        EvidenceKind::PrimaryEmail | EvidenceKind::UserName => scope.left[claim.user].is_none(),
        kind if kind < EvidenceKind::PrimaryEmail => !claim.linked,
        _ => !claim.linked && scope.users[claim.user].is_none() && !person.is_linked_by_id(),
    });
    claimed.then_some("the 365 user left, but another user who is here has an address of the contact")
}

/// Drafts one person's contact.
pub(crate) struct ContactDrafter<'a, 'b> {
    pub(crate) view: &'b View<'a>,
    pub(crate) pins: &'b Pins,
    pub(crate) udfs: &'b Udfs<'a>,
    /// The portal user whose PIN the contact gets.
    pub(crate) owner: Option<usize>,
    pub(crate) links: &'b Links,
    pub(crate) person: &'b LinkedPerson,
    pub(crate) skips: &'b mut Vec<Skip>,
}

impl ContactDrafter<'_, '_> {
    /// Returns the contact of a user in scope.
    pub(crate) fn update(&mut self, user: &User, contact: &Contact) -> Option<Draft> {
        let mut changes = Vec::new();
        if contact.active != Some(true) && !self.view.on(Row::ContactActive) {
            let known = contact.active == Some(false);
            let state =
                if known { "is inactive and stays so" } else { "may be inactive (active flag not read)" };
            let reason = format!("contact {} {state}: contact-active is off", contact.id);
            self.skip(
                Row::ContactActive,
                reason,
                Some("switch contact-active on, or make it active by hand"),
            );
            return None;
        }
        if contact.active == Some(false) {
            changes.push(flag(Field::Active, Some("false"), "true", Row::ContactActive));
        }
        if self.view.on(Row::UpdateContact) {
            let mut wanted = merge::contact(self.view, user, false);
            wanted.extend(merge::better_address(self.view, user, contact));
            let names = Names::of(self.view.input.psa_shape, &wanted, Some(&contact.fields));
            for wanted in names.put_into(wanted) {
                let Some(shape) = self.view.input.psa_shape.field(wanted.field) else { continue };
                match fit::update(shape, &wanted, contact.fields.get(wanted.field), self.view.calling_code())
                {
                    Settled::Same => {}
                    Settled::Write(change) => changes.push(names.remark(change)),
                    Settled::Unfit(reason) => self.skip(Row::UpdateContact, reason, None),
                }
            }
            if self.view.input.psa_shape.needs_name() && one_name::clears_all(&changes, &contact.fields) {
                changes.retain(|change| !one_name::is_name(change.field));
                let reason =
                    format!("the name of contact {} is not cleared: a contact needs one", contact.id);
                self.skip(Row::UpdateContact, reason, Some("fill in a first or last name in 365"));
            }
        }
        changes.extend(self.udfs.presence.and_then(|udf| presence(contact, &udf.kind, true)));
        changes.extend(self.udfs.user_id.and_then(|_| stored_id(contact, user)));
        changes.extend(self.pin(Some(contact)));
        let action = if contact.active == Some(false) { Action::Reactivate } else { Action::Update };
        Draft::new(action, changes)
    }

    /// Returns the contact of a user who left.
    pub(crate) fn deactivate(&mut self, scope: &Scope, contact: &Contact, left: Left) -> Option<Draft> {
        if contact.active == Some(false) || !self.view.on(Row::ContactActive) {
            return None;
        }
        if contact.active.is_none() {
            let reason =
                format!("the 365 user left, but the active flag of contact {} was not read", contact.id);
            self.skip(
                Row::ContactActive,
                reason,
                Some("run again; if it stays, make the contact inactive by hand"),
            );
            return None;
        }
        if let Some(reason) = objection(scope, self.links, self.person) {
            self.skip(Row::ContactActive, reason.to_owned(), Some(BY_HAND));
            return None;
        }
        let mut changes = vec![flag(Field::Active, Some("true"), "false", Row::ContactActive)];
        if left == Left::Deleted {
            changes.extend(self.udfs.presence.and_then(|udf| presence(contact, &udf.kind, false)));
        }
        Draft::new(Action::Deactivate, changes)
    }

    /// Returns a contact for a user in scope who has none.
    pub(crate) fn create(&mut self, user: usize, held: &AddressHolders) -> Option<Draft> {
        if let Some((reason, next)) = held.objection(self.view, user) {
            self.skip(Row::UpdateContact, reason, Some(next));
            return None;
        }
        let user = self.view.users[user];
        let shape = self.view.input.psa_shape;
        let mut changes = Vec::new();
        let wanted = merge::contact(self.view, user, true);
        let names = Names::of(shape, &wanted, None);
        for wanted in names.put_into(wanted) {
            let Some(field) = shape.field(wanted.field) else { continue };
            match fit::create(field, &wanted) {
                Settled::Same => {}
                Settled::Write(change) => changes.push(names.remark(change)),
                Settled::Unfit(reason) => self.skip(Row::UpdateContact, reason, None),
            }
        }
        // One of the two names is enough, whichever it is.
        let nameless = shape.needs_name() && changes.iter().all(|change| !one_name::is_name(change.field));
        // Without its email a contact would not be found again, and made again by the next run.
        let needed = shape.required().filter(|field| Field::PERSONAL.contains(field)).chain([Field::Email]);
        let needed = needed.chain(nameless.then_some(Field::FirstName));
        let missing = needed.filter(|field| changes.iter().all(|change| change.field != *field)).min();
        if let Some(field) = missing {
            let reason = format!("no contact is made: {field} is missing, and a contact needs one");
            self.skip(Row::UpdateContact, reason, Some("fill it in 365, or make the contact by hand"));
            return None;
        }
        if let Some(yes) = self.udfs.presence.and_then(|udf| udf::presence(&udf.kind, true)) {
            changes.push(flag(Field::Udf(Udf::IsOffice365), None, &yes, Row::Office365Presence));
        }
        if self.udfs.user_id.is_some() {
            changes.push(flag(Field::Udf(Udf::Office365Id), None, user.id.as_str(), Row::Office365Id));
        }
        changes.extend(self.pin(None));
        Draft::new(Action::Create, changes)
    }

    /// Returns the support PIN of a contact, or of a new one.
    pub(crate) fn pin(&mut self, contact: Option<&Contact>) -> Option<FieldChange> {
        let (udf, owner) = self.udfs.pin.zip(self.owner)?;
        pin::change(self.view, self.pins, udf, owner, contact).unwrap_or_else(|why| {
            self.skips.push(pin::skip(self.person.who(self.view), why));
            None
        })
    }

    pub(crate) fn skip(&mut self, row: Row, reason: String, next: Option<&str>) {
        let next = next.map(ToOwned::to_owned);
        let who = Some(self.person.who(self.view));
        self.skips.push(Skip { row, who, reason, next, strict: false });
    }
}

/// Returns the change by which the field says whether the contact has a 365 user; `None` if it says so already.
fn presence(contact: &Contact, kind: &crate::model::UdfKind, yes: bool) -> Option<FieldChange> {
    let field = Field::Udf(Udf::IsOffice365);
    let before = read(contact.fields.get(field))?;
    if udf::truth(kind, before) == Some(yes) {
        return None;
    }
    Some(flag(field, Some(before), &udf::presence(kind, yes)?, Row::Office365Presence))
}

/// Returns the contact's 365 id; `None` if it holds it already.
fn stored_id(contact: &Contact, user: &User) -> Option<FieldChange> {
    let field = Field::Udf(Udf::Office365Id);
    let before = read(contact.fields.get(field))?;
    if id_key(before) == id_key(user.id.as_str()) {
        return None;
    }
    let mut change = flag(field, Some(before), user.id.as_str(), Row::Office365Id);
    change.note = (!before.is_empty()).then(|| "held another id".to_owned());
    Some(change)
}

/// Returns the text of a field that was read, blank or not.
fn read(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Absent | Value::Hidden => None,
        Value::Empty => Some(""),
        Value::Text(text) => Some(text),
    }
}
