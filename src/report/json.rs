//! A plan or a run as one JSON document.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::Requests;
use crate::plan::{
    Asked, Breach, CompanyPlan, Estimate, Finding, Plan, Purpose, Report, Summary, Told, Totals,
};

/// Name and version of the document's form. The version grows when something is renamed or removed; new keys
/// may appear without that.
const SCHEMA: &str = "crsync.diff/1";

/// The document that `--format json` prints.
#[derive(Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Document<'a> {
    schema: &'static str,
    tool: &'a str,
    created: Timestamp,
    psa: &'a str,
    /// The plan's own digest: the same as in the file that `--out` writes.
    digest: &'a str,
    totals: Totals,
    estimate: Estimate,
    requests: &'a [Requests],
    breaches: &'a [Breach],
    findings: &'a [Finding],
    companies: &'a [CompanyPlan],
}

/// Writes `plan` with the requests it took as JSON.
///
/// # Errors
/// What `out` says.
pub fn json(out: &mut dyn Write, plan: &Plan, requests: &[Requests]) -> io::Result<()> {
    let document = Document {
        schema: SCHEMA,
        tool: &plan.tool,
        created: plan.created,
        psa: &plan.psa,
        digest: &plan.digest,
        totals: plan.outcome.totals(),
        estimate: plan.outcome.estimate(),
        requests,
        breaches: &plan.outcome.breaches,
        findings: &plan.outcome.findings,
        companies: &plan.outcome.companies,
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// Name and version of the form of one run, and of a list of runs.
const RUN_SCHEMA: &str = "crsync.run/1";
const RUNS_SCHEMA: &str = "crsync.runs/1";

/// Writes one run with the changes that `report` holds, which may be some of them only, what all of them add up
/// to, and the requests it took, as far as they were counted.
///
/// # Errors
/// What `out` says.
pub fn run_json(
    out: &mut dyn Write,
    report: &Report,
    summary: &Summary,
    requests: &[Requests],
) -> io::Result<()> {
    let mut document = json!({"schema": RUN_SCHEMA, "summary": summary, "requests": requests, "run": report});
    if matches!(report.header.purpose, Purpose::SelfService(_)) {
        document["answers"] = report.asked().iter().map(|asked| answer(report, asked)).collect();
    }
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}

/// What became of a request.
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

/// Writes the runs with what each of them adds up to, without their changes.
///
/// # Errors
/// What `out` says.
pub fn runs_json(out: &mut dyn Write, runs: &[(Report, Summary)]) -> io::Result<()> {
    let runs: Vec<Value> = runs
        .iter()
        .map(|(report, summary)| json!({"header": report.header, "ended": report.ended, "summary": summary}))
        .collect();
    serde_json::to_writer_pretty(&mut *out, &json!({"schema": RUNS_SCHEMA, "runs": runs}))?;
    writeln!(out)
}
