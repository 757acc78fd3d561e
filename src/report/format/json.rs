//! Documents as JSON: the data itself. The number in `schema` grows when a key is renamed or removed, or its meaning
//! changes; new keys may appear without that.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::calls::Requests;
use crate::model::{Capabilities, Row, Support};
use crate::plan::{
    Asked, Breach, CheckUp, CompanyPeople, CompanyPlan, Estimate, Explanation, FieldState, Finding, Listed,
    PeopleTotals, Person, Plan, Purpose, Report, RightState, Status, Summary, Told, Totals,
};
use crate::report::people::People;

/// A plan.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PlanDocument<'a> {
    schema: &'static str,
    tool: &'a str,
    created: Timestamp,
    psa: &'a str,
    /// The plan's own digest: the same as in the file that `--save-plan` writes.
    digest: &'a str,
    totals: Totals,
    estimate: &'a Estimate,
    requests: &'a [Requests],
    breaches: &'a [Breach],
    findings: &'a [Finding],
    companies: &'a [CompanyPlan],
}

/// The people of companies.
#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct PeopleDocument<'a> {
    schema: &'static str,
    tool: &'static str,
    created: Timestamp,
    psa: &'a str,
    totals: PeopleTotals,
    requests: &'a [Requests],
    findings: &'a [Finding],
    companies: &'a [CompanyPeople],
}

/// One PSA.
#[derive(Serialize)]
struct PsaRows<'a> {
    psa: &'a str,
    name: &'a str,
    rows: Vec<RowOf<'a>>,
}

#[derive(Serialize)]
struct RowOf<'a> {
    number: usize,
    row: Row,
    support: Support,
    fact: &'a str,
}

const TOOL: &str = env!("CARGO_PKG_VERSION");

fn write(out: &mut dyn Write, document: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, document)?;
    writeln!(out)
}

pub(in crate::report) fn plan(out: &mut dyn Write, plan: &Plan, requests: &[Requests]) -> io::Result<()> {
    let document = PlanDocument {
        schema: "crsync.diff/1",
        tool: &plan.tool,
        created: plan.created,
        psa: &plan.psa,
        digest: &plan.digest,
        totals: plan.outcome.totals(),
        estimate: &plan.estimate,
        requests,
        breaches: &plan.outcome.breaches,
        findings: &plan.outcome.findings,
        companies: &plan.outcome.companies,
    };
    write(out, &document)
}

pub(in crate::report) fn run(
    out: &mut dyn Write,
    report: &Report,
    summary: &Summary,
    requests: &[Requests],
) -> io::Result<()> {
    let schema = "crsync.run/1";
    let mut document = json!({"schema": schema, "summary": summary, "requests": requests, "run": report});
    if matches!(report.header.purpose, Purpose::SelfService(_)) {
        document["answers"] = report.asked().iter().map(|asked| answer(report, asked)).collect();
    }
    write(out, &document)
}

/// Returns what became of a request.
fn answer(report: &Report, asked: &Asked) -> Value {
    let Asked { request, company, who, plan: _ } = asked;
    let Told { result, reason, next } = report.told(asked);
    json!({
        "id": request.id,
        "place": request.place,
        "user": request.user,
        "company": company,
        "who": who,
        "result": result,
        "reason": reason,
        "next": next,
    })
}

/// Runs without their changes.
pub(in crate::report) fn runs(out: &mut dyn Write, runs: &[Listed]) -> io::Result<()> {
    let run = |Listed { header, ended, summary }: &Listed| json!({"header": header, "ended": ended, "summary": summary});
    let runs: Vec<Value> = runs.iter().map(run).collect();
    write(out, &json!({"schema": "crsync.runs/1", "runs": runs}))
}

pub(in crate::report) fn people(out: &mut dyn Write, of: &People<'_>) -> io::Result<()> {
    let People { companies, findings, totals, requests, created, psa } = *of;
    let schema = "crsync.match/1";
    let document = PeopleDocument { schema, tool: TOOL, created, psa, totals, requests, findings, companies };
    write(out, &document)
}

pub(in crate::report) fn person(
    out: &mut dyn Write,
    person: &Explanation,
    requests: &[Requests],
) -> io::Result<()> {
    write(out, &json!({"schema": EXPLAIN, "tool": TOOL, "requests": requests, "people": [person]}))
}

const EXPLAIN: &str = "crsync.explain/1";

/// Several people, without their fields.
pub(in crate::report) fn hits(
    out: &mut dyn Write,
    hits: &[(String, Person)],
    requests: &[Requests],
) -> io::Result<()> {
    let people: Vec<_> =
        hits.iter().map(|(company, person)| json!({"company": company, "person": person})).collect();
    write(out, &json!({"schema": EXPLAIN, "tool": TOOL, "requests": requests, "people": people}))
}

pub(in crate::report) fn fields(out: &mut dyn Write, psa: &str, fields: &[FieldState]) -> io::Result<()> {
    write(out, &json!({"schema": "crsync.fields/1", "psa": psa, "fields": fields}))
}

pub(in crate::report) fn rights(
    out: &mut dyn Write,
    psa: &str,
    rights: &[RightState],
    fields: &[FieldState],
) -> io::Result<()> {
    write(out, &json!({"schema": "crsync.rights/1", "psa": psa, "rights": rights, "fields": fields}))
}

pub(in crate::report) fn doctor(out: &mut dyn Write, psa: Option<&str>, found: &CheckUp) -> io::Result<()> {
    let CheckUp { facts } = found;
    let count = |status| found.count(status);
    let totals = json!({"ok": count(Status::Ok), "warn": count(Status::Warn), "fail": count(Status::Fail)});
    write(
        out,
        &json!({"schema": "crsync.doctor/1", "tool": TOOL, "psa": psa, "totals": totals, "facts": facts}),
    )
}

pub(in crate::report) fn capabilities(
    out: &mut dyn Write,
    tables: &[&'static Capabilities],
) -> io::Result<()> {
    let row = |table: &'static Capabilities, row: Row| {
        let (support, fact) = table.of(row);
        RowOf { number: row.number(), row, support, fact }
    };
    let psa = |table: &&'static Capabilities| PsaRows {
        psa: table.id,
        name: table.name,
        rows: Row::ALL.into_iter().map(|one| row(table, one)).collect(),
    };
    let psas: Vec<PsaRows<'_>> = tables.iter().map(psa).collect();
    write(out, &json!({"schema": "crsync.capabilities/1", "psas": psas}))
}
