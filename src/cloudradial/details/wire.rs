//! The service's shapes of flexible assets, their types and fields.

use serde::Deserialize;
use serde_json::{Map, Value};

use super::super::wire::lenient;

/// A type of flexible assets.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct TypeRow {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
}

/// A field of a type.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct FieldRow {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) flexible_asset_type_id: Option<String>,
    #[serde(default)]
    pub(super) name: Option<String>,
    #[serde(default)]
    pub(super) name_key: Option<String>,
    #[serde(default)]
    pub(super) kind: Option<String>,
}

/// An asset of a listing; `traitsJson` is an object written as a text (vendor documents).
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct AssetRow {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) flexible_asset_type_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) company_id: Option<String>,
    /// It was asked for, so an answer without it says nothing of the values.
    #[serde(deserialize_with = "lenient")]
    pub(super) traits_json: Option<String>,
}

/// An asset by itself, in the form of IT Glue, which the service imitates.
#[derive(Debug, Deserialize)]
pub(super) struct Single {
    pub(super) data: SingleData,
}

/// See [`Single`].
#[derive(Debug, Deserialize)]
pub(super) struct SingleData {
    #[serde(deserialize_with = "lenient")]
    pub(super) id: Option<String>,
    pub(super) attributes: SingleAttributes,
}

/// See [`Single`].
#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct SingleAttributes {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) organization_id: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) flexible_asset_type_id: Option<String>,
    /// True or false, where it is said.
    #[serde(default)]
    pub(super) archived: Value,
    #[serde(default)]
    pub(super) traits: Map<String, Value>,
}
