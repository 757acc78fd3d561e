//! What earlier runs know of the people of a company, and what that says of those who seem to have left.

pub(super) mod doubt;

use std::collections::BTreeSet;

use crate::model::{Field, Id, Look, Looks, Udf, UserKind};
use crate::plan::{Departure, Left, LicenceRule, Link, Sighting};
use crate::reconcile::input::{NeverSeen, Number, View, is_guid, truth};
use crate::reconcile::link::person::LinkedPerson;
use crate::reconcile::scope::reason::{Reason, is_excluded};
use crate::reconcile::scope::{Scope, with_ids};
use crate::reconcile::status::{PersonStatus, Stay};

/// What earlier runs know of the people of a company.
pub(crate) struct EarlierRuns<'a> {
    view: &'a View<'a>,
    scope: &'a Scope,
    /// Looks at users who seem to have left.
    looks: &'a Looks,
    /// The licence rule of the last run, with the ids that its part numbers have today.
    rule: Option<LicenceRule>,
    /// The rule under which a licence counts that counted at the last run or counts today.
    lasting: Option<LicenceRule>,
    /// The rule under which every licence counts.
    every: LicenceRule,
    /// The rule that asks for none.
    none: LicenceRule,
}

impl<'a> EarlierRuns<'a> {
    pub(crate) fn new(view: &'a View<'a>, scope: &'a Scope, looks: &'a Looks) -> Self {
        let last = view.input.memory.licences.get(&view.company.name);
        // A part number of a licence that the tenant did not own has its id since today.
        let rule = last.map(|last| LicenceRule {
            required: last.required,
            uncounted: with_ids(view, last.uncounted.iter().cloned()),
        });
        Self {
            view,
            scope,
            looks,
            lasting: rule.as_ref().map(|last| scope.licences.and(last)),
            rule,
            every: LicenceRule { required: scope.licences.required, uncounted: BTreeSet::new() },
            none: LicenceRule::default(),
        }
    }

    /// Returns the link of an earlier run that names a user.
    fn of_user(&self, id: Number) -> Option<&'a Link> {
        self.view.ids.recorded_of_user(id).next_back().map(|link| &self.view.recorded[link])
    }

    /// Returns the status of a person, if all is true that the listing suggests.
    pub(crate) fn status(&self, person: &LinkedPerson) -> PersonStatus {
        let out = person.user.map(|user| self.scope.users[user].as_deref());
        let outs = [
            out.flatten(),
            person.contact.and_then(|contact| self.scope.contacts[contact].as_deref()),
            person.portal_user.and_then(|user| self.scope.portal_users[user].as_deref()),
        ];
        // The order matters: what a person decided, and what is not known, comes before what follows from the records.
        if person.conflict.is_some() {
            return PersonStatus::Conflict;
        }
        if person.ignored {
            return PersonStatus::Ignored;
        }
        // The type could exclude the contact, so nothing flows until it is known.
        if outs[1].is_some_and(|out| out.reason == Reason::TypeUnread) {
            return PersonStatus::Idle;
        }
        if outs.into_iter().any(is_excluded) {
            return PersonStatus::Excluded;
        }
        match (person.user, out) {
            (Some(_), Some(None)) => PersonStatus::InScope,
            (Some(user), Some(Some(out))) => self.out(person, user, out.reason),
            _ if person.orphan.is_some() => PersonStatus::Leaver(Left::Deleted),
            _ if self.is_elsewhere(person) => PersonStatus::Stays(Stay::BySetting(Reason::NotInDomains)),
            _ => PersonStatus::Backed,
        }
    }

    /// Returns the status of a person whose user is out of scope for `reason`.
    pub(crate) fn out(&self, person: &LinkedPerson, user: usize, reason: Reason) -> PersonStatus {
        let took_part = self.took_part(person);
        match self.scope.left[user] {
            Some(Left::NoLicence) if took_part && !self.lost_licence(user) => {
                PersonStatus::Stays(Stay::BySetting(reason))
            }
            // Without an address, and without an earlier run or an id that says so, the user never took part.
            Some(_) if !self.scope.has_address[user] && !took_part => PersonStatus::Idle,
            Some(left) => PersonStatus::Leaver(left),
            None if reason.is_unread() || matches!(reason, Reason::Disabled | Reason::NoLicence) => {
                PersonStatus::Idle
            }
            None if took_part => PersonStatus::Stays(Stay::BySetting(reason)),
            None => PersonStatus::Backed,
        }
    }

    /// Returns the status of a person, now that who seems to have left was looked at. `touched` says whether anything
    /// would change because the person left: who is handled already is not looked at again.
    pub(crate) fn decided(&self, person: &LinkedPerson, status: PersonStatus, touched: bool) -> PersonStatus {
        let PersonStatus::Leaver(seems) = status else { return status };
        // A shared mailbox or a room was never in scope: that its account is disabled is how it has always been.
        if !self.may_leave(person) {
            return PersonStatus::Stays(Stay::NeverSeen(seems));
        }
        if !touched {
            return status;
        }
        match self.sighting(person) {
            Sighting::Left(left) => PersonStatus::Leaver(left),
            Sighting::Here if person.user.is_none() => PersonStatus::Stays(Stay::Unlisted),
            Sighting::Here => PersonStatus::Stays(Stay::Returned(seems)),
            Sighting::Unclear(_) => PersonStatus::Stays(Stay::Unclear(seems)),
        }
    }

    /// Returns what the look at the person's user says. A user that the listing lacked and that is there after all has
    /// not left, whatever else the look says: the listing and the look contradict each other.
    pub(crate) fn sighting(&self, person: &LinkedPerson) -> Sighting {
        let Some(user) = self.user_id(person) else { return Sighting::Here };
        match self.look(&user) {
            Some(look) if person.user.is_some() => self.rule_for(person).judge(look),
            _ => self.unlisted(&user),
        }
    }

    pub(crate) fn look(&self, user: &Id) -> Option<&Look> {
        self.looks.get(&self.view.own.tenant_id, user)
    }

    /// Returns what the look says at a user that the listing lacks.
    pub(crate) fn unlisted(&self, user: &Id) -> Sighting {
        match self.look(user) {
            None => Sighting::Unclear("the user was not looked at".to_owned()),
            Some(Look::Here { .. }) => Sighting::Here,
            Some(look) => LicenceRule::default().judge(look),
        }
    }

    /// Reports whether a look says that the tenant has no such user.
    pub(crate) fn is_gone(&self, user: &Id) -> bool {
        self.look(user) == Some(&Look::Gone)
    }

    /// Reports whether leaving can happen to the person: one who took part before, or, where the policy says so, one
    /// whose records can follow the state of a user who never did.
    pub(crate) fn may_leave(&self, person: &LinkedPerson) -> bool {
        let follows = self.view.policy.never_seen == NeverSeen::Deactivate && person.can_follow();
        self.took_part(person) || follows
    }

    /// Reports whether the person took part before: an earlier run saw the user in scope, or the contact's own field
    /// stores the user's id, or says that it has a 365 user.
    pub(crate) fn took_part(&self, person: &LinkedPerson) -> bool {
        let Some(user) = self.user_number(person) else { return false };
        let remembered = self.of_user(user).is_some_and(|link| link.took_part);
        remembered || person.contact.is_some_and(|contact| self.is_marked(contact, user))
    }

    /// Reports whether the contact's own field stores the user's id. Where it stores none, a mark that there is a 365
    /// user is enough.
    pub(crate) fn is_marked(&self, contact: usize, user: Number) -> bool {
        let ids = &self.view.ids;
        let stored = ids.stored(contact).filter(|id| *id == user || is_guid(ids.text(*id)));
        let contact = self.view.contacts[contact];
        // The PSA has an id of its own for shared mailboxes and former tenants too, so that one is no mark.
        let is_own_field = contact.fields.text(Field::Udf(Udf::Office365Id)).is_some();
        match stored {
            // The id of another user says that the mark is that user's.
            Some(stored) if stored != user => return false,
            Some(_) if is_own_field => return true,
            _ => {}
        }
        let udf = self.view.input.psa_shape.udf(Udf::IsOffice365);
        let text = contact.fields.text(Field::Udf(Udf::IsOffice365));
        udf.zip(text).is_some_and(|(udf, text)| truth(&udf.kind, text) == Some(true))
    }

    /// Reports whether the contact belongs, by its own id or by the last run, to a user of another company's domains.
    pub(crate) fn is_elsewhere(&self, person: &LinkedPerson) -> bool {
        let Some(contact) = person.contact else { return false };
        let ids = &self.view.ids;
        let recorded = || {
            let link = ids.recorded_of_contact(contact).next_back();
            link.filter(|link| self.view.recorded[*link].took_part).map(|link| ids.recorded()[link].user)
        };
        let user = ids.stored(contact).or_else(recorded).and_then(|id| ids.user(id));
        let out = user.and_then(|user| self.scope.users[user].as_deref());
        out.is_some_and(|out| out.reason == Reason::NotInDomains)
    }

    /// Returns the object id of the person's user, here or gone, in the form for comparing.
    pub(crate) fn user_id(&self, person: &LinkedPerson) -> Option<Id> {
        self.user_number(person).map(|id| Id::new(self.view.ids.text(id)))
    }

    fn user_number(&self, person: &LinkedPerson) -> Option<Number> {
        let here = person.user.map(|user| self.view.ids.of_user(user));
        here.or(person.orphan.map(|orphan| orphan.id))
    }

    /// Returns what a change rests on that shuts out a person who left.
    pub(crate) fn departure(&self, person: &LinkedPerson, how: Left) -> Option<Departure> {
        let user = self.user_id(person)?;
        Some(Departure { licences: self.rule_for(person), ..self.deleted(user, how) })
    }

    /// Returns the same for a user with nothing known but an id.
    pub(crate) fn deleted(&self, user: Id, how: Left) -> Departure {
        Departure { tenant: self.view.own.tenant_id.clone(), user, how, licences: LicenceRule::default() }
    }

    /// Returns the rule by which the person's user is judged. Only members can lose a licence.
    pub(crate) fn rule_for(&self, person: &LinkedPerson) -> LicenceRule {
        let Some(user) = person.user else { return LicenceRule::default() };
        let rule = if self.took_part(person) { self.lasting_rule(user) } else { &self.scope.licences };
        let required = rule.required && self.view.users[user].kind == UserKind::Member;
        LicenceRule { required, uncounted: rule.uncounted.clone() }
    }

    /// Returns the rule under which a licence counts that counted at the last run or counts today. Of a user who is not
    /// remembered it is not known what counted, so that every licence does.
    pub(crate) fn lasting_rule(&self, user: usize) -> &LicenceRule {
        let link = self.of_user(self.view.ids.of_user(user)).filter(|link| link.took_part);
        match link {
            Some(link) if link.out_by_setting => &self.none,
            Some(_) => self.lasting.as_ref().unwrap_or(&self.every),
            None => &self.every,
        }
    }

    /// Reports whether the user lost the last licence that counted.
    pub(crate) fn lost_licence(&self, user: usize) -> bool {
        let rule = self.lasting_rule(user);
        let user = self.view.users[user];
        let none_counts = user.licences.as_ref().is_some_and(|licences| !rule.is_met_by(licences));
        rule.required && none_counts && user.kind == UserKind::Member
    }

    /// Returns a link of this run with what the next one must know of its user, who is the `user`-th if the listing has
    /// one with this very id: whether the user was ever in scope, and
    /// whether an edited setting keeps the user out of it.
    pub(crate) fn remember(&self, link: Link, user: Option<usize>, id: Number, took_part: bool) -> Link {
        let old = self.of_user(id);
        let in_scope = user.is_some_and(|user| self.scope.users[user].is_none());
        let now = &self.scope.licences;
        let changed = self.rule.as_ref().is_some_and(|last| last != now);
        let edited = user.map_or(changed, |user| self.lasting_rule(user) != now);
        let lost = user.is_some_and(|user| self.lost_licence(user));
        Link {
            took_part: took_part || old.is_some_and(|link| link.took_part),
            out_by_setting: !in_scope && (old.is_some_and(|link| link.out_by_setting) || (edited && !lost)),
            ..link
        }
    }

    /// Reports whether the person is in scope, or took part before.
    pub(crate) fn part(&self, person: &LinkedPerson, status: PersonStatus) -> bool {
        status == PersonStatus::InScope || self.took_part(person)
    }
}
