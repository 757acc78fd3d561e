//! User-defined fields that the switched-on rows need in the PSA: the state of each, and what a run did about it.

use serde::{Deserialize, Serialize};

use super::next::parted;
use crate::model::Udf;

/// A user-defined field that is needed, and what there is to be done about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub struct FieldState {
    /// What it is for.
    pub role: Udf,
    /// Its name in the PSA: the one it has, or would get.
    pub name: String,
    /// What is to be done.
    pub need: Need,
    /// What it takes, or would take, in one word; `None` where a person has to make it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Why a person has to do it, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What that person does, click by click.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<String>,
}

/// What is to be done about a user-defined field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Nothing: it is there, and takes what belongs in it.
    Nothing,
    /// It is missing, and crsync can make it.
    Create,
    /// It is there, and a person has to make it active or visible.
    Show,
    /// A person has to make it, or another one of the right type in its place.
    ByHand,
}

/// A user-defined field that a run needs in the PSA, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", from = "Kept")]
pub struct FieldNote {
    /// What it is for.
    pub role: Udf,
    /// Its name there.
    pub name: String,
    /// What became of it.
    pub became: Became,
    /// Why, or what else there is to say, in one sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The next step, where there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

/// What the journal keeps of [`FieldNote`].
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Kept {
    role: Udf,
    name: String,
    became: Became,
    #[serde(default)]
    detail: Option<String>,
    #[serde(default)]
    next: Option<String>,
}

impl From<Kept> for FieldNote {
    fn from(Kept { role, name, became, detail, next }: Kept) -> Self {
        let (detail, next) = parted(detail, next);
        Self { role, name, became, detail, next }
    }
}

/// What became of a user-defined field that a run needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Became {
    /// It was there, and takes what belongs in it.
    Found,
    /// The run was about to make it; a run that died says no more.
    Announced,
    /// The run made it, and saw it afterwards.
    Made,
    /// It could not be made, or was not to be seen afterwards.
    Failed,
    /// It is there, but the records do not show it yet.
    Late,
    /// A person has to make it, or to set it right.
    ByHand,
}
