//! What a plan knows beside its changes: which records are linked, and how many there were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::LicenceRule;
use crate::model::{Id, Side};

/// What is to be remembered of a company once its part of the plan was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CompanyMemory {
    /// The company's name in the configuration.
    pub company: String,
    /// The links that hold, and those of earlier runs that nothing speaks against.
    pub links: Vec<Link>,
    /// How many records each side had.
    pub counts: BTreeMap<Side, usize>,
    /// How many details records the portal had, where they were read.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub details: Option<usize>,
    /// Roles and groups that were listed to be given in the portal, by contact.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub assigned: BTreeMap<Id, Assignment>,
    /// The licence rule that was applied; `None` where nothing new is known of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub licences: Option<LicenceRule>,
}

/// A role and groups in the portal.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Assignment {
    /// The role, if one is asked for.
    pub role: Option<String>,
    /// The groups, in the order of their names.
    pub groups: Vec<String>,
}

/// A 365 user with the records that are believed to be the same person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Link {
    /// 365 object id.
    pub user: Id,
    /// Contact id.
    pub contact: Option<Id>,
    /// Portal user id.
    pub portal_user: Option<Id>,
    /// Whether the user was gone from the tenant: the link then lasts until its contact is inactive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub gone: bool,
    /// Whether the user was in scope at this run or an earlier one: who never was cannot leave.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub took_part: bool,
    /// Whether an edited setting took the user out of scope: having no licence that counts is then not leaving, until
    /// the user is in scope again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub out_by_setting: bool,
}
