//! The people table, for a terminal and as JSON.

use std::io::{self, Write};

use anstyle::Style;
use jiff::Timestamp;
use serde::Serialize;

use super::Requests;
use super::table::{
    BOLD, COMPANY_CONFLICTS, DIM, GREEN, Look, RED, YELLOW, company_conflict, conflict, count, held_back,
    join, left_out, line, noun, section, unread,
};
use super::words::{self, clean};
use crate::plan::{
    Alone, Clash, CompanyPeople, Conflict, Evidence, Finding, Member, PeopleTotals, Person, StoodBack,
    Suggestion,
};

/// Name and version of the document's form.
const SCHEMA: &str = "crsync.match/1";

/// Ids up to this length are shown without `--verbose`.
const LONGEST_ID: usize = 12;

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Document<'a> {
    schema: &'static str,
    tool: &'static str,
    created: Timestamp,
    psa: &'a str,
    totals: PeopleTotals,
    requests: &'a [Requests],
    findings: &'a [Finding],
    companies: &'a [CompanyPeople],
}

/// Writes the people of all companies as JSON, with the sums and the requests it took.
///
/// # Errors
/// What `out` says.
pub fn people_json(
    out: &mut dyn Write,
    (companies, findings): (&[CompanyPeople], &[Finding]),
    totals: PeopleTotals,
    requests: &[Requests],
    created: Timestamp,
    psa: &str,
) -> io::Result<()> {
    let tool = env!("CARGO_PKG_VERSION");
    let document = Document { schema: SCHEMA, tool, created, psa, totals, requests, findings, companies };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Writes the people of all companies, then the sums.
///
/// # Errors
/// What `out` says.
pub fn people(
    out: &mut dyn Write,
    (companies, findings): (&[CompanyPeople], &[Finding]),
    totals: PeopleTotals,
    look: Look<'_>,
) -> io::Result<()> {
    companies.iter().try_for_each(|part| company(out, part, look))?;
    super::table::findings(out, findings, look)?;
    let PeopleTotals { companies, unread, company_conflicts, linked, conflicts, alone, suggested, excluded } =
        totals;
    let held = held_back(unread, company_conflicts);
    let heading = format!("{}{held}, {linked} linked", count(companies, "company", "companies"));
    line(out, BOLD, 0, &heading, look)?;
    let rest = format!(
        "{}, {alone} alone ({suggested} with a suggestion), {excluded} left alone",
        count(conflicts, "conflict", "conflicts")
    );
    line(out, Style::new(), 2, &rest, look)
}

fn company(out: &mut dyn Write, part: &CompanyPeople, look: Look<'_>) -> io::Result<()> {
    let CompanyPeople { name, unread: sides, company_conflicts, refused, linked, conflicts, alone, excluded } =
        part;
    let summary = match (sides.is_empty(), refused) {
        (false, _) => "held back, nothing is concluded from a part".to_owned(),
        (true, None) if !company_conflicts.is_empty() => "held back, no one is linked".to_owned(),
        (true, Some(_)) => "held back".to_owned(),
        (true, None) => format!(
            "{} linked, {}, {} alone",
            linked.len(),
            count(conflicts.len(), "conflict", "conflicts"),
            alone.len()
        ),
    };
    writeln!(out, "{BOLD}{}{BOLD:#}  {DIM}{summary}{DIM:#}", clean(name))?;
    sides.iter().try_for_each(|one| unread(out, one, look))?;
    if let Some(reason) = refused {
        line(out, RED, 2, &clean(reason), look)?;
    }
    section(out, COMPANY_CONFLICTS, company_conflicts, look, company_conflict)?;
    section(out, "Linked", linked, look, linked_person)?;
    section(out, "Conflicts, nothing is written to these people", conflicts, look, clash)?;
    section(out, "Alone, names never link", alone, look, lonely)?;
    left_out(out, excluded, look)?;
    writeln!(out)
}

/// Two lines: who it is and the records, and why they are one person.
fn linked_person(out: &mut dyn Write, person: &Person, look: Look<'_>) -> io::Result<()> {
    let records = join(person.records.iter().map(|member| short(member, look)), ", ");
    line(out, Style::new(), 4, &format!("{}  {records}", words::person(&person.who)), look)?;
    line(out, DIM, 6, &why(person, look), look)
}

/// What links the records, contact first: the deciding evidence, then what was noted besides.
pub(super) fn why(person: &Person, look: Look<'_>) -> String {
    let words = |one: &Evidence| {
        let value = if look.verbose { format!(" {}", clean(&one.value)) } else { String::new() };
        format!("{}{value}", one.kind.words())
    };
    let evidence = || person.evidence.iter().chain(&person.portal_evidence);
    let mut parts = Vec::new();
    if let Some(id) = &person.gone {
        parts.push(format!("365 user {id} is gone"));
    }
    parts.extend(evidence().filter(|one| one.decided).map(words));
    let mut noted: Vec<String> = evidence().filter(|one| !one.decided).map(words).collect();
    noted.sort();
    noted.dedup();
    let noted = if noted.is_empty() { None } else { Some(format!("noted: {}", join(noted, ", "))) };
    let aside = person.stood_back.iter().map(|one| format!("stands back: {}", stood_back(one, look)));
    join(parts.into_iter().chain(noted).chain(aside), "; ")
}

/// An account that stands back, with what it shares with the person.
pub(super) fn stood_back(StoodBack { member, evidence }: &StoodBack, look: Look<'_>) -> String {
    let mut shares: Vec<&str> = evidence.iter().map(|one| one.kind.words()).collect();
    shares.dedup();
    let shares = join(shares.into_iter().map(ToOwned::to_owned), ", ");
    format!("{} {}, {shares}", short(member, look), words::person(&member.record.who))
}

fn clash(out: &mut dyn Write, clash: &Clash, look: Look<'_>) -> io::Result<()> {
    conflict(out, &clash.conflict, look)?;
    evidence(out, &clash.conflict, 6, look)
}

/// What the records of a conflict hold against each other, if anything.
pub(super) fn evidence(
    out: &mut dyn Write,
    conflict: &Conflict,
    indent: usize,
    look: Look<'_>,
) -> io::Result<()> {
    let evidence = conflict.evidence.iter();
    let evidence = join(evidence.map(|one| format!("{} {}", one.kind.words(), clean(&one.value))), ", ");
    if evidence.is_empty() {
        return Ok(());
    }
    line(out, DIM, indent, &format!("evidence: {evidence}"), look)
}

fn lonely(out: &mut dyn Write, alone: &Alone, look: Look<'_>) -> io::Result<()> {
    let records = join(alone.person.records.iter().map(|member| short(member, look)), ", ");
    line(out, Style::new(), 4, &format!("{}  {records}", words::person(&alone.person.who)), look)?;
    if (look.verbose && alone.person.records.len() > 1) || !alone.person.stood_back.is_empty() {
        line(out, DIM, 6, &why(&alone.person, look), look)?;
    }
    alone.suggestions.iter().try_for_each(|one| suggestion(out, one, look))
}

fn suggestion(out: &mut dyn Write, suggestion: &Suggestion, look: Look<'_>) -> io::Result<()> {
    let text = likeness(suggestion, &short(&suggestion.member, look));
    line(out, if suggestion.likeness >= 90 { GREEN } else { YELLOW }, 6, &text, look)
}

/// A suggestion in words: how alike the two are, the record as it is `named`, and the person.
pub(super) fn likeness(suggestion: &Suggestion, named: &str) -> String {
    let Suggestion { member, likeness, name, address } = suggestion;
    let parts = [("name", name), ("address", address)];
    let parts = parts.iter().filter_map(|(what, part)| part.map(|part| format!("{what} {part} %")));
    format!("{likeness} % {named}: {} ({})", words::person(&member.record.who), join(parts, ", "))
}

/// A record in a few words: `contact 2001 (inactive)`.
pub(super) fn short(member: &Member, look: Look<'_>) -> String {
    let record = &member.record;
    // Long ids are for programs; the JSON has them all.
    let shown = look.verbose || record.id.as_str().len() <= LONGEST_ID;
    let id = if shown { format!(" {}", clean(record.id.as_str())) } else { String::new() };
    let state = match (&member.out, record.active) {
        (Some(out), _) => format!(" ({})", clean(&out.reason)),
        (None, Some(false)) => " (inactive)".to_owned(),
        (None, _) => String::new(),
    };
    format!("{}{id}{state}", noun(record.side))
}
