//! Contacts: what 365 says goes onto the contact, a user without one gets one, a leaver's is made inactive.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Contact, Field, Fields, Id, Row, Side, Udf, User, Value};
use crate::plan::{Action, ChangeKey, EvidenceKind, FieldChange, Left, NewValue, RecordKind, Skip, Who};
use crate::reconcile::inactive;
use crate::reconcile::link::{Person, contact_primary, keys, primary};
use crate::reconcile::merge;
use crate::reconcile::person::Standing;
use crate::reconcile::pins;
use crate::reconcile::scope::Scope;
use crate::reconcile::view::{View, id_key};
use crate::text::{email, show};

use super::addresses::{self, Move};
use super::fit::{self, Settled};
use super::mistyped::{self, Mistyped};
use super::one_name::{self, Names};
use super::pin;
use super::udf::{self, Udfs};
use super::{Draft, key};

/// A person's contact as it will be once the plan is applied.
#[derive(Debug, Clone)]
pub(super) struct After {
    pub(super) target: Target,
    pub(super) fields: Fields,
    /// Whether it will be active; `None` where the PSA did not say and nothing is written of it.
    pub(super) live: Option<bool>,
}

/// A contact that exists, or the change that makes it.
#[derive(Debug, Clone)]
pub(super) enum Target {
    Existing(Id),
    New(ChangeKey),
}

/// The drafts for all persons, with the contacts as they will be.
pub(super) struct Contacts {
    pub(super) drafts: Vec<Option<Draft>>,
    pub(super) after: Vec<Option<After>>,
    pub(super) skips: Vec<Skip>,
    /// Persons who get no new record on any side.
    pub(super) held_back: BTreeSet<usize>,
    /// How many contacts are not made, or not made active again, since the company is inactive.
    pub(super) left_out: usize,
}

/// Drafts the contact changes of all persons.
pub(super) fn draft(
    view: &View<'_>,
    scope: &Scope,
    persons: &[Person],
    standings: &[Standing],
    udfs: &Udfs<'_>,
    mistyped: &Mistyped<'_>,
) -> Contacts {
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
        let owner = pins::owner(view, scope, person, standings[index]);
        let mut desk = Desk { view, udfs, owner, who: person.who(view), skips: &mut contacts.skips };
        contacts.drafts[index] = match standings[index] {
            Standing::InScope => person.user.and_then(|user| desk.update(view.users[user], contact)),
            Standing::Backed => Draft::new(Action::Update, desk.pin(Some(contact)).into_iter().collect()),
            Standing::Leaver(left) => desk.deactivate(scope, person, contact, left),
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
    contacts.skips.extend(pin::stopped(view, udfs, persons, |index, person| {
        pins::owner(view, scope, person, standings[index])
    }));
    let held = Held::new(view, holders, &addresses);
    for (index, person) in persons.iter().enumerate() {
        let wants = person.contact.is_none() && standings[index] == Standing::InScope;
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
        let owner = pins::owner(view, scope, person, standings[index]);
        let mut desk = Desk { view, udfs, owner, who: person.who(view), skips: &mut contacts.skips };
        let draft = desk.create(user, &held);
        if draft.is_some() && !inactive::makes_new(view) {
            contacts.left_out += 1;
        } else if let Some(draft) = draft {
            let id = view.users[user].id.clone();
            let target = Target::New(key(view, RecordKind::Contact, &id, true));
            // What a new contact is not given reads as blank from then on.
            let blank =
                Field::PERSONAL.into_iter().filter(|field| view.input.psa_shape.field(*field).is_some());
            let given = draft.fields();
            let mut fields =
                blank.map(|field| (field, given.text(field).unwrap_or_default().to_owned())).collect();
            one_name::take_apart_like(view.input.psa_shape, &view.users[user].fields, &mut fields);
            contacts.after[index] = Some(After { target, fields, live: Some(true) });
            contacts.drafts[index] = Some(draft);
        }
    }
    contacts
}

impl Contacts {
    /// Forgets the contacts that were to be made and are not, so that nothing takes from them.
    pub(super) fn forget_new(&mut self) {
        for (after, draft) in self.after.iter_mut().zip(&self.drafts) {
            after.take_if(|after| draft.is_none() && matches!(after.target, Target::New(_)));
        }
    }

    /// Takes back the changes of addresses that another contact keeps or another user has; returns every
    /// contact's address after.
    fn settle_addresses(
        &mut self,
        view: &View<'_>,
        persons: &[Person],
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
    fn keep_address(&mut self, view: &View<'_>, persons: &[Person], index: usize, why: &str) {
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

/// The contacts of which the PSA did not say whether they are active, in one line.
pub(super) fn flags_unread(view: &View<'_>) -> Option<Skip> {
    let unread = view.contacts.iter().filter(|contact| contact.active.is_none()).count();
    let reason = format!(
        "contact-active: active flag not read of {} of {} contacts: they are made neither active nor inactive, and no \
         portal user is made from them alone",
        show::count(unread),
        show::count(view.contacts.len())
    );
    let next = Some("run again; if it stays, look at one of them in the PSA".to_owned());
    (unread > 0).then_some(Skip { row: Row::ContactActive, who: None, reason, next, strict: false })
}

/// The users in scope, by primary email and user name. An account that is out of scope blocks no create.
type Holders = BTreeMap<String, BTreeSet<usize>>;

fn holders(view: &View<'_>, scope: &Scope) -> Holders {
    let mut holders = Holders::new();
    for (user, record) in view.users.iter().enumerate().filter(|(user, _)| scope.users[*user].is_none()) {
        for address in primary(record).into_iter().chain(email::key(&record.user_name)) {
            holders.entry(address).or_default().insert(user);
        }
    }
    holders
}

/// Returns whether a user other than `user` has the address.
fn is_shared(holders: &Holders, address: &str, user: usize) -> bool {
    holders.get(address).is_some_and(|users| users.iter().any(|other| *other != user))
}

/// The contact as it will be.
fn after(view: &View<'_>, user: Option<&User>, contact: &Contact, draft: Option<&Draft>) -> After {
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
    After { target: Target::Existing(contact.id.clone()), fields, live }
}

/// Who has which address once the existing contacts are written.
struct Held<'a> {
    contacts: BTreeMap<String, &'a Contact>,
    users: Holders,
}

impl<'a> Held<'a> {
    fn new(view: &View<'a>, users: Holders, addresses: &[Option<String>]) -> Self {
        let mut contacts = BTreeMap::new();
        for (contact, address) in view.contacts.iter().zip(addresses) {
            let alternates =
                if view.on(Row::MatchPsaAlternates) { keys(&contact.alternates) } else { keys(&[]) };
            for address in address.iter().cloned().chain(alternates) {
                contacts.entry(address).or_insert(*contact);
            }
        }
        Self { contacts, users }
    }

    /// Returns why a new contact for `user` would be the second contact of a person.
    fn objection(&self, view: &View<'_>, user: usize) -> Option<String> {
        let record = view.users[user];
        let own: Vec<String> = primary(record).into_iter().chain(email::key(&record.user_name)).collect();
        let other = if view.on(Row::Match365Alternates) { keys(&record.alternates) } else { keys(&[]) };
        let contact =
            own.iter().chain(&other).find_map(|address| Some((address, self.contacts.get(address)?)));
        if let Some((address, contact)) = contact {
            return Some(format!("no contact is made: {address} belongs to contact {} already", contact.id));
        }
        own.iter()
            .find(|address| is_shared(&self.users, address, user))
            .map(|address| format!("no contact is made: another 365 user has {address} as well"))
    }
}

/// The next step where a leaver's records are not the leaver's beyond doubt.
pub(super) const BY_HAND: &str = "pin the two, or make the contact inactive by hand";

/// Why the records of a person whose user left are not changed: they may be another person's.
pub(super) fn objection(scope: &Scope, person: &Person) -> Option<&'static str> {
    if person.contact.is_some() && !person.is_own_user() {
        return Some("the 365 user left, but only an alternate address links the contact to it");
    }
    // A leaver's mail often goes on to a colleague as an alternate address, which means nothing where an
    // id says whose the contact is. The address as another user's own does.
    let claimed = person.claimed_by.iter().any(|claim| match claim.kind {
        EvidenceKind::PrimaryEmail | EvidenceKind::UserName => scope.left[claim.user].is_none(),
        kind if kind < EvidenceKind::PrimaryEmail => !claim.linked,
        _ => !claim.linked && scope.users[claim.user].is_none() && !person.is_linked_by_id(),
    });
    claimed.then_some("the 365 user left, but another user who is here has an address of the contact")
}

/// Drafts one person's contact.
struct Desk<'a, 'b> {
    view: &'b View<'a>,
    udfs: &'b Udfs<'a>,
    /// The portal user whose PIN the contact gets.
    owner: Option<usize>,
    who: Who,
    skips: &'b mut Vec<Skip>,
}

impl Desk<'_, '_> {
    /// The contact of a user in scope.
    fn update(&mut self, user: &User, contact: &Contact) -> Option<Draft> {
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
        }
        changes.extend(self.udfs.presence.and_then(|udf| presence(contact, &udf.kind, true)));
        changes.extend(self.udfs.user_id.and_then(|_| stored_id(contact, user)));
        changes.extend(self.pin(Some(contact)));
        let action = if contact.active == Some(false) { Action::Reactivate } else { Action::Update };
        Draft::new(action, changes)
    }

    /// The contact of a user who left.
    fn deactivate(&mut self, scope: &Scope, person: &Person, contact: &Contact, left: Left) -> Option<Draft> {
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
        if let Some(reason) = objection(scope, person) {
            self.skip(Row::ContactActive, reason.to_owned(), Some(BY_HAND));
            return None;
        }
        let mut changes = vec![flag(Field::Active, Some("true"), "false", Row::ContactActive)];
        if left == Left::Deleted {
            changes.extend(self.udfs.presence.and_then(|udf| presence(contact, &udf.kind, false)));
        }
        Draft::new(Action::Deactivate, changes)
    }

    /// A contact for a user in scope who has none.
    fn create(&mut self, user: usize, held: &Held<'_>) -> Option<Draft> {
        if let Some(reason) = held.objection(self.view, user) {
            self.skip(
                Row::UpdateContact,
                reason,
                Some("write a pin, a split or an ignore into decisions.toml, or correct the records"),
            );
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
        // One field for both needs one of them, whichever it is.
        let nameless = shape.joined_name() && changes.iter().all(|change| !one_name::is_name(change.field));
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

    /// The support PIN of a contact, or of a new one.
    fn pin(&mut self, contact: Option<&Contact>) -> Option<FieldChange> {
        let (udf, owner) = self.udfs.pin.zip(self.owner)?;
        pin::change(self.view, udf, owner, contact).unwrap_or_else(|reason| {
            self.skips.push(pin::skip(self.who.clone(), reason));
            None
        })
    }

    fn skip(&mut self, row: Row, reason: String, next: Option<&str>) {
        let next = next.map(ToOwned::to_owned);
        self.skips.push(Skip { row, who: Some(self.who.clone()), reason, next, strict: false });
    }
}

/// A change that 365 asks for, whatever a field rule says.
pub(super) fn flag(field: Field, before: Option<&str>, after: &str, row: Row) -> FieldChange {
    FieldChange {
        field,
        before: before.map(ToOwned::to_owned),
        after: NewValue::Text(after.to_owned()),
        source: Side::Tenant,
        row,
        note: None,
    }
}

/// Whether a 365 user stands behind the contact, in the way the field says it; `None` if it says so already.
fn presence(contact: &Contact, kind: &crate::model::UdfKind, yes: bool) -> Option<FieldChange> {
    let field = Field::Udf(Udf::IsOffice365);
    let before = read(contact.fields.get(field))?;
    let after = udf::presence(kind, yes)?;
    (udf::truth(kind, before) != Some(yes)).then(|| flag(field, Some(before), &after, Row::Office365Presence))
}

/// The contact's 365 id; `None` if it holds it already.
fn stored_id(contact: &Contact, user: &User) -> Option<FieldChange> {
    let field = Field::Udf(Udf::Office365Id);
    let before = read(contact.fields.get(field))?;
    let mut change = flag(field, Some(before), user.id.as_str(), Row::Office365Id);
    change.note = (!before.is_empty()).then(|| "held another id".to_owned());
    (id_key(before) != id_key(user.id.as_str())).then_some(change)
}

/// The text of a field that was read, blank or not.
fn read(value: Value<'_>) -> Option<&str> {
    match value {
        Value::Absent | Value::Hidden => None,
        Value::Empty => Some(""),
        Value::Text(text) => Some(text),
    }
}
