//! The PSA's user-defined fields: whether they are there, making those that are missing, and the plan of their values.
//!
//! The values come from the plan that a sync makes, with every other row off, so that guards, preconditions and the
//! journal are the same.

use std::collections::BTreeSet;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::connection::Connection;
use super::execution::Run;
use super::front::{Front, Progress};
use super::read;
use super::session::Session;
use crate::error::Kind;
use crate::model::{Id, Row, Udf, UdfField};
use crate::plan::{Became, FieldNote, FieldState, Need, Outcome, Plan};
use crate::reconcile::{self, Company};
use crate::side::{Availability, Defined, Definitions, Fix};

/// Reads how the fields are that the chosen companies need; writes nothing.
///
/// # Errors
/// A company that is not configured, or a PSA that cannot be asked.
pub fn fields(session: &Session, front: &dyn Progress) -> Result<Vec<FieldState>> {
    let companies = session.chosen()?;
    let connection = Connection::open(session, session.state()?.as_ref())?;
    let _shown = front.reading(connection.meter());
    let fields = states(session, &companies, &connection);
    connection.finish()?;
    Ok(fields?)
}

/// Reads how the fields are that these companies need.
///
/// # Errors
/// A PSA that cannot be asked.
pub(super) fn states(
    session: &Session,
    companies: &[Arc<Company>],
    connection: &Connection,
) -> crate::error::Result<Vec<FieldState>> {
    Wanted::of(session, companies).look(connection.definitions())
}

/// The work of a run on the fields.
#[allow(missing_debug_implementations)] // a run has none
pub struct Fields<'a> {
    /// The run.
    pub run: Run<'a>,
    /// How the fields were when the run began.
    pub found: Vec<FieldState>,
    companies: Vec<Arc<Company>>,
    wanted: Wanted,
}

/// Which fields are looked for, and where.
struct Wanted {
    roles: Vec<Udf>,
    companies: Vec<Id>,
}

impl Wanted {
    /// Returns the fields that the switched-on rows of these companies need and that the PSA can have.
    fn of(session: &Session, companies: &[Arc<Company>]) -> Self {
        let all: BTreeSet<Udf> =
            companies.iter().flat_map(|company| company.policy.fields().collect::<Vec<_>>()).collect();
        let roles = all.into_iter().filter(|role| session.config.capabilities.serves(role.row())).collect();
        Self { roles, companies: companies.iter().map(|company| company.psa_id.clone()).collect() }
    }

    /// Reads how the fields are now.
    fn look(&self, psa: &dyn Definitions) -> crate::error::Result<Vec<FieldState>> {
        if self.roles.is_empty() {
            return Ok(Vec::new());
        }
        let defined = psa.defined(&self.roles, &self.companies)?;
        Ok(defined.into_iter().map(|field| judged(psa, field)).collect())
    }
}

impl<'a> Fields<'a> {
    /// Begins a run on the fields of the chosen companies, and reads how the fields are.
    ///
    /// # Errors
    /// What keeps the run from beginning, or a PSA that cannot be asked.
    pub fn begin(session: &'a Session, front: &mut dyn Front) -> Result<Self> {
        let companies = session.chosen()?;
        let wanted = Wanted::of(session, &companies);
        let run = Run::begin(session, &session.clients(&companies), "push-udfs", front)?;
        let shown = front.reading(run.connection.meter());
        let found = wanted.look(run.connection.definitions())?;
        drop(shown);
        Ok(Self { run, found, companies, wanted })
    }

    /// Returns how many fields crsync can make.
    pub fn missing(&self) -> usize {
        self.found.iter().filter(|field| field.need == Need::Create).count()
    }

    /// Makes the fields that are missing, and returns what became of each field. What became of it is read, whatever
    /// was answered: a service reports success and does nothing, an answer is lost, and another user may have made the
    /// field in the meantime.
    ///
    /// # Errors
    /// A journal that cannot be written, or a PSA that cannot be asked.
    pub fn make(&mut self, front: &dyn Progress) -> Result<&[FieldNote]> {
        self.run.fields = self.found.iter().map(note).collect();
        if self.missing() > 0 {
            let _shown = front.reading(self.run.connection.meter());
            make(&mut self.run, &self.wanted)?;
        }
        Ok(&self.run.fields)
    }

    /// Plans the values of the fields.
    ///
    /// # Errors
    /// What keeps the plan from being made.
    pub fn plan(&mut self, front: &mut dyn Front) -> Result<Plan> {
        let mut plan = plan(&self.run, &self.companies, front)?;
        let psa = self.run.session.config.capabilities.name;
        for role in unshown(&mut plan.outcome, &self.run.fields, psa) {
            let shown = self.run.fields.iter_mut().filter(|field| field.role == role);
            shown.for_each(|field| field.became = Became::Late);
        }
        Ok(plan)
    }
}

fn judged(psa: &dyn Definitions, field: Defined) -> FieldState {
    let Defined { role, name, availability } = field;
    let state = |need, kind: Option<&str>| FieldState {
        role,
        name: name.clone(),
        need,
        kind: kind.map(ToOwned::to_owned),
        reason: None,
        steps: Vec::new(),
    };
    let by_hand = |fix, reason| FieldState {
        reason: Some(reason),
        steps: psa.steps(role, fix),
        ..state(if fix == Fix::Show { Need::Show } else { Need::ByHand }, None)
    };
    match availability {
        Availability::Creatable(kind) => state(Need::Create, Some(kind.name())),
        Availability::Missing(why) => by_hand(Fix::Make, why),
        Availability::Hidden(why) => by_hand(Fix::Show, why),
        Availability::Shown(kind) => {
            let word = kind.name();
            match reconcile::usable(&UdfField { role, name: name.clone(), kind }) {
                Ok(()) => state(Need::Nothing, Some(word)),
                Err(why) => by_hand(Fix::Retype, why),
            }
        }
    }
}

fn note(field: &FieldState) -> FieldNote {
    let became = match field.need {
        Need::Nothing => Became::Found,
        Need::Create => Became::Announced,
        Need::Show | Need::ByHand => Became::ByHand,
    };
    FieldNote { role: field.role, name: field.name.clone(), became, detail: field.reason.clone(), next: None }
}

/// Makes the fields that are announced.
fn make(run: &mut Run<'_>, wanted: &Wanted) -> Result<()> {
    run.record_fields()?;
    let psa = run.connection.definitions();
    // A person may have taken a while to agree.
    let now = wanted.look(psa)?;
    let mut errors = Vec::new();
    let mut over: Option<String> = None;
    for field in now.iter().filter(|field| field.need == Need::Create) {
        if run.session.machine.interrupt.is_asked() {
            over.get_or_insert_with(|| "the run was interrupted before its turn".to_owned());
        }
        if let Some(why) = &over {
            errors.push((field.role, why.clone(), None));
            continue;
        }
        if let Err(error) = psa.define(field.role) {
            // Going on after wrong credentials locks accounts.
            if matches!(error.kind(), Kind::Auth | Kind::Deadline | Kind::Interrupted) {
                over = Some(format!("nothing more is sent there: {}", error.message()));
            }
            errors.push((field.role, error.message().to_owned(), error.next_step().map(ToOwned::to_owned)));
        }
    }
    let after = wanted.look(psa)?;
    for own in run.fields.iter_mut().filter(|field| field.became == Became::Announced) {
        let find = |fields: &[FieldState]| fields.iter().find(|field| field.role == own.role).cloned();
        let was_there = find(&now).is_some_and(|field| field.need != Need::Create);
        let error = errors.iter().find(|(role, ..)| *role == own.role);
        let Some(field) = find(&after) else { continue };
        own.name = field.name;
        own.next = None;
        (own.became, own.detail) = match (field.need, field.reason) {
            (Need::Nothing, _) if was_there || error.is_some() => {
                (Became::Made, Some("it was there when it was looked for again".to_owned()))
            }
            (Need::Nothing, _) => (Became::Made, None),
            (Need::Create, _) => {
                let unchanged = || "the service reports success, but the field is not there".to_owned();
                own.next = error.and_then(|(.., next)| next.clone());
                (Became::Failed, Some(error.map_or_else(unchanged, |(_, why, _)| why.clone())))
            }
            (Need::Show, why) if !was_there => (Became::Late, why),
            (Need::Show | Need::ByHand, why) => (Became::ByHand, why),
        };
    }
    run.record_fields()
}

/// Returns the plan of the values: what a sync would write to fields of records that are there, and no more. It leaves
/// no memory behind, as what is remembered of people is for a sync to keep.
fn plan(run: &Run<'_>, companies: &[Arc<Company>], front: &mut dyn Front) -> Result<Plan> {
    let only = |company: &Arc<Company>| {
        let policy = company.policy.only_fields();
        Arc::new(Company { policy, portal_writes: false, ..Company::clone(company) })
    };
    let only: Vec<Arc<Company>> = companies.iter().map(only).collect();
    let memory = run.memory()?;
    let config = &run.session.config;
    let planned = read::plan(run.session, &only, &run.connection, &memory, Some(&run.state), front)?.plan;
    run.tell_unread_of(&planned.outcome, front)?;
    let mut outcome = planned.outcome;
    let reactivates = |company: &str| {
        let company = companies.iter().find(|one| one.name == company);
        company.is_some_and(|company| company.policy.rows.contains(&Row::ContactActive))
    };
    for company in &mut outcome.companies {
        // A sync makes them active, and writes their values with it.
        let by_sync = reactivates(&company.name);
        company.skipped.retain(|skip| skip.row != Row::ContactActive || !by_sync);
    }
    let (psa, digest) = (config.capabilities.id, &config.digest);
    Ok(Plan::costing(outcome, Vec::new(), Timestamp::now(), psa, digest, planned.estimate))
}

/// Returns the roles of fields that are defined and that no record shows, as the plan found when it wanted to write
/// them. Corrects what the plan says of them.
fn unshown(outcome: &mut Outcome, fields: &[FieldNote], psa: &str) -> BTreeSet<Udf> {
    let mut roles = BTreeSet::new();
    let skips = outcome.companies.iter_mut().flat_map(|company| &mut company.skipped);
    for skip in skips.filter(|skip| skip.who.is_none() && skip.strict) {
        let is_it = |field: &&FieldNote| {
            field.role.row() == skip.row
                && matches!(field.became, Became::Found | Became::Made | Became::Late)
        };
        if let Some(field) = fields.iter().find(is_it) {
            skip.reason =
                format!("{}: {psa} has the field {}, but no record shows it yet", skip.row, field.name);
            skip.next = Some("run the command again in some minutes".to_owned());
            roles.insert(field.role);
        }
    }
    roles
}
