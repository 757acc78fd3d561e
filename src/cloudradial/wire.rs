//! The parts of CloudRadial's shapes that are read.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A company, of a listing or by itself; territory and account manager are only in the latter.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, clippy::option_option)] // the service's names; missing and null differ
pub(super) struct Company {
    #[serde(deserialize_with = "lenient")]
    pub(super) company_id: Option<String>,
    pub(super) name: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) psa_key: Option<String>,
    #[serde(default, deserialize_with = "known")]
    pub(super) territory: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) account_manager: Option<Option<String>>,
}

/// A domain that a company lists.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Domain {
    #[serde(deserialize_with = "lenient")]
    pub(super) company_domain_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) company_id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) is_deleted: bool,
}

/// A user of a listing. What it is known by has to be there; of the rest, what is missing was not read.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
#[allow(clippy::struct_field_names, clippy::option_option)] // the service's own names; missing and null differ
pub(super) struct User {
    #[serde(deserialize_with = "lenient")]
    pub(super) user_id: Option<String>,
    #[serde(deserialize_with = "lenient")]
    pub(super) company_id: Option<String>,
    #[serde(deserialize_with = "known")]
    pub(super) email: Option<Option<String>>,
    #[serde(deserialize_with = "known")]
    pub(super) user_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) first_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) last_name: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) phone_number: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) mobile_phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) department: Option<Option<String>>,
    #[serde(default, deserialize_with = "known")]
    pub(super) title: Option<Option<String>>,
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
    pub(super) is_deleted: bool,
    #[serde(deserialize_with = "lenient")]
    pub(super) psa_key: Option<String>,
    #[serde(default, deserialize_with = "lenient")]
    pub(super) date_modified: Option<String>,
}

/// A picture or another file of the MSP, of a listing or of the answer to its sending.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Media {
    #[serde(default, deserialize_with = "lenient")]
    pub(super) partner_media_id: Option<String>,
    pub(super) hash: Option<String>,
    pub(super) view_token: Option<String>,
    #[serde(default)]
    pub(super) is_deleted: bool,
}

/// The properties a listing of users asks for. `supportPin` must never be among them: the service then answers
/// 500 for the whole page (seen live by clients in October 2026).
pub(super) const USER_PROPERTIES: &str = "userId,companyId,email,firstName,lastName,userName,phoneNumber,mobilePhone,\
     department,title,streetAddress,city,state,postalCode,country,isDeleted,psaKey,dateModified";

/// A number or a text, as a text; null as nothing. Ids come in both forms.
pub(super) fn lenient<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    Ok(match Value::deserialize(deserializer)? {
        Value::String(text) if text.trim().len() == text.len() => Some(text).filter(|text| !text.is_empty()),
        Value::String(text) => Some(text.trim().to_owned()).filter(|text| !text.is_empty()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    })
}

/// Tells a property that is null from one that is not there.
#[allow(clippy::option_option)]
fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

/// A single answer, which may or may not be in an envelope (vendor documents name it for some calls only).
pub(super) fn unwrap(value: Value) -> Value {
    match value {
        Value::Object(mut map) if map.contains_key("data") && map.contains_key("success") => {
            map.remove("data").unwrap_or(Value::Null)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_record_is_found_with_and_without_its_envelope() {
        let bare = json!({"companyId": 9, "name": "Contoso"});
        assert_eq!(unwrap(bare.clone()), bare);
        assert_eq!(unwrap(json!({"data": bare, "success": true, "message": null})), bare);
    }

    #[test]
    fn ids_come_as_numbers_and_as_texts() {
        let company = |value| serde_json::from_value::<Company>(value).expect("a company");
        assert_eq!(company(json!({"companyId": 9, "psaKey": 0})).company_id.as_deref(), Some("9"));
        assert_eq!(company(json!({"companyId": "9", "psaKey": null})).company_id.as_deref(), Some("9"));
        assert_eq!(company(json!({"companyId": 9, "psaKey": 0})).territory, None);
        assert_eq!(company(json!({"companyId": 9, "psaKey": 0, "territory": null})).territory, Some(None));
    }
}
