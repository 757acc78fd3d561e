//! From persons to changes: compare what should be with what is, and write down every difference once.
//!
//! Contacts come first, since the portal takes from the contact what the contact will hold once the plan is
//! applied; otherwise a second run would find something to do.

mod addresses;
pub(super) mod company;
mod contact;
mod details;
mod fit;
pub(super) mod inactive;
mod mistyped;
mod one_name;
mod pin;
pub(super) mod planned;
mod portal;
pub(super) mod record;
mod roles;
mod unserved;
mod whose;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Id, Row};
use crate::plan::{Action, Change, Namesakes, RecordKind, Skip};
use crate::reconcile::earlier::EarlierRuns;
use crate::reconcile::input::{Udfs, View};
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::namesakes;
use crate::reconcile::scope::types;
use crate::reconcile::status::PersonStatus;
use mistyped::Mistyped;
use planned::{Basis, Changes, Draft, Planned, order};
use record::person_change;
use roles::Roles;
use unserved::{pending, unserved, unserved_fields};

/// Plans all changes of a company.
///
/// `gone` are the users that the listing lacks and a look showed to be gone; without it, all that the listing lacks
/// are.
pub(crate) fn changes(basis: &Basis<'_>, gone: Option<&BTreeSet<Id>>) -> Changes {
    let Basis { company, earlier, statuses, follow_up: _ } = *basis;
    let LinkedCompany { view, scope, links, .. } = company;
    let persons = &links.persons;
    let mut udfs = Udfs::new(view);
    let mut skipped = unserved(view);
    skipped.extend(unserved_fields(view));
    skipped.extend(types::unserved(view));
    skipped.append(&mut udfs.skips);
    skipped.extend(view.own.pending.as_ref().map(pending));
    skipped.extend(unserved::flags_unread(view));
    let mistyped = Mistyped::new(view, scope, persons);
    let namesakes = namesakes::of_new_records(view, scope, links, statuses);
    let hold = |drafts: &mut [Option<Draft>], skips: &mut Vec<Skip>, kind| {
        if view.policy.hold_namesakes {
            hold_back(view, persons, &namesakes, kind, drafts, skips);
        }
    };
    let mut contacts = contact::draft(basis, &udfs, &mistyped);
    hold(&mut contacts.drafts, &mut contacts.skips, RecordKind::Contact);
    contacts.forget_new();
    let mut portal_users = portal::draft(basis, &contacts, &mistyped);
    hold(&mut portal_users.drafts, &mut portal_users.skips, RecordKind::PortalUser);
    let mut left_out = contacts.left_out + inactive::hold_back(view, &mut portal_users.drafts);
    let held_back = contacts.held_back;
    let Roles { todo, assigned } = roles::roles(view, &scope.types, links, statuses, &portal_users.drafts);
    let mut planned = company::changes(view, &udfs);
    skipped.extend(company::unclear(view, &udfs));
    skipped.extend(contacts.skips);
    let mut add = |kind, drafts: Vec<Option<Draft>>| {
        for (index, draft) in drafts.into_iter().enumerate() {
            planned.extend(draft.map(|draft| person_change(view, kind, links, &namesakes, index, draft)));
        }
    };
    add(RecordKind::Contact, contacts.drafts);
    add(RecordKind::PortalUser, portal_users.drafts);
    let mut details = details::details(basis, gone);
    let is_new = |each: &Planned| each.change.action == Action::Create;
    details
        .planned
        .retain(|each| !(is_new(each) && each.person.is_some_and(|person| held_back.contains(&person))));
    let all = details.planned.len();
    details.planned.retain(|each| inactive::makes_new(view) || !inactive::is_new(each.change.action));
    left_out += all - details.planned.len();
    planned.append(&mut details.planned);
    if view.company.portal_writes {
        skipped.extend(portal_users.skips);
        skipped.append(&mut details.skipped);
    } else {
        skipped.extend(leave_portal(&mut planned, |each| &each.change));
    }
    rest_on_looks(&mut planned, persons, statuses, earlier);
    planned.sort_by_cached_key(|each| order(&each.change));
    Changes { planned, skipped, todo, assigned, left_out }
}

/// Writes into every change that shuts a leaver out which 365 user it rests on.
fn rest_on_looks(
    planned: &mut [Planned],
    persons: &[LinkedPerson],
    statuses: &[PersonStatus],
    earlier: &EarlierRuns<'_>,
) {
    for Planned { person, change } in planned.iter_mut() {
        let Some(index) = *person else { continue };
        if let (Action::Deactivate, PersonStatus::Leaver(how)) = (change.action, statuses[index]) {
            change.left = earlier.departure(&persons[index], how);
        }
    }
}

/// Takes back the new records whose name is nearly that of another record, until a person decided.
fn hold_back(
    view: &View<'_>,
    persons: &[LinkedPerson],
    namesakes: &BTreeMap<usize, Namesakes>,
    kind: RecordKind,
    drafts: &mut [Option<Draft>],
    skips: &mut Vec<Skip>,
) {
    for (index, beside) in namesakes {
        let is_new = |draft: &mut Draft| draft.action == Action::Create;
        let Some(draft) = drafts[*index].take_if(is_new) else { continue };
        skips.push(Skip {
            row: draft.changes.iter().map(|change| change.row).min().unwrap_or(Row::UpdateContact),
            who: Some(persons[*index].who(view)),
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

/// Takes the portal's changes out of those of a company whose portal is not to be written, and says so, if there were any.
pub fn leave_portal<T>(changes: &mut Vec<T>, change: impl Fn(&T) -> &Change) -> Option<Skip> {
    let all = changes.len();
    let first = changes.iter().map(&change).find(|change| is_portal(change));
    let row = first.and_then(|change| change.fields.first()).map(|field| field.row);
    changes.retain(|each| !is_portal(change(each)));
    let left_out = all - changes.len();
    row.map(|row| Skip {
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
