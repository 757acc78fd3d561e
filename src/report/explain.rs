//! One person explained, for a terminal and as JSON.

use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, Width, presets};
use serde_json::json;

use super::Requests;
use super::people::{short, stood_back, why};
use super::table::{
    BOLD, COMPANY_CONFLICTS, DIM, Look, YELLOW, company_conflict, conflict, join, line, record, section,
    side, skip,
};
use super::words::{self, clean};
use crate::model::{Row, Side};
use crate::plan::{Evidence, ExplainedField, Explanation, HeldDetail, Member, Person, RowState, Verdict};

/// Name and version of the document's form.
const SCHEMA: &str = "crsync.explain/1";

const SIDES: [Side; 3] = [Side::Tenant, Side::Psa, Side::Portal];

/// Columns of a field's name.
const FIELD: usize = 15;

/// Columns of the name of a field of a details record.
const DETAIL: usize = 16;

/// What is said where there is nothing to say.
const AGREES: &str = "agrees";

/// What is said of more fields of a record than this is said once, below them.
const MANY: usize = 6;

/// Columns that tables are indented by.
const INDENT: usize = 4;

/// Writes one person as JSON, with the requests it took.
///
/// # Errors
/// What `out` says.
pub fn explain_json(out: &mut dyn Write, person: &Explanation, requests: &[Requests]) -> io::Result<()> {
    let tool = env!("CARGO_PKG_VERSION");
    let document = json!({"schema": SCHEMA, "tool": tool, "requests": requests, "people": [person]});
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes several people who have the same address or id as JSON, without their fields.
///
/// # Errors
/// What `out` says.
pub fn hits_json(out: &mut dyn Write, hits: &[(String, Person)], requests: &[Requests]) -> io::Result<()> {
    let tool = env!("CARGO_PKG_VERSION");
    let people: Vec<_> =
        hits.iter().map(|(company, person)| json!({"company": company, "person": person})).collect();
    let document = json!({"schema": SCHEMA, "tool": tool, "requests": requests, "people": people});
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes several people who have the same address or id, a line each.
///
/// # Errors
/// What `out` says.
pub fn hits(out: &mut dyn Write, hits: &[(String, Person)], look: Look<'_>) -> io::Result<()> {
    for (company, person) in hits {
        // Here the ids are what the next command needs.
        let full = Look { verbose: true, ..look };
        let records = join(person.records.iter().map(|member| short(member, full)), ", ");
        let text = format!("{}: {}  {records}", clean(company), words::person(&person.who));
        line(out, Style::new(), 0, &text, look)?;
    }
    line(out, BOLD, 0, "next: crsync explain with one of the ids, or with --company", look)
}

/// Writes one person.
///
/// # Errors
/// What `out` says.
pub fn explain(out: &mut dyn Write, of: &Explanation, look: Look<'_>) -> io::Result<()> {
    let Explanation {
        company,
        person,
        standing,
        company_conflicts,
        conflict: clash,
        remembered: _,
        alternates: _,
        fields,
        details,
        changes,
        skipped,
        rows: _,
    } = of;
    line(out, BOLD, 0, &format!("{} in {}", words::person(&person.who), clean(company)), look)?;
    line(out, Style::new(), 2, standing, look)?;
    section(out, COMPANY_CONFLICTS, company_conflicts, look, company_conflict)?;
    section(out, "Records", &person.records, look, member)?;
    link(out, of, look)?;
    if let Some(clash) = clash {
        writeln!(out, "\n  {BOLD}Conflict, nothing is written to these people{BOLD:#}")?;
        conflict(out, clash, look)?;
    }
    values(out, fields, look)?;
    rules(out, fields, look)?;
    section(out, "Details in the portal", details, look, detail)?;
    section(out, "To be written, guards aside", changes, look, record)?;
    if changes.is_empty() {
        writeln!(out, "\n  {BOLD}Nothing is to be written{BOLD:#}")?;
    }
    section(out, "Skipped", skipped, look, skip)?;
    applying(out, of, look)
}

fn detail(out: &mut dyn Write, HeldDetail { field, value }: &HeldDetail, look: Look<'_>) -> io::Result<()> {
    line(out, Style::new(), 4, &format!("{field:<DETAIL$} {}", clean(value)), look)
}

fn member(out: &mut dyn Write, member: &Member, look: Look<'_>) -> io::Result<()> {
    let full = Look { verbose: true, ..look };
    let text = format!("{}: {}", short(member, full), words::person(&member.record.who));
    line(out, Style::new(), 4, &text, look)?;
    let Some(reason) = &member.out else { return line(out, DIM, 6, "in scope", look) };
    let detail = reason.detail.as_deref().map(|detail| format!(": {}", clean(detail))).unwrap_or_default();
    let text = format!("out of scope: {}, because {}{detail}", clean(&reason.reason), clean(&reason.rule));
    line(out, YELLOW, 6, &text, look)
}

fn link(out: &mut dyn Write, of: &Explanation, look: Look<'_>) -> io::Result<()> {
    writeln!(out, "\n  {BOLD}Link{BOLD:#}")?;
    let person = &of.person;
    if person.evidence.is_empty() && person.portal_evidence.is_empty() && person.gone.is_none() {
        line(out, Style::new(), 4, "linked to no other record", look)?;
    }
    if person.gone.is_some() {
        line(
            out,
            YELLOW,
            4,
            &why(
                &Person {
                    evidence: Vec::new(),
                    portal_evidence: Vec::new(),
                    stood_back: Vec::new(),
                    ..person.clone()
                },
                look,
            ),
            look,
        )?;
    }
    for (what, evidence) in [("contact", &person.evidence), ("portal user", &person.portal_evidence)] {
        for Evidence { kind, value, decided } in evidence {
            let (style, word) = if *decided { (Style::new(), "decided") } else { (DIM, "noted") };
            let text = format!("{what}: {word}: {} {}", kind.words(), clean(value));
            line(out, style, 4, &text, look)?;
        }
    }
    for one in &person.stood_back {
        line(out, DIM, 4, &format!("stands back: {}", stood_back(one, look)), look)?;
    }
    let remembered = match &of.remembered {
        Some(link) => {
            let contact = link.contact.as_ref().map(|id| format!(", contact {id}")).unwrap_or_default();
            let portal =
                link.portal_user.as_ref().map(|id| format!(", portal user {id}")).unwrap_or_default();
            let gone = if link.gone { ", gone since" } else { "" };
            format!("the last run remembered 365 user {}{contact}{portal}{gone}", link.user)
        }
        None => "the last run remembered nothing".to_owned(),
    };
    line(out, DIM, 4, &remembered, look)?;
    for (on, addresses) in &of.alternates {
        let addresses = join(addresses.iter().map(|address| clean(address)), ", ");
        line(out, DIM, 4, &format!("further addresses in {}: {addresses}", side(*on, look)), look)?;
    }
    Ok(())
}

/// What each side holds: a dash where it does not have the field, or it was not read.
fn values(out: &mut dyn Write, fields: &[ExplainedField], look: Look<'_>) -> io::Result<()> {
    let sides: Vec<Side> =
        SIDES.into_iter().filter(|on| fields.iter().any(|field| field.values.contains_key(on))).collect();
    let held: Vec<&ExplainedField> =
        fields.iter().filter(|field| field.values.values().any(Option::is_some)).collect();
    if sides.is_empty() || held.is_empty() {
        return Ok(());
    }
    let mut table = Table::new();
    let heads = sides.iter().map(|on| side(*on, look).to_owned());
    table.set_header(std::iter::once("Values".to_owned()).chain(heads));
    for field in held {
        let value = |on: &Side| match field.values.get(on).and_then(Option::as_ref) {
            None => "-".to_owned(),
            Some(text) if text.is_empty() => "(blank)".to_owned(),
            Some(text) => clean(text),
        };
        table.add_row(std::iter::once(field.field.name().to_owned()).chain(sides.iter().map(value)));
    }
    writeln!(out)?;
    lay_out(out, &mut table, sides.len(), look)
}

/// What the rules say of every field, by the record they write to.
fn rules(out: &mut dyn Write, fields: &[ExplainedField], look: Look<'_>) -> io::Result<()> {
    let ruled: Vec<&ExplainedField> =
        fields.iter().filter(|field| field.contact.is_some() || field.portal_user.is_some()).collect();
    if ruled.is_empty() {
        return Ok(());
    }
    let contacts: Vec<&Verdict> = ruled.iter().filter_map(|field| field.contact.as_ref()).collect();
    let portal_users: Vec<&Verdict> = ruled.iter().filter_map(|field| field.portal_user.as_ref()).collect();
    let (contact, portal_user) = (shared(&contacts), shared(&portal_users));
    let mut table = Table::new();
    table.set_header(["Rules", "contact", "portal user"]);
    for field in ruled {
        let cell = |of: &Option<Verdict>, shared: Option<&str>| {
            of.as_ref().map_or_else(|| "no rule".to_owned(), |one| verdict(one, shared, look))
        };
        let cells = [cell(&field.contact, contact), cell(&field.portal_user, portal_user)];
        table.add_row(std::iter::once(field.field.name().to_owned()).chain(cells));
    }
    writeln!(out)?;
    lay_out(out, &mut table, 2, look)?;
    for (record, shared) in [("contact", contact), ("portal user", portal_user)] {
        if let Some(says) = shared {
            line(out, YELLOW, INDENT, &format!("{record}: {}", clean(says)), look)?;
        }
    }
    Ok(())
}

/// What is said of nearly every field of a record, because something stands against all of them: it is said once.
fn shared<'v>(verdicts: &[&'v Verdict]) -> Option<&'v str> {
    let open = |one: &&&Verdict| one.says != AGREES && one.after.is_none();
    let mut counts = std::collections::BTreeMap::<&str, usize>::new();
    for one in verdicts.iter().filter(open) {
        *counts.entry(one.says.as_str()).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(_, count)| *count)
        .filter(|(_, count)| *count > MANY)
        .map(|(says, _)| says)
}

fn verdict(verdict: &Verdict, shared: Option<&str>, look: Look<'_>) -> String {
    let Verdict { rule, sources, source, after, says } = verdict;
    let from = match (source, sources.as_slice()) {
        (Some(source), _) => format!(" from {}", side(*source, look)),
        (None, []) => String::new(),
        (None, sources) => {
            format!(" from {}", join(sources.iter().map(|on| side(*on, look).to_owned()), ", then "))
        }
    };
    match after.as_deref() {
        // What is never written comes from nowhere.
        _ if says.starts_with(rule.as_str()) => clean(says),
        None if shared == Some(says) => format!("{rule}{from}"),
        None => format!("{rule}{from}: {}", clean(says)),
        Some("") => format!("{rule}{from}: {}: (blank)", clean(says)),
        Some(text) => format!("{rule}{from}: {}: {}", clean(says), clean(text)),
    }
}

fn lay_out(out: &mut dyn Write, table: &mut Table, columns: usize, look: Look<'_>) -> io::Result<()> {
    let room = look.width.saturating_sub(INDENT).clamp(40, 200);
    let rest = (room - FIELD) / columns;
    let narrow =
        |width: usize| ColumnConstraint::Absolute(Width::Fixed(u16::try_from(width).unwrap_or(u16::MAX)));
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(room).unwrap_or(u16::MAX));
    table.set_constraints(std::iter::once(narrow(FIELD)).chain((0..columns).map(|_| narrow(rest))));
    table.column_iter_mut().for_each(|column| {
        column.set_padding((0, 1));
    });
    for (number, text) in table.lines().enumerate() {
        let (style, indent) = if number == 0 { (BOLD, INDENT) } else { (Style::new(), INDENT) };
        writeln!(out, "{:indent$}{style}{}{style:#}", "", text.trim_end())?;
    }
    Ok(())
}

/// The rows as they stand for the company.
fn applying(out: &mut dyn Write, of: &Explanation, look: Look<'_>) -> io::Result<()> {
    writeln!(out, "\n  {BOLD}Rows{BOLD:#}")?;
    for (state, word) in [(RowState::On, "on"), (RowState::Off, "off"), (RowState::NotServed, "not offered")]
    {
        let rows: Vec<String> = of
            .rows
            .iter()
            .filter(|(_, own)| **own == state)
            .map(|(row, _): (&Row, _)| row.to_string())
            .collect();
        if !rows.is_empty() {
            line(out, DIM, 4, &format!("{word}: {}", join(rows, ", ")), look)?;
        }
    }
    Ok(())
}
