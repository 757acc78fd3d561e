//! The plan that does what the people of one company ask.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::asked::{AskedCompany, Refusal};
use super::values::{Chosen, Step, is_same, tenant_change, with_wishes};
use crate::model::{Field, Id, Reading, RecordKind, Row};
use crate::plan::{Answer, Asked, Breach, Change, ChangeKey, CompanyMemory, CompanyPlan, Who};
use crate::reconcile::changes;
use crate::reconcile::changes::planned::{Basis, Changes, Planned};
use crate::reconcile::earlier::EarlierRuns;
use crate::reconcile::guard;
use crate::reconcile::held::refused;
use crate::reconcile::input::{AllCompanies, CompanyInput, FollowUp, View};
use crate::reconcile::linked::{ChosenCompany, Sides};

/// The plan of a company, with the limits that it runs into.
pub(super) struct PlannedRequests {
    pub(super) plan: CompanyPlan,
    pub(super) breaches: Vec<Breach>,
}

impl AskedCompany<'_> {
    /// Returns what is known of the company already. Which records are linked is for a sync to find, whose
    /// guards look at everybody.
    pub(super) fn known(&self) -> CompanyMemory {
        let name = &self.view.company.name;
        let assigned = self.view.input.memory.assigned.iter().filter(|((company, _), _)| company == name);
        CompanyMemory {
            company: name.clone(),
            links: self.view.recorded.to_vec(),
            counts: guard::counts(self.view.own),
            details: None,
            licences: None,
            assigned: assigned.map(|((_, contact), given)| (contact.clone(), given.clone())).collect(),
        }
    }

    /// Plans what was asked of the chosen, and notes in `asked` which change does it.
    pub(super) fn plan(
        &self,
        mut chosen: Chosen,
        asked: &mut [Asked],
    ) -> Result<PlannedRequests, Box<CompanyPlan>> {
        let Some(tenant) = self.view.own.tenant.complete() else { return Err(Box::default()) };
        // Requests whose values would put their user out of scope are refused, and the plan is made for the others.
        // Of a user who has several, one after the other is added to tell which those are.
        let mut waiting: BTreeMap<Id, VecDeque<Step>> = BTreeMap::new();
        loop {
            let own = CompanyInput {
                tenant: Reading::Complete(Arc::new(with_wishes(tenant, &chosen))),
                ..self.view.own.clone()
            };
            let changed = ChosenCompany::new(self.view.input, &AllCompanies::new(self.view.input), &own);
            let company = match &changed.sides {
                Sides::Linked(company) if !changed.is_held() => company,
                Sides::Refused(_, reason) if !changed.is_held() => {
                    return Err(Box::new(refused(&own, reason.clone())));
                }
                _ => return Err(Box::default()),
            };
            let renewed = AskedCompany::new(&changed, company);
            let mut persons = BTreeMap::new();
            let mut out = Vec::new();
            for (user, record) in renewed.view.users.iter().enumerate() {
                if !chosen.contains_key(&record.id) {
                    continue;
                }
                match renewed.person_in_scope(user) {
                    Ok(person) => drop(persons.insert(person, user)),
                    Err(refusal) => out.push((record.id.clone(), refusal)),
                }
            }
            if out.is_empty() && waiting.values().all(VecDeque::is_empty) {
                return renewed.draft(self.view, &chosen, &persons, asked);
            }
            for (user, refusal) in out {
                let Some(wish) = chosen.get_mut(&user) else { continue };
                if wish.steps.len() > 1 && !waiting.contains_key(&user) {
                    waiting.insert(user, wish.steps.drain(..).collect());
                    continue;
                }
                let left = waiting.entry(user).or_default();
                match wish.steps.pop() {
                    Some(step) => refuse(&step, &refusal, asked),
                    // Not even as the user is.
                    None => left.drain(..).for_each(|step| refuse(&step, &refusal, asked)),
                }
            }
            for (user, left) in &mut waiting {
                if let Some(wish) = chosen.get_mut(user) {
                    wish.steps.extend(left.pop_front());
                }
            }
            chosen.retain(|_, wish| !wish.steps.is_empty());
        }
    }

    /// Returns the plan for `persons` (with their users) of this company, whose users hold the new values already;
    /// `before` is the company as it is.
    fn draft(
        &self,
        before: &View<'_>,
        chosen: &Chosen,
        persons: &BTreeMap<usize, usize>,
        asked: &mut [Asked],
    ) -> Result<PlannedRequests, Box<CompanyPlan>> {
        let view = self.view;
        // Neither PINs nor pictures nor leavers are what people change of themselves.
        let unread = FollowUp::default();
        let earlier = EarlierRuns::new(view, self.scope, &unread.looks);
        let basis =
            Basis { company: self.company, earlier: &earlier, statuses: &self.statuses, follow_up: &unread };
        let Changes { planned, mut skipped, todo: _, assigned: _, left_out: _ } =
            changes::changes(&basis, None);
        let mut all = Vec::new();
        let mut firsts: BTreeMap<usize, ChangeKey> = BTreeMap::new();
        for (person, user) in persons {
            let who = self.links.persons[*person].who(view);
            let wish = &chosen[&view.users[*user].id];
            // The users of both are in the order of their ids, and no id has changed.
            let change = tenant_change(view, before.users[*user], who, wish);
            let set = wish.set();
            for step in &wish.steps {
                let Asked { request, plan, .. } = &mut asked[step.request];
                let does = |change: &&Change| {
                    change.fields.iter().any(|field| request.set.contains_key(&field.field))
                };
                if *plan != Answer::Held {
                    continue;
                }
                let counts = |(field, text): (&Field, &String)| {
                    set.get(field).is_some_and(|last| is_same(*field, last, text))
                };
                if let Some(change) = change.as_ref().filter(does) {
                    *plan = Answer::Change(change.key.clone());
                } else if !request.set.iter().all(counts) {
                    *plan = Answer::Overtaken;
                }
            }
            if let Some(change) = change {
                firsts.insert(*person, change.key.clone());
                all.push(Planned { person: Some(*person), change });
            }
        }
        // What the portal keeps beside the portal user is no part of what people change themselves.
        let of_theirs = |each: &Planned| {
            let is_kept_beside = each.change.record.kind == RecordKind::Details;
            each.person.filter(|person| !is_kept_beside && persons.contains_key(person))
        };
        let mut waits = BTreeMap::new();
        for each in planned {
            let Some(person) = of_theirs(&each) else { continue };
            if let Some(first) = firsts.get(&person) {
                waits.insert(each.change.key.clone(), first.clone());
            }
            all.push(each);
        }
        let whos: Vec<Who> = persons.keys().map(|person| self.links.persons[*person].who(view)).collect();
        skipped.retain(|skip| {
            skip.row != Row::UserDetails && skip.who.as_ref().is_none_or(|who| whos.contains(who))
        });
        skipped.sort();
        let breaches = guard::company(view, self.scope, self.links, &all)
            .map_err(|reason| Box::new(refused(view.own, reason)))?;
        let touched: BTreeSet<usize> = all.iter().filter_map(|each| each.person).collect();
        let relinked = guard::relinked(view, self.links, &all);
        let plan = CompanyPlan {
            name: view.company.name.clone(),
            changes: all.into_iter().map(|each| each.change).collect(),
            skipped,
            people: persons.len(),
            base: guard::base(view, self.scope),
            relinked,
            later: BTreeMap::new(),
            in_agreement: persons.len() - touched.len(),
            waits,
            ..CompanyPlan::default()
        };
        Ok(PlannedRequests { plan, breaches })
    }
}

/// Refuses the request of a step, unless it has its answer from an earlier run.
fn refuse(step: &Step, Refusal { reason, next }: &Refusal, asked: &mut [Asked]) {
    let plan = &mut asked[step.request].plan;
    if *plan == Answer::Held {
        *plan = Answer::Refused { reason: format!("with the new values, {reason}"), next: next.clone() };
    }
}
