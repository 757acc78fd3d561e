//! What is to be remembered of a company: which records are linked, and how many records there were.

use std::collections::BTreeMap;

use super::earlier::EarlierRuns;
use super::guard;
use super::link::Links;
use super::linked::LinkedCompany;
use super::status::PersonStatus;
use crate::model::{Field, Id, PortalUser, Row, User};
use crate::plan::{Action, Assignment, CompanyMemory, EvidenceKind, Link, RecordKind};
use crate::reconcile::changes::planned::Planned;
use crate::reconcile::input::{Recorded, View};
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
    let mut replaced = Replaced::new(view);
    let mut found: Vec<Link> = Vec::with_capacity(links.persons.len());
    for (person, status) in links.persons.iter().zip(statuses) {
        let Some((user, link)) = link(view, person) else { continue };
        replaced.by(view, user, person, &link);
        found.push(earlier.remember(link, Some(user), view.ids.of_user(user), earlier.part(person, *status)));
    }
    let asked = asked(view, links);
    for (old, records) in view.recorded.iter().zip(view.ids.recorded()) {
        let kept = if replaced.has(records) { None } else { lasting(view, &asked, old, records) };
        // Only the very id that was remembered says which settings kept the user out.
        let user = view.ids.user(records.user).filter(|user| view.users[*user].id == old.user);
        found.extend(kept.map(|lasts| match lasts {
            Lasts::Whole(link) => earlier.remember(link, user, records.user, false),
            Lasts::Owner(link) => link,
        }));
    }
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

/// Returns the link of a person, with the person's user.
fn link(view: &View<'_>, person: &LinkedPerson) -> Option<(usize, Link)> {
    let own = |kind: Option<EvidenceKind>| kind.is_some_and(|kind| kind <= EvidenceKind::UserName);
    let place = person.user?;
    let user = view.users[place];
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
    let is_link = person.conflict.is_none() && (link.contact.is_some() || link.portal_user.is_some());
    is_link.then_some((place, link))
}

/// Reports whether a portal user has the 365 user's own address or name.
fn has_own_address(user: &User, portal_user: &PortalUser) -> bool {
    let address = portal_user.email();
    address.is_some_and(|address| {
        email::same(address, &user.user_name) || user.email().is_some_and(|own| email::same(address, own))
    })
}

/// The records whose links of earlier runs are replaced by those of today.
struct Replaced {
    /// By the number of the user's id.
    users: Vec<bool>,
    contacts: Vec<bool>,
    portal_users: Vec<bool>,
}

impl Replaced {
    fn new(view: &View<'_>) -> Self {
        Self {
            users: vec![false; view.ids.len()],
            contacts: vec![false; view.contacts.len()],
            portal_users: vec![false; view.portal_users.len()],
        }
    }

    /// Takes note of the link of a person.
    fn by(&mut self, view: &View<'_>, user: usize, person: &LinkedPerson, link: &Link) {
        self.users[view.ids.of_user(user).place()] = true;
        let contact = person.contact.filter(|_| link.contact.is_some());
        if let Some(contact) = contact {
            self.contacts[contact] = true;
        }
        let portal_user = person.portal_user.filter(|_| link.portal_user.is_some());
        if let Some(user) = portal_user {
            self.portal_users[user] = true;
        }
    }

    fn has(&self, records: &Recorded) -> bool {
        self.users[records.user.place()]
            || records.contact.is_some_and(|contact| self.contacts[contact])
            || records.portal_user.is_some_and(|user| records.contact.is_none() && self.portal_users[user])
    }
}

/// Returns for every contact whether it is the one of a person who is a question for a person.
fn asked(view: &View<'_>, links: &Links) -> Vec<bool> {
    let mut asked = vec![false; view.contacts.len()];
    for person in links.persons.iter().filter(|person| person.conflict.is_some()) {
        person.contact.into_iter().for_each(|contact| asked[contact] = true);
    }
    asked
}

/// What lasts of a link of an earlier run.
enum Lasts {
    /// All of it.
    Whole(Link),
    /// Whose the records were, and no more: the user is gone, and everything that follows from that was done. Who makes
    /// the contact active again afterwards has a reason.
    Owner(Link),
}

/// Returns what lasts of a link of an earlier run that nothing of today replaces, as long as its contact is there, or its portal
/// user where it has no contact, or one that is gone while the portal user may still sign in. A user who is gone is
/// remembered until the contact is seen to be inactive, in no conflict, and the sign-in to be off, so that a change
/// that failed is tried again and a question stays one; where the contact stores no id, or only a portal user was
/// linked, as long as that one is there, so that it does not go to the next person with its address.
fn lasting(view: &View<'_>, asked: &[bool], old: &Link, records: &Recorded) -> Option<Lasts> {
    let gone = view.ids.user(records.user).is_none();
    let is_active = records.contact.is_some_and(|contact| view.contacts[contact].active != Some(false));
    let is_asked = records.contact.is_some_and(|contact| asked[contact]);
    let portal_user = records.portal_user.map(|user| &view.portal_users[user].id);
    let login = portal_user.and_then(|id| view.input.memory.written.get(&(id.clone(), Field::Login)));
    let may_sign_in = portal_user.is_some() && login.is_none_or(|login| login != "false");
    let is_there = match (&old.contact, records.contact) {
        (_, Some(_)) => true,
        (Some(_), None) => may_sign_in,
        (None, None) => portal_user.is_some(),
    };
    let writes = view.on(Row::SyncFrom365) && view.company.portal_writes;
    let lasts = !gone || is_active || (may_sign_in && writes) || records.contact.is_none() || is_asked;
    // What tells whose a contact was: the id that it stores, or else this link alone.
    let tells = records.contact.is_some_and(|contact| view.ids.stored(contact).is_none());
    let link = Link { gone, ..old.clone() };
    match is_there {
        true if lasts => Some(Lasts::Whole(link)),
        true if tells => Some(Lasts::Owner(Link { took_part: false, out_by_setting: false, ..link })),
        _ => None,
    }
}
