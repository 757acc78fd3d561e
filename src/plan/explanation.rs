//! One person, explained: what is known, which rule applies to every value, what will be written and what not.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Change, CompanyConflict, Conflict, Link, Person, Skip};
use crate::model::{Field, Row, Side};

/// Everything that planning knows of one person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Explanation {
    /// The company's name in the configuration.
    pub company: String,
    /// The records with their scope, and what links them.
    pub person: Person,
    /// The state of the person, which decides what may flow: one sentence.
    pub standing: String,
    /// What shows that the company's records belong to another one than the configuration says. If there is
    /// something, nothing is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub company_conflicts: Vec<CompanyConflict>,
    /// The conflict that one of the records is in.
    pub conflict: Option<Conflict>,
    /// What the last run remembered of the person.
    pub remembered: Option<Link>,
    /// Further addresses, by the side that keeps them.
    pub alternates: BTreeMap<Side, Vec<String>>,
    /// Every field that any side holds or a rule names.
    pub fields: Vec<ExplainedField>,
    /// What the portal keeps of the 365 user beside the portal user; blank values are left out.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub details: Vec<HeldDetail>,
    /// What would be written, guards aside.
    pub changes: Vec<Change>,
    /// What was asked for and is not done, for this person and for the whole company.
    pub skipped: Vec<Skip>,
    /// Every row that says something of people, as it is set for the company.
    pub rows: BTreeMap<Row, RowState>,
}

/// One field of the person's details record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct HeldDetail {
    /// The field.
    pub field: Field,
    /// What it holds.
    pub value: String,
}

/// Whether a row applies to a company.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum RowState {
    /// Switched on and served.
    On,
    /// Switched off.
    Off,
    /// Switched on, and not offered by the PSA.
    NotServed,
}

/// One field on all sides. A value is `None` where the side does not have it or it was not read, and an empty text
/// where it is blank. Of a value that must not be shown, `set` is all that is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ExplainedField {
    /// The field.
    pub field: Field,
    /// What each side with a record of the person holds.
    pub values: BTreeMap<Side, Option<String>>,
    /// What the rules say of the contact's field.
    pub contact: Option<Verdict>,
    /// What the rules say of the portal user's field.
    pub portal_user: Option<Verdict>,
}

/// What a rule says of a field.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Verdict {
    /// The rule in few words: when the field is written, and whether a blank clears it.
    pub rule: String,
    /// The sides it may come from, the first with a value first.
    pub sources: Vec<Side>,
    /// The side its value comes from, if there is one.
    pub source: Option<Side>,
    /// What will be written; an empty text makes it blank.
    pub after: Option<String>,
    /// What happens, or why nothing does.
    pub says: String,
}
