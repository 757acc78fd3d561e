//! From three sides to a plan, as one pure function: scope, link, merge, changes, guard.
//!
//! Nothing here can write, wait, read a file or ask the time. [`link`](fn@link) scopes and links the companies of an
//! [`Input`] once; the [`Linked`] companies then answer every question: what else has to be read, what the plan is,
//! who is who. The order of the input never matters.
//!
//! * `input` is all that is concluded from: settings, decisions, memory, and each company in the form in which the stages
//!   look at it.
//! * `scope` decides who takes part, `link` who is who, `status` and `earlier` what that means for a person.
//! * `merge` says what a record should hold, `changes` what has to be written for that, `leaving` who is shut out.
//! * `guard` refuses what could hurt many people; `planning` puts the plan together; `remember` keeps what the next run
//!   needs.
//! * `triples` proposes which records may be one client, before there is a configuration.
//! * `ask` answers people: the people table, an explanation, questions and their answers, self-service, findings.

mod ask;
mod changes;
mod earlier;
#[cfg(test)]
mod examples;
mod excluded;
mod foreign;
mod guard;
mod held;
mod input;
#[cfg(test)]
mod laws;
mod leaving;
mod link;
mod linked;
mod linking;
mod merge;
mod namesakes;
mod pictures;
mod pins;
mod planning;
mod remember;
mod scope;
mod status;
pub mod triples;
#[cfg(test)]
mod worlds;

use std::collections::BTreeSet;

use crate::model::Shape;
use crate::plan::{CompanyPeople, Finding, Question};

pub use ask::explain::Explained;
pub use ask::resolve::{answers, beside, contradiction, questions};
pub use ask::self_service::{Earlier, Served, WantedRequest};
pub use changes::leave_portal;
pub use guard::limits::{judge, limits, over_limits};
pub use held::not_known;
pub use input::{
    AddressRule, AllCompanies, Company, CompanyInput, Decision, Decisions, ExcludeOn, Exclusion, FieldRule,
    FollowUp, GuardLimits, Input, Limit, MultipleRoles, NeverSeen, OnExclude, Pin, Policy, Replaced,
    RequireName, Rule, Split, Stated, TypeRule, When, tenant_id, tenants_wanted, usable,
};
pub use leaving::LookWanted;
pub use linked::{Each, InTurn, Linked};
pub use linking::{link, link_each};
pub use pictures::PictureWanted;
pub use pins::PinWanted;
pub use planning::Reconciled;

/// Reports whether a plan would change territory or account manager of the portal's company, if the company wants that.
pub fn details_differ(company: &CompanyInput) -> bool {
    changes::company::details_differ(company)
}

impl<'a> Linked<'a> {
    /// Returns the people whose support PINs are wanted, in the order of companies and people.
    pub fn pins_wanted(&self) -> Vec<PinWanted<'a>> {
        self.served().flat_map(pins::wanted).collect()
    }

    /// Returns the users whose pictures are wanted, by their ids.
    ///
    /// A user in scope of several companies, which share the tenant then, is listed once, with the shortest of their
    /// times.
    pub fn pictures_wanted(&self) -> Vec<PictureWanted<'a>> {
        pictures::wanted(self.served())
    }

    /// Returns the users who have to be looked at before it is believed that they left, each once: those whose leaving
    /// would change anything.
    pub fn looks_wanted(&self) -> BTreeSet<LookWanted<'a>> {
        self.served().flat_map(leaving::looks_wanted).collect()
    }

    /// Plans every company in the order of their names, and evaluates every guard.
    pub fn plan(&self, follow_up: &FollowUp) -> Reconciled {
        let companies: Vec<_> = self.companies.iter().collect();
        let mut reconciled = planning::plan(self.input, companies, follow_up, &InTurn);
        reconciled.outcome.findings = self.findings();
        reconciled
    }

    /// Does the same, with `how` for the companies. Each is given up when it is planned: a run has no more to ask then.
    pub fn into_plan(self, follow_up: &FollowUp, how: &impl Each) -> Reconciled {
        let findings = self.findings();
        let mut reconciled = planning::plan(self.input, self.companies, follow_up, how);
        reconciled.outcome.findings = findings;
        reconciled
    }

    /// Returns who is who in every company, in the order of their names.
    pub fn people(&self) -> Vec<CompanyPeople> {
        self.companies.iter().map(ask::people::of_company).collect()
    }

    /// Returns what needs a decision: in every company the conflicts, then the people who stayed alone and have
    /// suggestions.
    pub fn questions(&self) -> Vec<Question> {
        self.people().iter().flat_map(questions).collect()
    }

    /// Explains the person who has `needle` as an address, user name or id on any side of any company.
    pub fn explain(&self, needle: &str, follow_up: &FollowUp) -> Explained {
        ask::explain::explain(self, needle, follow_up)
    }

    /// Plans what people ask of their own details; `shape` is what the fields of a 365 user take.
    pub fn self_service(&self, shape: &Shape, wanted: &[WantedRequest]) -> Served {
        ask::self_service::self_service(self, shape, wanted)
    }

    /// Returns every setting and decision that matches nothing in all companies for which it holds, in the order of the
    /// files' lines.
    pub fn findings(&self) -> Vec<Finding> {
        ask::findings::findings(self.input, &self.views().collect::<Vec<_>>())
    }
}
