//! Tells the targets of `[notify]` what became of a command that may write, once it is over, and which earlier runs died.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::front::{Begun, Notice, Progress};
use super::machine::Machine;
use super::options::Options;
use crate::config::{self, Notices};
use crate::error::{Error, Kind};
use crate::notify::{Company, Counts, Delivery, Details, Event, Fault, LONGEST, Outbox, Setup, What};
use crate::plan::{Became, Entry, Halt, Notified, Report, Settlement, Summary};
use crate::state::{Dead, State};

/// How many lines of details a notice has.
const LINES: usize = 100;

/// How a command ended, as its front end says.
#[derive(Debug)]
pub struct Ending<'a> {
    /// The command.
    pub command: &'static str,
    /// How it exits.
    pub code: u8,
    /// What that means.
    pub meaning: &'static str,
    /// The command to run next.
    pub next: String,
    /// What the commands to run next end with where a flag chose the PSA, else nothing.
    pub psa: &'a str,
    /// The error that ended it.
    pub error: Option<&'a anyhow::Error>,
    /// The run that it began.
    pub begun: Option<Begun>,
}

/// The targets of a command's notices; none where the configuration names none, or cannot be read.
#[derive(Debug)]
pub struct Notifier {
    outbox: Option<Outbox>,
    details: bool,
    redact: bool,
    operator: String,
    host: String,
}

impl Notifier {
    /// Makes the targets ready, whatever else is wrong with the configuration; with `pings`, monitors are told that a run
    /// begins.
    pub fn begin(options: &Options, machine: &Machine, pings: bool) -> Self {
        // What is wrong with the configuration is told by the command itself.
        let notices = if options.sandbox { None } else { read(options, machine).ok().flatten() };
        let details = notices.as_ref().is_some_and(|notices| notices.settings.details);
        let outbox = notices.map(|notices| open(notices, machine, pings));
        Self { outbox, details, redact: options.redact, operator: machine.operator(), host: machine.host() }
    }

    /// Tells what became of the command, and then of the runs that it found dead, which are told once. What does not arrive
    /// is a warning, and is noted in the run.
    ///
    /// # Errors
    /// When a warning cannot be passed on.
    pub fn end(mut self, ending: &Ending<'_>, front: &mut dyn Progress) -> Result<()> {
        let state = ending.begun.as_ref().map(|begun| (begun.run.as_str(), &begun.state));
        let dead = state.map_or_else(Vec::new, |(run, state)| state.dead(run).unwrap_or_default());
        let outbox = self.outbox.take().filter(Outbox::has_targets);
        let is_told = outbox.is_some();
        let told = outbox.map(|outbox| {
            // Its own end comes first: what is slow must not keep that from being told.
            let mut events = vec![self.ended(ending, state)];
            events.extend(dead.iter().filter_map(|dead| Some(self.died(dead, state?.1, ending.psa))));
            let runs: Vec<Option<String>> = events.iter().map(|event| event.run.clone()).collect();
            (runs, outbox.send(events))
        });
        let (runs, deliveries) = told.unwrap_or_default();
        // Not before: a process that ends on the way leaves them to the next run, as does one that has no target.
        if let Some((run, state)) = state.filter(|_| is_told && !dead.is_empty())
            && let Err(error) = state.forget_dead(run)
        {
            tracing::warn!("{error}");
        }
        for (place, run) in runs.iter().enumerate() {
            let own = deliveries.iter().filter(|delivery| delivery.event == place);
            if let (Some(run), Some((_, state))) = (run, state)
                && let Err(error) = state.note_notices(run, &notified(own.clone(), state))
            {
                tracing::warn!("{error}");
            }
            for (delivery, fault) in own.filter_map(|own| Some((own, own.fault.as_ref()?))) {
                // The first event is the command's own end.
                let of = match run {
                    Some(run) if place > 0 => format!(" of run {run}, which died,"),
                    _ => String::new(),
                };
                let target = delivery.target.name();
                let message = format!("the notice to {target}{of} did not arrive: {}", fault.message);
                front.notice(Notice::warning(message, Some(fault.next.clone())))?;
            }
        }
        Ok(())
    }

    /// Returns what there is to tell of the command.
    fn ended(&self, ending: &Ending<'_>, state: Option<(&str, &Arc<State>)>) -> Event {
        let report = state.and_then(|(run, state)| state.report(run).ok().flatten());
        let run = report.as_ref().map(|report| report.header.id.clone());
        let event = Event {
            what: What::RunEnded,
            command: ending.command.to_owned(),
            run,
            code: Some(ending.code),
            meaning: ending.meaning.to_owned(),
            next: ending.next.clone(),
            counts: Counts::default(),
            companies: Vec::new(),
            details: None,
        };
        self.with(event, report.as_ref(), ending.error)
    }

    /// Returns what there is to tell of a run that died, now that it is settled.
    fn died(&self, dead: &Dead, state: &State, psa: &str) -> Event {
        let knows = state.knows(&dead.run);
        let report = state.report(&dead.run).ok().flatten();
        let began = began(knows.unwrap_or(true), report.as_ref());
        let next = if report.is_some() {
            format!("crsync log {}{psa}", dead.run)
        } else {
            format!("crsync log{psa}")
        };
        let event = Event {
            what: What::RunDied,
            command: dead.command.clone(),
            run: Some(dead.run.clone()),
            code: None,
            meaning: format!("an earlier run was killed, or its machine stopped; {began}"),
            next,
            counts: Counts::default(),
            companies: Vec::new(),
            details: None,
        };
        self.with(event, report.as_ref(), None)
    }

    /// Adds what the journal knows, and what the configuration asks for.
    fn with(&self, event: Event, report: Option<&Report>, error: Option<&anyhow::Error>) -> Event {
        let details = (self.details && !self.redact).then(|| {
            let mut lines = report.map_or_else(Vec::new, lines);
            let more = lines.len().saturating_sub(LINES);
            lines.truncate(LINES);
            let error = error.map(ToString::to_string);
            Details { operator: self.operator.clone(), host: self.host.clone(), error, lines, more }
        });
        let companies = if self.redact { Vec::new() } else { report.map_or_else(Vec::new, companies) };
        let counts = report.map_or_else(Counts::default, |report| counts(&report.summary()));
        Event { counts, companies, details, ..event }
    }
}

/// Sends a test notice to every target of the configuration, and returns what became of each.
///
/// # Errors
/// A configuration that cannot be read, or that names no target.
pub fn test_notices(options: &Options, machine: &Machine) -> crate::error::Result<Vec<Delivery>> {
    let notices = read(options, machine)?.filter(|notices| !notices.settings.is_empty());
    let notices = notices.ok_or_else(|| {
        Error::new(Kind::Config, "the configuration names no target for notices").hint(
            "add [notify] to it, and set CRSYNC_NOTIFY_TEAMS or another address, as docs/configuration.md shows",
        )
    })?;
    let event = Event {
        what: What::Test,
        command: "notify".to_owned(),
        run: None,
        code: None,
        meaning: "this is a test notice, and nothing happened".to_owned(),
        next: "crsync log".to_owned(),
        counts: Counts::default(),
        companies: Vec::new(),
        details: None,
    };
    Ok(open(notices, machine, false).send(vec![event]))
}

fn read(options: &Options, machine: &Machine) -> crate::error::Result<Option<Notices>> {
    let path = config::find(options.config.as_deref(), &machine.variables)?;
    config::notices(&path, &machine.surroundings(None))
}

fn open(notices: Notices, machine: &Machine, pings: bool) -> Outbox {
    let Notices { settings, ca_file } = notices;
    let limit = limit(machine.notice_limit);
    let around = machine.surroundings(None);
    Outbox::open(settings, &Setup { around, ca_file, sleep: machine.sleep, limit, pings })
}

/// Returns how long notices may delay a run.
fn limit(asked: Option<Duration>) -> Duration {
    asked.unwrap_or(LONGEST).min(LONGEST)
}

/// Returns what is known of the changes that a dead run had begun: whether the journal knows the run, and what can be read
/// of it.
fn began(is_known: bool, report: Option<&Report>) -> String {
    match report.map(|report| unknown(&report.summary())) {
        None if is_known => "the journal does not say what became of its changes".to_owned(),
        None => "it had written nothing".to_owned(),
        Some(0) => "what became of its changes is known".to_owned(),
        Some(1) => "what became of 1 change is not known yet".to_owned(),
        Some(open) => format!("what became of {open} changes is not known yet"),
    }
}

/// Returns of how many changes and user-defined fields it is not known what became of them.
fn unknown(summary: &Summary) -> usize {
    summary.open + summary.fields(Became::Announced)
}

fn notified<'d>(deliveries: impl Iterator<Item = &'d Delivery>, state: &State) -> Vec<Notified> {
    let fault = |fault: &Fault| fault.message.clone();
    let one = |delivery: &Delivery| Notified {
        target: delivery.target.name().to_owned(),
        at: state.clock().now(),
        fault: delivery.fault.as_ref().map(fault),
    };
    deliveries.map(one).collect()
}

fn counts(summary: &Summary) -> Counts {
    Counts {
        planned: summary.planned,
        done: summary.of(Settlement::Done),
        fields: summary.fields(Became::Made),
        stale: summary.of(Settlement::Stale),
        failed: summary.of(Settlement::Failed),
        not_tried: summary.of(Settlement::NotTried),
        unknown: unknown(summary),
        // A guard that refuses the plan leaves all of it.
        left: if summary.halt == Some(Halt::Refused) { summary.planned } else { summary.left() },
        conflicts: summary.conflicts,
        company_conflicts: summary.company_conflicts,
        held_back: summary.unread,
    }
}

/// Returns the companies of which there is something to tell, by name.
fn companies(report: &Report) -> Vec<Company> {
    let mut all: BTreeMap<&str, Company> = BTreeMap::new();
    let none = |name: &str| Company {
        name: name.to_owned(),
        done: 0,
        not_done: 0,
        conflicts: 0,
        in_conflict: false,
        held_back: false,
    };
    for part in &report.companies {
        all.entry(&part.name).or_insert_with(|| Company {
            conflicts: part.conflicts.len(),
            in_conflict: !part.company_conflicts.is_empty(),
            held_back: part.is_unread(),
            ..none(&part.name)
        });
    }
    for entry in &report.entries {
        let company = all.entry(&entry.company).or_insert_with(|| none(&entry.company));
        *(if is_done(entry) { &mut company.done } else { &mut company.not_done }) += 1;
    }
    let has_any = |company: &Company| {
        let Company { name: _, done, not_done, conflicts, in_conflict, held_back } = company;
        done + not_done + conflicts > 0 || *in_conflict || *held_back
    };
    all.into_values().filter(has_any).collect()
}

fn is_done(entry: &Entry) -> bool {
    entry.settled.as_ref().is_some_and(|settled| settled.how == Settlement::Done)
}

/// Returns a line for each change, those that did not end well first, and for each conflict and each side that could not be
/// read.
fn lines(report: &Report) -> Vec<String> {
    let line = |entry: &Entry| {
        let change = &entry.change;
        let email = change.who.email.as_deref().map(|email| format!(" <{email}>")).unwrap_or_default();
        let how = entry.settled.as_ref().map_or("unknown", |settled| settled.how.name());
        let said = entry.settled.as_ref().and_then(crate::plan::Settled::said);
        let said = said.map(|said| format!(": {said}")).unwrap_or_default();
        let (action, noun) = (change.action.name(), change.record.kind.noun());
        format!("{}: {action} {noun} {}{email}: {how}{said}", entry.company, change.who.name)
    };
    let (done, not_done): (Vec<&Entry>, Vec<&Entry>) =
        report.entries.iter().partition(|entry| is_done(entry));
    let mut lines: Vec<String> = not_done.into_iter().map(line).collect();
    lines.extend(report.header.breaches.iter().map(|breach| format!("guard: {}", breach.reason)));
    for part in &report.companies {
        let unread = part.unread.iter().map(|unread| format!("{}: not read: {}", part.name, unread.reason));
        lines.extend(unread);
        lines.extend(
            part.conflicts.iter().map(|conflict| format!("{}: conflict: {}", part.name, conflict.reason)),
        );
    }
    lines.extend(done.into_iter().map(line));
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_wish_makes_notices_delay_a_run_by_more_than_ten_seconds() {
        let seconds = Duration::from_secs;
        for (asked, expected) in [(None, 10), (Some(1), 1), (Some(60), 10)] {
            assert_eq!(limit(asked.map(seconds)), seconds(expected), "{asked:?}");
        }
    }
}
