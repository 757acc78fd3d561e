//! What a reading found.

use std::collections::{BTreeMap, BTreeSet};

use super::udf::Definition;
use super::wire::Company;
use crate::error::Error;
use crate::model::{Complete, Contact};

/// Everything a reading needs, as ConnectWise PSA tells it.
pub(super) struct Found {
    /// The companies that exist, by id.
    pub(super) companies: BTreeMap<i64, Company>,
    /// Those of which it is not known whether they are active, and why.
    pub(super) unclear: BTreeMap<i64, Error>,
    /// The contacts of every company asked for, by its id.
    pub(super) contacts: BTreeMap<i64, Complete<Contact>>,
    /// The custom fields of contacts that crsync has a use for.
    pub(super) contact_udfs: Vec<Definition>,
    /// The same of companies.
    pub(super) company_udfs: Vec<Definition>,
    /// The account managers, if they are wanted.
    pub(super) managers: Option<Managers>,
}

/// Companies with who manages them.
pub(super) struct Details {
    /// The companies that exist, by id.
    pub(super) companies: BTreeMap<i64, Company>,
    pub(super) managers: Managers,
}

/// The account managers of companies.
#[derive(Default)]
pub(super) struct Managers {
    /// By company; one without is missing, and is `None` where the answers do not name the manager.
    pub(super) names: BTreeMap<i64, Option<String>>,
    /// The companies whose account manager is the kept one.
    pub(super) remembered: BTreeSet<i64>,
}
