//! What the configuration says of Autotask.

use std::collections::BTreeMap;

use crate::model::Udf;
use crate::secret::Secret;

/// How to reach one Autotask database.
#[derive(Debug, Clone)]
pub struct Settings {
    /// User name of the API user (an email address).
    pub user: String,
    /// Tracking identifier of the integration.
    pub integration_code: Secret,
    /// The API user's secret.
    pub secret: Secret,
    /// Address up to and with `atservicesrest/`, which skips zone discovery.
    pub base_url: Option<url::Url>,
    /// Where zones are looked up; the vendor's address unless a test says otherwise.
    pub zone_url: url::Url,
    /// Names of the user-defined fields, where they differ from the default.
    pub udf_names: BTreeMap<Udf, String>,
}
