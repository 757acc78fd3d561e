//! From persons to changes: compare what should be with what is, and write down every difference once.
//!
//! Contacts come first, since the portal takes from the contact what the contact will hold once the plan is
//! applied; otherwise a second run would find something to do.

mod addresses;
mod company;
mod contact;
mod details;
mod fit;
mod mistyped;
mod one_name;
mod pin;
mod portal;
mod roles;
mod udf;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Fields, Id, Pending, Row, Udf, Unasked, Value};
use crate::plan::{
    Action, Assignment, Change, ChangeKey, Evidence, FieldChange, Namesakes, NewValue, Record, RecordKind,
    Seek, Skip, Todo, Unmoved, Who,
};
use crate::text::{email, name, show};

use super::When;
use super::inactive;
use super::leaving::Past;
use super::link::{Links, Person};
use super::namesakes;
use super::person::Standing;
use super::scope::Scope;
use super::types;
use super::view::View;
use mistyped::Mistyped;
use roles::Roles;
pub(super) use udf::truth;
pub use udf::usable;

use udf::Udfs;

/// A change, and whose it is: a person by its place, or the company's own.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) person: Option<usize>,
    pub(super) change: Change,
}

/// Everything that would be written for a company, in order, and what is left out.
#[derive(Debug)]
pub(super) struct Changes {
    pub(super) planned: Vec<Planned>,
    pub(super) skipped: Vec<Skip>,
    pub(super) todo: Vec<Todo>,
    /// Roles and groups that people know of once they saw the plan.
    pub(super) assigned: BTreeMap<Id, Assignment>,
    /// How many records are not made, or not made active again, since the company is inactive.
    pub(super) left_out: usize,
}

/// What is to be done with one record.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) action: Action,
    changes: Vec<FieldChange>,
}

impl Draft {
    /// A draft, unless nothing changes.
    fn new(action: Action, mut changes: Vec<FieldChange>) -> Option<Self> {
        changes.sort_by_key(|change| change.field);
        (!changes.is_empty()).then_some(Self { action, changes })
    }

    /// The values that will stand in the record.
    fn fields(&self) -> Fields {
        let text = |change: &FieldChange| match &change.after {
            NewValue::Text(text) => Some((change.field, text.clone())),
            NewValue::Blank => Some((change.field, String::new())),
            NewValue::IdOf(_) | NewValue::PinOf(_) => None,
        };
        self.changes.iter().filter_map(text).collect()
    }

    /// The email address that the record gets, normalised.
    fn address(&self) -> Option<String> {
        self.fields().text(Field::Email).map(email::normalise)
    }
}

/// Plans all changes of a company.
///
/// `gone` are the users that the listing lacks and a look showed to be gone; without it, all that the listing lacks are.
pub(super) fn changes(
    view: &View<'_>,
    scope: &Scope,
    links: &Links,
    standings: &[Standing],
    past: &Past<'_, '_>,
    gone: Option<&BTreeSet<Id>>,
) -> Changes {
    let persons = &links.persons;
    let mut udfs = Udfs::new(view);
    let mut skipped = unserved(view);
    skipped.extend(unserved_fields(view));
    skipped.extend(types::unserved(view));
    skipped.append(&mut udfs.skips);
    skipped.extend(view.own.pending.as_ref().map(pending));
    skipped.extend(contact::flags_unread(view));
    let mistyped = Mistyped::new(view, scope, persons);
    let namesakes = namesakes::of_new_records(view, scope, links, standings);
    let hold = |drafts: &mut [Option<Draft>], skips: &mut Vec<Skip>, kind| {
        if view.policy.hold_namesakes {
            hold_back(view, persons, &namesakes, kind, drafts, skips);
        }
    };
    let mut contacts = contact::draft(view, scope, persons, standings, &udfs, &mistyped);
    hold(&mut contacts.drafts, &mut contacts.skips, RecordKind::Contact);
    contacts.forget_new();
    let mut portal_users = portal::draft(view, scope, persons, standings, &contacts, &mistyped);
    hold(&mut portal_users.drafts, &mut portal_users.skips, RecordKind::PortalUser);
    let mut left_out = contacts.left_out + inactive::hold_back(view, &mut portal_users.drafts);
    let held_back = contacts.held_back;
    let Roles { todo, assigned } = roles::roles(view, &scope.types, links, standings, &portal_users.drafts);
    let mut planned = company::changes(view, &udfs);
    skipped.extend(company::unclear(view, &udfs));
    skipped.extend(contacts.skips);
    let mut add = |kind, drafts: Vec<Option<Draft>>| {
        for (index, draft) in drafts.into_iter().enumerate() {
            planned.extend(draft.map(|draft| person_change(view, kind, persons, &namesakes, index, draft)));
        }
    };
    add(RecordKind::Contact, contacts.drafts);
    add(RecordKind::PortalUser, portal_users.drafts);
    let mut details = details::details(view, scope, persons, standings, past, gone);
    let is_new = |each: &Planned| each.change.action == Action::Create;
    details
        .planned
        .retain(|each| !(is_new(each) && each.person.is_some_and(|person| held_back.contains(&person))));
    let all = details.planned.len();
    details.planned.retain(|each| inactive::makes_new(view) || !inactive::is_new(each.change.action));
    left_out += all - details.planned.len();
    planned.append(&mut details.planned);
    if view.own.portal_writes {
        skipped.extend(portal_users.skips);
        skipped.append(&mut details.skipped);
    } else {
        skipped.extend(leave_portal(&mut planned));
    }
    rest_on_looks(&mut planned, persons, standings, past);
    planned.sort_by_cached_key(|each| order(&each.change));
    Changes { planned, skipped, todo, assigned, left_out }
}

/// Writes into every change that shuts a leaver out which 365 user it rests on.
fn rest_on_looks(planned: &mut [Planned], persons: &[Person], standings: &[Standing], past: &Past<'_, '_>) {
    for Planned { person, change } in planned.iter_mut() {
        let Some(index) = *person else { continue };
        if let (Action::Deactivate, Standing::Leaver(how)) = (change.action, standings[index]) {
            change.left = past.departure(&persons[index], how);
        }
    }
}

/// Takes back the new records that would stand beside one of nearly the same name, until a person decided.
fn hold_back(
    view: &View<'_>,
    persons: &[Person],
    namesakes: &[Option<Namesakes>],
    kind: RecordKind,
    drafts: &mut [Option<Draft>],
    skips: &mut Vec<Skip>,
) {
    for (index, beside) in namesakes.iter().enumerate() {
        let Some(beside) = beside else { continue };
        let is_new = |draft: &mut Draft| draft.action == Action::Create;
        let Some(draft) = drafts[index].take_if(is_new) else { continue };
        skips.push(Skip {
            row: draft.changes.iter().map(|change| change.row).min().unwrap_or(Row::UpdateContact),
            who: Some(persons[index].who(view)),
            reason: format!(
                "no {} is made while it is not decided whether this person is {} (hold-namesakes)",
                kind.noun(),
                namesakes::words(&beside.records)
            ),
            next: Some(beside.next.clone()),
            strict: false,
        });
    }
}

/// Whether the company's contacts can hold support PINs.
pub(super) fn takes_pins(view: &View<'_>) -> bool {
    Udfs::new(view).pin.is_some()
}

/// Rows that are asked for and that the PSA cannot serve: one line each, so that nothing is dropped silently.
fn unserved(view: &View<'_>) -> Vec<Skip> {
    let contacts = view.contacts.len();
    let rows = Row::ALL.into_iter().filter(|row| {
        view.policy.rows.contains(row)
            || (*row == Row::RequireName && view.policy.require_name != super::RequireName::No)
    });
    rows.filter(|row| !view.input.capabilities.serves(*row))
        .map(|row| {
            let (why, left) = match row {
                Row::ContactActive => ("has no active flag", format!("{contacts} contacts left as they are")),
                Row::TenantId => {
                    ("has no field for it on the company", "the company is left as it is".to_owned())
                }
                Row::CompanyDetails => ("does not tell them", "the company is left as it is".to_owned()),
                Row::MatchPsaAlternates => {
                    ("keeps no further addresses", format!("{contacts} contacts are matched by one"))
                }
                Row::IgnoreNameUpdates => {
                    ("does not offer it", format!("the names of {contacts} contacts follow 365"))
                }
                _ => ("does not offer it", format!("{contacts} contacts left as they are")),
            };
            let reason = format!("{row}: {} {why}, {left}", view.psa_name());
            let next = Some(format!("switch {row} off for this PSA"));
            Skip { row, who: None, reason, next, strict: true }
        })
        .collect()
}

/// Returns the skip for field rules that are on and for which the PSA's contacts have no field.
fn unserved_fields(view: &View<'_>) -> Option<Skip> {
    let row = Row::UpdateContact;
    let rules = view.policy.contact_fields.iter().filter(|(_, rule)| rule.when != When::Never);
    let lacking = rules.filter(|(field, _)| view.input.psa_shape.field(**field).is_none());
    let lacking: Vec<&str> = lacking.map(|(field, _)| field.name()).collect();
    (view.on(row) && !lacking.is_empty()).then(|| {
        let (contacts, psa, fields) = (view.contacts.len(), view.psa_name(), lacking.join(", "));
        let never: Vec<String> = lacking.iter().map(|field| format!("{field} = \"never\"")).collect();
        Skip {
            row,
            who: None,
            reason: format!(
                "{row}: contacts of {psa} have no field for {fields}, {contacts} contacts left as they are"
            ),
            next: Some(format!("write {} under [fields.contact]", never.join(", "))),
            strict: true,
        }
    })
}

/// What is not known of the company yet, in one line.
fn pending(pending: &Pending) -> Skip {
    let Pending { company, unknown, contacts, why } = pending;
    let of_contacts = format!("{} of {} contacts", show::count(*unknown), show::count(*contacts));
    let whose = match (company, unknown) {
        (true, 0) => "the company".to_owned(),
        (true, _) => format!("the company and {of_contacts}"),
        (false, _) => of_contacts,
    };
    let (reason, next) = match why {
        Unasked::Until(time) => (
            format!("custom fields of {whose} are not known yet; run again after {}", show::minute(*time)),
            (*unknown > 0).then(|| {
                "until then only people whose contact stores their 365 id are changed, and no contact is made"
                    .to_owned()
            }),
        ),
        Unasked::Refused { reason, hint } => {
            (format!("custom fields of {whose} are not known: {reason}"), hint.clone())
        }
    };
    Skip { row: Row::Office365Id, who: None, reason, next, strict: false }
}

/// Takes the portal's changes out of a plan that may not touch the portal.
fn leave_portal(planned: &mut Vec<Planned>) -> Option<Skip> {
    let all = planned.len();
    let first = planned.iter().find(|each| is_portal(&each.change)).map(|each| each.change.fields[0].row);
    planned.retain(|each| !is_portal(&each.change));
    let left_out = all - planned.len();
    first.map(|row| Skip {
        row,
        who: None,
        reason: format!("the portal is read-only for this company, {left_out} changes left out"),
        next: None,
        strict: false,
    })
}

fn is_portal(change: &Change) -> bool {
    matches!(change.record.kind, RecordKind::PortalCompany | RecordKind::PortalUser | RecordKind::Details)
}

/// Companies, then contacts, then portal users, then everything that shuts a person out, and details records
/// last; by name and record within each. A record that another one needs the id of thus stands before it.
fn order(change: &Change) -> (u8, String, Record, ChangeKey) {
    let stage = match (change.record.kind, change.action) {
        (RecordKind::PsaCompany | RecordKind::PortalCompany, _) => 0,
        // Many of them travel in one request, so what is done alike stands together.
        (RecordKind::Details, Action::Reactivate | Action::Update | Action::Deactivate) => 9,
        (RecordKind::Details, Action::Create) => 10,
        (RecordKind::Contact, Action::Reactivate) => 1,
        (RecordKind::Contact, Action::Update) => 2,
        (RecordKind::Contact, Action::Create) => 3,
        (_, Action::Reactivate) => 4,
        (_, Action::Update) => 5,
        (_, Action::Create) => 6,
        // Records of one kind stand together, since they are looked at together.
        (RecordKind::Contact, Action::Deactivate) => 7,
        (_, Action::Deactivate) => 8,
    };
    (stage, name::key(&change.who.name), change.record.clone(), change.key.clone())
}

/// The name of a change: the record's id, or the id of the record that a new one is made from.
pub(super) fn key(view: &View<'_>, kind: RecordKind, id: &Id, new: bool) -> ChangeKey {
    let (kind, new) = (kind.name(), if new { "new/" } else { "" });
    ChangeKey(format!("{}/{kind}/{new}{id}", view.own.name))
}

fn person_change(
    view: &View<'_>,
    kind: RecordKind,
    persons: &[Person],
    namesakes: &[Option<Namesakes>],
    index: usize,
    draft: Draft,
) -> Planned {
    let person = &persons[index];
    let user = person.user.map(|user| &view.users[user].id);
    let contact = person.contact.map(|contact| &view.contacts[contact].id);
    let portal_user = person.portal_user.map(|user| &view.portal_users[user].id);
    let (company, id, evidence) = if kind == RecordKind::Contact {
        (&view.own.psa_id, contact, contact_evidence(person))
    } else {
        (&view.own.portal_id, portal_user, person.portal_evidence.clone())
    };
    let name = id
        .or(user)
        .or(contact)
        .map_or_else(|| key(view, kind, company, true), |of| key(view, kind, of, id.is_none()));
    let made = id.is_none();
    let change = Change {
        key: name,
        record: Record { kind, company: company.clone(), id: id.cloned() },
        action: draft.action,
        who: person.who(view),
        unmoved: unmoved(view, kind, person, &draft.changes),
        seek: made.then(|| seek(view, kind, person, &draft)),
        left: None,
        namesakes: namesakes[index].clone().filter(|_| made),
        evidence: if made { Vec::new() } else { evidence },
        fields: draft.changes,
    };
    Planned { person: Some(index), change }
}

/// What the record of a person holds now that the change rests on: whether it is active, and whose it says it is.
fn unmoved(view: &View<'_>, kind: RecordKind, person: &Person, written: &[FieldChange]) -> Vec<Unmoved> {
    let contact =
        person.contact.filter(|_| kind == RecordKind::Contact).map(|contact| view.contacts[contact]);
    let portal_user = person.portal_user.filter(|_| kind == RecordKind::PortalUser);
    let stored = Field::Udf(Udf::Office365Id);
    let holds = |fields: &Fields, field| match fields.get(field) {
        Value::Absent | Value::Hidden => None,
        Value::Empty => Some(String::new()),
        Value::Text(text) => Some(text.to_owned()),
    };
    let active = contact
        .filter(|_| view.input.psa_shape.field(Field::Active).is_some())
        .and_then(|contact| Some((Field::Active, contact.active?.to_string())));
    let stored = contact.and_then(|contact| Some((stored, holds(&contact.fields, stored)?)));
    let key = portal_user
        .and_then(|user| Some((Field::PsaKey, holds(&view.portal_users[user].fields, Field::PsaKey)?)));
    active
        .into_iter()
        .chain(stored)
        .chain(key)
        .filter(|(field, _)| written.iter().all(|change| change.field != *field))
        .map(|(field, value)| Unmoved { field, value })
        .collect()
}

/// What the person of a new record is searched by.
fn seek(view: &View<'_>, kind: RecordKind, person: &Person, draft: &Draft) -> Seek {
    let user = person.user.map(|user| view.users[user]);
    let own = draft.address();
    let of_user = user.filter(|_| kind == RecordKind::Contact).into_iter().flat_map(|user| {
        let others = if view.on(Row::Match365Alternates) { user.alternates.as_slice() } else { &[] };
        [user.email().unwrap_or_default(), &user.user_name]
            .into_iter()
            .chain(others.iter().map(String::as_str))
            .filter_map(email::key)
            .collect::<Vec<_>>()
    });
    // A service finds an address as it is stored, in whichever spelling of its domain.
    let mut emails: Vec<String> =
        own.into_iter().chain(of_user).flat_map(|address| email::spellings(&address)).collect();
    emails.sort();
    emails.dedup();
    Seek {
        user: user.map(|user| user.id.clone()),
        emails,
        alternates: kind == RecordKind::Contact && view.on(Row::MatchPsaAlternates),
    }
}

/// What speaks for a contact being the person's, with the user it belonged to where that one is gone.
pub(super) fn contact_evidence(person: &Person) -> Vec<Evidence> {
    let gone = person.orphan.as_ref().filter(|_| person.user.is_none());
    let gone = gone.map(|orphan| Evidence { kind: orphan.kind, value: orphan.id.clone(), decided: true });
    gone.into_iter().chain(person.evidence.iter().cloned()).collect()
}

fn company_change(view: &View<'_>, kind: RecordKind, draft: Draft) -> Planned {
    let (id, name) = match kind {
        RecordKind::PsaCompany => (&view.own.psa_id, &view.psa.name),
        _ => (&view.own.portal_id, &view.portal.name),
    };
    let change = Change {
        key: key(view, kind, id, false),
        record: Record { kind, company: id.clone(), id: Some(id.clone()) },
        action: draft.action,
        who: Who { name: name.clone(), email: None },
        fields: draft.changes,
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    };
    Planned { person: None, change }
}
