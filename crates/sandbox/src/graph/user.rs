//! A user as Graph keeps and shows it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::photo::Photo;
use super::sku;
use crate::msp;

/// A user; property names are Graph's own.
///
/// What Graph never shows comes last.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names)] // Graph's names
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) user_principal_name: String,
    pub(crate) display_name: Option<String>,
    pub(crate) given_name: Option<String>,
    pub(crate) surname: Option<String>,
    pub(crate) mail: Option<String>,
    pub(crate) proxy_addresses: Vec<String>,
    pub(crate) other_mails: Vec<String>,
    pub(crate) account_enabled: Option<bool>,
    pub(crate) user_type: Option<String>,
    pub(crate) job_title: Option<String>,
    pub(crate) department: Option<String>,
    pub(crate) company_name: Option<String>,
    pub(crate) office_location: Option<String>,
    pub(crate) business_phones: Vec<String>,
    pub(crate) mobile_phone: Option<String>,
    pub(crate) street_address: Option<String>,
    pub(crate) city: Option<String>,
    pub(crate) state: Option<String>,
    pub(crate) postal_code: Option<String>,
    pub(crate) country: Option<String>,
    #[serde(default)]
    pub(crate) employee_id: Option<String>,
    #[serde(default)]
    pub(crate) fax_number: Option<String>,
    #[serde(default)]
    pub(crate) preferred_language: Option<String>,
    #[serde(default)]
    pub(crate) usage_location: Option<String>,
    pub(crate) assigned_licenses: Vec<Licence>,
    pub(crate) on_premises_sync_enabled: Option<bool>,
    /// User principal name of the manager.
    pub(crate) manager: Option<String>,
    /// Whether the user holds an administrator role.
    pub(crate) admin: bool,
    /// What the photo service has.
    #[serde(default)]
    pub(crate) photo: Photo,
}

/// A licence assigned to a user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Licence {
    pub(crate) sku_id: String,
    pub(crate) disabled_plans: Vec<String>,
}

/// What comes without `$select`.
const DEFAULT: [&str; 11] = [
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What Graph has and the sandbox does not fill: `null`, or an empty list.
const BLANK: [&str; 13] = [
    "ageGroup",
    "createdDateTime",
    "creationType",
    "employeeType",
    "externalUserState",
    "lastPasswordChangeDateTime",
    "mailNickname",
    "onPremisesDomainName",
    "onPremisesImmutableId",
    "onPremisesSamAccountName",
    "passwordPolicies",
    "securityIdentifier",
    "showInAddressList",
];
const BLANK_LISTS: [&str; 5] =
    ["assignedPlans", "identities", "imAddresses", "licenseAssignmentStates", "provisionedPlans"];

/// What can be read of one user, not of a list.
const SINGLE: [&str; 11] = [
    "aboutMe",
    "birthday",
    "hireDate",
    "interests",
    "mailboxSettings",
    "mySite",
    "pastProjects",
    "preferredName",
    "responsibilities",
    "schools",
    "skills",
];

/// Why a property cannot be selected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Refused {
    /// There is no such property.
    Unknown(String),
    /// It can be read of one user only.
    SingleOnly(String),
}

impl User {
    /// Returns the user of a fixture, the `position`-th of its tenant, whose first domain is `initial`.
    pub(super) fn from_fixture(user: &msp::User, position: usize, initial: &str) -> Self {
        let licences: Vec<Licence> = user
            .licences
            .iter()
            .filter_map(|part| sku::id(part))
            // Graph shows some ids in capitals.
            .map(|id| if position % 7 == 3 { id.to_uppercase() } else { id.to_owned() })
            .map(|sku_id| Licence { sku_id, disabled_plans: Vec::new() })
            .collect();
        Self {
            id: user.id.clone().unwrap_or_default(),
            user_principal_name: user.upn.clone(),
            display_name: user.display.clone(),
            given_name: user.first.clone(),
            surname: user.last.clone(),
            mail: user.mail.clone(),
            proxy_addresses: proxy_addresses(user, position, initial),
            other_mails: user.other_mails.clone(),
            account_enabled: Some(!user.disabled),
            user_type: Some(if user.guest { "Guest" } else { "Member" }.to_owned()).filter(|_| !user.untyped),
            job_title: user.title.clone(),
            department: user.department.clone(),
            company_name: user.company_name.clone(),
            office_location: user.office.clone(),
            business_phones: user.phone.iter().cloned().collect(),
            mobile_phone: user.mobile.clone(),
            street_address: user.street.clone(),
            city: user.city.clone(),
            state: user.state.clone(),
            postal_code: user.postal_code.clone(),
            country: user.country.clone(),
            employee_id: user.employee_id.clone(),
            fax_number: user.fax.clone(),
            preferred_language: None,
            usage_location: user.usage_location.clone(),
            assigned_licenses: licences,
            on_premises_sync_enabled: user.on_premises.then_some(true),
            manager: user.manager.clone(),
            admin: user.admin,
            photo: Photo::from_fixture(user, position),
        }
    }

    /// Returns the selected properties; the default ones if `select` is `None`.
    ///
    /// `listed` says whether the user is one of a list.
    ///
    /// # Errors
    /// The first property that cannot be selected.
    pub(super) fn show(&self, select: Option<&[&str]>, listed: bool) -> Result<Map<String, Value>, Refused> {
        let mut all = match serde_json::to_value(self) {
            Ok(Value::Object(all)) => all,
            _ => Map::new(),
        };
        all.retain(|name, _| !["admin", "manager", "photo"].contains(&name.as_str()));
        select
            .unwrap_or(&DEFAULT)
            .iter()
            .map(|name| {
                if let Some(value) = all.remove(*name) {
                    return Ok(((*name).to_owned(), value));
                }
                let value = match *name {
                    name if BLANK.contains(&name) => Value::Null,
                    name if BLANK_LISTS.contains(&name) => json!([]),
                    name if SINGLE.contains(&name) && !listed => Value::Null,
                    name if SINGLE.contains(&name) => return Err(Refused::SingleOnly(name.to_owned())),
                    name => return Err(Refused::Unknown(name.to_owned())),
                };
                Ok(((*name).to_owned(), value))
            })
            .collect()
    }
}

/// Returns the addresses with the noise that real ones have: other protocols, and sometimes a space.
fn proxy_addresses(user: &msp::User, position: usize, initial: &str) -> Vec<String> {
    let Some(mail) = &user.mail else { return Vec::new() };
    if user.licences.is_empty() && user.aliases.is_empty() && !user.on_premises {
        return Vec::new();
    }
    let local = mail.split('@').next().unwrap_or_default();
    let space = if position % 5 == 4 { " " } else { "" };
    let mut addresses = vec![
        format!(
            "x500:/o=ExchangeLabs/ou=Exchange Administrative Group/cn=Recipients/cn={position:08x}-{local}"
        ),
        format!("smtp:{space}{local}@{initial}"),
    ];
    addresses.extend(user.aliases.iter().map(|alias| format!("smtp:{space}{alias}")));
    addresses.push(format!("SMTP:{mail}"));
    if !user.disabled {
        addresses.push(format!("SIP:{mail}"));
        addresses.push(format!("SPO:SPO_{}@SPO_{}", user.id.clone().unwrap_or_default(), local));
    }
    addresses
}
