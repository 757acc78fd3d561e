//! A run that may write: locks, settling what an earlier run left open, consent, applying, and what became of it.
//! All that is reported of it comes from the journal.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::Result;
use jiff::Timestamp;

use super::connection::{Connection, reads_pins};
use super::front::{Begun, Front, Notice, Progress, Proposal};
use super::memory;
use super::notices;
use super::session::Session;
use crate::apply::{self, Open};
use crate::calls::Requests;
use crate::error::{Error, Kind};
use crate::fetch;
use crate::model::RecordKind;
use crate::plan::{
    Action, Allowances, Became, Ended as Ending, FieldNote, Finding, Halt, Header, Memory, Outcome, PinOwner,
    Plan, Purpose, Report, Settlement,
};
use crate::state::{self, Client, Locks, State, Waiting};

/// A run that holds its companies, with nothing of theirs left open that can be settled.
#[allow(missing_debug_implementations)] // systems have none
pub struct Run<'a> {
    pub(super) session: &'a Session,
    /// Its id.
    pub id: String,
    started: Timestamp,
    /// The journal and the memory.
    pub(super) state: Arc<State>,
    /// The systems.
    pub(super) connection: Connection,
    /// The changes that could not be settled.
    pub(super) open: Vec<Open>,
    /// The companies of which nothing can be planned, as it is not known what was announced there.
    pub(super) unclear: BTreeMap<String, String>,
    /// What became of the PSA's user-defined fields, where the run makes them.
    pub(super) fields: Vec<FieldNote>,
    // Noted before the locks are released.
    _over: Over,
    _locks: Locks,
}

/// Notes that a run is over, however it ends, unless its process dies.
struct Over(Begun);

impl Drop for Over {
    fn drop(&mut self) {
        let Self(Begun { run, state }) = self;
        if let Err(error) = state.note_over(run) {
            tracing::warn!("{error}");
        }
    }
}

/// How a run ended.
#[derive(Debug)]
pub enum Ended {
    /// Nothing was applied: the run is strict.
    Strict(Strict),
    /// Nothing was applied: consent was not given.
    Declined,
    /// The plan was applied, or refused by a guard.
    Over {
        /// What the journal holds of it.
        report: Box<Report>,
        /// Requests by service.
        requests: Vec<Requests>,
        /// What went wrong after the run was over.
        after: Result<()>,
    },
}

/// What a strict run does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Strict {
    /// Settings that cannot be served, with the reasons.
    Unserved(Vec<String>),
    /// Settings that match nothing, with their places.
    Findings(Vec<String>),
}

impl Strict {
    /// Returns what a strict run does not take of a plan.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        let skips = outcome.companies.iter().flat_map(|company| &company.skipped);
        let mut unserved = Vec::new();
        for skip in skips.filter(|skip| skip.strict) {
            if !unserved.contains(&skip.reason) {
                unserved.push(skip.reason.clone());
            }
        }
        if unserved.is_empty() {
            Self::of_findings(&outcome.findings)
        } else {
            Some(Self::Unserved(unserved))
        }
    }

    /// Returns what a strict command does not take of settings that match nothing.
    pub fn of_findings(findings: &[Finding]) -> Option<Self> {
        let place = |finding: &Finding| format!("{}:{}: {}", finding.file, finding.line, finding.setting);
        (!findings.is_empty()).then(|| Self::Findings(findings.iter().map(place).collect()))
    }
}

impl<'a> Run<'a> {
    /// Locks `clients`, opens the state, and settles what earlier runs left open; `command` is what the person typed.
    ///
    /// # Errors
    /// Another run that has one of the clients or keeps the state, or a state that cannot be used.
    pub(super) fn begin(
        session: &'a Session,
        clients: &[Client],
        command: &str,
        front: &mut dyn Front,
    ) -> Result<Self> {
        let Session { machine, config, folder, deadline, .. } = session;
        let started = machine.clock.now();
        let id = state::run_id(started)?;
        let holder = format!(
            "run {id}, a `{}` begun by {} on {} at {} as process {}",
            session.command(command),
            machine.operator(),
            machine.host(),
            started.strftime("%Y-%m-%d %H:%M:%S UTC"),
            std::process::id()
        );
        state::check_writable(folder, &machine.variables)?;
        let locks = Locks::take(folder, clients, &holder)?;
        let waiting = Waiting { holder, until: *deadline };
        let state = State::open_by(&session.state_file(), &session.realm(), waiting)?;
        let state = Arc::new(state.timed_by(machine.clock.clone()));
        state.note_begun(&id, command, clients, started)?;
        state.rename(&memory::called(config), |name| clients.iter().any(|client| client.name == name))?;
        let begun = Begun { run: id.clone(), state: Arc::clone(&state) };
        front.begun(begun.clone());
        let over = Over(begun);
        let (path, realm, own) = (session.state_file(), session.realm(), id.clone());
        // Where no person sees it, a run that is stopped before its first write is told by the next one as a run that died.
        if machine.is_attended {
            machine.interrupt.before_leaving(move || {
                // The state is opened anew: what holds it now does not let go of it any more.
                let _ =
                    State::open_by(&path, &realm, Waiting::briefly()).and_then(|state| state.note_over(&own));
            });
        }
        let connection = Connection::open(session, Some(&state))?;
        let (journal, run) = (Arc::clone(&state), id.clone());
        connection.before_what_must_not_happen_twice(move || journal.sending(&run, journal.clock().now()));
        let others = state.other_names(clients)?;
        let own = clients.iter().map(|client| client.name.as_str());
        let names: Vec<&str> = own.chain(others.iter().map(String::as_str)).collect();
        // Nothing of it is counted beforehand, but it may take long.
        let progress = front.reading(connection.meter());
        let open = apply::settle(connection.systems(), &state, &names, &id)?;
        let unclear = apply::unclear(connection.systems(), &state, Some(&id))?;
        drop(progress);
        notices::broken_rows(Some(&state), front)?;
        for open in &open {
            let who = if session.options.redact { "a person" } else { &open.entry.change.who.name };
            let message = format!("run {} did not say what became of {who}: {}", open.run, open.reason);
            let next = "that person is left unchanged until it can be seen; run the command again after that";
            front.notice(Notice::error(message, Some(next.to_owned())))?;
        }
        if let Some(message) = state.ages(started)?.contradiction() {
            let next = "check the clock of this machine; a jump of the clock makes no run of the journal old";
            front.notice(Notice::warning(message, Some(next.to_owned())))?;
        }
        // What guards still count is kept, however short the journal is.
        state.prune(started, config.keep_journal.max(config.guards.window))?;
        let fields = Vec::new();
        Ok(Self {
            session,
            id,
            started,
            state,
            connection,
            open,
            unclear,
            fields,
            _over: over,
            _locks: locks,
        })
    }

    /// Returns what earlier runs left for planning.
    ///
    /// # Errors
    /// A state that cannot be read.
    pub(super) fn memory(&self) -> Result<Memory> {
        memory::memory(&self.session.config, Some(&self.state), &self.open, &self.unclear)
    }

    /// Passes on what could not be read of the plan's companies.
    ///
    /// # Errors
    /// When it cannot be passed on.
    pub(super) fn tell_unread_of(&self, outcome: &Outcome, front: &mut dyn Progress) -> Result<()> {
        notices::unread_of(outcome, self.session.config.capabilities.name, self.session.options.redact, front)
    }

    /// Ends a run that writes nothing.
    ///
    /// # Errors
    /// A trace that was not written whole.
    pub fn abandon(&self) -> Result<()> {
        Ok(self.connection.finish()?)
    }

    /// Puts on record what is known of the fields, before there is a plan. A run that dies from here on has
    /// said what it was about to do; a run that is interrupted ends what it has begun.
    ///
    /// # Errors
    /// `Kind::State` when it cannot be written: nothing may be made then.
    pub(super) fn record_fields(&self) -> Result<()> {
        let interrupt = &self.session.machine.interrupt;
        interrupt.begin_writing();
        let config = &self.session.config;
        let none =
            Plan::new(Outcome::default(), Vec::new(), self.started, config.capabilities.id, &config.digest);
        let header = self.header(&none, Purpose::PushUdfs, &Allowances::default(), 0);
        self.state.begin(&header, &[])?;
        if self.fields.iter().all(|field| field.became != Became::Announced) {
            // Whatever keeps the plan from being made or applied, this part is over.
            interrupt.end_writing();
            self.state.end(&self.id, Ending { at: self.state.clock().now(), halt: None })?;
        }
        Ok(())
    }

    /// Shows `plan`, asks for consent where `must_ask`, applies it, and returns what became of it. `allowed` lifts
    /// guards.
    ///
    /// # Errors
    /// What keeps the plan from being applied at all, or the journal from being written.
    pub fn carry_out(
        &self,
        mut plan: Plan,
        purpose: Purpose,
        allowed: &Allowances,
        must_ask: bool,
        front: &mut dyn Front,
    ) -> Result<Ended> {
        notices::broken_rows(Some(&self.state), front)?;
        plan.outcome.lift(allowed);
        let pending = plan.outcome.totals().pending();
        let requests = self.connection.requests();
        let proposal = Proposal {
            plan: &plan,
            purpose: &purpose,
            pending,
            must_ask: must_ask && pending > 0,
            requests: &requests,
            psa: self.session.config.capabilities.name,
        };
        front.show(&proposal).map_err(|error| {
            let message = "nothing of the plan was written: it cannot be shown";
            error.context(
                Error::new(Kind::State, message).hint("see where the output goes, and run the command again"),
            )
        })?;
        if let Some(strict) = self.is_not_taken(&plan.outcome) {
            self.connection.finish()?;
            return Ok(Ended::Strict(strict));
        }
        let refused = !plan.outcome.breaches.is_empty();
        if !refused && proposal.must_ask && !front.agrees(&proposal)? {
            self.connection.finish()?;
            return Ok(Ended::Declined);
        }
        let header = self.header(&plan, purpose, allowed, pending);
        let known = std::mem::take(&mut plan.known);
        self.state.begin(&header, &plan.outcome.companies)?;
        let halt = if refused { Some(Halt::Refused) } else { self.apply(&plan, front)? };
        self.state.end(&self.id, Ending { at: self.state.clock().now(), halt })?;
        let report = self.state.run(&self.id)?;
        if !refused {
            self.state.remember(&apply::remember(&known, &report))?;
        }
        // What became of the run is known, whatever goes wrong from here on.
        let requests = self.connection.requests();
        let after = self.wind_up(&report, halt, front);
        Ok(Ended::Over { report: Box::new(report), requests, after })
    }

    /// Keeps what the next run can use, and ends the trace.
    fn wind_up(&self, report: &Report, halt: Option<Halt>, front: &dyn Progress) -> Result<()> {
        if halt.is_none() {
            let (now, progress) = (self.state.clock().now(), front.reading(self.connection.meter()));
            let made = self.made(report);
            fetch::new_pins(self.connection.portal(), &self.state, &made, now, progress.as_ref())?;
        }
        Ok(self.connection.finish()?)
    }

    /// Returns what a strict run does not take of a plan.
    fn is_not_taken(&self, outcome: &Outcome) -> Option<Strict> {
        if !self.session.options.strict {
            return None;
        }
        Strict::of(outcome)
    }

    /// Returns the portal users that the run made and whose PIN the next run will want.
    fn made(&self, report: &Report) -> Vec<PinOwner> {
        let entries = report.entries.iter().filter(|entry| {
            let change = &entry.change;
            change.action == Action::Create
                && change.record.kind == RecordKind::PortalUser
                && reads_pins(&self.session.config, &entry.company)
        });
        let made = entries.filter_map(|entry| {
            let user =
                entry.settled.as_ref().filter(|settled| settled.how == Settlement::Done)?.id.clone()?;
            Some(PinOwner { company: entry.change.record.company.clone(), user })
        });
        made.collect()
    }

    fn apply(&self, plan: &Plan, front: &dyn Progress) -> Result<Option<Halt>> {
        let interrupt = &self.session.machine.interrupt;
        self.state.owe(&plan.outcome.companies)?;
        interrupt.begin_writing();
        self.connection.end_what_has_begun();
        let halt = || {
            if interrupt.is_asked() {
                return Some(Halt::Interrupted);
            }
            self.connection.is_late().then_some(Halt::Deadline)
        };
        let (systems, companies) = (self.connection.systems(), &plan.outcome.companies);
        Ok(apply::apply(
            systems,
            &self.state,
            &self.id,
            companies,
            &halt,
            front.applying(self.connection.meter()).as_ref(),
        )?)
    }

    fn header(&self, plan: &Plan, purpose: Purpose, allowed: &Allowances, planned: usize) -> Header {
        let Session { machine, options, .. } = self.session;
        Header {
            id: self.id.clone(),
            purpose,
            started: self.started,
            operator: machine.operator(),
            host: machine.host(),
            tool: env!("CARGO_PKG_VERSION").to_owned(),
            psa: plan.psa.clone(),
            plan: plan.digest.clone(),
            config: plan.config.clone(),
            planned,
            allowed: allowed.0.clone(),
            breaches: plan.outcome.breaches.clone(),
            shard: options.shard.map(|shard| shard.to_string()),
            fields: self.fields.clone(),
        }
    }
}
