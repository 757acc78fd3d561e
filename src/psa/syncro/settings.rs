//! What the configuration says of Syncro.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Syncro;
use super::capabilities::{CAPABILITIES, CAPABILITIES_WITH_COMPANY_UDF};
use crate::error::Result;
use crate::http::Http;
use crate::model::{Capabilities, Udf};
use crate::psa::{Cache, Entry, Opened, PsaSettings};
use crate::secret::Secret;
use crate::table::{Ask, Form, Key, Secrets, Table};

/// What the registry knows of Syncro.
pub(in crate::psa) static ENTRY: Entry = Entry {
    capabilities: &CAPABILITIES,
    keys: KEYS,
    asks: ASKS,
    secrets: SECRETS,
    optional_secrets: &[],
    settings: read,
};

/// The keys of `[syncro]`, besides those that every PSA has.
const KEYS: &[Key] = &[("base-url", Form::Text), ("experimental-company-udf", Form::Flag)];

/// What is asked for a new table.
const ASKS: &[Ask] =
    &[Ask::text("base-url", "Address at which you open Syncro", "https://msp.syncromsp.com")];

/// The name of its secret.
const SECRETS: &[&str] = &["token"];

/// How to reach one Syncro account.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// Address of the account, with or without `/api/v1`.
    pub base_url: url::Url,
    /// API token.
    pub token: Secret,
    /// Whether the tenant's id may be kept in a custom field of the customer, which the vendor describes but
    /// no account is known to do.
    pub company_udf: bool,
    /// Names of the custom fields, where they differ from the default. A name in this list says that the
    /// account has the field.
    pub udf_names: BTreeMap<Udf, String>,
}

/// Reads `[syncro]`.
fn read(
    table: &mut Table<'_>,
    udf_names: BTreeMap<Udf, String>,
    secrets: &Secrets<'_>,
) -> Result<Arc<dyn PsaSettings>> {
    let base_url = table.required_address("base-url", "https://msp.syncromsp.com");
    Ok(Arc::new(Settings {
        token: secrets.find(table, "token"),
        company_udf: table.flag("experimental-company-udf").is_some_and(|flag| flag.value),
        base_url: base_url?,
        udf_names,
    }))
}

impl PsaSettings for Settings {
    fn capabilities(&self) -> &'static Capabilities {
        if self.company_udf { &CAPABILITIES_WITH_COMPANY_UDF } else { &CAPABILITIES }
    }

    fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.udf_names
    }

    fn open(&self, http: &Http, _: Cache) -> Opened {
        Box::new(Syncro::new(http, self.clone()))
    }
}

impl Settings {
    /// Returns the name that the custom field for `role` has by these settings.
    pub(super) fn udf_name(&self, role: Udf) -> &str {
        role.name_in(&self.udf_names)
    }
}
