//! The documents as types: what a program may rely on, and what the schemas are made of.

use jiff::Timestamp;
use serde::Serialize;

use crate::calls::Requests;
use crate::model::{Row, Support};
use crate::plan::{
    Breach, CompanyPeople, CompanyPlan, Ended, Estimate, Explanation, Fact, FieldState, Finding, Header,
    PeopleTotals, Person, Report, RightState, Summary, Told, Totals, Who,
};

/// What `diff` prints: a plan.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct PlanDocument<'a> {
    pub(super) schema: &'static str,
    /// Version of the program.
    pub(super) tool: &'a str,
    /// When the plan was made.
    pub(super) created: Timestamp,
    /// Id of the PSA.
    pub(super) psa: &'a str,
    /// The plan's own digest: the same as in the file that `--save-plan` writes.
    pub(super) digest: &'a str,
    pub(super) totals: Totals,
    /// What applying it costs.
    pub(super) estimate: &'a Estimate,
    /// What reading cost.
    pub(super) requests: &'a [Requests],
    /// Limits that the plan exceeds.
    pub(super) breaches: &'a [Breach],
    /// Settings without effect.
    pub(super) findings: &'a [Finding],
    /// What would be done in each company.
    pub(super) companies: &'a [CompanyPlan],
}

/// What a run reports that writes, and `log RUN`.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct RunDocument<'a> {
    pub(super) schema: &'static str,
    pub(super) summary: &'a Summary,
    /// What the run cost so far.
    pub(super) requests: &'a [Requests],
    pub(super) run: &'a Report,
    /// What became of each request of `self-service`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) answers: Option<Vec<Answered<'a>>>,
}

/// What became of a request.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct Answered<'a> {
    /// The request's own id.
    pub(super) id: Option<&'a str>,
    /// The place it was read from.
    pub(super) place: Option<&'a str>,
    /// Who asked, as it was written.
    pub(super) user: &'a str,
    /// The person's company.
    pub(super) company: Option<&'a str>,
    /// The person.
    pub(super) who: Option<&'a Who>,
    #[serde(flatten)]
    pub(super) told: Told,
}

/// What `log` prints: runs without their changes.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct RunsDocument<'a> {
    pub(super) schema: &'static str,
    /// In the order in which they began.
    pub(super) runs: Vec<RunOf<'a>>,
}

/// One of the runs.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct RunOf<'a> {
    pub(super) header: &'a Header,
    /// How it ended; null if it died, or is still at work.
    pub(super) ended: Option<&'a Ended>,
    pub(super) summary: &'a Summary,
}

/// What `match` prints: the people of companies.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct PeopleDocument<'a> {
    pub(super) schema: &'static str,
    /// Version of the program.
    pub(super) tool: &'static str,
    /// When they were read.
    pub(super) created: Timestamp,
    /// Id of the PSA.
    pub(super) psa: &'a str,
    pub(super) totals: PeopleTotals,
    /// What reading cost.
    pub(super) requests: &'a [Requests],
    /// Settings without effect.
    pub(super) findings: &'a [Finding],
    /// The people of each company.
    pub(super) companies: &'a [CompanyPeople],
}

/// What `explain` prints: a person with all that applies, or several who were found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct ExplainDocument<'a> {
    pub(super) schema: &'static str,
    /// Version of the program.
    pub(super) tool: &'static str,
    /// What reading cost.
    pub(super) requests: &'a [Requests],
    /// The person, or those who were found.
    pub(super) people: Vec<Explained<'a>>,
}

/// A person who was found.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(untagged)]
pub(super) enum Explained<'a> {
    /// The only one.
    Whole {
        /// What the next sync does with the person and why, in one sentence.
        verdict: String,
        #[serde(flatten)]
        person: &'a Explanation,
    },
    /// One of several.
    Hit {
        /// The company.
        company: &'a str,
        person: &'a Person,
    },
}

/// What `push-udfs --check` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct FieldsDocument<'a> {
    pub(super) schema: &'static str,
    /// Id of the PSA.
    pub(super) psa: &'a str,
    /// How each field is.
    pub(super) fields: &'a [FieldState],
}

/// What `capabilities --live` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct RightsDocument<'a> {
    pub(super) schema: &'static str,
    /// Id of the PSA.
    pub(super) psa: &'a str,
    /// How each right is that is needed.
    pub(super) rights: &'a [RightState],
    /// How each field is.
    pub(super) fields: &'a [FieldState],
}

/// What `doctor` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub(super) struct DoctorDocument<'a> {
    pub(super) schema: &'static str,
    /// Version of the program.
    pub(super) tool: &'static str,
    /// Id of the PSA, where the configuration says it.
    pub(super) psa: Option<&'a str>,
    pub(super) totals: FactTotals,
    /// The worst last.
    pub(super) facts: &'a [Fact],
}

/// How many facts there are of each status.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct FactTotals {
    /// Facts that are as they should be.
    pub(super) ok: usize,
    /// Facts that a person should look at.
    pub(super) warn: usize,
    /// Facts that keep a run from its work.
    pub(super) fail: usize,
}

/// What `capabilities` prints.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct CapabilitiesDocument<'a> {
    pub(super) schema: &'static str,
    /// Each PSA that was asked for.
    pub(super) psas: Vec<PsaRows<'a>>,
}

/// One PSA.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct PsaRows<'a> {
    /// Its id.
    pub(super) psa: &'a str,
    /// Its name.
    pub(super) name: &'a str,
    /// What it offers of each row.
    pub(super) rows: Vec<RowOf<'a>>,
}

/// What it offers of a row.
#[derive(Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(super) struct RowOf<'a> {
    /// The row's number.
    pub(super) number: usize,
    pub(super) row: Row,
    pub(super) support: Support,
    /// What that rests on.
    pub(super) fact: &'a str,
}

/// What `login --list` prints: where secrets come from, and none of their values.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretsDocument<'a> {
    /// Name and version of this form.
    pub schema: &'static str,
    /// In the order of the configuration.
    pub secrets: Vec<SecretOf<'a>>,
}

/// Where a secret comes from.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct SecretOf<'a> {
    /// The service, as the configuration calls it.
    pub service: &'a str,
    /// The secret's name.
    pub secret: &'a str,
    /// The sort of place, or why there is none, in one word.
    pub source: &'static str,
    /// The variable, file or command.
    pub place: Option<String>,
}
