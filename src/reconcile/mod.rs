//! From three sides to a plan, as one pure function: scope, link, merge, changes, guard.
//!
//! Nothing here can write, wait, read a file or ask the time: what it knows stands in [`Input`], and what it
//! says stands in the [`Outcome`]. The order of the input never matters.

mod budget;
mod changes;
mod decisions;
#[cfg(test)]
mod examples;
mod explain;
mod findings;
mod guard;
mod identity;
mod inactive;
mod known;
#[cfg(test)]
mod laws;
mod leaving;
mod limits;
mod link;
mod merge;
mod namesakes;
mod people;
mod person;
mod pictures;
mod pins;
mod policy;
mod resolve;
mod scope;
mod self_service;
mod stays;
mod suggest;
mod types;
mod view;
#[cfg(test)]
mod worlds;

pub use changes::usable;
pub use decisions::{Decision, Decisions, Pin, Replaced, Split};
pub use explain::{Found, explain};
pub use findings::{Rule, Stated, findings};
pub use guard::counts;
pub use identity::{Configured, conflicts, tenant_id, tenants_wanted};
pub use leaving::{LookWanted, looks_wanted};
pub use limits::{judge, limits, over_limits};
pub use people::people;
pub use pictures::{PictureWanted, pictures_wanted};
pub use pins::{PinWanted, pins_wanted};
pub use policy::{
    AddressRule, CompanyInput, ExcludeOn, Exclusion, FieldRule, GuardLimits, Input, Limit, Memory,
    MultipleRoles, NeverSeen, OnExclude, Policy, RequireName, TypeRule, When,
};
pub use resolve::{answers, contradiction, questions};
pub use self_service::{Served, Wanted, self_service};

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Kind;
use crate::model::{Budget, Field, Row, Side};
use crate::plan::{Breach, Change, CompanyPlan, Excluded, Known, Outcome, Skip, Unread};

use budget::Later;
use changes::Changes;
use leaving::{Decided, Past};
use link::Links;
use person::{Standing, flows_alone};
use scope::{Out, Reason, Scope};
use view::View;

/// What planning found out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Reconciled {
    /// Changes, and what was left alone.
    pub outcome: Outcome,
    /// What is to be remembered of every company that was read to its end.
    pub known: Vec<Known>,
}

/// Plans every company of `input`, in the order of their names, and evaluates every guard.
pub fn reconcile(input: &Input<'_>) -> Reconciled {
    let mut companies: Vec<&CompanyInput> = input.companies.iter().collect();
    companies.sort_by(|a, b| a.name.cmp(&b.name));
    let mut outcome = Outcome::default();
    let mut known = Vec::new();
    let mut left = input.psa_budget;
    let mut later = BTreeMap::new();
    for company in companies {
        if let Some(unclear) = unclear(input, company) {
            outcome.companies.push(unclear);
            continue;
        }
        let Some(view) = View::new(input, company) else {
            outcome.companies.push(held(input, company));
            continue;
        };
        match plan(&view, &mut left) {
            Ok(part) => {
                outcome.companies.push(part.plan);
                outcome.breaches.extend(part.breaches);
                known.push(part.known);
                if !part.later.is_empty() {
                    later.insert(company.name.clone(), part.later);
                }
            }
            Err(reason) => outcome.companies.push(refused(&view, reason)),
        }
    }
    // Limits count all that agreement takes, however few requests the PSA takes in this hour.
    let breaches = if later.is_empty() {
        limits(&outcome.companies, input.memory, input.guards)
    } else {
        let companies: Vec<CompanyPlan> =
            outcome.companies.iter().map(|part| with_later(part, later.remove(&part.name))).collect();
        limits(&companies, input.memory, input.guards)
    };
    outcome.breaches.extend(breaches);
    outcome.breaches.sort();
    outcome.findings = findings(input);
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

/// The plan of a company of which nothing is written: a side was not read to its end, or says that it belongs to
/// another company.
fn held(input: &Input<'_>, company: &CompanyInput) -> CompanyPlan {
    CompanyPlan {
        name: company.name.clone(),
        unread: unread(input, company),
        company_conflicts: conflicts(input, company),
        ..CompanyPlan::default()
    }
}

/// Returns the plan of a company of which nothing is written, as it is not known what an earlier run announced there.
fn unclear(input: &Input<'_>, company: &CompanyInput) -> Option<CompanyPlan> {
    let reason = input.memory.unclear.get(&company.name)?;
    Some(CompanyPlan { skipped: vec![not_known(reason)], ..held(input, company) })
}

/// Returns what the plan says of a company whose changes of an earlier run are not known.
pub fn not_known(reason: &str) -> Skip {
    let next = Some("run the command again after that".to_owned());
    Skip { row: Row::SyncLog, who: None, reason: reason.to_owned(), next, strict: true }
}

/// What planning says of one company.
struct Part {
    plan: CompanyPlan,
    known: Known,
    breaches: Vec<Breach>,
    /// Changes that wait for a later hour: limits count them as well.
    later: Vec<Change>,
}

/// Plans one company whose sides are complete; `left` is what the PSA still takes.
fn plan(view: &View<'_>, left: &mut Option<Budget>) -> Result<Part, String> {
    let scope = scope::scope(view)?;
    let mut links = link::link(view, &scope);
    let mut assumed = standings(view, &links, &scope);
    let part: Vec<usize> =
        (0..links.persons.len()).filter(|index| takes_part(view, &links, &assumed, *index)).collect();
    waiting(view, &links, &mut assumed);
    let Decided { standings, changes, stays } = leaving::decide(view, &scope, &links, &assumed);
    let Changes { mut planned, mut skipped, todo, assigned, left_out } = changes;
    skipped.extend(stays.skipped);
    let breaches = guard::company(view, &scope, &links, &planned)?;
    let relinked = guard::relinked(view, &links, &planned);
    let touched: BTreeSet<usize> = planned.iter().filter_map(|each| each.person).collect();
    // Limits are judged by the whole plan, of which this hour's part stays.
    let (skip, later) = budget::hold(view, &mut planned, left)
        .map_or((None, Vec::new()), |Later { skip, changes }| (Some(skip), changes));
    skipped.extend(skip);
    let known = known::known(view, &scope, &links, &standings, &planned, assigned);

    let agrees = |index: &&usize| {
        let person = &links.persons[**index];
        let records = [person.user, person.contact, person.portal_user];
        let waits = standings[**index] == Standing::Waiting;
        records.into_iter().flatten().count() > 1 && !touched.contains(*index) && !waits
    };
    let mut conflicts = std::mem::take(&mut links.conflicts);
    conflicts.sort_by(|a, b| (&a.candidates, &a.reason).cmp(&(&b.candidates, &b.reason)));
    skipped.sort();
    let plan = CompanyPlan {
        name: view.own.name.clone(),
        unread: Vec::new(),
        company_conflicts: Vec::new(),
        inactive: inactive::inactive(view.own, view.psa_name(), left_out),
        excluded: excluded(view, &scope, &links, &standings, stays.listed),
        conflicts,
        skipped,
        moved: 0,
        in_agreement: part.iter().filter(agrees).count(),
        people: part.len(),
        base: guard::base(view, &scope),
        relinked,
        later: limits::people(&later),
        changes: planned.into_iter().map(|each| each.change).collect(),
        todo,
        waits: BTreeMap::new(),
    };
    Ok(Part { plan, known, breaches, later })
}

/// How everybody stands, if all is true that the listing suggests.
fn standings(view: &View<'_>, links: &Links, scope: &Scope) -> Vec<Standing> {
    let past = Past::new(view, scope);
    links.persons.iter().map(|person| past.standing(person)).collect()
}

/// Lets people wait while it is not known for certain who they are, and those who have no contact as long as one
/// whose stored id is not known may be theirs: making one takes a search that knows all ids.
fn waiting(view: &View<'_>, links: &Links, standings: &mut [Standing]) {
    for (person, standing) in links.persons.iter().zip(standings) {
        let idle =
            matches!(standing, Standing::Conflict | Standing::Ignored | Standing::Idle | Standing::Stays(_));
        let lacks_contact = *standing == Standing::InScope && person.contact.is_none();
        if !idle && (person.waits(view) || (lacks_contact && view.own.pending.is_some())) {
            *standing = Standing::Waiting;
        }
    }
}

/// Whether a person takes part: a user in scope, or a contact that flows to the portal by itself.
fn takes_part(view: &View<'_>, links: &Links, standings: &[Standing], index: usize) -> bool {
    let contact = links.persons[index].contact.map(|contact| view.contacts[contact]);
    match standings[index] {
        Standing::InScope => true,
        Standing::Backed => contact.is_some_and(|contact| {
            flows_alone(view, contact.active == Some(true), contact.fields.text(Field::Email))
        }),
        _ => false,
    }
}

/// Every record that takes no part on its own account, besides those that are `listed` already; except contacts that another record of the person
/// brings in, or that row 9 handles.
fn excluded(
    view: &View<'_>,
    scope: &Scope,
    links: &Links,
    standings: &[Standing],
    listed: Vec<Excluded>,
) -> Vec<Excluded> {
    let mut handled: BTreeSet<usize> = BTreeSet::new();
    let mut ignored: BTreeSet<usize> = BTreeSet::new();
    for (person, standing) in links.persons.iter().zip(standings) {
        match standing {
            Standing::InScope | Standing::Leaver(_) | Standing::Waiting => handled.extend(person.contact),
            Standing::Ignored => ignored.extend(person.contact),
            _ => {}
        }
    }
    let mut excluded = listed;
    let mut add = |side, index, out: &Out| {
        let candidate = view.candidate(side, index);
        excluded.push(Excluded {
            side,
            id: candidate.id,
            who: candidate.who,
            reason: out.reason.to_string(),
            detail: out.detail.clone(),
        });
    };
    let outs = |outs: &[Option<Out>]| -> Vec<(usize, Out)> {
        outs.iter().enumerate().filter_map(|(index, out)| Some((index, out.clone()?))).collect()
    };
    for (user, out) in &outs(&scope.users) {
        add(Side::Tenant, *user, out);
    }
    for (contact, out) in outs(&scope.contacts).iter().filter(|(contact, _)| !handled.contains(contact)) {
        add(Side::Psa, *contact, out);
    }
    for (user, out) in &outs(&scope.portal_users) {
        add(Side::Portal, *user, out);
    }
    let of_ignored =
        |what: &str| Out { reason: Reason::Ignored, detail: Some(format!("its {what} is ignored")) };
    for contact in ignored.into_iter().filter(|contact| scope.contacts[*contact].is_none()) {
        add(Side::Psa, contact, &of_ignored("365 user"));
    }
    for user in links.ignored_portal_users.iter().filter(|user| scope.portal_users[**user].is_none()) {
        add(Side::Portal, *user, &of_ignored("contact"));
    }
    for user in links.by_hand.iter().filter(|user| scope.portal_users[**user].is_none()) {
        add(Side::Portal, *user, &Reason::ByHand.into());
    }
    excluded.sort();
    excluded
}

/// The sides of a company that could not be read to their end, or whose people cannot be told from those of other
/// companies, since its `domains` name one that no address has.
pub fn unread(input: &Input<'_>, company: &CompanyInput) -> Vec<Unread> {
    fn one<T>(side: Side, reading: &crate::model::Reading<T>) -> Option<Unread> {
        match reading {
            crate::model::Reading::Complete(_) => None,
            crate::model::Reading::Incomplete { kind, reason, hint } => {
                Some(Unread { side, kind: *kind, reason: reason.clone(), hint: hint.clone() })
            }
        }
    }
    let sides = [
        one(Side::Tenant, &company.tenant),
        one(Side::Psa, &company.psa),
        one(Side::Portal, &company.portal),
    ];
    let view = View::whole(input, company);
    let unanswered =
        view.map(|view| findings::unanswered(&view).join(", ")).filter(|names| !names.is_empty());
    let unanswered = unanswered.map(|names| Unread {
        side: Side::Tenant,
        kind: Kind::Incomplete,
        reason: format!(
            "`domains` names {names}, which no user, contact, portal user or verified domain has"
        ),
        hint: Some(
            "correct `domains` of this company in crsync.toml, or verify the domain in the tenant".to_owned(),
        ),
    });
    sides.into_iter().flatten().chain(unanswered).collect()
}

/// A company whose settings cannot be understood: nothing is planned, since it is not known who is in scope.
fn refused(view: &View<'_>, reason: String) -> CompanyPlan {
    let next = Some("correct the pattern in crsync.toml".to_owned());
    let skip = Skip { row: Row::ExcludeUsers, who: None, reason, next, strict: true };
    CompanyPlan { name: view.own.name.clone(), skipped: vec![skip], ..CompanyPlan::default() }
}
