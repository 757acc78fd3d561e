//! What a reading found.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::wire::{Company, FieldInfo, Resource};
use crate::model::{Complete, Contact};

/// Everything a reading needs, as Autotask tells it.
pub(super) struct Found {
    /// The companies that exist, by id.
    pub(super) companies: BTreeMap<i64, Company>,
    /// The contacts of every company asked for, by its id.
    pub(super) contacts: BTreeMap<i64, Complete<Contact>>,
    /// What the contact's own fields take.
    pub(super) contact_fields: Arc<Vec<FieldInfo>>,
    /// The user-defined fields of contacts.
    pub(super) contact_udfs: Arc<Vec<FieldInfo>>,
    /// The user-defined fields of companies.
    pub(super) company_udfs: Arc<Vec<FieldInfo>>,
    /// The names of territories and account managers, if they are wanted.
    pub(super) details: Option<Details>,
}

/// What turns a company's ids of territory and owner into names.
pub(super) struct Details {
    /// The company's own fields, with the territories' labels.
    pub(super) company_fields: Arc<Vec<FieldInfo>>,
    /// The owners of the companies, by id; an owner that the API user may not see is missing.
    pub(super) owners: BTreeMap<i64, Resource>,
}
