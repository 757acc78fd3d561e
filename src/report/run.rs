//! A run of the journal: what became of every change, and what that adds up to.

use std::collections::BTreeSet;

use super::change;
use super::company;
use super::fields;
use super::findings;
use super::look::Look;
use super::page::{Cell, Item, Mark, Page, Part, Sheet, Table};
use super::rows::{self, Line};
use super::words::{clean, count, join, time};
use crate::plan::{
    Action, Answer, Asked, Became, CompanyPlan, Entry, Halt, Header, Notified, Outcome, Purpose, RecordKind,
    Report, Settled, Settlement, Summary, Told,
};

/// What became of changes, in the order in which sums name it.
pub(super) const SETTLEMENTS: [Settlement; 4] =
    [Settlement::Done, Settlement::Stale, Settlement::Failed, Settlement::NotTried];

/// The headings of what a plan said beside its changes, now that the run is over.
pub(super) const COMPANY_CONFLICTS: &str = "company conflicts, nothing of this company was written";
/// The heading of conflicts.
pub(super) const CONFLICTS: &str = "conflicts, nothing was written to these people";
/// The heading of roles and groups.
pub(super) const TO_DO: &str = "to do in the portal";
/// The heading of what an undo leaves as it is.
pub(super) const LEFT: &str = "not taken back";

/// Returns why the run was made.
pub(super) fn purpose(header: &Header) -> String {
    match &header.purpose {
        Purpose::Sync => format!("sync {}", header.psa),
        Purpose::PushUdfs => format!("push-udfs {}", header.psa),
        Purpose::Undo(run) => format!("undo of {run}"),
        Purpose::SelfService(asked) => {
            format!("self-service {}, {}", header.psa, count(asked.len(), "request", "requests"))
        }
    }
}

/// Returns who made the run, where.
pub(super) fn by(header: &Header) -> String {
    format!("{} on {}", clean(&header.operator), clean(&header.host))
}

/// Returns the beginning of the plan's digest.
pub(super) fn digest(report: &Report) -> &str {
    report.header.plan.get(..12).unwrap_or_default()
}

/// Returns the limits that were lifted for the run.
pub(super) fn allowed(report: &Report) -> Option<String> {
    let allowed = &report.header.allowed;
    let allowed = allowed.iter().map(|(measure, number)| format!("{}={number}", measure.name()));
    Some(join(allowed, ", ")).filter(|text| !text.is_empty())
}

/// Returns what a run adds up to.
pub(super) fn sums(summary: &Summary) -> String {
    let mut parts = changes(summary, &SETTLEMENTS);
    if parts.is_empty() {
        parts.push("nothing to do".to_owned());
    }
    parts.extend(companies_in_conflict(summary));
    if summary.conflicts > 0 {
        parts.push(count(summary.conflicts, "conflict", "conflicts"));
    }
    parts.extend(ending(summary));
    join(parts, ", ")
}

/// Returns what a run adds up to and, where `report` holds only some of it, what is shown.
pub(super) fn sums_of(report: &Report, summary: &Summary) -> String {
    let (all, shown) = (sums(summary), report.summary());
    let parts = |of: &Summary| (of.settled.clone(), of.open, of.conflicts);
    if parts(&shown) == parts(summary) {
        return all;
    }
    let ways = SETTLEMENTS.map(|how| (shown.of(how), how.name()));
    let counts = ways.into_iter().chain([(shown.open, "unknown")]).filter(|(number, _)| *number > 0);
    let mut here: Vec<String> = counts.map(|(number, word)| format!("{number} {word}")).collect();
    if shown.conflicts > 0 {
        here.push(count(shown.conflicts, "conflict", "conflicts"));
    }
    if here.is_empty() {
        here.push("nothing".to_owned());
    }
    format!("{all}; shown here: {}", join(here, ", "))
}

/// Returns what there is to say of a run beside how many changes were done and failed and how many conflicts it met.
pub(super) fn besides(summary: &Summary) -> Vec<String> {
    let mut parts = changes(summary, &[Settlement::Stale, Settlement::NotTried]);
    parts.extend(companies_in_conflict(summary));
    parts.extend(ending(summary));
    parts
}

/// Returns how many changes ended in these ways, how many did not end, and what became of user-defined fields.
fn changes(summary: &Summary, ways: &[Settlement]) -> Vec<String> {
    let ways = ways.iter().map(|how| (summary.of(*how), how.name()));
    let counts = ways.chain([(summary.open, "unknown"), (summary.left(), "not made")]);
    let counts = counts.filter(|(number, _)| *number > 0);
    counts
        .map(|(number, word)| format!("{number} {word}"))
        .chain(fields::sums(|became| summary.fields(became)))
        .collect()
}

fn companies_in_conflict(summary: &Summary) -> Option<String> {
    let number = summary.company_conflicts;
    (number > 0).then(|| count(number, "company in conflict", "companies in conflict"))
}

/// Returns how many companies were held back, and what stopped the run.
fn ending(summary: &Summary) -> Vec<String> {
    let held =
        (summary.unread > 0).then(|| format!("{} held back", count(summary.unread, "company", "companies")));
    let halt = match summary.halt {
        Some(Halt::Refused) => Some("refused by a guard"),
        Some(Halt::Deadline) => Some("stopped by the deadline"),
        Some(Halt::Interrupted) => Some("interrupted"),
        None if !summary.over => Some("did not end"),
        None => None,
    };
    held.into_iter().chain(halt.map(ToOwned::to_owned)).collect()
}

/// Returns the next step after a run.
pub(super) fn next(report: &Report, summary: &Summary) -> Option<&'static str> {
    let wrong = summary.of(Settlement::Failed) + summary.of(Settlement::NotTried) + summary.open;
    match summary.halt {
        Some(Halt::Refused) => {
            Some("check the plan; the lines above name what would let exactly this through")
        }
        Some(Halt::Deadline | Halt::Interrupted) => {
            Some("run the command again: it goes on where this one stopped")
        }
        // Every request says its own.
        None if matches!(report.header.purpose, Purpose::SelfService(_)) => None,
        None if wrong + summary.of(Settlement::Stale) > 0 => {
            Some("run the command again: it plans anew what was not done")
        }
        None if summary.fields(Became::Failed) > 0 => {
            Some("run the command again; `crsync push-udfs --check` shows the state of the fields")
        }
        None if summary.fields(Became::Late) > 0 => {
            Some("run the command again in some minutes: the service may take a while to show a new field")
        }
        None if summary.fields(Became::ByHand) > 0 => {
            Some("`crsync push-udfs --check` prints what to do by hand; then run the command again")
        }
        None if matches!(report.header.purpose, Purpose::Undo(_)) && summary.of(Settlement::Done) > 0 => {
            Some(
                "change what made the run do it (decisions, exclusions, settings), or the next sync does it again",
            )
        }
        None if summary.company_conflicts > 0 => {
            Some("`crsync diff` shows what the sides say of those companies, and how to go on")
        }
        None => None,
    }
}

/// Returns how a person sees what a run did and takes it back, where it made changes and names no other next step.
pub fn ways_on(report: &Report, summary: &Summary) -> Option<&'static str> {
    let is_sync = matches!(report.header.purpose, Purpose::Sync);
    let is_well = is_sync && summary.of(Settlement::Done) > 0 && next(report, summary).is_none();
    is_well.then_some("`crsync log last` shows every change; `crsync undo last` takes it back")
}

/// Returns what becomes of records that a run had created, where a plan takes that back; nothing where there are none.
pub(super) fn made_inactive(outcome: &Outcome) -> Option<&'static str> {
    let shuts = |part: &CompanyPlan| part.changes.iter().any(|change| change.action == Action::Deactivate);
    outcome.companies.iter().any(shuts).then_some(
        "Nothing is deleted: a contact that the run created becomes inactive, a portal user may no longer sign in.",
    )
}

/// Returns whether a run went well.
pub(super) fn mark(summary: &Summary) -> Mark {
    let wrong = summary.planned.saturating_sub(summary.of(Settlement::Done));
    if summary.halt.is_some() || wrong > 0 || !summary.over || summary.fields(Became::Failed) > 0 {
        Mark::Bad
    } else {
        Mark::Strong
    }
}

/// Returns what became of a change in one word.
pub(super) fn word(entry: &Entry) -> (Mark, &'static str) {
    match &entry.settled {
        None => (Mark::Bad, "unknown"),
        Some(Settled { how: Settlement::Done, .. }) => (Mark::Good, "done"),
        Some(Settled { how, .. }) => (Mark::Care, how.name()),
    }
}

/// Returns what became of a change, with all that the journal says of it.
pub(super) fn became(entry: &Entry) -> Cell {
    let (mark, word) = word(entry);
    let mut about = vec![word.to_owned()];
    if let Some(settled) = &entry.settled {
        about.extend(settled.said().as_deref().map(clean));
        about.extend(settled.by.as_ref().map(|run| format!("found by run {run}")));
        about.extend((settled.attempts > 0).then(|| format!("{} ms", settled.millis)));
        about.extend((settled.attempts > 1).then(|| format!("{} attempts", settled.attempts)));
        about.extend(settled.request_id.as_deref().map(|id| format!("request {}", clean(id))));
    }
    Cell::new(mark, join(about, ", "))
}

/// Returns the changes that did not end well, a line each, and what there is to do in the portal.
pub(super) fn unwell(report: &Report) -> Vec<Item> {
    // What became of the 365 users of requests is said by the requests.
    let is_told =
        |entry: &&Entry| report.asked().is_empty() || entry.change.record.kind != RecordKind::TenantUser;
    let is_unwell =
        |entry: &&Entry| entry.settled.as_ref().is_none_or(|settled| settled.how != Settlement::Done);
    let unwell = report.entries.iter().filter(is_told).filter(is_unwell).map(unwell_entry);
    let todo: usize = report.companies.iter().map(|part| part.todo.len()).sum();
    let todo = (todo > 0).then(|| {
        let people = count(todo, "person", "people");
        let text = format!("to do in the portal: roles and groups of {people}, as `crsync log` shows");
        Item::new(Mark::Care, text)
    });
    unwell.chain(todo).collect()
}

/// Returns what became of a notice of the run.
pub(super) fn notice(notified: &Notified) -> Item {
    let Notified { target, at: _, fault } = notified;
    match fault {
        None => Item::new(Mark::Quiet, format!("notice to {}: arrived", clean(target))),
        Some(fault) => {
            let text = format!("notice to {}: did not arrive: {}", clean(target), clean(fault));
            Item::new(Mark::Bad, text).next(Mark::Plain, Some("`crsync notify --test` tries again"))
        }
    }
}

fn unwell_entry(entry: &Entry) -> Item {
    let change = &entry.change;
    let id = change.record.id.as_ref().map(|id| format!(" {id}")).unwrap_or_default();
    let (word, detail) = match &entry.settled {
        Some(settled) => (settled.how.name(), settled.said().unwrap_or_default()),
        None => ("unknown", "the next run finds out".to_owned()),
    };
    let text = format!(
        "{word}: {}: {} {}{id} ({}): {}",
        clean(&entry.company),
        change.action.name(),
        change.record.kind.noun(),
        clean(&change.who.name),
        clean(&detail)
    );
    Item::new(Mark::Bad, text)
}

/// Returns a request that a plan refuses, or that was done before; `None` where the plan does it.
pub(super) fn not_planned(asked: &Asked) -> Option<Item> {
    let (mark, text, next) = match &asked.plan {
        Answer::Change(_) => return None,
        Answer::Refused { reason, next } => {
            (Mark::Bad, format!("refused: {}", clean(reason)), next.as_deref())
        }
        Answer::Repeated { run } => (Mark::Quiet, format!("already done by run {run}"), None),
        Answer::Held => (Mark::Quiet, "365 holds it already".to_owned(), None),
        Answer::Overtaken => (Mark::Quiet, "a later request replaces it".to_owned(), None),
    };
    Some(Item::new(mark, format!("{}: {text}", request(asked))).next(Mark::Plain, next))
}

/// Returns what became of a request, with the next step.
pub(super) fn answer(report: &Report, asked: &Asked) -> Item {
    let Told { result, reason, next } = report.told(asked);
    let reason = reason.map(|reason| format!(": {}", clean(&reason))).unwrap_or_default();
    let mark = if result.is_well() { Mark::Good } else { Mark::Bad };
    let text = format!("{}: {}{reason}", request(asked), result.name());
    Item::new(mark, text).next(Mark::Plain, next.as_deref())
}

/// Returns the request as people name it: its id, else its place in the file, and who asks.
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

/// Returns the companies of which the run changed something, by name: they go side by side, so that their changes are
/// mixed in the journal.
pub(super) fn companies(report: &Report) -> BTreeSet<&str> {
    report.entries.iter().map(|entry| entry.company.as_str()).collect()
}

/// Returns the run for people: what it adds up to, what did not end well, then company by company.
pub(super) fn page(report: &Report, summary: &Summary, look: Look<'_>) -> Page {
    let header = &report.header;
    let mut facts = vec![
        ("run", Cell::plain(purpose(header))),
        ("began", Cell::plain(time(header.started))),
        ("by", Cell::plain(by(header))),
        ("crsync", Cell::plain(clean(&header.tool))),
        ("plan", Cell::new(Mark::Code, digest(report))),
    ];
    facts.extend(header.shard.as_ref().map(|shard| ("part", Cell::plain(clean(shard)))));
    facts.extend(allowed(report).map(|allowed| ("allowed", Cell::new(Mark::Care, allowed))));
    let mut items: Vec<Item> = fields::notes(&header.fields, look);
    items.extend(header.breaches.iter().map(findings::guard));
    items.extend(unwell(report));
    items.extend(report.asked().iter().map(|asked| answer(report, asked)));
    items.extend(report.notified.iter().map(notice));
    let mut parts = vec![Part::Note(Cell::new(mark(summary), sums_of(report, summary)))];
    parts.extend(next(report, summary).map(|next| Part::Note(Cell::plain(format!("next: {next}")))));
    parts.push(Part::Facts(facts));
    parts.extend((!items.is_empty()).then_some(Part::Items(items)));
    for name in companies(report) {
        let entries = report.entries.iter().filter(|entry| entry.company == name);
        let rows = entries.map(|entry| {
            let row = change::row(&entry.change, look);
            std::iter::once(became(entry)).chain(row).collect()
        });
        let head = std::iter::once("result").chain(change::HEAD).map(ToOwned::to_owned).collect();
        let table = Part::Table(Table { head, rows: rows.collect() });
        parts.extend(Part::section(1, clean(name), vec![table]));
    }
    let is_undo = matches!(header.purpose, Purpose::Undo(_));
    parts.extend(report.companies.iter().flat_map(|part| beside(part, is_undo)));
    Page { title: format!("Run {}", header.id), is_titled: true, parts }
}

/// Returns what the plan said of a company beside its changes.
fn beside(part: &CompanyPlan, is_undo: bool) -> Vec<Part> {
    let title = |what: &str| format!("{}: {what}", clean(&part.name));
    let mut parts = company::company_conflicts(&title(COMPANY_CONFLICTS), &part.company_conflicts);
    parts.extend(company::section(&title(CONFLICTS), part.conflicts.iter().map(company::conflict)));
    parts.extend(company::section(&title(TO_DO), part.todo.iter().map(company::to_do)));
    if is_undo {
        parts.extend(company::section(&title(LEFT), part.skipped.iter().map(company::skip)));
    }
    parts
}

/// Returns the run as rows: those of a plan, each with what became of the change, between the run's id and when, how
/// often and as which request the change was sent.
pub(super) fn sheet(report: &Report, look: Look<'_>) -> Sheet {
    let id = &report.header.id;
    let head = std::iter::once("run").chain(rows::HEAD).chain(["at", "attempts", "ms", "request"]).collect();
    let whole = |line: Line, call: [String; 4]| -> Vec<String> {
        std::iter::once(id.clone()).chain(line.cells()).chain(call).collect()
    };
    let of_entry = |entry: &Entry| {
        let lines = rows::of_change(&entry.company, &entry.change, look);
        lines.into_iter().map(|line| whole(settled(line, entry), call(entry))).collect::<Vec<_>>()
    };
    let fields = report.header.fields.iter().map(|field| Line {
        record: clean(&report.header.psa),
        field: clean(&field.name),
        result: fields::word(field.became).1.to_owned(),
        ..Line::new("", "field").because(field.detail.as_deref().unwrap_or_default(), field.next.as_deref())
    });
    let answers = report.asked().iter().map(|asked| {
        let Told { result, reason, next } = report.told(asked);
        let line = Line::new(asked.company.as_deref().unwrap_or_default(), "request");
        let line = Line { person: clean(&asked.request.user), result: result.name().to_owned(), ..line };
        let line = line.because(reason.as_deref().unwrap_or_default(), next.as_deref());
        Line { id: asked.request.id.as_deref().map(clean).unwrap_or_default(), ..line }
    });
    let notices = report.notified.iter().map(|Notified { target, at: _, fault }| {
        let line = Line { record: clean(target), ..Line::new("", "notice") };
        let result = if fault.is_some() { "did not arrive" } else { "arrived" };
        Line { result: result.to_owned(), ..line.because(fault.as_deref().unwrap_or_default(), None) }
    });
    let first = report.header.breaches.iter().map(rows::guard).chain(fields).chain(answers).chain(notices);
    let last = report.companies.iter().flat_map(|part| rows::of_company(part, look));
    let plain = |line| whole(line, Default::default());
    let entries = report.entries.iter().flat_map(of_entry);
    Sheet { head, rows: first.map(plain).chain(entries).chain(last.map(plain)).collect() }
}

fn settled(line: Line, entry: &Entry) -> Line {
    if line.what != rows::CHANGE {
        return line;
    }
    let settled = entry.settled.as_ref();
    let detail = settled.and_then(|settled| settled.detail.as_deref()).map(clean);
    let next = settled.and_then(|settled| settled.next.as_deref()).map(clean).unwrap_or_default();
    let reason = [line.reason.as_str(), detail.as_deref().unwrap_or_default()];
    let reason = reason.into_iter().filter(|part| !part.is_empty()).map(ToOwned::to_owned);
    let reason = join(reason, "; ");
    Line { result: word(entry).1.to_owned(), reason, next, ..line }
}

/// Returns when, how often, in what time and as which request a change was sent.
fn call(entry: &Entry) -> [String; 4] {
    let at = time(entry.at);
    match &entry.settled {
        None => [at, String::new(), String::new(), String::new()],
        Some(settled) => {
            let request = settled.request_id.as_deref().map(clean).unwrap_or_default();
            [at, settled.attempts.to_string(), settled.millis.to_string(), request]
        }
    }
}
