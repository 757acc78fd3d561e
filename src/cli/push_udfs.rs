//! `crsync push-udfs`: sees to the PSA's user-defined fields, and writes nothing but their values.
//!
//! The values come from the plan that `sync` makes, with every other row off, so that guards, preconditions and the
//! journal are the same.

use std::collections::BTreeSet;
use std::io::Write as _;
use std::sync::Arc;

use jiff::Timestamp;

use super::args::{Format, Globals};
use super::diff::warn_of_unread;
use super::exit;
use super::io::Io;
use super::job::{self, Consent, Job};
use super::pipeline::{self, Setting};
use crate::error::{Error, Kind, Result};
use crate::fetch::Target;
use crate::model::{Defined, Definitions, Fix, Id, Row, Standing, Udf, UdfField};
use crate::plan::{Became, FieldNote, FieldState, Need, Outcome, Plan, Purpose};
use crate::reconcile;
use crate::report::{self, Look};

/// Flags of `push-udfs`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    consent: Consent,
    /// Only say how the fields stand: exit with 3 when crsync can make some, 4 when a person has to
    #[arg(long, conflicts_with_all = ["yes", "allow"])]
    check: bool,
}

/// Runs `push-udfs` and says how to exit.
///
/// # Errors
/// What keeps the fields from being looked at, or the plan from being made or applied at all.
pub(super) fn run(args: &Args, globals: &Globals, io: &mut Io) -> Result<u8> {
    job::check_format(globals)?;
    if !args.check {
        let hint = "add --yes: crsync push-udfs --yes; `crsync push-udfs --check` shows how the fields stand";
        args.consent.can_be_had("push-udfs", io).map_err(|error| error.hint(hint))?;
    }
    let setting = pipeline::setting(globals, io)?;
    let targets = setting.targets(globals)?;
    let wanted = wanted(&setting, &targets);
    let companies: Vec<Id> = targets.iter().map(|target| target.psa_id.clone()).collect();
    if args.check {
        let state = setting.state(io)?;
        let connected = setting.connect(io, state.as_ref())?;
        let fields = look(connected.definitions(), &wanted, &companies);
        connected.finish()?;
        let fields = fields?;
        let mut text = Vec::new();
        match globals.format {
            Format::Json => report::fields_json(&mut text, setting.config.capabilities.id, &fields),
            Format::Table | Format::Markdown => {
                report::fields(&mut text, &fields, shown_as(&setting, globals, io))
            }
        }
        .map_err(exit::output_error)?;
        io.results(&text)?;
        return Ok(code(&fields));
    }

    let mut job = Job::begin(&setting, &setting.clients(&targets), globals, "push-udfs", io)?;
    let fields = look(job.connected.definitions(), &wanted, &companies)?;
    let look_at = shown_as(&setting, globals, io);
    if globals.format == Format::Table {
        print(io, |out| report::fields(out, &fields, look_at))?;
    }
    if globals.strict && fields.iter().any(|field| matches!(field.need, Need::Show | Need::ByHand)) {
        let hint = "`crsync push-udfs --check` prints what to do; or leave --strict out";
        exit::complain(io, "a field needs a person's hand, and --strict makes that an error", Some(hint))?;
        job.connected.finish()?;
        return Ok(exit::FAILURE);
    }
    let missing = fields.iter().filter(|field| field.need == Need::Create).count();
    if missing > 0 && !args.consent.yes {
        exit::can_be_read(io)?;
    }
    if missing > 0 && !args.consent.yes && !agreed(missing, setting.config.capabilities.name)? {
        job.connected.finish()?;
        return Ok(exit::PENDING);
    }
    job.fields = fields.iter().map(note).collect();
    if missing > 0 {
        make(&mut job, &wanted, &companies, io)?;
        if globals.format == Format::Table {
            print(io, |out| report::notes(out, &job.fields, look_at))?;
        }
    }
    let mut plan = plan(&setting, &targets, &job, globals, io)?;
    for role in unshown(&mut plan.outcome, &job.fields, setting.config.capabilities.name) {
        let shown = job.fields.iter_mut().filter(|field| field.role == role);
        shown.for_each(|field| field.became = Became::Late);
    }
    job.carry_out(plan, Purpose::PushUdfs, &args.consent, io)
}

/// The fields that the switched-on rows of these companies need and that the PSA can have.
fn wanted(setting: &Setting, targets: &[Target]) -> Vec<Udf> {
    let all: BTreeSet<Udf> =
        targets.iter().flat_map(|target| target.policy.fields().collect::<Vec<_>>()).collect();
    all.into_iter().filter(|role| setting.config.capabilities.serves(role.row())).collect()
}

/// How the fields stand, asked anew.
fn look(psa: &dyn Definitions, wanted: &[Udf], companies: &[Id]) -> Result<Vec<FieldState>> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    Ok(psa.defined(wanted, companies)?.into_iter().map(|field| judged(psa, field)).collect())
}

fn judged(psa: &dyn Definitions, field: Defined) -> FieldState {
    let Defined { role, name, standing } = field;
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
    match standing {
        Standing::Creatable(kind) => state(Need::Create, Some(kind.name())),
        Standing::Missing(why) => by_hand(Fix::Make, why),
        Standing::Hidden(why) => by_hand(Fix::Show, why),
        Standing::Shown(kind) => {
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
    FieldNote { role: field.role, name: field.name.clone(), became, detail: field.reason.clone() }
}

/// Makes the fields that are announced. What became of each is seen, whatever was answered: a service says yes and
/// does nothing, an answer is lost, and another user may have made the field in the meantime.
fn make(job: &mut Job<'_>, wanted: &[Udf], companies: &[Id], io: &Io) -> Result<()> {
    job.record_fields(io)?;
    let psa = job.connected.definitions();
    // The user may have taken a while to say yes.
    let now = look(psa, wanted, companies)?;
    let mut errors = Vec::new();
    let mut over: Option<String> = None;
    for field in now.iter().filter(|field| field.need == Need::Create) {
        if job.is_interrupted() {
            over.get_or_insert_with(|| "the run was interrupted before its turn".to_owned());
        }
        if let Some(why) = &over {
            errors.push((field.role, why.clone()));
            continue;
        }
        if let Err(error) = psa.define(field.role) {
            // Going on after wrong credentials locks accounts.
            if matches!(error.kind(), Kind::Auth | Kind::Deadline | Kind::Interrupted) {
                over = Some(format!("nothing more is sent there: {}", error.message()));
            }
            errors.push((field.role, told(&error)));
        }
    }
    let after = look(psa, wanted, companies)?;
    for own in job.fields.iter_mut().filter(|field| field.became == Became::Announced) {
        let find = |fields: &[FieldState]| fields.iter().find(|field| field.role == own.role).cloned();
        let was_there = find(&now).is_some_and(|field| field.need != Need::Create);
        let error = errors.iter().find(|(role, _)| *role == own.role).map(|(_, why)| why.clone());
        let Some(field) = find(&after) else { continue };
        own.name = field.name;
        (own.became, own.detail) = match (field.need, field.reason) {
            (Need::Nothing, _) if was_there || error.is_some() => {
                (Became::Made, Some("it was there when it was looked for again".to_owned()))
            }
            (Need::Nothing, _) => (Became::Made, None),
            (Need::Create, _) => {
                let yes = "the service said yes, but the field is not there".to_owned();
                (Became::Failed, Some(error.unwrap_or(yes)))
            }
            (Need::Show, why) if !was_there => (Became::Late, why),
            (Need::Show | Need::ByHand, why) => (Became::ByHand, why),
        };
    }
    job.record_fields(io)
}

/// The plan of the values: what `sync` would write to fields of records that are there, and no more. It leaves no
/// memory behind, as what is believed of people is for `sync` to keep.
fn plan(
    setting: &Setting,
    targets: &[Target],
    job: &Job<'_>,
    globals: &Globals,
    io: &mut Io,
) -> Result<Plan> {
    let only = |target: &Target| Target {
        policy: Arc::new(target.policy.only_fields()),
        portal_writes: false,
        ..target.clone()
    };
    let only: Vec<Target> = targets.iter().map(only).collect();
    let memory = pipeline::memory(&setting.config, Some(&job.state), &job.open, &job.unclear)?;
    let config = &setting.config;
    let planned = pipeline::plan(config, &only, &job.connected, &memory, Some(&job.state), globals, io)?.plan;
    warn_of_unread(&planned.outcome, config.capabilities.name, globals, io)?;
    let mut outcome = planned.outcome;
    let reactivates = |company: &str| {
        let target = targets.iter().find(|target| target.name == company);
        target.is_some_and(|target| target.policy.rows.contains(&Row::ContactActive))
    };
    for company in &mut outcome.companies {
        // `sync` makes them active, and writes their values with it.
        let by_sync = reactivates(&company.name);
        company.skipped.retain(|skip| skip.row != Row::ContactActive || !by_sync);
    }
    Ok(Plan::new(outcome, Vec::new(), Timestamp::now(), config.capabilities.id, &config.digest))
}

/// The roles of fields that are defined and that no record shows, as the plan found when it wanted to write them.
/// Its words for it are set right.
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

/// An error as the journal keeps it: its message, with the next step.
fn told(error: &Error) -> String {
    match error.next_step() {
        Some(next) => format!("{}; next: {next}", error.message()),
        None => error.message().to_owned(),
    }
}

fn agreed(missing: usize, psa: &str) -> Result<bool> {
    let what =
        if missing == 1 { "the missing field".to_owned() } else { format!("the {missing} missing fields") };
    dialoguer::Confirm::new()
        .with_prompt(report::clean(&format!("Make {what} in {psa}?")))
        .default(false)
        .interact()
        .map_err(|error| Error::new(Kind::Interrupted, "nothing was made").source(error))
}

/// The exit code of a look: what crsync can do comes before what only a person can.
fn code(fields: &[FieldState]) -> u8 {
    let any = |need| fields.iter().any(|field| field.need == need);
    match () {
        () if any(Need::Create) => exit::PENDING,
        () if any(Need::Show) || any(Need::ByHand) => exit::CONFLICTS,
        () => exit::CLEAN,
    }
}

fn shown_as(setting: &Setting, globals: &Globals, io: &Io) -> Look<'static> {
    Look { width: io.width(), verbose: globals.verbose, psa: setting.config.capabilities.name }
}

/// Writes a part of what is told, with an empty line after it.
fn print(io: &mut Io, write: impl FnOnce(&mut Vec<u8>) -> std::io::Result<()>) -> Result<()> {
    let mut text = Vec::new();
    write(&mut text).map_err(exit::output_error)?;
    text.push(b'\n');
    io.stdout().write_all(&text).map_err(exit::output_error)
}
