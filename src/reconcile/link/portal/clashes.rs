//! Portal users that contradict each other, and the questions that they leave for a person.

use std::collections::BTreeSet;

use super::claims::{Former, OWN_ADDRESS, PORTAL_KINDS};
use super::{PortalLinking, PortalState};
use crate::model::Side;
use crate::plan::{Evidence, EvidenceKind};
use crate::reconcile::link::clash::{Clash, NEXT};
use crate::text::person_name::Likely;

/// The next step where a portal user may be another person's: no decision gives it to a person.
const PORTAL_NEXT: &str =
    "correct its name or its address in the portal, or run `crsync match --resolve` to ignore one of them";

impl PortalLinking<'_> {
    /// A question for a person: the portal user belonged to another person, and the names do not agree.
    pub(super) fn ask(
        &mut self,
        person: usize,
        user: usize,
        kind: EvidenceKind,
        former: Former,
        others: Vec<usize>,
    ) {
        let names = match self.names(person, user) {
            Likely::Same => "the names agree",
            Likely::Unclear(why) | Likely::Different(why) => why,
        };
        let (at, known) = (self.clashes.len(), self.persons[person].conflict);
        let persons: Vec<usize> = std::iter::once(person).chain(others).collect();
        self.clash(&persons, &[user], kind, false);
        let Some(clash) = self.clashes.get_mut(at).filter(|_| known.is_none()) else { return };
        let whose = match former {
            Former::Gone => "was linked to a 365 user who is gone",
            Former::Key => "has the PSA key of a contact that is not here",
            Former::Namesake => "has the name of another person with that address",
        };
        let id = &self.view.portal_users[user].id;
        clash.reason = format!("portal user {id} {whose}, and an address of this one: {names}");
        PORTAL_NEXT.clone_into(&mut clash.next);
    }

    /// No person in the group gets anything. Portal users of one conflict that exists already join it.
    pub(super) fn clash(
        &mut self,
        persons: &[usize],
        users: &[usize],
        kind: EvidenceKind,
        contradicts: bool,
    ) {
        for user in users {
            self.states[*user] = PortalState::Decided;
        }
        let records: BTreeSet<(Side, usize)> = persons
            .iter()
            .flat_map(|person| {
                let person = &self.persons[*person];
                let user = person.user.map(|user| (Side::Tenant, user));
                user.into_iter().chain(person.contact.map(|contact| (Side::Psa, contact)))
            })
            .chain(users.iter().map(|user| (Side::Portal, *user)))
            .collect();
        let conflicts: BTreeSet<Option<usize>> =
            persons.iter().map(|person| self.persons[*person].conflict).collect();
        // The people are in one conflict already: its portal users belong to the same question.
        if let (Some(Some(conflict)), 1) = (conflicts.first(), conflicts.len()) {
            self.clashes[*conflict].records.extend(records);
            return;
        }
        for person in persons {
            self.persons[*person].conflict.get_or_insert(self.clashes.len());
        }
        let words = kind.words();
        let reason = match (persons.len(), users.len()) {
            (_, 1) if contradicts => {
                format!("the evidence \"{words}\" gives the portal user to one person, its email to another")
            }
            (1, n) => format!("{n} portal users match one person ({words})"),
            (n, 1) => format!("{n} people match one portal user ({words})"),
            (people, users) => format!("{people} people and {users} portal users match each other ({words})"),
        };
        let evidence: BTreeSet<Evidence> = users
            .iter()
            .flat_map(|user| self.claims.of_user(*user))
            .filter(|claim| PORTAL_KINDS[claim.rank()] == kind || OWN_ADDRESS.contains(&claim.rank()))
            .map(|claim| Evidence {
                kind: PORTAL_KINDS[claim.rank()],
                value: claim.value(self.view).to_owned(),
                decided: false,
            })
            .collect();
        let evidence = evidence.into_iter().collect();
        self.clashes.push(Clash { reason, records, evidence, next: NEXT.to_owned() });
    }
}
