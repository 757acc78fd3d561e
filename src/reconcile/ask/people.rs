//! The people table: the same scope and links as a plan's, without the changes, and with suggestions for
//! the people who stayed alone.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Id, Side};
use crate::plan::{
    Alone, Clash, CompanyPeople, Evidence, Excluded, Member, OutOfScope, Pair, Person, StoodBack, Suggestion,
};
use crate::reconcile::excluded::excluded;
use crate::reconcile::input::View;
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::{ChosenCompany, LinkedCompany, Sides};
use crate::reconcile::namesakes::nearest::Pool;
use crate::reconcile::namesakes::{self, profile};
use crate::reconcile::scope::Scope;
use crate::reconcile::scope::reason::{NotInScope, Reason};
use crate::reconcile::status::PersonStatus;
use crate::text::name;
use crate::text::similarity::Likeness;

/// Returns who is who in a company.
pub(crate) fn of_company(company: &ChosenCompany<'_>) -> CompanyPeople {
    let nothing = CompanyPeople { name: company.own.company.name.clone(), ..CompanyPeople::default() };
    match &company.sides {
        Sides::Refused(_, reason) if !company.is_held() => {
            CompanyPeople { refused: Some(reason.clone()), ..nothing }
        }
        Sides::Linked(own) if !company.is_held() => PeopleTable(own).whole(),
        _ => CompanyPeople {
            unread: company.unread.clone(),
            company_conflicts: company.conflicts.clone(),
            ..nothing
        },
    }
}

/// How a person appears in the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Linked,
    /// Without a counterpart on the other side.
    Alone(Side),
    /// In a conflict, or a single record without part.
    Elsewhere,
}

/// The table of a company.
struct PeopleTable<'a>(&'a LinkedCompany<'a>);

impl PeopleTable<'_> {
    fn whole(&self) -> CompanyPeople {
        let LinkedCompany { view, scope, links, .. } = self.0;
        let places: Vec<Place> = links.persons.iter().map(|person| self.place(person)).collect();
        let mut linked: Vec<Person> = (0..places.len())
            .filter(|index| places[*index] == Place::Linked)
            .map(|index| person(view, scope, links, Some(index), &links.persons[index]))
            .collect();
        linked.sort_by_cached_key(order);
        let mut conflicts = self.clashes();
        conflicts.sort_by(|a, b| {
            (&a.conflict.candidates, &a.conflict.reason).cmp(&(&b.conflict.candidates, &b.conflict.reason))
        });
        CompanyPeople {
            name: view.company.name.clone(),
            unread: Vec::new(),
            company_conflicts: Vec::new(),
            refused: None,
            linked,
            conflicts,
            alone: self.alone(&places),
            excluded: self.excluded(),
        }
    }

    fn place(&self, person: &LinkedPerson) -> Place {
        let in_scope = |outs: &[Option<Box<NotInScope>>], record: Option<usize>| {
            record.is_some_and(|record| outs[record].is_none()) && !person.ignored
        };
        let records = [person.user, person.contact, person.portal_user].into_iter().flatten().count();
        match () {
            () if person.conflict.is_some() => Place::Elsewhere,
            () if person.contact.is_none() && in_scope(&self.0.scope.users, person.user) => {
                Place::Alone(Side::Tenant)
            }
            () if person.user.is_none()
                && person.orphan.is_none()
                && in_scope(&self.0.scope.contacts, person.contact) =>
            {
                Place::Alone(Side::Psa)
            }
            () if records > 1 || person.orphan.is_some() => Place::Linked,
            () => Place::Elsewhere,
        }
    }

    fn clashes(&self) -> Vec<Clash> {
        let pair = |person: &LinkedPerson| {
            let (user, contact) = (person.user?, person.contact?);
            let (user, contact) =
                (self.0.view.users[user].id.clone(), self.0.view.contacts[contact].id.clone());
            Some((person.conflict?, Pair { user, contact }))
        };
        let mut linked: BTreeMap<usize, Vec<Pair>> = BTreeMap::new();
        for (conflict, pair) in self.0.links.persons.iter().filter_map(pair) {
            linked.entry(conflict).or_default().push(pair);
        }
        let clash = |(index, conflict): (usize, &crate::plan::Conflict)| Clash {
            conflict: conflict.clone(),
            linked: linked.remove(&index).unwrap_or_default(),
        };
        self.0.links.conflicts.iter().enumerate().map(clash).collect()
    }

    /// Returns everyone without a counterpart, users first, each with the nearest of those who could be it.
    fn alone(&self, places: &[Place]) -> Vec<Alone> {
        let persons = &self.0.links.persons;
        let mut alone = Vec::new();
        for (side, other) in [(Side::Tenant, Side::Psa), (Side::Psa, Side::Tenant)] {
            let those: Vec<usize> =
                (0..places.len()).filter(|index| places[*index] == Place::Alone(side)).collect();
            let free = if those.is_empty() {
                Vec::new()
            } else {
                namesakes::unlinked(&self.0.links, &self.0.listed, other)
            };
            let mut pool =
                Pool::new(free.iter().map(|record| profile(&self.0.view, other, *record)).collect());
            alone.extend(those.into_iter().map(|index| {
                let person = &persons[index];
                let own = record(person, side).unwrap_or_default();
                let fits = |at: usize| !namesakes::is_split(&self.0.view, (side, own), (other, free[at]));
                let found = pool.nearest(&profile(&self.0.view, side, own), fits);
                let found = found.into_iter().map(|(at, likeness)| (other, free[at], likeness));
                (Some(index), person, found.collect())
            }));
        }
        let by_hand = namesakes::by_hand(&self.0.scope, &self.0.links);
        let strangers: Vec<LinkedPerson> = by_hand
            .iter()
            .map(|user| LinkedPerson { portal_user: Some(*user), ..LinkedPerson::default() })
            .collect();
        if !by_hand.is_empty() {
            let free = self.without_portal_user();
            let mut pool =
                Pool::new(free.iter().map(|(side, record)| profile(&self.0.view, *side, *record)).collect());
            for (stranger, user) in strangers.iter().zip(by_hand) {
                let found = pool.nearest(&profile(&self.0.view, Side::Portal, user), |_| true);
                let found = found.into_iter().map(|(at, likeness)| (free[at].0, free[at].1, likeness));
                alone.push((None, stranger, found.collect::<Vec<_>>()));
            }
        }
        let suggestion = |of: &LinkedPerson, (side, record, likeness): (Side, usize, Likeness)| {
            let records = [(Side::Tenant, of.user), (Side::Psa, of.contact), (Side::Portal, of.portal_user)];
            let own = records.into_iter().find_map(|(side, record)| Some((side, record?)));
            Suggestion {
                member: member(&self.0.view, &self.0.scope, side, record),
                likeness: likeness.whole,
                name: likeness.name,
                address: likeness.address,
                is_namesake: own
                    .is_some_and(|own| namesakes::are_namesakes(&self.0.view, likeness, own, (side, record))),
            }
        };
        let mut alone: Vec<Alone> = alone
            .into_iter()
            .map(|(index, of, found)| Alone {
                person: person(&self.0.view, &self.0.scope, &self.0.links, index, of),
                suggestions: found.into_iter().map(|found| suggestion(of, found)).collect(),
            })
            .collect();
        alone.sort_by_cached_key(|one| {
            (one.person.records.first().map(|member| member.record.side), order(&one.person))
        });
        alone
    }

    /// Returns the people without a portal user, by their user, else their contact.
    fn without_portal_user(&self) -> Vec<(Side, usize)> {
        let persons = self.0.links.persons.iter().zip(&self.0.listed);
        let free = persons.filter(|(person, status)| {
            matches!(status, PersonStatus::InScope | PersonStatus::Backed) && person.portal_user.is_none()
        });
        free.filter_map(|(person, _)| {
            let user = person.user.map(|user| (Side::Tenant, user));
            user.or(person.contact.map(|contact| (Side::Psa, contact)))
        })
        .collect()
    }

    /// Returns who is out of scope; portal users made by hand are listed as alone.
    fn excluded(&self) -> Vec<Excluded> {
        let by_hand = Reason::ByHand.to_string();
        let mut excluded = excluded(self.0, &self.0.listed, Vec::new());
        let linked: BTreeSet<(Side, &Id)> = self
            .0
            .links
            .persons
            .iter()
            .filter(|person| self.place(person) == Place::Linked)
            .flat_map(|person| records(&self.0.view, person))
            .collect();
        excluded.retain(|one| one.reason != by_hand && !linked.contains(&(one.side, &one.id)));
        excluded
    }
}

/// Returns a person as the table shows it: the `index`-th, or a record that is part of no person.
pub(crate) fn person(
    view: &View<'_>,
    scope: &Scope,
    links: &Links,
    index: Option<usize>,
    of: &LinkedPerson,
) -> Person {
    let members = [(Side::Tenant, of.user), (Side::Psa, of.contact), (Side::Portal, of.portal_user)];
    let deciding_first = |mut evidence: Vec<Evidence>| {
        evidence.sort_by_key(|one| !one.decided);
        evidence
    };
    let evidence = if of.contact.is_some() { links.contact_evidence(view, of) } else { Vec::new() };
    let portal_evidence = index.map(|index| links.portal_evidence(view, index)).unwrap_or_default();
    Person {
        who: of.who(view),
        records: members
            .into_iter()
            .filter_map(|(side, record)| Some(member(view, scope, side, record?)))
            .collect(),
        evidence: deciding_first(evidence),
        portal_evidence: deciding_first(portal_evidence),
        gone: of.orphan.filter(|_| of.user.is_none()).map(|orphan| Id::new(view.ids.text(orphan.id))),
        stood_back: index.map(|index| stood_back(view, scope, links, index)).unwrap_or_default(),
    }
}

/// Returns the accounts that yield to a person, each once with all that it shares.
fn stood_back(view: &View<'_>, scope: &Scope, links: &Links, index: usize) -> Vec<StoodBack> {
    let mut accounts: BTreeMap<usize, Vec<Evidence>> = BTreeMap::new();
    for (user, evidence) in links.stood_back.get(&index).into_iter().flatten() {
        accounts.entry(*user).or_default().push(evidence.clone());
    }
    let account = |(user, evidence)| StoodBack { member: member(view, scope, Side::Tenant, user), evidence };
    accounts.into_iter().map(account).collect()
}

/// Returns a record with why it is out of scope.
pub(crate) fn member(view: &View<'_>, scope: &Scope, side: Side, record: usize) -> Member {
    let outs = match side {
        Side::Tenant => &scope.users,
        Side::Psa => &scope.contacts,
        Side::Portal => &scope.portal_users,
    };
    let out = outs[record].as_ref().map(|out| {
        let (rule, detail) = out.because();
        OutOfScope { reason: out.reason.to_string(), rule, detail }
    });
    Member { record: view.candidate(side, record), out }
}

fn record(person: &LinkedPerson, side: Side) -> Option<usize> {
    match side {
        Side::Tenant => person.user,
        Side::Psa => person.contact,
        Side::Portal => person.portal_user,
    }
}

fn records<'v>(view: &'v View<'_>, person: &LinkedPerson) -> Vec<(Side, &'v Id)> {
    let user = person.user.map(|user| (Side::Tenant, &view.users[user].id));
    let contact = person.contact.map(|contact| (Side::Psa, &view.contacts[contact].id));
    let portal_user = person.portal_user.map(|user| (Side::Portal, &view.portal_users[user].id));
    [user, contact, portal_user].into_iter().flatten().collect()
}

/// By name, then by the records' ids.
fn order(person: &Person) -> (String, Vec<Id>) {
    let ids = person.records.iter().map(|member| member.record.id.clone()).collect();
    (name::key(&person.who.name).into_owned(), ids)
}
