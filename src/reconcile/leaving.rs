//! Who leaves: leaving is an event of 365 that happens to a person who took part before, and it is seen twice.
//!
//! The listing only suggests that a user left. First it is found out for which users that would change anything, as if all of
//! it were true; those users are looked at by their ids, and what the looks confirm is planned.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{Field, Id, Look, Udf, User, UserKind};
use crate::plan::{Departure, Left, LicenceRule, Link, Sighting};

use super::changes::{self, Changes, truth};
use super::link::{self, Links, Person};
use super::person::{Standing, Stay};
use super::scope::{self, Reason, Scope, is_excluded};
use super::stays;
use super::view::{View, id_key, is_guid, stored_id};
use super::{CompanyInput, Input, NeverSeen, standings, waiting};

/// A 365 user who seems to have left, and is looked at before that is believed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct LookWanted<'a> {
    /// The user's tenant, by its id in the configuration.
    pub tenant: &'a str,
    /// The user's object id, lower-case.
    pub user: Id,
}

/// Returns the users of all companies that are to be looked at, each once: those whose leaving would change anything.
pub fn looks_wanted<'a>(input: &'a Input<'a>) -> BTreeSet<LookWanted<'a>> {
    input.companies.iter().flat_map(|company| of_company(input, company)).collect()
}

fn of_company<'a>(input: &'a Input<'a>, company: &'a CompanyInput) -> Vec<LookWanted<'a>> {
    let Some(view) = View::new(input, company) else { return Vec::new() };
    // A company whose settings cannot be understood is not planned either.
    let Ok(scope) = scope::scope(&view) else { return Vec::new() };
    let links = link::link(&view, &scope);
    let mut assumed = standings(&view, &links, &scope);
    waiting(&view, &links, &mut assumed);
    let is_leaver = |standing: &Standing| matches!(standing, Standing::Leaver(_));
    if view.details.is_none() && !assumed.iter().any(is_leaver) {
        return Vec::new();
    }
    let past = Past::new(&view, &scope);
    let first = changes::changes(&view, &scope, &links, &assumed, &past, None);
    let doubted = past.doubted(&links, &assumed, &first);
    doubted.into_iter().map(|user| LookWanted { tenant: &company.tenant_id, user }).collect()
}

/// The standings as the looks left them, and the changes that follow.
pub(super) struct Decided {
    pub(super) standings: Vec<Standing>,
    pub(super) changes: Changes,
    /// People who stay as they are although they are out of scope, with what would be changed of them otherwise.
    pub(super) stays: stays::Stays,
}

/// Plans the changes of a company, from `assumed`, where everything is believed that the listing suggests.
pub(super) fn decide(view: &View<'_>, scope: &Scope, links: &Links, assumed: &[Standing]) -> Decided {
    let past = Past::new(view, scope);
    let first = changes::changes(view, scope, links, assumed, &past, None);
    let touched = touched(&first);
    let standings: Vec<Standing> = assumed
        .iter()
        .enumerate()
        .map(|(index, standing)| past.decided(&links.persons[index], *standing, touched.contains(&index)))
        .collect();
    let stays = stays::stays(view, &past, links, &standings, &first);
    let alone = || first.planned.iter().filter(|each| each.person.is_none());
    let gone = alone().filter_map(|each| each.change.left.as_ref()).map(|left| left.user.clone());
    let (gone, kept): (BTreeSet<Id>, BTreeSet<Id>) = gone.partition(|user| past.is_gone(user));
    if standings == assumed && kept.is_empty() {
        return Decided { standings, changes: first, stays };
    }
    let changes = changes::changes(view, scope, links, &standings, &past, Some(&gone));
    Decided { standings, changes, stays }
}

/// The people whose records a plan changes because they left.
fn touched(changes: &Changes) -> BTreeSet<usize> {
    let planned = changes.planned.iter().filter(|each| each.change.left.is_some());
    planned.filter_map(|each| each.person).collect()
}

/// What earlier runs know of the people of a company.
pub(super) struct Past<'a, 'b> {
    view: &'b View<'a>,
    scope: &'b Scope,
    by_user: BTreeMap<String, &'a Link>,
    by_contact: BTreeMap<&'a Id, &'a Link>,
    /// Users of the tenant that belong to another company by their domain.
    elsewhere: BTreeSet<String>,
    /// The licence rule of the last run.
    rule: Option<&'a LicenceRule>,
}

impl<'a, 'b> Past<'a, 'b> {
    pub(super) fn new(view: &'b View<'a>, scope: &'b Scope) -> Self {
        let elsewhere = view
            .users
            .iter()
            .zip(&scope.users)
            .filter(|(_, out)| out.as_ref().is_some_and(|out| out.reason == Reason::NotInDomains));
        Self {
            view,
            scope,
            by_user: view.recorded.iter().map(|link| (id_key(link.user.as_str()), link)).collect(),
            by_contact: view
                .recorded
                .iter()
                .filter_map(|link| Some((link.contact.as_ref()?, link)))
                .collect(),
            elsewhere: elsewhere.map(|(user, _)| id_key(user.id.as_str())).collect(),
            rule: view.input.memory.licences.get(&view.own.name),
        }
    }

    /// Returns how a person stands, if all is true that the listing suggests.
    pub(super) fn standing(&self, person: &Person) -> Standing {
        let out = person.user.map(|user| self.scope.users[user].as_ref());
        let outs = [
            out.flatten(),
            person.contact.and_then(|contact| self.scope.contacts[contact].as_ref()),
            person.portal_user.and_then(|user| self.scope.portal_users[user].as_ref()),
        ];
        if person.conflict.is_some() {
            return Standing::Conflict;
        }
        if person.ignored {
            return Standing::Ignored;
        }
        if outs[1].is_some_and(|out| out.reason == Reason::TypeUnread) {
            return Standing::Idle;
        }
        if outs.into_iter().any(is_excluded) {
            return Standing::Excluded;
        }
        match (person.user, out) {
            (Some(_), Some(None)) => Standing::InScope,
            (Some(user), Some(Some(out))) => self.out(person, user, out.reason),
            _ if person.orphan.is_some() => Standing::Leaver(Left::Deleted),
            _ if self.is_elsewhere(person) => Standing::Stays(Stay::BySetting(Reason::NotInDomains)),
            _ => Standing::Backed,
        }
    }

    /// How a person stands whose user is out of scope for `reason`.
    fn out(&self, person: &Person, user: usize, reason: Reason) -> Standing {
        let took_part = self.took_part(person);
        match self.scope.left[user] {
            Some(Left::NoLicence) if took_part && !self.lost_licence(self.view.users[user]) => {
                Standing::Stays(Stay::BySetting(reason))
            }
            // Without an address, and without an earlier run or an id that says so, the user never took part.
            Some(_) if !self.scope.has_address[user] && !took_part => Standing::Idle,
            Some(left) => Standing::Leaver(left),
            None if reason.is_unread() || matches!(reason, Reason::Disabled | Reason::NoLicence) => {
                Standing::Idle
            }
            None if took_part => Standing::Stays(Stay::BySetting(reason)),
            None => Standing::Backed,
        }
    }

    /// Returns how a person stands, now that who seems to have left was looked at. `touched` says whether anything
    /// would change because the person left: who is handled already is not looked at again.
    fn decided(&self, person: &Person, standing: Standing, touched: bool) -> Standing {
        let Standing::Leaver(seems) = standing else { return standing };
        if !self.may_leave(person) {
            return Standing::Stays(Stay::NeverSeen(seems));
        }
        if !touched {
            return standing;
        }
        match self.sighting(person) {
            Sighting::Left(left) => Standing::Leaver(left),
            Sighting::Here if person.user.is_none() => Standing::Stays(Stay::Unlisted),
            Sighting::Here => Standing::Stays(Stay::Returned(seems)),
            Sighting::Unclear(_) => Standing::Stays(Stay::Unclear(seems)),
        }
    }

    /// What the look at the person's user says. A user that the listing lacked and that is there after all has not left,
    /// whatever else the look says: the listing and the look contradict each other.
    pub(super) fn sighting(&self, person: &Person) -> Sighting {
        let Some(user) = self.user_id(person) else { return Sighting::Here };
        match self.look(&user) {
            Some(look) if person.user.is_some() => self.rule_for(person).judge(look),
            _ => self.unlisted(&user),
        }
    }

    fn look(&self, user: &Id) -> Option<&Look> {
        self.view.input.looks.get(&self.view.own.tenant_id, user)
    }

    /// Returns what the look says at a user that the listing lacks.
    pub(super) fn unlisted(&self, user: &Id) -> Sighting {
        match self.look(user) {
            None => Sighting::Unclear("the user was not looked at".to_owned()),
            Some(Look::Here { .. }) => Sighting::Here,
            Some(look) => LicenceRule::default().judge(look),
        }
    }

    /// Whether a look says that the tenant has no such user.
    fn is_gone(&self, user: &Id) -> bool {
        self.look(user) == Some(&Look::Gone)
    }

    /// The users who have to be looked at before `changes`, which believe everything, are believed.
    fn doubted(&self, links: &Links, assumed: &[Standing], changes: &Changes) -> BTreeSet<Id> {
        let planned = changes.planned.iter().filter(|each| match each.person {
            Some(person) => {
                matches!(assumed[person], Standing::Leaver(_)) && self.may_leave(&links.persons[person])
            }
            None => true,
        });
        planned.filter_map(|each| each.change.left.as_ref()).map(|left| left.user.clone()).collect()
    }

    /// Whether leaving can happen to the person: one who took part before, or, where the policy says so, one whose
    /// records have the user's own address.
    fn may_leave(&self, person: &Person) -> bool {
        let by_own_address = || {
            (person.contact.is_some() && person.is_own_user())
                || (person.contact.is_none() && person.is_own_portal_user())
        };
        self.took_part(person) || (self.view.policy.never_seen == NeverSeen::Deactivate && by_own_address())
    }

    /// Whether the person took part before: an earlier run saw the user in scope, or the contact stores the user's id,
    /// or says that a 365 user stands behind it.
    pub(super) fn took_part(&self, person: &Person) -> bool {
        let Some(user) = self.user_id(person) else { return false };
        let remembered = self.by_user.get(user.as_str()).is_some_and(|link| link.took_part);
        remembered || person.contact.is_some_and(|contact| self.is_marked(contact, user.as_str()))
    }

    /// Whether the contact stores the user's id. Where it stores none, a mark that there is a 365 user is enough.
    fn is_marked(&self, contact: usize, user: &str) -> bool {
        let contact = self.view.contacts[contact];
        if let Some(stored) = stored_id(contact).filter(|id| is_guid(id) || id == user) {
            return stored == user;
        }
        let udf = self.view.input.psa_shape.udf(Udf::IsOffice365);
        let text = contact.fields.text(Field::Udf(Udf::IsOffice365));
        udf.zip(text).is_some_and(|(udf, text)| truth(&udf.kind, text) == Some(true))
    }

    /// Whether the contact belongs, by its own id or by the last run, to a user of another company's domains.
    fn is_elsewhere(&self, person: &Person) -> bool {
        let Some(contact) = person.contact.map(|contact| self.view.contacts[contact]) else { return false };
        let recorded = self.by_contact.get(&contact.id).filter(|link| link.took_part);
        let recorded = recorded.map(|link| id_key(link.user.as_str()));
        stored_id(contact).or(recorded).is_some_and(|user| self.elsewhere.contains(&user))
    }

    /// The object id of the person's user, here or gone, in the form for comparing.
    fn user_id(&self, person: &Person) -> Option<Id> {
        let here = person.user.map(|user| id_key(self.view.users[user].id.as_str()));
        here.or(person.orphan.as_ref().map(|orphan| id_key(&orphan.id))).map(Id::new)
    }

    /// Returns what a change rests on that shuts out a person who left.
    pub(super) fn departure(&self, person: &Person, how: Left) -> Option<Departure> {
        let user = self.user_id(person)?;
        Some(Departure { licences: self.rule_for(person), ..self.deleted(user, how) })
    }

    /// Returns the same for a user with nothing known but an id.
    pub(super) fn deleted(&self, user: Id, how: Left) -> Departure {
        Departure { tenant: self.view.own.tenant_id.clone(), user, how, licences: LicenceRule::default() }
    }

    /// The rule by which the person's user is judged. Only members can lose a licence.
    fn rule_for(&self, person: &Person) -> LicenceRule {
        let Some(user) = person.user.map(|user| self.view.users[user]) else {
            return LicenceRule::default();
        };
        let rule = if self.took_part(person) { self.lasting_rule(user) } else { self.scope.licences.clone() };
        LicenceRule { required: rule.required && user.kind == UserKind::Member, ..rule }
    }

    /// The rule under which a licence counts that counted at the last run or counts today. Of a user who is not
    /// remembered it is not known what counted, so that every licence does.
    fn lasting_rule(&self, user: &User) -> LicenceRule {
        let now = &self.scope.licences;
        let link = self.by_user.get(&id_key(user.id.as_str())).filter(|link| link.took_part);
        match self.rule.filter(|_| link.is_some()) {
            _ if link.is_some_and(|link| link.out_by_setting) => LicenceRule::default(),
            Some(last) => now.and(last),
            None => LicenceRule { required: now.required, uncounted: BTreeSet::new() },
        }
    }

    /// Whether the user lost the last licence that counted.
    fn lost_licence(&self, user: &User) -> bool {
        let rule = self.lasting_rule(user);
        let none_counts = user.licences.as_ref().is_some_and(|licences| !rule.is_met_by(licences));
        rule.required && none_counts && user.kind == UserKind::Member
    }

    /// Returns a link of this run with what the next one must know of its user: whether the user was ever in scope, and
    /// whether an edited setting keeps the user out of it.
    pub(super) fn remember(&self, link: Link, took_part: bool) -> Link {
        let key = id_key(link.user.as_str());
        let old = self.by_user.get(&key);
        let user = self.view.users.binary_search_by(|user| user.id.cmp(&link.user)).ok();
        let in_scope = user.is_some_and(|user| self.scope.users[user].is_none());
        let user = user.map(|user| self.view.users[user]);
        let now = &self.scope.licences;
        let changed = self.rule.is_some_and(|last| last != now);
        let edited = user.map_or(changed, |user| self.lasting_rule(user) != *now);
        let lost = user.is_some_and(|user| self.lost_licence(user));
        Link {
            took_part: took_part || old.is_some_and(|link| link.took_part),
            out_by_setting: !in_scope && (old.is_some_and(|link| link.out_by_setting) || (edited && !lost)),
            ..link
        }
    }

    /// Whether the person is in scope, or took part before.
    pub(super) fn part(&self, person: &Person, standing: Standing) -> bool {
        standing == Standing::InScope || self.took_part(person)
    }
}
