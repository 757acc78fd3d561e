//! From a draft to the change of one record: what it is called, what it rests on, and what a new record is searched by.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::planned::{Draft, Planned, key};
use crate::model::{Field, Fields, Row, Udf, Value};
use crate::plan::{Change, FieldChange, Namesakes, Record, RecordKind, Seek, Unmoved, Who};
use crate::reconcile::input::View;
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::text::email;

pub(crate) fn person_change(
    view: &View<'_>,
    kind: RecordKind,
    links: &Links,
    namesakes: &BTreeMap<usize, Namesakes>,
    index: usize,
    draft: Draft,
) -> Planned {
    let person = &links.persons[index];
    let user = person.user.map(|user| &view.users[user].id);
    let contact = person.contact.map(|contact| &view.contacts[contact].id);
    let portal_user = person.portal_user.map(|user| &view.portal_users[user].id);
    let (company, id) = match kind {
        RecordKind::Contact => (&view.company.psa_id, contact),
        _ => (&view.company.portal_id, portal_user),
    };
    let evidence = match kind {
        _ if id.is_none() => Vec::new(),
        RecordKind::Contact => links.contact_evidence(view, person),
        _ => links.portal_evidence(view, index),
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
        namesakes: namesakes.get(&index).filter(|_| made).cloned(),
        evidence,
        fields: draft.changes,
    };
    Planned { person: Some(index), change }
}

/// Returns what the record of a person holds now that the change rests on: whether it is active, and whose it says it
/// is.
fn unmoved(
    view: &View<'_>,
    kind: RecordKind,
    person: &LinkedPerson,
    written: &[FieldChange],
) -> Vec<Unmoved> {
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
    // Where no id is stored, one that the PSA itself has counts, and it may learn another one.
    let linked = contact
        .filter(|contact| contact.fields.text(stored).is_none())
        .and_then(|contact| Some((Field::LinkedId, holds(&contact.fields, Field::LinkedId)?)));
    let stored = contact.and_then(|contact| Some((stored, holds(&contact.fields, stored)?)));
    let key = portal_user
        .and_then(|user| Some((Field::PsaKey, holds(&view.portal_users[user].fields, Field::PsaKey)?)));
    active
        .into_iter()
        .chain(stored)
        .chain(linked)
        .chain(key)
        .filter(|(field, _)| written.iter().all(|change| change.field != *field))
        .map(|(field, value)| Unmoved { field, value })
        .collect()
}

/// Returns the further addresses of a user that contacts have which are another person's by a decision: such a contact
/// is no reason not to make one.
fn addresses_of_others<'v>(view: &'v View<'_>, user: usize) -> BTreeSet<&'v str> {
    let all = &view.addresses;
    let own = [all.primary(user), all.user_name(user)];
    let contacts = view.ids.split_from(view.ids.of_user(user));
    let held = contacts.flat_map(|contact| {
        all.contact(contact).into_iter().chain(all.contact_alternates(contact).iter().copied())
    });
    held.filter(|address| !own.contains(&Some(*address))).map(|address| all.text(address)).collect()
}

/// Returns what the person of a new record is searched by.
fn seek(view: &View<'_>, kind: RecordKind, person: &LinkedPerson, draft: &Draft) -> Seek {
    let user = person.user.map(|user| view.users[user]);
    let own = draft.address();
    let of_others = person.user.map(|user| addresses_of_others(view, user)).unwrap_or_default();
    let of_user = user.filter(|_| kind == RecordKind::Contact).into_iter().flat_map(|user| {
        let others = if view.on(Row::Match365Alternates) { user.alternates.as_slice() } else { &[] };
        [user.email().unwrap_or_default(), &user.user_name]
            .into_iter()
            .chain(others.iter().map(String::as_str))
            .filter_map(email::key)
            .filter(|address| !of_others.contains(&**address))
            .collect::<Vec<_>>()
    });
    // A service finds an address as it is stored, in whichever spelling of its domain.
    let mut emails: Vec<String> = own
        .map(Cow::Owned)
        .into_iter()
        .chain(of_user)
        .flat_map(|address| email::spellings(&address).map(Cow::into_owned).collect::<Vec<String>>())
        .collect();
    emails.sort();
    emails.dedup();
    Seek {
        user: user.map(|user| user.id.clone()),
        emails,
        // Whether further addresses link people is another matter.
        alternates: kind == RecordKind::Contact,
    }
}

pub(crate) fn company_change(view: &View<'_>, kind: RecordKind, draft: Draft) -> Planned {
    let (id, name) = match kind {
        RecordKind::PsaCompany => (&view.company.psa_id, &view.psa.name),
        _ => (&view.company.portal_id, &view.portal.name),
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
