//! New records beside one of nearly the same name that is not linked to a person: the most likely duplicates there are.
//!
//! Names never link. They are only said at the new record, or hold it back where the company asks for that. The
//! pairs that are compared are those that `crsync match` suggests, so that every pair can be decided there.

pub(super) mod nearest;

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Fields, Row, Side};
use crate::plan::{Candidate, Namesakes, RecordKind};
use crate::reconcile::input::View;
use crate::reconcile::link::Links;
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::Scope;
use crate::reconcile::status::{PersonStatus, flows_alone};
use crate::text::name;
use crate::text::person_name::{Likely, Name};
use crate::text::similarity::{Likeness, Profile};
use nearest::Pool;

/// Names that are less alike than this, in percent, are two names.
const NEARLY: u8 = 85;

/// The next step of a new record beside a namesake.
const NEXT: &str = "run `crsync match --resolve` to say whether they are one person";

/// The records of one side that could belong to a person who has none there. What is compared of them is looked up
/// when the first person asks.
struct NamesakeSearch<'a, 'b> {
    view: &'b View<'a>,
    records: Vec<(Side, usize)>,
    pool: Option<(Pool, Vec<Name>)>,
}

impl<'a, 'b> NamesakeSearch<'a, 'b> {
    fn new(view: &'b View<'a>, side: Side, records: Vec<usize>) -> Self {
        Self { view, records: records.into_iter().map(|record| (side, record)).collect(), pool: None }
    }

    /// Returns the records with nearly the name of `own`.
    fn of(&mut self, own: (Side, usize)) -> Vec<Candidate> {
        let Self { view, records, pool } = self;
        if records.is_empty() {
            return Vec::new();
        }
        let (pool, names) = pool.get_or_insert_with(|| {
            let profiles = records.iter().map(|(side, record)| profile(view, *side, *record));
            let names = records.iter().map(|(side, record)| person_name(view, *side, *record));
            (Pool::new(profiles.collect()), names.collect())
        });
        let fits = |at: usize| !is_split(view, own, records[at]);
        let found = pool.nearest(&profile(view, own.0, own.1), fits);
        let name = person_name(view, own.0, own.1);
        let nearly = |(at, likeness): &(usize, Likeness)| is_nearly(*likeness, &name, &names[*at]);
        let candidate = |(at, _): (usize, Likeness)| view.candidate(records[at].0, records[at].1);
        found.into_iter().filter(nearly).map(candidate).collect()
    }
}

/// Reports whether two names are alike enough to be one name, or are one name of which one leaves something out.
fn is_nearly(likeness: Likeness, own: &Name, other: &Name) -> bool {
    likeness.name.is_some_and(|percent| percent >= NEARLY) || own.compare(other) == Likely::Same
}

/// Reports whether the names of two records are nearly one name.
pub(crate) fn are_namesakes(
    view: &View<'_>,
    likeness: Likeness,
    own: (Side, usize),
    other: (Side, usize),
) -> bool {
    let name = |(side, record)| person_name(view, side, record);
    is_nearly(likeness, &name(own), &name(other))
}

/// Returns for every person, the records whose name is nearly that of a new record of theirs.
pub(crate) fn of_new_records(
    view: &View<'_>,
    scope: &Scope,
    links: &Links,
    statuses: &[PersonStatus],
) -> BTreeMap<usize, Namesakes> {
    let persons = &links.persons;
    let records =
        |person: &LinkedPerson| [person.user, person.contact, person.portal_user].iter().flatten().count();
    if persons.iter().all(|person| records(person) == 3) {
        return BTreeMap::new();
    }
    let makes_contacts = view.on(Row::UpdateContact) && view.policy.create_contacts;
    let lacks_contact = |person: &LinkedPerson, status: PersonStatus| {
        status == PersonStatus::InScope && person.contact.is_none() && person.user.is_some()
    };
    // A person without a portal user may get one, on either side's behalf.
    let lacks_portal_user = |person: &LinkedPerson, status: PersonStatus| {
        view.company.portal_writes
            && person.portal_user.is_none()
            && match status {
                PersonStatus::InScope => true,
                PersonStatus::Backed => {
                    person.contact.map(|contact| view.contacts[contact]).is_some_and(|contact| {
                        flows_alone(view, contact.active == Some(true), contact.fields.text(Field::Email))
                    })
                }
                _ => false,
            }
    };
    let mut portal_users = NamesakeSearch::new(view, Side::Portal, by_hand(scope, links));
    let mut contacts = NamesakeSearch::new(view, Side::Psa, unlinked(links, statuses, Side::Psa));
    let in_scope = unlinked(links, statuses, Side::Tenant).into_iter();
    let in_scope = in_scope.filter(|user| scope.users[*user].is_none()).collect();
    let mut users = NamesakeSearch::new(view, Side::Tenant, in_scope);
    let of_person = |(index, (person, status)): (usize, (&LinkedPerson, &PersonStatus))| {
        let wants_portal_user = lacks_portal_user(person, *status);
        let wants_contact = lacks_contact(person, *status) && makes_contacts;
        if !wants_portal_user && !wants_contact {
            return None;
        }
        let mut found = BTreeSet::new();
        match (person.user, person.contact) {
            (Some(user), None) => found.extend(contacts.of((Side::Tenant, user))),
            (None, Some(contact)) => found.extend(users.of((Side::Psa, contact))),
            _ => {}
        }
        if wants_portal_user {
            let user = person.user.map(|user| (Side::Tenant, user));
            let own = user.or(person.contact.map(|contact| (Side::Psa, contact)));
            found.extend(own.map(|own| portal_users.of(own)).into_iter().flatten());
        }
        let records: Vec<Candidate> = found.into_iter().collect();
        (!records.is_empty()).then(|| (index, Namesakes { records, next: NEXT.to_owned() }))
    };
    persons.iter().zip(statuses).enumerate().filter_map(of_person).collect()
}

/// Returns the records in a few words, by what is no secret of theirs but the address, which can be masked.
pub(crate) fn words(records: &[Candidate]) -> String {
    let one = |record: &Candidate| {
        let noun = match record.side {
            Side::Tenant => RecordKind::TenantUser,
            Side::Psa => RecordKind::Contact,
            Side::Portal => RecordKind::PortalUser,
        };
        let address = record.who.email.as_deref().map(|email| format!(" {email}")).unwrap_or_default();
        format!("{} {}{address}", noun.noun(), record.id)
    };
    records.iter().map(one).collect::<Vec<_>>().join(" or ")
}

/// Returns the users without a contact or the contacts without a user that a decision could give one: in no conflict,
/// neither ignored nor excluded.
pub(crate) fn unlinked(links: &Links, statuses: &[PersonStatus], side: Side) -> Vec<usize> {
    let persons = links.persons.iter().zip(statuses);
    persons
        .filter(|(_, status)| {
            !matches!(status, PersonStatus::Conflict | PersonStatus::Ignored | PersonStatus::Excluded)
        })
        .filter_map(|(person, _)| match side {
            Side::Tenant => person.user.filter(|_| person.contact.is_none()),
            Side::Psa => person.contact.filter(|_| person.user.is_none()),
            Side::Portal => None,
        })
        .collect()
}

/// Returns the portal users that are not linked to a person.
pub(crate) fn by_hand(scope: &Scope, links: &Links) -> Vec<usize> {
    links.by_hand.iter().copied().filter(|user| scope.portal_users[*user].is_none()).collect()
}

/// Reports whether a person said that a user and a contact are not one person.
pub(crate) fn is_split(view: &View<'_>, one: (Side, usize), other: (Side, usize)) -> bool {
    let ((Side::Tenant, user), (Side::Psa, contact)) = (one.min(other), one.max(other)) else { return false };
    view.ids.is_split(view.ids.of_user(user), contact)
}

/// Returns what is compared of a record.
pub(crate) fn profile(view: &View<'_>, side: Side, record: usize) -> Profile {
    let (fields, alternates, user_name): (&Fields, &[String], _) = match side {
        Side::Tenant => {
            let user = view.users[record];
            (&user.fields, &user.alternates, Some(user.user_name.as_str()))
        }
        Side::Psa => (&view.contacts[record].fields, &view.contacts[record].alternates, None),
        Side::Portal => (&view.portal_users[record].fields, &[], None),
    };
    let own = fields.text(Field::Email).into_iter().chain(user_name);
    Profile::new(&shown(fields), own.chain(alternates.iter().map(String::as_str)))
}

fn person_name(view: &View<'_>, side: Side, record: usize) -> Name {
    let fields = match side {
        Side::Tenant => &view.users[record].fields,
        Side::Psa => &view.contacts[record].fields,
        Side::Portal => &view.portal_users[record].fields,
    };
    Name::new(&shown(fields), "")
}

/// First and last name, else the display name.
fn shown(fields: &Fields) -> String {
    let halves = [Field::FirstName, Field::LastName].map(|field| fields.text(field).unwrap_or_default());
    let whole = name::join(halves[0], halves[1]);
    if whole.is_empty() { fields.text(Field::DisplayName).unwrap_or_default().to_owned() } else { whole }
}
