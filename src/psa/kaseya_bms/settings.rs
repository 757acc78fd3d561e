//! What the configuration says of Kaseya BMS.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::Udf;
use crate::secret::Secret;

/// How to reach one Kaseya BMS tenant.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the interface, up to where paths begin with `/v2`: it is another one for every region.
    pub base_url: url::Url,
    /// The company name that My Settings shows; it may hold spaces.
    pub tenant: String,
    /// User name of the API employee.
    pub user: String,
    /// The user's password.
    pub password: Secret,
    /// The shared secret of the user's one-time codes, in Base32; API employees need none.
    pub totp: Option<Secret>,
    /// The number of the module of contacts, where it is not to be looked for.
    pub contacts_module: Option<i64>,
    /// The number of the module of accounts, where it is not to be looked for.
    pub accounts_module: Option<i64>,
    /// Names of the custom fields, where they differ from the default.
    pub udf_names: BTreeMap<Udf, String>,
    /// How long values of custom fields are believed at most.
    pub custom_field_refresh: Duration,
}

#[cfg(test)]
impl Settings {
    /// Settings for a server that is made for one test.
    pub(super) fn example(base_url: url::Url) -> Self {
        Self {
            base_url,
            tenant: "My MSP & Sons".to_owned(),
            user: "api".to_owned(),
            password: Secret::new("hunter2"),
            totp: None,
            contacts_module: None,
            accounts_module: None,
            udf_names: BTreeMap::new(),
            custom_field_refresh: Duration::from_secs(7 * 86_400),
        }
    }
}
