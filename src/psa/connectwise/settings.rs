//! What the configuration says of ConnectWise PSA.

use std::collections::BTreeMap;

use crate::model::Udf;
use crate::secret::Secret;

/// The version of the vendor's models that is asked for unless the configuration names another: the one this
/// adapter was written for. A version is served for a year at least after the next breaking one (vendor
/// documents).
pub const VERSION: &str = "2025.1";

/// How to reach one ConnectWise PSA.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The site, with or without the `api-` of the vendor's cloud; what stands behind the host does not count.
    pub base_url: url::Url,
    /// The company id that people type when they log in.
    pub company: String,
    /// The version of the vendor's models, such as `2025.1`.
    pub version: String,
    /// The API member's public key.
    pub public_key: Secret,
    /// The API member's private key.
    pub private_key: Secret,
    /// The integration's id, which belongs to the MSP and is as good as a secret (vendor documents).
    pub client_id: Secret,
    /// Who counts as a company's account manager.
    pub account_manager: AccountManager,
    /// Which communication items of a contact are looked at.
    pub types: TypeNames,
    /// Names of the custom fields, where they differ from the default.
    pub udf_names: BTreeMap<Udf, String>,
}

/// Names of the MSP's own communication types; `None` where the configuration leaves the choice to crsync.
#[derive(Debug, Clone, Default)]
pub struct TypeNames {
    /// Of the primary address: else the default type of addresses.
    pub email: Option<String>,
    /// Of the telephone: else the default type of telephones.
    pub phone: Option<String>,
    /// Of the mobile: else the type named so.
    pub mobile: Option<String>,
    /// Of further addresses: else Home Email, where there is such a type.
    pub alternates: Option<Vec<String>>,
}

/// Who counts as a company's account manager.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccountManager {
    /// The member of the company's team who is marked so.
    #[default]
    Team,
    /// The manager of the company's territory.
    TerritoryManager,
}

impl AccountManager {
    /// Both, with their names in the configuration.
    pub const NAMES: [(&str, Self); 2] =
        [("team", Self::Team), ("territory-manager", Self::TerritoryManager)];
}
