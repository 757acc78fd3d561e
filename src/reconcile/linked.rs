//! The chosen companies, each scoped and linked once.

use super::earlier::EarlierRuns;
use super::link::{self, Links};
use super::scope::{self, Scope};
use super::status::PersonStatus;
use crate::model::Looks;
use crate::plan::{CompanyConflict, Unread};
use crate::reconcile::input::unread;
use crate::reconcile::input::{AllCompanies, CompanyInput, Input, View};

/// Every chosen company, scoped and linked.
///
/// Linking is what costs time, so it is done once in a run, and whatever else is wanted is asked of the result.
pub struct Linked<'a> {
    pub(crate) input: &'a Input<'a>,
    /// The companies in the order of their names.
    pub(crate) companies: Vec<ChosenCompany<'a>>,
}

/// Does the same for each of several things that have nothing to do with each other: one after the other or side by side.
pub trait Each {
    /// Returns what `work` returns for each of `items`, in the order of the items.
    fn each<'t, T: Sync, R: Send>(&self, items: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R>;

    /// Does the same with items that are given for good: each is gone when `work` is done with it.
    fn each_owned<T: Send, R: Send>(&self, items: Vec<T>, work: impl Fn(T) -> R + Sync) -> Vec<R> {
        items.into_iter().map(work).collect()
    }
}

/// One after the other.
#[derive(Debug, Clone, Copy)]
pub struct InTurn;

impl Each for InTurn {
    fn each<'t, T: Sync, R: Send>(&self, items: &'t [T], work: impl Fn(&'t T) -> R + Sync) -> Vec<R> {
        items.iter().map(work).collect()
    }
}

impl<'a> Linked<'a> {
    /// Returns what the companies were linked from.
    pub fn input(&self) -> &'a Input<'a> {
        self.input
    }

    /// Returns the companies of which a side was not read to its end, or whose people cannot be told from those of
    /// other companies, with the reasons.
    pub fn unread(&self) -> impl Iterator<Item = (&'a str, &[Unread])> {
        let unread =
            self.companies.iter().map(|company| (company.own.company.name.as_str(), &company.unread[..]));
        unread.filter(|(_, unread)| !unread.is_empty())
    }

    /// Returns every company with what shows that its records belong to another company than the configuration says.
    pub fn conflicts(&self) -> impl Iterator<Item = (&'a CompanyInput, &[CompanyConflict])> {
        self.companies.iter().map(|company| (company.own, &company.conflicts[..]))
    }

    /// Returns the companies of which something may be written.
    pub(crate) fn served(&self) -> impl Iterator<Item = &LinkedCompany<'a>> {
        self.companies.iter().filter_map(ChosenCompany::served)
    }

    /// Returns the companies whose sides are complete.
    pub(crate) fn views(&self) -> impl Iterator<Item = &View<'a>> {
        self.companies.iter().filter_map(ChosenCompany::view)
    }
}

/// A company that was chosen for the run, with what keeps it from being written.
pub(crate) struct ChosenCompany<'a> {
    pub(crate) own: &'a CompanyInput,
    /// What shows that the records belong to another company.
    pub(crate) conflicts: Vec<CompanyConflict>,
    /// The sides that were not read to their end, and domains that no record has.
    pub(crate) unread: Vec<Unread>,
    pub(crate) sides: Sides<'a>,
}

/// What the sides of a company gave.
pub(crate) enum Sides<'a> {
    /// One of them was not read to its end.
    Incomplete,
    /// They are complete, but a setting cannot be understood, for this reason: who is in scope is then unknown.
    Refused(Box<View<'a>>, String),
    /// They are linked.
    Linked(Box<LinkedCompany<'a>>),
}

impl<'a> ChosenCompany<'a> {
    /// Scopes and links a company. Whose records they are is looked at as well, and keeps nothing from being linked:
    /// people can be shown that may not be written.
    pub(crate) fn new(input: &'a Input<'a>, all: &AllCompanies<'_>, own: &'a CompanyInput) -> Self {
        let view = View::new(input, own);
        let unread = unread::unread(own, view.as_ref());
        let sides = view.map_or(Sides::Incomplete, |view| match scope::scope(&view) {
            Ok(scope) => Sides::Linked(Box::new(LinkedCompany::new(view, scope))),
            Err(reason) => Sides::Refused(Box::new(view), reason),
        });
        Self { own, conflicts: all.conflicts(own), unread, sides }
    }

    /// Reports whether nothing of the company may be written.
    pub(crate) fn is_held(&self) -> bool {
        !self.conflicts.is_empty() || !self.unread.is_empty()
    }

    pub(crate) fn view(&self) -> Option<&View<'a>> {
        match &self.sides {
            Sides::Incomplete => None,
            Sides::Refused(view, _) => Some(view),
            Sides::Linked(company) => Some(&company.view),
        }
    }

    /// Returns the linked records, whosever they are.
    pub(crate) fn linked(&self) -> Option<&LinkedCompany<'a>> {
        match &self.sides {
            Sides::Linked(company) => Some(company),
            Sides::Incomplete | Sides::Refused(..) => None,
        }
    }

    /// Returns the same, to be changed.
    pub(crate) fn linked_mut(&mut self) -> Option<&mut LinkedCompany<'a>> {
        match &mut self.sides {
            Sides::Linked(company) => Some(company),
            Sides::Incomplete | Sides::Refused(..) => None,
        }
    }

    /// Returns the linked records if they may be written.
    pub(crate) fn served(&self) -> Option<&LinkedCompany<'a>> {
        self.linked().filter(|_| !self.is_held())
    }
}

/// A company whose sides are complete, scoped and linked.
pub(crate) struct LinkedCompany<'a> {
    pub(crate) view: View<'a>,
    pub(crate) scope: Scope,
    pub(crate) links: Links,
    /// The status of every person, if all is true that the listing suggests.
    pub(crate) listed: Vec<PersonStatus>,
}

impl<'a> LinkedCompany<'a> {
    pub(crate) fn new(view: View<'a>, scope: Scope) -> Self {
        let links = link::link(&view, &scope);
        let listed = {
            let earlier = EarlierRuns::new(&view, &scope, Looks::none());
            links.persons.iter().map(|person| earlier.status(person)).collect()
        };
        Self { view, scope, links, listed }
    }

    /// Returns every person's status while some stored ids are unknown: who may turn out to be another person waits,
    /// and so do people without a contact as long as a contact whose stored id is unknown may be theirs. Making one
    /// takes a search that knows all ids.
    pub(crate) fn assumed(&self) -> Vec<PersonStatus> {
        let mut statuses = self.listed.clone();
        for (person, status) in self.links.persons.iter().zip(&mut statuses) {
            let idle = matches!(
                status,
                PersonStatus::Conflict | PersonStatus::Ignored | PersonStatus::Idle | PersonStatus::Stays(_)
            );
            let lacks_contact = *status == PersonStatus::InScope && person.contact.is_none();
            if !idle && (person.waits(&self.view) || (lacks_contact && self.view.own.pending.is_some())) {
                *status = PersonStatus::Waiting;
            }
        }
        statuses
    }
}
