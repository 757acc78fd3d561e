//! What a reading found.

use std::collections::{BTreeMap, BTreeSet};

use super::udf::Custom;
use super::wire::Record;
use crate::model::{Complete, Contact};

/// Everything a reading needs, as Syncro tells it.
pub(super) struct Found {
    /// The chosen customers that exist, by id.
    pub(super) customers: BTreeMap<i64, Record>,
    /// Their contacts.
    pub(super) contacts: BTreeMap<i64, Complete<Listed>>,
    /// How the properties of all contacts that were seen are spelled.
    pub(super) contact_keys: BTreeSet<String>,
}

/// A contact of a listing, before it is known which custom fields the account has.
pub(super) struct Listed {
    /// The contact without its custom fields.
    pub(super) contact: Contact,
    pub(super) custom: Custom,
}
