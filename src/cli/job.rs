//! What `sync`, `undo` and `self-service` share: locks, settling what an earlier run left open, asking, applying, and
//! telling what became of it. Everything that is told, and the exit code, comes from the journal.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::Arc;

use jiff::Timestamp;

use super::args::{Format, Globals};
use super::exit;
use super::io::{Interrupt, Io};
use super::pipeline::{self, Connected, Setting};
use super::progress::{self, Steps};
use crate::apply::{self, Open};
use crate::error::{Error, Kind, Result};
use crate::fetch;
use crate::model::{RecordKind, Row};
use crate::plan::{
    Action, Allowances, Became, Ended, FieldNote, Halt, Header, Outcome, PinOwner, Plan, Purpose, Report,
    Settlement, Summary,
};
use crate::report::{self, Look};
use crate::state::{self, Client, Locks, State, Waiting};

/// A run that holds its companies, with nothing of theirs left open that can be settled.
pub(super) struct Job<'a> {
    setting: &'a Setting,
    globals: &'a Globals,
    /// Its id.
    id: String,
    started: Timestamp,
    /// The journal and the memory.
    pub(super) state: Arc<State>,
    /// The systems.
    pub(super) connected: Connected,
    /// The changes that could not be settled.
    pub(super) open: Vec<Open>,
    /// The companies of which nothing can be planned, as it is not known what was announced there.
    pub(super) unclear: BTreeMap<String, String>,
    /// What became of the PSA's user-defined fields, where the run sees to them.
    pub(super) fields: Vec<FieldNote>,
    interrupt: Interrupt,
    _locks: Locks,
}

/// Whether a person has to be asked, and what the guards are told.
#[derive(Debug, clap::Args)]
pub(super) struct Consent {
    /// Apply without asking
    #[arg(long, short = 'y')]
    pub(super) yes: bool,
    /// Lift a guard for this run, such as deactivate=37 (repeatable)
    #[arg(long, value_name = "MEASURE=N", value_parser = super::args::allowance)]
    pub(super) allow: Vec<(crate::plan::Measure, usize)>,
}

impl Consent {
    /// Passes if `--yes` is given or the user can be asked to confirm the plan.
    ///
    /// # Errors
    /// [`Kind::Usage`] where the user cannot be asked.
    pub(super) fn can_be_had(&self, what: &str, io: &Io) -> Result<()> {
        if self.yes || io.can_ask() {
            return Ok(());
        }
        Err(Error::new(Kind::Usage, "this must be confirmed, but there is no terminal")
            .hint(format!("add --yes: crsync {what} --yes; `crsync diff` shows what it would do")))
    }
}

impl<'a> Job<'a> {
    /// Locks `clients`, opens the state, and settles what earlier runs left open; `command` is what the person typed.
    ///
    /// # Errors
    /// Another run that has one of the clients or keeps the state, or a state that cannot be used.
    pub(super) fn begin(
        setting: &'a Setting,
        clients: &[Client],
        globals: &'a Globals,
        command: &str,
        io: &mut Io,
    ) -> Result<Self> {
        let started = io.clock().now();
        let id = state::run_id(started)?;
        let holder = format!(
            "run {id}, a `{}` begun by {} on {} at {} as process {}",
            setting.command(command),
            operator(io),
            host(io),
            started.strftime("%Y-%m-%d %H:%M:%S UTC"),
            std::process::id()
        );
        let realm = setting.realm();
        state::check_writable(&setting.folder, io.env())?;
        let locks = Locks::take(&setting.folder, clients, &holder)?;
        let waiting = Waiting { holder, until: setting.deadline };
        let state = State::open_by(&setting.state_file(), &realm, waiting)?.timed_by(io.clock().clone());
        let state = Arc::new(state);
        let connected = setting.connect(io, Some(&state))?;
        let interrupt = io.heed_signals();
        let (journal, run) = (Arc::clone(&state), id.clone());
        connected.before_what_must_not_happen_twice(move || journal.sending(&run, journal.clock().now()));
        let others = state.other_names(clients)?;
        let own = clients.iter().map(|client| client.name.as_str());
        let names: Vec<&str> = own.chain(others.iter().map(String::as_str)).collect();
        let open = apply::settle(connected.systems(), &state, &names, &id)?;
        let unclear = apply::unclear(connected.systems(), &state, Some(&id))?;
        pipeline::warn_of_broken(Some(&state), globals, io)?;
        for open in &open {
            let who = if globals.redact { "a person".to_owned() } else { open.entry.change.who.name.clone() };
            let message = format!("run {} did not say what became of {who}: {}", open.run, open.reason);
            exit::complain(
                io,
                &message,
                Some("that person is left alone until it can be seen; run the command again after that"),
            )?;
        }
        if let Some(message) = state.ages(started)?.contradiction().filter(|_| !globals.quiet) {
            let next = "check the clock of this machine; a jump of the clock makes no run of the journal old";
            exit::warn(io, &message, Some(next))?;
        }
        // What guards still count is kept, however short the journal is.
        state.prune(started, setting.config.keep_journal.max(setting.config.guards.window))?;
        let fields = Vec::new();
        Ok(Self {
            setting,
            globals,
            id,
            started,
            state,
            connected,
            open,
            unclear,
            fields,
            interrupt,
            _locks: locks,
        })
    }

    /// Whether a person interrupted the run.
    pub(super) fn is_interrupted(&self) -> bool {
        self.interrupt.is_asked()
    }

    /// Puts on record what is known of the fields, before there is a plan. A run that dies from here on has
    /// said what it was about to do; a run that is interrupted ends what it has begun.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: nothing may be made then.
    pub(super) fn record_fields(&self, io: &Io) -> Result<()> {
        self.interrupt.begin_writing();
        let config = &self.setting.config;
        let none =
            Plan::new(Outcome::default(), Vec::new(), self.started, config.capabilities.id, &config.digest);
        let header = self.header(&none, Purpose::PushUdfs, &Allowances::default(), 0, io);
        self.state.begin(&header, &[])?;
        if self.fields.iter().all(|field| field.became != Became::Announced) {
            // Whatever keeps the plan from being made or applied, this part is over.
            self.interrupt.end_writing();
            self.state.end(&self.id, Ended { at: self.state.clock().now(), halt: None })?;
        }
        Ok(())
    }

    /// Shows `plan`, asks, applies it, and says how to exit.
    ///
    /// # Errors
    /// What keeps the plan from being applied at all, or the journal from being written.
    pub(super) fn carry_out(
        &self,
        mut plan: Plan,
        purpose: Purpose,
        consent: &Consent,
        io: &mut Io,
    ) -> Result<u8> {
        pipeline::warn_of_broken(Some(&self.state), self.globals, io)?;
        let allowed = Allowances::of(&consent.allow);
        plan.outcome.lift(&allowed);
        let pending = plan.outcome.totals().pending();
        if self.globals.format == Format::Table {
            self.show(&plan, &purpose, pending > 0 && !consent.yes, io)?;
        }
        let strict =
            plan.outcome.companies.iter().flat_map(|company| &company.skipped).any(|skip| skip.strict);
        if self.globals.strict && strict {
            let hint = "`crsync diff` shows which under Skipped; switch it off, or leave --strict out";
            exit::complain(io, "a setting cannot be served, and --strict makes that an error", Some(hint))?;
            self.connected.finish()?;
            return Ok(exit::FAILURE);
        }
        if self.globals.strict && !plan.outcome.findings.is_empty() {
            let hint = "`crsync diff` lists them; correct or remove them, or leave --strict out";
            exit::complain(io, "settings match nothing, and --strict makes that an error", Some(hint))?;
            self.connected.finish()?;
            return Ok(exit::FAILURE);
        }
        let refused = !plan.outcome.breaches.is_empty();
        if !refused && pending > 0 && !consent.yes {
            exit::can_be_read(io)?;
        }
        if !refused && pending > 0 && !consent.yes && !self.ask(&plan, pending, io)? {
            self.connected.finish()?;
            return Ok(exit::PENDING);
        }
        let header = self.header(&plan, purpose, &allowed, pending, io);
        let known = std::mem::take(&mut plan.known);
        self.state.begin(&header, &plan.outcome.companies)?;
        let halt = if refused { Some(Halt::Refused) } else { self.apply(&plan, io)? };
        self.state.end(&self.id, Ended { at: self.state.clock().now(), halt })?;
        let report = self.state.run(&self.id)?;
        if !refused {
            self.state.remember(&apply::remember(&known, &report))?;
        }
        // What became of the run is known, whether or not it can be shown.
        let told = self.tell(&report, io);
        if halt.is_none() {
            fetch::new_pins(
                self.connected.portal(),
                &self.state,
                &self.made(&report),
                self.state.clock().now(),
            )?;
        }
        self.connected.finish()?;
        match (told, code(&report.summary())) {
            (Err(error), code) if code != exit::CLEAN => {
                exit::complain(
                    io,
                    error.message(),
                    Some(&format!("`crsync log {}` shows the run", self.id)),
                )?;
                Ok(code)
            }
            (Err(error), _) => {
                Err(error.hint(format!("the run was applied: `crsync log {}` shows it", self.id)))
            }
            (Ok(()), code) => Ok(code),
        }
    }

    /// The portal users that the run made and whose PIN the next run will want.
    fn made(&self, report: &Report) -> Vec<PinOwner> {
        let config = &self.setting.config;
        let has_pins = |name: &str| {
            let company = config.companies.iter().find(|company| company.name == name);
            company.is_some_and(|company| company.policy.rows.contains(&Row::SupportPin))
        };
        let entries = report.entries.iter().filter(|entry| {
            let change = &entry.change;
            change.action == Action::Create
                && change.record.kind == RecordKind::PortalUser
                && config.capabilities.serves(Row::SupportPin)
                && has_pins(&entry.company)
        });
        let made = entries.filter_map(|entry| {
            let user =
                entry.settled.as_ref().filter(|settled| settled.how == Settlement::Done)?.id.clone()?;
            Some(PinOwner { company: entry.change.record.company.clone(), user })
        });
        made.collect()
    }

    fn apply(&self, plan: &Plan, io: &Io) -> Result<Option<Halt>> {
        self.state.owe(&plan.outcome.companies)?;
        self.interrupt.begin_writing();
        self.connected.end_what_has_begun();
        let halt = || {
            if self.interrupt.is_asked() {
                return Some(Halt::Interrupted);
            }
            self.connected.is_late().then_some(Halt::Deadline)
        };
        let steps = Steps::new(io, progress::is_wanted(self.globals));
        let systems = self.connected.systems();
        let halted = apply::apply(systems, &self.state, &self.id, &plan.outcome.companies, &halt, &steps);
        steps.finish();
        halted
    }

    fn header(&self, plan: &Plan, purpose: Purpose, allowed: &Allowances, planned: usize, io: &Io) -> Header {
        Header {
            id: self.id.clone(),
            purpose,
            started: self.started,
            operator: operator(io),
            host: host(io),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            psa: plan.psa.clone(),
            plan: plan.digest.clone(),
            config: plan.config.clone(),
            planned,
            allowed: allowed.0.clone(),
            breaches: plan.outcome.breaches.clone(),
            shard: self.globals.shard.map(|shard| shard.to_string()),
            fields: self.fields.clone(),
        }
    }

    /// Shows the plan: all of it with `--verbose`, else a line for every company, and what an undo cannot take back.
    /// Parts of requests that are not planned are shown where the user is asked, and at the end in any case.
    fn show(&self, plan: &Plan, purpose: &Purpose, is_asked: bool, io: &mut Io) -> Result<()> {
        let mut text = Vec::new();
        let shown = self.shown(plan);
        let requests = self.connected.requests();
        let look = self.look(io);
        match purpose {
            // A few people: everything about them is of interest.
            Purpose::SelfService(asked) => {
                let asked = if self.globals.redact { report::redact_asked(asked) } else { asked.clone() };
                let asked = if is_asked { asked } else { Vec::new() };
                let table = if shown.outcome.companies.is_empty() {
                    Ok(())
                } else {
                    report::table(&mut text, &shown, &requests, look)
                };
                table.and_then(|()| report::not_planned(&mut text, &asked, look))
            }
            _ if self.globals.verbose => report::table(&mut text, &shown, &requests, look),
            Purpose::Sync | Purpose::PushUdfs => report::overview(&mut text, &shown, look),
            Purpose::Undo(_) => report::overview(&mut text, &shown, look)
                .and_then(|()| report::left(&mut text, &shown.outcome.companies, look)),
        }
        .map_err(exit::output_error)?;
        io.stdout().write_all(&text).map_err(exit::output_error)
    }

    fn shown(&self, plan: &Plan) -> Plan {
        let outcome = if self.globals.redact { report::redact(&plan.outcome) } else { plan.outcome.clone() };
        Plan { outcome, ..plan.clone() }
    }

    fn look(&self, io: &Io) -> Look<'static> {
        let psa = self.setting.config.capabilities.name;
        Look { width: io.width(), verbose: self.globals.verbose, psa }
    }

    /// Asks whether to apply; companies can be looked at before.
    fn ask(&self, plan: &Plan, pending: usize, io: &mut Io) -> Result<bool> {
        let changes = if pending == 1 { "1 change".to_owned() } else { format!("{pending} changes") };
        loop {
            let choices = [
                "No, write nothing".to_owned(),
                format!("Yes, apply {changes}"),
                "Show a company".to_owned(),
            ];
            match io.choose("Apply this plan", &choices)? {
                Some(1) => return Ok(true),
                Some(2) => self.show_one(plan, io)?,
                _ => return Ok(false),
            }
        }
    }

    fn show_one(&self, plan: &Plan, io: &mut Io) -> Result<()> {
        let names: Vec<String> =
            plan.outcome.companies.iter().map(|company| report::clean(&company.name)).collect();
        let chosen = io.choose("Which one", &names)?;
        let Some(company) =
            chosen.and_then(|index| self.shown(plan).outcome.companies.into_iter().nth(index))
        else {
            return Ok(());
        };
        let mut text = Vec::new();
        report::company(&mut text, &company, self.look(io)).map_err(exit::output_error)?;
        io.stdout().write_all(&text).map_err(exit::output_error)
    }

    fn tell(&self, report: &Report, io: &mut Io) -> Result<()> {
        let shown = if self.globals.redact { report::redact_run(report) } else { report.clone() };
        let mut text = Vec::new();
        match self.globals.format {
            Format::Json => report::run_json(&mut text, &shown, &shown.summary(), &self.connected.requests()),
            Format::Table | Format::Markdown => report::outcome(&mut text, &shown, self.look(io)),
        }
        .map_err(exit::output_error)?;
        io.results(&text)
    }
}

/// The exit code of a run, by what the journal says of it.
pub(super) fn code(summary: &Summary) -> u8 {
    let failed = summary.of(Settlement::Failed)
        + summary.of(Settlement::NotTried)
        + summary.open
        + summary.fields(Became::Failed);
    match summary.halt {
        Some(Halt::Refused) => exit::REFUSED,
        Some(Halt::Interrupted) => exit::INTERRUPTED,
        Some(Halt::Deadline) => exit::DEADLINE,
        None if failed > 0 || !summary.over => exit::FAILED,
        None if summary.of(Settlement::Stale) + summary.moved > 0 => exit::STALE,
        None if summary.unread > 0 => exit::unread(summary.correctable),
        // Nothing went wrong, and yet a user does not get what they asked for.
        None if summary.unmet > 0 => exit::FAILED,
        None if summary.fields(Became::Late) > 0 => exit::PENDING,
        None if summary.conflicts + summary.company_conflicts + summary.fields(Became::ByHand) > 0 => {
            exit::CONFLICTS
        }
        None => exit::CLEAN,
    }
}

/// Formats that a run can be shown in.
///
/// # Errors
/// [`Kind::Usage`] for the others.
pub(super) fn check_format(globals: &Globals) -> Result<()> {
    match globals.format {
        Format::Table | Format::Json => Ok(()),
        Format::Markdown => Err(Error::new(Kind::Usage, "a run is not shown as markdown yet")
            .hint("use --format table or --format json")),
    }
}

/// Who sits at the machine, as the operating system knows them.
pub(super) fn operator(io: &Io) -> String {
    first(io, &["USER", "LOGNAME", "USERNAME"]).unwrap_or_else(|| "unknown".to_owned())
}

fn host(io: &Io) -> String {
    first(io, &["HOSTNAME", "COMPUTERNAME"])
        .or_else(|| std::fs::read_to_string("/etc/hostname").ok().map(|name| name.trim().to_owned()))
        .unwrap_or_else(|| "this machine".to_owned())
}

fn first(io: &Io, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| io.env().get(*name)).filter(|value| !value.is_empty()).cloned()
}
