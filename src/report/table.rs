//! A plan for a terminal: by company, by side, by record, one line per field.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::Requests;
use super::words::{self, clean};
use crate::model::{Row, Side};
use crate::plan::{
    Action, Breach, Change, CompanyConflict, CompanyPlan, Conflict, Excluded, Finding, Inactive, Namesakes,
    Plan, RecordKind, Skip, Todo, Totals, Unread,
};

/// How the table is laid out.
#[derive(Debug, Clone, Copy)]
pub struct Look<'a> {
    /// Columns to fill.
    pub width: usize,
    /// Whether everybody who takes no part is named, and the requests are listed.
    pub verbose: bool,
    /// The PSA's name for people.
    pub psa: &'a str,
}

pub(super) const BOLD: Style = Style::new().bold();
pub(super) const DIM: Style = Style::new().dimmed();
pub(super) const RED: Style = AnsiColor::Red.on_default();
pub(super) const GREEN: Style = AnsiColor::Green.on_default();
pub(super) const YELLOW: Style = AnsiColor::Yellow.on_default();
const CYAN: Style = AnsiColor::Cyan.on_default();

/// Columns that the fields of a change are indented by.
const INDENT: usize = 6;

/// Ids up to this length are shown.
const LONGEST_ID: usize = 12;

/// How many people of one reason are named where not all are.
const NAMED: usize = 3;

/// Writes `plan` with the requests it took. Colours are always written: the owner of `out` removes them.
///
/// # Errors
/// What `out` says.
pub fn table(out: &mut dyn Write, plan: &Plan, requests: &[Requests], look: Look<'_>) -> io::Result<()> {
    for part in &plan.outcome.companies {
        company(out, part, look)?;
    }
    findings(out, &plan.outcome.findings, look)?;
    totals(out, plan, look)?;
    for breach in &plan.outcome.breaches {
        guard(out, breach, look)?;
    }
    if look.verbose {
        let list = requests.iter().map(|count| match count.retries {
            0 => format!("{} {}", count.service, count.requests),
            retries => format!("{} {} ({retries} repeated)", count.service, count.requests),
        });
        line(out, DIM, 0, &format!("Requests: {}", join(list, " · ")), look)?;
    }
    Ok(())
}

/// Writes one line for every company, then the sums and the guards.
///
/// # Errors
/// What `out` says.
pub fn overview(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    let mut told = BTreeSet::new();
    for part in &plan.outcome.companies {
        let mut actions = BTreeMap::<Action, usize>::new();
        for change in &part.changes {
            *actions.entry(change.action).or_default() += 1;
        }
        let mut parts: Vec<String> =
            actions.iter().map(|(action, number)| format!("{} {number}", action.name())).collect();
        if !part.unread.is_empty() {
            parts.push("held back, a side could not be read".to_owned());
        } else if !part.company_conflicts.is_empty() {
            parts.push("held back".to_owned());
        } else if parts.is_empty() {
            parts.push("nothing to do".to_owned());
        }
        if !part.conflicts.is_empty() {
            parts.push(count(part.conflicts.len(), "conflict", "conflicts"));
        }
        if !part.company_conflicts.is_empty() {
            parts.push(count(part.company_conflicts.len(), "company conflict", "company conflicts"));
        }
        let text = format!("{BOLD}{}{BOLD:#}  {}", clean(&part.name), join(parts, " · "));
        writeln!(out, "{text}")?;
        // What holds all companies back is told once.
        for one in part.unread.iter().filter(|one| told.insert((one.side, &one.reason))) {
            unread(out, one, look)?;
        }
        part.inactive.iter().try_for_each(|one| inactive(out, one, look))?;
        part.company_conflicts.iter().try_for_each(|one| company_conflict(out, one, look))?;
    }
    writeln!(out)?;
    findings(out, &plan.outcome.findings, look)?;
    totals(out, plan, look)?;
    plan.outcome.breaches.iter().try_for_each(|breach| guard(out, breach, look))
}

/// Writes one company's part of a plan.
///
/// # Errors
/// What `out` says.
pub fn company(out: &mut dyn Write, part: &CompanyPlan, look: Look<'_>) -> io::Result<()> {
    let CompanyPlan {
        name,
        unread,
        company_conflicts,
        inactive,
        changes,
        conflicts,
        skipped,
        todo,
        excluded,
        moved: _,
        in_agreement,
        people,
        base: _,
        relinked: _, // guards say what matters of both
        later: _,
        waits: _, // the order shows it
    } = part;
    let summary = match unread.len() {
        0 if !company_conflicts.is_empty() => "held back, nothing is written".to_owned(),
        0 => format!("{}, {in_agreement} in agreement", count(*people, "person", "people")),
        _ => "held back, nothing is concluded from a part".to_owned(),
    };
    writeln!(out, "{BOLD}{}{BOLD:#}  {DIM}{summary}{DIM:#}", clean(name))?;
    unread.iter().try_for_each(|one| self::unread(out, one, look))?;
    inactive.iter().try_for_each(|one| self::inactive(out, one, look))?;
    section(out, COMPANY_CONFLICTS, company_conflicts, look, company_conflict)?;
    for on in [Side::Tenant, Side::Psa, Side::Portal] {
        let here: Vec<_> = changes.iter().filter(|change| change.record.kind.side() == on).collect();
        if !here.is_empty() {
            writeln!(
                out,
                "\n  {BOLD}{}{BOLD:#}  {}",
                side(on, look),
                count(here.len(), "change", "changes")
            )?;
            here.into_iter().try_for_each(|change| record(out, change, look))?;
        }
    }
    section(out, "Conflicts, nothing is written to these people", conflicts, look, conflict)?;
    section(out, "Skipped", skipped, look, skip)?;
    section(out, "To do in the portal", todo, look, by_hand)?;
    left_out(out, excluded, look)?;
    writeln!(out)
}

/// Writes which side of a company could not be read, and the next step.
pub(super) fn unread(out: &mut dyn Write, unread: &Unread, look: Look<'_>) -> io::Result<()> {
    let text = format!("{} could not be read: {}", side(unread.side, look), clean(&unread.reason));
    line(out, RED, 2, &text, look)?;
    match &unread.hint {
        Some(hint) => line(out, Style::new(), 4, &format!("next: {}", clean(hint)), look),
        None => Ok(()),
    }
}

/// The heading of what shows that a company's records belong to another one.
pub(super) const COMPANY_CONFLICTS: &str = "Company conflicts, nothing of this company is written";

/// Writes what shows that a company's records belong to another one, and what to do.
pub(super) fn company_conflict(
    out: &mut dyn Write,
    conflict: &CompanyConflict,
    look: Look<'_>,
) -> io::Result<()> {
    line(out, YELLOW, 4, &clean(&conflict.reason), look)?;
    line(out, Style::new(), 6, &format!("next: {}", clean(&conflict.next)), look)?;
    // To be copied as they are, so that they are never wrapped.
    conflict.decision.iter().try_for_each(|text| writeln!(out, "{:8}{}", "", clean(text)))
}

fn inactive(out: &mut dyn Write, inactive: &Inactive, look: Look<'_>) -> io::Result<()> {
    line(out, YELLOW, 2, &clean(&inactive.reason), look)?;
    line(out, Style::new(), 4, &format!("next: {}", clean(&inactive.next)), look)
}

pub(super) fn section<T>(
    out: &mut dyn Write,
    title: &str,
    entries: &[T],
    look: Look<'_>,
    entry: fn(&mut dyn Write, &T, Look<'_>) -> io::Result<()>,
) -> io::Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n  {BOLD}{title}{BOLD:#}  {}", entries.len())?;
    entries.iter().try_for_each(|one| entry(out, one, look))
}

pub(super) fn record(out: &mut dyn Write, change: &Change, look: Look<'_>) -> io::Result<()> {
    let style = match change.action {
        Action::Create => GREEN,
        Action::Update => CYAN,
        Action::Reactivate => YELLOW,
        Action::Deactivate => RED,
    };
    let noun = change.record.kind.noun();
    // Long ids are for programs; the JSON has them all.
    let id = change.record.id.as_ref().filter(|id| look.verbose || id.as_str().len() <= LONGEST_ID);
    let id = id.map(|id| format!(" {id}")).unwrap_or_default();
    let proof =
        change.evidence.iter().find(|evidence| evidence.decided).map(|evidence| evidence.kind.words());
    let aside = [format!("{noun}{id}"), proof.unwrap_or_default().to_owned()];
    let aside = join(aside.into_iter().filter(|part| !part.is_empty()), ", ");
    let room = look.width.saturating_sub(4 + change.action.name().len() + aside.width() + 4);
    let who = clip(&words::person(&change.who), room.max(20));
    writeln!(out, "  {style}{}{style:#}  {who}  {DIM}{aside}{DIM:#}", change.action)?;
    let mut table = Table::new();
    for field in &change.fields {
        let source = match field.row {
            Row::SelfService => "asked for".to_owned(),
            _ => format!("from {}", side(field.source, look)),
        };
        let why = join(
            [source, field.note.as_deref().map(clean).unwrap_or_default()]
                .into_iter()
                .filter(|part| !part.is_empty()),
            "; ",
        );
        let creating = change.action == Action::Create;
        table.add_row([words::field(field.field).to_owned(), words::transition(field, creating), why]);
    }
    lay_out(&mut table, look);
    table.lines().try_for_each(|line| writeln!(out, "{:INDENT$}{}", "", line.trim_end()))?;
    change.namesakes.as_ref().map_or(Ok(()), |namesakes| beside(out, namesakes, look))
}

/// The records of nearly the same name beside which a new one is made.
fn beside(out: &mut dyn Write, Namesakes { records, next }: &Namesakes, look: Look<'_>) -> io::Result<()> {
    for record in records {
        let state = if record.active == Some(false) { " (inactive)" } else { "" };
        let text = format!(
            "beside {} {}{state} of nearly the same name: {}",
            noun(record.side),
            clean(record.id.as_str()),
            words::person(&record.who)
        );
        line(out, YELLOW, INDENT, &text, look)?;
    }
    line(out, DIM, INDENT, &format!("next: {next}"), look)
}

/// Three columns whose widths depend on the terminal alone, so that all records line up.
fn lay_out(table: &mut Table, look: Look<'_>) {
    let room = look.width.saturating_sub(INDENT).clamp(40, 200);
    let (field, change) = (17, (room - 17) * 3 / 5);
    let columns =
        [field, change, room - field - change].map(|width| u16::try_from(width).unwrap_or(u16::MAX));
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(columns.iter().sum());
    table.set_constraints(columns.map(|width| ColumnConstraint::Absolute(Width::Fixed(width))));
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
}

pub(super) fn conflict(out: &mut dyn Write, conflict: &Conflict, look: Look<'_>) -> io::Result<()> {
    line(out, YELLOW, 4, &clean(&conflict.reason), look)?;
    for candidate in &conflict.candidates {
        let state = if candidate.active == Some(false) { " (inactive)" } else { "" };
        let text =
            format!("{} {}{state}: {}", noun(candidate.side), candidate.id, words::person(&candidate.who));
        line(out, Style::new(), 6, &text, look)?;
    }
    line(out, DIM, 6, &format!("next: {}", clean(&conflict.next)), look)
}

/// The word for a person's record on a side.
pub(super) fn noun(side: Side) -> &'static str {
    let kind = match side {
        Side::Tenant => RecordKind::TenantUser,
        Side::Psa => RecordKind::Contact,
        Side::Portal => RecordKind::PortalUser,
    };
    kind.noun()
}

pub(super) fn skip(out: &mut dyn Write, skip: &Skip, look: Look<'_>) -> io::Result<()> {
    let who = skip.who.as_ref().map(|who| format!("{}: ", words::person(who))).unwrap_or_default();
    line(out, Style::new(), 4, &format!("{who}{} ({})", clean(&skip.reason), skip.row), look)?;
    match &skip.next {
        Some(next) => line(out, DIM, 6, &format!("next: {}", clean(next)), look),
        None => Ok(()),
    }
}

/// A role and groups that a person has to be given by hand, and those to be taken away.
pub(super) fn by_hand(out: &mut dyn Write, todo: &Todo, look: Look<'_>) -> io::Result<()> {
    let Todo { who, contact: _, role, groups, before } = todo;
    let gone = |group: &&String| !groups.contains(group);
    let mut parts = Vec::new();
    match (role, &before.role) {
        (Some(role), old) if Some(role) != old.as_ref() => {
            parts.push(format!("give the role {}", clean(role)));
        }
        (None, Some(old)) => parts.push(format!("take the role {} away", clean(old))),
        _ => {}
    }
    let new = groups.iter().filter(|group| !before.groups.contains(group));
    parts.extend(new.map(|group| format!("add to the group {}", clean(group))));
    let old = before.groups.iter().filter(gone);
    parts.extend(old.map(|group| format!("take out of the group {}", clean(group))));
    line(out, Style::new(), 4, &format!("{}: {}", words::person(who), join(parts, ", ")), look)
}

pub(super) fn left_out(out: &mut dyn Write, excluded: &[Excluded], look: Look<'_>) -> io::Result<()> {
    if excluded.is_empty() {
        return Ok(());
    }
    let mut reasons = BTreeMap::<(Side, &str), Vec<&Excluded>>::new();
    for one in excluded {
        reasons.entry((one.side, &one.reason)).or_default().push(one);
    }
    writeln!(out, "\n  {BOLD}Left alone{BOLD:#}  {}", excluded.len())?;
    for ((on, reason), people) in reasons {
        let shown = if look.verbose { people.len() } else { NAMED };
        let names = people.iter().take(shown).map(|one| match &one.detail {
            Some(detail) if look.verbose => format!("{} ({})", words::person(&one.who), clean(detail)),
            _ => clean(one.who.email.as_deref().unwrap_or(&one.who.name)),
        });
        let more = people.len().saturating_sub(shown);
        let rest = if more > 0 { format!(" and {more} more") } else { String::new() };
        let text =
            format!("{} in {}, {}: {}{rest}", people.len(), side(on, look), clean(reason), join(names, ", "));
        line(out, Style::new(), 4, &text, look)?;
    }
    Ok(())
}

/// Writes the settings and decisions that match nothing.
pub(super) fn findings(out: &mut dyn Write, findings: &[Finding], look: Look<'_>) -> io::Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(out, "{BOLD}Settings that match nothing{BOLD:#}  {}", findings.len())?;
    for Finding { file, line: number, setting, reason, next } in findings {
        let text = format!("{}:{number}: {}: {}", clean(file), clean(setting), clean(reason));
        line(out, YELLOW, 2, &text, look)?;
        if let Some(next) = next {
            line(out, DIM, 4, &format!("next: {}", clean(next)), look)?;
        }
    }
    writeln!(out)
}

/// How many companies are held back, in few words.
pub(super) fn held_back(unread: usize, company_conflicts: usize) -> String {
    let parts = [(unread, "held back"), (company_conflicts, "in a company conflict")];
    let parts = parts.into_iter().filter(|(number, _)| *number > 0);
    let parts = join(parts.map(|(number, what)| format!("{number} {what}")), ", ");
    if parts.is_empty() { parts } else { format!(" ({parts})") }
}

fn totals(out: &mut dyn Write, plan: &Plan, look: Look<'_>) -> io::Result<()> {
    let Totals {
        companies,
        unread,
        people,
        in_agreement,
        changes,
        company_conflicts,
        conflicts,
        skipped,
        excluded,
        namesakes,
    } = plan.outcome.totals();
    let held = held_back(unread, company_conflicts);
    let heading = format!(
        "{}{held}, {}, {in_agreement} in agreement",
        count(companies, "company", "companies"),
        count(people, "person", "people")
    );
    line(out, BOLD, 0, &heading, look)?;
    for (action, kinds) in &changes {
        let kinds = kinds.iter().map(|(kind, number)| {
            let noun = kind.noun();
            let place = side(kind.side(), look);
            match kind {
                RecordKind::PsaCompany | RecordKind::PortalCompany => {
                    format!("{} in {place}", count(*number, noun, "companies"))
                }
                _ => count(*number, noun, &format!("{noun}s")),
            }
        });
        line(out, Style::new(), 2, &format!("{:<11} {}", action.name(), join(kinds, " · ")), look)?;
    }
    if changes.is_empty() {
        line(out, Style::new(), 2, "no changes", look)?;
    }
    let rest =
        format!("{}, {skipped} skipped, {excluded} left alone", count(conflicts, "conflict", "conflicts"));
    line(out, Style::new(), 2, &rest, look)?;
    if namesakes > 0 {
        let (records, stand) = if namesakes == 1 { ("record", "stands") } else { ("records", "stand") };
        let text = format!(
            "{namesakes} new {records} {stand} beside one of nearly the same name: `crsync match --resolve` asks"
        );
        line(out, YELLOW, 2, &text, look)?;
    }
    let estimate = plan.outcome.estimate();
    if !estimate.requests.is_empty() {
        let requests = estimate.requests.iter().map(|(on, number)| format!("{}: {number}", side(*on, look)));
        let text =
            format!("To apply: about {} (requests: {})", duration(estimate.seconds), join(requests, ", "));
        line(out, Style::new(), 2, &text, look)?;
    }
    Ok(())
}

pub(super) fn guard(out: &mut dyn Write, breach: &Breach, look: Look<'_>) -> io::Result<()> {
    let Breach { company, measure, count: _, limit: _, reason, allow: _ } = breach;
    let place = company.as_deref().map_or_else(|| "the whole run".to_owned(), clean);
    line(out, RED, 2, &format!("guard {}: {place}: {}", measure.name(), clean(reason)), look)?;
    line(out, Style::new(), 4, &format!("next: {}", breach.next_step()), look)
}

/// Writes `text` in `style`, wrapped to the width at white space, every line indented by `indent`.
pub(super) fn line(
    out: &mut dyn Write,
    style: Style,
    indent: usize,
    text: &str,
    look: Look<'_>,
) -> io::Result<()> {
    let room = look.width.saturating_sub(indent).max(20);
    let mut current = String::new();
    let mut lines = Vec::new();
    for word in text.split(' ').flat_map(|word| pieces(word, room)) {
        // All lines but the first hang.
        let room = if lines.is_empty() { room } else { room - 2 };
        if !current.is_empty() && current.width() + 1 + word.width() > room {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    lines.push(current);
    for (number, line) in lines.iter().enumerate() {
        let hang = if number == 0 { indent } else { indent + 2 };
        writeln!(out, "{:hang$}{style}{line}{style:#}", "")?;
    }
    Ok(())
}

/// A word in pieces of at most `room - 2` columns, so that a hanging line still fits.
fn pieces(word: &str, room: usize) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut filled = 0;
    for c in word.chars() {
        let wide = c.width().unwrap_or(0);
        if filled + wide > room.saturating_sub(2) {
            pieces.push(String::new());
            filled = 0;
        }
        filled += wide;
        if let Some(last) = pieces.last_mut() {
            last.push(c);
        }
    }
    pieces
}

/// `text` cut to `room` columns, with a sign where something is missing.
pub(super) fn clip(text: &str, room: usize) -> String {
    if text.width() <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    let mut filled = 1;
    for c in text.chars() {
        filled += c.width().unwrap_or(0);
        if filled > room {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

pub(super) fn side(side: Side, look: Look<'_>) -> &str {
    if side == Side::Psa { look.psa } else { side.name() }
}

pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

pub(super) fn join(parts: impl IntoIterator<Item = String>, between: &str) -> String {
    parts.into_iter().collect::<Vec<_>>().join(between)
}

fn duration(seconds: usize) -> String {
    match seconds {
        0..=90 => format!("{seconds} s"),
        _ => format!("{} min", seconds.div_ceil(60)),
    }
}
