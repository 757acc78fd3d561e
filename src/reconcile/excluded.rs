//! The records that are out of scope.

use std::collections::BTreeSet;

use super::linked::LinkedCompany;
use super::status::PersonStatus;
use crate::model::Side;
use crate::plan::Excluded;
use crate::reconcile::scope::reason::{NotInScope, Reason};

/// Returns every record that is out of scope by itself, besides those that are `listed` already; except contacts
/// that another record of the person brings in, or that row 9 handles.
pub(crate) fn excluded(
    company: &LinkedCompany<'_>,
    statuses: &[PersonStatus],
    listed: Vec<Excluded>,
) -> Vec<Excluded> {
    let LinkedCompany { view, scope, links, .. } = company;
    let mut handled: BTreeSet<usize> = BTreeSet::new();
    let mut ignored: BTreeSet<usize> = BTreeSet::new();
    for (person, status) in links.persons.iter().zip(statuses) {
        match status {
            PersonStatus::InScope | PersonStatus::Leaver(_) | PersonStatus::Waiting => {
                handled.extend(person.contact);
            }
            PersonStatus::Ignored => ignored.extend(person.contact),
            _ => {}
        }
    }
    let mut excluded = listed;
    let mut add = |side, index, out: &NotInScope| {
        let candidate = view.candidate(side, index);
        excluded.push(Excluded {
            side,
            id: candidate.id,
            who: candidate.who,
            reason: out.reason.to_string(),
            detail: out.detail.clone(),
        });
    };
    let outs = |outs: &[Option<Box<NotInScope>>]| -> Vec<(usize, Box<NotInScope>)> {
        outs.iter().enumerate().filter_map(|(index, out)| Some((index, out.clone()?))).collect()
    };
    for (user, out) in &outs(&scope.users) {
        add(Side::Tenant, *user, out);
    }
    for (contact, out) in outs(&scope.contacts).iter().filter(|(contact, _)| !handled.contains(contact)) {
        add(Side::Psa, *contact, out);
    }
    for (user, out) in &outs(&scope.portal_users) {
        add(Side::Portal, *user, out);
    }
    let of_ignored =
        |what: &str| NotInScope { reason: Reason::Ignored, detail: Some(format!("its {what} is ignored")) };
    for contact in ignored.into_iter().filter(|contact| scope.contacts[*contact].is_none()) {
        add(Side::Psa, contact, &of_ignored("365 user"));
    }
    for user in links.ignored_portal_users.iter().filter(|user| scope.portal_users[**user].is_none()) {
        add(Side::Portal, *user, &of_ignored("contact"));
    }
    for user in links.by_hand.iter().filter(|user| scope.portal_users[**user].is_none()) {
        add(Side::Portal, *user, &Reason::ByHand.into());
    }
    excluded.sort();
    excluded
}
