//! What is to be remembered of a company: which records are linked, and how many records there were.

use std::collections::{BTreeMap, BTreeSet};

use super::earlier::EarlierRuns;
use super::guard;
use super::link::Links;
use super::linked::LinkedCompany;
use super::status::PersonStatus;
use crate::model::{Contact, Field, Id, PortalUser, Row, User};
use crate::plan::{Action, Assignment, CompanyMemory, EvidenceKind, Link, RecordKind};
use crate::reconcile::changes::planned::Planned;
use crate::reconcile::input::{View, id_key};
use crate::reconcile::link::person::LinkedPerson;
use crate::text::email;

/// Returns what the next run should know. Only what an id, a decision, or a person's own address has linked is
/// remembered: an address that merely receives the mail says nothing once it is taken away.
pub(crate) fn company_memory(
    company: &LinkedCompany<'_>,
    earlier: &EarlierRuns<'_>,
    statuses: &[PersonStatus],
    planned: &[Planned],
    assigned: BTreeMap<Id, Assignment>,
) -> CompanyMemory {
    let LinkedCompany { view, scope, links, .. } = company;
    let person = |(person, status): (&LinkedPerson, &PersonStatus)| {
        Some(earlier.remember(link(view, person)?, earlier.part(person, *status)))
    };
    let mut found: Vec<Link> = links.persons.iter().zip(statuses).filter_map(person).collect();
    let users: BTreeSet<String> = found.iter().map(|link| id_key(link.user.as_str())).collect();
    let contacts: BTreeSet<Id> = found.iter().filter_map(|link| link.contact.clone()).collect();
    let portal_users: BTreeSet<Id> = found.iter().filter_map(|link| link.portal_user.clone()).collect();
    let superseded = |old: &&Link| {
        users.contains(&id_key(old.user.as_str()))
            || old.contact.as_ref().is_some_and(|contact| contacts.contains(contact))
            || old
                .portal_user
                .as_ref()
                .is_some_and(|user| old.contact.is_none() && portal_users.contains(user))
    };
    let there = TodaysRecords::new(view, links);
    let kept = view.recorded.iter().filter(|old| !superseded(old)).filter_map(|old| there.lasting(view, old));
    let kept = kept.map(|link| earlier.remember(link, false));
    found.extend(kept.collect::<Vec<_>>());
    found.sort();
    let counts = guard::counts(view.own);
    // What is archived now may not be listed any more: that is no loss.
    let goes = |each: &&Planned| {
        each.change.record.kind == RecordKind::Details && each.change.action == Action::Deactivate
    };
    let archived = planned.iter().filter(goes).count();
    let details = guard::details(view).map(|records| records.saturating_sub(archived));
    let licences = Some(scope.licences.clone());
    CompanyMemory { company: view.company.name.clone(), links: found, counts, details, assigned, licences }
}

fn link(view: &View<'_>, person: &LinkedPerson) -> Option<Link> {
    let own = |kind: Option<EvidenceKind>| kind.is_some_and(|kind| kind <= EvidenceKind::UserName);
    let user = view.users[person.user?];
    let contact = person.contact.filter(|_| own(person.linked_by));
    // What speaks for the portal user may be the contact's, which may not be the user's for long.
    let stands_alone = person.contact.is_none()
        || contact.is_some()
        || person.portal_linked_by == Some(EvidenceKind::Recorded);
    let portal_user = person
        .portal_user
        .filter(|_| own(person.portal_linked_by))
        .filter(|portal_user| stands_alone || has_own_address(user, view.portal_users[*portal_user]));
    let link = Link {
        user: user.id.clone(),
        contact: contact.map(|contact| view.contacts[contact].id.clone()),
        portal_user: portal_user.map(|user| view.portal_users[user].id.clone()),
        gone: false,
        took_part: false,
        out_by_setting: false,
    };
    (person.conflict.is_none() && (link.contact.is_some() || link.portal_user.is_some())).then_some(link)
}

/// Reports whether a portal user has the 365 user's own address or name.
fn has_own_address(user: &User, portal_user: &PortalUser) -> bool {
    let address = portal_user.email();
    address.is_some_and(|address| {
        email::same(address, &user.user_name) || user.email().is_some_and(|own| email::same(address, own))
    })
}

/// What is there now of the records that earlier runs knew.
struct TodaysRecords<'v> {
    users: BTreeSet<String>,
    contacts: BTreeMap<&'v Id, &'v Contact>,
    portal_users: BTreeSet<&'v Id>,
    /// Contacts of people who are a question for a person.
    asked: BTreeSet<&'v Id>,
}

impl<'v> TodaysRecords<'v> {
    fn new(view: &View<'v>, links: &Links) -> Self {
        let in_question = links.persons.iter().filter(|person| person.conflict.is_some());
        Self {
            users: view.users.iter().map(|user| id_key(user.id.as_str())).collect(),
            contacts: view.contacts.iter().map(|contact| (&contact.id, *contact)).collect(),
            portal_users: view.portal_users.iter().map(|user| &user.id).collect(),
            asked: in_question.filter_map(|person| Some(&view.contacts[person.contact?].id)).collect(),
        }
    }

    /// Returns a link of an earlier run that nothing of today replaces, as long as its contact is there, or its portal
    /// user where it has no contact. A user who is gone is remembered until the contact is seen to be inactive, in no
    /// conflict, and the sign-in to be off, so that a change that failed is tried again and a question stays one; where
    /// only a portal user was linked, as long as that one is there, so that it does not go to the next person with its
    /// address.
    fn lasting(&self, view: &View<'_>, old: &Link) -> Option<Link> {
        let gone = !self.users.contains(&id_key(old.user.as_str()));
        let contact = old.contact.as_ref().map(|id| self.contacts.get(id));
        let portal_user = old.portal_user.as_ref().filter(|id| self.portal_users.contains(id));
        let is_there = contact.map_or(portal_user.is_some(), |contact| contact.is_some());
        let is_active = contact.flatten().is_some_and(|contact| contact.active != Some(false));
        let is_asked = old.contact.as_ref().is_some_and(|contact| self.asked.contains(contact));
        let login = portal_user.and_then(|id| view.input.memory.written.get(&(id.clone(), Field::Login)));
        let writes = view.on(Row::SyncFrom365) && view.company.portal_writes;
        let may_sign_in = portal_user.is_some() && writes && login.is_none_or(|login| login != "false");
        let lasts = !gone || is_active || may_sign_in || old.contact.is_none() || is_asked;
        (is_there && lasts).then(|| Link { gone, ..old.clone() })
    }
}
