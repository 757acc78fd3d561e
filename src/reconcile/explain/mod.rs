//! One person, explained: the same stages as a plan's, looked at for one person.

mod fields;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Id, Reading, Row, Side};
use crate::plan::{Conflict, Explanation, HeldDetail, Link, Person, RowState, Skip};
use crate::text::email;

use super::changes::Changes;
use super::leaving::{self, Decided};
use super::link::{self, Links};
use super::people::person;
use super::person::Standing;
use super::scope::{self, Reason, Scope};
use super::stays::Stays;
use super::view::{View, id_key, stored_id};
use super::{CompanyInput, Input};

/// How many of the nearest addresses are named where no person has the one that was asked for.
const NEAREST: usize = 3;

/// Who is meant by an address or an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
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

/// Explains the person who has `needle` as an address, user name or id on any side of any company.
pub fn explain(input: &Input<'_>, needle: &str) -> Found {
    let mut companies: Vec<&CompanyInput> = input.companies.iter().collect();
    companies.sort_by(|a, b| a.name.cmp(&b.name));
    let views: Vec<View<'_>> =
        companies.into_iter().filter_map(|company| View::whole(input, company)).collect();
    let mut cases: Vec<(Case<'_, '_>, Vec<Subject>)> = Vec::new();
    for view in &views {
        let records = having(view, needle);
        let case = if records.is_empty() { None } else { Case::new(view) };
        cases.extend(case.map(|case| {
            let subjects = case.subjects(&records);
            (case, subjects)
        }));
    }
    // Users of another company that shares the tenant count only where no other person is found.
    if cases.iter().any(|(case, subjects)| subjects.iter().any(|subject| !case.is_elsewhere(*subject))) {
        for (case, subjects) in &mut cases {
            subjects.retain(|subject| !case.is_elsewhere(*subject));
        }
        cases.retain(|(_, subjects)| !subjects.is_empty());
    }
    match &cases[..] {
        [] => Found::NoPerson(nearest(&views, needle)),
        [(case, subjects)] if case.is_one(subjects) => Found::One(Box::new(case.explain(subjects[0]))),
        several => Found::Several(
            several
                .iter()
                .flat_map(|(case, subjects)| {
                    subjects.iter().map(|subject| (case.view.own.name.clone(), case.person(*subject)))
                })
                .collect(),
        ),
    }
}

/// The records that have `needle` as an address or an id, the 365 users first.
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

/// The addresses most like `needle`, for a person who mistyped it.
fn nearest(views: &[View<'_>], needle: &str) -> Vec<String> {
    let needle = email::normalise(needle);
    let users = views.iter().flat_map(|view| view.users.iter().filter_map(|user| user.email()));
    let contacts = views.iter().flat_map(|view| view.contacts.iter().filter_map(|contact| contact.email()));
    let portal_users = views.iter().flat_map(|view| view.portal_users.iter().filter_map(|user| user.email()));
    let addresses: BTreeSet<String> =
        users.chain(contacts).chain(portal_users).map(email::normalise).collect();
    let mut near: Vec<(f64, String)> = addresses
        .into_iter()
        .map(|address| (crate::text::similarity::typed_alike(&needle, &address), address))
        .filter(|(alike, _)| *alike >= 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.into_iter().take(NEAREST).map(|(_, address)| address).collect()
}

/// One company, linked.
struct Case<'a, 'b> {
    view: &'b View<'a>,
    scope: Scope,
    links: Links,
    standings: Vec<Standing>,
    changes: Changes,
    stays: Stays,
}

impl<'a, 'b> Case<'a, 'b> {
    /// The company, unless its settings cannot be understood.
    fn new(view: &'b View<'a>) -> Option<Self> {
        let scope = scope::scope(view).ok()?;
        let links = link::link(view, &scope);
        let assumed = super::standings(view, &links, &scope);
        let Decided { standings, changes, stays } = leaving::decide(view, &scope, &links, &assumed);
        Some(Self { view, scope, links, standings, changes, stays })
    }

    /// Whose the records are, each once.
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

    /// Whether it is a user of another company that shares the tenant.
    fn is_elsewhere(&self, subject: Subject) -> bool {
        let Subject::Lone(Side::Tenant, user) = subject else { return false };
        self.scope.users[user].as_ref().is_some_and(|out| out.reason == Reason::NotInDomains)
    }

    /// Whether it is one person who is meant, or one conflict.
    fn is_one(&self, subjects: &[Subject]) -> bool {
        let conflicts: Vec<Option<usize>> = subjects.iter().map(|subject| self.conflict(*subject)).collect();
        subjects.len() == 1 || (conflicts[0].is_some() && conflicts.iter().all(|one| *one == conflicts[0]))
    }

    fn linked(&self, subject: Subject) -> link::Person {
        let mut person = link::Person::default();
        match subject {
            Subject::Person(index) => return self.links.persons[index].clone(),
            Subject::Lone(Side::Tenant, user) => person.user = Some(user),
            Subject::Lone(Side::Psa, contact) => person.contact = Some(contact),
            Subject::Lone(Side::Portal, user) => person.portal_user = Some(user),
        }
        person
    }

    fn person(&self, subject: Subject) -> Person {
        person(self.view, &self.scope, &self.linked(subject))
    }

    /// The conflict that one of the subject's records is in.
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
        let company_conflicts = super::conflicts(self.view.input, self.view.own);
        let is_written = |index: Option<usize>| company_conflicts.is_empty() && is_own(index);
        let changes: Vec<_> =
            planned.iter().filter(|each| is_written(each.person)).map(|each| each.change.clone()).collect();
        let who = linked.who(self.view);
        let skipped = skipped.iter().chain(self.stays.skipped.iter().filter(|skip| skip.who.is_some()));
        let skipped: Vec<Skip> =
            skipped.filter(|skip| skip.who.as_ref().is_none_or(|of| *of == who)).cloned().collect();
        let standing = match subject {
            Subject::Person(index) => Some(self.standings[index]),
            Subject::Lone(..) => None,
        };
        let rows: BTreeMap<Row, RowState> = Row::ALL.into_iter().map(|row| (row, self.row(row))).collect();
        let fields = fields::Case {
            view: self.view,
            person: &linked,
            standing,
            changes: &changes,
            is_skipped: skipped.iter().any(|skip| skip.who.is_some()),
        };
        Explanation {
            company: self.view.own.name.clone(),
            standing: if company_conflicts.is_empty() {
                self.standing(subject, standing)
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

    fn standing(&self, subject: Subject, standing: Option<Standing>) -> String {
        match (standing, subject) {
            (Some(standing), _) => standing.words().to_owned(),
            (None, _) if self.conflict(subject).is_some() => Standing::Conflict.words().to_owned(),
            (None, Subject::Lone(Side::Portal, user)) if self.links.ignored_portal_users.contains(&user) => {
                "its contact is ignored: nothing is written".to_owned()
            }
            (None, Subject::Lone(Side::Portal, user)) if self.scope.portal_users[user].is_none() => {
                "a portal user made by hand, linked to neither side: never touched".to_owned()
            }
            (None, _) => "takes no part: nothing is written".to_owned(),
        }
    }

    fn row(&self, row: Row) -> RowState {
        let required = row == Row::RequireName && self.view.policy.require_name != super::RequireName::No;
        match (self.view.policy.rows.contains(&row) || required, self.view.input.capabilities.serves(row)) {
            (true, true) => RowState::On,
            (true, false) => RowState::NotServed,
            (false, _) => RowState::Off,
        }
    }

    fn remembered(&self, person: &link::Person) -> Option<Link> {
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

    /// What the details record of the person's 365 user holds; of several records, all of it.
    fn details(&self, person: &link::Person) -> Vec<HeldDetail> {
        let Some(user) = person.user.map(|user| id_key(self.view.users[user].id.as_str())) else {
            return Vec::new();
        };
        let side = self.view.details.and_then(Reading::complete);
        let records = side.map_or(&[][..], |side| side.records.items());
        let own = records.iter().filter(|record| id_key(record.user.as_str()) == user);
        let held = own.flat_map(|record| record.fields.iter().filter(|(_, value)| !value.is_empty()));
        held.map(|(field, value)| HeldDetail { field, value: value.to_owned() }).collect()
    }

    fn alternates(&self, person: &link::Person) -> BTreeMap<Side, Vec<String>> {
        let user = person.user.map(|user| (Side::Tenant, self.view.users[user].alternates.clone()));
        let contact =
            person.contact.map(|contact| (Side::Psa, self.view.contacts[contact].alternates.clone()));
        user.into_iter().chain(contact).filter(|(_, addresses)| !addresses.is_empty()).collect()
    }
}
