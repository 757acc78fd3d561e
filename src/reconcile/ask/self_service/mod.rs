//! What people ask of their own details: who asks, whether they may, and the plan that does it. The values are
//! taken for what 365 holds; then the same stages as for every plan say what follows from that for these people.

mod asked;
mod locate;
mod plan;
mod values;

use plan::PlannedRequests;
use std::collections::BTreeMap;

use crate::model::{Field, Shape};
use crate::plan::{Answer, Asked, CompanyMemory, Outcome, Request};
use crate::reconcile::guard::limits::limits;
use crate::reconcile::held::{held, refused, unclear};
use crate::reconcile::input::who_user;
use crate::reconcile::linked::{ChosenCompany, Linked, Sides};
use asked::{AskedCompany, Refusal};
use locate::locate;
use values::{Chosen, Step};

/// A request, and what earlier runs made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRequest {
    /// The request.
    pub request: Request,
    /// What earlier runs made of it.
    pub earlier: Earlier,
}

/// What earlier runs made of a request, with what is answered to it where it is not planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Earlier {
    /// Nothing: it is to be planned.
    None,
    /// The same id was used for something else: it is not planned.
    Refused(Answer),
    /// It was done in 365, but not on all other sides. Nothing is written to 365 again; what the others lack follows.
    Behind(Answer),
    /// It was done: nothing of it is planned.
    Done(Answer),
}

impl Earlier {
    /// Reports whether there is something to plan.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::None | Self::Behind(_))
    }
}

/// The plan for some requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Served {
    /// Changes of these people and no others, 365 first.
    pub outcome: Outcome,
    /// The requests in their order, with what the plan makes of each.
    pub asked: Vec<Asked>,
    /// What is to be remembered: the links that were remembered before, and how many records there are.
    pub known: Vec<CompanyMemory>,
}

/// Plans `wanted`; `shape` is what the fields of a 365 user take.
pub(crate) fn self_service(linked: &Linked<'_>, shape: &Shape, wanted: &[WantedRequest]) -> Served {
    let input = linked.input;
    let mut unknown = Vec::new();
    let mut served = Vec::new();
    for company in &linked.companies {
        if let Some(unclear) = unclear(linked.input, company) {
            unknown.push(unclear);
            continue;
        }
        match &company.sides {
            Sides::Linked(own) if company.unread.is_empty() => {
                served.push(AskedCompany::new(company, own));
            }
            Sides::Refused(_, reason) if company.unread.is_empty() => {
                unknown.push(refused(company.own, reason.clone()));
            }
            _ => unknown.push(held(company)),
        }
    }
    let mut asked: Vec<Asked> = Vec::new();
    let mut chosen: Vec<Chosen> = served.iter().map(|_| Chosen::default()).collect();
    let mut is_lost = false;
    let mut contradicted: BTreeMap<&str, &ChosenCompany<'_>> = BTreeMap::new();
    for (index, WantedRequest { request, earlier }) in wanted.iter().enumerate() {
        let found = locate(&served, &request.user, unknown.is_empty());
        let is_done = matches!(earlier, Earlier::Behind(_) | Earlier::Done(_));
        if let Ok((at, user)) = found
            && let Some(wish) = chosen[at].get_mut(&served[at].view.users[user].id).filter(|_| is_done)
        {
            wish.make_way(&request.set);
        }
        if let Earlier::Refused(answer) | Earlier::Done(answer) = earlier {
            let (request, plan) = (request.clone(), answer.clone());
            asked.push(Asked { request, company: None, who: None, plan });
            continue;
        }
        let place = found.as_ref().ok().map(|(own, user)| (&served[*own], *user));
        let verdict = found.and_then(|(at, user)| {
            let own = &served[at];
            own.may(user, request, shape)?;
            let id = &own.view.users[user].id;
            let text = |(field, text): (&Field, &String)| (*field, field.read(text).into_owned());
            let set = request.set.iter().filter(|_| !is_done).map(text).collect();
            chosen[at].entry(id.clone()).or_default().steps.push(Step { request: index, set });
            Ok(())
        });
        is_lost |= place.is_none();
        let in_conflict = place.map(|(own, _)| own).filter(|own| !own.chosen.conflicts.is_empty());
        contradicted.extend(in_conflict.map(|own| (own.view.company.name.as_str(), own.chosen)));
        let plan = match (earlier, verdict) {
            (Earlier::Refused(answer) | Earlier::Behind(answer) | Earlier::Done(answer), _) => answer.clone(),
            (Earlier::None, Ok(())) => Answer::Held,
            (Earlier::None, Err(Refusal { reason, next })) => Answer::Refused { reason, next },
        };
        asked.push(Asked {
            request: request.clone(),
            company: place.map(|(own, _)| own.view.company.name.clone()),
            who: place.map(|(own, user)| who_user(own.view.users[user])),
            plan,
        });
    }
    let mut outcome = Outcome::default();
    let mut known = Vec::new();
    for (own, chosen) in served.iter().zip(chosen).filter(|(_, chosen)| !chosen.is_empty()) {
        match own.plan(chosen, &mut asked) {
            Ok(PlannedRequests { plan, breaches }) => {
                outcome.companies.push(plan);
                outcome.breaches.extend(breaches);
                known.push(own.known());
            }
            Err(plan) => outcome.companies.push(*plan),
        }
    }
    if is_lost {
        let names: Vec<&str> = unknown.iter().map(|part| part.name.as_str()).collect();
        let doubt = format!("; {} could not be read", names.join(" and "));
        let is_new = |wanted: &WantedRequest| wanted.earlier == Earlier::None;
        let lost =
            asked.iter_mut().zip(wanted).filter(|(asked, wanted)| asked.company.is_none() && is_new(wanted));
        for (asked, _) in lost.filter(|_| !names.is_empty()) {
            if let Answer::Refused { reason, .. } = &mut asked.plan {
                reason.push_str(&doubt);
            }
        }
        outcome.companies.extend(unknown);
    }
    outcome.companies.extend(contradicted.into_values().map(held));
    outcome.companies.sort_by(|a, b| a.name.cmp(&b.name));
    outcome.breaches.extend(limits(&outcome.companies, input.memory, input.guards));
    outcome.breaches.sort();
    Served { outcome, asked, known }
}
