//! A company whose people may ask for something, and which requests it allows.

use crate::model::{Field, Row, Shape};
use crate::plan::Request;
use crate::reconcile::input::View;
use crate::reconcile::link::Links;
use crate::reconcile::linked::{ChosenCompany, LinkedCompany};
use crate::reconcile::scope::Scope;
use crate::reconcile::scope::reason::Reason;
use crate::reconcile::status::PersonStatus;

/// Why a request is not done.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) reason: String,
    pub(crate) next: Option<String>,
}

impl Refusal {
    pub(crate) fn new(reason: impl Into<String>, next: impl Into<String>) -> Self {
        Self { reason: reason.into(), next: Some(next.into()) }
    }
}

/// One company whose people may ask for something.
pub(crate) struct AskedCompany<'a> {
    pub(crate) chosen: &'a ChosenCompany<'a>,
    pub(crate) company: &'a LinkedCompany<'a>,
    pub(crate) view: &'a View<'a>,
    pub(crate) scope: &'a Scope,
    pub(crate) links: &'a Links,
    pub(crate) statuses: Vec<PersonStatus>,
}

impl<'a> AskedCompany<'a> {
    pub(crate) fn new(chosen: &'a ChosenCompany<'a>, company: &'a LinkedCompany<'a>) -> Self {
        let LinkedCompany { view, scope, links, .. } = company;
        Self { chosen, company, view, scope, links, statuses: company.assumed() }
    }

    /// Reports whether a request for this user may be done.
    pub(crate) fn may(&self, user: usize, request: &Request, shape: &Shape) -> Result<(), Refusal> {
        let policy = self.view.policy;
        let company = &self.view.company.name;
        if let Some(conflict) = self.chosen.conflicts.first() {
            return Err(Refusal::new(
                format!("nothing of {company} is written: {}", conflict.reason),
                "run `crsync diff`: it says what to do",
            ));
        }
        if !self.view.on(Row::SelfService) {
            return Err(Refusal::new(
                format!("self-service is off for {company}"),
                "set self-service = true under [sync]",
            ));
        }
        let names = |fields: &mut dyn Iterator<Item = Field>| -> String {
            fields.map(Field::name).collect::<Vec<_>>().join(", ")
        };
        let mut others = request.set.keys().copied().filter(|field| !policy.self_service.contains(field));
        let others = names(&mut others);
        if !others.is_empty() {
            let allowed = names(&mut policy.self_service.iter().copied());
            return Err(Refusal::new(
                format!("{others} may not be changed by self-service; allowed: {allowed}"),
                "add it to `allow` under [self-service], or leave it out",
            ));
        }
        for (field, text) in &request.set {
            let Some(shape) = shape.field(*field) else {
                return Err(Refusal::new(format!("365 does not let {field} be written"), "leave it out"));
            };
            if !text.trim().is_empty() && field.read(text).is_empty() {
                let what = if field.is_phone() { "a digit" } else { "a letter or digit" };
                return Err(Refusal::new(
                    format!("{field} is not written: a text without {what} says nothing"),
                    "give it a value, or an empty text to make it blank",
                ));
            }
            if text.is_empty() && shape.required {
                return Err(Refusal::new(format!("{field} cannot be made blank in 365"), "give it a text"));
            }
            let length = field.read(text).chars().count();
            if let Some(most) = shape.length.filter(|most| length > *most) {
                let reason = format!("{field} takes at most {most} characters in 365, these are {length}");
                return Err(Refusal::new(reason, "shorten it"));
            }
        }
        let record = self.view.users[user];
        if record.on_premises {
            return Err(Refusal::new(
                format!("365 user {} is mastered in the on-premises Active Directory", record.id),
                "change it there; the next synchronisation brings it to 365, and `crsync sync` to the other sides",
            ));
        }
        self.person_in_scope(user).map(drop)
    }

    /// Returns the person of a user who is fully in scope.
    pub(crate) fn person_in_scope(&self, user: usize) -> Result<usize, Refusal> {
        let explain = "`crsync explain` shows why";
        if let Some(out) = &self.scope.users[user] {
            let detail = out.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
            let next =
                if out.reason == Reason::Held { "run the command again in some minutes" } else { explain };
            return Err(Refusal::new(format!("the user is out of scope: {}{detail}", out.reason), next));
        }
        let person = self.links.persons.iter().position(|person| person.user == Some(user));
        match person.map(|person| (person, self.statuses[person])) {
            Some((person, PersonStatus::InScope)) => Ok(person),
            Some((_, PersonStatus::Waiting)) => {
                Err(Refusal::new(PersonStatus::Waiting.words(), "run the command again later"))
            }
            Some((_, PersonStatus::Conflict)) => Err(Refusal::new(
                format!("the person is {}", PersonStatus::Conflict.words()),
                "`crsync match` shows the candidates; decide in decisions.toml",
            )),
            Some((_, status)) => Err(Refusal::new(status.words(), explain)),
            None => Err(Refusal::new("the user is out of scope", explain)),
        }
    }
}
