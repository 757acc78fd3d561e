//! One person, explained: the same stages as a plan's, looked at for one person.

mod fields;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Id, Reading, Row, Side};
use crate::plan::{CompanyConflict, Conflict, Explanation, HeldDetail, Link, Person, RowState, Skip, Who};
use crate::reconcile::ask::people::person;
use crate::reconcile::changes::planned::Changes;
use crate::reconcile::earlier::EarlierRuns;
use crate::reconcile::input::{
    FollowUp, RequireName, View, id_key, stored_id, who_contact, who_portal_user, who_user,
};
use crate::reconcile::leaving::stays::Stays;
use crate::reconcile::leaving::{self, Decided};
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::linked::{ChosenCompany, Linked, LinkedCompany};
use crate::reconcile::scope::Scope;
use crate::reconcile::scope::reason::Reason;
use crate::reconcile::status::PersonStatus;
use crate::text::{email, similarity};

/// How many of the nearest addresses are named where no person has the one that was asked for.
const NEAREST: usize = 3;

/// Who is meant by an address or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Explained {
    /// No person in what was read; the addresses that come nearest.
    NoPerson(Vec<String>),
    /// One person.
    One(Box<Explanation>),
    /// Several people, each with the company's name.
    Several(Vec<(String, Person)>),
}

/// A person, or a record that is part of no person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Person(usize),
    Lone(Side, usize),
}

/// Explains the person who has `needle` as an address, user name or id on any side of any company; where there is none,
/// the person whose name has its words.
pub(crate) fn explain(linked: &Linked<'_>, needle: &str, follow_up: &FollowUp) -> Explained {
    match found(linked, needle, follow_up, having) {
        Explained::NoPerson(_) => found(linked, needle, follow_up, named),
        found => found,
    }
}

/// Explains the person whose records `find` finds by `needle`.
fn found(
    linked: &Linked<'_>,
    needle: &str,
    follow_up: &FollowUp,
    find: fn(&View<'_>, &str) -> Vec<(Side, usize)>,
) -> Explained {
    let mut cases: Vec<(ExplainedCompany<'_>, Vec<Subject>)> = Vec::new();
    for chosen in &linked.companies {
        let Some(company) = chosen.linked() else { continue };
        let records = find(&company.view, needle);
        if !records.is_empty() {
            let case = ExplainedCompany::new(chosen, company, follow_up);
            let subjects = case.subjects(&records);
            cases.push((case, subjects));
        }
    }
    // Users of another company that shares the tenant count only where no other person is found.
    if cases.iter().any(|(case, subjects)| subjects.iter().any(|subject| !case.is_elsewhere(*subject))) {
        for (case, subjects) in &mut cases {
            subjects.retain(|subject| !case.is_elsewhere(*subject));
        }
        cases.retain(|(_, subjects)| !subjects.is_empty());
    }
    match &cases[..] {
        [] => Explained::NoPerson(nearest(linked, needle)),
        [(case, subjects)] if case.is_one(subjects) => Explained::One(Box::new(case.explain(subjects[0]))),
        several => Explained::Several(
            several
                .iter()
                .flat_map(|(case, subjects)| {
                    subjects.iter().map(|subject| (case.view.company.name.clone(), case.person(*subject)))
                })
                .collect(),
        ),
    }
}

/// Returns the records that have `needle` as an address or an id, the 365 users first.
fn having(view: &View<'_>, needle: &str) -> Vec<(Side, usize)> {
    let (address, id) = (email::normalise(needle), id_key(needle));
    let is = |text: Option<&str>| text.is_some_and(|text| email::normalise(text) == address);
    let any = |texts: &[String]| texts.iter().any(|text| is(Some(text)));
    let users = view.users.iter().enumerate().filter(|(_, user)| {
        is(user.email())
            || is(Some(&user.user_name))
            || any(&user.alternates)
            || id_key(user.id.as_str()) == id
    });
    let contacts = view.contacts.iter().enumerate().filter(|(_, contact)| {
        is(contact.email())
            || any(&contact.alternates)
            || is(Some(contact.id.as_str()))
            || stored_id(contact).is_some_and(|stored| stored == id)
    });
    let portal_users = view.portal_users.iter().enumerate().filter(|(_, user)| {
        is(user.email()) || is(user.fields.text(Field::UserName)) || is(Some(user.id.as_str()))
    });
    users
        .map(|(user, _)| (Side::Tenant, user))
        .chain(contacts.map(|(contact, _)| (Side::Psa, contact)))
        .chain(portal_users.map(|(user, _)| (Side::Portal, user)))
        .collect()
}

/// Returns the records whose name has every word of `needle`, or words that begin so, the 365 users first.
fn named(view: &View<'_>, needle: &str) -> Vec<(Side, usize)> {
    // Who names an address means that address and no one else.
    let wanted = if needle.contains('@') { Vec::new() } else { similarity::words(needle) };
    let has = |who: &Who| {
        let own = similarity::words(&who.name);
        let begins = |word: &String| own.iter().any(|one| one.starts_with(word.as_str()));
        !wanted.is_empty() && wanted.iter().all(begins)
    };
    let users = view.users.iter().enumerate().filter(|(_, user)| has(&who_user(user)));
    let contacts = view.contacts.iter().enumerate().filter(|(_, contact)| has(&who_contact(contact)));
    let portal_users = view.portal_users.iter().enumerate().filter(|(_, user)| has(&who_portal_user(user)));
    users
        .map(|(user, _)| (Side::Tenant, user))
        .chain(contacts.map(|(contact, _)| (Side::Psa, contact)))
        .chain(portal_users.map(|(user, _)| (Side::Portal, user)))
        .collect()
}

/// Returns the addresses most like `needle`, for a person who mistyped it.
fn nearest(linked: &Linked<'_>, needle: &str) -> Vec<String> {
    let needle = email::normalise(needle);
    let views = || linked.companies.iter().filter_map(ChosenCompany::view);
    let users = views().flat_map(|view| view.users.iter().filter_map(|user| user.email()));
    let contacts = views().flat_map(|view| view.contacts.iter().filter_map(|contact| contact.email()));
    let portal_users = views().flat_map(|view| view.portal_users.iter().filter_map(|user| user.email()));
    let addresses: BTreeSet<String> = users
        .chain(contacts)
        .chain(portal_users)
        .map(|address| email::normalise(address).into_owned())
        .collect();
    let mut near: Vec<(f64, String)> = addresses
        .into_iter()
        .map(|address| (similarity::typed_alike(&needle, &address), address))
        .filter(|(alike, _)| *alike >= 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.into_iter().take(NEAREST).map(|(_, address)| address).collect()
}

/// One company, with what would be written to it.
struct ExplainedCompany<'a> {
    view: &'a View<'a>,
    scope: &'a Scope,
    links: &'a Links,
    company_conflicts: &'a [CompanyConflict],
    statuses: Vec<PersonStatus>,
    changes: Changes,
    stays: Stays,
}

impl<'a> ExplainedCompany<'a> {
    fn new(chosen: &'a ChosenCompany<'a>, company: &'a LinkedCompany<'a>, follow_up: &FollowUp) -> Self {
        let LinkedCompany { view, scope, links, .. } = company;
        let earlier = EarlierRuns::new(view, scope, &follow_up.looks);
        let Decided { statuses, changes, stays } = leaving::decide(company, &earlier, follow_up);
        Self { view, scope, links, company_conflicts: &chosen.conflicts, statuses, changes, stays }
    }

    /// Returns whose the records are, each once.
    fn subjects(&self, records: &[(Side, usize)]) -> Vec<Subject> {
        let mut owners: BTreeMap<(Side, usize), usize> = BTreeMap::new();
        for (index, person) in self.links.persons.iter().enumerate() {
            let own = [
                (Side::Tenant, person.user),
                (Side::Psa, person.contact),
                (Side::Portal, person.portal_user),
            ];
            owners.extend(
                own.into_iter().filter_map(|(side, record)| record.map(|record| ((side, record), index))),
            );
        }
        let mut subjects = Vec::new();
        for record in records {
            let lone = Subject::Lone(record.0, record.1);
            let subject = owners.get(record).map_or(lone, |person| Subject::Person(*person));
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        }
        subjects
    }

    /// Reports whether it is a user of another company that shares the tenant.
    fn is_elsewhere(&self, subject: Subject) -> bool {
        let Subject::Lone(Side::Tenant, user) = subject else { return false };
        self.scope.users[user].as_ref().is_some_and(|out| out.reason == Reason::NotInDomains)
    }

    /// Reports whether it is one person who is meant, or one conflict.
    fn is_one(&self, subjects: &[Subject]) -> bool {
        let conflicts: Vec<Option<usize>> = subjects.iter().map(|subject| self.conflict(*subject)).collect();
        subjects.len() == 1 || (conflicts[0].is_some() && conflicts.iter().all(|one| *one == conflicts[0]))
    }

    fn linked(&self, subject: Subject) -> LinkedPerson {
        let mut person = LinkedPerson::default();
        match subject {
            Subject::Person(index) => return self.links.persons[index],
            Subject::Lone(Side::Tenant, user) => person.user = Some(user),
            Subject::Lone(Side::Psa, contact) => person.contact = Some(contact),
            Subject::Lone(Side::Portal, user) => person.portal_user = Some(user),
        }
        person
    }

    fn person(&self, subject: Subject) -> Person {
        let index = match subject {
            Subject::Person(index) => Some(index),
            Subject::Lone(..) => None,
        };
        person(self.view, self.scope, self.links, index, &self.linked(subject))
    }

    /// Returns the conflict that one of the subject's records is in.
    fn conflict(&self, subject: Subject) -> Option<usize> {
        match subject {
            Subject::Person(index) => self.links.persons[index].conflict,
            Subject::Lone(side, record) => {
                let id = self.view.candidate(side, record).id;
                let has = |conflict: &Conflict| {
                    conflict.candidates.iter().any(|one| one.side == side && one.id == id)
                };
                self.links.conflicts.iter().position(has)
            }
        }
    }

    fn explain(&self, subject: Subject) -> Explanation {
        let linked = self.linked(subject);
        let person = self.person(subject);
        let Changes { planned, skipped, todo: _, assigned: _, left_out: _ } = &self.changes;
        let is_own = |index: Option<usize>| index.is_some_and(|index| subject == Subject::Person(index));
        let company_conflicts = self.company_conflicts.to_vec();
        let is_written = |index: Option<usize>| company_conflicts.is_empty() && is_own(index);
        let changes: Vec<_> =
            planned.iter().filter(|each| is_written(each.person)).map(|each| each.change.clone()).collect();
        let who = linked.who(self.view);
        let skipped = skipped.iter().chain(self.stays.skipped.iter().filter(|skip| skip.who.is_some()));
        let skipped: Vec<Skip> =
            skipped.filter(|skip| skip.who.as_ref().is_none_or(|of| *of == who)).cloned().collect();
        let status = match subject {
            Subject::Person(index) => Some(self.statuses[index]),
            Subject::Lone(..) => None,
        };
        let rows: BTreeMap<Row, RowState> = Row::ALL.into_iter().map(|row| (row, self.row(row))).collect();
        let fields = fields::FieldCase {
            view: self.view,
            person: &linked,
            status,
            changes: &changes,
            is_skipped: skipped.iter().any(|skip| skip.who.is_some()),
        };
        Explanation {
            company: self.view.company.name.clone(),
            standing: if company_conflicts.is_empty() {
                self.status(subject, status)
            } else {
                "the company is in a conflict: nothing is written".to_owned()
            },
            company_conflicts,
            conflict: self.conflict(subject).map(|index| self.links.conflicts[index].clone()),
            remembered: self.remembered(&linked),
            alternates: self.alternates(&linked),
            fields: fields.explain(),
            details: self.details(&linked),
            person,
            changes,
            skipped,
            rows,
        }
    }

    fn status(&self, subject: Subject, status: Option<PersonStatus>) -> String {
        match (status, subject) {
            (Some(status), _) => status.words().to_owned(),
            (None, _) if self.conflict(subject).is_some() => PersonStatus::Conflict.words().to_owned(),
            (None, Subject::Lone(Side::Portal, user)) if self.links.ignored_portal_users.contains(&user) => {
                "its contact is ignored: nothing is written".to_owned()
            }
            (None, Subject::Lone(Side::Portal, user)) if self.scope.portal_users[user].is_none() => {
                "a portal user made by hand, linked to neither side: never touched".to_owned()
            }
            (None, _) => "out of scope: nothing is written".to_owned(),
        }
    }

    fn row(&self, row: Row) -> RowState {
        let required = row == Row::RequireName && self.view.policy.require_name != RequireName::No;
        match (self.view.policy.rows.contains(&row) || required, self.view.input.capabilities.serves(row)) {
            (true, true) => RowState::On,
            (true, false) => RowState::NotServed,
            (false, _) => RowState::Off,
        }
    }

    fn remembered(&self, person: &LinkedPerson) -> Option<Link> {
        let view = self.view;
        let user = person.user.map(|user| id_key(view.users[user].id.as_str()));
        let contact = person.contact.map(|contact| &view.contacts[contact].id);
        let portal_user = person.portal_user.map(|user| &view.portal_users[user].id);
        let names = |id: Option<&Id>, of: Option<&Id>| id.is_some() && id == of;
        let is_own = |link: &&Link| {
            user.as_ref().is_some_and(|user| *user == id_key(link.user.as_str()))
                || names(contact, link.contact.as_ref())
                || names(portal_user, link.portal_user.as_ref())
        };
        view.recorded.iter().find(is_own).cloned()
    }

    /// Returns what the details record of the person's 365 user holds; of several records, all of it.
    fn details(&self, person: &LinkedPerson) -> Vec<HeldDetail> {
        let Some(user) = person.user.map(|user| id_key(self.view.users[user].id.as_str())) else {
            return Vec::new();
        };
        let side = self.view.details.and_then(Reading::complete);
        let records = side.map_or(&[][..], |side| side.records.items());
        let own = records.iter().filter(|record| id_key(record.user.as_str()) == user);
        let held = own.flat_map(|record| record.fields.iter().filter(|(_, value)| !value.is_empty()));
        held.map(|(field, value)| HeldDetail { field, value: value.to_owned() }).collect()
    }

    fn alternates(&self, person: &LinkedPerson) -> BTreeMap<Side, Vec<String>> {
        let user = person.user.map(|user| (Side::Tenant, self.view.users[user].alternates.clone()));
        let contact =
            person.contact.map(|contact| (Side::Psa, self.view.contacts[contact].alternates.clone()));
        user.into_iter().chain(contact).filter(|(_, addresses)| !addresses.is_empty()).collect()
    }
}
