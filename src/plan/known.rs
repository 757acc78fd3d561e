//! What a plan knows beside its changes: who is linked to whom, and how many records there were.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::model::{Id, Side};

/// What is to be remembered of a company once its part of the plan was applied.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Known {
    /// The company's name in the configuration.
    pub company: String,
    /// The links that hold, and those of earlier runs that nothing speaks against.
    pub links: Vec<Link>,
    /// How many records each side had.
    pub counts: BTreeMap<Side, usize>,
}

/// A 365 user with the records that are believed to be the same person's.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
}
