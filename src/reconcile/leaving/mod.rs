//! Who leaves: leaving is an event of 365 that happens to a person who took part before, and it is seen twice.
//!
//! The listing only suggests that a user left. First it is found out for which users that would change anything, as if all of
//! it were true; those users are looked at by their ids, and what the looks confirm is planned.

pub(super) mod stays;

use crate::reconcile::link::Links;
use std::collections::BTreeSet;

use crate::model::Id;
use crate::reconcile::changes;
use crate::reconcile::changes::planned::{Basis, Changes};
use crate::reconcile::earlier::EarlierRuns;
use crate::reconcile::input::FollowUp;
use crate::reconcile::linked::LinkedCompany;
use crate::reconcile::status::PersonStatus;

/// A 365 user who seems to have left, and is looked at before that is believed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookWanted<'a> {
    /// The user's tenant, by its id in the configuration.
    pub tenant: &'a str,
    /// The user's object id, lower-case.
    pub user: Id,
}

/// Returns the users of a company who have to be looked at: those whose leaving would change anything.
pub(crate) fn looks_wanted<'a>(company: &LinkedCompany<'a>) -> Vec<LookWanted<'a>> {
    let LinkedCompany { view, scope, links, .. } = company;
    let assumed = company.assumed();
    // Who leaves does not depend on what is read after linking.
    let unread = FollowUp::default();
    let earlier = EarlierRuns::new(view, scope, &unread.looks);
    let doubted = doubted(&earlier, links, &assumed, &believed(company, &earlier, &assumed));
    let tenant = &view.own.tenant_id;
    doubted.into_iter().map(|user| LookWanted { tenant, user }).collect()
}

/// Returns the changes of those who seem to have left, if all is true that the listing suggests. What becomes of a person
/// who leaves does not depend on anybody else, so the others are left out of it.
fn believed(company: &LinkedCompany<'_>, earlier: &EarlierRuns<'_>, assumed: &[PersonStatus]) -> Changes {
    let leaver = |status: &PersonStatus| match status {
        PersonStatus::Leaver(_) => *status,
        _ => PersonStatus::Idle,
    };
    let statuses: Vec<PersonStatus> = assumed.iter().map(leaver).collect();
    // Without a leaver and without details records no change can rest on a user being gone.
    if company.view.details.is_none() && statuses.iter().all(|status| *status == PersonStatus::Idle) {
        return Changes::default();
    }
    let unread = FollowUp::default();
    let basis = Basis { company, earlier, statuses: &statuses, follow_up: &unread };
    changes::changes(&basis, None)
}

/// The statuses as the looks left them, and the changes that follow.
pub(crate) struct Decided {
    pub(crate) statuses: Vec<PersonStatus>,
    pub(crate) changes: Changes,
    /// People who stay as they are although they are out of scope, with what would be changed of them otherwise.
    pub(crate) stays: stays::Stays,
}

/// Plans the changes of a company: of those who seem to have left first, as if everything were true that the listing
/// suggests, then of everybody, with what the looks say of the users who would lose their access by it.
pub(crate) fn decide(
    company: &LinkedCompany<'_>,
    earlier: &EarlierRuns<'_>,
    follow_up: &FollowUp,
) -> Decided {
    let assumed = company.assumed();
    let links = &company.links;
    let first = believed(company, earlier, &assumed);
    let touched = touched(&first);
    let statuses: Vec<PersonStatus> = assumed
        .iter()
        .enumerate()
        .map(|(index, status)| earlier.decided(&links.persons[index], *status, touched.contains(&index)))
        .collect();
    let stays = stays::stays(&company.view, earlier, links, &statuses, &first);
    let alone = || first.planned.iter().filter(|each| each.person.is_none());
    let gone = alone().filter_map(|each| each.change.left.as_ref()).map(|left| left.user.clone());
    let gone: BTreeSet<Id> = gone.filter(|user| earlier.is_gone(user)).collect();
    let changes = changes::changes(&Basis { company, earlier, statuses: &statuses, follow_up }, Some(&gone));
    Decided { statuses, changes, stays }
}

/// Returns the people whose records a plan changes because they left.
fn touched(changes: &Changes) -> BTreeSet<usize> {
    let planned = changes.planned.iter().filter(|each| each.change.left.is_some());
    planned.filter_map(|each| each.person).collect()
}

/// Returns the users who have to be looked at before `changes`, which believe everything, are believed.
fn doubted(
    earlier: &EarlierRuns<'_>,
    links: &Links,
    assumed: &[PersonStatus],
    changes: &Changes,
) -> BTreeSet<Id> {
    let planned = changes.planned.iter().filter(|each| match each.person {
        Some(person) => {
            matches!(assumed[person], PersonStatus::Leaver(_)) && earlier.may_leave(&links.persons[person])
        }
        None => true,
    });
    planned.filter_map(|each| each.change.left.as_ref()).map(|left| left.user.clone()).collect()
}
