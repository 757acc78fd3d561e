//! What the configuration says of Autotask.

use std::collections::BTreeMap;
use std::sync::Arc;

use url::Url;

use super::Autotask;
use super::capabilities::CAPABILITIES;
use crate::error::{Error, Kind, Result};
use crate::http::Http;
use crate::model::{Capabilities, Udf};
use crate::psa::{Cache, Entry, Opened, PsaSettings};
use crate::secret::Secret;
use crate::table::{Ask, Form, Key, Secrets, Table};

/// What the registry knows of Autotask.
pub(in crate::psa) static ENTRY: Entry = Entry {
    capabilities: &CAPABILITIES,
    keys: KEYS,
    asks: ASKS,
    secrets: SECRETS,
    optional_secrets: &[],
    settings: read,
};

/// The keys of `[autotask]`, besides those that every PSA has.
const KEYS: &[Key] = &[("user", Form::Text), ("base-url", Form::Text), ("zone-url", Form::Text)];

/// What is asked for a new table.
const ASKS: &[Ask] = &[Ask::text("user", "User name of the API user", "api@msp.example")];

/// The names of its secrets.
const SECRETS: &[&str] = &["integration-code", "secret"];

/// Where zones are looked up (vendor documents).
const ZONES: &str = "https://webservices2.autotask.net";

/// How to reach one Autotask database.
#[derive(Debug, Clone)]
pub(super) struct Settings {
    /// User name of the API user (an email address).
    pub user: String,
    /// Tracking identifier of the integration.
    pub integration_code: Secret,
    /// The API user's secret.
    pub secret: Secret,
    /// Address up to and with `atservicesrest/`, which skips zone discovery.
    pub base_url: Option<Url>,
    /// Where zones are looked up; the vendor's address unless a test says otherwise.
    pub zone_url: Url,
    /// Names of the user-defined fields, where they differ from the default.
    pub udf_names: BTreeMap<Udf, String>,
}

/// Reads `[autotask]`.
fn read(
    table: &mut Table<'_>,
    udf_names: BTreeMap<Udf, String>,
    secrets: &Secrets<'_>,
) -> Result<Arc<dyn PsaSettings>> {
    let user = table.required_text("user");
    let zone_url = match table.address("zone-url") {
        Some(url) => url,
        None => {
            ZONES.parse().map_err(|error: url::ParseError| Error::new(Kind::Config, ZONES).source(error))?
        }
    };
    Ok(Arc::new(Settings {
        base_url: table.address("base-url"),
        zone_url,
        integration_code: secrets.find(table, "integration-code"),
        secret: secrets.find(table, "secret"),
        user: user?.value,
        udf_names,
    }))
}

impl PsaSettings for Settings {
    fn capabilities(&self) -> &'static Capabilities {
        &CAPABILITIES
    }

    fn udf_names(&self) -> &BTreeMap<Udf, String> {
        &self.udf_names
    }

    fn open(&self, http: &Http, _: Cache) -> Opened {
        Box::new(Autotask::new(http, self.clone()))
    }
}
