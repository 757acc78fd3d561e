//! What the configuration says of Syncro.

use std::collections::BTreeMap;

use crate::model::{Capabilities, Udf};
use crate::secret::Secret;

use super::{CAPABILITIES, CAPABILITIES_WITH_COMPANY_UDF};

/// How to reach one Syncro account.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Address of the account, with or without `/api/v1`.
    pub base_url: url::Url,
    /// API token.
    pub token: Secret,
    /// Whether the tenant's id may be kept in a custom field of the customer, which the vendor describes but
    /// no account is known to do.
    pub company_udf: bool,
    /// Names of the custom fields, where they differ from the default. A name that stands here says that the
    /// account has the field.
    pub udf_names: BTreeMap<Udf, String>,
}

impl Settings {
    /// What the account can serve with these settings.
    pub fn capabilities(&self) -> &'static Capabilities {
        if self.company_udf { &CAPABILITIES_WITH_COMPANY_UDF } else { &CAPABILITIES }
    }

    /// The name that the custom field for `role` has by these settings.
    pub(super) fn udf_name(&self, role: Udf) -> &str {
        self.udf_names.get(&role).map_or(role.default_name(), String::as_str)
    }
}
