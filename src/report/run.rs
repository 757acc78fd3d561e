//! A run of the journal for a terminal: what became of every change, and what that adds up to.

use std::collections::BTreeSet;
use std::io::{self, Write};

use anstyle::Style;
use unicode_width::UnicodeWidthStr as _;

use super::fields;
use super::table::{
    BOLD, DIM, GREEN, Look, RED, YELLOW, by_hand, company_conflict, conflict, count, guard, join, line,
    record, section, skip,
};
use super::words::clean;
use crate::plan::{
    Answer, Asked, Became, CompanyPlan, Entry, Halt, Purpose, RecordKind, Report, Settled, Settlement,
    Summary, Told,
};

/// What became of changes, in the order in which sums name it.
const SETTLEMENTS: [Settlement; 4] =
    [Settlement::Done, Settlement::Stale, Settlement::Failed, Settlement::NotTried];

/// Writes the runs with what each of them adds up to, a line each.
///
/// # Errors
/// What `out` says.
pub fn runs(out: &mut dyn Write, runs: &[(Report, Summary)], look: Look<'_>) -> io::Result<()> {
    if runs.is_empty() {
        return line(out, DIM, 0, "The journal has no such run.", look);
    }
    let ids: Vec<&str> = runs.iter().map(|(report, _)| report.header.id.as_str()).collect();
    for (report, summary) in runs {
        let id = report.header.id.as_str();
        let rest = format!(
            "  {}  by {} on {}: {}",
            purpose(report),
            clean(&report.header.operator),
            clean(&report.header.host),
            sums(summary)
        );
        // A line that fits is easier to read than a whole id, of which the beginning is enough for every command.
        let id = if id.len() + rest.width() > look.width { beginning(id, &ids) } else { id };
        line(out, style(summary), 0, &format!("{id}{rest}"), look)?;
    }
    Ok(())
}

/// Returns the beginning of an id that no other one of `ids` has: the time, and at least four letters more.
fn beginning<'i>(id: &'i str, ids: &[&str]) -> &'i str {
    const LEAST: usize = "20261128T223350Z-0000".len();
    let is_own = |beginning: &&str| ids.iter().filter(|other| other.starts_with(*beginning)).count() < 2;
    (LEAST..id.len()).filter_map(|length| id.get(..length)).find(is_own).unwrap_or(id)
}

/// Writes one run with the changes that `report` holds, which may be some of them only; `summary` is what all of
/// them add up to.
///
/// # Errors
/// What `out` says.
pub fn run(out: &mut dyn Write, report: &Report, summary: &Summary, look: Look<'_>) -> io::Result<()> {
    let header = &report.header;
    let part = header.shard.as_ref().map(|shard| format!(", part {shard}")).unwrap_or_default();
    let began = header.started.strftime("%Y-%m-%d %H:%M:%S UTC");
    let what = format!("{}, {began}{part}", purpose(report));
    if "Run ".len() + header.id.len() + 2 + what.width() <= look.width {
        writeln!(out, "{BOLD}Run {}{BOLD:#}  {DIM}{what}{DIM:#}", header.id)?;
    } else {
        writeln!(out, "{BOLD}Run {}{BOLD:#}", header.id)?;
        line(out, DIM, 2, &what, look)?;
    }
    let by = format!(
        "by {} on {}, crsync {}, plan {}",
        clean(&header.operator),
        clean(&header.host),
        header.tool,
        header.plan.get(..12).unwrap_or_default()
    );
    line(out, DIM, 2, &by, look)?;
    if !header.allowed.is_empty() {
        let allowed = header.allowed.iter().map(|(measure, number)| format!("{}={number}", measure.name()));
        line(out, YELLOW, 2, &format!("allowed: {}", join(allowed, ", ")), look)?;
    }
    fields::notes(out, &header.fields, look)?;
    header.breaches.iter().try_for_each(|breach| guard(out, breach, look))?;
    // Companies go side by side, so that their changes stand mixed in the journal.
    let companies: BTreeSet<&str> = report.entries.iter().map(|entry| entry.company.as_str()).collect();
    for company in companies {
        writeln!(out, "\n{BOLD}{}{BOLD:#}", clean(company))?;
        let mut entries = report.entries.iter().filter(|entry| entry.company == company);
        entries.try_for_each(|entry| step(out, entry, look))?;
    }
    for part in &report.companies {
        let title = format!("{}: company conflicts, nothing of this company was written", clean(&part.name));
        section(out, &title, &part.company_conflicts, look, company_conflict)?;
    }
    for part in &report.companies {
        let title = format!("{}: conflicts, nothing was written to these people", clean(&part.name));
        section(out, &title, &part.conflicts, look, conflict)?;
    }
    for part in &report.companies {
        let title = format!("{}: to do in the portal", clean(&part.name));
        section(out, &title, &part.todo, look, by_hand)?;
    }
    if matches!(header.purpose, Purpose::Undo(_)) {
        left(out, &report.companies, look)?;
    }
    writeln!(out)?;
    ending(out, report, summary, look)
}

/// Writes what a run adds up to, with everything that did not end well.
///
/// # Errors
/// What `out` says.
pub fn outcome(out: &mut dyn Write, report: &Report, look: Look<'_>) -> io::Result<()> {
    ending(out, report, &report.summary(), look)
}

fn ending(out: &mut dyn Write, report: &Report, summary: &Summary, look: Look<'_>) -> io::Result<()> {
    // What became of the 365 users of requests is said by the requests.
    let is_told =
        |entry: &&Entry| report.asked().is_empty() || entry.change.record.kind != RecordKind::TenantUser;
    for entry in report.entries.iter().filter(is_told) {
        if entry.settled.as_ref().is_none_or(|settled| settled.how != Settlement::Done) {
            line(out, RED, 2, &unwell(entry), look)?;
        }
    }
    let todo: usize = report.companies.iter().map(|part| part.todo.len()).sum();
    if todo > 0 {
        let people = count(todo, "person", "people");
        let text = format!("to do in the portal: roles and groups of {people}, as `crsync log` shows");
        line(out, YELLOW, 2, &text, look)?;
    }
    for asked in report.asked() {
        answer(out, report, asked, look)?;
    }
    let text = format!("Run {}: {}", report.header.id, sums(summary));
    line(out, style(summary), 0, &text, look)?;
    match next(report, summary) {
        Some(next) => line(out, Style::new(), 2, &format!("next: {next}"), look),
        None => Ok(()),
    }
}

/// Writes the requests that a plan refuses, or that an earlier run did.
///
/// # Errors
/// What `out` says.
pub fn not_planned(out: &mut dyn Write, asked: &[Asked], look: Look<'_>) -> io::Result<()> {
    for asked in asked {
        let (style, text, next) = match &asked.plan {
            Answer::Change(_) => continue,
            Answer::Refused { reason, next } => (RED, format!("refused: {}", clean(reason)), next.as_deref()),
            Answer::Repeated { run } => (DIM, format!("already done by run {run}"), None),
            Answer::Held => (DIM, "365 holds it already".to_owned(), None),
            Answer::Overtaken => (DIM, "a later request asks for something else".to_owned(), None),
        };
        line(out, style, 2, &format!("{}: {text}", request(asked)), look)?;
        if let Some(next) = next {
            line(out, Style::new(), 4, &format!("next: {}", clean(next)), look)?;
        }
    }
    Ok(())
}

/// What became of a request, with the next step where there is one.
fn answer(out: &mut dyn Write, report: &Report, asked: &Asked, look: Look<'_>) -> io::Result<()> {
    let Told { result, reason, next } = report.told(asked);
    let reason = reason.map(|reason| format!(": {}", clean(&reason))).unwrap_or_default();
    let style = if result.is_well() { GREEN } else { RED };
    line(out, style, 2, &format!("{}: {}{reason}", request(asked), result.name()), look)?;
    match next {
        Some(next) => line(out, Style::new(), 4, &format!("next: {}", clean(&next)), look),
        None => Ok(()),
    }
}

/// The request as people name it: its id, else where it stands, and who asks.
fn request(asked: &Asked) -> String {
    let Asked { request, company, who: _, plan: _ } = asked;
    let name = match (&request.id, &request.place) {
        (Some(id), _) => format!("request {} of ", clean(id)),
        (None, Some(place)) => format!("{}: ", clean(place)),
        (None, None) => String::new(),
    };
    let company = company.as_deref().map(|company| format!(" ({})", clean(company))).unwrap_or_default();
    format!("{name}{}{company}", clean(&request.user))
}

/// Writes what an undo leaves as it is: it was changed again, or what it was before is unknown.
///
/// # Errors
/// What `out` says.
pub fn left(out: &mut dyn Write, companies: &[CompanyPlan], look: Look<'_>) -> io::Result<()> {
    companies.iter().try_for_each(|part| {
        let title = format!("{}: not taken back", clean(&part.name));
        section(out, &title, &part.skipped, look, skip)
    })
}

fn step(out: &mut dyn Write, entry: &Entry, look: Look<'_>) -> io::Result<()> {
    let (style, word) = match &entry.settled {
        None => (RED, "unknown"),
        Some(Settled { how: Settlement::Done, .. }) => (GREEN, "done"),
        Some(Settled { how, .. }) => (YELLOW, how.name()),
    };
    let mut about = vec![word.to_owned()];
    if let Some(settled) = &entry.settled {
        about.extend(settled.detail.as_deref().map(clean));
        about.extend(settled.by.as_ref().map(|run| format!("found by run {run}")));
        about.extend((settled.attempts > 0).then(|| format!("{} ms", settled.millis)));
        about.extend((settled.attempts > 1).then(|| format!("{} attempts", settled.attempts)));
        about.extend(settled.request_id.as_deref().map(|id| format!("request {}", clean(id))));
    }
    line(out, style, 2, &join(about, ", "), look)?;
    record(out, &entry.change, look)
}

/// A change that did not end well, in one line.
fn unwell(entry: &Entry) -> String {
    let change = &entry.change;
    let id = change.record.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let (word, detail) = match &entry.settled {
        Some(settled) => (settled.how.name(), settled.detail.as_deref().unwrap_or_default()),
        None => ("unknown", "the next run finds out"),
    };
    format!(
        "{word}: {}: {} {}{id} ({}): {}",
        clean(&entry.company),
        change.action.name(),
        change.record.kind.noun(),
        clean(&change.who.name),
        clean(detail)
    )
}

fn sums(summary: &Summary) -> String {
    let mut parts: Vec<String> = SETTLEMENTS
        .into_iter()
        .filter(|how| summary.of(*how) > 0)
        .map(|how| format!("{} {}", summary.of(how), how.name()))
        .collect();
    if summary.open > 0 {
        parts.push(format!("{} unknown", summary.open));
    }
    if summary.left() > 0 {
        parts.push(format!("{} left", summary.left()));
    }
    parts.extend(fields::sums(|became| summary.fields(became)));
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    if summary.company_conflicts > 0 {
        parts.push(count(summary.company_conflicts, "company in conflict", "companies in conflict"));
    }
    if summary.conflicts > 0 {
        parts.push(count(summary.conflicts, "conflict", "conflicts"));
    }
    if summary.unread > 0 {
        parts.push(format!("{} held back", count(summary.unread, "company", "companies")));
    }
    match summary.halt {
        Some(Halt::Refused) => parts.push("refused by a guard".to_owned()),
        Some(Halt::Deadline) => parts.push("stopped by the deadline".to_owned()),
        Some(Halt::Interrupted) => parts.push("interrupted".to_owned()),
        None if !summary.over => parts.push("did not end".to_owned()),
        None => {}
    }
    join(parts, ", ")
}

fn next(report: &Report, summary: &Summary) -> Option<String> {
    let wrong = summary.of(Settlement::Failed) + summary.of(Settlement::NotTried) + summary.open;
    match summary.halt {
        Some(Halt::Refused) => Some("check the plan; the lines above name what would let exactly this through".to_owned()),
        Some(Halt::Deadline | Halt::Interrupted) => Some("run the command again: it goes on where this one stopped".to_owned()),
        // Every request says its own.
        None if matches!(report.header.purpose, Purpose::SelfService(_)) => None,
        None if wrong + summary.of(Settlement::Stale) > 0 => {
            Some("run the command again: it plans anew what was not done".to_owned())
        }
        None if summary.fields(Became::Failed) > 0 => {
            Some("run the command again; `crsync push-udfs --check` says how the fields stand".to_owned())
        }
        None if summary.fields(Became::Late) > 0 => Some(
            "run the command again in some minutes: the service may take a while to show a new field".to_owned(),
        ),
        None if summary.fields(Became::ByHand) > 0 => Some(
            "`crsync push-udfs --check` prints what to do by hand; then run the command again".to_owned(),
        ),
        None if matches!(report.header.purpose, Purpose::Undo(_)) && summary.of(Settlement::Done) > 0 => Some(
            "change what made the run do it (decisions, exclusions, settings), or the next sync does it again".to_owned(),
        ),
        None if summary.company_conflicts > 0 => {
            Some("`crsync diff` shows what the sides say of those companies, and how to go on".to_owned())
        }
        None => None,
    }
}

fn style(summary: &Summary) -> Style {
    let wrong = summary.planned.saturating_sub(summary.of(Settlement::Done));
    if summary.halt.is_some() || wrong > 0 || !summary.over || summary.fields(Became::Failed) > 0 {
        RED
    } else {
        BOLD
    }
}

fn purpose(report: &Report) -> String {
    match &report.header.purpose {
        Purpose::Sync => format!("sync {}", report.header.psa),
        Purpose::PushUdfs => format!("push-udfs {}", report.header.psa),
        Purpose::Undo(run) => format!("undo of {run}"),
        Purpose::SelfService(asked) => {
            format!("self-service {}, {}", report.header.psa, count(asked.len(), "request", "requests"))
        }
    }
}

#[cfg(test)]
mod tests;
