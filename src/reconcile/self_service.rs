//! What people ask of their own details: who asks, whether they may, and the plan that does it. The values are
//! taken for what 365 holds; then the same stages as for every plan say what follows from that for these people.

mod locate;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::model::{Field, Id, Reading, RecordKind, Row, Shape, Side, TenantSide, User};
use crate::plan::{
    Action, Answer, Asked, Breach, Change, ChangeKey, CompanyConflict, CompanyPlan, FieldChange, Known,
    NewValue, Outcome, Record, Request, Who,
};

use super::changes::{self, Changes, Planned};
use super::findings;
use super::guard;
use super::leaving::Past;
use super::link::{self, Links};
use super::person::Standing;
use super::scope::{self, Reason, Scope};
use super::view::{View, who_user};
use super::{CompanyInput, Input, held, limits, refused, standings, unclear, waiting};
use locate::locate;

/// A request, and the earlier run that did it already, if one did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The request.
    pub request: Request,
    /// The run whose writing to 365 it was. Nothing is written there again; what the other sides lack still follows.
    pub done_by: Option<String>,
}

/// The plan for some requests.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Served {
    /// Changes of these people and no others, 365 first.
    pub outcome: Outcome,
    /// The requests in their order, with what the plan makes of each.
    pub asked: Vec<Asked>,
    /// What is to be remembered: the links that were remembered before, and how many records there are.
    pub known: Vec<Known>,
}

/// Why a request is not done.
#[derive(Debug)]
struct Refusal {
    reason: String,
    next: Option<String>,
}

impl Refusal {
    fn new(reason: impl Into<String>, next: impl Into<String>) -> Self {
        Self { reason: reason.into(), next: Some(next.into()) }
    }
}

/// Plans `wanted`; `shape` is what the fields of a 365 user take.
pub fn self_service(input: &Input<'_>, shape: &Shape, wanted: &[Wanted]) -> Served {
    let mut companies: Vec<&CompanyInput> = input.companies.iter().collect();
    companies.sort_by(|a, b| a.name.cmp(&b.name));
    let mut unknown = Vec::new();
    let mut desks = Vec::new();
    for own in companies {
        if let Some(unclear) = unclear(input, own) {
            unknown.push(unclear);
            continue;
        }
        let view = View::whole(input, own).filter(|view| findings::unanswered(view).is_empty());
        match view.map(Desk::new) {
            Some(Ok(desk)) => desks.push(desk),
            Some(Err(plan)) => unknown.push(*plan),
            None => unknown.push(held(input, own)),
        }
    }
    let mut asked: Vec<Asked> = Vec::new();
    let mut chosen: Vec<Chosen> = desks.iter().map(|_| Chosen::default()).collect();
    let mut is_lost = false;
    let mut contradicted: BTreeMap<&str, &CompanyInput> = BTreeMap::new();
    for (index, Wanted { request, done_by }) in wanted.iter().enumerate() {
        let found = locate(&desks, &request.user, unknown.is_empty());
        let place = found.as_ref().ok().map(|(desk, user)| (&desks[*desk], *user));
        let verdict = found.and_then(|(at, user)| {
            let desk = &desks[at];
            desk.may(user, request, shape)?;
            let wish = chosen[at].entry(desk.view.users[user].id.clone()).or_default();
            wish.requests.push(index);
            if done_by.is_none() {
                wish.set.extend(request.set.iter().map(|(field, text)| (*field, field.read(text))));
            }
            Ok(())
        });
        is_lost |= place.is_none();
        let in_conflict = place.map(|(desk, _)| desk).filter(|desk| !desk.conflicts.is_empty());
        contradicted.extend(in_conflict.map(|desk| (desk.view.own.name.as_str(), desk.view.own)));
        let plan = match (done_by, verdict) {
            (Some(run), _) => Answer::Repeated { run: run.clone() },
            (None, Ok(())) => Answer::Held,
            (None, Err(Refusal { reason, next })) => Answer::Refused { reason, next },
        };
        asked.push(Asked {
            request: request.clone(),
            company: place.map(|(desk, _)| desk.view.own.name.clone()),
            who: place.map(|(desk, user)| who_user(desk.view.users[user])),
            plan,
        });
    }
    let mut outcome = Outcome::default();
    let mut known = Vec::new();
    for (desk, chosen) in desks.iter().zip(chosen).filter(|(_, chosen)| !chosen.is_empty()) {
        match desk.plan(chosen, &mut asked) {
            Ok(Part { plan, breaches }) => {
                outcome.companies.push(plan);
                outcome.breaches.extend(breaches);
                known.push(desk.known());
            }
            Err(plan) => outcome.companies.push(*plan),
        }
    }
    if is_lost {
        let names: Vec<&str> = unknown.iter().map(|part| part.name.as_str()).collect();
        let doubt = format!("; {} could not be read", names.join(" and "));
        for asked in asked.iter_mut().filter(|asked| asked.company.is_none() && !names.is_empty()) {
            if let Answer::Refused { reason, .. } = &mut asked.plan {
                reason.push_str(&doubt);
            }
        }
        outcome.companies.extend(unknown);
    }
    outcome.companies.extend(contradicted.into_values().map(|own| held(input, own)));
    outcome.companies.sort_by(|a, b| a.name.cmp(&b.name));
    outcome.breaches.extend(limits(&outcome.companies, input.memory, input.guards));
    outcome.breaches.sort();
    Served { outcome, asked, known }
}

/// What is asked of one user, and by which requests.
#[derive(Debug, Default)]
struct Wish {
    set: BTreeMap<Field, String>,
    requests: Vec<usize>,
}

/// The people of a company who are chosen, by 365 object id.
type Chosen = BTreeMap<Id, Wish>;

struct Part {
    plan: CompanyPlan,
    breaches: Vec<Breach>,
}

/// One company, linked.
struct Desk<'a> {
    view: View<'a>,
    scope: Scope,
    links: Links,
    standings: Vec<Standing>,
    /// What shows that the records belong to another company. If there is something, nothing is written.
    conflicts: Vec<CompanyConflict>,
}

impl<'a> Desk<'a> {
    /// The company; a plan that says so where its settings cannot be understood.
    fn new(view: View<'a>) -> Result<Self, Box<CompanyPlan>> {
        let scope = scope::scope(&view).map_err(|reason| Box::new(refused(&view, reason)))?;
        let links = link::link(&view, &scope);
        let mut standings = standings(&view, &links, &scope);
        waiting(&view, &links, &mut standings);
        let conflicts = super::conflicts(view.input, view.own);
        Ok(Self { view, scope, links, standings, conflicts })
    }

    /// Whether a request for this user may be done.
    fn may(&self, user: usize, request: &Request, shape: &Shape) -> Result<(), Refusal> {
        let policy = self.view.policy;
        let company = &self.view.own.name;
        if let Some(conflict) = self.conflicts.first() {
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
        self.stands(user).map(drop)
    }

    /// The person of a user who takes part in full.
    fn stands(&self, user: usize) -> Result<usize, Refusal> {
        let explain = "`crsync explain` shows why";
        if let Some(out) = &self.scope.users[user] {
            let detail = out.detail.as_ref().map(|detail| format!(" ({detail})")).unwrap_or_default();
            let next =
                if out.reason == Reason::Held { "run the command again in some minutes" } else { explain };
            return Err(Refusal::new(format!("the user takes no part: {}{detail}", out.reason), next));
        }
        let person = self.links.persons.iter().position(|person| person.user == Some(user));
        match person.map(|person| (person, self.standings[person])) {
            Some((person, Standing::InScope)) => Ok(person),
            Some((_, Standing::Waiting)) => {
                Err(Refusal::new(Standing::Waiting.words(), "run the command again later"))
            }
            Some((_, Standing::Conflict)) => Err(Refusal::new(
                format!("the person is {}", Standing::Conflict.words()),
                "`crsync match` shows the candidates; decide in decisions.toml",
            )),
            Some((_, standing)) => Err(Refusal::new(standing.words(), explain)),
            None => Err(Refusal::new("the user takes no part", explain)),
        }
    }

    /// What is known of the company already. Which records are linked is for a sync to find, whose
    /// guards look at everybody.
    fn known(&self) -> Known {
        let name = &self.view.own.name;
        let assigned = self.view.input.memory.assigned.iter().filter(|((company, _), _)| company == name);
        Known {
            company: name.clone(),
            links: self.view.recorded.to_vec(),
            counts: guard::counts(self.view.own),
            details: None,
            licences: None,
            assigned: assigned.map(|((_, contact), given)| (contact.clone(), given.clone())).collect(),
        }
    }

    /// Plans what was asked of the chosen, and notes in `asked` which change does it.
    fn plan(&self, mut chosen: Chosen, asked: &mut [Asked]) -> Result<Part, Box<CompanyPlan>> {
        let Some(tenant) = self.view.own.tenant.complete() else { return Err(Box::default()) };
        // A user who would take no part with the new values is refused, and the plan is made for the others.
        loop {
            let own = CompanyInput {
                tenant: Reading::Complete(Arc::new(with_wishes(tenant, &chosen))),
                ..self.view.own.clone()
            };
            let Some(view) = View::new(self.view.input, &own) else { return Err(Box::default()) };
            let desk = Desk::new(view)?;
            let mut persons = BTreeMap::new();
            let mut out = Vec::new();
            for (user, record) in desk.view.users.iter().enumerate() {
                let Some(wish) = chosen.get(&record.id) else { continue };
                match desk.stands(user) {
                    Ok(person) => {
                        persons.insert(person, user);
                    }
                    Err(Refusal { reason, next }) => {
                        let reason = format!("with the new values, {reason}");
                        for request in &wish.requests {
                            if !matches!(asked[*request].plan, Answer::Repeated { .. }) {
                                let (reason, next) = (reason.clone(), next.clone());
                                asked[*request].plan = Answer::Refused { reason, next };
                            }
                        }
                        out.push(record.id.clone());
                    }
                }
            }
            if out.is_empty() {
                return desk.draft(&self.view, &chosen, &persons, asked);
            }
            chosen.retain(|user, _| !out.contains(user));
        }
    }

    /// The plan for `persons` (with their users) of this company, whose users hold the new values already;
    /// `before` is the company as it is.
    fn draft(
        &self,
        before: &View<'_>,
        chosen: &Chosen,
        persons: &BTreeMap<usize, usize>,
        asked: &mut [Asked],
    ) -> Result<Part, Box<CompanyPlan>> {
        let view = &self.view;
        let past = Past::new(view, &self.scope);
        let Changes { planned, mut skipped, todo: _, assigned: _, left_out: _ } =
            changes::changes(view, &self.scope, &self.links, &self.standings, &past, None);
        let mut all = Vec::new();
        let mut firsts: BTreeMap<usize, ChangeKey> = BTreeMap::new();
        for (person, user) in persons {
            let who = self.links.persons[*person].who(view);
            let wish = &chosen[&view.users[*user].id];
            // The users of both are in the order of their ids, and no id has changed.
            let change = tenant_change(view, before.users[*user], who, wish);
            for request in &wish.requests {
                let Asked { request, plan, .. } = &mut asked[*request];
                let does = |change: &&Change| {
                    change.fields.iter().any(|field| request.set.contains_key(&field.field))
                };
                if *plan != Answer::Held {
                    continue;
                }
                let counts = |(field, text): (&Field, &String)| {
                    wish.set.get(field).is_some_and(|last| is_same(*field, last, text))
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
        let breaches = guard::company(view, &self.scope, &self.links, &all)
            .map_err(|reason| Box::new(refused(view, reason)))?;
        let touched: BTreeSet<usize> = all.iter().filter_map(|each| each.person).collect();
        let relinked = guard::relinked(view, &self.links, &all);
        let plan = CompanyPlan {
            name: view.own.name.clone(),
            changes: all.into_iter().map(|each| each.change).collect(),
            skipped,
            people: persons.len(),
            base: guard::base(view, &self.scope),
            relinked,
            later: BTreeMap::new(),
            in_agreement: persons.len() - touched.len(),
            waits,
            ..CompanyPlan::default()
        };
        Ok(Part { plan, breaches })
    }
}

/// The change that brings what is asked into 365; `None` where the user holds it.
fn tenant_change(view: &View<'_>, user: &User, who: Who, wish: &Wish) -> Option<Change> {
    let field = |(field, text): (&Field, &String)| {
        let before = user.fields.text(*field).unwrap_or_default();
        (!is_same(*field, before, text)).then(|| FieldChange {
            field: *field,
            before: Some(before.to_owned()),
            after: if text.is_empty() { NewValue::Blank } else { NewValue::Text(text.clone()) },
            source: Side::Tenant,
            row: Row::SelfService,
            note: None,
        })
    };
    let fields: Vec<FieldChange> = wish.set.iter().filter_map(field).collect();
    let kind = RecordKind::TenantUser;
    (!fields.is_empty()).then(|| Change {
        key: changes::key(view, kind, &user.id, false),
        record: Record { kind, company: Id::new(&view.own.tenant_id), id: Some(user.id.clone()) },
        action: Action::Update,
        who,
        fields,
        evidence: Vec::new(),
        unmoved: Vec::new(),
        seek: None,
        left: None,
        namesakes: None,
    })
}

fn is_same(field: Field, before: &str, after: &str) -> bool {
    before.is_empty() == after.is_empty() && field.same(before, after)
}

/// The tenant as it will be.
fn with_wishes(tenant: &TenantSide, chosen: &Chosen) -> TenantSide {
    let users = tenant.users.clone().map(|mut user| {
        for (field, text) in chosen.get(&user.id).into_iter().flat_map(|wish| &wish.set) {
            if !is_same(*field, user.fields.text(*field).unwrap_or_default(), text) {
                user.fields.set(*field, text);
            }
        }
        user
    });
    TenantSide { tenant: tenant.tenant.clone(), users }
}
