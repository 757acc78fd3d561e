//! The parts of Graph's shapes that are read. What an answer leaves out is `None`; of texts, a null is
//! `Some(None)`: that one was read, and is blank.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// A collection of few records, on one page.
#[derive(Debug, Deserialize)]
pub(super) struct Page<T> {
    /// Required: an answer without it is not a collection.
    pub(super) value: Vec<T>,
}

/// What a page says beside its records.
#[derive(Debug, Deserialize)]
pub(super) struct Beside {
    #[serde(rename = "@odata.nextLink")]
    pub(super) next_link: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Organization {
    pub(super) id: String,
    pub(super) display_name: Option<String>,
    pub(super) verified_domains: Option<Vec<Domain>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Domain {
    pub(super) name: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SubscribedSku {
    pub(super) sku_id: String,
    pub(super) sku_part_number: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, clippy::option_option)] // Graph's own names; missing and null differ
pub(super) struct User {
    pub(super) id: String,
    pub(super) user_principal_name: Option<String>,
    #[serde(default, deserialize_with = "known")]
    pub(super) display_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) given_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) surname: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) mail: Option<Option<String>>,
    pub(super) proxy_addresses: Option<Vec<String>>,
    pub(super) other_mails: Option<Vec<String>>,
    pub(super) account_enabled: Option<bool>,
    pub(super) user_type: Option<String>,
    #[serde(default, deserialize_with = "known")]
    pub(super) job_title: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) department: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) company_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) office_location: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) business_phones: Option<Option<Vec<String>>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) mobile_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) street_address: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) city: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) state: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) postal_code: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) country: Option<Option<String>>,
    pub(super) assigned_licenses: Option<Vec<License>>,
    pub(super) on_premises_sync_enabled: Option<bool>,
    pub(super) manager: Option<Manager>,
}

/// The parts of a single user that tell whether the person has left.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SeenUser {
    pub(super) id: String,
    pub(super) account_enabled: Option<bool>,
    pub(super) assigned_licenses: Option<Vec<License>>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct License {
    pub(super) sku_id: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Manager {
    pub(super) display_name: Option<String>,
}

/// Up to twenty requests in one.
#[derive(Debug, Serialize)]
pub(super) struct Batch<'a> {
    pub(super) requests: Vec<BatchRequest<'a>>,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct BatchRequest<'a> {
    pub(super) id: &'a str,
    pub(super) method: &'a str,
    pub(super) url: &'a str,
}

/// The same with requests that write.
#[derive(Debug, Serialize)]
pub(super) struct WriteBatch<'a> {
    pub(super) requests: Vec<BatchWrite<'a>>,
}

#[derive(Debug, Serialize)]
pub(super) struct BatchWrite<'a> {
    id: String,
    method: &'static str,
    url: &'a str,
    headers: BTreeMap<&'static str, &'static str>,
    body: &'a Map<String, Value>,
}

impl<'a> BatchWrite<'a> {
    /// A change of what `url` names. With a body its kind has to be told (vendor documents).
    pub(super) fn patch(id: String, url: &'a str, body: &'a Map<String, Value>) -> Self {
        Self { id, method: "PATCH", url, headers: [("Content-Type", "application/json")].into(), body }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct BatchAnswer {
    pub(super) responses: Vec<BatchResponse>,
}

/// One answer of a batch; they come in any order.
#[derive(Debug, Deserialize)]
pub(super) struct BatchResponse {
    pub(super) id: String,
    pub(super) status: u16,
    /// Their names come in any case.
    pub(super) headers: Option<BTreeMap<String, Value>>,
    /// JSON as it is; other content is a text in base64.
    pub(super) body: Option<Box<RawValue>>,
}

/// Graph's error body; every part of it may be missing (seen live by clients).
#[derive(Debug, Default, Deserialize)]
pub(super) struct Problem {
    pub(super) error: Option<ProblemError>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ProblemError {
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    #[serde(rename = "innerError")]
    pub(super) inner: Option<ProblemPlace>,
}

/// What Microsoft's support finds a request by.
#[derive(Debug, Default, Deserialize)]
pub(super) struct ProblemPlace {
    #[serde(rename = "request-id")]
    pub(super) request_id: Option<String>,
}

/// The sign-in service's answer, good or bad.
#[derive(Debug, Deserialize)]
pub(super) struct Token {
    pub(super) access_token: String,
    /// Seconds; a number, or a text in older endpoints (vendor documents).
    #[serde(default)]
    pub(super) expires_in: Value,
}

/// The parts that are read of what the sign-in service publishes about a tenant.
#[derive(Debug, Deserialize)]
pub(super) struct Metadata {
    /// An address that holds the tenant's id.
    pub(super) issuer: String,
}

/// The sign-in service's error; every part of it may be missing or null.
#[derive(Debug, Default, Deserialize)]
pub(super) struct TokenProblem {
    pub(super) error: Option<String>,
    pub(super) error_codes: Option<Vec<u32>>,
    pub(super) trace_id: Option<String>,
    pub(super) correlation_id: Option<String>,
    pub(super) timestamp: Option<String>,
}

/// Tells a property that is null from one that is not there.
#[allow(clippy::option_option)]
fn known<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<Option<T>>, D::Error> {
    Option::<T>::deserialize(from).map(Some)
}
