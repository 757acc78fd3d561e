//! Documents as JSON: the data itself. The number in `schema` grows when a key is renamed or removed, or its meaning
//! changes; new keys may appear without that.

mod documents;
#[cfg(test)]
mod tests;

use std::io::{self, Write};

use serde::Serialize;

use crate::calls::Requests;
use crate::model::{Capabilities, Row};
use crate::plan::{
    Asked, CheckUp, Explanation, FieldState, Listed, Person, Plan, Purpose, Report, RightState, Status,
    Summary,
};
use crate::report::look::Look;
use crate::report::people::People;
use crate::report::verdict::verdict;
use crate::text::packed::{Packed, packed};
use documents::{
    Answered, CapabilitiesDocument, DoctorDocument, ExplainDocument, Explained, FactTotals, FieldsDocument,
    PeopleDocument, PlanDocument, PsaRows, RightsDocument, RowOf, RunDocument, RunOf, RunsDocument,
};
pub use documents::{SecretOf, SecretsDocument};

/// The outputs that have a schema, by the name of the command or of what they show, each with the schema.
pub const SCHEMAS: [(&str, Packed); 13] = [
    ("capabilities", packed!("schemas/capabilities.json")),
    ("diff", packed!("schemas/diff.json")),
    ("doctor", packed!("schemas/doctor.json")),
    ("error", packed!("schemas/error.json")),
    ("explain", packed!("schemas/explain.json")),
    ("fields", packed!("schemas/fields.json")),
    ("match", packed!("schemas/match.json")),
    ("notice", packed!("schemas/notice.json")),
    ("plan", packed!("schemas/plan.json")),
    ("rights", packed!("schemas/rights.json")),
    ("run", packed!("schemas/run.json")),
    ("runs", packed!("schemas/runs.json")),
    ("secrets", packed!("schemas/secrets.json")),
];

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
    let is_asked = matches!(report.header.purpose, Purpose::SelfService(_));
    let answers = is_asked.then(|| report.asked().iter().map(|asked| answer(report, asked)).collect());
    write(out, &RunDocument { schema: "crsync.run/1", summary, requests, run: report, answers })
}

/// Returns what became of a request.
fn answer<'a>(report: &'a Report, asked: &'a Asked) -> Answered<'a> {
    let Asked { request, company, who, plan: _ } = asked;
    Answered {
        id: request.id.as_deref(),
        place: request.place.as_deref(),
        user: &request.user,
        company: company.as_deref(),
        who: who.as_ref(),
        told: report.told(asked),
    }
}

/// Runs without their changes.
pub(in crate::report) fn runs(out: &mut dyn Write, runs: &[Listed]) -> io::Result<()> {
    write(out, &RunsDocument { schema: "crsync.runs/1", runs: runs.iter().map(listed).collect() })
}

fn listed(run: &Listed) -> RunOf<'_> {
    RunOf { header: &run.header, ended: run.ended.as_ref(), summary: &run.summary }
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
    look: Look<'_>,
) -> io::Result<()> {
    let people = vec![Explained::Whole { verdict: verdict(person, look).text().clone(), person }];
    write(out, &ExplainDocument { schema: EXPLAIN, tool: TOOL, requests, people })
}

const EXPLAIN: &str = "crsync.explain/1";

/// Several people, without their fields.
pub(in crate::report) fn hits(
    out: &mut dyn Write,
    hits: &[(String, Person)],
    requests: &[Requests],
) -> io::Result<()> {
    let people = hits.iter().map(|(company, person)| Explained::Hit { company, person }).collect();
    write(out, &ExplainDocument { schema: EXPLAIN, tool: TOOL, requests, people })
}

pub(in crate::report) fn fields(out: &mut dyn Write, psa: &str, fields: &[FieldState]) -> io::Result<()> {
    write(out, &FieldsDocument { schema: "crsync.fields/1", psa, fields })
}

pub(in crate::report) fn rights(
    out: &mut dyn Write,
    psa: &str,
    rights: &[RightState],
    fields: &[FieldState],
) -> io::Result<()> {
    write(out, &RightsDocument { schema: "crsync.rights/1", psa, rights, fields })
}

pub(in crate::report) fn doctor(out: &mut dyn Write, psa: Option<&str>, found: &CheckUp) -> io::Result<()> {
    let CheckUp { facts } = found;
    let count = |status| found.count(status);
    let totals = FactTotals { ok: count(Status::Ok), warn: count(Status::Warn), fail: count(Status::Fail) };
    write(out, &DoctorDocument { schema: "crsync.doctor/1", tool: TOOL, psa, totals, facts })
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
    write(out, &CapabilitiesDocument { schema: "crsync.capabilities/1", psas })
}
