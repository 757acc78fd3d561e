//! From linked companies to a plan: what changes, what stays unchanged, and which limits refuse it.

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};

use super::earlier::EarlierRuns;
use super::excluded::excluded;
use super::guard;
use super::held::{held, refused, unclear};
use super::leaving::{self, Decided};
use super::linked::{ChosenCompany, Each, LinkedCompany, Sides};
use super::remember;
use super::status::{PersonStatus, takes_part};
use crate::model::Budget;
use crate::plan::{Breach, Change, CompanyMemory, CompanyPlan, Outcome};
use crate::reconcile::changes::inactive;
use crate::reconcile::changes::planned::Changes;
use crate::reconcile::guard::budget::{self, Postponed};
use crate::reconcile::guard::limits;
use crate::reconcile::input::{FollowUp, Input};

/// What planning found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Changes, and what stays unchanged.
    pub outcome: Outcome,
    /// What is to be remembered of every company that was read to its end.
    pub known: Vec<CompanyMemory>,
}

/// Plans every company, in the order of their names, and evaluates every guard.
///
/// What a company was linked to is given up as soon as it is planned, if the companies are given for good.
pub(crate) fn plan<'a, C: Borrow<ChosenCompany<'a>> + Send + Sync>(
    input: &Input<'a>,
    companies: Vec<C>,
    follow_up: &FollowUp,
    how: &impl Each,
) -> Reconciled {
    let mut outcome = Outcome::default();
    let mut known = Vec::new();
    let spent = follow_up.psa_records;
    let mut left =
        input.psa_budget.map(|left| Budget { records: left.records.saturating_sub(spent), ..left });
    // What one company uses of a budget is not there for the next one.
    let parts: Vec<_> = match &mut left {
        None => how.each_owned(companies, |company| of_chosen(input, company.borrow(), follow_up, &mut None)),
        some => {
            companies.into_iter().map(|company| of_chosen(input, company.borrow(), follow_up, some)).collect()
        }
    };
    let mut later = BTreeMap::new();
    for part in parts {
        match part {
            Ok(part) => {
                if !part.later.is_empty() {
                    later.insert(part.plan.name.clone(), part.later);
                }
                outcome.companies.push(part.plan);
                outcome.breaches.extend(part.breaches);
                known.push(part.known);
            }
            Err(nothing) => outcome.companies.push(*nothing),
        }
    }
    // Limits count all that agreement takes, however few requests the PSA takes in this hour.
    let breaches = if later.is_empty() {
        limits::limits(&outcome.companies, input.memory, input.guards)
    } else {
        let companies: Vec<CompanyPlan> =
            outcome.companies.iter().map(|part| with_later(part, later.remove(&part.name))).collect();
        limits::limits(&companies, input.memory, input.guards)
    };
    outcome.breaches.extend(breaches);
    outcome.breaches.sort();
    Reconciled { outcome, known }
}

/// Returns the plan of a company together with the changes that wait for a later hour.
fn with_later(part: &CompanyPlan, later: Option<Vec<Change>>) -> CompanyPlan {
    let mut whole = part.clone();
    if let Some(later) = later {
        whole.changes.extend(later);
        whole.later.clear();
    }
    whole
}

/// What planning says of one company.
struct PlannedCompany {
    plan: CompanyPlan,
    known: CompanyMemory,
    breaches: Vec<Breach>,
    /// Changes that wait for a later hour: limits count them as well.
    later: Vec<Change>,
}

/// Plans what is served of one company; `left` is what the PSA still takes.
///
/// # Errors
/// The plan of a company of which nothing is written.
fn of_chosen(
    input: &Input<'_>,
    company: &ChosenCompany<'_>,
    follow_up: &FollowUp,
    left: &mut Option<Budget>,
) -> Result<PlannedCompany, Box<CompanyPlan>> {
    if let Some(unclear) = unclear(input, company) {
        return Err(Box::new(unclear));
    }
    match &company.sides {
        Sides::Linked(own) if !company.is_held() => {
            of_company(own, follow_up, left).map_err(|reason| Box::new(refused(company.own, reason)))
        }
        Sides::Refused(_, reason) if !company.is_held() => {
            Err(Box::new(refused(company.own, reason.clone())))
        }
        _ => Err(Box::new(held(company))),
    }
}

/// Plans one company; `left` is what the PSA still takes.
fn of_company(
    company: &LinkedCompany<'_>,
    follow_up: &FollowUp,
    left: &mut Option<Budget>,
) -> Result<PlannedCompany, String> {
    let LinkedCompany { view, scope, links, listed } = company;
    let part: Vec<usize> = (0..links.persons.len())
        .filter(|index| takes_part(view, &links.persons[*index], listed[*index]))
        .collect();
    let earlier = EarlierRuns::new(view, scope, &follow_up.looks);
    let Decided { statuses, changes, stays } = leaving::decide(company, &earlier, follow_up);
    let Changes { mut planned, mut skipped, todo, assigned, left_out } = changes;
    skipped.extend(stays.skipped);
    let breaches = guard::company(view, scope, links, &planned)?;
    let relinked = guard::relinked(view, links, &planned);
    let touched: BTreeSet<usize> = planned.iter().filter_map(|each| each.person).collect();
    // Limits are judged by the whole plan, of which this hour's part stays.
    let (skip, later) = budget::hold(view, &mut planned, left)
        .map_or((None, Vec::new()), |Postponed { skip, changes }| (Some(skip), changes));
    skipped.extend(skip);
    let known = remember::company_memory(company, &earlier, &statuses, &planned, assigned);

    let agrees = |index: &&usize| {
        let person = &links.persons[**index];
        let records = [person.user, person.contact, person.portal_user];
        let waits = statuses[**index] == PersonStatus::Waiting;
        records.into_iter().flatten().count() > 1 && !touched.contains(*index) && !waits
    };
    let mut conflicts = links.conflicts.clone();
    conflicts.sort_by(|a, b| (&a.candidates, &a.reason).cmp(&(&b.candidates, &b.reason)));
    skipped.sort();
    let plan = CompanyPlan {
        name: view.company.name.clone(),
        unread: Vec::new(),
        company_conflicts: Vec::new(),
        inactive: inactive::inactive(view.own, view.psa_name(), left_out),
        excluded: excluded(company, &statuses, stays.listed),
        conflicts,
        skipped,
        moved: 0,
        in_agreement: part.iter().filter(agrees).count(),
        people: part.len(),
        base: guard::base(view, scope),
        relinked,
        later: limits::people(&later),
        changes: planned.into_iter().map(|each| each.change).collect(),
        todo,
        waits: BTreeMap::new(),
    };
    Ok(PlannedCompany { plan, known, breaches, later })
}
