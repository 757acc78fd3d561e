//! What a reading found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::udf::Modules;
use super::wire::Account;
use crate::error::Result;
use crate::model::{Budget, Complete, Contact, Field, Fields, Pending};

/// A contact of a listing, before the values of its custom fields are known.
pub(super) struct Listed {
    pub(super) id: i64,
    /// When it was last changed, as Kaseya BMS says it.
    pub(super) modified_on: Option<String>,
    pub(super) contact: Contact,
}

/// Everything a reading needs, as Kaseya BMS tells it.
pub(super) struct Found {
    /// The companies that exist, by id.
    pub(super) accounts: BTreeMap<i64, Account>,
    /// The contacts of every company asked for, by its id, or why they are not known to be all.
    pub(super) contacts: BTreeMap<i64, Result<Complete<Listed>>>,
    /// The custom fields.
    pub(super) modules: Arc<Modules>,
    /// Their values by company id, of the companies they were read of.
    pub(super) account_fields: BTreeMap<i64, Fields>,
    /// Their values by contact id, of the contacts they were read of.
    pub(super) contact_fields: BTreeMap<i64, Fields>,
    /// What is not known of them, by company id.
    pub(super) pending: BTreeMap<i64, Pending>,
    /// How much of writing the hour still takes.
    pub(super) budget: Budget,
    /// The fields of numbers whose type is not known, so that none can be added.
    pub(super) untyped: Vec<Field>,
}
